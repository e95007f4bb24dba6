//===- Transport.h - points to clusters of given sizes ----------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HINM_LIB_PERMUTATION_TRANSPORT_H
#define HINM_LIB_PERMUTATION_TRANSPORT_H

#include <cstdint>
#include <vector>

namespace hinm::permutation {

/// The cluster of each point, at most capacity[c] points in cluster c, so that
/// the sum of cost[point * clusters + cluster] is smallest. The capacities hold
/// all points. Exact up to rounding in double; ties go to the lower index.
std::vector<int32_t> transport(const std::vector<float> &cost, int64_t points,
                               const std::vector<int64_t> &capacity);

} // namespace hinm::permutation

#endif // HINM_LIB_PERMUTATION_TRANSPORT_H

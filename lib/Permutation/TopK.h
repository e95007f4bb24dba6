//===- TopK.h - sums of the K largest ---------------------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HINM_LIB_PERMUTATION_TOPK_H
#define HINM_LIB_PERMUTATION_TOPK_H

#include <cstdint>

namespace hinm::permutation {

/// The sum of the k largest of n elements (of all where k >= n). `threshold` is
/// a guess of the k-th largest on entry and that element, or one between it and
/// the next, on return: few passes are needed where the guess is near.
double topKSum(const float *x, int64_t n, int64_t k, float &threshold);

} // namespace hinm::permutation

#endif // HINM_LIB_PERMUTATION_TOPK_H

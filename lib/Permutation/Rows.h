//===- Rows.h - which rows share a tile -------------------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HINM_LIB_PERMUTATION_ROWS_H
#define HINM_LIB_PERMUTATION_ROWS_H

#include <cstdint>
#include <vector>

#include "hinm/Permutation/Search.h"

namespace hinm::permutation {

struct RowCounts {
  int64_t proposals = 0;
  int64_t accepted = 0;
};

/// The published output-channel search, from `rowOrder` on (in and out).
RowCounts gyroRows(MatrixView saliency, const Pattern &pattern, int misses,
                   uint64_t seed, int threads, std::vector<int64_t> &rowOrder);

/// Simulated annealing on swaps of rows between tiles, `proposalsPerRow` times
/// O of them, from `rowOrder` on (in and out).
RowCounts annealRows(MatrixView saliency, const Pattern &pattern,
                     int64_t proposalsPerRow, uint64_t seed, int threads,
                     std::vector<int64_t> &rowOrder);

/// Rows of a tile in ascending order: what they keep does not change.
void sortTiles(const Pattern &pattern, std::vector<int64_t> &rowOrder);

/// Groups `points` (n elements each) into clusters of `size` members by
/// balanced k-means: the nearest means under the sizes, means of the members,
/// repeated until nothing changes or `rounds` times. Returns the cluster of
/// each point.
std::vector<int32_t> balancedClusters(const std::vector<const float *> &points,
                                      int64_t n, int64_t size, int rounds,
                                      uint64_t seed, uint64_t stream,
                                      int threads);

} // namespace hinm::permutation

#endif // HINM_LIB_PERMUTATION_ROWS_H

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

#include "Deadline.h"
#include "Random.h"

namespace hinm::permutation {

struct RowCounts {
  int64_t proposals = 0;
  int64_t accepted = 0;
};

/// What the row searches need besides the matrix. They work on `rowOrder` (in
/// and out), never leave it worse, and end early when the deadline passes.
struct RowOptions {
  uint64_t seed = 0;
  int threads = 0;
  const Deadline &deadline;
};

/// The published output-channel search.
RowCounts gyroRows(MatrixView saliency, const Pattern &pattern, int misses,
                   const RowOptions &options, std::vector<int64_t> &rowOrder);

/// Rows sorted along the first principal component of their saliency. Not a
/// search: the order may be worse than the one before.
void principalRows(MatrixView saliency, int threads,
                   std::vector<int64_t> &rowOrder);

/// Simulated annealing on swaps of rows between tiles, `proposalsPerRow` times
/// O of them.
RowCounts annealRows(MatrixView saliency, const Pattern &pattern,
                     int64_t proposalsPerRow, const RowOptions &options,
                     std::vector<int64_t> &rowOrder);

/// Gives every row the tile whose present columns and groups keep most of it,
/// all rows at once and exactly: a transport problem. With `noise` above 0 what
/// they keep is blurred by about that much of the advantage that a row's own
/// tile has. Whether anything moved.
bool reassignRows(MatrixView saliency, const Pattern &pattern,
                  const std::vector<int32_t> &vectorIndex, double noise,
                  Random random, int threads, std::vector<int64_t> &rowOrder);

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

/// Adds noise to cost[row * tiles + tile]: `scale` times the mean advantage
/// that a row's own tile has over the best other one. Structures have grown to
/// fit their rows, so that without it hardly a row would leave.
void perturb(std::vector<float> &cost, int64_t tiles,
             const std::vector<int64_t> &tileOf, double scale, Random &random);

} // namespace hinm::permutation

#endif // HINM_LIB_PERMUTATION_ROWS_H

//===- TileColumns.h - the packed columns of one tile ------------*- C++
//-*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HINM_LIB_PERMUTATION_TILECOLUMNS_H
#define HINM_LIB_PERMUTATION_TILECOLUMNS_H

#include <cstdint>
#include <vector>

#include "hinm/Permutation/Assignment.h"
#include "hinm/Permutation/Search.h"

#include "Random.h"

namespace hinm::permutation {

/// The kept column vectors of a tile in packing order, and moves on them.
class TileColumns {
public:
  /// `rows`: saliency of the tile's rows. `index`: the channel in each place,
  /// changed by the moves.
  TileColumns(const std::vector<const float *> &rows, const Pattern &pattern,
              int32_t *index);

  /// The published move: takes one vector from each group and gives them back
  /// by a linear assignment. Whether it gained.
  bool propose(Random &random);

  /// Exchanges kept vectors for dropped ones, at most one a group, by what they
  /// are worth after N:M, of `channels` columns in all. Whether it gained.
  bool exchange(int64_t channels);

  /// Channels of a group in ascending order: what they keep does not change.
  void finish();

private:
  float &at(int64_t r, int64_t k) {
    return packed[static_cast<size_t>(r * pattern.columns + k)];
  }
  void swapPlaces(int64_t a, int64_t b);
  /// Splits a row into what is taken (the last of each group) and the N-th
  /// largest of what is left.
  void split(int64_t r);
  /// What group `group` keeps with `vector` in it, but for a constant of the
  /// group.
  double exactProfit(int64_t group, int64_t vector) const;
  void give(const std::vector<int32_t> &given);
  /// Channels that no place holds, and their saliency.
  void collectDropped(int64_t channels);
  /// For each place of `count` groups, per row, the N-th largest of the others
  /// in its group.
  void lowerOfPlaces(int64_t firstGroup, int64_t count, float *out,
                     int64_t outStride) const;

  const std::vector<const float *> &rows;
  const Pattern &pattern;
  int32_t *index;
  int64_t height, groups, stride;
  std::vector<float> packed, lower, value, profit;
  std::vector<int32_t> dropped;
  std::vector<float> droppedValue;
  int64_t droppedStride = 0;
  AssignmentSolver solver;
};

} // namespace hinm::permutation

#endif // HINM_LIB_PERMUTATION_TILECOLUMNS_H

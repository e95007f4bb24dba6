//===- TileSums.h - rows of tiles and what vector pruning keeps -*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HINM_LIB_PERMUTATION_TILESUMS_H
#define HINM_LIB_PERMUTATION_TILESUMS_H

#include <cstdint>
#include <vector>

#include "hinm/Permutation/Search.h"

namespace hinm::permutation {

/// The rows of each tile with the sums of its columns and the sum of the K
/// largest of those: what vector pruning keeps.
class TileSums {
public:
  TileSums(MatrixView saliency, const Pattern &pattern,
           const std::vector<int64_t> &rowOrder, int threads);

  int64_t tiles() const { return static_cast<int64_t>(members.size()); }
  std::vector<int64_t> rowOrder() const;
  /// Sums and what is kept from the members alone.
  void recompute(int64_t tile);
  void recomputeAll(int threads);
  /// The sum over all tiles.
  double keptTotal() const;
  float *sumsOf(int64_t tile) { return sums.data() + tile * saliency.columns; }

  MatrixView saliency;
  int64_t columns;
  std::vector<std::vector<int64_t>> members;
  std::vector<float> sums;
  /// Near the K-th largest sum of each tile.
  std::vector<float> thresholds;
  std::vector<double> kept;
};

} // namespace hinm::permutation

#endif // HINM_LIB_PERMUTATION_TILESUMS_H

//===- Columns.h - packing orders of tiles ----------------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HINM_LIB_PERMUTATION_COLUMNS_H
#define HINM_LIB_PERMUTATION_COLUMNS_H

#include <cstdint>
#include <vector>

#include "hinm/Permutation/Search.h"

#include "Deadline.h"
#include "Random.h"

namespace hinm::permutation {

struct ColumnCounts {
  int64_t proposals = 0;
  int64_t accepted = 0;
};

struct ColumnOptions {
  /// The search of a tile ends after this many proposals in a row without a
  /// gain.
  int misses = 1;
  /// And after this many proposals at the latest.
  int64_t proposals = INT64_MAX;
  /// Also exchange kept vectors for dropped ones, by what they are worth after
  /// N:M.
  bool exchange = false;
};

/// The published input-channel search on one tile: reorders index[0..K-1] so
/// that the groups of M keep more. `rows` are the saliency of the tile's rows,
/// `channels` elements each.
ColumnCounts orderColumns(const std::vector<const float *> &rows,
                          int64_t channels, const Pattern &pattern,
                          int32_t *index, const ColumnOptions &options,
                          Random random, const Deadline &deadline);

/// The same on every tile, on threads. `vectorIndex` is [T][K].
ColumnCounts orderAllColumns(MatrixView saliency, const Pattern &pattern,
                             const std::vector<int64_t> &rowOrder,
                             std::vector<int32_t> &vectorIndex,
                             const ColumnOptions &options, uint64_t seed,
                             int threads, const Deadline &deadline);

/// The saliency of the rows in tile `tile`.
std::vector<const float *> tileRows(MatrixView saliency, const Pattern &pattern,
                                    const std::vector<int64_t> &rowOrder,
                                    int64_t tile);

} // namespace hinm::permutation

#endif // HINM_LIB_PERMUTATION_COLUMNS_H

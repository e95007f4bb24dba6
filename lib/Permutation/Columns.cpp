//===- Columns.cpp - packing orders of all tiles -----------------*- C++
//-*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Columns.h"

#include "TileColumns.h"

#include "hinm/Format/Threads.h"

#include <algorithm>

using namespace hinm;
using namespace hinm::permutation;

ColumnCounts
hinm::permutation::orderColumns(const std::vector<const float *> &rows,
                                int64_t channels, const Pattern &pattern,
                                int32_t *index, const ColumnOptions &options,
                                Random random, const Deadline &deadline) {
  ColumnCounts counts;
  TileColumns tile(rows, pattern, index);
  // Where groups keep everything, every order is the same.
  if (pattern.n < pattern.m)
    for (int missed = 0; missed < options.misses &&
                         counts.proposals < options.proposals &&
                         !deadline.passed();) {
      ++counts.proposals;
      bool gained = tile.propose(random);
      if (options.exchange)
        gained |= tile.exchange(channels);
      counts.accepted += gained;
      missed = gained ? 0 : missed + 1;
    }
  tile.finish();
  return counts;
}

std::vector<const float *>
hinm::permutation::tileRows(MatrixView saliency, const Pattern &pattern,
                            const std::vector<int64_t> &rowOrder,
                            int64_t tile) {
  std::vector<const float *> rows;
  int64_t last = std::min(saliency.rows, (tile + 1) * pattern.vector);
  for (int64_t place = tile * pattern.vector; place < last; ++place)
    rows.push_back(saliency.row(rowOrder[static_cast<size_t>(place)]));
  return rows;
}

ColumnCounts
hinm::permutation::orderAllColumns(MatrixView saliency, const Pattern &pattern,
                                   const std::vector<int64_t> &rowOrder,
                                   std::vector<int32_t> &vectorIndex,
                                   const ColumnOptions &options, uint64_t seed,
                                   int threads, const Deadline &deadline) {
  int64_t tiles = pattern.tiles(saliency.rows);
  std::vector<ColumnCounts> counts(static_cast<size_t>(tiles));
  // A small matrix is not worth starting threads for.
  if (saliency.rows * pattern.columns < (1 << 14))
    threads = 1;
  format::parallelFor(tiles, threads, [&](int64_t tile) {
    counts[static_cast<size_t>(tile)] = orderColumns(
        tileRows(saliency, pattern, rowOrder, tile), saliency.columns, pattern,
        vectorIndex.data() + tile * pattern.columns, options,
        Random(seed, /*stream=*/1, static_cast<uint64_t>(tile)), deadline);
  });
  ColumnCounts sum;
  for (const ColumnCounts &count : counts) {
    sum.proposals += count.proposals;
    sum.accepted += count.accepted;
  }
  return sum;
}

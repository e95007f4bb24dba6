//===- TileSums.cpp - rows of tiles and what vector pruning keeps -*- C++
//-*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TileSums.h"

#include "Kernels.h"
#include "TopK.h"

#include "hinm/Format/Threads.h"

#include <algorithm>

using namespace hinm;
using namespace hinm::permutation;

TileSums::TileSums(MatrixView saliency, const Pattern &pattern,
                   const std::vector<int64_t> &rowOrder, int threads)
    : saliency(saliency), columns(pattern.columns) {
  int64_t count = pattern.tiles(saliency.rows);
  auto from = rowOrder.begin();
  for (int64_t t = 0; t < count; ++t) {
    int64_t here = std::min(pattern.vector, saliency.rows - t * pattern.vector);
    members.emplace_back(from, from + here);
    from += here;
  }
  sums.resize(static_cast<size_t>(count * saliency.columns));
  thresholds.assign(static_cast<size_t>(count), 0);
  kept.resize(static_cast<size_t>(count));
  recomputeAll(threads);
}

void TileSums::recompute(int64_t tile) {
  auto t = static_cast<size_t>(tile);
  int64_t n = saliency.columns;
  float *sum = sumsOf(tile);
  std::fill_n(sum, n, 0.0f);
  for (int64_t row : members[t])
    kernels().add(sum, saliency.row(row), n);
  kept[t] = topKSum(sum, n, columns, thresholds[t]);
}

void TileSums::recomputeAll(int threads) {
  format::parallelFor(tiles(), threads, [&](int64_t t) { recompute(t); });
}

double TileSums::keptTotal() const {
  double total = 0;
  for (double tile : kept)
    total += tile;
  return total;
}

std::vector<int64_t> TileSums::rowOrder() const {
  std::vector<int64_t> order;
  for (const std::vector<int64_t> &rows : members)
    order.insert(order.end(), rows.begin(), rows.end());
  return order;
}

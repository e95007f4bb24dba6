//===- SelectColumns.cpp - the best column vectors of each tile -*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hinm/Format/Canonical.h"
#include "hinm/Format/Threads.h"

#include <algorithm>
#include <cmath>
#include <numeric>

using namespace hinm::format;

std::vector<int32_t> hinm::format::selectColumns(MatrixView saliency,
                                                 ArrayView<int64_t> rowOrder,
                                                 int64_t vector,
                                                 int64_t columns, int threads) {
  int64_t tiles = (saliency.rows + vector - 1) / vector;
  std::vector<int32_t> result(static_cast<size_t>(tiles * columns), -1);
  // Below this size a thread costs more than it brings.
  if (saliency.rows * saliency.columns < (1 << 16))
    threads = 1;
  parallelFor(tiles, threads, [&](int64_t tile) {
    std::vector<double> sums(static_cast<size_t>(saliency.columns), 0.0);
    int64_t last = std::min(saliency.rows, (tile + 1) * vector);
    for (int64_t place = tile * vector; place < last; ++place) {
      const float *row =
          saliency.row(rowOrder.empty() ? place : rowOrder[place]);
      for (int64_t c = 0; c < saliency.columns; ++c)
        sums[static_cast<size_t>(c)] += std::fabs(row[c]);
    }
    std::vector<int32_t> order(sums.size());
    std::iota(order.begin(), order.end(), 0);
    int64_t kept = std::min(columns, saliency.columns);
    auto better = [&](int32_t a, int32_t b) {
      double sumA = sums[static_cast<size_t>(a)];
      double sumB = sums[static_cast<size_t>(b)];
      return sumA > sumB || (sumA == sumB && a < b);
    };
    if (kept < saliency.columns)
      std::nth_element(order.begin(), order.begin() + kept, order.end(),
                       better);
    std::sort(order.begin(), order.begin() + kept);
    std::copy_n(order.begin(), kept, result.begin() + tile * columns);
  });
  return result;
}

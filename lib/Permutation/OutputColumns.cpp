//===- OutputColumns.cpp - columns of tiles by output error -----*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hinm/Permutation/OutputError.h"

#include "Cholesky.h"
#include "Columns.h"
#include "Eliminate.h"

#include "hinm/Format/Threads.h"

#include <algorithm>
#include <cassert>
#include <utility>

using namespace hinm;
using namespace hinm::permutation;

/// Groups that matter most first: the sweep decides on them while there are
/// many columns left that can make up for what goes. Where a group stands costs
/// nothing. `order` holds columns of the saliency.
static void sortGroups(const std::vector<const float *> &saliency,
                       const format::Pattern &pattern,
                       std::vector<int32_t> &order) {
  int64_t groups = pattern.columns / pattern.m;
  std::vector<std::pair<double, int64_t>> weights;
  for (int64_t g = 0; g < groups; ++g) {
    double sum = 0;
    for (int64_t p = g * pattern.m; p < (g + 1) * pattern.m; ++p)
      for (const float *row : saliency)
        if (int32_t at = order[static_cast<size_t>(p)]; at >= 0)
          sum += double(row[at]) * double(row[at]);
    weights.push_back({-sum, g});
  }
  std::sort(weights.begin(), weights.end());
  std::vector<int32_t> sorted;
  for (const auto &[weight, g] : weights)
    sorted.insert(sorted.end(), order.begin() + g * pattern.m,
                  order.begin() + (g + 1) * pattern.m);
  order = std::move(sorted);
}

std::vector<float> OutputError::invertedGram() const {
  std::vector<double> factor = gram;
  bool definite = cholesky(factor.data(), inputs, threads);
  assert(definite && "`create` has seen it");
  (void)definite;
  return inverse(factor.data(), inputs, threads);
}

std::vector<int32_t> OutputError::columns(const format::Pattern &pattern,
                                          format::ArrayView<int64_t> rowOrder,
                                          uint64_t seed) const {
  return columns(invertedGram(), pattern, rowOrder, seed);
}

std::vector<int32_t> OutputError::columns(const std::vector<float> &inverted,
                                          const format::Pattern &pattern,
                                          format::ArrayView<int64_t> rowOrder,
                                          uint64_t seed) const {
  int64_t tiles = pattern.tiles(rows), places = pattern.columns;
  std::vector<int32_t> result(static_cast<size_t>(tiles * places), -1);
  int64_t kept = std::min(places, inputs);
  ColumnOptions options;
  options.misses = 3;
  format::parallelFor(tiles, threads, [&](int64_t tile) {
    std::vector<const float *> tileRows;
    int64_t last = std::min(rows, (tile + 1) * pattern.vector);
    for (int64_t place = tile * pattern.vector; place < last; ++place)
      tileRows.push_back(reference.data() +
                         (rowOrder.empty() ? place : rowOrder[place]) * inputs);
    Eliminated left = Eliminator(inverted.data(), inputs).run(tileRows, kept);
    // Packed as columns 0 to K - 1 of a matrix that has no others.
    std::vector<int32_t> order(static_cast<size_t>(places), -1);
    std::vector<const float *> saliency;
    for (int64_t r = 0; r < last - tile * pattern.vector; ++r)
      saliency.push_back(left.saliency.data() + r * kept);
    for (int64_t k = 0; k < kept; ++k)
      order[static_cast<size_t>(k)] = static_cast<int32_t>(k);
    orderColumns(saliency, kept, pattern, order.data(), options,
                 Random(seed, /*stream=*/1, static_cast<uint64_t>(tile)),
                 Deadline());
    sortGroups(saliency, pattern, order);
    for (int64_t k = 0; k < places; ++k)
      if (int32_t at = order[static_cast<size_t>(k)]; at >= 0)
        result[static_cast<size_t>(tile * places + k)] =
            left.columns[static_cast<size_t>(at)];
  });
  return result;
}

//===- Reassign.cpp - rows to the tiles as they are --------------*- C++
//-*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Rows.h"

#include "Kernels.h"
#include "Transport.h"

#include "hinm/Format/Threads.h"

#include <algorithm>
#include <cmath>
#include <limits>

using namespace hinm;
using namespace hinm::permutation;

/// cost[row * T + tile] = -(what the tile's columns and groups keep of the
/// row).
static std::vector<float> costOfTiles(MatrixView saliency,
                                      const Pattern &pattern,
                                      const std::vector<int32_t> &vectorIndex,
                                      int threads) {
  constexpr int64_t together = 16;
  int64_t tiles = pattern.tiles(saliency.rows);
  std::vector<float> cost(static_cast<size_t>(saliency.rows * tiles));
  int64_t blocks = (saliency.rows + together - 1) / together;
  if (saliency.rows * pattern.columns * tiles < (1 << 18))
    threads = 1;
  format::parallelFor(blocks, threads, [&](int64_t block) {
    int64_t first = block * together;
    int64_t here = std::min(together, saliency.rows - first);
    std::vector<float> rows(static_cast<size_t>(saliency.columns * together),
                            0.0f);
    for (int64_t r = 0; r < here; ++r) {
      const float *row = saliency.row(first + r);
      for (int64_t c = 0; c < saliency.columns; ++c)
        rows[static_cast<size_t>(c * together + r)] = row[c];
    }
    for (int64_t t = 0; t < tiles; ++t) {
      float kept[together] = {};
      kernels().keptOfRows(rows.data(),
                           vectorIndex.data() + t * pattern.columns,
                           pattern.columns, pattern.n, pattern.m, kept);
      for (int64_t r = 0; r < here; ++r)
        cost[static_cast<size_t>((first + r) * tiles + t)] = -kept[r];
    }
  });
  return cost;
}

void hinm::permutation::perturb(std::vector<float> &cost, int64_t tiles,
                                const std::vector<int64_t> &tileOf,
                                double scale, Random &random) {
  double advantage = 0;
  for (size_t row = 0; row < tileOf.size(); ++row) {
    const float *costs = cost.data() + static_cast<int64_t>(row) * tiles;
    float other = std::numeric_limits<float>::max();
    for (int64_t t = 0; t < tiles; ++t)
      if (t != tileOf[row])
        other = std::min(other, costs[t]);
    advantage += std::max(0.0, static_cast<double>(other - costs[tileOf[row]]));
  }
  double width = scale * advantage / static_cast<double>(tileOf.size());
  for (float &c : cost)
    c += static_cast<float>(width *
                            std::log(-std::log(random.unit() * (1 - 1e-12))));
}

bool hinm::permutation::reassignRows(MatrixView saliency,
                                     const Pattern &pattern,
                                     const std::vector<int32_t> &vectorIndex,
                                     double noise, Random random, int threads,
                                     std::vector<int64_t> &rowOrder) {
  int64_t tiles = pattern.tiles(saliency.rows);
  if (tiles < 2)
    return false;
  std::vector<float> cost =
      costOfTiles(saliency, pattern, vectorIndex, threads);
  std::vector<int64_t> tileBefore(static_cast<size_t>(saliency.rows));
  for (int64_t place = 0; place < saliency.rows; ++place)
    tileBefore[static_cast<size_t>(rowOrder[static_cast<size_t>(place)])] =
        place / pattern.vector;
  if (noise > 0)
    perturb(cost, tiles, tileBefore, noise, random);
  std::vector<int64_t> capacity(static_cast<size_t>(tiles), pattern.vector);
  capacity.back() = saliency.rows - (tiles - 1) * pattern.vector;
  std::vector<int32_t> tileOf = transport(cost, saliency.rows, capacity);

  double before = 0, after = 0;
  for (int64_t row = 0; row < saliency.rows; ++row) {
    const float *costs = cost.data() + row * tiles;
    before -= static_cast<double>(costs[tileBefore[static_cast<size_t>(row)]]);
    after -= static_cast<double>(costs[tileOf[static_cast<size_t>(row)]]);
  }
  if (!(after > before + 1e-7 * std::fabs(before)))
    return false;
  std::vector<int64_t> next(static_cast<size_t>(tiles));
  for (size_t t = 0; t < next.size(); ++t)
    next[t] = static_cast<int64_t>(t) * pattern.vector;
  for (int64_t row = 0; row < saliency.rows; ++row)
    rowOrder[static_cast<size_t>(
        next[static_cast<size_t>(tileOf[static_cast<size_t>(row)])]++)] = row;
  return true;
}

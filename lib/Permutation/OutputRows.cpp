//===- OutputRows.cpp - rows to tiles by output error -----------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hinm/Permutation/OutputError.h"

#include "Kernels.h"
#include "Rows.h"
#include "Sweep.h"
#include "Transport.h"

#include "hinm/Format/Threads.h"

#include <algorithm>
#include <numeric>

using namespace hinm;
using namespace hinm::permutation;

/// Times the mean advantage of a row's own tile, at the start.
static constexpr double kNoise = 0.3;

std::vector<double> OutputError::products(std::vector<double> &powers) const {
  const KernelTable &kernel = kernels();
  std::vector<double> result(reference.size());
  powers.resize(static_cast<size_t>(rows));
  format::parallelFor(rows, threads, [&](int64_t r) {
    const float *wanted = reference.data() + r * inputs;
    std::vector<double> target(wanted, wanted + inputs);
    const double *right = target.data();
    double *to = result.data() + r * inputs;
    for (int64_t i = 0; i < inputs; ++i) {
      const double *from = gram.data() + i * inputs;
      kernel.dots64(&from, 1, &right, 1, inputs, to + i, 1);
    }
    const double *mine = to;
    kernel.dots64(&mine, 1, &right, 1, inputs, &powers[static_cast<size_t>(r)],
                  1);
  });
  return result;
}

std::vector<uint8_t>
OutputError::sweep(const format::Pattern &pattern,
                   format::ArrayView<int64_t> rowOrder,
                   format::ArrayView<int32_t> vectorIndex) const {
  std::vector<uint8_t> mask(reference.size(), 0);
  std::vector<double> powers, right = products(powers);
  format::parallelFor(pattern.tiles(rows), threads, [&](int64_t tile) {
    TileSweep sweep(gram.data(), inputs, pattern,
                    vectorIndex.data() + tile * pattern.columns);
    int64_t last = std::min(rows, (tile + 1) * pattern.vector);
    for (int64_t place = tile * pattern.vector; place < last; ++place) {
      int64_t r = rowOrder.empty() ? place : rowOrder[place];
      sweep.run(right.data() + r * inputs, powers[static_cast<size_t>(r)],
                mask.data() + r * inputs);
    }
  });
  return mask;
}

std::vector<int32_t> OutputError::orders(const format::Pattern &pattern,
                                         std::vector<int64_t> &rowOrder,
                                         int rounds, uint64_t seed) const {
  std::vector<float> inverted = invertedGram();
  std::vector<int32_t> index = columns(inverted, pattern, rowOrder, seed);
  int64_t tiles = pattern.tiles(rows);
  if (rounds == 0 || tiles < 2)
    return index;
  std::vector<double> powers, right = products(powers);
  std::vector<int64_t> capacity(static_cast<size_t>(tiles), pattern.vector);
  capacity.back() = rows - (tiles - 1) * pattern.vector;

  std::vector<int64_t> bestOrder = rowOrder;
  std::vector<int32_t> bestIndex = index;
  double least = 0;
  Random random(seed, /*stream=*/5);
  for (int round = 0;; ++round) {
    // What every tile's columns would make of every row.
    std::vector<float> cost(static_cast<size_t>(rows * tiles));
    format::parallelFor(tiles, threads, [&](int64_t tile) {
      TileSweep sweep(gram.data(), inputs, pattern,
                      index.data() + tile * pattern.columns);
      for (int64_t r = 0; r < rows; ++r)
        cost[static_cast<size_t>(r * tiles + tile)] = static_cast<float>(
            sweep.run(right.data() + r * inputs, powers[static_cast<size_t>(r)],
                      nullptr));
    });
    double error = 0;
    for (int64_t place = 0; place < rows; ++place)
      error += static_cast<double>(cost[static_cast<size_t>(
          rowOrder[static_cast<size_t>(place)] * tiles +
          place / pattern.vector)]);
    if (round == 0 || error < least) {
      least = error;
      bestOrder = rowOrder;
      bestIndex = index;
    }
    if (round == rounds)
      break;
    std::vector<int64_t> tileBefore(static_cast<size_t>(rows));
    for (int64_t place = 0; place < rows; ++place)
      tileBefore[static_cast<size_t>(rowOrder[static_cast<size_t>(place)])] =
          place / pattern.vector;
    // Cooling down to none in the last round.
    double noise = kNoise * (rounds - 1 - round) / rounds;
    if (noise > 0)
      perturb(cost, tiles, tileBefore, noise, random);
    std::vector<int32_t> tileOf = transport(cost, rows, capacity);
    std::vector<int64_t> next(static_cast<size_t>(tiles));
    for (int64_t t = 0; t < tiles; ++t)
      next[static_cast<size_t>(t)] = t * pattern.vector;
    for (int64_t r = 0; r < rows; ++r)
      rowOrder[static_cast<size_t>(
          next[static_cast<size_t>(tileOf[static_cast<size_t>(r)])]++)] = r;
    index = columns(inverted, pattern, rowOrder, seed);
  }
  rowOrder = bestOrder;
  return bestIndex;
}

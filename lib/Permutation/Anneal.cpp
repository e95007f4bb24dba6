//===- Anneal.cpp - simulated annealing on the rows of tiles ----*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A round pairs the tiles at random; each pair proposes swaps of a row of one
// with a row of the other on its own, so that pairs run on threads and the
// result does not depend on how many. What a tile keeps is the sum of the K
// largest of its column sums c; for any threshold t, K t + sum(max(c - t, 0))
// is at least that, so most proposals are refused by one pass over the columns,
// and only what survives it needs the exact sum.
//
//===----------------------------------------------------------------------===//

#include "Rows.h"

#include "Kernels.h"
#include "Random.h"
#include "TileSums.h"
#include "TopK.h"

#include "hinm/Format/Threads.h"

#include <algorithm>
#include <cmath>
#include <numeric>

using namespace hinm;
using namespace hinm::permutation;

namespace {
class PairOfTiles {
public:
  PairOfTiles(TileSums &state, int64_t a, int64_t b)
      : state(state), a(a), b(b), n(state.saliency.columns),
        nextA(static_cast<size_t>(n)), nextB(static_cast<size_t>(n)) {}

  RowCounts run(int64_t proposals, double temperature, Random random) {
    RowCounts counts;
    std::vector<int64_t> &rowsA = state.members[static_cast<size_t>(a)];
    std::vector<int64_t> &rowsB = state.members[static_cast<size_t>(b)];
    auto sizeA = static_cast<int64_t>(rowsA.size());
    auto sizeB = static_cast<int64_t>(rowsB.size());
    for (counts.proposals = 0; counts.proposals < proposals;
         ++counts.proposals) {
      int64_t &x = rowsA[static_cast<size_t>(random.below(sizeA))];
      int64_t &y = rowsB[static_cast<size_t>(random.below(sizeB))];
      double slack = temperature * std::log(random.unit());
      if (!propose(state.saliency.row(x), state.saliency.row(y), slack))
        continue;
      std::swap(x, y);
      ++counts.accepted;
    }
    return counts;
  }

private:
  /// Swaps row x of tile a with row y of tile b in the sums unless what is kept
  /// falls by more than -slack.
  bool propose(const float *x, const float *y, double slack) {
    const KernelTable &kernel = kernels();
    float &thresholdA = state.thresholds[static_cast<size_t>(a)];
    float &thresholdB = state.thresholds[static_cast<size_t>(b)];
    double &keptA = state.kept[static_cast<size_t>(a)];
    double &keptB = state.kept[static_cast<size_t>(b)];
    float *sumsA = state.sumsOf(a), *sumsB = state.sumsOf(b);
    auto k = static_cast<double>(state.columns);

    double boundA, boundB;
    kernel.swapExcess(sumsA, sumsB, x, y, thresholdA, thresholdB, n, boundA,
                      boundB);
    boundA += k * static_cast<double>(thresholdA);
    boundB += k * static_cast<double>(thresholdB);
    double need = keptA + keptB + slack;
    if (boundA + boundB < need)
      return false;

    float nearA = thresholdA, nearB = thresholdB;
    std::copy_n(sumsA, n, nextA.data());
    kernel.addDifference(nextA.data(), y, x, n);
    double exactA = topKSum(nextA.data(), n, state.columns, nearA);
    if (exactA + boundB < need)
      return false;
    std::copy_n(sumsB, n, nextB.data());
    kernel.addDifference(nextB.data(), x, y, n);
    double exactB = topKSum(nextB.data(), n, state.columns, nearB);
    if (exactA + exactB < need)
      return false;
    std::copy_n(nextA.data(), n, sumsA);
    std::copy_n(nextB.data(), n, sumsB);
    thresholdA = nearA;
    thresholdB = nearB;
    keptA = exactA;
    keptB = exactB;
    return true;
  }

  TileSums &state;
  int64_t a, b, n;
  std::vector<float> nextA, nextB;
};
} // namespace

/// Root mean square of what random swaps change in the sum that is kept.
static double typicalChange(TileSums &state, uint64_t seed) {
  Random random(seed, /*stream=*/4, UINT64_MAX);
  constexpr int64_t samples = 64;
  double squares = 0;
  int64_t n = state.saliency.columns;
  std::vector<float> next(static_cast<size_t>(n));
  for (int64_t i = 0; i < samples; ++i) {
    int64_t a = random.below(state.tiles());
    int64_t b = (a + 1 + random.below(state.tiles() - 1)) % state.tiles();
    const auto &rowsA = state.members[static_cast<size_t>(a)];
    const auto &rowsB = state.members[static_cast<size_t>(b)];
    const float *x = state.saliency.row(rowsA[static_cast<size_t>(
        random.below(static_cast<int64_t>(rowsA.size())))]);
    const float *y = state.saliency.row(rowsB[static_cast<size_t>(
        random.below(static_cast<int64_t>(rowsB.size())))]);
    double change = 0;
    for (bool first : {true, false}) {
      auto tile = static_cast<size_t>(first ? a : b);
      std::copy_n(state.sumsOf(static_cast<int64_t>(tile)), n, next.data());
      kernels().addDifference(next.data(), first ? y : x, first ? x : y, n);
      float threshold = state.thresholds[tile];
      change +=
          topKSum(next.data(), n, state.columns, threshold) - state.kept[tile];
    }
    squares += change * change;
  }
  return std::sqrt(squares / samples);
}

RowCounts hinm::permutation::annealRows(MatrixView saliency,
                                        const Pattern &pattern,
                                        int64_t proposalsPerRow,
                                        const RowOptions &options,
                                        std::vector<int64_t> &rowOrder) {
  const int threads = options.threads;
  RowCounts counts;
  int64_t tiles = pattern.tiles(saliency.rows);
  if (tiles < 2 || pattern.columns >= saliency.columns)
    return counts;
  TileSums state(saliency, pattern, rowOrder, threads);
  double start = state.keptTotal();
  double mean = 0;
  for (float sum : state.sums)
    mean += static_cast<double>(sum);
  mean /= static_cast<double>(saliency.rows * saliency.columns);
  if (!(mean > 0))
    return counts;

  // To 0.3 times the mean entry, from 5 times that, or from what lets rows out
  // of tiles that already suit them (kinds of rows that differ much).
  const double hot =
      std::max(5 * mean, 0.4 * typicalChange(state, options.seed));
  const double cold = 0.3 * mean;
  int64_t pairs = tiles / 2;
  int64_t perPair = 4 * pattern.vector;
  int64_t rounds =
      std::max<int64_t>(1, proposalsPerRow * saliency.rows / (pairs * perPair));
  // A round that is over in a moment is not worth starting threads for.
  const int roundThreads =
      pairs * perPair * saliency.columns < (1 << 18) ? 1 : threads;
  std::vector<int64_t> order(static_cast<size_t>(tiles));
  std::iota(order.begin(), order.end(), 0);
  std::vector<RowCounts> found(static_cast<size_t>(pairs));
  for (int64_t round = 0; round < rounds && !options.deadline.passed();
       ++round) {
    double progress = rounds > 1 ? static_cast<double>(round) /
                                       static_cast<double>(rounds - 1)
                                 : 1;
    double temperature = hot * std::pow(cold / hot, progress);
    Random random(options.seed, /*stream=*/4, static_cast<uint64_t>(round));
    random.shuffle(order);
    format::parallelFor(pairs, roundThreads, [&](int64_t p) {
      PairOfTiles pair(state, order[static_cast<size_t>(2 * p)],
                       order[static_cast<size_t>(2 * p + 1)]);
      found[static_cast<size_t>(p)] =
          pair.run(perPair, temperature,
                   Random(options.seed, static_cast<uint64_t>(5 + p),
                          static_cast<uint64_t>(round)));
    });
    for (const RowCounts &pair : found) {
      counts.proposals += pair.proposals;
      counts.accepted += pair.accepted;
    }
    // Rounding errors of the many small changes are swept away.
    if (round % 32 == 31)
      state.recomputeAll(threads);
  }
  state.recomputeAll(threads);
  if (state.keptTotal() > start)
    rowOrder = state.rowOrder();
  return counts;
}

//===- Gyro.cpp - the published output-channel search -----------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Rows are taken from every tile, clustered, and given back as whole clusters
// by a linear assignment of what vector pruning would keep; from many rows at
// once, which escapes local optima, down to one. Source: arXiv 2407.20496,
// section 4 (output-channel permutation).
//
//===----------------------------------------------------------------------===//

#include "Rows.h"

#include "Kernels.h"
#include "Random.h"
#include "TileSums.h"
#include "TopK.h"

#include "hinm/Format/Threads.h"
#include "hinm/Permutation/Assignment.h"

#include <algorithm>
#include <numeric>

using namespace hinm;
using namespace hinm::permutation;

void hinm::permutation::sortTiles(const Pattern &pattern,
                                  std::vector<int64_t> &rowOrder) {
  auto rows = static_cast<int64_t>(rowOrder.size());
  for (int64_t first = 0; first < rows; first += pattern.vector)
    std::sort(rowOrder.begin() + first,
              rowOrder.begin() + std::min(rows, first + pattern.vector));
}

namespace {
class GyroRows {
public:
  GyroRows(MatrixView saliency, const Pattern &pattern, uint64_t seed,
           int threads, std::vector<int64_t> &rowOrder)
      : saliency(saliency), pattern(pattern), seed(seed), threads(threads),
        state(saliency, pattern, rowOrder, threads) {}

  /// Takes `extracted` rows from every tile that has more, and gives them back.
  bool propose(int64_t extracted, uint64_t proposal) {
    std::vector<int64_t> taking;
    for (size_t t = 0; t < state.members.size(); ++t)
      if (static_cast<int64_t>(state.members[t].size()) >= extracted)
        taking.push_back(static_cast<int64_t>(t));
    auto count = static_cast<int64_t>(taking.size());
    if (count < 2)
      return false;

    // The taken rows stand at the front of each tile's members.
    Random random(seed, /*stream=*/2, proposal);
    std::vector<std::vector<int64_t>> shuffled;
    std::vector<int64_t> taken;
    std::vector<const float *> points;
    for (int64_t t : taking) {
      shuffled.push_back(state.members[static_cast<size_t>(t)]);
      random.choose(shuffled.back(), extracted);
      for (int64_t i = 0; i < extracted; ++i) {
        taken.push_back(shuffled.back()[static_cast<size_t>(i)]);
        points.push_back(saliency.row(taken.back()));
      }
    }
    std::vector<int32_t> clusterOf =
        balancedClusters(points, saliency.columns, extracted,
                         /*rounds=*/10, seed, proposal + 3, threads);

    int64_t n = saliency.columns;
    const KernelTable &kernel = kernels();
    std::vector<float> clusterSums(static_cast<size_t>(count * n), 0.0f);
    for (size_t i = 0; i < points.size(); ++i)
      kernel.add(clusterSums.data() + clusterOf[i] * n, points[i], n);

    std::vector<float> profit(static_cast<size_t>(count * count));
    format::parallelFor(count, threads, [&](int64_t i) {
      auto t = static_cast<size_t>(taking[static_cast<size_t>(i)]);
      std::vector<float> base(static_cast<size_t>(n), 0.0f);
      std::vector<float> sum(static_cast<size_t>(n));
      const std::vector<int64_t> &order = shuffled[static_cast<size_t>(i)];
      for (size_t r = static_cast<size_t>(extracted); r < order.size(); ++r)
        kernel.add(base.data(), saliency.row(order[r]), n);
      float threshold = state.thresholds[t];
      for (int64_t c = 0; c < count; ++c) {
        sum = base;
        kernel.add(sum.data(), clusterSums.data() + c * n, n);
        profit[static_cast<size_t>(i * count + c)] = static_cast<float>(
            topKSum(sum.data(), n, pattern.columns, threshold));
      }
    });
    const std::vector<int32_t> &given =
        solver.maximize(profit.data(), count, count, count);

    double before = 0, after = 0;
    for (int64_t i = 0; i < count; ++i) {
      before += state.kept[static_cast<size_t>(taking[static_cast<size_t>(i)])];
      after += static_cast<double>(profit[static_cast<size_t>(
          i * count + given[static_cast<size_t>(i)])]);
    }
    if (!(after > before * (1 + 1e-7)))
      return false;

    std::vector<std::vector<int64_t>> cluster(static_cast<size_t>(count));
    for (size_t i = 0; i < taken.size(); ++i)
      cluster[static_cast<size_t>(clusterOf[i])].push_back(taken[i]);
    format::parallelFor(count, threads, [&](int64_t i) {
      auto t = static_cast<size_t>(taking[static_cast<size_t>(i)]);
      std::vector<int64_t> &order = shuffled[static_cast<size_t>(i)];
      const std::vector<int64_t> &gets =
          cluster[static_cast<size_t>(given[static_cast<size_t>(i)])];
      std::copy(gets.begin(), gets.end(), order.begin());
      std::sort(order.begin(), order.end());
      state.members[t] = std::move(order);
      state.recompute(static_cast<int64_t>(t));
    });
    return true;
  }

  std::vector<int64_t> rowOrder() const { return state.rowOrder(); }

private:
  MatrixView saliency;
  const Pattern &pattern;
  uint64_t seed;
  int threads;
  TileSums state;
  AssignmentSolver solver;
};
} // namespace

RowCounts hinm::permutation::gyroRows(MatrixView saliency,
                                      const Pattern &pattern, int misses,
                                      const RowOptions &options,
                                      std::vector<int64_t> &rowOrder) {
  RowCounts counts;
  // One tile, or nothing to drop: every order is the same.
  if (pattern.tiles(saliency.rows) < 2 || pattern.columns >= saliency.columns)
    return counts;
  GyroRows rows(saliency, pattern, options.seed, options.threads, rowOrder);
  for (int64_t extracted = std::max<int64_t>(1, pattern.vector / 2);;
       extracted /= 2) {
    for (int missed = 0; missed < misses && !options.deadline.passed();) {
      if (rows.propose(extracted, static_cast<uint64_t>(counts.proposals++))) {
        ++counts.accepted;
        missed = 0;
      } else {
        ++missed;
      }
    }
    if (extracted == 1)
      break;
  }
  rowOrder = rows.rowOrder();
  return counts;
}

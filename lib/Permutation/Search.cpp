//===- Search.cpp - from a weight to its orders ------------------*- C++
//-*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hinm/Permutation/Search.h"

#include "Columns.h"
#include "Deadline.h"
#include "Input.h"
#include "Rows.h"

#include "hinm/Format/Canonical.h"

#include <algorithm>
#include <cmath>
#include <numeric>

using namespace hinm;
using namespace hinm::permutation;

namespace {
/// Runs a strategy, once or again and again, and keeps the best orders.
class Searcher {
public:
  Searcher(MatrixView saliency, const Pattern &pattern, const Options &options,
           Deadline &deadline, Result &result)
      : saliency(saliency), pattern(pattern), options(options),
        deadline(deadline), result(result), statistics(result.statistics) {}

  void run() {
    begin();
    if (options.strategy == Strategy::None)
      return;
    // A budget of 0 returns the start.
    uint64_t seed = options.seed;
    for (int64_t effort = 1; !deadline.passed(); effort *= 2) {
      double before = deadline.seconds();
      attempt(seed, effort);
      // What is left of a budget goes into longer runs, while one fits.
      double took = deadline.seconds() - before;
      if (!options.timeBudget || deadline.left() < 2 * took)
        break;
      seed += 0x9e3779b97f4a7c15u;
    }
  }

private:
  /// The start: its rows, the best columns in ascending order.
  void begin() {
    result.rowOrder.resize(static_cast<size_t>(saliency.rows));
    std::iota(result.rowOrder.begin(), result.rowOrder.end(), 0);
    result.vectorIndex = bestColumns(result.rowOrder);
    result.retainedIdentity = keptBy(result.rowOrder, result.vectorIndex);
    result.retainedBound = unstructuredBound(
        saliency,
        saliency.rows * std::min(pattern.valuesPerRow(), saliency.columns));
    result.retained = result.retainedIdentity;
    if (!options.startOrder.empty()) {
      result.rowOrder.assign(options.startOrder.begin(),
                             options.startOrder.begin() + saliency.rows);
      result.vectorIndex = bestColumns(result.rowOrder);
      result.retained = keptBy(result.rowOrder, result.vectorIndex);
    }
    start = result.rowOrder;
    first = true;
  }

  std::vector<int32_t> bestColumns(const std::vector<int64_t> &rowOrder) const {
    return format::selectColumns(saliency, rowOrder, pattern.vector,
                                 pattern.columns, options.threads);
  }
  double keptBy(const std::vector<int64_t> &rowOrder,
                const std::vector<int32_t> &vectorIndex) const {
    return retainedSaliency(saliency, pattern, rowOrder, vectorIndex);
  }

  void attempt(uint64_t seed, int64_t effort) {
    std::vector<int64_t> rowOrder = start;
    orderRows(seed, effort, rowOrder);
    std::vector<int32_t> vectorIndex = bestColumns(rowOrder);
    ColumnOptions columns;
    columns.misses = options.strategy == Strategy::Columns ||
                             options.strategy == Strategy::Gyro
                         ? options.misses
                         : std::max(3, options.misses);
    double began = deadline.seconds();
    orderColumns(rowOrder, columns, seed, vectorIndex);
    statistics.columnSeconds += deadline.seconds() - began;
    offer("columns", rowOrder, vectorIndex);
    if (options.strategy == Strategy::Best)
      polish(seed, effort, rowOrder, vectorIndex);
  }

  /// Rows and columns in turns, with noise that cools down to none: rows to the
  /// tiles as they are, then a few moves of each tile's columns.
  void polish(uint64_t seed, int64_t effort, std::vector<int64_t> &rowOrder,
              std::vector<int32_t> &vectorIndex) {
    constexpr double hot = 0.3;
    double began = deadline.seconds();
    const int64_t rounds = 240 * effort;
    for (int64_t round = 1; round <= rounds && !deadline.passed(); ++round) {
      const bool last = round == rounds;
      double noise =
          hot * (1 - static_cast<double>(round) / static_cast<double>(rounds));
      reassignRows(saliency, pattern, vectorIndex, noise,
                   Random(seed, /*stream=*/3, static_cast<uint64_t>(round)),
                   options.threads, rowOrder);
      ColumnOptions columns;
      columns.misses = last ? 3 : 1;
      columns.proposals = last ? INT64_MAX : 2;
      // The dearer move, now and then.
      columns.exchange = last || round % 4 == 0;
      orderColumns(rowOrder, columns,
                   seed + (static_cast<uint64_t>(round) << 32), vectorIndex);
      if (columns.exchange)
        offer("polish", rowOrder, vectorIndex);
    }
    statistics.polishSeconds += deadline.seconds() - began;
  }

  void orderRows(uint64_t seed, int64_t effort,
                 std::vector<int64_t> &rowOrder) {
    double began = deadline.seconds();
    RowOptions rows{seed, options.threads, deadline};
    RowCounts counts;
    switch (options.strategy) {
    case Strategy::None:
    case Strategy::Columns:
      return;
    case Strategy::Pca:
      principalRows(saliency, options.threads, rowOrder);
      break;
    case Strategy::Gyro:
      counts = gyroRows(saliency, pattern, options.misses, rows, rowOrder);
      break;
    case Strategy::Anneal:
    case Strategy::Best:
      counts = annealRows(saliency, pattern, effort * 650, rows, rowOrder);
      break;
    }
    sortTiles(pattern, rowOrder);
    statistics.rowProposals += counts.proposals;
    statistics.rowAccepted += counts.accepted;
    statistics.rowSeconds += deadline.seconds() - began;
  }

  void orderColumns(const std::vector<int64_t> &rowOrder,
                    const ColumnOptions &columns, uint64_t seed,
                    std::vector<int32_t> &vectorIndex) {
    ColumnCounts counts =
        orderAllColumns(saliency, pattern, rowOrder, vectorIndex, columns, seed,
                        options.threads, deadline);
    statistics.columnProposals += counts.proposals;
    statistics.columnAccepted += counts.accepted;
  }

  /// Keeps the orders if they are the best, and reports. The first attempt of a
  /// search without a start or a budget stands as it is.
  void offer(const char *stage, const std::vector<int64_t> &rowOrder,
             const std::vector<int32_t> &vectorIndex) {
    double kept = keptBy(rowOrder, vectorIndex);
    if (kept > result.retained ||
        (first && !options.timeBudget && options.startOrder.empty())) {
      result.rowOrder = rowOrder;
      result.vectorIndex = vectorIndex;
      result.retained = kept;
    }
    first = false;
    Progress progress{stage, deadline.seconds(), result.retained};
    statistics.trace.push_back(progress);
    if (options.progress && !options.progress(progress))
      deadline.cancel();
  }

  MatrixView saliency;
  const Pattern &pattern;
  const Options &options;
  Deadline &deadline;
  Result &result;
  Statistics &statistics;
  std::vector<int64_t> start;
  bool first = true;
};
} // namespace

Expected<Result> hinm::permutation::search(MatrixView weight,
                                           const Pattern &pattern,
                                           const Options &options,
                                           MatrixView saliency) {
  Deadline deadline(options.timeBudget);
  if (auto error = verifyInput(weight, pattern, options, saliency))
    return *error;
  std::vector<float> magnitudes;
  if (!saliency.data) {
    magnitudes.resize(static_cast<size_t>(weight.rows * weight.columns));
    for (size_t i = 0; i < magnitudes.size(); ++i)
      magnitudes[i] = std::fabs(weight.data[i]);
    saliency = {magnitudes.data(), weight.rows, weight.columns};
  }
  Result result;
  Searcher(saliency, pattern, options, deadline, result).run();
  result.statistics.seconds = deadline.seconds();
  return result;
}

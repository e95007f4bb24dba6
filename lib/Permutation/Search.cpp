//===- Search.cpp - from a weight to its orders -----------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hinm/Permutation/Search.h"

#include "Columns.h"
#include "Rows.h"

#include "hinm/Format/Canonical.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>

using namespace hinm;
using namespace hinm::permutation;

static constexpr std::pair<Strategy, const char *> strategies[] = {
    {Strategy::None, "none"},
    {Strategy::Columns, "columns"},
    {Strategy::Gyro, "gyro"},
    {Strategy::Anneal, "anneal"},
};

const char *hinm::permutation::name(Strategy strategy) {
  for (auto [known, text] : strategies)
    if (known == strategy)
      return text;
  return "";
}

Expected<Strategy> hinm::permutation::parseStrategy(std::string_view text) {
  Error error;
  error.message = "unknown strategy '" + std::string(text) + "', expected";
  const char *separator = " ";
  for (auto [known, name] : strategies) {
    if (text == name)
      return known;
    error.message += separator + std::string(name);
    separator = ", ";
  }
  return error;
}

static std::optional<Error> verifyInput(MatrixView weight,
                                        const Pattern &pattern,
                                        const Options &options,
                                        MatrixView saliency) {
  if (auto error = format::verify(pattern, weight.rows, weight.columns))
    return error;
  Error error;
  if (options.misses < 1) {
    error.message =
        "misses is " + std::to_string(options.misses) + ", expected at least 1";
    return error;
  }
  if (auto error = format::verifyFinite(weight, "weight"))
    return error;
  if (!saliency.data)
    return std::nullopt;
  if (saliency.rows != weight.rows || saliency.columns != weight.columns) {
    error.message = "saliency is " + std::to_string(saliency.rows) + "x" +
                    std::to_string(saliency.columns) + ", expected " +
                    std::to_string(weight.rows) + "x" +
                    std::to_string(weight.columns) + " as the weight";
    return error;
  }
  if (auto error = format::verifyFinite(saliency, "saliency"))
    return error;
  for (int64_t r = 0; r < saliency.rows; ++r)
    for (int64_t c = 0; c < saliency.columns; ++c)
      if (saliency.at(r, c) < 0) {
        error.message = "saliency is " + std::to_string(saliency.at(r, c)) +
                        " at row " + std::to_string(r) + " column " +
                        std::to_string(c) + ", expected at least 0";
        error.row = r;
        error.column = c;
        return error;
      }
  return std::nullopt;
}

namespace {
class Stopwatch {
public:
  double seconds() const {
    return std::chrono::duration<double>(Clock::now() - start).count();
  }

private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point start = Clock::now();
};
} // namespace

Expected<Result> hinm::permutation::search(MatrixView weight,
                                           const Pattern &pattern,
                                           const Options &options,
                                           MatrixView saliency) {
  Stopwatch whole;
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
  Statistics &statistics = result.statistics;
  result.rowOrder.resize(static_cast<size_t>(weight.rows));
  std::iota(result.rowOrder.begin(), result.rowOrder.end(), 0);
  result.vectorIndex = format::selectColumns(saliency, {}, pattern.vector,
                                             pattern.columns, options.threads);
  result.retainedIdentity =
      retainedSaliency(saliency, pattern, {}, result.vectorIndex);
  result.retainedBound = unstructuredBound(
      saliency, weight.rows * std::min(pattern.valuesPerRow(), weight.columns));

  bool rows = options.strategy == Strategy::Gyro ||
              options.strategy == Strategy::Anneal;
  if (rows) {
    Stopwatch watch;
    RowCounts counts =
        options.strategy == Strategy::Gyro
            ? gyroRows(saliency, pattern, options.misses, options.seed,
                       options.threads, result.rowOrder)
            : annealRows(saliency, pattern, /*proposalsPerRow=*/650,
                         options.seed, options.threads, result.rowOrder);
    sortTiles(pattern, result.rowOrder);
    statistics.rowProposals = counts.proposals;
    statistics.rowAccepted = counts.accepted;
    statistics.rowSeconds = watch.seconds();
    result.vectorIndex =
        format::selectColumns(saliency, result.rowOrder, pattern.vector,
                              pattern.columns, options.threads);
  }
  if (options.strategy != Strategy::None) {
    Stopwatch watch;
    int misses = options.strategy == Strategy::Anneal
                     ? std::max(3, options.misses)
                     : options.misses;
    ColumnCounts counts =
        orderAllColumns(saliency, pattern, result.rowOrder, result.vectorIndex,
                        misses, options.seed, options.threads);
    statistics.columnProposals = counts.proposals;
    statistics.columnAccepted = counts.accepted;
    statistics.columnSeconds = watch.seconds();
  }
  result.retained =
      retainedSaliency(saliency, pattern, result.rowOrder, result.vectorIndex);
  statistics.seconds = whole.seconds();
  return result;
}

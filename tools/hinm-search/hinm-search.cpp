//===- hinm-search.cpp - orders of a weight from the command line -*- C++
//-*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Options.h"
#include "Output.h"
#include "Weight.h"

#include "hinm/Permutation/OutputError.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <optional>
#include <tuple>
#include <unistd.h>

using namespace hinm;
using namespace hinm::tool;

static int fail(const std::string &message) {
  std::fprintf(stderr, "hinm-search: error: %s\n", message.c_str());
  return 1;
}

static void print(const Options &options, const format::Pattern &pattern,
                  const Matrix &weight, const permutation::Result &result) {
  std::printf("%lldx%lld, V = %lld, %lld of %lld columns, %lld:%lld\n",
              static_cast<long long>(weight.rows),
              static_cast<long long>(weight.columns),
              static_cast<long long>(pattern.vector),
              static_cast<long long>(pattern.columns),
              static_cast<long long>(weight.columns),
              static_cast<long long>(pattern.n),
              static_cast<long long>(pattern.m));
  std::printf("retained saliency: identity %.4f, %s %.4f, unstructured %.4f\n",
              result.retainedIdentity,
              permutation::name(options.search.strategy), result.retained,
              result.retainedBound);
  std::printf("%.2f s: rows %.2f, columns %.2f, polish %.2f\n",
              result.statistics.seconds, result.statistics.rowSeconds,
              result.statistics.columnSeconds, result.statistics.polishSeconds);
}

/// Rounds of rows by output error, each as long as the choice of columns.
static int rowRounds(permutation::Strategy strategy) {
  switch (strategy) {
  case permutation::Strategy::None:
  case permutation::Strategy::Columns:
    return 0; // they leave the rows alone
  case permutation::Strategy::Best:
    return 24;
  default:
    return 3;
  }
}

/// The share of the saliency that the mask keeps.
static double keptShare(format::MatrixView saliency,
                        const std::vector<uint8_t> &mask) {
  double kept = 0, total = 0;
  for (int64_t r = 0; r < saliency.rows; ++r)
    for (int64_t c = 0; c < saliency.columns; ++c) {
      double value = std::fabs(saliency.at(r, c));
      total += value;
      kept += mask[static_cast<size_t>(r * saliency.columns + c)] ? value : 0;
    }
  return total > 0 ? kept / total : 1;
}

static bool showProgress(const permutation::Progress &progress) {
  std::fprintf(stderr, "\r\033[K%8.2f s  %-8s kept %.4f", progress.seconds,
               progress.stage, progress.retained);
  return true;
}

/// Everything after the command line; the message of a failure.
static runtime::Status run(Options &options) {
  using runtime::Status;
  auto weight = readMatrix(options.weight, "weight");
  if (weight.failed())
    return weight.status();
  // Matrices that may be given beside it.
  Matrix saliency, gram, cross;
  const std::tuple<const std::string &, const char *, Matrix &> optional[] = {
      {options.saliency, "saliency", saliency},
      {options.gram, "gram matrix", gram},
      {options.cross, "cross matrix", cross}};
  for (auto [source, what, matrix] : optional) {
    if (source.empty())
      continue;
    auto read = readMatrix(source, what);
    if (read.failed())
      return read.status();
    matrix = read.take();
  }
  format::Pattern pattern;
  pattern.vector = options.vector;
  pattern.n = options.n;
  pattern.m = options.m;
  // A ratio that is refused below still needs some K.
  pattern.columns = format::keptColumns(weight->columns, options.columnSparsity,
                                        std::max<int64_t>(1, pattern.m));
  // The folder first: a search of minutes must not end in a typing error.
  Status status = makeDirectory(options.directory);
  if (status.failed())
    return status;

  auto seconds = [start = std::chrono::steady_clock::now()] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() -
                                         start)
        .count();
  };
  Calibrated calibrated;
  std::optional<permutation::OutputError> outputError;
  if (!options.gram.empty()) {
    permutation::Calibration calibration;
    calibration.gram = gram.view();
    if (!options.cross.empty())
      calibration.cross = cross.view();
    calibration.damping = options.damping;
    auto created = permutation::OutputError::create(weight->view(), calibration,
                                                    options.search.threads);
    if (!created)
      return Status::failure(created.error().message);
    outputError = std::move(*created);
    if (options.saliency.empty())
      saliency = {outputError->saliency(), weight->rows, weight->columns};
    calibrated.seconds = seconds();
  }

  const bool terminal = isatty(STDERR_FILENO);
  if (terminal)
    options.search.progress = showProgress;
  format::MatrixView judged =
      saliency.data.empty() ? weight->view() : saliency.view();
  auto result = permutation::search(weight->view(), pattern, options.search,
                                    saliency.data.empty() ? format::MatrixView()
                                                          : judged);
  if (terminal)
    std::fputs("\r\033[K", stderr);
  if (!result)
    return Status::failure(result.error().message);
  std::vector<uint8_t> mask = permutation::supportMask(
      judged, pattern, result->rowOrder, result->vectorIndex);
  if (outputError) {
    double before = seconds();
    std::vector<float> cut = outputError->target();
    for (size_t i = 0; i < cut.size(); ++i)
      cut[i] = mask[i] ? cut[i] : 0;
    auto errorOf = [&](const std::vector<float> &w) {
      return outputError->relativeError(
          {w.data(), weight->rows, weight->columns});
    };
    calibrated.errorMasked = errorOf(cut);
    calibrated.weight = outputError->fit(mask);
    calibrated.errorFitted = errorOf(calibrated.weight);
    if (options.saliency.empty()) {
      // From here on the error itself decides.
      std::vector<int64_t> rows = result->rowOrder;
      std::vector<int32_t> columns =
          outputError->orders(pattern, rows, rowRounds(options.search.strategy),
                              options.search.seed);
      std::vector<uint8_t> swept = outputError->sweep(pattern, rows, columns);
      // Worth some minutes of a core, not hours.
      double kept = static_cast<double>(pattern.columns);
      if (weight->rows * kept * kept * kept < 4e12)
        swept = outputError->exchange(pattern, rows, columns, std::move(swept));
      std::vector<float> fitted = outputError->fit(swept);
      calibrated.errorSearched = errorOf(fitted);
      if (calibrated.errorSearched < calibrated.errorFitted) {
        result->rowOrder = std::move(rows);
        result->vectorIndex = std::move(columns);
        result->retained = keptShare(judged, swept);
        mask = std::move(swept);
        calibrated.weight = std::move(fitted);
      }
    }
    calibrated.seconds += seconds() - before;
  }
  status =
      writeResults(options, weight->view(), mask, pattern, *result, calibrated);
  if (status.failed())
    return status;
  print(options, pattern, *weight, *result);
  if (outputError) {
    std::printf("output error: masked %.4f, fitted %.4f",
                calibrated.errorMasked, calibrated.errorFitted);
    if (calibrated.errorSearched)
      std::printf(", columns by error, swept and fitted %.4f",
                  *calibrated.errorSearched);
    std::printf(" (%.2f s)\n", calibrated.seconds);
  }
  return Status::success();
}

int main(int argc, char **argv) {
  auto options = parseOptions({argv + 1, argv + argc});
  if (options.failed())
    return fail(options.message());
  if (options->help || options->version) {
    std::fputs(options->help ? helpText : "hinm-search " HINM_VERSION "\n",
               stdout);
    return 0;
  }
  runtime::Status status = run(*options);
  return status.failed() ? fail(status.message()) : 0;
}

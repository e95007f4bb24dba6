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

#include <algorithm>
#include <cstdio>
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

int main(int argc, char **argv) {
  auto options = parseOptions({argv + 1, argv + argc});
  if (options.failed())
    return fail(options.message());
  if (options->help || options->version) {
    std::fputs(options->help ? helpText : "hinm-search " HINM_VERSION "\n",
               stdout);
    return 0;
  }
  auto weight = readMatrix(options->weight, "weight");
  if (weight.failed())
    return fail(weight.message());
  Matrix saliency;
  if (!options->saliency.empty()) {
    auto given = readMatrix(options->saliency, "saliency");
    if (given.failed())
      return fail(given.message());
    saliency = given.take();
  }
  format::Pattern pattern;
  pattern.vector = options->vector;
  pattern.n = options->n;
  pattern.m = options->m;
  // A ratio that is refused below still needs some K.
  pattern.columns =
      format::keptColumns(weight->columns, options->columnSparsity,
                          std::max<int64_t>(1, pattern.m));
  // The folder first: a search of minutes must not end in a typing error.
  runtime::Status status = makeDirectory(options->directory);
  if (status.failed())
    return fail(status.message());

  const bool terminal = isatty(STDERR_FILENO);
  if (terminal)
    options->search.progress = [](const permutation::Progress &progress) {
      std::fprintf(stderr, "\r\033[K%8.2f s  %-8s kept %.4f", progress.seconds,
                   progress.stage, progress.retained);
      return true;
    };
  format::MatrixView given;
  if (!options->saliency.empty())
    given = saliency.view();
  auto result =
      permutation::search(weight->view(), pattern, options->search, given);
  if (terminal)
    std::fputs("\r\033[K", stderr);
  if (!result)
    return fail(result.error().message);
  status = writeResults(*options, weight->view(),
                        given.data ? given : weight->view(), pattern, *result);
  if (status.failed())
    return fail(status.message());
  print(*options, pattern, *weight, *result);
  return 0;
}

//===- Output.cpp - the files that a search leaves --------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Output.h"

#include "hinm/Format/Canonical.h"
#include "hinm/Runtime/FileIO.h"
#include "hinm/Runtime/Npy.h"

#include <filesystem>
#include <nlohmann/json.hpp>

using namespace hinm;
using namespace hinm::tool;
using runtime::failure;
using runtime::Status;

Status hinm::tool::makeDirectory(const std::string &path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error || !std::filesystem::is_directory(path))
    return failure("cannot make folder '", path,
                   "': ", error ? error.message() : "a file is in the way");
  return Status::success();
}

static nlohmann::ordered_json reportOf(const Options &options,
                                       format::MatrixView weight,
                                       const format::Pattern &pattern,
                                       const permutation::Result &result,
                                       const Calibrated &calibrated) {
  const permutation::Statistics &statistics = result.statistics;
  nlohmann::ordered_json report;
  report["format"] = "hinm-search";
  report["version"] = HINM_VERSION;
  report["weight"] = {{"source", options.weight},
                      {"shape", {weight.rows, weight.columns}}};
  if (!options.saliency.empty())
    report["saliency"] = options.saliency;
  if (!options.gram.empty()) {
    report["gram"] = options.gram;
    if (!options.cross.empty())
      report["cross"] = options.cross;
    report["damping"] = options.damping;
  }
  report["pattern"] = {{"vector", pattern.vector},
                       {"columns", pattern.columns},
                       {"n", pattern.n},
                       {"m", pattern.m}};
  report["strategy"] = permutation::name(options.search.strategy);
  report["seed"] = options.search.seed;
  if (options.search.timeBudget)
    report["time_budget"] = *options.search.timeBudget;
  report["retained"] = {{"identity", result.retainedIdentity},
                        {"result", result.retained},
                        {"unstructured", result.retainedBound}};
  if (!calibrated.weight.empty())
    report["output_error"] = {{"masked", calibrated.errorMasked},
                              {"fitted", calibrated.errorFitted}};
  if (calibrated.errorSearched)
    report["output_error"]["searched"] = *calibrated.errorSearched;
  report["seconds"] = {{"total", statistics.seconds},
                       {"rows", statistics.rowSeconds},
                       {"columns", statistics.columnSeconds},
                       {"polish", statistics.polishSeconds},
                       {"calibration", calibrated.seconds}};
  report["proposals"] = {{"rows", statistics.rowProposals},
                         {"rows_accepted", statistics.rowAccepted},
                         {"columns", statistics.columnProposals},
                         {"columns_accepted", statistics.columnAccepted}};
  report["trace"] = nlohmann::ordered_json::array();
  for (const permutation::Progress &progress : statistics.trace)
    report["trace"].push_back({{"stage", progress.stage},
                               {"seconds", progress.seconds},
                               {"retained", progress.retained}});
  return report;
}

static Status writeText(const std::string &path, const std::string &text) {
  return runtime::writeFileAtomically(path, {{text.data(), text.size()}});
}

Status hinm::tool::writeResults(const Options &options,
                                format::MatrixView weight,
                                const std::vector<uint8_t> &mask,
                                const format::Pattern &pattern,
                                const permutation::Result &result,
                                const Calibrated &calibrated) {
  using runtime::ElementType;
  const std::string folder = options.directory + "/";
  std::vector<int64_t> rowOrder = result.rowOrder;
  rowOrder.resize(static_cast<size_t>(pattern.paddedRows(weight.rows)), -1);
  Status status = runtime::writeNpy(folder + "row_order.npy", ElementType::I64,
                                    {static_cast<int64_t>(rowOrder.size())},
                                    rowOrder.data());
  if (status.failed())
    return status;
  status = runtime::writeNpy(folder + "vector_index.npy", ElementType::I32,
                             {pattern.tiles(weight.rows), pattern.columns},
                             result.vectorIndex.data());
  if (status.failed())
    return status;
  status = runtime::writeNpy(folder + "mask.npy", ElementType::I1,
                             {weight.rows, weight.columns}, mask.data());
  if (status.failed())
    return status;
  if (!calibrated.weight.empty()) {
    status = runtime::writeNpy(folder + "weight.npy", ElementType::F32,
                               {weight.rows, weight.columns},
                               calibrated.weight.data());
    if (status.failed())
      return status;
  }
  if (options.plot) {
    status = writeText(folder + "plot.svg", plotTrace(result));
    if (status.failed())
      return status;
  }
  return writeText(
      folder + "report.json",
      reportOf(options, weight, pattern, result, calibrated).dump(2) + "\n");
}

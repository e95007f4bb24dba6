//===- Output.h - the files that a search leaves ----------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HINM_TOOLS_HINM_SEARCH_OUTPUT_H
#define HINM_TOOLS_HINM_SEARCH_OUTPUT_H

#include "Options.h"

#include <optional>

#include "hinm/Format/Pattern.h"

namespace hinm::tool {

/// Makes the folder where it is missing; the failure says why it cannot be
/// written to.
runtime::Status makeDirectory(const std::string &path);

/// What calibration inputs say about the result.
struct Calibrated {
  /// O x I; empty without a Gram matrix.
  std::vector<float> weight;
  /// Of the target cut down to the mask that saliency chose, and fitted to it;
  /// and with columns and entries chosen by the error itself, if they were.
  double errorMasked = 0;
  double errorFitted = 0;
  std::optional<double> errorSearched;
  double seconds = 0;
};

/// weight.npy where there is one, row_order.npy, vector_index.npy, mask.npy,
/// report.json, and plot.svg where it was asked for. The report comes last.
runtime::Status writeResults(const Options &options, format::MatrixView weight,
                             const std::vector<uint8_t> &mask,
                             const format::Pattern &pattern,
                             const permutation::Result &result,
                             const Calibrated &calibrated);

/// Quality over time as an SVG picture.
std::string plotTrace(const permutation::Result &result);

} // namespace hinm::tool

#endif // HINM_TOOLS_HINM_SEARCH_OUTPUT_H

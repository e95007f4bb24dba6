//===- Options.h - hinm-search's command line -------------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HINM_TOOLS_HINM_SEARCH_OPTIONS_H
#define HINM_TOOLS_HINM_SEARCH_OPTIONS_H

#include "hinm/Permutation/Search.h"
#include "hinm/Runtime/Error.h"

#include <string>
#include <vector>

namespace hinm::tool {

struct Options {
  std::string weight;
  std::string directory;
  /// Empty: |w|.
  std::string saliency;
  /// Empty: saliency alone.
  std::string gram;
  std::string cross;
  double damping = 0.01;
  int64_t vector = 64;
  double columnSparsity = 0.5;
  int64_t n = 2;
  int64_t m = 4;
  permutation::Options search;
  bool plot = false;
  bool help = false;
  bool version = false;
};

/// What `--help` prints.
extern const char *const helpText;

/// Parses the arguments after the program's name. Options are written
/// `--name=value` or `--name value`.
runtime::Result<Options>
parseOptions(const std::vector<std::string> &arguments);

} // namespace hinm::tool

#endif // HINM_TOOLS_HINM_SEARCH_OPTIONS_H

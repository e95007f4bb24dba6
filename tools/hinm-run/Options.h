//===- Options.h - hinm-run's command line ----------------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HINM_TOOLS_HINM_RUN_OPTIONS_H
#define HINM_TOOLS_HINM_RUN_OPTIONS_H

#include "hinm/Runtime/Error.h"

#include <string>
#include <vector>

namespace hinm::run {

struct Options {
  std::string artifact;
  std::string entry;
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
  std::string device;
  std::string chip;
  bool check = false;
  std::vector<std::string> references;
  std::string counters;
  /// 0: run once and print no time.
  unsigned repeat = 0;
  unsigned threads = 0;
  /// Checks of the emulator that are turned off.
  std::string relaxed;
  bool help = false;
  bool version = false;
};

/// What `--help` prints.
extern const char *const kHelp;

/// Parses the arguments after the program's name. Options are written
/// `--name=value` or `--name value`; `--` ends them.
runtime::Result<Options>
parseOptions(const std::vector<std::string> &arguments);

} // namespace hinm::run

#endif // HINM_TOOLS_HINM_RUN_OPTIONS_H

//===- Stages.h - timing and progress of a compilation ----------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HINM_LIB_DRIVER_STAGES_H
#define HINM_LIB_DRIVER_STAGES_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/JSON.h"

#include <chrono>
#include <map>
#include <string>

namespace mlir::hinm {

/// Measures the stages of one compilation and shows on a terminal which one
/// runs.
class Stages {
public:
  explicit Stages(bool showProgress) : showProgress(showProgress) {}
  ~Stages() { finish(); }

  /// Begins a stage (ending the one before). Stages of one name add up.
  void begin(llvm::StringRef name);
  void finish();

  /// Seconds by stage, their sum and the peak memory in bytes.
  llvm::json::Object toJSON() const;

private:
  using Clock = std::chrono::steady_clock;
  bool showProgress;
  std::string current;
  Clock::time_point since;
  std::map<std::string, double> seconds;
};

} // namespace mlir::hinm

#endif // HINM_LIB_DRIVER_STAGES_H

//===- Stages.cpp - timing and progress of a compilation --------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Stages.h"

#include "llvm/Support/Format.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace mlir::hinm;

void Stages::begin(StringRef name) {
  finish();
  current = name.str();
  since = Clock::now();
  if (showProgress)
    errs() << "\r\x1b[K" << name << " ...";
}

void Stages::finish() {
  if (current.empty())
    return;
  std::chrono::duration<double> elapsed = Clock::now() - since;
  seconds[current] += elapsed.count();
  if (showProgress)
    errs() << "\r\x1b[K" << current << format(" %.2f s\n", elapsed.count());
  current.clear();
}

/// The most memory that this process has had. Not from getrusage, whose figure
/// begins with that of the parent.
static int64_t getPeakBytes() {
  auto status = MemoryBuffer::getFileAsStream("/proc/self/status");
  if (!status)
    return 0;
  auto [before, line] = (*status)->getBuffer().split("VmHWM:");
  int64_t kilobytes = 0;
  line = line.ltrim();
  (void)line.consumeInteger(10, kilobytes);
  return kilobytes * 1024;
}

json::Object Stages::toJSON() const {
  json::Object stages;
  double total = 0;
  for (const auto &[name, elapsed] : seconds) {
    stages[name] = elapsed;
    total += elapsed;
  }
  return json::Object{{"seconds", std::move(stages)},
                      {"total_seconds", total},
                      {"peak_bytes", getPeakBytes()}};
}

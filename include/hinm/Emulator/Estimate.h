//===- Estimate.h - how fast a launch could be at best ----------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A speed-of-light report: for each resource of a chip the cycles that a launch
// needs at least, all else being free. No promise of time: latency, occupancy,
// clocks below boost and what ptxas adds are not in it.
//
//===----------------------------------------------------------------------===//

#ifndef HINM_EMULATOR_ESTIMATE_H
#define HINM_EMULATOR_ESTIMATE_H

#include "hinm/Emulator/Counters.h"
#include "hinm/Emulator/Result.h"

#include <string>
#include <string_view>
#include <vector>

namespace hinm::emulator {

/// Published figures of a chip.
struct Chip {
  const char *name;
  unsigned sms;
  double megahertz;       // boost clock
  double dramGigabytes;   // a second
  double l2BytesPerClock; // of all SMs together
  /// Dense multiply-adds a clock and SM, by TensorKind.
  double tensor[kTensorKinds];
  double floatWarps; // warp instructions a clock and SM, single precision
  const char *source;
};

/// The chips that are known, by name.
const std::vector<Chip> &knownChips();
/// The chip of that name ("H100"), or which there are.
Result<Chip> findChip(std::string_view name);

struct Bound {
  const char *resource;
  const char *unit; // of `amount`
  double amount;
  double cycles;
};

/// One entry a resource, the greatest first. Work spreads over all SMs, or over
/// as many as there are CTAs.
std::vector<Bound> estimate(const Counters &counters, const Chip &chip);
/// A table for people; the first line names what bounds the launch.
std::string estimateTable(const Counters &counters, const Chip &chip);

} // namespace hinm::emulator

#endif // HINM_EMULATOR_ESTIMATE_H

//===- Pattern.h - what an operation's addresses look like ------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// An operation in a loop mostly meets addresses that are as far apart as the
// last time. What depends on the distances alone is then known: bounds, whether
// the lanes touch one piece, sectors and wavefronts.
//
//===----------------------------------------------------------------------===//

#ifndef HINM_LIB_EMULATOR_EXECUTE_PATTERN_H
#define HINM_LIB_EMULATOR_EXECUTE_PATTERN_H

#include "hinm/Emulator/Counters.h"

#include <algorithm>
#include <cstdint>

namespace hinm::emulator {

struct Pattern {
  static constexpr unsigned kLanes = 32;
  /// What the address of lane 0 may change by: sectors begin again after 32
  /// bytes, and aligned pieces meet as many others in whatever bank the first
  /// one lies.
  static constexpr uint64_t kSector = 32, kBank = 4;

  uint64_t distance[kLanes]; // from lane 0's address
  int64_t least, most;       // of the distances
  uint64_t phase = ~0ull;    // of lane 0's address; none yet
  bool contiguous;
  MemoryTraffic traffic; // of one access

  bool matches(const uint64_t *address, uint64_t period) const {
    uint64_t difference = (address[0] & (period - 1)) ^ phase;
    for (unsigned i = 0; i < kLanes; ++i)
      difference |= (address[i] - address[0]) ^ distance[i];
    return difference == 0;
  }
  void set(const uint64_t *address, uint64_t period, uint32_t bytes) {
    phase = address[0] & (period - 1);
    least = most = 0;
    contiguous = true;
    for (unsigned i = 0; i < kLanes; ++i) {
      distance[i] = address[i] - address[0];
      least = std::min(least, int64_t(distance[i]));
      most = std::max(most, int64_t(distance[i]));
      contiguous &= distance[i] == uint64_t(i) * bytes;
    }
  }
};

} // namespace hinm::emulator

#endif // HINM_LIB_EMULATOR_EXECUTE_PATTERN_H

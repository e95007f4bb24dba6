//===- Mbarriers.h - mbarrier objects ---------------------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// PTX ISA 9.7.13.15. The object's 64 bits are opaque: its state is kept beside
// shared memory, and touching the bytes is a fault. A phase ends when no
// arrival and no byte is missing; then the copies that were handed to it land,
// and its waiters know what happened before the arrivals.
//
//===----------------------------------------------------------------------===//

#ifndef HINM_LIB_EMULATOR_EXECUTE_MBARRIERS_H
#define HINM_LIB_EMULATOR_EXECUTE_MBARRIERS_H

#include "Shadow.h"
#include "Warp.h"

namespace hinm::emulator {

struct Mbarrier {
  uint32_t expected = 0; // arrivals of the next phase
  uint32_t pending = 0;  // that are missing in this one
  int64_t bytes = 0;     // likewise of asynchronous copies
  uint64_t phase = 0;
  ThreadId maker = 0; // and when
  uint32_t madeAt = 0;
  uint32_t op = 0;
  Clock arriving = {};  // what the arrivals of this phase know
  Clock completed = {}; // those of the last one
  std::vector<AsyncCopy *> copies;
};

/// The most arrivals and bytes that a phase may expect.
constexpr uint32_t kMostArrivals = (1u << 20) - 1;

/// What an arrival does besides arriving.
enum class Arrival : uint8_t { Plain, Drop, Expect, ExpectDrop };

// Each is one lane's; false after a fault.
bool initMbarrier(Warp &warp, const Op &op, unsigned lane, uint64_t address,
                  uint32_t count);
bool invalidateMbarrier(Warp &warp, const Op &op, unsigned lane,
                        uint64_t address);
/// expect-tx (positive) or complete-tx (negative).
bool expectBytes(Warp &warp, const Op &op, unsigned lane, uint64_t address,
                 int64_t bytes);
/// `state` receives the phase and the pending count before the arrival.
bool arriveAt(Warp &warp, const Op &op, unsigned lane, uint64_t address,
              uint32_t count, Arrival kind, uint32_t bytes, bool releases,
              uint64_t &state);
/// Whether the phase of `state` (or of that parity) is over.
bool testWait(Warp &warp, const Op &op, unsigned lane, uint64_t address,
              uint64_t state, bool isParity, bool acquires, bool &done);
/// cp.async.mbarrier.arrive: the lane's copies so far belong to the phase.
bool arriveBehindCopies(Warp &warp, const Op &op, unsigned lane,
                        uint64_t address, bool countsItself);

/// The pending count in a state that `arriveAt` gave.
inline uint32_t pendingOf(uint64_t state) {
  return uint32_t(state) & kMostArrivals;
}

} // namespace hinm::emulator

#endif // HINM_LIB_EMULATOR_EXECUTE_MBARRIERS_H

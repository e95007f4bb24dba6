//===- Warp.h - the state of one warp ---------------------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HINM_LIB_EMULATOR_EXECUTE_WARP_H
#define HINM_LIB_EMULATOR_EXECUTE_WARP_H

#include "Decode/Program.h"
#include "Shadow.h"

#include <vector>

namespace hinm::emulator {

struct Cta;

/// Lanes that are at the same place.
struct Split {
  uint32_t pc;
  uint32_t lanes;
  /// Waits at `pc`, for other lanes of its warp or for an mbarrier.
  bool blocked;
  bool waits = false; // for an mbarrier
};

/// One wgmma of a warp that was not waited for, and what it reads.
struct AsyncProduct {
  uint32_t op;
  uint32_t group;
  /// Pieces of shared memory, 16 bytes each.
  std::vector<uint32_t> pieces;
};

/// One cp.async of a warp that has not landed.
struct AsyncCopy {
  uint32_t lanes; // that have not waited for it
  uint32_t bytes; // 4, 8 or 16 a lane
  uint32_t warp;
  const Op *op;
  uint32_t destination[kWarpSize]; // shared address
  uint32_t group[kWarpSize];       // of the lane's groups
  uint32_t sourceBytes[kWarpSize];
  const uint8_t *source[kWarpSize];
  alignas(16) uint8_t data[kWarpSize][16]; // as it was at issue
};

struct Warp {
  /// The register file and the constant pool.
  uint8_t *base[2];
  uint32_t mask;  // lanes that take part in the current operation
  uint32_t alive; // lanes that have not exited
  uint32_t id;
  Cta *cta;

  enum State : uint8_t { Running, AtBarrier, Done };
  State state;
  uint32_t barrier; // that it waits at
  uint32_t barrierPc;
  std::vector<Split> splits;

  uint32_t launched;      // lanes that the block has
  uint32_t barrierResult; // of bar.red
  uint32_t carry;         // the condition code of each lane

  std::vector<AsyncCopy *> copies; // in order of issue
  uint32_t groups[kWarpSize];      // committed by each lane
  uint64_t copyBytes;              // of the copies

  // Fences and strong accesses (Sync.h).
  bool fenced, fencedWide, hasPending;
  Clock fenceClock, pendingClock;

  // mbarriers: lanes whose wait is not over, and where; a warp all of whose
  // lanes wait is parked until some phase completes.
  uint32_t incomplete;
  uint32_t waitAddress;
  uint32_t waitOp;
  bool parked, timedOut;
  uint64_t parkedEvents, parkedRound;

  // wgmma: the open group's number, up to which number they were waited for,
  // how many wgmma.fence and products there were, and what is in flight, in
  // order of issue.
  uint32_t openGroup, finishedGroup, registerFences, products;
  std::vector<AsyncProduct> inFlight;

  template <typename T>
  T *at(uint32_t slot) const {
    return reinterpret_cast<T *>(base[slot >> 31] + (slot & ~kConstantBit));
  }
  bool full() const { return mask == alive; }
};

} // namespace hinm::emulator

#endif // HINM_LIB_EMULATOR_EXECUTE_WARP_H

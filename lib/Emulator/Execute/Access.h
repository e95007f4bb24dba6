//===- Access.h - checked access to every state space -----------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What memory instructions of all families share: from the lanes' addresses
// to host pointers, with all checks and counts. Each function returns false
// after a fault.
//
//===----------------------------------------------------------------------===//

#ifndef HINM_LIB_EMULATOR_EXECUTE_ACCESS_H
#define HINM_LIB_EMULATOR_EXECUTE_ACCESS_H

#include "Cta.h"

namespace hinm::emulator {

/// A host pointer for each lane of the mask.
struct LanePointers {
  uint8_t *at[kWarpSize];
  /// All lanes of the warp, one behind the other.
  bool contiguous;
};

/// Global (and constant) memory. A write also marks the bytes as written.
/// `counts`: whether the access is counted as the operation's traffic.
bool globalPointers(Warp &warp, const Op &op, const uint64_t *address,
                    uint32_t mask, uint32_t bytes, Access kind, bool counts,
                    LanePointers &out);
/// Shared memory; `values` are what a write puts there, if it is known.
bool sharedPointers(Warp &warp, const Op &op, const uint64_t *address,
                    uint32_t mask, uint32_t bytes, Access kind, bool counts,
                    LanePointers &out, const uint8_t (*values)[16] = nullptr);
bool localPointers(Warp &warp, const Op &op, const uint64_t *address,
                   uint32_t mask, uint32_t bytes, Access kind,
                   LanePointers &out);
bool paramPointers(Warp &warp, const Op &op, const uint64_t *address,
                   uint32_t mask, uint32_t bytes, LanePointers &out);

/// Adds the sectors that the lanes ask for and need.
void countSectors(const uint64_t *address, uint32_t mask, uint32_t bytes,
                  MemoryTraffic &traffic);
/// Adds the wavefronts (128 bytes in 32 banks) likewise. `mask` of 32 lanes.
void countWavefronts(const uint64_t *address, uint32_t mask, uint32_t bytes,
                     MemoryTraffic &traffic);

/// (Internal: code compiled for AVX2 must not stand in for the portable one.)
/// The addresses of op.o[slot] with op.imm added; op.b is the slot's width.
static inline void laneAddresses(const Warp &warp, const Op &op,
                                 unsigned operand, uint64_t *out) {
  uint64_t offset = uint64_t(op.imm);
  if (op.b == 8) {
    const uint64_t *base = warp.at<uint64_t>(op.o[operand]);
    for (unsigned i = 0; i < kWarpSize; ++i)
      out[i] = base[i] + offset;
  } else {
    const uint32_t *base = warp.at<uint32_t>(op.o[operand]);
    for (unsigned i = 0; i < kWarpSize; ++i)
      out[i] = uint64_t(uint32_t(base[i] + uint32_t(offset)));
  }
}

/// f(lane, address) for each lane of the mask, until one returns false; the
/// addresses are those of `operand`.
template <typename F>
static inline void forLanes(Warp &warp, const Op &op, unsigned operand, F f) {
  uint64_t address[kWarpSize];
  laneAddresses(warp, op, operand, address);
  for (uint32_t rest = warp.mask; rest; rest &= rest - 1) {
    unsigned lane = unsigned(__builtin_ctz(rest));
    if (!f(lane, address[lane]))
      return;
  }
}

} // namespace hinm::emulator

#endif // HINM_LIB_EMULATOR_EXECUTE_ACCESS_H

//===- Shadow.h - who touched shared memory last ----------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Happens-before by vector clocks (FastTrack): a warp's clock steps at every
// barrier that it takes part in and at bar.warp.sync; a barrier joins the
// clocks of those that meet there. For each granule of shared memory a cell
// remembers the last write and the reads since.
//
//===----------------------------------------------------------------------===//

#ifndef HINM_LIB_EMULATOR_EXECUTE_SHADOW_H
#define HINM_LIB_EMULATOR_EXECUTE_SHADOW_H

#include "Decode/Program.h"

#include <vector>

namespace hinm::emulator {

struct Cta;
struct Warp;

/// A thread as the shadow names it: warp * 32 + lane.
using ThreadId = uint16_t;

struct Cell {
  enum State : uint8_t { Never, Written, Pending };
  enum Readers : uint8_t { NoReader, OneThread, OneWarp, Many };
  uint32_t writeClock;
  uint32_t writeOp;
  uint32_t readClock; // or the index of a list, for Many
  uint32_t readOp;
  ThreadId writer;
  ThreadId reader;
  State state;
  Readers readers;
  bool writerIsStrong;
  bool readersAreStrong;
};

/// Strong accesses (volatile, relaxed, acquire, release) and atomics do not
/// race with one another.
enum class Access : uint8_t {
  Read,
  Write,
  StrongRead,
  StrongWrite,
  Atomic,
  AsyncWrite,
};

class Shadow {
public:
  void reset(uint32_t bytes, uint32_t granule, unsigned warps);
  /// Judges and records the access of one lane. False when it was wrong; the
  /// fault is then recorded in the CTA. `value`: what is written, where equal
  /// values of racing writers are to be forgiven.
  bool access(Warp &warp, const Op &op, unsigned lane, uint32_t address,
              uint32_t bytes, Access kind, const uint8_t *value = nullptr);
  /// An asynchronous copy of this lane has landed.
  void land(Warp &warp, unsigned lane, uint32_t address, uint32_t bytes);

  /// The warps of the mask meet.
  void join(uint32_t warps);
  void stepWarp(unsigned warp) { ++clocks[warp][warp]; }
  bool enabled() const { return !cells.empty(); }

private:
  bool ordered(unsigned warp, unsigned lane, ThreadId other, uint32_t clock,
               bool checkLanes) const;
  bool judge(Warp &warp, const Op &op, unsigned lane, uint32_t address,
             Access kind, Cell &cell);
  void recordRead(unsigned warp, unsigned lane, uint32_t op, bool strong,
                  Cell &cell);
  /// For each warp the clock of its last read (0: none), then the operation.
  uint32_t *readerList(const Cell &cell);

  std::vector<Cell> cells;
  unsigned shift = 2;
  unsigned warpCount = 0;
  uint32_t clocks[kMaxWarps][kMaxWarps];
  std::vector<uint32_t> lists; // made when first needed
};

} // namespace hinm::emulator

#endif // HINM_LIB_EMULATOR_EXECUTE_SHADOW_H

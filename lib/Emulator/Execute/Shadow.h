//===- Shadow.h - who touched shared memory last ----------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Happens-before by vector clocks (FastTrack): a warp's clock steps at every
// barrier that it takes part in, at bar.warp.sync and at every release; a
// barrier joins the clocks of those that meet there, an acquire joins that of
// the release. For each granule of shared memory a cell remembers the last
// write and the reads since; where the granules of 16 bytes were touched alike,
// one cell stands for all of them. One component more than there
// are warps stands for copies that an mbarrier completes: only who waits at it
// knows of them.
//
//===----------------------------------------------------------------------===//

#ifndef HINM_LIB_EMULATOR_EXECUTE_SHADOW_H
#define HINM_LIB_EMULATOR_EXECUTE_SHADOW_H

#include "Decode/Program.h"

#include <algorithm>
#include <array>
#include <vector>

namespace hinm::emulator {

struct Cta;
struct Warp;

/// A thread as the shadow names it: warp * 32 + lane.
using ThreadId = uint16_t;

/// The component of copies that an mbarrier completes, and their "thread".
constexpr unsigned kAsyncAgent = kMaxWarps;
constexpr ThreadId kAsyncThread = kAsyncAgent * kWarpSize;
using Clock = std::array<uint32_t, kMaxWarps + 1>;
inline void joinClock(Clock &into, const Clock &from) {
  for (size_t i = 0; i < into.size(); ++i)
    into[i] = into[i] > from[i] ? into[i] : from[i];
}

struct Cell {
  enum State : uint8_t { Never, Written, Pending, Mbarrier };
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
  bool writerIsSwap;
  bool readersAreStrong;
  uint16_t asyncReaders; // wgmma operations that may still read it
};

/// Strong accesses (volatile, relaxed, acquire, release) and atomics do not
/// race with one another. Nor does a compare-and-swap with a plain read: what
/// the usual loop read first is only a guess, which the swap checks.
enum class Access : uint8_t {
  Read,
  Write,
  StrongRead,
  StrongWrite,
  Atomic,
  Swap, // compare-and-swap
  AsyncWrite,
};

inline bool isWrite(Access kind) {
  return kind != Access::Read && kind != Access::StrongRead;
}
inline bool isUpdate(Access kind) {
  return kind == Access::Atomic || kind == Access::Swap;
}
inline bool isRead(Access kind) { return !isWrite(kind) || isUpdate(kind); }
inline bool isStrong(Access kind) {
  return kind == Access::StrongRead || kind == Access::StrongWrite ||
         isUpdate(kind);
}

class Shadow {
public:
  /// `ordersAccesses`: whether who touched what must be known, for races and
  /// proxies; otherwise a byte for each granule says what state it is in.
  void reset(uint32_t bytes, uint32_t granule, unsigned warps,
             bool ordersAccesses);
  /// Judges and records the accesses of the lanes. False when one was wrong;
  /// the fault is then recorded in the CTA. `isPiece`: all lanes touch one
  /// piece, one behind the other. `values`: what is written, where
  /// equal values of racing writers are to be forgiven.
  bool accessLanes(Warp &warp, const Op &op, const uint64_t *address,
                   uint32_t mask, uint32_t bytes, Access kind, bool isPiece,
                   const uint8_t (*values)[16]);
  /// The same for one lane.
  bool access(Warp &warp, const Op &op, unsigned lane, uint32_t address,
              uint32_t bytes, Access kind, const uint8_t *value = nullptr);
  /// An asynchronous copy of this lane has landed, by its own wait ...
  void land(Warp &warp, unsigned lane, uint32_t address, uint32_t bytes);
  /// ... or by the completion of an mbarrier, at the agent's clock.
  void landAsync(uint32_t address, uint32_t bytes);
  /// A new time of the agent.
  uint32_t stepAsync() { return ++asyncClock; }

  /// The asynchronous proxy reads for wgmma, from now until `endAsyncRead`.
  bool beginAsyncRead(Warp &warp, const Op &op, uint32_t address,
                      uint32_t bytes);
  void endAsyncRead(const Warp &warp, uint32_t op, uint32_t address,
                    uint32_t bytes);
  /// fence.proxy.async by those lanes of the warp.
  void fenceProxy(unsigned warp, uint32_t lanes);

  /// mbarrier.init and inval: the object's bytes belong to the barrier.
  bool beginMbarrier(Warp &warp, const Op &op, unsigned lane, uint32_t address);
  void endMbarrier(uint32_t address);

  /// The warps of the mask meet, and get to know what was released.
  void join(uint32_t warps, const Clock &released);
  /// The lanes of a warp meet.
  void stepWarp(unsigned warp) { synced[warp] = ++clocks[warp][warp]; }
  void release(unsigned warp, Clock &into) {
    joinClock(into, clocks[warp]);
    ++clocks[warp][warp];
  }
  void acquire(unsigned warp, const Clock &from) {
    uint32_t own = clocks[warp][warp];
    joinClock(clocks[warp], from);
    clocks[warp][warp] = own;
    // What the warp's own lanes released; which of them is not remembered.
    if (from[warp])
      synced[warp] = std::max(synced[warp], from[warp] + 1);
  }
  uint32_t now(unsigned warp) const { return clocks[warp][warp]; }
  /// Whether what `thread` did at its `clock` happens before this lane's now.
  bool knows(unsigned warp, unsigned lane, ThreadId thread,
             uint32_t clock) const {
    return ordered(warp, lane, thread, clock, true);
  }
  bool enabled() const { return !cells.empty() || !states.empty(); }

private:
  static constexpr unsigned kBlockShift = 4, kBlock = 1u << kBlockShift;
  /// f(cell, its address) for the cells that stand for the bytes, until one
  /// returns false. `alike`, when f is done: whether it left them the same.
  template <typename F>
  bool forCells(uint32_t address, uint32_t bytes, const bool &alike, F f);
  /// Gives each granule of the block a cell of its own.
  void split(size_t block);

  bool accessStates(Warp &warp, const Op &op, const uint64_t *address,
                    uint32_t mask, uint32_t bytes, Access kind, bool isPiece);
  bool judgeState(Warp &warp, const Op &op, unsigned lane, uint32_t address,
                  uint32_t bytes, Access kind);
  /// A cell that a plain access of these bytes is about, or null where several
  /// are, or one that would have to be split.
  Cell *cellOf(uint32_t address, uint32_t bytes);
  bool touchReading(Warp &warp, unsigned lane, uint32_t op, Cell &cell);
  bool touchWriting(Warp &warp, unsigned lane, uint32_t op, Cell &cell);
  /// Whether a lane of the same store has just written the same there.
  bool isRepeated(const Warp &warp, unsigned lane, const uint64_t *address,
                  uint32_t mask, uint32_t bytes, const uint8_t (*values)[16]);

  bool ordered(unsigned warp, unsigned lane, ThreadId other, uint32_t clock,
               bool checkLanes) const;
  bool judge(Warp &warp, const Op &op, unsigned lane, uint32_t address,
             Access kind, Cell &cell);
  void recordRead(unsigned warp, unsigned lane, uint32_t op, bool strong,
                  Cell &cell);
  /// For each warp the clock of its last read (0: none), then the operation.
  uint32_t *readerList(const Cell &cell);

  /// One for each block, then one for each granule, in use where it is split.
  std::vector<Cell> cells;
  std::vector<uint8_t> isSplit; // by block
  /// Cell::State of each granule, where order does not matter.
  std::vector<uint8_t> states;
  unsigned shift = 2;
  unsigned warpCount = 0;
  bool isFenced(unsigned warp, const Cell &cell) const;
  void setWritten(uint32_t address, uint32_t bytes, ThreadId writer,
                  uint32_t clock);

  Clock clocks[kMaxWarps];
  uint32_t synced[kMaxWarps]; // the warp's clock when its lanes met last
  uint32_t asyncClock = 0;
  /// A fence.proxy.async: what its warp knew, when, and which lanes. An earlier
  /// one may be known where a later one is not, so several are kept.
  struct ProxyFence {
    Clock known;
    uint32_t clock;
    uint32_t lanes;
  };
  std::vector<ProxyFence> fences[kMaxWarps]; // the last ones of each warp
  std::vector<uint32_t> lists;               // made when first needed
};

} // namespace hinm::emulator

#endif // HINM_LIB_EMULATOR_EXECUTE_SHADOW_H

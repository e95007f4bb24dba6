//===- ShadowLanes.cpp - the accesses of a warp, judged together -*- C++
//-*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The usual cases of Shadow::access, without its generality: most accesses of
// most kernels are ordered by a barrier, and touch one cell a lane.
//
//===----------------------------------------------------------------------===//

#include "Cta.h"
#include "Shadow.h"

#include <cstring>

using namespace hinm::emulator;

//===----------------------------------------------------------------------===//
// With order
//===----------------------------------------------------------------------===//

inline Cell *Shadow::cellOf(uint32_t address, uint32_t bytes) {
  size_t block = address / kBlock;
  if (!isSplit[block])
    return bytes == kBlock ? &cells[block] : nullptr;
  return bytes == 1u << shift ? &cells[isSplit.size() + (address >> shift)]
                              : nullptr;
}

/// A plain read that happens after the last write: true when recorded.
inline bool Shadow::touchReading(Warp &warp, unsigned lane, uint32_t op,
                                 Cell &cell) {
  unsigned id = warp.id;
  ThreadId me = ThreadId(id * kWarpSize + lane);
  const Clock &known = clocks[id];
  uint32_t met = synced[id];
  unsigned writer = cell.writer / kWarpSize;
  if (cell.state != Cell::Written ||
      (writer == id ? cell.writeClock >= met && cell.writer != me
                    : known[writer] < cell.writeClock))
    return false;
  unsigned reader = cell.reader / kWarpSize;
  if (cell.readers == Cell::Many) {
    uint32_t *list = readerList(cell);
    list[id] = known[id];
    list[warpCount + id] = op;
    cell.readersAreStrong = false;
    return true;
  }
  bool isFresh =
      cell.readers == Cell::NoReader ||
      (reader == id ? cell.readClock < met : known[reader] >= cell.readClock);
  if (!isFresh && (reader != id || cell.reader == me))
    return false;
  cell.readers = isFresh ? Cell::OneThread : Cell::OneWarp;
  cell.readersAreStrong = false;
  cell.readClock = known[id];
  if (isFresh) {
    cell.reader = me;
    cell.readOp = op;
  }
  return true;
}

/// A plain write that happens after all that was done there.
inline bool Shadow::touchWriting(Warp &warp, unsigned lane, uint32_t op,
                                 Cell &cell) {
  unsigned id = warp.id;
  ThreadId me = ThreadId(id * kWarpSize + lane);
  const Clock &known = clocks[id];
  uint32_t met = synced[id];
  if (cell.asyncReaders || cell.readers == Cell::Many)
    return false;
  if (cell.state == Cell::Written) {
    unsigned writer = cell.writer / kWarpSize;
    if (writer == id ? cell.writeClock >= met && cell.writer != me
                     : known[writer] < cell.writeClock)
      return false;
  } else if (cell.state != Cell::Never) {
    return false;
  }
  if (cell.readers != Cell::NoReader) {
    unsigned reader = cell.reader / kWarpSize;
    if (reader == id ? cell.readClock >= met : known[reader] < cell.readClock)
      return false;
  }
  cell.state = Cell::Written;
  cell.writerIsStrong = cell.writerIsSwap = cell.readersAreStrong = false;
  cell.writer = me;
  cell.writeClock = known[id];
  cell.writeOp = op;
  cell.readers = Cell::NoReader;
  return true;
}

inline bool Shadow::isRepeated(const Warp &warp, unsigned lane,
                               const uint64_t *address, uint32_t mask,
                               uint32_t bytes, const uint8_t (*values)[16]) {
  uint32_t at = uint32_t(address[lane]);
  size_t block = at / kBlock;
  const Cell &cell =
      cells[isSplit[block] ? isSplit.size() + (at >> shift) : block];
  unsigned other = cell.writer % kWarpSize;
  return cell.writer / kWarpSize == warp.id && other < lane &&
         (mask >> other & 1) && address[other] == address[lane] &&
         std::memcmp(values[other], values[lane], bytes) == 0;
}

bool Shadow::accessLanes(Warp &warp, const Op &op, const uint64_t *address,
                         uint32_t mask, uint32_t bytes, Access kind,
                         bool isPiece, const uint8_t (*values)[16]) {
  if (!states.empty())
    return accessStates(warp, op, address, mask, bytes, kind, isPiece);
  bool isPlainRead = kind == Access::Read, isPlainWrite = kind == Access::Write;
  for (uint32_t rest = mask; rest; rest &= rest - 1) {
    unsigned lane = unsigned(__builtin_ctz(rest));
    uint32_t at = uint32_t(address[lane]);
    if (isPlainRead || isPlainWrite)
      if (Cell *cell = cellOf(at, bytes))
        if (isPlainRead ? touchReading(warp, lane, op.index, *cell)
                        : touchWriting(warp, lane, op.index, *cell))
          continue;
    if (values && isRepeated(warp, lane, address, mask, bytes, values))
      continue;
    if (!access(warp, op, lane, at, bytes, kind,
                values ? values[lane] : nullptr))
      return false;
  }
  return true;
}

//===----------------------------------------------------------------------===//
// Without
//===----------------------------------------------------------------------===//

bool Shadow::judgeState(Warp &warp, const Op &op, unsigned lane,
                        uint32_t address, uint32_t bytes, Access kind) {
  for (size_t i = address >> shift; i <= (address + bytes - 1) >> shift; ++i) {
    Cell cell = {};
    cell.state = Cell::State(states[i]);
    uint32_t at = uint32_t(i << shift);
    // Who copies there stands with the copies in flight.
    for (const Warp &other : warp.cta->warps)
      for (const AsyncCopy *copy : other.copies)
        for (uint32_t left = copy->lanes; left; left &= left - 1) {
          unsigned l = unsigned(__builtin_ctz(left));
          if (at - copy->destination[l] >= copy->bytes)
            continue;
          cell.writer = ThreadId(other.id * kWarpSize + l);
          cell.writeOp = copy->op->index;
        }
    if (!judge(warp, op, lane, at, kind, cell))
      return false;
  }
  return true;
}

bool Shadow::accessStates(Warp &warp, const Op &op, const uint64_t *address,
                          uint32_t mask, uint32_t bytes, Access kind,
                          bool isPiece) {
  bool writes = isWrite(kind);
  uint8_t wanted = writes && !isRead(kind) ? Cell::Never : Cell::Written;
  uint8_t next = kind == Access::AsyncWrite ? Cell::Pending : Cell::Written;
  size_t granules = std::max<size_t>(bytes >> shift, 1);
  uint8_t good = 1;
  if (mask == ~0u && isPiece) {
    size_t first = address[0] >> shift, count = granules * kWarpSize;
    for (size_t i = 0; i < count; ++i)
      good &= uint8_t(states[first + i] == Cell::Written ||
                      states[first + i] == wanted);
    if (good) {
      if (writes)
        std::memset(&states[first], next, count);
      return true;
    }
  } else if (granules == 1) {
    for (uint32_t rest = mask; rest; rest &= rest - 1) {
      uint8_t &state = states[address[__builtin_ctz(rest)] >> shift];
      good &= uint8_t(state == Cell::Written || state == wanted);
    }
    if (good) {
      for (uint32_t rest = mask; rest && writes; rest &= rest - 1)
        states[address[__builtin_ctz(rest)] >> shift] = next;
      return true;
    }
  }
  for (uint32_t rest = mask; rest; rest &= rest - 1) {
    unsigned lane = unsigned(__builtin_ctz(rest));
    uint8_t *state = &states[address[lane] >> shift];
    // A write wants no copy in flight, a read wants what was written.
    good = 1;
    for (size_t i = 0; i < granules; ++i)
      good &= uint8_t(state[i] == Cell::Written || state[i] == wanted);
    if (!good &&
        !judgeState(warp, op, lane, uint32_t(address[lane]), bytes, kind))
      return false;
    if (writes)
      std::memset(state, next, granules);
  }
  return true;
}

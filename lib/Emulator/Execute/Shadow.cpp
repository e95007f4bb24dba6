//===- Shadow.cpp - who touched shared memory last --------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Shadow.h"
#include "Cta.h"

#include <algorithm>
#include <cstring>

using namespace hinm::emulator;

void Shadow::reset(uint32_t bytes, uint32_t granule, unsigned warps,
                   bool ordersAccesses) {
  shift = unsigned(__builtin_ctz(granule));
  warpCount = warps;
  // Room behind the end, so that eight states may be looked at at once.
  states.assign(bytes && !ordersAccesses ? (bytes >> shift) + 16 : 0,
                Cell::Never);
  if (!ordersAccesses)
    bytes = 0;
  size_t blocks = (bytes + kBlock - 1) / kBlock;
  size_t count = blocks + (blocks << (kBlockShift - shift));
  isSplit.assign(blocks, 0);
  cells.resize(count);
  if (blocks)
    std::memset(static_cast<void *>(cells.data()), 0, blocks * sizeof(Cell));
  if (lists.size() != count * warps * 2)
    lists.clear();
  asyncClock = 0;
  for (unsigned w = 0; w < kMaxWarps; ++w) {
    clocks[w].fill(0);
    clocks[w][w] = synced[w] = 1;
    fences[w].clear();
  }
}

void Shadow::join(uint32_t warps, const Clock &released) {
  Clock joined = released;
  uint32_t own = 0;
  for (unsigned w = 0; w < warpCount; ++w) {
    if (!(warps >> w & 1))
      continue;
    own = std::max(own, clocks[w][w]);
    joinClock(joined, clocks[w]);
  }
  for (unsigned w = 0; w < warpCount; ++w) {
    if (!(warps >> w & 1))
      continue;
    clocks[w] = joined;
    clocks[w][w] = synced[w] = own + 1;
  }
}

bool Shadow::ordered(unsigned warp, unsigned lane, ThreadId other,
                     uint32_t clock, bool checkLanes) const {
  unsigned otherWarp = other / kWarpSize;
  if (otherWarp != warp)
    return clocks[warp][otherWarp] >= clock;
  return other % kWarpSize == lane || !checkLanes || clock < synced[warp];
}

uint32_t *Shadow::readerList(const Cell &cell) {
  if (lists.empty())
    lists.resize(cells.size() * warpCount * 2);
  return lists.data() + size_t(&cell - cells.data()) * warpCount * 2;
}

void Shadow::recordRead(unsigned warp, unsigned lane, uint32_t op, bool strong,
                        Cell &cell) {
  cell.readersAreStrong =
      strong && (cell.readers == Cell::NoReader || cell.readersAreStrong);
  ThreadId me = ThreadId(warp * kWarpSize + lane);
  uint32_t clock = clocks[warp][warp];
  auto alone = [&] {
    cell.readers = Cell::OneThread;
    cell.reader = me;
    cell.readClock = clock;
    cell.readOp = op;
  };
  switch (cell.readers) {
  case Cell::NoReader:
    return alone();
  case Cell::OneThread:
  case Cell::OneWarp:
    if (cell.reader / kWarpSize == warp) {
      if (cell.readClock < synced[warp] ||
          (cell.reader == me && cell.readers == Cell::OneThread))
        return alone();
      cell.readers = Cell::OneWarp;
      cell.readClock = clock;
      return;
    }
    if (clocks[warp][cell.reader / kWarpSize] >= cell.readClock)
      return alone();
    {
      uint32_t *list = readerList(cell);
      std::fill_n(list, warpCount * 2, 0u);
      unsigned first = cell.reader / kWarpSize;
      list[first] = cell.readClock;
      list[warpCount + first] = cell.readOp;
      list[warp] = clock;
      list[warpCount + warp] = op;
      cell.readers = Cell::Many;
    }
    return;
  case Cell::Many: {
    uint32_t *list = readerList(cell);
    list[warp] = clock;
    list[warpCount + warp] = op;
    return;
  }
  }
}

/// What the access does, for a diagnostic.
static const char *verb(Access kind) {
  switch (kind) {
  case Access::Read:
  case Access::StrongRead:
    return "reads";
  case Access::Write:
  case Access::StrongWrite:
    return "writes";
  case Access::Atomic:
  case Access::Swap:
    return "updates";
  case Access::AsyncWrite:
    return "copies to";
  }
  return "";
}

bool Shadow::judge(Warp &warp, const Op &op, unsigned lane, uint32_t address,
                   Access kind, Cell &cell) {
  Cta &cta = *warp.cta;
  const Checks &checks = cta.checks;
  bool reads = isRead(kind), writes = isWrite(kind), strong = isStrong(kind);
  auto report = [&](const char *what, const char *how, ThreadId other,
                    uint32_t otherOp) {
    std::string who = other >= kAsyncThread ? "an asynchronous copy"
                                            : "thread " + cta.threadName(other);
    cta.fail(warp, op, int(lane),
             format("%s at shared address 0x%x: this thread %s it, %s %s it at "
                    "%s",
                    what, address, verb(kind), who.c_str(), how,
                    cta.place(otherOp).c_str()));
    return false;
  };
  if (cell.state == Cell::Pending) {
    if (!checks.asyncCopies)
      return true;
    if (kind == Access::AsyncWrite)
      return report("two copies in flight to the same place", "copies to",
                    cell.writer, cell.writeOp);
    return report("asynchronous copy still in flight",
                  "copies to it without having waited since it issued",
                  cell.writer, cell.writeOp);
  }
  if (cell.state == Cell::Mbarrier) {
    cta.fail(warp, op, int(lane),
             format("this thread %s shared address 0x%x, which belongs to an "
                    "mbarrier object (%s)",
                    verb(kind), address, cta.place(cell.writeOp).c_str()));
    return false;
  }
  if (writes && cell.asyncReaders && checks.asyncCopies) {
    cta.fail(
        warp, op, int(lane),
        format("this thread %s shared address 0x%x, which a wgmma that was "
               "not waited for may still read",
               verb(kind), address));
    return false;
  }
  if (cell.state == Cell::Never && reads && checks.uninitialised) {
    cta.fail(warp, op, int(lane),
             format("read of shared memory at 0x%x, which was never written",
                    address));
    return false;
  }
  if (!checks.sharedRaces)
    return true;
  if (cell.state == Cell::Written && !(strong && cell.writerIsStrong) &&
      !(kind == Access::Read && cell.writerIsSwap) &&
      !ordered(warp.id, lane, cell.writer, cell.writeClock, checks.warpRaces))
    return report("data race", "wrote", cell.writer, cell.writeOp);
  if (!writes || (strong && cell.readersAreStrong) || kind == Access::Swap)
    return true;
  unsigned me = warp.id;
  switch (cell.readers) {
  case Cell::NoReader:
    return true;
  case Cell::OneThread:
    return ordered(me, lane, cell.reader, cell.readClock, checks.warpRaces) ||
           report("data race", "read", cell.reader, cell.readOp);
  case Cell::OneWarp:
    if (cell.reader / kWarpSize == me)
      return !checks.warpRaces || cell.readClock < synced[me] ||
             report("data race", "read", cell.reader, cell.readOp);
    return ordered(me, lane, cell.reader, cell.readClock, true) ||
           report("data race", "read", cell.reader, cell.readOp);
  case Cell::Many: {
    const uint32_t *list = readerList(cell);
    for (unsigned w = 0; w < warpCount; ++w)
      if (w != me && list[w] > clocks[me][w])
        return report("data race", "read", ThreadId(w * kWarpSize),
                      list[warpCount + w]);
    return true;
  }
  }
  return true;
}

void Shadow::split(size_t block) {
  unsigned count = 1u << (kBlockShift - shift);
  const Cell &whole = cells[block];
  Cell *parts = &cells[isSplit.size() + block * count];
  for (unsigned i = 0; i < count; ++i) {
    parts[i] = whole;
    if (whole.readers == Cell::Many)
      std::copy_n(readerList(whole), warpCount * 2, readerList(parts[i]));
  }
  isSplit[block] = 1;
}

template <typename F>
inline bool Shadow::forCells(uint32_t address, uint32_t bytes,
                             const bool &alike, F f) {
  uint32_t end = address + bytes;
  for (size_t block = address / kBlock; block * kBlock < end; ++block) {
    uint32_t low = std::max(address, uint32_t(block * kBlock));
    uint32_t high = std::min(end, uint32_t(block * kBlock + kBlock));
    bool isWhole = high - low == kBlock;
    if (isWhole && !isSplit[block]) {
      if (!f(cells[block], low))
        return false;
      continue;
    }
    if (!isSplit[block])
      split(block);
    size_t granules = isSplit.size();
    for (uint32_t i = low >> shift; i <= (high - 1) >> shift; ++i)
      if (!f(cells[granules + i], i << shift))
        return false;
    if (isWhole && alike) {
      cells[block] = cells[granules + (low >> shift)];
      isSplit[block] = 0;
    }
  }
  return true;
}

bool Shadow::access(Warp &warp, const Op &op, unsigned lane, uint32_t address,
                    uint32_t bytes, Access kind, const uint8_t *value) {
  unsigned id = warp.id;
  ThreadId me = ThreadId(id * kWarpSize + lane);
  uint32_t clock = clocks[id][id];
  bool alike = true;
  if (!isWrite(kind))
    return forCells(address, bytes, false, [&](Cell &cell, uint32_t at) {
      if (!judge(warp, op, lane, at, kind, cell))
        return false;
      recordRead(id, lane, op.index, isStrong(kind), cell);
      return true;
    });
  // Writing what is there already harms nobody.
  bool same =
      value && std::memcmp(value, warp.cta->shared + address, bytes) == 0;
  return forCells(address, bytes, alike, [&](Cell &cell, uint32_t at) {
    // Nothing has changed: who wrote it first is still to be known.
    if (same && cell.state == Cell::Written && !cell.asyncReaders &&
        kind == Access::Write) {
      alike = false;
      return true;
    }
    if (!judge(warp, op, lane, at, kind, cell))
      return false;
    alike &= !cell.asyncReaders;
    cell.state = kind == Access::AsyncWrite ? Cell::Pending : Cell::Written;
    cell.writerIsStrong = isStrong(kind);
    cell.writerIsSwap = kind == Access::Swap;
    cell.readersAreStrong = false;
    cell.writer = me;
    cell.writeClock = clock;
    cell.writeOp = op.index;
    cell.readers = Cell::NoReader;
    return true;
  });
}

bool Shadow::beginMbarrier(Warp &warp, const Op &op, unsigned lane,
                           uint32_t address) {
  return access(warp, op, lane, address, 8, Access::Write) &&
         forCells(address, 8, false, [](Cell &cell, uint32_t) {
           cell.state = Cell::Mbarrier;
           return true;
         });
}

void Shadow::endMbarrier(uint32_t address) {
  forCells(address, 8, false, [](Cell &cell, uint32_t) {
    cell.state = Cell::Never;
    return true;
  });
}

/// More than a warp runs ahead of another without meeting it.
static constexpr size_t kMostFences = 64;

void Shadow::fenceProxy(unsigned warp, uint32_t lanes) {
  std::vector<ProxyFence> &mine = fences[warp];
  if (mine.size() == kMostFences)
    mine.erase(mine.begin());
  mine.push_back({clocks[warp], clocks[warp][warp], lanes});
  ++clocks[warp][warp];
}

/// Whether a proxy fence stands between the cell's write and this warp: one of
/// a warp that knew of the write, and which this warp knows of.
bool Shadow::isFenced(unsigned warp, const Cell &cell) const {
  unsigned writer = cell.writer / kWarpSize;
  for (unsigned w = 0; w < warpCount; ++w)
    for (size_t i = fences[w].size(); i-- > 0;) {
      const ProxyFence &fence = fences[w][i];
      if (fence.known[writer] < cell.writeClock)
        break; // earlier ones knew no more
      if (w != warp && clocks[warp][w] < fence.clock)
        continue;
      bool own = w == writer && cell.writeClock >= synced[w];
      if (!own || (fence.lanes >> cell.writer % kWarpSize & 1))
        return true;
    }
  return false;
}

bool Shadow::beginAsyncRead(Warp &warp, const Op &op, uint32_t address,
                            uint32_t bytes) {
  return forCells(address, bytes, false, [&](Cell &cell, uint32_t at) {
    bool known = cell.state == Cell::Written &&
                 ordered(warp.id, 0, cell.writer, cell.writeClock, false);
    if (!known && !judge(warp, op, 0, at, Access::Read, cell))
      return false;
    if (warp.cta->checks.proxies && cell.state == Cell::Written &&
        !isFenced(warp.id, cell)) {
      std::string who = cell.writer >= kAsyncThread
                            ? "a copy"
                            : "thread " + warp.cta->threadName(cell.writer);
      warp.cta->fail(warp, op, -1,
                     format("missing fence.proxy.async: the asynchronous proxy "
                            "reads shared address 0x%x, which %s wrote at %s",
                            at, who.c_str(),
                            warp.cta->place(cell.writeOp).c_str()));
      return false;
    }
    ++cell.asyncReaders;
    return true;
  });
}

void Shadow::endAsyncRead(const Warp &warp, uint32_t op, uint32_t address,
                          uint32_t bytes) {
  forCells(address, bytes, false, [&](Cell &cell, uint32_t) {
    --cell.asyncReaders;
    recordRead(warp.id, 0, op, false, cell);
    return true;
  });
}

void Shadow::landAsync(uint32_t address, uint32_t bytes) {
  setWritten(address, bytes, kAsyncThread, asyncClock);
}

void Shadow::setWritten(uint32_t address, uint32_t bytes, ThreadId writer,
                        uint32_t clock) {
  if (!states.empty()) {
    size_t first = address >> shift, end = (address + bytes - 1) >> shift;
    std::fill(states.begin() + first, states.begin() + end + 1, Cell::Written);
    return;
  }
  forCells(address, bytes, false, [&](Cell &cell, uint32_t) {
    cell.state = Cell::Written;
    cell.writer = writer;
    cell.writeClock = clock;
    return true;
  });
}

void Shadow::land(Warp &warp, unsigned lane, uint32_t address, uint32_t bytes) {
  setWritten(address, bytes, ThreadId(warp.id * kWarpSize + lane),
             clocks[warp.id][warp.id]);
}

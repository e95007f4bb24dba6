//===- Mbarriers.cpp - mbarrier objects -------------------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Mbarriers.h"
#include "AsyncCopies.h"
#include "Cta.h"

using namespace hinm::emulator;

/// The offset in shared memory of an address, generic or not; checks it.
static bool offsetOf(Warp &warp, const Op &op, unsigned lane,
                     uint64_t &address) {
  Cta &cta = *warp.cta;
  uint64_t window = address & kWindowMask;
  if (window && window != kSharedWindow) {
    cta.fail(warp, op, int(lane),
             format("an mbarrier lies in shared memory, but 0x%llx does not",
                    (unsigned long long)address));
    return false;
  }
  address &= ~kWindowMask;
  if (address % 8) {
    cta.fail(warp, op, int(lane),
             format("misaligned mbarrier object at shared address 0x%llx",
                    (unsigned long long)address));
    return false;
  }
  if (address + 8 > cta.launch.sharedBytes) {
    cta.fail(warp, op, int(lane),
             format("mbarrier object at shared address 0x%llx: out of bounds, "
                    "the CTA has %u bytes of shared memory",
                    (unsigned long long)address, cta.launch.sharedBytes));
    return false;
  }
  return true;
}

static Mbarrier *find(Warp &warp, const Op &op, unsigned lane,
                      uint64_t &address) {
  Cta &cta = *warp.cta;
  if (!offsetOf(warp, op, lane, address))
    return nullptr;
  auto found = cta.mbarriers.find(uint32_t(address));
  if (found == cta.mbarriers.end()) {
    cta.fail(warp, op, int(lane),
             format("no mbarrier was initialised at shared address 0x%llx",
                    (unsigned long long)address));
    return nullptr;
  }
  Mbarrier &barrier = found->second;
  if (cta.shadow.enabled() && cta.checks.sharedRaces &&
      !cta.shadow.knows(warp.id, lane, barrier.maker, barrier.madeAt)) {
    cta.fail(warp, op, int(lane),
             format("the mbarrier at shared address 0x%llx was initialised by "
                    "thread %s at %s, and nothing orders this use behind it",
                    (unsigned long long)address,
                    cta.threadName(barrier.maker).c_str(),
                    cta.place(barrier.op).c_str()));
    return nullptr;
  }
  return &barrier;
}

static void completeIfOver(Cta &cta, Mbarrier &barrier) {
  if (barrier.pending || barrier.bytes)
    return;
  barrier.completed = barrier.arriving;
  barrier.arriving.fill(0);
  if (!barrier.copies.empty()) {
    barrier.completed[kAsyncAgent] = cta.shadow.stepAsync();
    for (AsyncCopy *copy : barrier.copies)
      landForMbarrier(cta, copy);
    barrier.copies.clear();
  }
  ++barrier.phase;
  barrier.pending = barrier.expected;
  ++cta.events;
}

bool hinm::emulator::initMbarrier(Warp &warp, const Op &op, unsigned lane,
                                  uint64_t address, uint32_t count) {
  Cta &cta = *warp.cta;
  if (!offsetOf(warp, op, lane, address))
    return false;
  if (count == 0 || count > kMostArrivals) {
    cta.fail(warp, op, int(lane),
             format("an mbarrier expects 1 to %u arrivals, not %u",
                    kMostArrivals, count));
    return false;
  }
  auto [place, isNew] = cta.mbarriers.try_emplace(uint32_t(address));
  Mbarrier &barrier = place->second;
  if (!isNew) {
    cta.fail(warp, op, int(lane),
             format("the mbarrier at shared address 0x%llx was initialised "
                    "already, at %s (mbarrier.inval must come first)",
                    (unsigned long long)address,
                    cta.place(barrier.op).c_str()));
    return false;
  }
  barrier.expected = barrier.pending = count;
  barrier.maker = ThreadId(warp.id * kWarpSize + lane);
  barrier.op = op.index;
  if (!cta.shadow.enabled())
    return true;
  barrier.madeAt = cta.shadow.now(warp.id);
  return cta.shadow.beginMbarrier(warp, op, lane, uint32_t(address));
}

bool hinm::emulator::invalidateMbarrier(Warp &warp, const Op &op, unsigned lane,
                                        uint64_t address) {
  Cta &cta = *warp.cta;
  Mbarrier *barrier = find(warp, op, lane, address);
  if (!barrier)
    return false;
  if (!barrier->copies.empty()) {
    cta.fail(warp, op, int(lane),
             "an mbarrier is invalidated while copies that arrive there are in "
             "flight");
    return false;
  }
  cta.mbarriers.erase(uint32_t(address));
  if (cta.shadow.enabled())
    cta.shadow.endMbarrier(uint32_t(address));
  return true;
}

bool hinm::emulator::expectBytes(Warp &warp, const Op &op, unsigned lane,
                                 uint64_t address, int64_t bytes) {
  Mbarrier *barrier = find(warp, op, lane, address);
  if (!barrier)
    return false;
  barrier->bytes += bytes;
  if (barrier->bytes > kMostArrivals ||
      barrier->bytes < -int64_t(kMostArrivals)) {
    warp.cta->fail(
        warp, op, int(lane),
        format("the mbarrier's count of bytes leaves its range: %lld",
               (long long)barrier->bytes));
    return false;
  }
  if (bytes < 0)
    completeIfOver(*warp.cta, *barrier);
  return true;
}

bool hinm::emulator::arriveAt(Warp &warp, const Op &op, unsigned lane,
                              uint64_t address, uint32_t count, Arrival kind,
                              uint32_t bytes, bool releases, uint64_t &state) {
  Cta &cta = *warp.cta;
  bool expects = kind == Arrival::Expect || kind == Arrival::ExpectDrop;
  bool drops = kind == Arrival::Drop || kind == Arrival::ExpectDrop;
  if (expects && !expectBytes(warp, op, lane, address, bytes))
    return false;
  Mbarrier *barrier = find(warp, op, lane, address);
  if (!barrier)
    return false;
  state = barrier->phase << 20 | barrier->pending;
  if (count == 0 || count > barrier->pending) {
    cta.fail(warp, op, int(lane),
             format("%u arrivals at the mbarrier at shared address 0x%llx, "
                    "whose phase %llu misses only %u of %u",
                    count, (unsigned long long)address,
                    (unsigned long long)barrier->phase, barrier->pending,
                    barrier->expected));
    return false;
  }
  if (drops)
    barrier->expected -= std::min(barrier->expected, count);
  barrier->pending -= count;
  if (cta.shadow.enabled() && releases)
    cta.shadow.release(warp.id, barrier->arriving);
  completeIfOver(cta, *barrier);
  return true;
}

bool hinm::emulator::testWait(Warp &warp, const Op &op, unsigned lane,
                              uint64_t address, uint64_t state, bool isParity,
                              bool acquires, bool &done) {
  Cta &cta = *warp.cta;
  Mbarrier *barrier = find(warp, op, lane, address);
  if (!barrier)
    return false;
  warp.waitAddress = uint32_t(address);
  warp.waitOp = op.index;
  if (isParity) {
    if (state > 1) {
      cta.fail(warp, op, int(lane),
               format("the parity of a phase is 0 or 1, not %llu",
                      (unsigned long long)state));
      return false;
    }
    done = (barrier->phase & 1) != state;
  } else {
    uint64_t phase = state >> 20;
    if (phase != barrier->phase && phase + 1 != barrier->phase) {
      cta.fail(warp, op, int(lane),
               format("waits for phase %llu of the mbarrier at shared address "
                      "0x%llx, which is in phase %llu: only this and the one "
                      "before may be waited for",
                      (unsigned long long)phase, (unsigned long long)address,
                      (unsigned long long)barrier->phase));
      return false;
    }
    done = phase != barrier->phase;
  }
  if (done && acquires && cta.shadow.enabled())
    cta.shadow.acquire(warp.id, barrier->completed);
  return true;
}

bool hinm::emulator::arriveBehindCopies(Warp &warp, const Op &op, unsigned lane,
                                        uint64_t address, bool countsItself) {
  Mbarrier *barrier = find(warp, op, lane, address);
  if (!barrier)
    return false;
  if (countsItself)
    ++barrier->pending;
  handCopiesTo(warp, lane, barrier->copies);
  uint64_t state;
  // The copies' arrival says nothing of what the thread itself did.
  return arriveAt(warp, op, lane, address, 1, Arrival::Plain, 0, false, state);
}

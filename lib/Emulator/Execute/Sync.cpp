//===- Sync.cpp - order by fences and strong accesses -----------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Sync.h"

using namespace hinm::emulator;

void hinm::emulator::runFence(Warp &warp, bool wide) {
  Cta &cta = *warp.cta;
  if (cta.shadow.enabled()) {
    if (warp.hasPending)
      cta.shadow.acquire(warp.id, warp.pendingClock);
    warp.hasPending = false;
    warp.fenceClock.fill(0);
    cta.shadow.release(warp.id, warp.fenceClock);
    warp.fenced = true;
  }
  if (wide) {
    warp.fencedWide = true;
    cta.acquired.unite(cta.pendingAcquired);
  }
}

void hinm::emulator::noteStrongAccess(Warp &warp, const Op &op,
                                      const uint64_t *address, uint32_t mask,
                                      Access kind, bool isGlobal) {
  Cta &cta = *warp.cta;
  bool reads = isRead(kind), writes = isWrite(kind);
  bool acquires = op.order & kAcquire, releases = op.order & kRelease;
  bool clocks = cta.shadow.enabled();
  GlobalShadow &global = cta.launch.shadow;
  bool sets = isGlobal && global.judgesAtOnce();
  // What is not ordered before a release need not be remembered.
  bool keeps = clocks && writes && (releases || warp.fenced);
  bool looks = clocks && reads && !cta.releasedClocks.empty();
  for (uint32_t rest = mask; rest; rest &= rest - 1) {
    uint64_t at = address[__builtin_ctz(rest)];
    if (looks)
      if (auto found = cta.releasedClocks.find(at);
          found != cta.releasedClocks.end()) {
        if (acquires) {
          cta.shadow.acquire(warp.id, found->second);
        } else {
          if (!warp.hasPending)
            warp.pendingClock.fill(0);
          warp.hasPending = true;
          joinClock(warp.pendingClock, found->second);
        }
      }
    if (keeps) {
      Clock &released =
          cta.releasedClocks.try_emplace(at, Clock()).first->second;
      if (releases)
        cta.shadow.release(warp.id, released);
      else
        joinClock(released, warp.fenceClock);
    }
    if (!sets)
      continue;
    if (reads)
      if (const CtaSet *set = global.released(at))
        (acquires ? cta.acquired : cta.pendingAcquired).unite(*set);
    if (writes && (releases || warp.fencedWide))
      global.release(at, cta.acquired, uint32_t(cta.linear));
  }
}

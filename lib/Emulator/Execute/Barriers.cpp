//===- Barriers.cpp - barriers of a CTA -------------------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Cta.h"

using namespace hinm::emulator;

bool Cta::arrive(Warp &warp, const Op &op, bool wait) {
  unsigned first = unsigned(__builtin_ctz(warp.alive));
  uint32_t number = warp.at<uint32_t>(op.o[op.a])[first];
  bool hasCount = op.b != 0xffff;
  for (uint32_t rest = warp.alive; rest; rest &= rest - 1) {
    unsigned lane = unsigned(__builtin_ctz(rest));
    if (warp.at<uint32_t>(op.o[op.a])[lane] == number &&
        (!hasCount || warp.at<uint32_t>(op.o[op.b])[lane] ==
                          warp.at<uint32_t>(op.o[op.b])[first]))
      continue;
    fail(warp, op, int(lane),
         format("the lanes of a warp name different barriers or thread counts: "
                "this one barrier %u, lane %u barrier %u",
                warp.at<uint32_t>(op.o[op.a])[lane], first, number));
    return false;
  }
  uint32_t threads = hasCount ? warp.at<uint32_t>(op.o[op.b])[first]
                              : launch.warps * kWarpSize;
  if (number >= 16) {
    fail(warp, op, -1,
         "barrier " + std::to_string(number) + " does not exist (0 to 15)");
    return false;
  }
  if (threads == 0 || threads % kWarpSize || threads > kMaxWarps * kWarpSize) {
    fail(warp, op, -1,
         "a barrier's thread count must be a multiple of 32 up to 1024, but "
         "is " +
             std::to_string(threads));
    return false;
  }
  if (checks.barriers && warp.alive != warp.launched) {
    fail(warp, op, -1,
         "barrier reached by lanes " + lanesText(warp.alive) +
             " only: the others have exited");
    return false;
  }
  Barrier &barrier = barriers[number];
  if (barrier.arrived == 0) {
    barrier = Barrier();
    barrier.expected = threads;
    barrier.counted = hasCount;
  } else if (barrier.expected != threads) {
    fail(warp, op, -1,
         "barrier " + std::to_string(number) + " is used with " +
             std::to_string(threads) + " threads here, but with " +
             std::to_string(barrier.expected) + " by those that wait there");
    return false;
  }
  if (barrier.present >> warp.id & 1) {
    fail(warp, op, -1,
         "the warp arrives twice at barrier " + std::to_string(number) +
             " before it completes");
    return false;
  }
  barrier.arrived += kWarpSize;
  barrier.present |= 1u << warp.id;
  // What a warp does behind its bar.arrive is not released.
  if (shadow.enabled() && !wait)
    shadow.release(warp.id, barrier.clock);
  if (op.resultCount) {
    // bar.red: the last operand is the predicate, flipped by imm bit 8.
    uint32_t value = *warp.at<uint32_t>(op.o[op.operandCount - 1]);
    if (op.imm & 0x100)
      value = ~value;
    value &= warp.alive;
    barrier.reduceOr |= value != 0;
    barrier.reduceAnd &= value == warp.alive;
    barrier.reduceCount += uint32_t(__builtin_popcount(value));
  }
  if (wait) {
    barrier.waiting |= 1u << warp.id;
    warp.state = Warp::AtBarrier;
    warp.barrier = number;
    warp.barrierPc = op.index;
  }
  completeIfFull(number);
  return true;
}

void Cta::completeIfFull(unsigned number) {
  Barrier &barrier = barriers[number];
  if (barrier.arrived == 0)
    return;
  uint32_t arrived = barrier.arrived;
  if (!checks.barriers && !barrier.counted)
    for (const Warp &warp : warps)
      if (warp.state == Warp::Done && !(barrier.present >> warp.id & 1))
        arrived += kWarpSize;
  if (arrived < barrier.expected)
    return;
  if (shadow.enabled())
    shadow.join(barrier.waiting, barrier.clock);
  for (Warp &warp : warps) {
    if (!(barrier.waiting >> warp.id & 1))
      continue;
    warp.state = Warp::Running;
    const Op &op = program.ops[warp.barrierPc];
    if (op.run) {
      uint32_t kind = uint32_t(op.imm & 0xff);
      warp.barrierResult = kind == 0   ? barrier.reduceCount
                           : kind == 1 ? barrier.reduceAnd
                                       : barrier.reduceOr;
      warp.mask = warp.alive;
      op.run(warp, op);
    }
  }
  barrier = Barrier();
}

bool Cta::arriveApart(Warp &warp) {
  const Op &op = program.ops[warp.splits[0].pc];
  uint32_t number = 0;
  for (const Split &split : warp.splits) {
    const Op &other = program.ops[split.pc];
    if (other.flow != Flow::Barrier || !other.mayDiverge || split.waits)
      return false;
    unsigned lane = unsigned(__builtin_ctz(split.lanes));
    uint32_t here = warp.at<uint32_t>(other.o[other.a])[lane];
    if (&split == &warp.splits[0])
      number = here;
    else if (here != number)
      return false;
  }
  for (Split &split : warp.splits) {
    ++executed;
    ++executedAt[split.pc];
    ++split.pc;
    split.blocked = false;
  }
  return arrive(warp, op, true);
}

void Cta::reportBlocked(Warp &warp) {
  const Split &first = warp.splits[0];
  const Op &op = program.ops[first.pc];
  std::string rest;
  for (size_t i = 1; i < warp.splits.size(); ++i)
    rest += "; lanes " + lanesText(warp.splits[i].lanes) + " wait at " +
            place(warp.splits[i].pc);
  uint32_t gone = warp.launched & ~warp.alive;
  if (gone)
    rest += "; lanes " + lanesText(gone) + " have exited";
  bool isBarrier = op.flow == Flow::Barrier || op.flow == Flow::Arrive;
  fail(warp, op, -1,
       std::string(isBarrier ? "barrier" : "warp-wide instruction") +
           " reached by lanes " + lanesText(first.lanes) + " only" + rest);
}

void Cta::reportStall() {
  const Warp *first = nullptr;
  auto describe = [&](const Warp &warp) {
    if (warp.state == Warp::Done)
      return format("warp %u has exited", warp.id);
    if (warp.state == Warp::AtBarrier)
      return format("warp %u waits at barrier %u, ", warp.id, warp.barrier) +
             place(warp.barrierPc);
    return format("warp %u waits at the mbarrier at shared address 0x%x, ",
                  warp.id, warp.waitAddress) +
           place(warp.waitOp);
  };
  std::string rest;
  for (const Warp &warp : warps) {
    bool isSame = first && warp.state == first->state &&
                  (warp.state == Warp::AtBarrier
                       ? warp.barrier == first->barrier &&
                             warp.barrierPc == first->barrierPc
                       : warp.waitOp == first->waitOp &&
                             warp.waitAddress == first->waitAddress);
    if (!first && warp.state != Warp::Done)
      first = &warp;
    else if (warp.state == Warp::Done || !isSame)
      rest += "; " + describe(warp);
  }
  if (first->state == Warp::AtBarrier) {
    const Barrier &barrier = barriers[first->barrier];
    fail(
        *first, program.ops[first->barrierPc], -1,
        format("deadlock: barrier %u waits for %u threads, but only %u arrived",
               first->barrier, barrier.expected, barrier.arrived) +
            rest);
    return;
  }
  auto found = mbarriers.find(first->waitAddress);
  std::string missing;
  if (found != mbarriers.end())
    missing =
        format(", which is in phase %llu and misses %u of %u arrivals and "
               "%lld bytes",
               (unsigned long long)found->second.phase, found->second.pending,
               found->second.expected, (long long)found->second.bytes);
  fail(*first, program.ops[first->waitOp], -1,
       format("deadlock: waits at the mbarrier at shared address 0x%x",
              first->waitAddress) +
           missing + rest);
}

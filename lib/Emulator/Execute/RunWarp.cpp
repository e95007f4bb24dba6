//===- RunWarp.cpp - the interpreter's loop ---------------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A warp is a list of splits: lanes that are at the same place. The one that
// is furthest behind runs, so that lanes meet again where paths join; when it
// runs long while others could, they get a turn (spin locks end).
//
//===----------------------------------------------------------------------===//

#include "Cta.h"

#include <algorithm>

using namespace hinm::emulator;

/// Operations until another warp, and within a diverged warp another split,
/// has its turn.
static constexpr uint32_t kSlice = 1u << 16;
static constexpr uint32_t kSplitSlice = 1u << 12;

bool Cta::pick(Warp &warp, bool rotate, uint32_t &limit) {
  std::vector<Split> &splits = warp.splits;
  // Lanes at the same place go on together; blocked ones try again.
  std::sort(splits.begin(), splits.end(), [](const Split &a, const Split &b) {
    return std::make_pair(a.pc, a.lanes) < std::make_pair(b.pc, b.lanes);
  });
  size_t kept = 0;
  for (size_t i = 1; i < splits.size(); ++i) {
    if (splits[i].pc == splits[kept].pc) {
      splits[kept].lanes |= splits[i].lanes;
      splits[kept].blocked = splits[kept].waits = false;
    } else {
      splits[++kept] = splits[i];
    }
  }
  splits.resize(kept + 1);
  size_t chosen = splits.size();
  for (size_t i = 0; i < splits.size(); ++i)
    if (!splits[i].blocked && (chosen == splits.size() || rotate))
      chosen = i;
  if (chosen == splits.size())
    return false;
  std::swap(splits[0], splits[chosen]);
  limit = ~0u;
  for (size_t i = 1; i < splits.size(); ++i)
    if (splits[i].pc > splits[0].pc)
      limit = std::min(limit, splits[i].pc);
  return true;
}

/// Whether the lanes that `op` needs are together. `mask` may become smaller,
/// when several groups of lanes meet at one instruction.
bool Cta::gather(Warp &warp, const Op &op, uint32_t &mask) {
  if (op.maskOperand == 0xff) {
    if (mask == ~0u)
      return true;
    if (warp.alive != ~0u)
      fail(warp, op, -1,
           "needs all 32 lanes of the warp, but only " + lanesText(warp.alive) +
               " are there");
    return false;
  }
  const uint32_t *members = warp.at<uint32_t>(op.o[op.maskOperand]);
  unsigned first = unsigned(__builtin_ctz(mask));
  uint32_t wanted = members[first];
  uint32_t group = 0;
  for (unsigned lane = 0; lane < kWarpSize; ++lane)
    if (mask >> lane & 1) {
      if (!(members[lane] >> lane & 1)) {
        fail(warp, op, int(lane),
             "the lane is not in its own member mask " +
                 lanesText(members[lane]));
        return false;
      }
      if (members[lane] == wanted)
        group |= 1u << lane;
    }
  mask = group;
  return (wanted & warp.alive & ~group) == 0;
}

void Cta::runWarp(Warp &warp) {
  const Op *ops = program.ops.data();
  uint64_t *counts = executedAt.data();
  uint32_t slice = kSlice;
  uint32_t limit;
  bool rotate = false;

  while (true) {
    if (warp.splits.empty()) {
      warp.state = Warp::Done;
      for (unsigned b = 0; b < 16 && !checks.barriers; ++b)
        completeIfFull(b);
      return;
    }
    if (!pick(warp, rotate, limit)) {
      if (arriveApart(warp)) {
        if (warp.state != Warp::Running)
          return;
        continue;
      }
      if (faulted)
        return;
      for (const Split &split : warp.splits)
        warp.parked |= split.waits;
      if (!warp.parked)
        reportBlocked(warp);
      return;
    }
    rotate = false;
    uint32_t pc = warp.splits[0].pc;
    uint32_t active = warp.splits[0].lanes;
    uint32_t turn =
        warp.splits.size() > 1 ? std::min(slice, kSplitSlice) : slice;
    slice -= turn;
    uint32_t left = turn;
    // Lanes leave a warp's live ones only together with the running ones, so
    // this holds until lanes are chosen anew.
    bool partial = active != warp.alive;
    uint64_t before = executed;
    bool again = false, stored = false;
    // These lanes wait at `pc`; those whose guard is false go on.
    auto block = [&](uint32_t lanes, bool waits) {
      if (active & ~lanes)
        warp.splits.push_back({pc + 1, active & ~lanes, false});
      warp.splits[0] = {pc, lanes, true, waits};
      again = stored = true;
    };

    while (!again) {
      const Op &op = ops[pc];
      uint32_t mask = active;
      if (op.guard != kNoSlot)
        mask &= *warp.at<uint32_t>(op.guard) ^ op.guardFlip;
      switch (op.flow) {
      case Flow::Next:
        if (mask && op.run) {
          warp.mask = mask;
          op.run(warp, op);
          if (faulted)
            return;
        }
        ++pc;
        break;
      case Flow::Branch:
        if (mask == active) {
          pc = op.target;
        } else if (mask == 0) {
          ++pc;
        } else {
          ++sums.divergentBranches;
          warp.splits.push_back({pc + 1, active & ~mask, false});
          active = mask;
          pc = op.target;
          again = true;
        }
        break;
      case Flow::Exit:
        warp.alive &= ~mask;
        active &= ~mask;
        if (mask)
          for (Split &split : warp.splits)
            split.blocked = split.waits;
        ++pc;
        again = active == 0;
        break;
      case Flow::Sync: {
        if (mask == 0) {
          ++pc;
          break;
        }
        uint32_t group = mask;
        if (mask != ~0u || op.maskOperand != 0xff) {
          if (!gather(warp, op, group)) {
            if (faulted)
              return;
            block(mask, false);
            continue;
          }
          if (mask & ~group) {
            warp.splits.push_back({pc, mask & ~group, false});
            active &= ~(mask & ~group);
            again = true;
          }
        }
        warp.mask = group;
        if (op.run)
          op.run(warp, op);
        if (faulted)
          return;
        ++pc;
        break;
      }
      case Flow::Wait:
        if (mask == 0) {
          ++pc;
          break;
        }
        warp.mask = mask;
        op.run(warp, op);
        if (faulted)
          return;
        // The first wait that could fail does, so that one whose outcome the
        // program does not look at is found.
        if (warp.incomplete == mask && !warp.timedOut && hasFailed[op.index]) {
          block(mask, true);
          continue;
        }
        hasFailed[op.index] |= warp.incomplete == mask;
        warp.timedOut = false;
        noteWait();
        ++pc;
        break;
      case Flow::Barrier:
      case Flow::Arrive:
        if (mask == 0) {
          ++pc;
          break;
        }
        if (mask != warp.alive) {
          block(mask, false);
          continue;
        }
        ++pc;
        warp.splits.assign(1, Split{pc, active, false});
        if (!arrive(warp, op, op.flow == Flow::Barrier))
          return;
        if (warp.state == Warp::AtBarrier || warp.state == Warp::Done) {
          ++executed;
          ++counts[op.index];
          return;
        }
        break;
      }
      executed += op.counted;
      ++counts[op.index];
      if (--left == 0)
        again = rotate = true;
      again |= pc >= limit;
    }
    if (partial)
      sums.partialInstructions += executed - before;
    slice += left;
    if (!stored) {
      warp.splits[0].pc = pc;
      warp.splits[0].lanes = active;
      if (active == 0)
        warp.splits.erase(warp.splits.begin());
    } else if (slice > 0) {
      --slice;
    }
    if (slice == 0)
      return;
  }
}

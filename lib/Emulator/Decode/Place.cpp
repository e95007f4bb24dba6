//===- Place.cpp - registers to slots, drafts to operations -----*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Linear scan over live intervals, one pool of places for each width, so that
// a warp's register file stays small enough for the host's caches. Where a
// register may be read before it is written, checks are put into the program.
//
//===----------------------------------------------------------------------===//

#include "AsyncRegisters.h"
#include "Dataflow.h"

#include <algorithm>

using namespace hinm::emulator;

namespace {
struct Interval {
  uint32_t reg;
  uint32_t begin = ~0u, end = 0;
};

/// Which registers need a mask of the lanes that have written them, and where
/// that mask is needed.
struct UndefinedUses {
  std::vector<bool> tracked;    // by register
  std::vector<bool> needsCheck; // by draft
  explicit UndefinedUses(const Lowering &lowering)
      : tracked(lowering.registers.size(), false),
        needsCheck(lowering.drafts.size(), false) {}
};
} // namespace

static UndefinedUses findUndefinedUses(const Lowering &lowering,
                                       const std::vector<Block> &blocks) {
  UndefinedUses uses(lowering);
  std::vector<RegisterSet> before = writtenBefore(lowering, blocks);
  for (size_t b = 0; b < blocks.size(); ++b) {
    if (!blocks[b].reached)
      continue;
    RegisterSet written = before[b];
    for (uint32_t i = blocks[b].begin; i < blocks[b].end; ++i) {
      const Draft &draft = lowering.drafts[i];
      auto use = [&](uint32_t reference) {
        if (!isRegister(reference) || written.has(reference))
          return;
        uses.tracked[reference] = true;
        uses.needsCheck[i] = true;
      };
      for (size_t s = draft.op.resultCount + draft.optionalSources;
           s < draft.operands.size(); ++s)
        use(draft.operands[s]);
      // Accumulators are read where scale-d holds, which is seen at run time.
      for (size_t s = draft.op.resultCount;
           draft.isAsync && s < draft.op.resultCount + draft.optionalSources;
           ++s)
        use(draft.operands[s]);
      use(draft.guard);
      stepWritten(draft, written);
    }
  }
  return uses;
}

static std::vector<Interval> findIntervals(const Lowering &lowering,
                                           const std::vector<Block> &blocks) {
  std::vector<Interval> intervals(lowering.registers.size());
  auto cover = [&](uint32_t reg, uint32_t at) {
    intervals[reg].begin = std::min(intervals[reg].begin, at);
    intervals[reg].end = std::max(intervals[reg].end, at);
  };
  std::vector<RegisterSet> live = liveIn(lowering, blocks);
  for (uint32_t i = 0; i < intervals.size(); ++i) {
    intervals[i].reg = i;
    if (lowering.registers[i].isSpecial) {
      cover(i, 0);
      cover(i, uint32_t(lowering.drafts.size()) * 2 + 1);
    }
  }
  for (size_t b = 0; b < blocks.size(); ++b) {
    live[b].forEach([&](uint32_t reg) { cover(reg, blocks[b].begin * 2); });
    for (uint32_t next : blocks[b].successors)
      live[next].forEach(
          [&](uint32_t reg) { cover(reg, blocks[b].end * 2 - 1); });
    for (uint32_t i = blocks[b].begin; i < blocks[b].end; ++i) {
      const Draft &draft = lowering.drafts[i];
      // Several results may be written before all sources are read.
      bool early = draft.op.resultCount > 1;
      for (unsigned r = 0; r < draft.op.resultCount; ++r) {
        cover(draft.operands[r], i * 2 + 1);
        if (early)
          cover(draft.operands[r], i * 2);
      }
      for (size_t s = draft.op.resultCount; s < draft.operands.size(); ++s)
        if (isRegister(draft.operands[s]))
          cover(draft.operands[s], i * 2);
      if (draft.guard != kNoSlot)
        cover(draft.guard, i * 2);
    }
  }
  return intervals;
}

/// Bytes of a slot whose lanes have `bytes` bytes each.
static uint32_t slotBytes(unsigned bytes) {
  return bytes == 0 ? 4 : bytes * kWarpSize;
}

static std::vector<uint32_t> assignSlots(const Lowering &lowering,
                                         std::vector<Interval> intervals,
                                         uint32_t &top) {
  std::vector<uint32_t> slots(lowering.registers.size(), kNoSlot);
  std::vector<uint32_t> registerSlot(lowering.registers.size(), 0);
  // Widest first, so that every slot is aligned to its size up to 64 bytes.
  for (unsigned bytes : {16u, 8u, 4u, 2u, 0u}) {
    std::vector<Interval> mine;
    for (const Interval &interval : intervals)
      if (lowering.registers[interval.reg].bytes == bytes &&
          interval.begin != ~0u)
        mine.push_back(interval);
    std::sort(mine.begin(), mine.end(),
              [](const Interval &a, const Interval &b) {
                return std::make_pair(a.begin, a.reg) <
                       std::make_pair(b.begin, b.reg);
              });
    using Ending = std::pair<uint32_t, uint32_t>; // end, slot
    std::vector<Ending> active;                   // a heap, first to end
    std::vector<uint32_t> freeSlots;
    for (const Interval &interval : mine) {
      while (!active.empty() && active.front().first < interval.begin) {
        std::pop_heap(active.begin(), active.end(), std::greater<Ending>());
        freeSlots.push_back(active.back().second);
        active.pop_back();
      }
      uint32_t slot;
      if (freeSlots.empty()) {
        slot = top;
        top += slotBytes(bytes);
      } else {
        slot = freeSlots.back();
        freeSlots.pop_back();
      }
      slots[interval.reg] = slot;
      active.push_back({interval.end, slot});
      std::push_heap(active.begin(), active.end(), std::greater<Ending>());
    }
  }
  top = (top + 63) / 64 * 64;
  return slots;
}

static void placeConstants(Program &program) {
  std::vector<Constant *> order;
  for (Constant &constant : program.constants)
    order.push_back(&constant);
  std::stable_sort(
      order.begin(), order.end(),
      [](const Constant *a, const Constant *b) { return a->bytes > b->bytes; });
  uint32_t top = 0;
  for (Constant *constant : order) {
    constant->offset = top;
    top += slotBytes(constant->bytes);
  }
  program.constantBytes = (top + 63) / 64 * 64;
}

void hinm::emulator::placeRegisters(Lowering &lowering) {
  Program &program = lowering.program;
  std::vector<Block> blocks = findBlocks(lowering.drafts);
  UndefinedUses uses = findUndefinedUses(lowering, blocks);
  uint32_t top = 0;
  std::vector<uint32_t> slots =
      assignSlots(lowering, findIntervals(lowering, blocks), top);
  placeConstants(program);

  // One mask for each register that needs one, then the states of wgmma's.
  program.initBegin = top;
  std::vector<uint32_t> initSlots(lowering.registers.size(), kNoSlot);
  for (size_t i = 0; i < uses.tracked.size(); ++i)
    if (uses.tracked[i]) {
      initSlots[i] = top;
      top += 4;
    }
  AsyncRegisters async(lowering);
  async.place(top);
  program.initEnd = top;
  program.registerBytes = (top + 63) / 64 * 64;

  auto slotOf = [&](uint32_t reference) {
    if (reference & kConstantBit)
      return program.constants[reference & ~kConstantBit].offset | kConstantBit;
    return slots[reference];
  };
  for (SpecialSlot &special : program.specials)
    special.slot = slots[special.slot];

  std::vector<uint32_t> newIndex(lowering.drafts.size() + 1);
  std::vector<uint32_t> operandBegin;
  auto emit = [&](Op op, const std::vector<uint32_t> &operands) {
    op.index = uint32_t(program.ops.size());
    op.operandCount = uint16_t(operands.size());
    operandBegin.push_back(uint32_t(program.operands.size()));
    program.operands.insert(program.operands.end(), operands.begin(),
                            operands.end());
    program.ops.push_back(op);
  };
  for (uint32_t i = 0; i < lowering.drafts.size(); ++i) {
    const Draft &draft = lowering.drafts[i];
    newIndex[i] = uint32_t(program.ops.size());
    Op pseudo;
    pseudo.line = draft.op.line;
    pseudo.source = draft.op.source;
    pseudo.counted = 0;
    uint32_t guardSlot = draft.guard == kNoSlot ? kNoSlot : slots[draft.guard];
    auto isTracked = [&](uint32_t reference) {
      return isRegister(reference) && uses.tracked[reference];
    };

    // Checks before, unless the values are only passed on.
    if (uses.needsCheck[i] && draft.guard != kNoSlot &&
        isTracked(draft.guard)) {
      Op check = pseudo;
      check.run = runCheckWritten;
      emit(check, {initSlots[draft.guard]});
    }
    std::vector<uint32_t> sources;
    for (size_t s = draft.op.resultCount + draft.optionalSources +
                    (draft.passesUndefined ? 1 : 0);
         s < draft.operands.size(); ++s)
      if (isTracked(draft.operands[s]))
        sources.push_back(initSlots[draft.operands[s]]);
    Op guarded = pseudo;
    guarded.guard = guardSlot;
    guarded.guardFlip = draft.op.guardFlip;
    if (uses.needsCheck[i] && !draft.copiesUndefined && !sources.empty()) {
      guarded.run = runCheckWritten;
      emit(guarded, sources);
    }
    if (draft.isAsync) {
      std::vector<uint32_t> accumulators;
      for (unsigned s = 0; s < draft.optionalSources; ++s)
        if (isTracked(draft.operands[draft.op.resultCount + s]))
          accumulators.push_back(
              initSlots[draft.operands[draft.op.resultCount + s]]);
      Op check = pseudo;
      check.run = runCheckWritten;
      check.guard = slotOf(draft.operands.back()); // scale-d
      if (!accumulators.empty())
        emit(check, accumulators);
    }
    async.before(
        draft, [&](Handler run, std::vector<uint32_t> states, uint32_t first) {
          Op judge = guarded;
          judge.run = run;
          judge.imm = first;
          emit(judge, states);
        });
    // What is known of the results is written before the operation: it may
    // overwrite its own guard.
    for (unsigned r = 0; r < draft.op.resultCount; ++r)
      if (r == 0 && draft.passesUndefined && isTracked(draft.operands[0]) &&
          isTracked(draft.operands[draft.op.resultCount])) {
        Op marks = draft.op;
        marks.run = draft.passesUndefined;
        marks.guard = guardSlot;
        marks.counted = 0;
        std::vector<uint32_t> operands;
        for (uint32_t reference : draft.operands)
          operands.push_back(slotOf(reference));
        operands[0] = initSlots[draft.operands[0]];
        operands[marks.resultCount] =
            initSlots[draft.operands[marks.resultCount]];
        emit(marks, operands);
      } else if (isTracked(draft.operands[r])) {
        guarded.run = runMarkWritten;
        std::vector<uint32_t> operands = {initSlots[draft.operands[r]]};
        if (draft.copiesUndefined)
          operands.insert(operands.end(), sources.begin(), sources.end());
        guarded.resultCount = 1;
        emit(guarded, operands);
      }
    Op op = draft.op;
    op.guard = guardSlot;
    std::vector<uint32_t> operands;
    for (uint32_t reference : draft.operands)
      operands.push_back(slotOf(reference));
    emit(op, operands);
  }
  newIndex[lowering.drafts.size()] = uint32_t(program.ops.size());
  for (size_t i = 0; i < program.ops.size(); ++i) {
    program.ops[i].o = program.operands.data() + operandBegin[i];
    if (program.ops[i].flow == Flow::Branch)
      program.ops[i].target = newIndex[program.ops[i].target];
  }
}

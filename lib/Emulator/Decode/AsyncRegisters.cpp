//===- AsyncRegisters.cpp - registers that wgmma works on -------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AsyncRegisters.h"
#include "Dataflow.h"

using namespace hinm::emulator;

AsyncRegisters::AsyncRegisters(const Lowering &lowering) {
  bool changed = false;
  auto mark = [&](uint32_t reference) {
    if (!isRegister(reference) || isAsync[reference])
      return;
    isAsync[reference] = changed = true;
  };
  for (const Draft &draft : lowering.drafts) {
    if (!draft.isAsync)
      continue;
    isAsync.resize(lowering.registers.size(), false);
    size_t end = draft.asyncSourcesBegin + draft.asyncSources;
    for (size_t i = 0; i < draft.op.resultCount; ++i)
      mark(draft.operands[i]);
    for (size_t i = draft.asyncSourcesBegin; i < end; ++i)
      mark(draft.operands[i]);
  }
  // Where a value of such a register is moved to, it goes on.
  while (changed) {
    changed = false;
    for (const Draft &draft : lowering.drafts) {
      if (!draft.copiesUndefined)
        continue;
      bool any = false;
      for (size_t s = draft.op.resultCount; s < draft.operands.size(); ++s)
        any |= has(draft.operands[s]);
      for (size_t r = 0; any && r < draft.op.resultCount; ++r)
        mark(draft.operands[r]);
    }
  }
}

bool AsyncRegisters::has(uint32_t reference) const {
  return !isAsync.empty() && isRegister(reference) && isAsync[reference];
}

void AsyncRegisters::place(uint32_t &top) {
  slots.resize(isAsync.size(), kNoSlot);
  for (size_t i = 0; i < isAsync.size(); ++i)
    if (isAsync[i]) {
      slots[i] = top;
      top += sizeof(RegisterState);
    }
}

void AsyncRegisters::collect(const Draft &draft, size_t begin, size_t end,
                             std::vector<uint32_t> &out) const {
  for (size_t i = begin; i < end; ++i)
    if (has(draft.operands[i]))
      out.push_back(slots[draft.operands[i]]);
}

void AsyncRegisters::before(const Draft &draft, const Emit &emit) const {
  if (isAsync.empty())
    return;
  std::vector<uint32_t> states;
  size_t results = draft.op.resultCount;
  if (draft.isAsync) {
    collect(draft, 0, results, states);
    uint32_t first = uint32_t(states.size());
    size_t begin = draft.asyncSourcesBegin;
    collect(draft, begin, begin + draft.asyncSources, states);
    return emit(runStartAsync, states, first);
  }
  collect(draft, results, draft.operands.size(), states);
  uint32_t first = uint32_t(states.size());
  collect(draft, 0, results, states);
  if (!states.empty())
    emit(draft.copiesUndefined ? runMoveAsync : runTouchAsync, states, first);
}

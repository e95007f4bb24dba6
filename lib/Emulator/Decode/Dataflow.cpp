//===- Dataflow.cpp - what registers hold, block by block -------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A thread follows one path through the blocks whatever its warp does, so the
// ordinary analyses of sequential code hold for each lane.
//
//===----------------------------------------------------------------------===//

#include "Dataflow.h"

using namespace hinm::emulator;

bool RegisterSet::unite(const RegisterSet &other) {
  bool changed = false;
  for (size_t i = 0; i < words.size(); ++i) {
    uint64_t now = words[i] | other.words[i];
    changed |= now != words[i];
    words[i] = now;
  }
  return changed;
}

bool RegisterSet::intersect(const RegisterSet &other) {
  bool changed = false;
  for (size_t i = 0; i < words.size(); ++i) {
    uint64_t now = words[i] & other.words[i];
    changed |= now != words[i];
    words[i] = now;
  }
  return changed;
}

std::vector<Block>
hinm::emulator::findBlocks(const std::vector<Draft> &drafts) {
  std::vector<bool> begins(drafts.size() + 1, false);
  begins[0] = true;
  for (size_t i = 0; i < drafts.size(); ++i) {
    const Op &op = drafts[i].op;
    if (op.flow == Flow::Branch)
      begins[op.target] = true;
    if (op.flow == Flow::Branch || op.flow == Flow::Exit)
      begins[i + 1] = true;
  }
  std::vector<Block> blocks;
  std::vector<uint32_t> blockAt(drafts.size(), 0);
  for (uint32_t i = 0; i < drafts.size(); ++i) {
    if (begins[i]) {
      blocks.emplace_back();
      blocks.back().begin = i;
    }
    blocks.back().end = i + 1;
    blockAt[i] = uint32_t(blocks.size()) - 1;
  }
  for (Block &block : blocks) {
    const Draft &last = drafts[block.end - 1];
    bool always = last.guard == kNoSlot;
    if (last.op.flow == Flow::Branch)
      block.successors.push_back(blockAt[last.op.target]);
    bool ends = last.op.flow == Flow::Branch || last.op.flow == Flow::Exit;
    if (block.end < drafts.size() && !(ends && always))
      block.successors.push_back(blockAt[block.end]);
  }
  std::vector<uint32_t> work = {0};
  blocks[0].reached = true;
  while (!work.empty()) {
    uint32_t at = work.back();
    work.pop_back();
    for (uint32_t next : blocks[at].successors)
      if (!blocks[next].reached) {
        blocks[next].reached = true;
        work.push_back(next);
      }
  }
  return blocks;
}

std::vector<RegisterSet>
hinm::emulator::liveIn(const Lowering &lowering,
                       const std::vector<Block> &blocks) {
  size_t count = lowering.registers.size();
  std::vector<RegisterSet> in(blocks.size(), RegisterSet(count));
  bool changed = true;
  while (changed) {
    changed = false;
    for (size_t b = blocks.size(); b-- > 0;) {
      RegisterSet live(count);
      for (uint32_t next : blocks[b].successors)
        live.unite(in[next]);
      for (uint32_t i = blocks[b].end; i-- > blocks[b].begin;) {
        const Draft &draft = lowering.drafts[i];
        // A guarded result keeps its old value in some lanes.
        if (draft.guard == kNoSlot)
          for (unsigned r = 0; r < draft.op.resultCount; ++r)
            live.remove(draft.operands[r]);
        for (size_t s = draft.op.resultCount; s < draft.operands.size(); ++s)
          if (isRegister(draft.operands[s]))
            live.add(draft.operands[s]);
        if (draft.guard != kNoSlot)
          live.add(draft.guard);
      }
      changed |= in[b].unite(live);
    }
  }
  return in;
}

void hinm::emulator::stepWritten(const Draft &draft, RegisterSet &written) {
  if (draft.guard != kNoSlot)
    return;
  bool defined = true;
  size_t first = draft.op.resultCount;
  size_t end = draft.copiesUndefined   ? draft.operands.size()
               : draft.passesUndefined ? first + 1
                                       : first;
  for (size_t s = first; s < end; ++s)
    if (isRegister(draft.operands[s]))
      defined &= written.has(draft.operands[s]);
  for (unsigned r = 0; r < draft.op.resultCount; ++r) {
    if (defined || (r > 0 && draft.passesUndefined))
      written.add(draft.operands[r]);
    else
      written.remove(draft.operands[r]);
  }
}

std::vector<RegisterSet>
hinm::emulator::writtenBefore(const Lowering &lowering,
                              const std::vector<Block> &blocks) {
  size_t count = lowering.registers.size();
  std::vector<RegisterSet> in(blocks.size(), RegisterSet(count, true));
  in[0] = RegisterSet(count);
  for (uint32_t i = 0; i < count; ++i)
    if (lowering.registers[i].isSpecial)
      in[0].add(i);
  bool changed = true;
  while (changed) {
    changed = false;
    for (size_t b = 0; b < blocks.size(); ++b) {
      if (!blocks[b].reached)
        continue;
      RegisterSet written = in[b];
      for (uint32_t i = blocks[b].begin; i < blocks[b].end; ++i)
        stepWritten(lowering.drafts[i], written);
      for (uint32_t next : blocks[b].successors)
        changed |= in[next].intersect(written);
    }
  }
  return in;
}

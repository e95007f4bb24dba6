//===- MainLoop.cpp - the main loop of a kernel's machine code --*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Sass.h"

#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"

#include <algorithm>
#include <map>

using namespace llvm;
using namespace ptx_emulate;

namespace {
struct Block {
  unsigned begin, end;
  SmallVector<unsigned, 2> successors, predecessors;
  unsigned tree = 0; // of the depth-first search that found it; 0: none yet
  bool isOpen = false, isRoot = false;
};

struct Loop {
  unsigned header, latch;
  BitVector blocks;
  unsigned instructions = 0, tensor = 0, copies = 0;
};
} // namespace

/// CALL.REL.NOINC to a label of the function itself is a jump.
static bool isJump(const Instruction &op) {
  return op.name() == "BRA" || op.name() == "JMP" ||
         (op.name() == "CALL" && op.opcode.contains("NOINC") &&
          op.operands.contains("`(.L_"));
}
static bool isIndirect(const Instruction &op) {
  return op.name() == "BRX" || op.name() == "BRXU" || op.name() == "JMX";
}
static bool isExit(const Instruction &op) {
  return op.name() == "EXIT" || op.name() == "RET" || op.name() == "KILL";
}

static std::vector<Block> makeBlocks(const Code &code) {
  unsigned count = code.instructions.size();
  BitVector starts(count + 1);
  starts.set(0);
  for (const auto &label : code.labels)
    starts.set(std::min(label.second, count));
  for (unsigned i = 0; i < count; ++i)
    if (const Instruction &op = code.instructions[i];
        isJump(op) || isIndirect(op) || isExit(op))
      starts.set(i + 1);
  starts.set(count);
  std::vector<Block> blocks;
  std::vector<unsigned> blockOf(count);
  for (unsigned begin = 0; begin < count;) {
    unsigned end = starts.find_next(begin);
    std::fill(blockOf.begin() + begin, blockOf.begin() + end, blocks.size());
    blocks.push_back({begin, end, {}, {}});
    begin = end;
  }
  for (unsigned i = 0; i < blocks.size(); ++i) {
    const Instruction &op = code.instructions[blocks[i].end - 1];
    auto link = [&](unsigned to) {
      if (is_contained(blocks[i].successors, to))
        return;
      blocks[i].successors.push_back(to);
      blocks[to].predecessors.push_back(i);
    };
    bool fallsThrough = true, isConditional = op.isGuarded();
    if (isJump(op) || isIndirect(op)) {
      SmallVector<StringRef, 8> words;
      SplitString(op.operands, words, " ,`()\"*;");
      for (StringRef word : words) {
        auto target = code.labels.find(word);
        if (target == code.labels.end())
          // A predicate among the operands: `BRA P0, ...`, `BRA.DIV ~URZ, ...`.
          isConditional |= isJump(op) && word != "PT";
        else if (target->second < count)
          link(blockOf[target->second]);
      }
      fallsThrough = isConditional;
    } else if (isExit(op)) {
      fallsThrough = isConditional;
    }
    if (fallsThrough && i + 1 < blocks.size())
      link(i + 1);
  }
  return blocks;
}

/// The natural loop that the edge from `latch` closes; no blocks if it has a
/// second entry.
static BitVector bodyOf(ArrayRef<Block> blocks, unsigned header,
                        unsigned latch) {
  BitVector body(blocks.size());
  body.set(header);
  SmallVector<unsigned> work = {latch};
  while (!work.empty()) {
    unsigned block = work.pop_back_val();
    // What cannot be reached from the entry belongs to no loop.
    if (body.test(block) || blocks[block].tree != blocks[header].tree)
      continue;
    if (blocks[block].isRoot)
      return BitVector(blocks.size());
    body.set(block);
    work.append(blocks[block].predecessors);
  }
  return body;
}

/// One entry a header.
static std::vector<Loop> findLoops(const Code &code,
                                   std::vector<Block> &blocks) {
  std::map<unsigned, Loop> loops;
  unsigned trees = 0;
  for (unsigned root = 0; root < blocks.size(); ++root) {
    if (blocks[root].tree)
      continue;
    blocks[root].isRoot = true;
    std::vector<std::pair<unsigned, unsigned>> edges; // that go back
    std::vector<std::pair<unsigned, unsigned>> path;  // block, next successor
    auto enter = [&](unsigned block) {
      blocks[block].tree = trees + 1;
      blocks[block].isOpen = true;
      path.push_back({block, 0});
    };
    for (enter(root); !path.empty();) {
      auto &[block, next] = path.back();
      if (next == blocks[block].successors.size()) {
        blocks[block].isOpen = false;
        path.pop_back();
        continue;
      }
      unsigned successor = blocks[block].successors[next++];
      if (!blocks[successor].tree)
        enter(successor);
      else if (blocks[successor].isOpen)
        edges.push_back({block, successor});
    }
    ++trees;
    for (auto [latch, header] : edges) {
      BitVector body = bodyOf(blocks, header, latch);
      if (body.none())
        continue;
      Loop &loop = loops[header];
      loop.header = header;
      loop.latch = loop.blocks.empty() ? latch : std::max(loop.latch, latch);
      loop.blocks |= body;
    }
  }
  std::vector<Loop> result;
  for (auto &[header, loop] : loops) {
    for (unsigned block : loop.blocks.set_bits())
      for (unsigned i = blocks[block].begin; i < blocks[block].end; ++i) {
        SassClass kind = code.instructions[i].kind;
        ++loop.instructions;
        loop.tensor += kind == SassClass::Tensor;
        loop.copies += kind == SassClass::Async;
      }
    result.push_back(std::move(loop));
  }
  return result;
}

static const Loop *chooseLoop(ArrayRef<Loop> loops) {
  bool hasTensor = any_of(loops, [](const Loop &l) { return l.tensor > 0; });
  const Loop *best = nullptr;
  for (const Loop &loop : loops) {
    if (hasTensor && !loop.tensor)
      continue;
    // The copies may be issued around the loop that multiplies; the outer loop
    // is the step then.
    bool isInnermost = true, isCopiedInside = false;
    for (const Loop &inner : loops)
      if (inner.header != loop.header && loop.blocks.test(inner.header) &&
          (!hasTensor || inner.tensor)) {
        isInnermost = false;
        isCopiedInside |= inner.copies > 0;
      }
    if (!isInnermost && !(hasTensor && loop.copies && !isCopiedInside))
      continue;
    auto weight = [](const Loop &l) {
      return std::make_pair(l.tensor, l.instructions);
    };
    if (!best || weight(loop) > weight(*best))
      best = &loop;
  }
  return best;
}

Disassembly ptx_emulate::findMainLoop(StringRef text, StringRef kernel) {
  Code code = parseCode(text, kernel);
  Disassembly result;
  result.instructions = code.instructions.size();
  std::vector<Block> blocks = makeBlocks(code);
  std::vector<Loop> loops = findLoops(code, blocks);
  const Loop *loop = chooseLoop(loops);
  if (!loop)
    return result;
  MainLoop &main = result.mainLoop.emplace();
  std::map<std::string, unsigned> opcodes[kSassClasses];
  for (unsigned block : loop->blocks.set_bits())
    for (unsigned i = blocks[block].begin; i < blocks[block].end; ++i) {
      const Instruction &op = code.instructions[i];
      if (!main.instructions++)
        main.first = op.address;
      main.last = op.address;
      ++main.byClass[unsigned(op.kind)];
      bool isTensor = op.kind == SassClass::Tensor;
      ++opcodes[unsigned(op.kind)][(isTensor ? op.opcode : op.name()).str()];
    }
  main.line = code.instructions[blocks[loop->latch].end - 1].line;
  for (unsigned kind = 0; kind < kSassClasses; ++kind) {
    main.opcodes[kind].assign(opcodes[kind].begin(), opcodes[kind].end());
    stable_sort(main.opcodes[kind], [](const auto &a, const auto &b) {
      return a.second > b.second;
    });
  }
  return result;
}

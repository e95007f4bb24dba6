//===- Dataflow.h - what registers hold, block by block ---------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HINM_LIB_EMULATOR_DECODE_DATAFLOW_H
#define HINM_LIB_EMULATOR_DECODE_DATAFLOW_H

#include "Lowering.h"

namespace hinm::emulator {

/// A set of virtual registers.
class RegisterSet {
public:
  explicit RegisterSet(size_t count = 0, bool full = false)
      : words((count + 63) / 64, full ? ~0ull : 0ull) {}
  bool has(uint32_t i) const { return words[i / 64] >> (i % 64) & 1; }
  void add(uint32_t i) { words[i / 64] |= 1ull << (i % 64); }
  void remove(uint32_t i) { words[i / 64] &= ~(1ull << (i % 64)); }
  /// True when the set changed.
  bool unite(const RegisterSet &other);
  bool intersect(const RegisterSet &other);
  template <typename Function>
  void forEach(Function function) const {
    for (size_t w = 0; w < words.size(); ++w)
      for (uint64_t bits = words[w]; bits; bits &= bits - 1)
        function(uint32_t(w * 64 + __builtin_ctzll(bits)));
  }

private:
  std::vector<uint64_t> words;
};

struct Block {
  uint32_t begin, end; // drafts
  std::vector<uint32_t> successors;
  bool reached = false;
};

/// Straight pieces of the drafts, in their order.
std::vector<Block> findBlocks(const std::vector<Draft> &drafts);

inline bool isRegister(uint32_t reference) {
  return reference != kNoSlot && !(reference & kConstantBit);
}

/// For each block, the registers that its end (or what follows) may read.
std::vector<RegisterSet> liveIn(const Lowering &lowering,
                                const std::vector<Block> &blocks);
/// For each block, the registers that have surely been written before it.
std::vector<RegisterSet> writtenBefore(const Lowering &lowering,
                                       const std::vector<Block> &blocks);
/// What one draft makes of the set of surely written registers.
void stepWritten(const Draft &draft, RegisterSet &written);

} // namespace hinm::emulator

#endif // HINM_LIB_EMULATOR_DECODE_DATAFLOW_H

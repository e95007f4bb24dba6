//===- AsyncRegisters.h - registers that wgmma works on ---------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// PTX ISA 9.7.15.4: the registers of a wgmma.mma_async, accumulators and
// fragments of A, belong to it until wgmma.wait_group, and what else changes
// them must be followed by a wgmma.fence. For each such register the program
// keeps a RegisterState, and operations that judge and change it stand before
// those that touch the register. Moves pass the state on: compilers put them
// between products, and ptxas renames them away.
//
//===----------------------------------------------------------------------===//

#ifndef HINM_LIB_EMULATOR_DECODE_ASYNCREGISTERS_H
#define HINM_LIB_EMULATOR_DECODE_ASYNCREGISTERS_H

#include "Lowering.h"

#include <functional>

namespace hinm::emulator {

/// Of one register in one warp; all zero at its start.
struct RegisterState {
  uint32_t group;    // of the last product that works on it
  uint32_t isResult; // whether as an accumulator
  uint32_t changed;  // 1 + the wgmma.fences before its last change
};

class AsyncRegisters {
public:
  explicit AsyncRegisters(const Lowering &lowering);
  /// Gives the states their places behind `top`.
  void place(uint32_t &top);
  /// Emits what must stand before the draft: a handler, the slots of states
  /// and the number of the first kind among them.
  using Emit = std::function<void(Handler run, std::vector<uint32_t> slots,
                                  uint32_t first)>;
  void before(const Draft &draft, const Emit &emit) const;

private:
  bool has(uint32_t reference) const;
  void collect(const Draft &draft, size_t begin, size_t end,
               std::vector<uint32_t> &slots) const;

  std::vector<bool> isAsync;   // by register; empty without a wgmma
  std::vector<uint32_t> slots; // likewise
};

// Handlers of these operations; op.imm is the number of the first kind.
/// A product starts: accumulators, then fragments of A.
void runStartAsync(Warp &warp, const Op &op);
/// Sources, then results of any other operation.
void runTouchAsync(Warp &warp, const Op &op);
/// Sources, then results of a move.
void runMoveAsync(Warp &warp, const Op &op);

} // namespace hinm::emulator

#endif // HINM_LIB_EMULATOR_DECODE_ASYNCREGISTERS_H

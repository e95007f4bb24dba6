//===- Families.h - the instruction families --------------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HINM_LIB_EMULATOR_INSTRUCTIONS_FAMILIES_H
#define HINM_LIB_EMULATOR_INSTRUCTIONS_FAMILIES_H

#include "Decode/Instr.h"

/// Each returns rows ended by one without a root.
#define HINM_FAMILIES(X)                                                       \
  X(integerInstructions)                                                       \
  X(bitInstructions)                                                           \
  X(carryInstructions)                                                         \
  X(floatInstructions)                                                         \
  X(specialInstructions)                                                       \
  X(compareInstructions)                                                       \
  X(convertInstructions)                                                       \
  X(moveInstructions)                                                          \
  X(memoryInstructions)                                                        \
  X(atomicInstructions)                                                        \
  X(asyncCopyInstructions)                                                     \
  X(mbarrierInstructions)                                                      \
  X(matrixInstructions)                                                        \
  X(mmaInstructions)                                                           \
  X(wgmmaInstructions)                                                         \
  X(wmmaInstructions)                                                          \
  X(warpInstructions)                                                          \
  X(controlInstructions)

#define HINM_DECLARE_FAMILY(name) const InstructionRow *name();
namespace hinm::emulator::portable {
HINM_FAMILIES(HINM_DECLARE_FAMILY)
} // namespace hinm::emulator::portable
#ifdef HINM_EMULATOR_AVX2
namespace hinm::emulator::avx2 {
HINM_FAMILIES(HINM_DECLARE_FAMILY)
} // namespace hinm::emulator::avx2
#endif
#undef HINM_DECLARE_FAMILY

#endif // HINM_LIB_EMULATOR_INSTRUCTIONS_FAMILIES_H

//===- Sass.h - the instructions of a kernel's machine code -----*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HINM_TOOLS_PTX_EMULATE_SASS_H
#define HINM_TOOLS_PTX_EMULATE_SASS_H

#include "MachineCode.h"

#include "llvm/ADT/StringMap.h"

namespace ptx_emulate {

struct Instruction {
  uint64_t address = 0;
  llvm::StringRef guard, opcode, operands;
  unsigned line = 0; // of the PTX text; 0: unknown
  SassClass kind = SassClass::Other;

  /// The opcode without modifiers.
  llvm::StringRef name() const { return opcode.split('.').first; }
  bool isGuarded() const { return !guard.empty() && guard != "PT"; }
};

struct Code {
  std::vector<Instruction> instructions; // without the padding at the end
  llvm::StringMap<unsigned> labels;      // instruction that each stands before
};

/// The kernel in the output of `nvdisasm -c -gp`, which must outlive the
/// result.
Code parseCode(llvm::StringRef text, llvm::StringRef kernel);

} // namespace ptx_emulate

#endif // HINM_TOOLS_PTX_EMULATE_SASS_H

//===- ModuleData.h - what a Module owns ------------------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HINM_LIB_EMULATOR_DECODE_MODULEDATA_H
#define HINM_LIB_EMULATOR_DECODE_MODULEDATA_H

#include "Program.h"
#include "Syntax/Ast.h"

#include <map>
#include <memory>

namespace hinm::emulator {

/// A `.global` or `.const` variable.
struct ModuleVariable {
  std::string name;
  uint64_t bytes = 0;
  uint32_t alignment = 1;
  bool isConst = false;
  /// Zero where nothing else is said, as PTX has it.
  std::vector<uint8_t> initial;
  /// Addresses to write into it: offset, width, variable, addend.
  struct Relocation {
    uint64_t offset;
    uint32_t width;
    uint32_t variable;
    uint64_t addend;
  };
  std::vector<Relocation> relocations;
};

struct ModuleData {
  std::string name;
  std::string text;
  ast::Module tree;
  std::string target;
  /// 80 for sm_80, 90 for sm_90a.
  unsigned chip = 0;
  std::vector<ModuleVariable> variables;
  std::vector<std::unique_ptr<Program>> programs;
  std::vector<KernelInfo> kernels;
};

} // namespace hinm::emulator

#endif // HINM_LIB_EMULATOR_DECODE_MODULEDATA_H

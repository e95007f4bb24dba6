//===- MachineCode.h - what ptxas makes of a kernel -------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The emulator runs PTX, but a GPU runs what ptxas makes of it. Where ptxas and
// nvdisasm are found, this says how many registers and spills there are and
// what the main loop's machine code consists of. All figures are static: they
// count instructions, nothing is run.
//
//===----------------------------------------------------------------------===//

#ifndef HINM_TOOLS_PTX_EMULATE_MACHINECODE_H
#define HINM_TOOLS_PTX_EMULATE_MACHINECODE_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/JSON.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace ptx_emulate {

/// Classes of machine instructions: those of benchmark/sass/main_loop.py, whose
/// `other` is split in three.
enum class SassClass : uint8_t {
  Tensor, // HMMA, IMMA, HGMMA, ...
  Shared, // LDS, LDSM, STS
  Async,  // LDGSTS, bulk copies
  Global, // loads, stores and atomics; generic ones too
  Spill,  // local memory: LDL, STL
  Sync,   // barriers, waits, fences
  Branch,
  Integer, // addresses too
  Float,   // conversions too
  Other,   // moves, selections, shuffles, special registers
  Empty,   // NOP and what is predicated off for good
};
constexpr unsigned kSassClasses = unsigned(SassClass::Empty) + 1;
/// The class's name in reports, such as "tensor".
const char *sassClassName(SassClass kind);

/// Each instruction of the loop's body counts once, cold blocks included.
struct MainLoop {
  uint64_t first = 0, last = 0; // addresses of its instructions
  /// The line of the PTX text that its closing branch comes from; 0: unknown.
  unsigned line = 0;
  unsigned instructions = 0;
  unsigned byClass[kSassClasses] = {};
  /// How often each opcode occurs, by class, the most frequent first; without
  /// modifiers but for the tensor cores' opcodes.
  std::vector<std::pair<std::string, unsigned>> opcodes[kSassClasses];
};

/// A kernel's code as nvdisasm prints it.
struct Disassembly {
  unsigned instructions = 0; // 0: not found; the padding does not count
  std::optional<MainLoop> mainLoop;
};
/// The kernel in the output of `nvdisasm -c -gp`. Its main loop is the
/// innermost loop with tensor-core instructions, if several the one with the
/// most; in kernels without, the longest innermost loop.
Disassembly findMainLoop(llvm::StringRef text, llvm::StringRef kernel);

struct MachineCode {
  std::string chip, kernel;
  /// From ptxas. If it is not there or refuses, `note` says so. Stack and
  /// spills are the kernel's own, without those of functions that it calls.
  bool isAssembled = false;
  unsigned registers = 0, spillStoreBytes = 0, spillLoadBytes = 0;
  unsigned stackBytes = 0, staticSharedBytes = 0, barriers = 0;
  /// From nvdisasm; 0 instructions and a note without it.
  Disassembly code;
  std::string note;
};

/// What ptxas compiles for: the PTX's target ("sm_90a"), or the chip of
/// `--estimate`, if not empty ("H100").
std::string chipToAssemble(llvm::StringRef target, llvm::StringRef estimate);
/// ptxas and nvdisasm are those of HINM_CUDA_PATH, CUDA_PATH or PATH, as in
/// hinm-compile. Never fails: what is missing is in the note. `name` stands for
/// the PTX in messages.
MachineCode readMachineCode(llvm::StringRef ptx, llvm::StringRef name,
                            llvm::StringRef kernel, llvm::StringRef chip);

/// For people.
std::string machineCodeTable(const MachineCode &code);
llvm::json::Object machineCodeJson(const MachineCode &code);
/// `launch`, one object of the emulator's Counters::toJson, with the member
/// "machine_code".
std::string addMachineCode(llvm::StringRef launch, const MachineCode &code);

} // namespace ptx_emulate

#endif // HINM_TOOLS_PTX_EMULATE_MACHINECODE_H

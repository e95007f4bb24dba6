//===- Module.h - a loaded PTX module ---------------------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A Module is PTX text that was parsed, checked and decoded once. It is bound
// to no device and immutable, so that any number of devices and threads may
// share it. Everything that the emulator does not know (an instruction, a
// modifier, a directive) is refused when it is loaded, with its line.
//
//===----------------------------------------------------------------------===//

#ifndef HINM_EMULATOR_MODULE_H
#define HINM_EMULATOR_MODULE_H

#include "hinm/Emulator/Result.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace hinm::emulator {

/// One `.param` of a kernel.
struct ParamInfo {
  std::string name;
  /// The type as written, "u64", "f32", "b8".
  std::string type;
  /// Bytes of the whole parameter; `launch` reads so many from its pointer.
  uint32_t size = 0;
  /// Its alignment and its place in the parameter buffer, in bytes.
  uint32_t alignment = 0;
  uint32_t offset = 0;
};

/// One `.entry` of a module.
struct KernelInfo {
  std::string name;
  std::vector<ParamInfo> params;
  /// `.maxntid` and `.reqntid`; 0 where the directive is absent.
  uint32_t maxThreads[3] = {0, 0, 0};
  uint32_t requiredThreads[3] = {0, 0, 0};
  /// Bytes of static shared memory and of local memory a thread.
  uint32_t staticSharedBytes = 0;
  uint32_t localBytes = 0;
  /// Decoded instructions, inlined functions included.
  uint32_t instructions = 0;
};

struct ModuleData;

class Module {
public:
  /// Parses and decodes `ptx`. On failure the message reads
  /// `NAME:LINE: error: ...`.
  static Result<Module> load(std::string_view ptx,
                             std::string_view name = "<ptx>");

  const std::vector<KernelInfo> &kernels() const;
  /// The kernel of that name, or null.
  const KernelInfo *findKernel(std::string_view name) const;
  /// The chip that the text names, such as "sm_80".
  const std::string &target() const;
  /// `.version` as major * 10 + minor, such as 85.
  int version() const;

  /// For the library itself.
  const std::shared_ptr<const ModuleData> &data() const { return impl; }

private:
  explicit Module(std::shared_ptr<const ModuleData> impl)
      : impl(std::move(impl)) {}
  std::shared_ptr<const ModuleData> impl;
};

} // namespace hinm::emulator

#endif // HINM_EMULATOR_MODULE_H

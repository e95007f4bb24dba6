//===- FuzzParserSupport.h - any text is answered ---------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Whatever bytes it is given, the emulator answers: Module::load accepts or
// refuses, and what it accepts runs to an end or to a message, within little
// memory: what is larger than the target or the device allows must be refused
// before it is allocated.
//
//===----------------------------------------------------------------------===//

#ifndef HINM_TEST_UNIT_EMULATOR_FUZZPARSERSUPPORT_H
#define HINM_TEST_UNIT_EMULATOR_FUZZPARSERSUPPORT_H

#include "TestSupport.h"

#include <algorithm>
#include <cstdio>
#include <new>
#include <sys/resource.h>

namespace fuzz_parser {

using namespace emulator_test;

/// Loads `text` and, where it can, runs its kernels; returns whether it loaded,
/// and in `fault` what a launch failed with.
inline bool loadAndRun(Device &device, DevicePtr buffer,
                       const std::string &text, std::string *fault) {
  Result<Module> module = Module::load(text, "x.ptx");
  if (!module) {
    EXPECT_FALSE(module.message().empty());
    return false;
  }
  LaunchOptions options;
  options.threads = 1;
  options.instructionBudget = 2000;
  options.print = [](std::string_view) {};
  for (const KernelInfo &kernel : module->kernels()) {
    uint64_t bytes = 64;
    for (const ParamInfo &param : kernel.params)
      bytes = std::max(bytes, uint64_t(param.size));
    if (bytes > 1 << 16)
      continue; // the caller's memory, not the emulator's
    std::vector<uint64_t> value(bytes / 8 + 1);
    value[0] = buffer;
    std::vector<void *> params(kernel.params.size(), value.data());
    Result<Counters> result =
        device.launch(*module, kernel.name, {1, 1, 1}, {32, 1, 1}, 64,
                      params.data(), int(params.size()), options);
    EXPECT_TRUE(result.ok() || !result.message().empty());
    if (!result.ok() && fault)
      *fault = result.message();
  }
  device.unload(*module);
  return true;
}

inline bool answer(Device &device, DevicePtr buffer, const std::string &text,
                   std::string *fault = nullptr) {
  try {
    return loadAndRun(device, buffer, text, fault);
  } catch (const std::bad_alloc &) {
    ADD_FAILURE() << "too much memory: " << text.substr(0, 2000);
    return false;
  }
}

/// Keeps the program to some 400 MiB more address space than it has, where no
/// sanitizer needs more.
class MemoryLimit {
public:
  MemoryLimit() {
#ifndef __SANITIZE_ADDRESS__
    getrlimit(RLIMIT_AS, &before);
    if (FILE *file = std::fopen("/proc/self/statm", "r")) {
      unsigned long pages = 0;
      if (std::fscanf(file, "%lu", &pages) == 1) {
        rlimit limit = before;
        limit.rlim_cur = pages * 4096 + (400ul << 20);
        setrlimit(RLIMIT_AS, &limit);
        set = true;
      }
      std::fclose(file);
    }
#endif
  }
  ~MemoryLimit() {
    if (set)
      setrlimit(RLIMIT_AS, &before);
  }

private:
  rlimit before = {};
  bool set = false;
};

struct Target {
  Target() : device(DeviceOptions{16 << 20}) {
    buffer = *device.allocate(4096);
    EXPECT_TRUE(device.set(buffer, 0, 4, 1024).ok());
  }
  Device device;
  DevicePtr buffer;
  MemoryLimit limit;
};

} // namespace fuzz_parser

#endif // HINM_TEST_UNIT_EMULATOR_FUZZPARSERSUPPORT_H

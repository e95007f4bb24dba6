//===- TestSupport.h - small kernels for tests ------------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HINM_TEST_UNIT_EMULATOR_TESTSUPPORT_H
#define HINM_TEST_UNIT_EMULATOR_TESTSUPPORT_H

#include "hinm/Emulator/Device.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

namespace emulator_test {

using namespace hinm::emulator;

/// A module with one kernel `k` whose parameters are `count` 64-bit values.
inline std::string kernel(const std::string &body, unsigned count = 1,
                          const std::string &before = "",
                          const std::string &target = "sm_80") {
  std::string params;
  for (unsigned i = 0; i < count; ++i)
    params +=
        (i ? ", " : "") + std::string(".param .u64 p") + std::to_string(i);
  return ".version 8.5\n.target " + target + "\n.address_size 64\n" + before +
         "\n.visible .entry k(" + params + ")\n{\n" + body + "\n}\n";
}

inline Module load(const std::string &ptx) {
  Result<Module> module = Module::load(ptx, "test.ptx");
  EXPECT_TRUE(module.ok()) << module.message();
  if (!module)
    std::abort();
  return *module;
}

/// A device with buffers, and launches of `k`.
class Machine {
public:
  template <typename T>
  DevicePtr buffer(const std::vector<T> &values) {
    DevicePtr address = *device.allocate(values.size() * sizeof(T));
    EXPECT_TRUE(
        device.copyToDevice(address, values.data(), values.size() * sizeof(T))
            .ok());
    return address;
  }
  DevicePtr room(uint64_t bytes) { return *device.allocate(bytes); }
  template <typename T>
  std::vector<T> read(DevicePtr from, size_t count) {
    std::vector<T> values(count);
    EXPECT_TRUE(
        device.copyFromDevice(values.data(), from, count * sizeof(T)).ok());
    return values;
  }
  Result<Counters> run(const std::string &ptx, std::vector<uint64_t> params,
                       Dim3 grid = {1, 1, 1}, Dim3 block = {32, 1, 1},
                       uint32_t shared = 0) {
    std::vector<void *> pointers;
    for (uint64_t &param : params)
      pointers.push_back(&param);
    return device.launch(load(ptx), "k", grid, block, shared, pointers.data(),
                         int(pointers.size()), options);
  }
  /// The message of a launch that must fail.
  std::string refuse(const std::string &ptx, std::vector<uint64_t> params,
                     Dim3 grid = {1, 1, 1}, Dim3 block = {32, 1, 1},
                     uint32_t shared = 0) {
    Result<Counters> result = run(ptx, params, grid, block, shared);
    EXPECT_FALSE(result.ok()) << "the launch was not refused";
    return result.message();
  }

  Device device;
  LaunchOptions options;
};

inline ::testing::AssertionResult contains(const std::string &text,
                                           const std::string &part) {
  if (text.find(part) != std::string::npos)
    return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure()
         << "expected '" << part << "' in '" << text << "'";
}

/// Runs `code` for each element: %a, %b, %c are the inputs, %d the result,
/// registers of the elements' sizes; %r0..9 (32 bits), %p, %q are free.
template <typename D, typename A, typename B = uint32_t, typename C = uint32_t>
std::vector<D> lanes(const std::string &code, std::vector<A> a,
                     std::vector<B> b = {}, std::vector<C> c = {}) {
  Machine machine;
  size_t count = a.size();
  b.resize(count);
  c.resize(count);
  auto bits = [](size_t size) { return std::to_string(size * 8); };
  std::string body = ".reg .b" + bits(sizeof(D)) + " %d;\n.reg .b" +
                     bits(sizeof(A)) + " %a;\n.reg .b" + bits(sizeof(B)) +
                     " %b;\n.reg .b" + bits(sizeof(C)) + " %c;\n";
  body += ".reg .b32 %t, %r<10>; .reg .b64 %x<6>; .reg .pred %p, %q, %live;\n"
          "mov.u32 %t, %tid.x;\n"
          "setp.ge.u32 %live, %t, " +
          std::to_string(count) + ";\n@%live ret;\n";
  const size_t sizes[] = {sizeof(D), sizeof(A), sizeof(B), sizeof(C)};
  const char names[] = "dabc";
  for (unsigned i = 0; i < 4; ++i) {
    std::string x = "%x" + std::to_string(i);
    body += "ld.param.u64 " + x + ", [p" + std::to_string(i) +
            "];\nmul.wide.u32 %x5, %t, " + std::to_string(sizes[i]) +
            ";\nadd.u64 " + x + ", " + x + ", %x5;\n";
    if (i)
      body +=
          "ld.global.b" + bits(sizes[i]) + " %" + names[i] + ", [" + x + "];\n";
  }
  body += code + "\nst.global.b" + bits(sizeof(D)) + " [%x0], %d;\nret;";
  std::vector<D> zeros(count);
  DevicePtr d = machine.buffer(zeros);
  Result<Counters> counters =
      machine.run(kernel(body, 4, "", "sm_90"),
                  {d, machine.buffer(a), machine.buffer(b), machine.buffer(c)},
                  {1, 1, 1}, {uint32_t(count), 1, 1});
  EXPECT_TRUE(counters.ok()) << counters.message();
  return machine.read<D>(d, count);
}

inline uint32_t bitsOf(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, 4);
  return bits;
}
inline float floatOf(uint32_t bits) {
  float value;
  std::memcpy(&value, &bits, 4);
  return value;
}

} // namespace emulator_test

#endif // HINM_TEST_UNIT_EMULATOR_TESTSUPPORT_H

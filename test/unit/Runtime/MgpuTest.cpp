//===- MgpuTest.cpp - the functions that compiled host code calls -*- C++
//-*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hinm/Runtime/Mgpu.h"
#include "TestModel.h"
#include "hinm/Runtime/Context.h"
#include "hinm/Runtime/Runtime.h"

#include <cstring>
#include <thread>

using namespace hinm::runtime;
using namespace hinm::test;

namespace {
class Mgpu : public ::testing::Test {
protected:
  Context context{createEmulatorDevice({}).take()};
  ErrorSlot errors;
  Scope scope{context, errors};
};
} // namespace

TEST_F(Mgpu, RunsAKernel) {
  std::string ptx = modelPtx();
  void *module = mgpuModuleLoadJIT(ptx.data(), 2);
  ptx.assign(ptx.size(), '#'); // The text was copied.
  void *stream = mgpuStreamCreate();
  float x[6] = {1, 2, 3, 4, 5, 6}, w[4] = {10, 20, 30, 40}, y[6] = {};
  void *deviceX = mgpuMemAlloc(24, stream, 0);
  void *deviceW = mgpuMemAlloc(16, stream, 0);
  void *deviceY = mgpuMemAlloc(24, stream, 0);
  mgpuMemcpy(deviceX, x, 24, stream);
  mgpuMemcpy(deviceW, w, 16, stream);
  int32_t count = 6;
  void *params[] = {&deviceX, &deviceW, &deviceY, &count};
  void *function = mgpuModuleGetFunction(module, "scale");
  ASSERT_TRUE(function) << errors.take().message();
  EXPECT_EQ(mgpuModuleGetFunction(module, "scale"), function);
  mgpuLaunchKernel(function, 1, 1, 1, 32, 1, 1, 0, stream, params, nullptr, 4);
  void *event = mgpuEventCreate();
  mgpuEventRecord(event, stream);
  mgpuStreamWaitEvent(stream, event);
  mgpuEventSynchronize(event);
  mgpuMemcpy(y, deviceY, 24, stream);
  mgpuStreamSynchronize(stream);
  EXPECT_EQ(std::vector<float>(y, y + 6),
            (std::vector<float>{10, 40, 90, 160, 50, 120}));
  mgpuMemset32(deviceY, 0x40400000, 2, stream);
  mgpuMemset16(deviceY, 0x4000, 1, stream);
  mgpuMemcpy(y, deviceY, 24, stream);
  EXPECT_EQ(y[1], 3.0f);
  for (void *memory : {deviceX, deviceW, deviceY})
    mgpuMemFree(memory, stream);
  mgpuEventDestroy(event);
  mgpuStreamDestroy(stream);
  mgpuModuleUnload(module);
  EXPECT_FALSE(errors.pending()) << errors.take().message();
}

TEST_F(Mgpu, ModulesLoadLazilyAndOnEachDevice) {
  char bad[] = "this is no PTX";
  void *module = mgpuModuleLoadJIT(bad, 2);
  EXPECT_TRUE(module);
  EXPECT_FALSE(errors.pending());
  EXPECT_FALSE(mgpuModuleGetFunction(module, "f"));
  Status first = errors.take();
  EXPECT_FAILS(first, "GPU module");
  mgpuModuleUnload(module);
  std::string ptx = modelPtx();
  module = mgpuModuleLoadJIT(ptx.data(), 2);
  void *here = mgpuModuleGetFunction(module, "scale");
  Context other{createEmulatorDevice({}).take()};
  ErrorSlot otherErrors;
  {
    Scope inner(other, otherErrors);
    void *there = mgpuModuleGetFunction(module, "scale");
    EXPECT_TRUE(there);
    EXPECT_NE(there, here);
    mgpuLaunchKernel(here, 1, 1, 1, 32, 1, 1, 0, nullptr, nullptr, nullptr, 4);
    EXPECT_FAILS(otherErrors.take(), "loaded on another device");
  }
  EXPECT_FALSE(errors.pending());
  mgpuModuleUnload(module);
  mgpuModuleUnload(module); // Unknown by now: passed over.
  EXPECT_FALSE(mgpuModuleGetFunction(module, "scale"));
  EXPECT_FAILS(errors.take(), "'scale'", "not loaded");
}

TEST_F(Mgpu, MachineCodeDoesNotRunOnTheEmulator) {
  char elf[] = "\x7f"
               "ELF code";
  void *module = mgpuModuleLoad(elf, sizeof(elf));
  EXPECT_FALSE(mgpuModuleGetFunction(module, "f"));
  EXPECT_FAILS(errors.take(), "machine code only", "format=isa");
  mgpuModuleUnload(module);
  // PTX text comes by that way as well.
  std::string ptx = modelPtx();
  module = mgpuModuleLoad(ptx.data(), ptx.size());
  EXPECT_TRUE(mgpuModuleGetFunction(module, "shift"));
  mgpuModuleUnload(module);
}

TEST_F(Mgpu, KeepsTheFirstErrorAndPassesOverNulls) {
  mgpuMemFree(&context, nullptr);
  mgpuMemHostUnregister(&context);
  mgpuLaunchKernel(nullptr, 1, 1, 1, 1, 1, 1, 0, nullptr, nullptr, nullptr, 0);
  EXPECT_FAILS(errors.take(), "free of an address");
  mgpuMemHostUnregister(&context);
  EXPECT_FAILS(errors.take(), "not registered");
  int64_t descriptor[] = {0, 0, 0, 4, 1};
  int64_t box[] = {1};
  EXPECT_FALSE(
      mgpuTensorMapEncodeTiledMemref(1, descriptor, 7, 0, 0, 0, 0, box));
  EXPECT_FAILS(errors.take(), "tensor maps are not supported");
  mgpuStreamDestroy(nullptr);
  mgpuEventDestroy(nullptr);
  mgpuMemFree(nullptr, nullptr);
  EXPECT_FALSE(errors.pending());
}

TEST_F(Mgpu, RegistersHostMemory) {
  std::vector<float> values(8, 1.5f);
  int64_t base = reinterpret_cast<int64_t>(values.data());
  int64_t descriptor[] = {base, base, 2, 4, 1};
  mgpuMemHostRegisterMemRef(1, descriptor, 4); // values 2 to 5
  EXPECT_FALSE(errors.pending());
  mgpuMemset32(values.data() + 2, 7, 4, nullptr);
  EXPECT_FALSE(errors.pending());
  uint32_t bits;
  std::memcpy(&bits, &values[5], 4);
  EXPECT_EQ(bits, 7u);
  EXPECT_EQ(values[1], 1.5f);
  mgpuMemset32(values.data() + 3, 7, 4, nullptr);
  EXPECT_FAILS(errors.take(), "out of bounds");
  mgpuMemHostRegister(values.data() + 4, 16);
  EXPECT_FAILS(errors.take(), "registered already");
  mgpuMemHostUnregister(values.data() + 2);
  mgpuMemHostRegister(values.data() + 4, 16);
  EXPECT_FALSE(errors.pending());
  mgpuMemHostUnregister(values.data() + 4);
}

TEST_F(Mgpu, SharesMemoryWithTheHost) {
  auto *shared = static_cast<uint32_t *>(mgpuMemAlloc(16, nullptr, 1));
  ASSERT_TRUE(shared);
  mgpuMemset32(shared, 9, 4, nullptr);
  EXPECT_EQ(shared[3], 9u);
  mgpuMemFree(shared, nullptr);
  EXPECT_FALSE(errors.pending());
  mgpuMemFree(shared, nullptr);
  EXPECT_FAILS(errors.take(), "free of an address");
}

TEST_F(Mgpu, ClustersAreNotEmulated) {
  std::string ptx = modelPtx();
  void *module = mgpuModuleLoadJIT(ptx.data(), 2);
  void *function = mgpuModuleGetFunction(module, "scale");
  mgpuLaunchClusterKernel(function, 2, 1, 1, 2, 1, 1, 32, 1, 1, 0, nullptr,
                          nullptr, nullptr);
  EXPECT_FAILS(errors.take(), "kernel 'scale'", "clusters are not supported");
  mgpuModuleUnload(module);
}

TEST_F(Mgpu, EachThreadHasItsOwnScope) {
  std::thread([&] {
    Context other{createCpuDevice()};
    ErrorSlot otherErrors;
    Scope inner(other, otherErrors);
    void *memory = mgpuMemAlloc(4, nullptr, 1); // Fine on the CPU.
    EXPECT_TRUE(memory);
    mgpuMemset32(memory, 5, 1, nullptr);
    EXPECT_EQ(*static_cast<int *>(memory), 5);
    mgpuMemFree(memory, nullptr);
    EXPECT_FALSE(otherErrors.pending());
  }).join();
  EXPECT_EQ(Scope::current(), &scope);
}

TEST(MgpuErrors, FirstOneWinsAmongThreads) {
  ErrorSlot slot;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back(
        [&slot, i] { slot.keep("error " + std::to_string(i)); });
  for (std::thread &thread : threads)
    thread.join();
  std::string first = slot.peek().message();
  slot.keep("late");
  EXPECT_EQ(slot.take().message(), first);
  EXPECT_FALSE(slot.pending());
}

int notTheDevices; // freeing it is an error

TEST(MgpuDefault, ErrorsOutsideOfASessionCanBeAskedFor) {
  setenv("HINM_DEVICE", "emulator", 1);
  hinmSetExitOnError(0);
  hinmClearError();
  EXPECT_STREQ(hinmGetLastError(), "");
  mgpuMemFree(&notTheDevices, nullptr);
  mgpuStreamSynchronize(nullptr);
  EXPECT_TRUE(contains(hinmGetLastError(), "free of an address"));
  hinmClearError();
  EXPECT_STREQ(hinmGetLastError(), "");
  mgpuSetDefaultDevice(3);
  EXPECT_FALSE(mgpuStreamCreate());
  EXPECT_TRUE(contains(hinmGetLastError(), "no device 3"));
  mgpuSetDefaultDevice(0);
  hinmClearError();
  hinmSetExitOnError(1);
}

TEST(MgpuDefaultDeathTest, AnErrorEndsTheProcessAtTheSynchronisation) {
  ::testing::FLAGS_gtest_death_test_style = "threadsafe";
  setenv("HINM_DEVICE", "emulator", 1);
  auto fail = [] {
    mgpuMemFree(&notTheDevices, nullptr);
    mgpuStreamSynchronize(nullptr);
  };
  EXPECT_EXIT(fail(), ::testing::ExitedWithCode(1),
              "hinm: error: free of an address");
  // At the latest when the process ends.
  auto forget = [] {
    mgpuMemFree(&notTheDevices, nullptr);
    std::exit(0);
  };
  EXPECT_EXIT(forget(), ::testing::ExitedWithCode(1), "hinm: error");
  auto unknown = [] {
    setenv("HINM_DEVICE", "quantum", 1);
    mgpuStreamSynchronize(nullptr);
  };
  EXPECT_EXIT(unknown(), ::testing::ExitedWithCode(1),
              "unknown device 'quantum'");
}

TEST(MemrefCopy, CopiesBetweenLayouts) {
  // A 2x3 block of a 4x5 array, transposed into a 3x2 array's transpose.
  int32_t from[20], to[6] = {};
  for (int i = 0; i < 20; ++i)
    from[i] = i;
  int64_t source[] = {0, reinterpret_cast<int64_t>(from), 6, 2, 3, 5, 1};
  int64_t target[] = {0, reinterpret_cast<int64_t>(to), 0, 2, 3, 1, 2};
  struct {
    int64_t rank;
    void *descriptor;
  } in{2, source}, out{2, target};
  memrefCopy(4, &in, &out);
  EXPECT_EQ(std::vector<int32_t>(to, to + 6),
            (std::vector<int32_t>{6, 11, 7, 12, 8, 13}));
  source[4] = target[4] = 0;
  source[1] = 0;
  memrefCopy(4, &in, &out); // Empty: nothing is read.
  int64_t scalarFrom[] = {0, reinterpret_cast<int64_t>(from), 9};
  int64_t scalarTo[] = {0, reinterpret_cast<int64_t>(to), 1};
  in = {0, scalarFrom};
  out = {0, scalarTo};
  memrefCopy(4, &in, &out);
  EXPECT_EQ(to[1], 9);
}

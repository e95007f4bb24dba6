//===- CheckTest.cpp - what the emulator refuses ----------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each check has a small program that violates it, one beside it that does
// not, and is turned off once.
//
//===----------------------------------------------------------------------===//

#include "TestSupport.h"

using namespace emulator_test;

namespace {

TEST(Checks, OutOfBoundsNamesEverything) {
  Machine machine;
  DevicePtr a = machine.buffer(std::vector<uint32_t>(64, 1));
  std::string body = R"(.reg .b64 %x, %o; .reg .b32 %t, %v;
    ld.param.u64 %x, [p0];
    mov.u32 %t, %tid.x;
    mul.wide.u32 %o, %t, 8;
    add.u64 %x, %x, %o;
    ld.global.u32 %v, [%x+8];
    ret;)";
  EXPECT_TRUE(machine.run(kernel(body), {a}, {1, 1, 1}, {16, 1, 1}).ok());
  std::string message = machine.refuse(kernel(body), {a}, {3, 1, 1});
  EXPECT_TRUE(contains(message, "kernel 'k', PTX line 12, CTA (0,0,0), thread "
                                "(31,0,0): read of 4 bytes at 0x"));
  EXPECT_TRUE(contains(message, "out of bounds: ends 4 bytes behind the end"));
}

const char *const loadBody = R"(.reg .b64 %x; .reg .b32 %v;
    ld.param.u64 %x, [p0];
    ld.global.u32 %v, [%x];
    ret;)";

TEST(Checks, HostPointerAndNull) {
  Machine machine;
  uint32_t host = 5;
  EXPECT_TRUE(contains(
      machine.refuse(kernel(loadBody), {reinterpret_cast<uint64_t>(&host)}),
      "not an address of this device (a host pointer?)"));
  EXPECT_TRUE(contains(machine.refuse(kernel(loadBody), {0}), "null pointer"));
}

TEST(Checks, UseAfterFree) {
  Machine machine;
  DevicePtr a = machine.buffer(std::vector<uint32_t>{1});
  EXPECT_TRUE(machine.run(kernel(loadBody), {a}).ok());
  EXPECT_TRUE(machine.device.free(a).ok());
  EXPECT_TRUE(
      contains(machine.refuse(kernel(loadBody), {a}), "use after free"));
  EXPECT_FALSE(machine.device.free(a).ok());
}

TEST(Checks, Misaligned) {
  Machine machine;
  DevicePtr a = machine.buffer(std::vector<uint32_t>(4, 1));
  EXPECT_TRUE(contains(machine.refuse(kernel(loadBody), {a + 2}),
                       "misaligned read of 4 bytes"));
}

TEST(Checks, UninitialisedGlobal) {
  Machine machine;
  DevicePtr a = machine.room(8);
  std::string message = machine.refuse(kernel(loadBody), {a});
  EXPECT_TRUE(contains(message, "which were never written"));
  machine.options.checks.uninitialised = false;
  EXPECT_TRUE(machine.run(kernel(loadBody), {a}).ok());
  machine.options.checks.uninitialised = true;
  EXPECT_TRUE(machine.device.set(a, 7, 4, 1).ok());
  EXPECT_TRUE(machine.run(kernel(loadBody), {a}).ok());
  EXPECT_EQ(*machine.device.uninitialised(a, 8), 4u);
}

TEST(Checks, UninitialisedRegister) {
  Machine machine;
  DevicePtr a = machine.room(128);
  // Odd lanes alone write %v.
  auto body = [](const char *use) {
    return std::string(R"(.reg .b64 %x; .reg .b32 %t, %v, %w; .reg .pred %p;
    ld.param.u64 %x, [p0];
    mov.u32 %t, %tid.x;
    and.b32 %w, %t, 1;
    setp.eq.u32 %p, %w, 1;
    @%p mov.u32 %v, 3;
    )") + use +
           "\nret;";
  };
  std::string message = machine.refuse(kernel(body("add.u32 %w, %v, 1;")), {a});
  EXPECT_TRUE(contains(message, "PTX line 13, CTA (0,0,0), thread (0,0,0): "
                                "use of a register that was never written"));
  // The lanes that wrote it may use it; a move only passes it on.
  EXPECT_TRUE(machine.run(kernel(body("@%p add.u32 %w, %v, 1;")), {a}).ok());
  EXPECT_TRUE(machine.run(kernel(body("mov.u32 %w, %v;")), {a}).ok());
  EXPECT_FALSE(
      machine.run(kernel(body("mov.u32 %w, %v; add.u32 %w, %w, 1;")), {a})
          .ok());
  machine.options.checks.uninitialised = false;
  EXPECT_TRUE(machine.run(kernel(body("add.u32 %w, %v, 1;")), {a}).ok());
}

TEST(Checks, UninitialisedShared) {
  Machine machine;
  std::string before = ".shared .align 4 .b8 s[256];";
  std::string body = ".reg .b32 %v;\nld.shared.u32 %v, [s+4];\nret;";
  EXPECT_TRUE(contains(machine.refuse(kernel(body, 1, before), {0}),
                       "read of shared memory at 0x4, which was never "
                       "written"));
  EXPECT_TRUE(
      contains(machine.refuse(kernel(".reg .b32 %v;\nmov.u32 %v, 0;\n"
                                     "st.shared.u32 [s+256], %v;\nret;",
                                     1, before),
                              {0}),
               "out of bounds, the CTA has 256 bytes of shared memory"));
}

/// Each thread writes its word of s, then reads its neighbour's.
std::string neighbour(const char *between, unsigned step) {
  return kernel(std::string(R"(.reg .b32 %t, %a, %b, %v;
    mov.u32 %t, %tid.x;
    mov.u32 %b, s;
    shl.b32 %a, %t, 2;
    add.u32 %a, %a, %b;
    st.shared.u32 [%a], %t;
    )") + between + "\nadd.u32 %t, %t, " +
                    std::to_string(step) + R"(;
    and.b32 %t, %t, 63;
    shl.b32 %a, %t, 2;
    add.u32 %a, %a, %b;
    ld.shared.u32 %v, [%a];
    ret;)",
                1, ".shared .align 4 .b8 s[256];");
}

TEST(Checks, RaceBetweenWarps) {
  Machine machine;
  Dim3 block = {64, 1, 1};
  EXPECT_TRUE(
      machine.run(neighbour("bar.sync 0;", 32), {0}, {1, 1, 1}, block).ok());
  // The second warp has not written yet when the first one reads.
  machine.options.checks.uninitialised = false;
  std::string message =
      machine.refuse(neighbour("", 32), {0}, {1, 1, 1}, block);
  EXPECT_TRUE(contains(message, "data race at shared address"));
  EXPECT_TRUE(contains(message, "PTX line 12"));
  EXPECT_TRUE(contains(message, "PTX line 18"));
  machine.options.checks.sharedRaces = false;
  EXPECT_TRUE(machine.run(neighbour("", 32), {0}, {1, 1, 1}, block).ok());
}

TEST(Checks, RaceWithinWarp) {
  Machine machine;
  Dim3 block = {64, 1, 1};
  EXPECT_TRUE(machine
                  .run(neighbour("bar.warp.sync 0xffffffff;\nbar.sync 0;", 1),
                       {0}, {1, 1, 1}, block)
                  .ok());
  std::string body = neighbour("", 1);
  size_t mask = body.find("and.b32 %t, %t, 63");
  body.replace(mask, 18, "and.b32 %t, %t, 31");
  EXPECT_TRUE(contains(machine.refuse(body, {0}), "data race"));
  machine.options.checks.warpRaces = false;
  EXPECT_TRUE(machine.run(body, {0}).ok());
}

TEST(Checks, LanesOfOneStoreMayWriteTheSame) {
  auto body = [](const char *value) {
    return kernel(std::string(R"(
    .shared .align 4 .b32 a[16];
    .reg .b32 %t, %r<4>;
    mov.u32 %t, %tid.x;
    and.b32 %r0, %t, 15;
    shl.b32 %r1, %r0, 2;
    mov.u32 %r2, a;
    add.u32 %r2, %r2, %r1;
    st.shared.u32 [%r2], )") +
                  value + "; ret;");
  };
  Machine machine;
  Result<Counters> same = machine.run(body("%r0"), {0});
  EXPECT_TRUE(same.ok()) << same.message();
  EXPECT_TRUE(contains(machine.refuse(body("%t"), {0}), "data race"));
}

TEST(Checks, WriteAfterRead) {
  Machine machine;
  auto body = [](const char *between) {
    return kernel(std::string(R"(.reg .b32 %t, %a, %b, %v; .reg .pred %p;
    mov.u32 %t, %tid.x;
    setp.lt.u32 %p, %t, 32;
    shl.b32 %a, %t, 2;
    mov.u32 %b, s;
    add.u32 %a, %a, %b;
    st.shared.u32 [%a], %t;
    bar.sync 0;
    ld.shared.u32 %v, [s];
    )") + between + "\n@!%p st.shared.u32 [s], %t;\nret;",
                  1, ".shared .align 4 .b8 s[512];");
  };
  Dim3 block = {96, 1, 1};
  // Warps 1 and 2 both write s[0]: a race of their own, so two warps only.
  block.x = 64;
  machine.options.checks.warpRaces = false;
  EXPECT_TRUE(machine.run(body("bar.sync 0;"), {0}, {1, 1, 1}, block).ok());
  EXPECT_TRUE(
      contains(machine.refuse(body(""), {0}, {1, 1, 1}, block), "data race"));
}

TEST(Checks, BarrierByPartOfTheWarp) {
  Machine machine;
  std::string body = R"(.reg .b32 %t; .reg .pred %p;
    mov.u32 %t, %tid.x;
    setp.lt.u32 %p, %t, 16;
    @%p bar.sync 0;
    ret;)";
  EXPECT_TRUE(contains(machine.refuse(kernel(body), {0}),
                       "barrier reached by lanes 0x0000ffff only"));
  std::string branch = R"(.reg .b32 %t; .reg .pred %p;
    mov.u32 %t, %tid.x;
    setp.lt.u32 %p, %t, 16;
    @%p bra A;
    bar.sync 0;
    bra B;
    A: bar.sync 1;
    B: ret;)";
  EXPECT_TRUE(contains(machine.refuse(kernel(branch), {0}), "barrier reached"));
}

TEST(Checks, BarrierAfterExit) {
  Machine machine;
  std::string body = R"(.reg .b32 %t; .reg .pred %p;
    mov.u32 %t, %tid.x;
    setp.lt.u32 %p, %t, 16;
    @%p ret;
    bar.sync 0;
    ret;)";
  EXPECT_TRUE(contains(machine.refuse(kernel(body), {0}),
                       "barrier reached by lanes 0xffff0000 only: the others "
                       "have exited"));
  machine.options.checks.barriers = false;
  EXPECT_TRUE(machine.run(kernel(body), {0}).ok());
}

TEST(Checks, BarrierAfterWarpExit) {
  Machine machine;
  std::string body = R"(.reg .b32 %t; .reg .pred %p;
    mov.u32 %t, %tid.x;
    setp.lt.u32 %p, %t, 32;
    @%p ret;
    bar.sync 0;
    ret;)";
  std::string message =
      machine.refuse(kernel(body), {0}, {1, 1, 1}, {64, 1, 1});
  EXPECT_TRUE(contains(message, "deadlock: barrier 0 waits for 64 threads, "
                                "but only 32 arrived; warp 0 has exited"));
  machine.options.checks.barriers = false;
  EXPECT_TRUE(machine.run(kernel(body), {0}, {1, 1, 1}, {64, 1, 1}).ok());
}

TEST(Checks, Deadlock) {
  Machine machine;
  std::string body = R"(.reg .b32 %t; .reg .pred %p;
    mov.u32 %t, %tid.x;
    setp.lt.u32 %p, %t, 32;
    @%p bra A;
    bar.sync 1;
    bra B;
    A: bar.sync 2;
    B: ret;)";
  std::string message =
      machine.refuse(kernel(body), {0}, {1, 1, 1}, {64, 1, 1});
  EXPECT_TRUE(contains(message, "deadlock: barrier 2"));
  EXPECT_TRUE(contains(message, "warp 1 waits at barrier 1"));
}

TEST(Checks, Budget) {
  Machine machine;
  machine.options.instructionBudget = 100000;
  EXPECT_TRUE(contains(machine.refuse(kernel("A: bra A;"), {0}),
                       "has executed its budget of 100000"));
}

TEST(Checks, Limits) {
  Machine machine;
  std::string empty = kernel("ret;");
  EXPECT_TRUE(contains(machine.refuse(empty, {0}, {1, 1, 1}, {1025, 1, 1}),
                       "block (1025,1,1)"));
  EXPECT_TRUE(contains(machine.refuse(empty, {0}, {0, 1, 1}), "grid (0,1,1)"));
  EXPECT_TRUE(contains(machine.refuse(empty, {}), "takes 1 arguments, but 0"));
  // 163 KB on sm_80, 99 KB on sm_86.
  EXPECT_TRUE(machine.run(empty, {0}, {1, 1, 1}, {32, 1, 1}, 163 << 10).ok());
  EXPECT_TRUE(contains(
      machine.refuse(empty, {0}, {1, 1, 1}, {32, 1, 1}, (163 << 10) + 1),
      "needs 166913 bytes of shared memory, but a CTA of sm_80 has at most "
      "166912"));
  EXPECT_FALSE(machine
                   .run(kernel("ret;", 1, "", "sm_86"), {0}, {1, 1, 1},
                        {32, 1, 1}, 100 << 10)
                   .ok());
  std::string bounded = empty;
  bounded.insert(bounded.find("\n{"), "\n.maxntid 64");
  EXPECT_TRUE(machine.run(bounded, {0}, {1, 1, 1}, {64, 1, 1}).ok());
  EXPECT_TRUE(contains(machine.refuse(bounded, {0}, {1, 1, 1}, {65, 1, 1}),
                       "compiled for at most 64"));
  Result<Counters> missing = machine.device.launch(
      load(empty), "other", {}, {}, 0, nullptr, -1, machine.options);
  EXPECT_TRUE(contains(missing.message(), "has no kernel 'other'"));
}

TEST(Checks, TensorCoreNeedsTheWholeWarp) {
  Machine machine;
  std::string body = R"(.reg .b32 %z, %t; .reg .f32 %d<4>; .reg .pred %p;
    mov.u32 %t, %tid.x;
    setp.lt.u32 %p, %t, 31;
    mov.b32 %z, 0;
    @%p mma.sync.aligned.m16n8k8.row.col.f32.f16.f16.f32 {%d0, %d1, %d2, %d3},
      {%z, %z}, {%z}, {0f00000000, 0f00000000, 0f00000000, 0f00000000};
    ret;)";
  EXPECT_TRUE(contains(machine.refuse(kernel(body), {0}),
                       "needs all 32 lanes of the warp, but only "
                       "0x7fffffff are there"));
  EXPECT_TRUE(contains(machine.refuse(kernel(body), {0}, {1, 1, 1}, {20, 1, 1}),
                       "needs all 32 lanes"));
}

TEST(Checks, ConstantMemoryIsReadOnly) {
  Machine machine;
  std::string body = R"(.reg .b64 %x; .reg .b32 %v;
    mov.u64 %x, c; ld.const.u32 %v, [c+4]; st.global.u32 [%x], %v; ret;)";
  EXPECT_TRUE(
      contains(machine.refuse(
                   kernel(body, 1, ".const .align 4 .u32 c[2] = {1, 2};"), {0}),
               "write to constant memory"));
}

TEST(Checks, WhatAKernelWroteIsValidAfterwards) {
  Machine machine;
  DevicePtr a = machine.room(256);
  std::string write = R"(.reg .b64 %x, %o; .reg .b32 %t;
    ld.param.u64 %x, [p0];
    mov.u32 %t, %tid.x;
    mul.wide.u32 %o, %t, 4;
    add.u64 %x, %x, %o;
    st.global.u32 [%x], %t;
    ret;)";
  EXPECT_TRUE(machine.run(kernel(write), {a}, {1, 1, 1}, {63, 1, 1}).ok());
  EXPECT_EQ(*machine.device.uninitialised(a, 256), 4u);
  EXPECT_TRUE(machine.run(kernel(loadBody), {a + 248}).ok());
  EXPECT_FALSE(machine.run(kernel(loadBody), {a + 252}).ok());
  EXPECT_TRUE(machine.run(kernel(write), {a}, {1, 1, 1}, {64, 1, 1}).ok());
  EXPECT_EQ(*machine.device.uninitialised(a, 256), 0u);
  EXPECT_TRUE(machine.run(kernel(loadBody), {a + 252}).ok());
}

TEST(Checks, FirstFaultIsTheSameForAnyThreadCount) {
  std::string body = R"(.reg .b64 %x; .reg .b32 %c, %v; .reg .pred %p;
    ld.param.u64 %x, [p0];
    mov.u32 %c, %ctaid.x;
    setp.lt.u32 %p, %c, 37;
    @%p ret;
    ld.global.u32 %v, [%x];
    ret;)";
  std::string first;
  for (unsigned threads : {1u, 2u, 7u, 16u}) {
    Machine machine;
    machine.options.threads = threads;
    std::string message = machine.refuse(kernel(body), {0}, {200, 1, 1});
    EXPECT_TRUE(contains(message, "CTA (37,0,0)"));
    if (first.empty())
      first = message;
    EXPECT_EQ(message, first);
  }
}

} // namespace

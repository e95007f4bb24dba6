//===- AsyncCopyTest.cpp - cp.async between issue and wait ------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestSupport.h"

using namespace emulator_test;

namespace {

/// A kernel of one warp: each lane copies 16 bytes to s + 16 * lane, runs
/// `then`, and stores a word from its place to p1 + 4 * lane.
std::string copyKernel(
    const std::string &then,
    const std::string &copy = "cp.async.cg.shared.global [%s], [%x], 16;",
    const std::string &read = "ld.shared.u32 %v, [%s];") {
  return kernel(R"(.reg .b64 %x, %y, %o; .reg .b32 %t, %s, %b, %v, %n;
    .reg .pred %p;
    ld.param.u64 %x, [p0]; ld.param.u64 %y, [p1];
    mov.u32 %t, %tid.x;
    setp.lt.u32 %p, %t, 16;
    mul.wide.u32 %o, %t, 16; add.u64 %x, %x, %o;
    mul.wide.u32 %o, %t, 4; add.u64 %y, %y, %o;
    mov.u32 %b, s; shl.b32 %s, %t, 4; add.u32 %s, %s, %b;
    )" + copy + "\n" +
                    then + "\n" + read + "\nst.global.u32 [%y], %v;\nret;",
                2, ".shared .align 16 .b8 s[1024];");
}

std::vector<uint32_t> numbers(size_t count) {
  std::vector<uint32_t> values(count);
  for (size_t i = 0; i < count; ++i)
    values[i] = uint32_t(i * 3 + 1);
  return values;
}

TEST(AsyncCopy, LandsAtTheWait) {
  for (const char *wait :
       {"cp.async.commit_group;\ncp.async.wait_group 0;",
        "cp.async.commit_group;\ncp.async.wait_all;", "cp.async.wait_all;"}) {
    Machine machine;
    DevicePtr y = machine.room(128);
    Result<Counters> counters =
        machine.run(copyKernel(wait), {machine.buffer(numbers(128)), y});
    ASSERT_TRUE(counters.ok()) << counters.message();
    EXPECT_EQ(counters->cpAsync(), 1u);
    EXPECT_EQ(counters->asyncGlobal.asked, 16u);
    std::vector<uint32_t> got = machine.read<uint32_t>(y, 32);
    for (uint32_t i = 0; i < 32; ++i)
      EXPECT_EQ(got[i], 12 * i + 1);
  }
}

TEST(AsyncCopy, ReadBeforeTheWait) {
  for (const char *wait : {"", "cp.async.commit_group;",
                           "cp.async.wait_group 0;", // nothing was committed
                           "cp.async.commit_group;\ncp.async.wait_group 1;"}) {
    Machine machine;
    std::string message = machine.refuse(
        copyKernel(wait), {machine.buffer(numbers(128)), machine.room(128)});
    EXPECT_TRUE(contains(message, "asynchronous copy still in flight at shared "
                                  "address 0x0: this thread reads it, thread "
                                  "(0,0,0) copies to it"));
  }
  // Without the check the old bytes are seen: never written.
  Machine machine;
  machine.options.checks.asyncCopies = false;
  DevicePtr y = machine.room(128);
  EXPECT_TRUE(
      machine.run(copyKernel(""), {machine.buffer(numbers(128)), y}).ok());
}

TEST(AsyncCopy, NeighboursNeedABarrier) {
  std::string read = "xor.b32 %s, %s, 16;\nld.shared.u32 %v, [%s];";
  std::string copy = "cp.async.ca.shared.global [%s], [%x], 16;";
  std::string wait = "cp.async.wait_all;\n";
  Machine machine;
  DevicePtr x = machine.buffer(numbers(128)), y = machine.room(128);
  EXPECT_TRUE(contains(machine.refuse(copyKernel(wait, copy, read), {x, y}),
                       "data race"));
  EXPECT_TRUE(
      machine.run(copyKernel(wait + "bar.warp.sync -1;", copy, read), {x, y})
          .ok());
  EXPECT_TRUE(
      machine.run(copyKernel(wait + "bar.sync 0;", copy, read), {x, y}).ok());
  // A barrier before the wait does not help.
  EXPECT_FALSE(
      machine.run(copyKernel("bar.sync 0;\n" + wait, copy, read), {x, y}).ok());
}

TEST(AsyncCopy, OverwritingWhatIsInFlight) {
  Machine machine;
  DevicePtr x = machine.buffer(numbers(128)), y = machine.room(128);
  EXPECT_TRUE(contains(machine.refuse(copyKernel("st.shared.u32 [%s+4], %t;\n"
                                                 "cp.async.wait_all;"),
                                      {x, y}),
                       "asynchronous copy still in flight"));
  EXPECT_TRUE(contains(
      machine.refuse(copyKernel("cp.async.ca.shared.global [%s+8], [%x], 4;\n"
                                "cp.async.wait_all;"),
                     {x, y}),
      "two copies in flight to the same place"));
  EXPECT_TRUE(contains(
      machine.refuse(copyKernel("st.global.u32 [%x], %t;\ncp.async.wait_all;"),
                     {x, y}),
      "was overwritten while it was in flight"));
}

TEST(AsyncCopy, SourceSizeFillsWithZeros) {
  // Lane l copies l % 17 bytes.
  Machine machine;
  DevicePtr x = machine.buffer(numbers(128)), y = machine.room(128);
  std::string copy = "rem.u32 %n, %t, 17;\n"
                     "cp.async.cg.shared.global [%s], [%x], 16, %n;";
  for (unsigned word = 0; word < 4; ++word) {
    Result<Counters> counters = machine.run(
        copyKernel("cp.async.wait_all;", copy,
                   "ld.shared.u32 %v, [%s+" + std::to_string(4 * word) + "];"),
        {x, y});
    ASSERT_TRUE(counters.ok()) << counters.message();
    std::vector<uint32_t> got = machine.read<uint32_t>(y, 32);
    for (uint32_t lane = 0; lane < 32; ++lane) {
      uint32_t value = (lane * 4 + word) * 3 + 1;
      int bytes = int(lane % 17) - int(4 * word);
      uint32_t kept = bytes >= 4 ? ~0u : bytes > 0 ? (1u << 8 * bytes) - 1 : 0;
      EXPECT_EQ(got[lane], value & kept) << lane;
    }
  }
  // A source of size 0 is not read at all.
  EXPECT_TRUE(machine
                  .run(copyKernel("cp.async.wait_all;",
                                  "cp.async.cg.shared.global [%s], [%x], 16, "
                                  "0;"),
                       {0, y})
                  .ok());
  EXPECT_FALSE(machine
                   .run(copyKernel("cp.async.wait_all;",
                                   "cp.async.cg.shared.global [%s], [%x], 16, "
                                   "4;"),
                        {0, y})
                   .ok());
  EXPECT_TRUE(contains(
      machine.refuse(copyKernel("cp.async.wait_all;",
                                "cp.async.cg.shared.global [%s], [%x], 16, "
                                "17;"),
                     {x, y}),
      "source size 17 is larger"));
}

TEST(AsyncCopy, IgnoredSource) {
  Machine machine;
  DevicePtr x = machine.buffer(numbers(128)), y = machine.room(128);
  Result<Counters> counters = machine.run(
      copyKernel("cp.async.wait_all;",
                 "cp.async.ca.shared.global.L2::128B [%s], [%x], 8, %p;"),
      {x, y});
  ASSERT_TRUE(counters.ok()) << counters.message();
  std::vector<uint32_t> got = machine.read<uint32_t>(y, 32);
  for (uint32_t lane = 0; lane < 32; ++lane)
    EXPECT_EQ(got[lane], lane < 16 ? 0 : lane * 12 + 1);
}

/// A pipeline of `stages` stages over `steps` steps; each step adds up its 64
/// words. Two warps, the second reads what the first copied and vice versa.
std::string pipeline(unsigned stages, unsigned wait, bool barrierBefore,
                     bool barrierAfter) {
  std::string s = std::to_string(stages);
  return kernel(
      ".reg .b64 %x, %y, %o; .reg .b32 %t, %i, %n, %b, %w, %r, %v, %sum, %k;\n"
      ".reg .pred %p, %q, %f;\n"
      "ld.param.u64 %x, [p0]; ld.param.u64 %y, [p1]; ld.param.u32 %n, [p2];\n"
      "mov.u32 %t, %tid.x; mov.u32 %b, s; mov.u32 %sum, 0;\n"
      "mul.wide.u32 %o, %t, 4; add.u64 %x, %x, %o; add.u64 %y, %y, %o;\n"
      "xor.b32 %k, %t, 32; shl.b32 %k, %k, 2; add.u32 %k, %k, %b;\n"
      "shl.b32 %t, %t, 2; add.u32 %b, %b, %t;\n"
      "mov.u32 %i, 0;\n"
      "FILL: setp.lt.u32 %f, %i, %n;\n"
      "mul.lo.u32 %w, %i, 256; add.u32 %w, %w, %b;\n"
      "@%f cp.async.ca.shared.global [%w], [%x], 4;\n"
      "cp.async.commit_group; add.u64 %x, %x, 256; add.u32 %i, %i, 1;\n"
      "setp.lt.u32 %p, %i, " +
          std::to_string(stages - 1) +
          "; @%p bra FILL;\n"
          "mov.u32 %r, 0;\n"
          "LOOP:\n"
          "cp.async.wait_group " +
          std::to_string(wait) + ";\n" +
          (barrierBefore ? "bar.sync 0;\n" : "") + "rem.u32 %w, %r, " + s +
          "; mul.lo.u32 %w, %w, 256; add.u32 %w, %w, %k;\n"
          "ld.shared.u32 %v, [%w]; add.u32 %sum, %sum, %v;\n" +
          (barrierAfter ? "bar.sync 0;\n" : "") +
          "setp.lt.u32 %f, %i, %n;\n"
          "rem.u32 %w, %i, " +
          s +
          "; mul.lo.u32 %w, %w, 256; add.u32 %w, %w, %b;\n"
          "@%f cp.async.ca.shared.global [%w], [%x], 4;\n"
          "cp.async.commit_group; add.u64 %x, %x, 256; add.u32 %i, %i, 1;\n"
          "add.u32 %r, %r, 1; setp.lt.u32 %q, %r, %n; @%q bra LOOP;\n"
          "st.global.u32 [%y], %sum; ret;",
      3, ".shared .align 16 .b8 s[2048];");
}

TEST(AsyncCopy, Pipeline) {
  for (unsigned stages : {2u, 3u, 4u, 6u})
    for (unsigned steps : {1u, 2u, 5u, 16u}) {
      Machine machine;
      DevicePtr y = machine.room(256);
      std::vector<uint32_t> input = numbers(64 * steps);
      Result<Counters> counters =
          machine.run(pipeline(stages, stages - 2, true, true),
                      {machine.buffer(input), y, steps}, {1, 1, 1}, {64, 1, 1});
      ASSERT_TRUE(counters.ok()) << counters.message();
      std::vector<uint32_t> got = machine.read<uint32_t>(y, 64);
      for (uint32_t t = 0; t < 64; ++t) {
        uint32_t sum = 0;
        for (unsigned step = 0; step < steps; ++step)
          sum += input[step * 64 + (t ^ 32)];
        EXPECT_EQ(got[t], sum);
      }
    }
}

TEST(AsyncCopy, PipelineMutants) {
  auto fails = [](unsigned stages, unsigned wait, bool before, bool after) {
    Machine machine;
    machine.options.checks.uninitialised = false;
    return machine.refuse(
        pipeline(stages, wait, before, after),
        {machine.buffer(numbers(64 * 16)), machine.room(256), 16}, {1, 1, 1},
        {64, 1, 1});
  };
  EXPECT_TRUE(contains(fails(3, 2, true, true), "in flight"));
  EXPECT_TRUE(contains(fails(4, 3, true, true), "in flight"));
  EXPECT_TRUE(contains(fails(3, 1, false, true), "data race"));
  // With three stages one barrier a step is enough: the stage that is filled
  // was read a step before. With two it is the one just read.
  Machine machine;
  EXPECT_TRUE(
      machine
          .run(pipeline(3, 1, true, false),
               {machine.buffer(numbers(64 * 16)), machine.room(256), 16},
               {1, 1, 1}, {64, 1, 1})
          .ok());
}

} // namespace

//===- GlobalRaceTest.cpp - races between CTAs ------------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestSupport.h"

using namespace emulator_test;

namespace {

const std::string begin = R"(
    .reg .b32 %t, %c, %r<10>; .reg .b64 %x<6>; .reg .pred %p, %q;
    mov.u32 %t, %tid.x;
    mov.u32 %c, %ctaid.x;
    mad.lo.u32 %r0, %c, 32, %t;
    ld.param.u64 %x0, [p0];
    ld.param.u64 %x1, [p1];
    mul.wide.u32 %x2, %r0, 4;
    add.u64 %x3, %x0, %x2;           // p0[32 c + t]
)";

/// 8 CTAs of a warp; p0 has 1024 numbers, p1 four zeros.
Result<Counters> run(Machine &machine, const std::string &body) {
  return machine.run(kernel(begin + body, 2),
                     {machine.buffer(std::vector<uint32_t>(1024, 1)),
                      machine.buffer(std::vector<uint32_t>(4, 0))},
                     {8, 1, 1});
}

std::string refused(const std::string &body, unsigned threads = 2) {
  Machine machine;
  machine.options.threads = threads;
  Result<Counters> result = run(machine, body);
  EXPECT_FALSE(result.ok()) << "the launch was not refused";
  return result.message();
}
void allowed(const std::string &body) {
  Machine machine;
  Result<Counters> result = run(machine, body);
  EXPECT_TRUE(result.ok()) << result.message();
}

TEST(GlobalRaceTest, NeighboursDoNotRace) {
  allowed("ld.global.u32 %r1, [%x3]; add.u32 %r1, %r1, 1;"
          "st.global.u32 [%x3], %r1; ret;");
  // Bytes of one word.
  allowed(R"(
    mov.u32 %r1, 1;
    cvt.u64.u32 %x4, %r0;
    add.u64 %x4, %x0, %x4;
    st.global.u8 [%x4], %r1;
    ret;)");
}

TEST(GlobalRaceTest, FindsTwoWriters) {
  const std::string body = "st.global.u32 [%x0+8], %c; ret;";
  std::string message = refused(body);
  EXPECT_TRUE(contains(message, "data race between CTAs at byte 8"));
  EXPECT_TRUE(contains(message, "CTA (1,0,0)"));
  EXPECT_TRUE(contains(message, "CTA (0,0,0) writes it at PTX line"));
  for (unsigned threads : {1u, 2u, 7u})
    EXPECT_EQ(refused(body, threads), message);
}

TEST(GlobalRaceTest, FindsAReaderAndAWriter) {
  // Each reads what its right neighbour writes.
  const std::string body = "ld.global.u32 %r1, [%x3+128];"
                           "st.global.u32 [%x3], %r1; ret;";
  std::string message = refused(body);
  EXPECT_TRUE(contains(message, "data race between CTAs at byte 128"));
  EXPECT_TRUE(contains(message, "CTA (0,0,0) reads it at"));
  for (unsigned threads : {1u, 2u, 7u})
    EXPECT_EQ(refused(body, threads), message);
}

TEST(GlobalRaceTest, FindsAnAtomicAndAPlainAccess) {
  allowed("red.global.add.u32 [%x1], 1; ret;");
  EXPECT_TRUE(contains(refused("red.global.add.u32 [%x1], 1;"
                               "ld.global.u32 %r1, [%x1]; ret;"),
                       "data race between CTAs"));
}

TEST(GlobalRaceTest, CanBeTurnedOff) {
  Machine machine;
  machine.options.checks.globalRaces = false;
  EXPECT_TRUE(run(machine, "st.global.u32 [%x0], %c; ret;").ok());
}

/// The last CTA to arrive reads what all have written.
std::string lastBlock(const std::string &before, const std::string &atomic,
                      const std::string &after) {
  return R"(
    st.global.u32 [%x3], %r0;
    bar.sync 0;
)" + before +
         "\n" + atomic + " %r2, [%x1], 1;\n" + after + R"(
    setp.ne.u32 %p, %r2, 255;        // 32 threads of 8 CTAs
    @%p ret;
    ld.global.u32 %r3, [%x0];
    st.global.u32 [%x1+4], %r3;
    ret;)";
}

TEST(GlobalRaceTest, KnowsReleaseAndAcquire) {
  allowed(lastBlock("fence.acq_rel.gpu;", "atom.global.add.u32",
                    "fence.acq_rel.gpu;"));
  allowed(lastBlock("membar.gl;", "atom.global.add.u32", "membar.gl;"));
  allowed(lastBlock("", "atom.acq_rel.gpu.global.add.u32", ""));
}

TEST(GlobalRaceTest, FindsAMissingFence) {
  EXPECT_TRUE(contains(
      refused(lastBlock("", "atom.global.add.u32", "fence.acq_rel.gpu;")),
      "data race between CTAs"));
  EXPECT_TRUE(contains(
      refused(lastBlock("fence.acq_rel.gpu;", "atom.global.add.u32", "")),
      "data race between CTAs"));
  EXPECT_TRUE(
      contains(refused(lastBlock("fence.acq_rel.cta;", "atom.global.add.u32",
                                 "fence.acq_rel.cta;")),
               "data race between CTAs"));
}

TEST(GlobalRaceTest, OrdersWarpsByReleaseAndAcquire) {
  // Warp 0 releases a flag in shared memory, warp 1 acquires it.
  auto body = [](const std::string &store, const std::string &load) {
    return kernel(R"(
    .shared .align 4 .b32 flag; .shared .align 4 .b32 data;
    .reg .b32 %t, %r<4>; .reg .pred %p;
    mov.u32 %t, %tid.x;
    st.volatile.shared.u32 [flag], 0;
    bar.sync 0;
    setp.ne.u32 %p, %t, 0;
    @%p bra other;
    st.shared.u32 [data], 7;
    )" + store + R"( [flag], 1;
    ret;
other:
    setp.ne.u32 %p, %t, 32;
    @%p ret;
spin:
    )" + load + R"( %r0, [flag];
    setp.eq.u32 %p, %r0, 0;
    @%p bra spin;
    ld.shared.u32 %r1, [data];
    ret;)");
  };
  Machine machine;
  machine.options.instructionBudget = 1 << 20;
  Dim3 block = {64, 1, 1};
  Result<Counters> good = machine.run(
      body("st.release.cta.shared.u32", "ld.acquire.cta.shared.u32"), {0},
      {1, 1, 1}, block);
  EXPECT_TRUE(good.ok()) << good.message();
  EXPECT_TRUE(contains(machine.refuse(body("st.volatile.shared.u32",
                                           "ld.acquire.cta.shared.u32"),
                                      {0}, {1, 1, 1}, block),
                       "data race at shared"));
  EXPECT_TRUE(contains(machine.refuse(body("st.release.cta.shared.u32",
                                           "ld.volatile.shared.u32"),
                                      {0}, {1, 1, 1}, block),
                       "data race at shared"));
}

TEST(CountersTest, UniqueBytesAndLines) {
  Machine machine;
  machine.options.countLines = true;
  // All CTAs read the same 128 bytes; each writes 128 of its own.
  Result<Counters> result = run(machine, R"(
    mul.wide.u32 %x4, %t, 4;
    add.u64 %x4, %x0, %x4;
    ld.global.u32 %r1, [%x4+3968];
    st.global.u32 [%x3], %r1;
    ret;)");
  ASSERT_TRUE(result.ok()) << result.message();
  EXPECT_EQ(result->uniqueReadBytes, 128u);
  EXPECT_EQ(result->uniqueWriteBytes, 1024u);
  EXPECT_EQ(result->l2Bytes(), 2048u);
  EXPECT_EQ(result->l2BytesLeast(), 1152u);
  uint64_t executed = 0, loads = 0;
  for (const LineCounts &line : result->lines) {
    executed += line.executed;
    loads += line.global.requests;
  }
  EXPECT_EQ(executed, result->warpInstructions);
  EXPECT_EQ(loads, 16u);
}

} // namespace

//===- LegalTest.cpp - what looks wrong and is not --------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Code of ordinary compilers that a check must let pass, beside the code next
// to it that the check must refuse.
//
//===----------------------------------------------------------------------===//

#include "TestSupport.h"

using namespace emulator_test;

namespace {

const std::string begin = R"(
    .reg .b16 %h<8>; .reg .b32 %t, %c, %r<10>; .reg .b64 %x<6>;
    .reg .pred %p, %q;
    mov.u32 %t, %tid.x;
    mov.u32 %c, %ctaid.x;
    ld.param.u64 %x0, [p0];
    mul.wide.u32 %x1, %t, 4;
    add.u64 %x1, %x0, %x1;
)";

std::vector<uint32_t> results(const std::string &body, Dim3 grid = {1, 1, 1},
                              const std::string &before = "") {
  Machine machine;
  DevicePtr out = machine.buffer(std::vector<uint32_t>(64, 0));
  Result<Counters> result =
      machine.run(kernel(begin + body, 1, before, "sm_90"), {out}, grid);
  EXPECT_TRUE(result.ok()) << result.message();
  return machine.read<uint32_t>(out, 64);
}
std::string refused(const std::string &body, Dim3 grid = {1, 1, 1}) {
  Machine machine;
  DevicePtr out = machine.buffer(std::vector<uint32_t>(64, 0));
  return machine.refuse(kernel(begin + body, 1, "", "sm_90"), {out}, grid);
}

// Lane 3 alone has a value; `%r1` is unwritten elsewhere.
const std::string leader = "setp.eq.u32 %p, %t, 3;\n@%p mov.u32 %r1, 42;\n";

TEST(LegalTest, ShuffleOfOneLanesValue) {
  std::vector<uint32_t> all =
      results(leader + "shfl.sync.idx.b32 %r2, %r1, 3, 31, -1;"
                       "shfl.sync.bfly.b32 %r3|%q, %r2, 5, 31, -1;"
                       "add.u32 %r3, %r3, %t;\nst.global.u32 [%x1], %r3; ret;");
  for (uint32_t i = 0; i < 32; ++i)
    EXPECT_EQ(all[i], 42 + i);
}

TEST(LegalTest, ShuffleOfAnotherLanesValue) {
  EXPECT_TRUE(contains(refused(leader + "shfl.sync.idx.b32 %r2, %r1, 4, 31, -1;"
                                        "st.global.u32 [%x1], %r2; ret;"),
                       "use of a register that was never written"));
  // Lane 3's value comes to lane 2; the others have nothing to store.
  const std::string down =
      leader + "shfl.sync.down.b32 %r1, %r1, 1, 31, -1;"
               "setp.eq.u32 %q, %t, 2;\n@%q st.global.u32 [%x1], %r1;\n";
  EXPECT_EQ(results(down + "ret;")[2], 42u);
  EXPECT_TRUE(contains(refused(down + "st.global.u32 [%x1], %r1; ret;"),
                       "use of a register that was never written"));
}

// A loop as CUDA's guide has it: the first value is read plainly.
const std::string swapLoop = R"(
    ld.global.u32 %r1, [%x0];
  again:
    add.u32 %r2, %r1, 1;
    atom.global.cas.b32 %r3, [%x0], %r1, %r2;
    setp.ne.u32 %p, %r3, %r1;
    mov.u32 %r1, %r3;
    @%p bra again;
)";

TEST(LegalTest, PlainReadBeforeCompareAndSwap) {
  EXPECT_EQ(results(swapLoop + "ret;", {5, 1, 1})[0], 5u * 32);
  // In shared memory, between warps of one CTA.
  std::string shared = swapLoop;
  for (size_t at; (at = shared.find(".global")) != std::string::npos;)
    shared.replace(at, 7, ".shared");
  for (size_t at; (at = shared.find("[%x0]")) != std::string::npos;)
    shared.replace(at, 5, "[s]");
  Machine machine;
  DevicePtr out = machine.buffer(std::vector<uint32_t>(64, 0));
  Result<Counters> result =
      machine.run(kernel(begin +
                         ".shared .u32 s;\nsetp.eq.u32 %p, %t, 0;\n"
                         "@%p st.shared.u32 [s], 0;\nbar.sync 0;\n" +
                         shared +
                         "bar.sync 0;\nld.shared.u32 %r1, [s];\n@%p bra done;\n"
                         "st.global.u32 [%x0], %r1;\ndone: ret;"),
                  {out}, {1, 1, 1}, {64, 1, 1});
  EXPECT_TRUE(result.ok()) << result.message();
  EXPECT_EQ(machine.read<uint32_t>(out, 1)[0], 64u);
}

TEST(LegalTest, PlainWriteBesideCompareAndSwap) {
  EXPECT_TRUE(contains(
      refused(swapLoop + "st.global.u32 [%x0], 7; ret;", {5, 1, 1}), "race"));
  // Other atomics on the way: the read is no mere guess any more.
  EXPECT_TRUE(contains(refused("ld.global.u32 %r1, [%x0];"
                               "atom.global.add.u32 %r2, [%x0], %r1; ret;",
                               {5, 1, 1}),
                       "race"));
}

TEST(LegalTest, RowsStoredTwiceByStmatrix) {
  // All rows of both matrices lie at one address and hold the same.
  const std::string store = R"(
    .shared .align 16 .b8 s[512];
    mov.u32 %r4, s;
    stmatrix.sync.aligned.m8n8.x1.shared.b16 [%r4], {%r1};
    bar.warp.sync -1;
    and.b32 %r2, %t, 3;
    mad.lo.u32 %r2, %r2, 4, %r4;
    ld.shared.u32 %r2, [%r2];
    st.global.u32 [%x1], %r2;
    ret;)";
  std::vector<uint32_t> all = results("and.b32 %r1, %t, 3;" + store);
  for (uint32_t i = 0; i < 32; ++i)
    EXPECT_EQ(all[i], i % 4);
  EXPECT_TRUE(contains(refused("mov.u32 %r1, %t;" + store), "data race"));
}

TEST(LegalTest, FunctionReadsItsParameterThroughARegister) {
  const std::string before = R"(
    .func (.param .b32 out) pick(.param .align 4 .b8 a[16], .param .b32 i) {
      .reg .b64 %y<3>; .reg .b32 %v;
      mov.b64 %y0, a;
      ld.param.u32 %v, [i];
      mul.wide.u32 %y1, %v, 4;
      add.u64 %y2, %y0, %y1;
      ld.param.u32 %v, [%y2];
      st.param.b32 [out], %v;
      ret;
    })";
  std::vector<uint32_t> all = results(R"(
    and.b32 %r1, %t, 3;
    { .param .align 4 .b8 a[16]; .param .b32 i; .param .b32 o;
      st.param.b32 [a], 10;
      st.param.b32 [a+4], 11;
      st.param.b32 [a+8], 12;
      st.param.b32 [a+12], 13;
      st.param.b32 [i], %r1;
      call (o), pick, (a, i);
      ld.param.b32 %r2, [o]; }
    st.global.u32 [%x1], %r2;
    ret;)",
                                      {1, 1, 1}, before);
  for (uint32_t i = 0; i < 32; ++i)
    EXPECT_EQ(all[i], 10 + i % 4);
}

TEST(LegalTest, BytesOfARegister) {
  std::vector<uint32_t> all = results(R"(
    .reg .b8 %b<4>; .reg .f32 %f;
    mad.lo.u32 %r1, %t, 0x01010101, 0x80ff0100;
    mov.b32 {%b0, %b1, %b2, %b3}, %r1;
    mov.b32 %r2, {%b3, %b2, %b1, %b0};
    st.global.u32 [%x1], %r2;
    cvt.rn.f32.s8 %f, %b3;
    cvt.rzi.s32.f32 %r3, %f;
    st.global.u32 [%x1+128], %r3;
    ret;)");
  for (uint32_t i = 0; i < 32; ++i) {
    uint32_t word = i * 0x01010101 + 0x80ff0100;
    EXPECT_EQ(all[i], __builtin_bswap32(word));
    EXPECT_EQ(all[32 + i], uint32_t(int32_t(int8_t(word >> 24))));
  }
}

TEST(LegalTest, VectorAtomics) {
  std::vector<uint32_t> all = results(R"(
    .reg .f32 %f<8>;
    cvt.rn.f32.u32 %f0, %t;
    atom.global.gpu.relaxed.add.v4.f32 {%f4, %f5, %f6, %f7}, [%x0],
        {%f0, 0f3F800000, 0f40000000, %f0};
    red.global.gpu.relaxed.add.v2.f32 [%x0+16], {%f0, 0f3F800000};
    ret;)",
                                      {2, 1, 1});
  const float expected[] = {992, 64, 128, 992, 992, 64};
  for (unsigned i = 0; i < 6; ++i)
    EXPECT_EQ(floatOf(all[i]), expected[i]);
}

TEST(LegalTest, ReservedSharedMemoryIsApart) {
  std::vector<uint32_t> all = results(R"(
    .shared .align 4 .b8 mine[64];
    .reg .b32 start;
    mov.u32 start, %reserved_smem_offset_1;
    mov.u32 %r1, mine;
    sub.u32 %r2, start, %r1;
    st.global.u32 [%x1], %r2;
    mov.u32 %r3, %envreg2;
    st.global.u32 [%x1+128], %r3;
    ret;)");
  EXPECT_GE(int32_t(all[0]), 64);
  EXPECT_EQ(all[32], 0u);
}

TEST(LegalTest, ConstantExpressions) {
  const std::pair<const char *, int64_t> cases[] = {
      {"(2 + 3) * 4", 20},
      {"2 + 3 * 4", 14},
      {"1 << 4 | 3", 19},
      {"-7 / 2", -3},
      {"-7 % 4", -3},
      {"7 - 2 - 1", 4},
      {"~0 & 0xff ^ 1", 254},
      {"!5 + !0", 1},
      {"3 > 2 && 2 != 2 ? 10 : 20 + 1", 21},
      {"-1 > 0 ? 1 : 2", 2},
      {"-1 > 0U ? 1 : 2", 1},
      {"(.u64) -1 >> 63", 1},
      {"(.s64) -8 >> 1", -4},
      {"1 * WARP_SZ * 2 <= 64", 1},
      {"- -(3)", 3},
  };
  for (auto &[text, value] : cases)
    EXPECT_EQ(results(std::string("mov.u32 %r1, ") + text +
                      "; st.global.u32 [%x1], %r1; ret;")[0],
              uint32_t(value))
        << text;
  for (const char *bad : {"1 / 0", "1 % (2 - 2)", "1 << 64", "(1", "1 +"})
    EXPECT_FALSE(
        Module::load(
            kernel(begin + "mov.u32 %r1, " + std::string(bad) + "; ret;"), "x")
            .ok())
        << bad;
}

} // namespace

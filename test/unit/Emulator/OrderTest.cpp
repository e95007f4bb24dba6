//===- OrderTest.cpp - what orders accesses, and what does not --*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestSupport.h"

using namespace emulator_test;

namespace {

const std::string begin = R"(
    .reg .b32 %t, %c, %w, %r<10>; .reg .b64 %x<6>;
    .reg .pred %p, %q, %first, %second;
    .shared .align 16 .b8 s[1024];
    mov.u32 %t, %tid.x;
    mov.u32 %c, %ctaid.x;
    shr.u32 %w, %t, 5;
    setp.eq.u32 %first, %w, 0;
    setp.eq.u32 %second, %w, 1;
    ld.param.u64 %x0, [p0];
    mov.u32 %r0, s;
    mad.lo.u32 %r1, %t, 4, %r0;           // the thread's word
    xor.b32 %r2, %r1, 128;                // that of the other warp
)";

/// Two warps a CTA; p0 has 256 words of 0. The message, empty when all is well.
std::string run(const std::string &body, Dim3 grid = {1, 1, 1},
                const std::string &target = "sm_90") {
  Machine machine;
  DevicePtr words = machine.buffer(std::vector<uint32_t>(256, 0));
  return machine
      .run(kernel(begin + body + "\nret;", 1, "", target), {words}, grid,
           {64, 1, 1})
      .message();
}

TEST(OrderTest, ArrivingReleasesButDoesNotAcquire) {
  // The producer arrives, the consumer waits: that way round it is ordered.
  EXPECT_EQ(run(R"(
    @%second bra consume;
    st.shared.u32 [%r1], %t;
    bar.arrive 1, 64;
    bra done;
  consume:
    bar.sync 1, 64;
    ld.shared.u32 %r3, [%r2];
  done:)"),
            "");
  // Written behind the arrival.
  EXPECT_TRUE(contains(run(R"(
    @%second bra consume;
    bar.arrive 1, 64;
    st.shared.u32 [%r1], %t;
    bra done;
  consume:
    st.shared.u32 [%r1], %t;
    bar.sync 1, 64;
    st.shared.u32 [%r2], %t;
  done:)"),
                       "data race"));
  // The one that only arrives learns nothing of the other.
  EXPECT_TRUE(contains(run(R"(
    @%second bra write;
    bar.arrive 1, 64;
    bar.arrive 2, 32;
    st.shared.u32 [%r2], %t;
    bra done;
  write:
    st.shared.u32 [%r1], %t;
    bar.sync 1, 64;
  done:)"),
                       "data race"));
}

TEST(OrderTest, LanesNameOneBarrier) {
  EXPECT_TRUE(contains(run("and.b32 %r3, %t, 1;\nbar.sync %r3;"),
                       "different barriers"));
  EXPECT_EQ(run("mov.u32 %r3, 3;\nbar.sync %r3;"), "");
}

TEST(OrderTest, BarriersWithoutAlignedMayBeApart) {
  const std::string apart = R"(
    st.shared.u32 [%r1], %t;
    setp.lt.u32 %p, %t, 13;
    @%p bra other;
    BARRIER;
    ld.shared.u32 %r3, [%r2];
    bra done;
  other:
    BARRIER;
    ld.shared.u32 %r3, [%r2];
    add.u32 %r3, %r3, 1;
  done:
    bar.sync 0;)";
  auto with = [&](const std::string &barrier) {
    std::string text = apart;
    for (size_t at; (at = text.find("BARRIER")) != std::string::npos;)
      text.replace(at, 7, barrier);
    return run(text);
  };
  EXPECT_EQ(with("barrier.sync 0"), "");
  EXPECT_TRUE(contains(with("barrier.sync.aligned 0"), "barrier reached by"));
  EXPECT_TRUE(contains(with("bar.sync 0"), "barrier reached by"));
}

TEST(OrderTest, TheFirstWaitFails) {
  const std::string wait = R"(
    setp.eq.u32 %p, %t, 0;
    @%p mbarrier.init.shared.b64 [s+512], 32;
    bar.sync 0;
    @%second bra consume;
    nanosleep.u32 20;
    ld.global.u32 %r3, [%x0];            // the producer is slow
    bar.sync 1, 32;
    st.shared.u32 [%r1], %t;
    mbarrier.arrive.shared.b64 _, [s+512];
    bra done;
  consume:
  again:
    mbarrier.try_wait.parity.shared.b64 %q, [s+512], 0;
)";
  EXPECT_EQ(run(wait + "@!%q bra again;\nld.shared.u32 %r3, [%r2];\ndone:"),
            "");
  // Nobody looks at the outcome.
  EXPECT_TRUE(contains(run(wait + "ld.shared.u32 %r3, [%r2];\ndone:"),
                       "never written"));
}

TEST(OrderTest, EqualValuesDoNotHideTheFirstWriter) {
  const std::string base = "@%first st.shared.u32 [s], 1;\n"
                           "@%second st.shared.u32 [s], 1;\n";
  EXPECT_EQ(
      run("setp.eq.u32 %first, %t, 0;\nsetp.eq.u32 %second, %t, 32;\n" + base),
      "");
  EXPECT_TRUE(contains(
      run("setp.eq.u32 %first, %t, 0;\nsetp.eq.u32 %second, %t, 32;\n" + base +
          "@%second st.shared.u32 [s], 9;"),
      "data race"));
}

TEST(OrderTest, AllWhoUpdatedMustBeKnown) {
  // All CTAs add; the last one reads plainly.
  const std::string add = R"(
    setp.eq.u32 %p, %t, 0;
    @%p atom.global.add.u32 %r3, [%x0], 1;
)";
  EXPECT_TRUE(contains(run(add + "setp.eq.and.u32 %q, %c, 4, %p;\n"
                                 "@%q ld.global.u32 %r4, [%x0];",
                           {5, 1, 1}),
                       "others update it at"));
  // Each hands on what it did, and the last one takes it.
  EXPECT_EQ(run(R"(
    setp.eq.u32 %p, %t, 0;
    @!%p bra done;
    red.global.add.u32 [%x0], 1;
    fence.acq_rel.gpu;
    atom.global.add.u32 %r3, [%x0+64], 1;
    fence.acq_rel.gpu;
    setp.eq.u32 %q, %r3, 4;
    @%q ld.global.u32 %r4, [%x0];
  done:)",
                {5, 1, 1}),
            "");
}

TEST(OrderTest, ScopeOfTheCtaIsNotThatOfTheDevice) {
  EXPECT_TRUE(
      contains(run("atom.relaxed.cta.global.add.u32 %r3, [%x0], 1;", {2, 1, 1}),
               "data race between CTAs"));
  EXPECT_EQ(run("atom.relaxed.cta.global.add.u32 %r3, [%x0], 1;"), "");
  EXPECT_EQ(run("atom.relaxed.gpu.global.add.u32 %r3, [%x0], 1;", {2, 1, 1}),
            "");
  EXPECT_TRUE(contains(run("st.relaxed.cta.global.u32 [%x0], %c;", {2, 1, 1}),
                       "data race between CTAs"));
}

TEST(OrderTest, StrongReadsBesidePlainWrites) {
  EXPECT_TRUE(contains(run(R"(
    setp.eq.u32 %p, %c, 0;
    @%p ld.volatile.global.u32 %r3, [%x0];
    @!%p st.global.u32 [%x0], 1;)",
                           {2, 1, 1}),
                       "data race between CTAs"));
}

TEST(OrderTest, AddressesFarBehindABufferMeetNothing) {
  Machine machine;
  std::vector<uint32_t> ones(16, 1);
  DevicePtr first = machine.buffer(ones);
  machine.buffer(std::vector<uint32_t>(1 << 20, 1));
  for (const char *at : {"[%x0+64]", "[%x0+65536]", "[%x0-4]"})
    EXPECT_TRUE(contains(
        machine.refuse(kernel(begin + "ld.global.u32 %r3, " + at + ";\nret;"),
                       {first}),
        "out of bounds"))
        << at;
}

} // namespace

//===- MbarrierTest.cpp - mbarriers -----------------------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestSupport.h"

#include <numeric>

using namespace emulator_test;

namespace {

/// 64 threads; the barrier at [bar] is made by thread 0 with `count` arrivals.
std::string begin(const std::string &count) {
  return R"(
    .shared .align 8 .b64 bar;
    .shared .align 16 .b32 tile[64];
    .reg .b32 %t, %r<10>; .reg .b64 %x<6>; .reg .pred %p, %q;
    mov.u32 %t, %tid.x;
    setp.ne.u32 %p, %t, 0;
    @%p bra made;
    mbarrier.init.shared::cta.b64 [bar], )" +
         count + R"(;
made:
    bar.sync 0;
    shl.b32 %r0, %t, 2;
    mov.u32 %r1, tile;
    add.u32 %r2, %r1, %r0;           // tile[t]
    sub.u32 %r3, 252, %r0;
    add.u32 %r3, %r1, %r3;           // tile[63 - t]
    ld.param.u64 %x0, [p0];
    cvt.u64.u32 %x1, %r0;
    add.u64 %x0, %x0, %x1;
)";
}

const char *const waitForPhase0 = R"(
wait:
    mbarrier.try_wait.parity.shared::cta.b64 %q, [bar], 0;
    @!%q bra wait;
)";

const char *const end = R"(
    ld.shared.u32 %r4, [%r3];
    st.global.u32 [%x0], %r4;
    ret;)";

class MbarrierTest : public ::testing::Test {
protected:
  std::string text(const std::string &body) {
    return kernel(body, 2, "", "sm_90");
  }
  void expectReversed(const std::string &body, uint32_t factor) {
    DevicePtr out = machine.room(64 * 4);
    std::vector<uint32_t> numbers(64);
    std::iota(numbers.begin(), numbers.end(), 1u);
    Result<Counters> result = machine.run(
        text(body), {out, machine.buffer(numbers)}, {1, 1, 1}, {64, 1, 1});
    ASSERT_TRUE(result.ok()) << result.message();
    std::vector<uint32_t> got = machine.read<uint32_t>(out, 64);
    for (uint32_t i = 0; i < 64; ++i)
      EXPECT_EQ(got[i], (63 - i) * factor + (factor == 1)) << i;
  }
  std::string refused(const std::string &body) {
    std::vector<uint32_t> numbers(64);
    return machine.refuse(text(body),
                          {machine.room(256), machine.buffer(numbers)},
                          {1, 1, 1}, {64, 1, 1});
  }
  Machine machine;
};

const std::string writeAndArrive = R"(
    mul.lo.u32 %r5, %t, 3;
    st.shared.u32 [%r2], %r5;
    mbarrier.arrive.shared::cta.b64 %x3, [bar];
)";

const std::string copyAndArrive = R"(
    ld.param.u64 %x4, [p1];
    add.u64 %x4, %x4, %x1;
    cp.async.ca.shared.global [%r2], [%x4], 4;
    cp.async.mbarrier.arrive.noinc.shared::cta.b64 [bar];
)";

TEST_F(MbarrierTest, OrdersWritesBeforeReads) {
  expectReversed(begin("64") + writeAndArrive + waitForPhase0 + end, 3);
}

TEST_F(MbarrierTest, WaitsForTheStateOfAnArrival) {
  expectReversed(begin("64") + writeAndArrive + R"(
wait:
    mbarrier.test_wait.shared::cta.b64 %q, [bar], %x3;
    @!%q bra wait;
)" + end,
                 3);
}

TEST_F(MbarrierTest, RefusesReadingWithoutTheWait) {
  std::string message = refused(begin("64") + writeAndArrive + end);
  EXPECT_TRUE(contains(message, "data race at shared address") ||
              contains(message, "never written"))
      << message;
}

TEST_F(MbarrierTest, RefusesARelaxedWait) {
  EXPECT_TRUE(contains(refused(begin("64") + writeAndArrive + R"(
wait:
    mbarrier.try_wait.parity.relaxed.cta.shared::cta.b64 %q, [bar], 0;
    @!%q bra wait;
)" + end),
                       "data race"));
}

TEST_F(MbarrierTest, MakesCopiesVisibleToWaiters) {
  expectReversed(begin("64") + copyAndArrive + waitForPhase0 + end, 1);
}

TEST_F(MbarrierTest, RefusesACopyThatNobodyWaitedFor) {
  // A CTA barrier orders threads, not the copies that the mbarrier completes.
  EXPECT_TRUE(
      contains(refused(begin("64") + copyAndArrive + "bar.sync 0;" + end),
               "an asynchronous copy"));
}

TEST_F(MbarrierTest, RefusesACopyInAnUnfinishedPhase) {
  EXPECT_TRUE(
      contains(refused(begin("65") + copyAndArrive + "bar.sync 0;" + end),
               "still in flight"));
}

TEST_F(MbarrierTest, CountsBytes) {
  // 64 arrivals and 8 bytes: the phase ends when the last of them is reported.
  expectReversed(begin("64") + R"(
    @%p bra behind;
    mbarrier.expect_tx.relaxed.cta.shared::cta.b64 [bar], 8;
behind:
    bar.sync 0;
)" + writeAndArrive + R"(
    mbarrier.test_wait.parity.shared::cta.b64 %q, [bar], 1;
    @!%q trap;                       // the phase before the first is over
    setp.ne.u32 %p, %t, 63;
    @%p bra wait;
    mbarrier.complete_tx.relaxed.cta.shared::cta.b64 [bar], 8;
)" + waitForPhase0 + end,
                 3);
}

TEST_F(MbarrierTest, FindsMissingArrivals) {
  std::string message =
      refused(begin("65") + writeAndArrive + waitForPhase0 + end);
  EXPECT_TRUE(contains(message, "deadlock: waits at the mbarrier"));
  EXPECT_TRUE(contains(message, "misses 1 of 65 arrivals"));
}

TEST_F(MbarrierTest, FindsMissingBytes) {
  EXPECT_TRUE(contains(refused(begin("64") + R"(
    @%p bra plain;
    mbarrier.arrive.expect_tx.shared::cta.b64 %x3, [bar], 16;
    bra wait;
plain:
    mbarrier.arrive.shared::cta.b64 %x3, [bar];
)" + waitForPhase0 + end),
                       "misses 0 of 64 arrivals and 16 bytes"));
}

TEST_F(MbarrierTest, FindsTooManyArrivals) {
  EXPECT_TRUE(contains(refused(begin("64") + R"(
    mbarrier.arrive.shared::cta.b64 %x3, [bar], 3;)" +
                               end),
                       "misses only"));
}

TEST_F(MbarrierTest, FindsAnOldPhase) {
  EXPECT_TRUE(contains(refused(begin("64") + R"(
    mbarrier.arrive.shared::cta.b64 %x3, [bar];
    bar.sync 0;
    mbarrier.arrive.shared::cta.b64 %x4, [bar];
    bar.sync 0;
    mbarrier.test_wait.shared::cta.b64 %q, [bar], %x3;
    ret;)"),
                       "which is in phase 2"));
}

TEST_F(MbarrierTest, DropsArrivals) {
  // Half of the threads leave; the second phase needs the others only.
  Result<Counters> result = machine.run(text(begin("64") + R"(
    setp.lt.u32 %p, %t, 32;
    @%p bra stays;
    mbarrier.arrive_drop.shared::cta.b64 %x3, [bar];
    ret;
stays:
    mbarrier.arrive.shared::cta.b64 %x3, [bar];
first:
    mbarrier.try_wait.shared::cta.b64 %q, [bar], %x3;
    @!%q bra first;
    mbarrier.arrive.shared::cta.b64 %x3, [bar];
    mbarrier.pending_count.b64 %r4, %x3;
    setp.gt.u32 %q, %r4, 32;
    @%q trap;
second:
    mbarrier.try_wait.parity.shared::cta.b64 %q, [bar], 1;
    @!%q bra second;
    ret;)"),
                                        {machine.room(256), machine.room(256)},
                                        {1, 1, 1}, {64, 1, 1});
  EXPECT_TRUE(result.ok()) << result.message();
}

TEST_F(MbarrierTest, RefusesUnordinaryUse) {
  EXPECT_TRUE(contains(refused(begin("64") + "ld.shared.u64 %x3, [bar];" + end),
                       "belongs to an mbarrier object"));
  EXPECT_TRUE(contains(
      refused(begin("64") + "mbarrier.arrive.shared.b64 %x3, [tile];" + end),
      "no mbarrier was initialised"));
  EXPECT_TRUE(contains(refused(begin("0") + end), "1 to 1048575 arrivals"));
  EXPECT_TRUE(contains(refused(begin("64") + R"(
    @%p bra over;
    mbarrier.init.shared::cta.b64 [bar], 1;
over:
    ret;)"),
                       "initialised already"));
}

TEST_F(MbarrierTest, RefusesUseBeforeItIsVisible) {
  std::string text = begin("64");
  size_t at = text.find("    bar.sync 0;");
  text.erase(at, 15);
  std::string message = refused(text + writeAndArrive + waitForPhase0 + end);
  EXPECT_TRUE(contains(message, "nothing orders this use behind it") ||
              contains(message, "no mbarrier was initialised"))
      << message;
}

TEST_F(MbarrierTest, LetsOthersRunWhileItWaits) {
  // Warp 1 spins on a volatile flag that warp 0 sets behind its wait.
  Result<Counters> result = machine.run(text(begin("1") + R"(
    setp.ge.u32 %p, %t, 32;
    @%p bra other;
    setp.ne.u32 %p, %t, 0;
    @%p ret;
    mov.u32 %r6, 0;
poll:                                // gives up after three attempts
    mbarrier.test_wait.parity.shared::cta.b64 %q, [bar], 0;
    @%q bra over;
    add.u32 %r6, %r6, 1;
    setp.lt.u32 %q, %r6, 3;
    @%q bra poll;
over:
    st.volatile.shared.u32 [tile], 1;
    ret;
other:
    st.volatile.shared.u32 [tile+4], 0;
spin:
    ld.volatile.shared.u32 %r5, [tile+4];
    mbarrier.test_wait.parity.shared::cta.b64 %q, [bar], 1;
    @!%q bra spin;
    ret;)"),
                                        {machine.room(256), machine.room(256)},
                                        {1, 1, 1}, {64, 1, 1});
  EXPECT_TRUE(result.ok()) << result.message();
}

} // namespace

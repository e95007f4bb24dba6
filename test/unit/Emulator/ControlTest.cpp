//===- ControlTest.cpp - control flow, calls, memory spaces -----*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestSupport.h"

using namespace emulator_test;

namespace {

const std::string prologue = R"(.reg .b64 %x, %o; .reg .b32 %t, %v, %i, %n;
    .reg .pred %p, %q;
    ld.param.u64 %x, [p0];
    mov.u32 %t, %tid.x;
    mul.wide.u32 %o, %t, 4;
    add.u64 %x, %x, %o;
)";

TEST(Control, LoopsOfDifferentLength) {
  // Lane t adds up 0 .. t; all meet again behind the loop.
  std::string body = prologue + R"(mov.u32 %v, 0; mov.u32 %i, 0;
    L: add.u32 %v, %v, %i;
    add.u32 %i, %i, 1;
    setp.le.u32 %p, %i, %t;
    @%p bra L;
    activemask.b32 %n;
    setp.eq.u32 %q, %n, 0xffffffff;
    @%q add.u32 %v, %v, 1000;
    st.global.u32 [%x], %v;
    ret;)";
  Machine machine;
  DevicePtr out = machine.room(128);
  Result<Counters> counters = machine.run(kernel(body), {out});
  ASSERT_TRUE(counters.ok()) << counters.message();
  std::vector<uint32_t> got = machine.read<uint32_t>(out, 32);
  for (uint32_t t = 0; t < 32; ++t)
    EXPECT_EQ(got[t], t * (t + 1) / 2 + 1000);
  EXPECT_EQ(counters->divergentBranches, 31u);
}

TEST(Control, SpinLockWithinAWarpEnds) {
  // Each lane takes the lock in turn; the holder must be let go on.
  std::string body = prologue + R"(mov.u32 %i, 0;
    TRY: atom.shared.cas.b32 %v, [lock], 0, 1;
    setp.ne.u32 %p, %v, 0;
    @%p bra TRY;
    ld.volatile.shared.u32 %n, [count];
    add.u32 %n, %n, 1;
    st.volatile.shared.u32 [count], %n;
    atom.shared.exch.b32 %v, [lock], 0;
    st.global.u32 [%x], %n;
    ret;)";
  std::string init = ".shared .align 4 .u32 lock; .shared .align 4 .u32 count;";
  std::string start = R"(.reg .b32 %z; .reg .pred %first; mov.u32 %z, %tid.x;
    setp.eq.u32 %first, %z, 0; mov.u32 %z, 0;
    @%first st.shared.u32 [lock], %z; @%first st.shared.u32 [count], %z;
    bar.sync 0;
)";
  Machine machine;
  DevicePtr out = machine.room(128);
  Result<Counters> counters = machine.run(kernel(start + body, 1, init), {out});
  ASSERT_TRUE(counters.ok()) << counters.message();
  std::vector<uint32_t> got = machine.read<uint32_t>(out, 32);
  uint64_t sum = 0;
  for (uint32_t value : got)
    sum += value;
  EXPECT_EQ(sum, 32u * 33 / 2);
}

TEST(Control, Calls) {
  std::string function = R"(
.func (.param .b32 result) twice(.param .b32 a)
{
    .reg .b32 %r<3>; .reg .pred %p;
    ld.param.b32 %r1, [a];
    setp.gt.s32 %p, %r1, 10;
    @%p bra BIG;
    add.s32 %r2, %r1, %r1;
    st.param.b32 [result], %r2;
    ret;
  BIG:
    st.param.b32 [result], 99;
    ret;
})";
  std::string body = prologue + R"({ // callseq
    .param .b32 param0;
    st.param.b32 [param0], %t;
    .param .b32 retval0;
    call.uni (retval0), twice, (param0);
    ld.param.b32 %v, [retval0];
    }
    setp.lt.u32 %p, %t, 2;
    {
    .param .b32 param0;
    .param .b32 retval0;
    st.param.b32 [param0], %v;
    @%p call (retval0), twice, (param0);
    @%p ld.param.b32 %v, [retval0];
    }
    st.global.u32 [%x], %v;
    ret;)";
  Machine machine;
  DevicePtr out = machine.room(128);
  Result<Counters> counters = machine.run(kernel(body, 1, function), {out});
  ASSERT_TRUE(counters.ok()) << counters.message();
  std::vector<uint32_t> got = machine.read<uint32_t>(out, 32);
  for (uint32_t t = 0; t < 32; ++t)
    EXPECT_EQ(got[t], t < 2 ? 4 * t : t > 10 ? 99 : 2 * t);
}

TEST(Control, BarrierReductionsAndNamedBarriers) {
  std::string body = prologue + R"(setp.lt.u32 %p, %t, 40;
    barrier.cta.red.popc.aligned.u32 %v, 0, %p;
    bar.red.and.pred %q, 1, 64, %p;
    @%q add.u32 %v, %v, 1000;
    bar.red.or.pred %q, 1, !%p;
    @%q add.u32 %v, %v, 100;
    st.global.u32 [%x], %v;
    ret;)";
  Machine machine;
  DevicePtr out = machine.room(256);
  Result<Counters> counters =
      machine.run(kernel(body), {out}, {1, 1, 1}, {64, 1, 1});
  ASSERT_TRUE(counters.ok()) << counters.message();
  EXPECT_EQ(machine.read<uint32_t>(out, 64), std::vector<uint32_t>(64, 140));
}

TEST(Memory, ProducerAndConsumerByNamedBarriers) {
  // Warp 0 writes and arrives; warp 1 waits and reads.
  std::string body = prologue + R"(and.b32 %n, %t, 31; shl.b32 %n, %n, 2;
    mov.u32 %i, s; add.u32 %n, %n, %i;
    setp.lt.u32 %p, %t, 32;
    @%p bra WRITE;
    bar.sync 3, 64;
    ld.shared.u32 %v, [%n];
    st.global.u32 [%x], %v;
    ret;
  WRITE:
    st.shared.u32 [%n], %t;
    bar.arrive 3, 64;
    ret;)";
  Machine machine;
  DevicePtr out = machine.room(256);
  std::string shared = ".shared .align 4 .b8 s[128];";
  Result<Counters> counters =
      machine.run(kernel(body, 1, shared), {out}, {1, 1, 1}, {64, 1, 1});
  ASSERT_TRUE(counters.ok()) << counters.message();
  EXPECT_EQ(machine.read<uint32_t>(out + 128, 32)[5], 5u);
}

TEST(Memory, SpacesAndGenericAddresses) {
  std::string before = R"(
.global .align 4 .u32 table[4] = {10, 20, 30, 40};
.const .align 8 .u64 pointer = generic(table)+8;
.extern .shared .align 16 .b8 dynamic[];)";
  std::string body = prologue + R"(.local .align 8 .b8 frame[16];
    .reg .b64 %g<6>; .reg .b32 %r<6>;
    ld.const.u64 %g0, [pointer];
    ld.global.u32 %r0, [%g0];
    mov.u64 %g1, frame; cvta.local.u64 %g1, %g1;
    st.u32 [%g1+4], %t;
    ld.local.u32 %r1, [frame+4];
    mov.u64 %g2, dynamic; cvta.shared.u64 %g2, %g2;
    cvta.to.shared.u64 %g3, %g2;
    mad.wide.u32 %g4, %t, 4, %g2;
    mad.wide.u32 %g3, %t, 4, %g3;
    st.u32 [%g4], %t;
    ld.shared.u32 %r2, [%g3];
    setp.lt.u32 %p, %t, 16;
    selp.b64 %g5, %g1, %g0, %p; // half local, half global
    @%p add.u64 %g5, %g5, 4;
    ld.u32 %r3, [%g5];
    add.u32 %v, %r0, %r1; add.u32 %v, %v, %r2; add.u32 %v, %v, %r3;
    st.global.u32 [%x], %v;
    ret;)";
  Machine machine;
  DevicePtr out = machine.room(128);
  Result<Counters> counters =
      machine.run(kernel(body, 1, before), {out}, {1, 1, 1}, {32, 1, 1}, 128);
  ASSERT_TRUE(counters.ok()) << counters.message();
  std::vector<uint32_t> got = machine.read<uint32_t>(out, 32);
  for (uint32_t t = 0; t < 32; ++t)
    EXPECT_EQ(got[t], 30 + 2 * t + (t < 16 ? t : 30));
}

TEST(Memory, VectorsAndNarrowTypes) {
  std::string body = R"(.reg .b64 %x, %y; .reg .b32 %r<4>; .reg .b16 %h<4>;
    ld.param.u64 %x, [p0]; ld.param.u64 %y, [p1];
    ld.global.nc.v4.u8 {%h0, %h1, %h2, %h3}, [%x];
    ld.global.s8 %r0, [%x+4];
    ld.global.v2.u16 {%h1, _}, [%x+4];
    cvt.u32.u16 %r1, %h0; cvt.u32.u16 %r2, %h1;
    st.global.v4.u32 [%y], {%r0, %r1, %r2, 7};
    st.global.u8 [%y+16], %r0;
    ret;)";
  Machine machine;
  DevicePtr out = machine.room(32);
  Result<Counters> counters = machine.run(
      kernel(body, 2),
      {machine.buffer(std::vector<uint8_t>{1, 2, 3, 4, 0xfe, 0xff, 0, 0}), out},
      {1, 1, 1}, {1, 1, 1});
  ASSERT_TRUE(counters.ok()) << counters.message();
  EXPECT_EQ(machine.read<uint32_t>(out, 4),
            (std::vector<uint32_t>{0xfffffffe, 1, 0xfffe, 7}));
  EXPECT_EQ(machine.read<uint8_t>(out + 16, 1)[0], 0xfe);
  EXPECT_EQ(*machine.device.uninitialised(out, 32), 15u);
}

TEST(Memory, Atomics) {
  std::string body = R"(.reg .b64 %x; .reg .b32 %v, %t; .reg .f32 %f;
    ld.param.u64 %x, [p0];
    mov.u32 %t, %tid.x;
    atom.global.add.u32 %v, [%x], 1;
    red.global.max.u32 [%x+4], %t;
    red.relaxed.gpu.global.add.u32 [%x+8], 2;
    cvt.rn.f32.u32 %f, %t;
    red.global.add.f32 [%x+12], %f;
    ret;)";
  for (unsigned threads : {1u, 4u}) {
    Machine machine;
    machine.options.threads = threads;
    DevicePtr out = machine.buffer(std::vector<uint32_t>(4));
    Result<Counters> counters =
        machine.run(kernel(body), {out}, {50, 1, 1}, {64, 1, 1});
    ASSERT_TRUE(counters.ok()) << counters.message();
    EXPECT_EQ(machine.read<uint32_t>(out, 4),
              (std::vector<uint32_t>{3200, 63, 6400, bitsOf(50 * 2016.0f)}));
  }
}

TEST(Memory, CountersOfTraffic) {
  std::string body = R"(.reg .b64 %x, %o; .reg .b32 %v, %t, %s, %b;
    ld.param.u64 %x, [p0];
    mov.u32 %t, %tid.x;
    mul.wide.u32 %o, %t, 8;
    add.u64 %x, %x, %o;
    ld.global.u32 %v, [%x];
    mov.u32 %b, s;
    mad.lo.u32 %s, %t, 128, %b;
    st.shared.u32 [%s], %v;
    ld.shared.u32 %v, [%s];
    ret;)";
  Machine machine;
  Result<Counters> counters =
      machine.run(kernel(body, 1, ".shared .align 4 .b8 s[4096];"),
                  {machine.buffer(std::vector<uint32_t>(64))});
  ASSERT_TRUE(counters.ok()) << counters.message();
  EXPECT_EQ(counters->globalLoads.asked, 8u);
  EXPECT_EQ(counters->globalLoads.needed, 4u);
  EXPECT_EQ(counters->sharedStores.asked, 32u); // all in one bank
  EXPECT_EQ(counters->sharedStores.needed, 1u);
  EXPECT_EQ(counters->sharedLoads.asked, 32u);
  EXPECT_TRUE(contains(counters->toJson(), "\"warp_instructions\": 10"));
  EXPECT_TRUE(contains(counters->toJson(),
                       "\"global_loads\": {\"requests\": 1, \"bytes\": "
                       "128, \"sectors\": 8, \"sectors_needed\": 4}"));
}

TEST(Memory, PrintAndAssert) {
  std::string before = R"(
.extern .func (.param .b32 r) vprintf(.param .b64 a, .param .b64 b);
.global .align 1 .b8 text[] = {37, 100, 32, 37, 115, 33, 10, 0};
.global .align 1 .b8 word[3] = {104, 105, 0};)";
  std::string body =
      R"(.local .align 8 .b8 args[16]; .reg .b64 %a<3>; .reg .b32 %t;
    mov.u32 %t, %tid.x;
    st.local.u32 [args], %t;
    mov.u64 %a0, word; cvta.global.u64 %a0, %a0; st.local.u64 [args+8], %a0;
    mov.u64 %a1, text; cvta.global.u64 %a1, %a1;
    mov.u64 %a2, args; cvta.local.u64 %a2, %a2;
    { .param .b64 p0; .param .b64 p1; .param .b32 r;
    st.param.b64 [p0], %a1; st.param.b64 [p1], %a2;
    call.uni (r), vprintf, (p0, p1); }
    ret;)";
  Machine machine;
  std::string printed;
  machine.options.print = [&](std::string_view text) { printed += text; };
  Result<Counters> counters =
      machine.run(kernel(body, 1, before), {0}, {1, 1, 1}, {3, 1, 1});
  ASSERT_TRUE(counters.ok()) << counters.message();
  EXPECT_EQ(printed, "0 hi!\n1 hi!\n2 hi!\n");
}

TEST(Memory, ResultsAndCountersForAnyThreadCount) {
  std::string body = prologue + R"(.reg .b32 %c; mov.u32 %c, %ctaid.x;
    mul.wide.u32 %o, %c, 128; add.u64 %x, %x, %o;
    rem.u32 %n, %c, 7; mov.u32 %v, %t;
    L: mad.lo.u32 %v, %v, 1664525, 1013904223;
    add.u32 %n, %n, -1; setp.gt.s32 %p, %n, 0; @%p bra L;
    st.global.u32 [%x], %v; ret;)";
  std::vector<uint32_t> first;
  std::string json;
  for (unsigned threads : {1u, 2u, 5u}) {
    Machine machine;
    machine.options.threads = threads;
    DevicePtr out = machine.room(128 * 100);
    Result<Counters> counters = machine.run(kernel(body), {out}, {100, 1, 1});
    ASSERT_TRUE(counters.ok()) << counters.message();
    std::vector<uint32_t> got = machine.read<uint32_t>(out, 3200);
    if (first.empty()) {
      first = got;
      json = counters->toJson();
    }
    EXPECT_EQ(got, first);
    EXPECT_EQ(counters->toJson(), json);
  }
}

std::string indexedBranch(const std::string &guard,
                          const std::string &targets) {
  return R"(
    mov.u32 %d, 100;
    setp.lt.u32 %p, %a, 6;
    list: .branchtargets )" +
         targets + R"(;
    )" + guard +
         R"( brx.idx %a, list;
    bra out;
one:
    add.u32 %d, %d, 1;
two:
    add.u32 %d, %d, 10;
    bra out;
three:
    mov.u32 %d, 7;
out:
)";
}

TEST(ControlTest, IndexedBranches) {
  // Falls through from one to two; others are guarded off.
  std::vector<uint32_t> got =
      lanes<uint32_t>(indexedBranch("@%p", "one, two, three, one, out, two"),
                      std::vector<uint32_t>{0, 1, 2, 3, 4, 5, 6, 700});
  EXPECT_EQ(got, (std::vector<uint32_t>{111, 110, 7, 111, 100, 110, 100, 100}));
}

TEST(ControlTest, IndexedBranchesMustHaveATarget) {
  Machine machine;
  EXPECT_TRUE(contains(machine.refuse(kernel(R"(
    .reg .b32 %a;
    mov.u32 %a, %tid.x;
    list: .branchtargets out, out;
    brx.idx %a, list;
out:
    ret;)"),
                                      {0}),
                       "brx.idx with index 2, but there are 2 targets"));
  Result<Module> module = Module::load(
      kernel(".reg .b32 %a; mov.u32 %a, 0; brx.idx %a, nowhere; ret;"));
  ASSERT_FALSE(module.ok());
  EXPECT_TRUE(contains(module.message(), "'nowhere' is no list"));
}

} // namespace

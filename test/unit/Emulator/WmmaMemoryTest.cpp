//===- WmmaMemoryTest.cpp - what wmma refuses -------------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Bounds, alignment, races and illegal forms of wmma.load, wmma.store and
// wmma.mma. Products are in WmmaTest.cpp.
//
//===----------------------------------------------------------------------===//

#include "TestSupport.h"

using namespace emulator_test;

namespace {

// A program with registers; %x0 and %x1 are its parameters.
std::string program(const std::string &body, const std::string &shared = "") {
  return kernel(".reg .b32 %a<8>, %b<8>, %d<8>, %t, %s; .reg .pred %p;\n"
                ".reg .b64 %x<3>; .reg .f64 %f;\n"
                "ld.param.u64 %x0, [p0]; ld.param.u64 %x1, [p1];\n"
                "mov.u32 %t, %tid.x; mov.u32 %s, %ctaid.x;\n" +
                    body + "\nret;",
                2, shared);
}
const std::string eight = "{%d0,%d1,%d2,%d3,%d4,%d5,%d6,%d7}";

/// `how` is layout, shape, space.
std::string loadC(const std::string &address, const std::string &stride = "16",
                  const std::string &how = "row.m16n16k16.global") {
  return "wmma.load.c.sync.aligned." + how + ".f32 " + eight + ", [" + address +
         "], " + stride + ";\n";
}
std::string storeD(const std::string &address, const std::string &stride = "16",
                   const std::string &how = "row.m16n16k16.global") {
  return "wmma.store.d.sync.aligned." + how + ".f32 [" + address + "], " +
         eight + ", " + stride + ";\n";
}
/// All elements are `value`.
std::string fill(const std::string &value) {
  std::string text;
  for (int i = 0; i < 8; ++i)
    text += "mov.b32 %d" + std::to_string(i) + ", " + value + ";\n";
  return text;
}

TEST(WmmaMemory, LastElementBounds) {
  // Row 15 begins at 15 * 24 and has 16 elements, however long the stride.
  Machine machine;
  std::vector<float> values(15 * 24 + 16, 1.0f);
  DevicePtr from = machine.buffer(values), to = machine.buffer(values);
  for (std::string layout : {"row", "col"}) {
    std::string how = layout + ".m16n16k16";
    std::string ptx =
        program(loadC("%x0", "24", how) + storeD("%x1", "24", how));
    EXPECT_TRUE(machine.run(ptx, {from, to}).ok());
    EXPECT_TRUE(
        contains(machine.refuse(ptx, {from + 32, to}), "read of 4 bytes"));
    std::string message = machine.refuse(ptx, {from, to + 32});
    EXPECT_TRUE(contains(message, "write of 4 bytes"));
    EXPECT_TRUE(contains(message, "out of bounds"));
  }
  // Strides are not negative.
  for (const char *stride : {"0x40000000", "0xfffffff8"})
    EXPECT_TRUE(
        contains(machine.refuse(program(loadC("%x0", stride)), {from + 960, 0}),
                 "read of 4 bytes"));
}

TEST(WmmaMemory, SharedBounds) {
  Machine machine;
  for (std::string how : {"row.m16n16k16.shared", "row.m16n16k16"}) {
    std::string body = "cvta.shared.u64 %x0, s;\n" + fill("0") +
                       storeD(how.back() == '6' ? "%x0" : "s", "16", how);
    EXPECT_TRUE(
        machine.run(program(body, ".shared .align 32 .b8 s[1024];"), {0, 0})
            .ok());
    EXPECT_TRUE(contains(
        machine.refuse(program(body, ".shared .align 32 .b8 s[1020];"), {0, 0}),
        "out of bounds"));
  }
}

TEST(WmmaMemory, Uninitialised) {
  Machine machine;
  DevicePtr buffer = machine.room(1024), out = machine.room(1024);
  ASSERT_TRUE(machine.device.set(buffer, 0, 4, 255).ok());
  std::string ptx = program(loadC("%x0") + storeD("%x1"));
  EXPECT_TRUE(contains(machine.refuse(ptx, {buffer, out}),
                       "which were never written (byte 1020"));
  ASSERT_TRUE(machine.device.set(buffer + 1020, 0, 4, 1).ok());
  EXPECT_TRUE(machine.run(ptx, {buffer, out}).ok());
  EXPECT_EQ(*machine.device.uninitialised(out, 1024), 0u);
  // One register of a fragment was not.
  EXPECT_TRUE(contains(
      machine.refuse(program(fill("0").erase(0, 15) + storeD("%x1")), {0, out}),
      "register that was never written"));
}

TEST(WmmaMemory, ElementsMustBeAligned) {
  Machine machine;
  DevicePtr buffer = machine.buffer(std::vector<float>(512, 1.0f));
  for (const std::string &code : {loadC("%x0+2"), storeD("%x0+2")})
    EXPECT_TRUE(
        contains(machine.refuse(program(loadC("%x0") + code), {buffer, 0}),
                 "misaligned"));
}

TEST(WmmaMemory, RowsMustBeAligned) {
  // The address to the fragment (8 registers), strides to 16 bytes.
  Machine machine;
  DevicePtr buffer = machine.buffer(std::vector<float>(512, 1.0f));
  EXPECT_TRUE(machine
                  .run(program(loadC("%x0+32", "20") + storeD("%x0+32", "20")),
                       {buffer, 0})
                  .ok());
  for (const std::string &code : {loadC("%x0+16"), storeD("%x0+16"),
                                  loadC("%x0", "18"), storeD("%x0", "17")})
    EXPECT_TRUE(
        contains(machine.refuse(program(loadC("%x0") + code), {buffer, 0}),
                 "misaligned"));
}

TEST(WmmaMemory, LanesMustAgree) {
  Machine machine;
  DevicePtr buffer = machine.buffer(std::vector<float>(4096, 1.0f));
  for (const std::string &code :
       {"mul.wide.u32 %x2, %t, 64; add.u64 %x0, %x0, %x2;\n" + loadC("%x0"),
        "shl.b32 %t, %t, 3;\n" + loadC("%x0", "%t")})
    EXPECT_TRUE(contains(machine.refuse(program(code), {buffer, 0}),
                         "differs from that of lane 0"));
}

TEST(WmmaMemory, WholeWarpsOnly) {
  Machine machine;
  DevicePtr buffer = machine.buffer(std::vector<float>(256, 1.0f));
  EXPECT_TRUE(
      contains(machine.refuse(program("setp.ge.u32 %p, %t, 16; @%p bra END;\n" +
                                      loadC("%x0") + "END:"),
                              {buffer, 0}),
               "needs all 32 lanes"));
  machine.refuse(program(loadC("%x0")), {buffer, 0}, {1, 1, 1}, {16, 1, 1});
}

TEST(WmmaRaces, TilesOfTwoWarps) {
  Machine machine;
  // Warp w stores 16 rows of w at s + w * `apart` bytes.
  auto run = [&](const std::string &apart, const char *between) {
    std::string tile = storeD("%s", "16", "row.m16n16k16.shared");
    std::string body = "shr.u32 %t, %t, 5; mov.u32 %s, s;\n"
                       "mad.lo.u32 %s, %t, " +
                       apart + ", %s; setp.eq.u32 %p, %t, 0;\n" + fill("%t") +
                       "@%p bra A;\n" + tile + "A: " + between +
                       "@!%p bra B;\n" + tile + "B:";
    Result<Counters> result =
        machine.run(program(body, ".shared .align 32 .b8 s[2048];"), {0, 0},
                    {1, 1, 1}, {64, 1, 1});
    return result.ok() ? std::string() : result.message();
  };
  EXPECT_EQ(run("1024", ""), "");
  // The last row of the one is the first of the other.
  EXPECT_TRUE(contains(run("960", ""), "data race at shared address"));
  EXPECT_EQ(run("960", "bar.sync 0;\n"), "");
  machine.options.checks.sharedRaces = false;
  EXPECT_EQ(run("960", ""), "");
}

TEST(WmmaRaces, EqualValuesAreForgiven) {
  Machine machine;
  std::string tile = storeD("s", "16", "row.m16n16k16.shared");
  std::string shared = ".shared .align 32 .b8 s[1024];";
  const Dim3 block = {64, 1, 1};
  EXPECT_TRUE(
      machine.run(program(fill("7") + tile, shared), {0, 0}, {1, 1, 1}, block)
          .ok());
  EXPECT_TRUE(contains(machine.refuse(program(fill("%t") + tile, shared),
                                      {0, 0}, {1, 1, 1}, block),
                       "data race"));
}

TEST(WmmaRaces, LanesOfAnElementAreUnknown) {
  // Whichever lane stored an element, another one may load it as A.
  Machine machine;
  auto ptx = [](const std::string &between) {
    return program(fill("0") +
                       "wmma.store.d.sync.aligned.row.m16n16k16.shared.f16 "
                       "[s], {%d0,%d1,%d2,%d3};\n" +
                       between +
                       "wmma.load.a.sync.aligned.row.m16n16k16.shared.f16 " +
                       eight + ", [s];",
                   ".shared .align 32 .b8 s[512];");
  };
  EXPECT_TRUE(machine.run(ptx("bar.warp.sync -1;\n"), {0, 0}).ok());
  EXPECT_TRUE(contains(machine.refuse(ptx(""), {0, 0}), "data race"));
}

TEST(WmmaRaces, LoadOfOtherWarpsStores) {
  Machine machine;
  auto ptx = [](const std::string &between) {
    return program("mov.u32 %s, s; mad.lo.u32 %s, %t, 4, %s;\n"
                   "st.shared.b32 [%s], %t; st.shared.b32 [%s+512], %t;\n" +
                       between + loadC("s", "16", "row.m16n16k16.shared"),
                   ".shared .align 32 .b8 s[1024];");
  };
  const Dim3 block = {128, 1, 1};
  EXPECT_TRUE(machine.run(ptx("bar.sync 0;"), {0, 0}, {1, 1, 1}, block).ok());
  machine.options.checks.uninitialised = false; // else that comes first
  EXPECT_TRUE(
      contains(machine.refuse(ptx(""), {0, 0}, {1, 1, 1}, block), "data race"));
}

TEST(WmmaRaces, TilesOfTwoCtas) {
  Machine machine;
  DevicePtr from = machine.buffer(std::vector<float>(512, 1.0f));
  DevicePtr to = machine.room(2048);
  auto ptx = [](const std::string &apart) {
    return program(loadC("%x0") + "mul.wide.u32 %x2, %s, " + apart +
                   "; add.u64 %x1, %x1, %x2;\n" + storeD("%x1"));
  };
  EXPECT_TRUE(machine.run(ptx("1024"), {from, to}, {2, 1, 1}).ok());
  // Between CTAs equal values are not forgiven.
  EXPECT_TRUE(
      contains(machine.refuse(ptx("960"), {from, to}, {2, 1, 1}), "race"));
}

TEST(WmmaForms, RefusedWhenLoaded) {
  const char *const refused[] = {
      // Types that a shape does not have.
      "load.a.sync.aligned.row.m16n16k8.f16 8, [%x0]",
      "load.a.sync.aligned.row.m16n16k16.tf32 8, [%x0]",
      "load.a.sync.aligned.row.m16n16k16.f32 8, [%x0]",
      "mma.sync.aligned.row.col.m16n16k16.s32.f16 8, 8, 8, 4",
      "mma.sync.aligned.row.col.m16n16k16.f16.bf16.bf16.f32 4, 4, 4, 8",
      "load.c.sync.aligned.row.m16n16k8.f16 4, [%x0]",
      "load.c.sync.aligned.row.m16n16k8.s32 8, [%x0]",
      "store.d.sync.aligned.row.m16n16k8.f16 [%x0], 4",
      "mma.sync.aligned.row.col.m16n16k16.s32.s8.u8.s32 8, 2, 2, 8",
      "mma.sync.aligned.row.col.m16n16k16.f32.bf16.bf16.f16 8, 4, 4, 4",
      "mma.sync.aligned.row.col.m16n16k8.f32.tf32.tf32.f16 8, 4, 4, 4",
      // Halves do not name the types of A and B.
      "mma.sync.aligned.row.col.m16n16k16.f32.f16.f16.f32 8, 8, 8, 8",
      // Numbers of registers.
      "load.a.sync.aligned.row.m16n16k16.f16 4, [%x0]",
      "load.a.sync.aligned.row.m16n16k16.bf16 8, [%x0]",
      // Floats do not saturate; both layouts and .aligned must be there.
      "mma.sync.aligned.row.col.m16n16k16.f32.f32.satfinite 8, 8, 8, 8",
      "mma.sync.aligned.col.m16n16k16.f32.f32 8, 8, 8, 8",
      "load.a.sync.row.m16n16k16.f16 8, [%x0]",
      // Uses that do not exist; a stride has 32 bits.
      "load.d.sync.aligned.row.m16n16k16.f32 8, [%x0]",
      "store.c.sync.aligned.row.m16n16k16.f32 [%x0], 8",
      "load.a.sync.aligned.row.m16n16k16.f16 8, [%x0], %x1",
      "store.a.sync.aligned.row.m16n16k16.f16 [%x0], 8",
      // Spaces but global and shared.
      "load.a.sync.aligned.row.m16n16k16.const.f16 8, [%x0]",
      "load.a.sync.aligned.row.m16n16k16.local.f16 8, [%x0]",
      "load.a.sync.aligned.row.m16n16k16.param.f16 8, [%x0]",
      // Not supported.
      "load.a.sync.aligned.row.m8n8k4.f64 {%f}, [%x0]",
      "load.a.sync.aligned.row.m8n8k32.s4 {%a0}, [%x0]",
  };
  // A lone digit stands for so many registers.
  auto loads = [](const std::string &code) {
    std::string text = "wmma.";
    for (size_t i = 0; i < code.size(); ++i)
      text += i && code[i - 1] == ' ' && std::isdigit(code[i])
                  ? eight.substr(0, (code[i] - '0') * 4) + "}"
                  : std::string(1, code[i]);
    return Module::load(program(text + ";"), "m.ptx").ok();
  };
  EXPECT_TRUE(loads("load.a.sync.aligned.row.m16n16k16.f16 8, [%x0]"));
  EXPECT_TRUE(loads("mma.sync.aligned.row.col.m16n16k16.f32.f16 8, 8, 8, 4"));
  for (const char *code : refused)
    EXPECT_FALSE(loads(code)) << code;
}

} // namespace

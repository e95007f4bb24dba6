//===- WgmmaTest.cpp - warpgroup products -----------------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Operands are laid out here by the canonical layouts of PTX ISA 9.7.15.5.1.2,
// element by element; sums are small integers, so that every order of addition
// gives the same.
//
//===----------------------------------------------------------------------===//

#include "TestSupport.h"

#include <random>

using namespace emulator_test;

namespace {

struct Case {
  const char *name;
  const char *types; // "f32.f16.f16"
  unsigned bytes;    // of an element
  unsigned n;
  unsigned modeA = 1,
           modeB = 1; // of the descriptors: 0 none, 1 128B, 2 64B, 3 32B
  bool turnA = false, turnB = false;
  bool registersA = false;
  unsigned step = 0; // slices of k into the swizzled rows
  bool accumulates = true;
  int scaleA = 1, scaleB = 1;
  unsigned depth() const { return 32 / bytes; }
  bool isInteger() const { return types[0] == 's'; }
  bool isHalfResult() const { return types[1] == '1'; }
};

void PrintTo(const Case &c, std::ostream *out) { *out << c.name; }

/// Where element (mn, k) lies, in bytes from the 1024-aligned start.
uint32_t place(unsigned mode, bool turned, unsigned bytes, unsigned mn,
               unsigned k) {
  const unsigned widths[] = {16, 128, 64, 32}; // of a row of the pattern
  unsigned width = widths[mode], t = 16 / bytes;
  uint32_t at;
  if (mode == 0 && !turned) // 8 x 16 bytes; two along k, then along mn
    at = mn % 8 * 16 + mn / 8 * 256 + k / t * 128 + k % t * bytes;
  else if (mode == 0) // T along mn by 8 along k; two along k, then mn
    at = mn % t * bytes + mn / t * 256 + k % 8 * 16 + k / 8 * 128;
  else if (!turned) // rows of `width` bytes along k, 8 in a pattern
    at = mn * width + k * bytes;
  else { // rows of `width` bytes along mn, 8 of k in a pattern; 2 patterns of k
    unsigned row = width / bytes;
    at = mn % row * bytes + k % 8 * width + k / 8 * 8 * width +
         mn / row * 16 * width;
  }
  unsigned phase = mode == 0 ? 0 : at / 128 % 8 & (width / 16 - 1);
  return at ^ phase * 16;
}

/// The offsets that go with `place`, as the descriptor has them.
uint64_t descriptor(uint32_t start, unsigned mode, bool turned) {
  const unsigned widths[] = {16, 128, 64, 32};
  uint64_t width = widths[mode], leading, stride;
  if (mode == 0) {
    leading = 128;
    stride = 256;
  } else {
    leading = turned ? 16 * width : 0;
    stride = 8 * width;
  }
  return (start >> 4) | leading >> 4 << 16 | stride >> 4 << 32 |
         uint64_t(mode) << 62;
}

/// Small integers are exact: rebias the exponent, cut the fraction.
uint32_t halfOf(int value) {
  uint32_t bits = bitsOf(float(value)), sign = bits >> 16 & 0x8000;
  return value == 0 ? 0 : sign | (((bits >> 13) & 0x3ffff) - (112u << 10));
}

uint32_t encode(const Case &c, int value) {
  std::string type = std::string(c.types).substr(4);
  if (c.isInteger())
    return uint32_t(value) & 0xff;
  uint32_t bits = bitsOf(float(value));
  if (c.bytes == 1) {
    // Three bits of fraction hold the numbers up to 8.
    bool isE4m3 = type[1] == '4';
    uint32_t fraction = isE4m3 ? 20 : 21, bias = isE4m3 ? 120 : 112;
    return value == 0 ? 0
                      : (bits >> 24 & 0x80) |
                            ((bits & 0x7fffffff) - (bias << 23)) >> fraction;
  }
  if (c.bytes == 4)
    return bits;
  if (type[0] == 'b')
    return bits >> 16;
  return halfOf(value);
}

constexpr uint32_t kStartB = 16384, kShared = 16384 + 65536;

/// Copies the image, multiplies, stores register r of thread t to
/// out[r * 128 + t].
std::string program(const Case &c, const std::string &between,
                    const std::string &product, const std::string &after) {
  unsigned registers = c.isHalfResult() ? c.n / 4 : c.n / 2;
  std::string d, init, store;
  bool isFloat = !c.isInteger() && !c.isHalfResult();
  for (unsigned r = 0; r < registers; ++r) {
    std::string name = "%d" + std::to_string(r);
    d += (r ? ", " : "") + name;
    if (c.accumulates) // C is 3
      init += std::string("mov.b32 ") + name +
              (isFloat         ? ", 0f40400000;\n"
               : c.isInteger() ? ", 3;\n"
                               : ", 0x42004200;\n");
    store +=
        "st.global.b32 [%x2+" + std::to_string(r * 512) + "], " + name + ";\n";
  }
  std::string a = "%x4";
  std::string loads;
  if (c.registersA) {
    a = "{%a0, %a1, %a2, %a3}";
    for (unsigned r = 0; r < 4; ++r)
      loads += "ld.global.b32 %a" + std::to_string(r) + ", [%x3+" +
               std::to_string(r * 512) + "];\n";
  }
  std::string flags;
  if (!c.isInteger())
    flags += ", " + std::to_string(c.scaleA) + ", " + std::to_string(c.scaleB);
  if (c.bytes == 2 && !c.registersA)
    flags += c.turnA ? ", 1" : ", 0";
  if (c.bytes == 2)
    flags += c.turnB ? ", 1" : ", 0";
  std::string text =
      product.empty()
          ? "wgmma.mma_async.sync.aligned.m64n" + std::to_string(c.n) + "k" +
                std::to_string(c.depth()) + "." + c.types + " {" + d + "}, " +
                a + ", %x5, %p" + flags + ";\n"
          : product;
  return kernel(R"(
    .reg .b32 %t, %r<8>, %a<4>; .reg .b64 %x<8>; .reg .pred %p, %q;
    .reg .)" + std::string(isFloat ? "f32" : "b32") +
                    " %d<" + std::to_string(registers) + R"(>;
    mov.u32 %t, %tid.x;
    ld.param.u64 %x0, [p0];
    ld.param.u64 %x2, [p1];
    ld.param.u64 %x3, [p2];
    ld.param.u64 %x4, [p3];
    ld.param.u64 %x5, [p4];
    mul.wide.u32 %x1, %t, 4;
    add.u64 %x2, %x2, %x1;
    add.u64 %x3, %x3, %x1;
    add.u64 %x0, %x0, %x1;
    mov.u32 %r1, image;
    shl.b32 %r2, %t, 2;
    add.u32 %r1, %r1, %r2;
    mov.u32 %r3, 0;
copy:
    ld.global.u32 %r4, [%x0];
    st.shared.u32 [%r1], %r4;
    add.u64 %x0, %x0, 512;
    add.u32 %r1, %r1, 512;
    add.u32 %r3, %r3, 512;
    setp.lt.u32 %q, %r3, )" +
                    std::to_string(kShared) + R"(;
    @%q bra copy;
    setp.ne.u32 %p, )" +
                    (c.accumulates ? "1" : "0") + ", 0;\n" + loads + init +
                    between + text + after + store + "ret;",
                5, ".extern .shared .align 1024 .b8 image[];", "sm_90a");
}

const char *const between = "fence.proxy.async.shared::cta;\nbar.sync 0;\n"
                            "wgmma.fence.sync.aligned;\n";
const char *const after = "wgmma.commit_group.sync.aligned;\n"
                          "wgmma.wait_group.sync.aligned 0;\n";

struct Operands {
  std::vector<int> a, b; // 64 x depth, depth x n
  std::vector<uint8_t> image = std::vector<uint8_t>(kShared);
  std::vector<uint32_t> fragments = std::vector<uint32_t>(4 * 128);
};

Operands makeOperands(const Case &c) {
  std::mt19937 random(c.n);
  Operands made;
  bool isUnsigned = std::string(c.types).find("u8") != std::string::npos;
  auto number = [&] {
    return isUnsigned ? int(random() % 256) : int(random() % 9) - 4;
  };
  unsigned depth = c.depth(), shift = c.step * depth;
  auto put = [&](uint32_t at, int value) {
    uint32_t bits = encode(c, value);
    std::memcpy(made.image.data() + at, &bits, c.bytes);
  };
  for (unsigned m = 0; m < 64; ++m)
    for (unsigned k = 0; k < depth; ++k) {
      made.a.push_back(number());
      int value = made.a.back();
      put(place(c.modeA, c.turnA, c.bytes, m, k + shift), value);
      // Register 2 h + i: row 16 w + g + 8 i, k of the quarter's lane q.
      unsigned each = 4 / c.bytes, q = k / each % 4, half = k / (4 * each);
      unsigned lane = 32 * (m / 16) + 4 * (m % 8) + q;
      made.fragments[(2 * half + m / 8 % 2) * 128 + lane] |=
          encode(c, value) << 8 * c.bytes * (k % each);
    }
  for (unsigned k = 0; k < depth; ++k)
    for (unsigned n = 0; n < c.n; ++n) {
      made.b.push_back(number());
      put(kStartB + place(c.modeB, c.turnB, c.bytes, n, k + shift),
          made.b.back());
    }
  return made;
}

Result<Counters> launch(Machine &machine, const Case &c,
                        const Operands &operands, DevicePtr out,
                        const std::string &text) {
  uint64_t start = c.step * 32;
  return machine.run(text,
                     {machine.buffer(operands.image), out,
                      machine.buffer(operands.fragments),
                      descriptor(uint32_t(start), c.modeA, c.turnA),
                      descriptor(uint32_t(kStartB + start), c.modeB, c.turnB)},
                     {1, 1, 1}, {128, 1, 1}, kShared);
}

class WgmmaCase : public ::testing::TestWithParam<Case> {};

TEST_P(WgmmaCase, MatchesAPlainLoop) {
  const Case &c = GetParam();
  Operands operands = makeOperands(c);
  Machine machine;
  unsigned registers = c.isHalfResult() ? c.n / 4 : c.n / 2;
  DevicePtr out = machine.room(registers * 512);
  Result<Counters> result =
      launch(machine, c, operands, out, program(c, between, "", after));
  ASSERT_TRUE(result.ok()) << result.message();
  std::vector<uint32_t> got = machine.read<uint32_t>(out, registers * 128);
  for (unsigned m = 0; m < 64; ++m)
    for (unsigned n = 0; n < c.n; ++n) {
      int64_t expected = c.accumulates ? 3 : 0;
      for (unsigned k = 0; k < c.depth(); ++k)
        expected += int64_t(c.scaleA * c.scaleB) *
                    operands.a[m * c.depth() + k] * operands.b[k * c.n + n];
      unsigned lane = 32 * (m / 16) + 4 * (m % 8) + n % 8 / 2;
      unsigned i = m / 8 % 2;
      if (c.isHalfResult()) {
        uint32_t word = got[(2 * (n / 8) + i) * 128 + lane];
        ASSERT_EQ(word >> 16 * (n % 2) & 0xffff, halfOf(int(expected)))
            << m << ", " << n;
        continue;
      }
      uint32_t word = got[(4 * (n / 8) + 2 * i + n % 2) * 128 + lane];
      ASSERT_EQ(c.isInteger() ? int64_t(int32_t(word)) : int64_t(floatOf(word)),
                expected)
          << m << ", " << n;
    }
  EXPECT_EQ(result->tensorFlops, 2ull * 64 * c.n * c.depth());
  EXPECT_EQ(result->of(InstructionClass::Wgmma), 4u);
  EXPECT_EQ(result->wgmmaShared.bytes,
            (c.registersA ? 0u : 2048u) + uint64_t(c.n) * 32);
}

const Case cases[] = {
    {"f16_128B", "f32.f16.f16", 2, 64},
    {"f16_64B", "f32.f16.f16", 2, 128, 2, 2},
    {"f16_32B", "f32.f16.f16", 2, 24, 3, 3},
    {"f16_none", "f32.f16.f16", 2, 256, 0, 0},
    {"f16_widest", "f32.f16.f16", 2, 256},
    {"f16_narrowest", "f32.f16.f16", 2, 8},
    {"f16_step", "f32.f16.f16", 2, 64, 1, 1, false, false, false, 3},
    {"f16_step_64B", "f32.f16.f16", 2, 64, 2, 2, false, false, false, 1},
    {"f16_B_turned", "f32.f16.f16", 2, 128, 1, 1, false, true},
    {"f16_A_turned", "f32.f16.f16", 2, 64, 1, 1, true, false},
    {"f16_both_turned_64B", "f32.f16.f16", 2, 96, 2, 2, true, true},
    {"f16_both_turned_32B", "f32.f16.f16", 2, 64, 3, 3, true, true},
    {"f16_both_turned_none", "f32.f16.f16", 2, 64, 0, 0, true, true},
    {"f16_registers", "f32.f16.f16", 2, 64, 1, 1, false, false, true},
    {"f16_registers_turned", "f32.f16.f16", 2, 64, 1, 3, false, true, true},
    {"f16_to_f16", "f16.f16.f16", 2, 32},
    {"f16_fresh", "f32.f16.f16", 2, 64, 1, 1, false, false, false, 0, false},
    {"f16_negated", "f32.f16.f16", 2, 64, 1, 1, false, false, false, 0, true,
     -1, 1},
    {"bf16", "f32.bf16.bf16", 2, 192},
    {"bf16_registers", "f32.bf16.bf16", 2, 16, 1, 2, false, false, true},
    {"tf32", "f32.tf32.tf32", 4, 64},
    {"tf32_registers", "f32.tf32.tf32", 4, 40, 1, 0, false, false, true},
    {"s8", "s32.s8.s8", 1, 64},
    {"s8_registers", "s32.s8.s8", 1, 32, 1, 2, false, false, true},
    {"u8", "s32.u8.u8", 1, 48, 0, 3},
    {"e4m3", "f32.e4m3.e4m3", 1, 64},
    {"e5m2_registers", "f32.e5m2.e5m2", 1, 24, 1, 2, false, false, true},
    {"e4m3_to_f16", "f16.e4m3.e4m3", 1, 32},
};
INSTANTIATE_TEST_SUITE_P(Shapes, WgmmaCase, ::testing::ValuesIn(cases),
                         [](const auto &info) { return info.param.name; });

std::string refused(const std::string &before, const std::string &behind,
                    const std::string &product = "") {
  Case c = cases[0];
  Machine machine;
  Operands operands = makeOperands(c);
  Result<Counters> result = launch(machine, c, operands, machine.room(32 * 512),
                                   program(c, before, product, behind));
  EXPECT_FALSE(result.ok()) << "the launch was not refused";
  return result.message();
}

TEST(WgmmaTest, NeedsItsFences) {
  EXPECT_TRUE(
      contains(refused("bar.sync 0;\nwgmma.fence.sync.aligned;\n", after),
               "missing fence.proxy.async"));
  EXPECT_TRUE(contains(refused("fence.proxy.async;\nbar.sync 0;\n", after),
                       "wgmma without a wgmma.fence"));
  // A fence of the readers behind the barrier does as well.
  Case c = cases[0];
  Machine machine;
  Result<Counters> good = launch(
      machine, c, makeOperands(c), machine.room(32 * 512),
      program(c, "bar.sync 0;\nfence.proxy.async;\nwgmma.fence.sync.aligned;\n",
              "", after));
  EXPECT_TRUE(good.ok()) << good.message();
}

TEST(WgmmaTest, RemembersEarlierProxyFences) {
  // A warp may be at its second fence before others have read behind the first.
  Case c = cases[0];
  Machine machine;
  std::string twice = between;
  twice += "setp.ge.u32 %q, %t, 96;\n@!%q bra one;\nfence.proxy.async;\none:\n";
  Result<Counters> good =
      launch(machine, c, makeOperands(c), machine.room(32 * 512),
             program(c, twice, "", after));
  EXPECT_TRUE(good.ok()) << good.message();
}

TEST(WgmmaTest, NeedsABarrierBehindTheWrites) {
  EXPECT_TRUE(contains(
      refused("fence.proxy.async;\nwgmma.fence.sync.aligned;\n", after),
      "shared"));
}

TEST(WgmmaTest, OperandsMayNotBeOverwrittenBeforeTheWait) {
  const std::string overwrite = "st.shared.u32 [image+16384], 0;\n";
  EXPECT_TRUE(contains(
      refused(between, "wgmma.commit_group.sync.aligned;\n" + overwrite),
      "may still read"));
  // One group pending is one too many.
  EXPECT_TRUE(contains(refused(between, "wgmma.commit_group.sync.aligned;\n"
                                        "wgmma.wait_group.sync.aligned 1;\n" +
                                            overwrite),
                       "may still read"));
  // Its own wait is not the other warps'.
  EXPECT_TRUE(contains(refused(between, after + overwrite), "shared address"));
}

TEST(WgmmaTest, AllFourWarpsTakePart) {
  EXPECT_TRUE(contains(
      refused(std::string(between) + "setp.ge.u32 %q, %t, 96;\n@%q exit;\n",
              after),
      "some warps of the warpgroup only"));
}

TEST(WgmmaTest, OperandsLieInSharedMemory) {
  EXPECT_TRUE(contains(
      refused(std::string(between) + "add.u64 %x5, %x5, 5000;\n", after),
      "out of bounds"));
}

// Registers of a product that was not waited for (PTX ISA 9.7.15.4).

const char *const commit = "wgmma.commit_group.sync.aligned;\n";

TEST(WgmmaTest, AccumulatorsMayNotBeTouchedBeforeTheWait) {
  for (const char *touch :
       {"st.global.b32 [%x2], %d3;\n", "add.f32 %d3, %d3, %d4;\n",
        "@%p mov.b32 %r5, %d3;\n@%p st.global.b32 [%x2], %r5;\n"}) {
    std::string message = refused(between, commit + std::string(touch));
    EXPECT_TRUE(contains(message, "reads an accumulator of the wgmma at PTX"));
    // One group pending is one too many.
    EXPECT_TRUE(contains(
        refused(between, std::string(commit) +
                             "wgmma.wait_group.sync.aligned 1;\n" + touch),
        "reads an accumulator"));
  }
  for (const char *touch :
       {"mov.b32 %d3, 0f00000000;\n", "ld.global.b32 %d3, [%x2];\n"})
    EXPECT_TRUE(contains(refused(between, commit + std::string(touch)),
                         "changes a register of the wgmma at PTX line"));
}

TEST(WgmmaTest, ChangedRegistersNeedAFence) {
  EXPECT_TRUE(contains(
      refused(std::string(between) + "add.f32 %d3, %d3, %d3;\n", after),
      "an accumulator was changed after the last wgmma.fence"));
  Case c = cases[0];
  Machine machine;
  Result<Counters> good = launch(
      machine, c, makeOperands(c), machine.room(32 * 512),
      program(c, "add.f32 %d3, %d3, %d3;\n" + std::string(between), "", after));
  EXPECT_TRUE(good.ok()) << good.message();
}

TEST(WgmmaTest, MovesOfAccumulatorsInFlightAreRenamings) {
  // As compilers write a loop: out of the accumulator and back into it.
  Case c = cases[0];
  Machine machine;
  std::string text = program(c, between, "",
                             std::string(commit) +
                                 ".reg .f32 %e;\nmov.f32 %e, %d3;\n"
                                 "mov.f32 %d3, %e;\n" +
                                 after);
  Result<Counters> good =
      launch(machine, c, makeOperands(c), machine.room(32 * 512), text);
  EXPECT_TRUE(good.ok()) << good.message();
  EXPECT_TRUE(contains(refused(between, std::string(commit) +
                                            ".reg .f32 %e;\nmov.f32 %e, %d3;\n"
                                            "st.global.f32 [%x2], %e;\n"),
                       "reads an accumulator"));
}

TEST(WgmmaTest, RegistersOfAMayNotBeChangedBeforeTheWait) {
  Case c = cases[0];
  for (const Case &each : cases)
    if (std::string(each.name) == "f16_registers")
      c = each;
  auto run = [&](const std::string &before, const std::string &behind) {
    Machine machine;
    return launch(machine, c, makeOperands(c), machine.room(32 * 512),
                  program(c, before, "", behind));
  };
  EXPECT_TRUE(contains(
      run(between, commit + std::string("add.u32 %a1, %a1, 1;\n")).message(),
      "changes a register of the wgmma"));
  // Reading them is no matter.
  Result<Counters> good =
      run(between, commit + std::string("st.global.b32 [%x2], %a1;\n") + after);
  EXPECT_TRUE(good.ok()) << good.message();
  EXPECT_TRUE(contains(
      run(std::string(between) + "add.u32 %a1, %a1, 1;\n", after).message(),
      "a register of A was changed after the last wgmma.fence"));
}

TEST(WgmmaTest, NeedsItsTarget) {
  std::string text = program(cases[0], between, "", after);
  text.replace(text.find("sm_90a"), 6, "sm_80");
  Result<Module> module = Module::load(text);
  ASSERT_FALSE(module.ok());
  EXPECT_TRUE(contains(module.message(), "needs target sm_90a"));
}

} // namespace

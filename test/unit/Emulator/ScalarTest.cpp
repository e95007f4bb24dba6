//===- ScalarTest.cpp - scalar instructions against C++ ---------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Expected values are worked out by hand or by C++ on the test's side.
//
//===----------------------------------------------------------------------===//

#include "TestSupport.h"

#include <cmath>
#include <random>

using namespace emulator_test;

namespace {

using U = std::vector<uint32_t>;
using S = std::vector<int32_t>;
using F = std::vector<float>;
using H = std::vector<uint16_t>;
using L = std::vector<uint64_t>;
using D = std::vector<double>;

const float inf = INFINITY;
const float nan32 = floatOf(0x7fc00000);

TEST(Integer, AddSubWrapAndSaturate) {
  EXPECT_EQ((lanes<uint32_t, uint32_t, uint32_t>(
                "add.u32 %d, %a, %b;", U{1, 0xffffffff, 5}, U{2, 1, 0})),
            (U{3, 0, 5}));
  EXPECT_EQ((lanes<int32_t, int32_t, int32_t>("add.sat.s32 %d, %a, %b;",
                                              S{INT32_MAX, INT32_MIN, 3},
                                              S{1, -1, 4})),
            (S{INT32_MAX, INT32_MIN, 7}));
  EXPECT_EQ((lanes<int32_t, int32_t, int32_t>("sub.sat.s32 %d, %a, %b;",
                                              S{INT32_MIN, 3}, S{1, 4})),
            (S{INT32_MIN, -1}));
}

TEST(Integer, MultiplyAllParts) {
  U a{3, 0xffffffff, 0x80000000}, b{5, 0xffffffff, 2};
  EXPECT_EQ(
      (lanes<uint32_t, uint32_t, uint32_t>("mul.lo.u32 %d, %a, %b;", a, b)),
      (U{15, 1, 0}));
  EXPECT_EQ(
      (lanes<uint32_t, uint32_t, uint32_t>("mul.hi.u32 %d, %a, %b;", a, b)),
      (U{0, 0xfffffffe, 1}));
  EXPECT_EQ(
      (lanes<uint32_t, uint32_t, uint32_t>("mul.hi.s32 %d, %a, %b;", a, b)),
      (U{0, 0, 0xffffffff}));
  EXPECT_EQ(
      (lanes<uint64_t, uint32_t, uint32_t>("mul.wide.u32 %d, %a, %b;", a, b)),
      (L{15, 0xfffffffe00000001ull, 0x100000000ull}));
  EXPECT_EQ(
      (lanes<uint64_t, uint32_t, uint32_t>("mul.wide.s32 %d, %a, %b;", a, b)),
      (L{15, 1, 0xffffffff00000000ull}));
  EXPECT_EQ((lanes<uint64_t, uint32_t, uint32_t, uint64_t>(
                "mad.wide.s32 %d, %a, %b, %c;", a, b, L{1, 2, 3})),
            (L{16, 3, 0xffffffff00000003ull}));
  EXPECT_EQ((lanes<uint64_t, uint64_t, uint64_t>(
                "mul.hi.u64 %d, %a, %b;", L{~0ull, 1ull << 63}, L{~0ull, 6})),
            (L{~0ull - 1, 3}));
  EXPECT_EQ((lanes<uint32_t, uint32_t, uint32_t, uint32_t>(
                "mad24.lo.s32 %d, %a, %b, %c;", U{0x00ffffff}, U{7}, U{10})),
            (U{3}));
}

TEST(Integer, DivisionAndRemainder) {
  EXPECT_EQ((lanes<int32_t, int32_t, int32_t>(
                "div.s32 %d, %a, %b;", S{-7, 7, INT32_MIN}, S{2, -2, -1})),
            (S{-3, -3, INT32_MIN}));
  EXPECT_EQ((lanes<int32_t, int32_t, int32_t>(
                "rem.s32 %d, %a, %b;", S{-7, 7, INT32_MIN}, S{2, -2, -1})),
            (S{-1, 1, 0}));
  EXPECT_EQ((lanes<uint64_t, uint64_t, uint64_t>("div.u64 %d, %a, %b;",
                                                 L{~0ull, 100}, L{10, 7})),
            (L{1844674407370955161ull, 14}));
}

TEST(Integer, ManyWords) {
  // 128 bits out of four words.
  std::string code = "mov.b64 {%r0, %r1}, %a; mov.b64 {%r2, %r3}, %b;\n"
                     "add.cc.u32 %r4, %r0, %r2; addc.cc.u32 %r5, %r1, %r3;\n"
                     "addc.u32 %r6, 0, 0; mov.b64 %x5, {%r4, %r5};\n"
                     "cvt.u64.u32 %d, %r6; add.u64 %d, %d, %x5;";
  EXPECT_EQ((lanes<uint64_t, uint64_t, uint64_t>(code, L{~0ull, 0xffffffff, 5},
                                                 L{1, 1, 6})),
            (L{1, 0x100000000ull, 11}));
  EXPECT_EQ(
      (lanes<uint32_t, uint32_t, uint32_t>(
          "sub.cc.u32 %r0, %a, %b; subc.u32 %d, 0, 0;", U{1, 2}, U{2, 1})),
      (U{0xffffffff, 0}));
  EXPECT_EQ((lanes<uint32_t, uint32_t, uint32_t>(
                "mad.lo.cc.u32 %r0, %a, %b, %a; madc.hi.u32 %d, %a, %b, 0;",
                U{0xffffffff, 3}, U{0xffffffff, 4})),
            (U{0xffffffff, 0})); // 1 + 0xffffffff carries
}

TEST(Integer, FlagOfASubtractionIsNoBorrow) {
  // ptxas makes the carry of a + ~b + 1 of it: set where a >= b.
  EXPECT_EQ((lanes<uint32_t>("sub.cc.u32 %r0, %a, %b; addc.u32 %d, 0, 0;",
                             std::vector<uint32_t>{5, 4, 0, 0, ~0u},
                             std::vector<uint32_t>{4, 5, 0, 1, 3})),
            (std::vector<uint32_t>{1, 0, 1, 0, 1}));
  EXPECT_EQ((lanes<uint32_t>("add.cc.u32 %r0, %a, %b; subc.u32 %d, 0, 0;",
                             std::vector<uint32_t>{0, ~0u},
                             std::vector<uint32_t>{0, 1})),
            (std::vector<uint32_t>{~0u, 0}));
}

TEST(Integer, DotProducts) {
  EXPECT_EQ((lanes<uint32_t, uint32_t, uint32_t, uint32_t>(
                "dp4a.s32.u32 %d, %a, %b, %c;", U{0xff02fe01}, U{0x04030201},
                U{100})),
            (U{uint32_t(100 + 1 - 4 + 6 - 4)}));
  EXPECT_EQ((lanes<uint32_t, uint32_t, uint32_t, uint32_t>(
                "dp2a.hi.u32.u32 %d, %a, %b, %c;", U{0x00030002}, U{0x07050000},
                U{1})),
            (U{1 + 2 * 5 + 3 * 7}));
}

TEST(Integer, MinMaxAbs) {
  EXPECT_EQ((lanes<int32_t, int32_t, int32_t>("min.s32 %d, %a, %b;", S{-1, 4},
                                              S{3, 2})),
            (S{-1, 2}));
  EXPECT_EQ((lanes<uint32_t, uint32_t, uint32_t>("max.u32 %d, %a, %b;",
                                                 U{0xffffffff, 4}, U{3, 9})),
            (U{0xffffffff, 9}));
  EXPECT_EQ((lanes<uint32_t, uint32_t, uint32_t>("max.s16x2 %d, %a, %b;",
                                                 U{0xffff0001}, U{0x00010000})),
            (U{0x00010001}));
  EXPECT_EQ((lanes<int32_t, int32_t>("abs.s32 %d, %a;", S{-5, 5, INT32_MIN})),
            (S{5, 5, INT32_MIN}));
}

TEST(Bits, ShiftsClamp) {
  EXPECT_EQ((lanes<uint32_t, uint32_t, uint32_t>(
                "shl.b32 %d, %a, %b;", U{1, 1, 1, 1}, U{0, 31, 32, 1000})),
            (U{1, 0x80000000, 0, 0}));
  EXPECT_EQ((lanes<int32_t, int32_t, uint32_t>("shr.s32 %d, %a, %b;",
                                               S{-8, -8, -8}, U{1, 31, 40})),
            (S{-4, -1, -1}));
  EXPECT_EQ((lanes<uint64_t, uint64_t, uint32_t>("shr.u64 %d, %a, %b;",
                                                 L{1ull << 63, 4}, U{63, 64})),
            (L{1, 0}));
  EXPECT_EQ((lanes<uint32_t, uint32_t, uint32_t, uint32_t>(
                "shf.l.wrap.b32 %d, %a, %b, %c;", U{0x80000000, 1, 2},
                U{1, 2, 3}, U{1, 32, 33})),
            (U{3, 2, 6}));
  EXPECT_EQ((lanes<uint32_t, uint32_t, uint32_t, uint32_t>(
                "shf.r.clamp.b32 %d, %a, %b, %c;", U{0x80000000, 1}, U{1, 7},
                U{1, 40})),
            (U{0xc0000000, 7}));
}

TEST(Bits, Fields) {
  EXPECT_EQ(
      (lanes<uint32_t, uint32_t, uint32_t, uint32_t>(
          "bfe.u32 %d, %a, %b, %c;", U{0xabcd1234, 0xabcd1234, 0xabcd1234},
          U{8, 28, 0}, U{8, 8, 0})),
      (U{0x12, 0xa, 0}));
  EXPECT_EQ((lanes<uint32_t, uint32_t, uint32_t, uint32_t>(
                "bfe.s32 %d, %a, %b, %c;", U{0x00000f00, 0x80000000, 0x700},
                U{8, 28, 8}, U{4, 8, 4})),
            (U{0xffffffff, 0xfffffff8, 7}));
  EXPECT_EQ((lanes<uint32_t, uint32_t, uint32_t, uint32_t>(
                "bfi.b32 %d, %a, %b, %c, 8;", U{0xab, 0xff}, U{0x11111111, 0},
                U{8, 28})),
            (U{0x1111ab11, 0xf0000000}));
  EXPECT_EQ((lanes<uint32_t, uint32_t>("popc.b32 %d, %a;", U{0, 0xff00ff})),
            (U{0, 16}));
  EXPECT_EQ((lanes<uint32_t, uint64_t>("clz.b64 %d, %a;", L{0, 1, ~0ull})),
            (U{64, 63, 0}));
  EXPECT_EQ((lanes<uint32_t, uint32_t>("brev.b32 %d, %a;", U{1, 0xf0})),
            (U{0x80000000, 0x0f000000}));
  EXPECT_EQ((lanes<uint32_t, uint32_t>("bfind.u32 %d, %a;", U{0, 1, 0x100})),
            (U{0xffffffff, 0, 8}));
  EXPECT_EQ((lanes<uint32_t, uint32_t>("bfind.shiftamt.s32 %d, %a;",
                                       U{0xffffffff, 1})),
            (U{0xffffffff, 31}));
}

TEST(Bits, LogicOfThree) {
  std::mt19937 random(1);
  for (unsigned table : {0u, 0x96u, 0xe8u, 0xc0u, 0x01u, 0xffu}) {
    U a(8), b(8), c(8), expected(8);
    for (unsigned i = 0; i < 8; ++i) {
      a[i] = random(), b[i] = random(), c[i] = random();
      for (unsigned bit = 0; bit < 32; ++bit) {
        unsigned row =
            (a[i] >> bit & 1) * 4 + (b[i] >> bit & 1) * 2 + (c[i] >> bit & 1);
        expected[i] |= (table >> row & 1) << bit;
      }
    }
    EXPECT_EQ((lanes<uint32_t, uint32_t, uint32_t, uint32_t>(
                  "lop3.b32 %d, %a, %b, %c, " + std::to_string(table) + ";", a,
                  b, c)),
              expected);
  }
}

TEST(Bits, BytePermutation) {
  U a{0x33221100, 0x33221180}, b{0x77665544, 0x77665544};
  EXPECT_EQ((lanes<uint32_t, uint32_t, uint32_t, uint32_t>(
                "prmt.b32 %d, %a, %b, %c;", a, b, U{0x7531, 0x8210})),
            (U{0x77553311, 0xff221180}));
  EXPECT_EQ((lanes<uint32_t, uint32_t, uint32_t, uint32_t>(
                "prmt.b32.rc16 %d, %a, %b, %c;", a, b, U{0, 1})),
            (U{0x11001100, 0x33223322}));
}

TEST(Float, SignsNaNAndSaturation) {
  auto bits = [](const F &values) {
    U out;
    for (float value : values)
      out.push_back(bitsOf(value));
    return out;
  };
  EXPECT_EQ(bits(lanes<float, float, float>("add.f32 %d, %a, %b;",
                                            F{1, inf, nan32}, F{2, -inf, 1})),
            (U{0x40400000, 0x7fffffff, 0x7fffffff}));
  EXPECT_EQ(bits(lanes<float, float, float>("min.f32 %d, %a, %b;",
                                            F{nan32, 0.0f, 3}, F{1, -0.0f, 2})),
            (U{0x3f800000, 0x80000000, 0x40000000}));
  EXPECT_EQ(bits(lanes<float, float, float>("max.NaN.f32 %d, %a, %b;",
                                            F{nan32, 1}, F{1, 2})),
            (U{0x7fffffff, 0x40000000}));
  EXPECT_EQ((lanes<float, float, float>("add.sat.f32 %d, %a, %b;",
                                        F{0.5f, -3, nan32}, F{1, 1, 0})),
            (F{1, 0, 0}));
  EXPECT_EQ((lanes<float, float>("neg.f32 %d, %a;", F{1, -2})), (F{-1, 2}));
  EXPECT_EQ((lanes<float, float, float>("copysign.f32 %d, %a, %b;", F{-1, 1},
                                        F{5, -6})),
            (F{-5, 6}));
  float tiny = 1e-40f;
  EXPECT_EQ((lanes<float, float, float>("mul.f32 %d, %a, %b;", F{tiny}, F{1})),
            (F{tiny}));
  EXPECT_EQ(
      (lanes<float, float, float>("mul.ftz.f32 %d, %a, %b;", F{tiny}, F{1})),
      (F{0}));
}

TEST(Float, DirectedRounding) {
  float third = 1.0f / 3.0f; // rounded up
  EXPECT_EQ((lanes<float, float, float>("div.rn.f32 %d, %a, %b;", F{1}, F{3})),
            (F{third}));
  EXPECT_EQ((lanes<float, float, float>("div.rz.f32 %d, %a, %b;", F{1}, F{3})),
            (F{std::nextafter(third, 0.0f)}));
  EXPECT_EQ(
      (lanes<float, float, float>("add.rp.f32 %d, %a, %b;", F{1}, F{1e-20f})),
      (F{std::nextafter(1.0f, 2.0f)}));
  EXPECT_EQ(
      (lanes<float, float, float>("add.rm.f32 %d, %a, %b;", F{-1}, F{-1e-20f})),
      (F{std::nextafter(-1.0f, -2.0f)}));
  EXPECT_EQ((lanes<double, double, double>("add.rz.f64 %d, %a, %b;", D{1},
                                           D{-1e-30})),
            (D{std::nextafter(1.0, 0.0)}));
}

TEST(Float, FusedIsFused) {
  std::mt19937 random(5);
  std::uniform_real_distribution<float> uniform(-3, 3);
  F a(32), b(32), c(32), expected(32);
  for (unsigned i = 0; i < 32; ++i) {
    a[i] = uniform(random), b[i] = uniform(random);
    c[i] = -a[i] * b[i] + (i % 3 ? 0 : 1e-3f);
    expected[i] = std::fma(a[i], b[i], c[i]);
  }
  EXPECT_EQ((lanes<float, float, float, float>("fma.rn.f32 %d, %a, %b, %c;", a,
                                               b, c)),
            expected);
  // Two instructions round twice.
  for (unsigned i = 0; i < 32; ++i) {
    volatile float product = a[i] * b[i];
    expected[i] = product + c[i];
  }
  EXPECT_EQ((lanes<float, float, float, float>(
                "mul.rn.f32 %d, %a, %b; add.rn.f32 %d, %d, %c;", a, b, c)),
            expected);
}

TEST(Float, Approximations) {
  F x{0.25f, 0.7f, 1.5f, 3.0f, 10.0f};
  auto near = [&](const char *name, double (*exact)(double), double bound) {
    F got = lanes<float, float>(std::string(name) + " %d, %a;", x);
    for (size_t i = 0; i < x.size(); ++i)
      EXPECT_NEAR(got[i] / exact(x[i]), 1, bound) << name;
  };
  near(
      "ex2.approx.ftz.f32", [](double v) { return std::exp2(v); }, 0x1p-22);
  near(
      "rcp.approx.f32", [](double v) { return 1 / v; }, 0x1p-22);
  near(
      "rsqrt.approx.f32", [](double v) { return 1 / std::sqrt(v); }, 0x1p-22);
  near(
      "sqrt.approx.f32", [](double v) { return std::sqrt(v); }, 0x1p-22);
  near(
      "tanh.approx.f32", [](double v) { return std::tanh(v); }, 0x1p-11);
  near(
      "lg2.approx.f32", [](double v) { return std::log2(v); }, 0x1p-20);
  near(
      "sin.approx.f32", [](double v) { return std::sin(v); }, 0x1p-18);
  near(
      "cos.approx.f32", [](double v) { return std::cos(v); }, 0x1p-18);
}

// f16: 0x3c00 is 1, 0x3555 is a third, 0x7bff the largest, 0x0001 2^-24.
TEST(Half, Arithmetic) {
  EXPECT_EQ((lanes<uint16_t, uint16_t, uint16_t>(
                "add.f16 %d, %a, %b;", H{0x3c00, 0x7bff, 0x7c00, 0x0001},
                H{0x3c00, 0x7bff, 0xfc00, 0x0001})),
            (H{0x4000, 0x7c00, 0x7fff, 0x0002}));
  EXPECT_EQ((lanes<uint16_t, uint16_t, uint16_t>(
                "mul.f16 %d, %a, %b;", H{0x3555, 0x0001}, H{0x4200, 0x3800})),
            (H{0x3c00, 0x0000}));
  EXPECT_EQ((lanes<uint16_t, uint16_t, uint16_t>("add.ftz.f16 %d, %a, %b;",
                                                 H{0x0001}, H{0x0001})),
            (H{0x0000}));
  EXPECT_EQ((lanes<uint32_t, uint32_t, uint32_t>("sub.f16x2 %d, %a, %b;",
                                                 U{0x40003c00}, U{0x3c003c00})),
            (U{0x3c000000}));
  // 1 + 2^-11 + 2^-24 rounds up only when the sum is rounded once.
  EXPECT_EQ((lanes<uint16_t, uint16_t, uint16_t, uint16_t>(
                "fma.rn.f16 %d, %a, %b, %c;", H{0x1001, 0x1000},
                H{0x3c00, 0x3c00}, H{0x3c00, 0x3c00})),
            (H{0x3c01, 0x3c00}));
  EXPECT_EQ(
      (lanes<uint16_t, uint16_t, uint16_t, uint16_t>(
          "fma.rn.relu.f16 %d, %a, %b, %c;", H{0x3c00}, H{0xbc00}, H{0x0000})),
      (H{0x0000}));
  EXPECT_EQ(
      (lanes<uint16_t, uint16_t, uint16_t, uint16_t>(
          "fma.rn.bf16 %d, %a, %b, %c;", H{0x3f80}, H{0x4040}, H{0xbf80})),
      (H{0x4000}));
  EXPECT_EQ((lanes<uint32_t, uint32_t, uint32_t>("max.bf16x2 %d, %a, %b;",
                                                 U{0x3f80c000}, U{0x40003f80})),
            (U{0x40003f80}));
}

TEST(Convert, Integers) {
  EXPECT_EQ(
      (lanes<uint64_t, uint32_t>("cvt.s64.s32 %d, %a;", U{0xffffffff, 7})),
      (L{~0ull, 7}));
  EXPECT_EQ(
      (lanes<uint64_t, uint32_t>("cvt.u64.u32 %d, %a;", U{0xffffffff, 7})),
      (L{0xffffffff, 7}));
  EXPECT_EQ((lanes<uint32_t, uint32_t>("cvt.s32.s8 %d, %a;", U{0x180, 0x17f})),
            (U{0xffffff80, 0x7f}));
  EXPECT_EQ((lanes<uint32_t, uint32_t>("cvt.s8.s32 %d, %a;", U{0x180})),
            (U{0xffffff80}));
  EXPECT_EQ((lanes<uint32_t, uint32_t>("cvt.sat.u8.s32 %d, %a;",
                                       U{300, 0xffffffff, 17})),
            (U{255, 0, 17}));
  EXPECT_EQ((lanes<uint16_t, uint32_t>("cvt.u16.u32 %d, %a;", U{0x12345})),
            (H{0x2345}));
}

TEST(Convert, FloatsToIntegers) {
  F x{2.5f, -2.5f, 3e9f, -3e9f, nan32, 0.99f};
  EXPECT_EQ((lanes<int32_t, float>("cvt.rzi.s32.f32 %d, %a;", x)),
            (S{2, -2, INT32_MAX, INT32_MIN, 0, 0}));
  EXPECT_EQ((lanes<int32_t, float>("cvt.rni.s32.f32 %d, %a;", x)),
            (S{2, -2, INT32_MAX, INT32_MIN, 0, 1}));
  EXPECT_EQ((lanes<int32_t, float>("cvt.rpi.s32.f32 %d, %a;", x)),
            (S{3, -2, INT32_MAX, INT32_MIN, 0, 1}));
  EXPECT_EQ((lanes<uint32_t, float>("cvt.rzi.u32.f32 %d, %a;", x)),
            (U{2, 0, 3000000000u, 0, 0, 0}));
  EXPECT_EQ((lanes<uint64_t, double>("cvt.rzi.s64.f64 %d, %a;", D{NAN, -1.5})),
            (L{1ull << 63, ~0ull}));
}

TEST(Convert, IntegersToFloats) {
  EXPECT_EQ((lanes<float, int32_t>("cvt.rn.f32.s32 %d, %a;",
                                   S{-3, 16777217, 16777219})),
            (F{-3, 16777216, 16777220}));
  EXPECT_EQ((lanes<float, uint32_t>("cvt.rz.f32.u32 %d, %a;", U{0xffffffff})),
            (F{4294967040.0f}));
  // A value between two halves of a double's last place.
  EXPECT_EQ((lanes<float, uint64_t>("cvt.rn.f32.u64 %d, %a;",
                                    L{(1ull << 63) + (1ull << 39) + 1})),
            (F{std::nextafter(0x1p63f, INFINITY)}));
  EXPECT_EQ(
      (lanes<uint16_t, int32_t>("cvt.rn.f16.s32 %d, %a;", S{1, 70000, 2049})),
      (H{0x3c00, 0x7c00, 0x6800}));
}

TEST(Convert, LargeIntegersToDoubles) {
  std::vector<uint64_t> values = {0x7fffffffffffffff, 0x0200000000000001,
                                  0x0020000000000001, 0x0020000000000003,
                                  0x8000000000000001, 0xffffffffffffffff};
  auto bits = [](double value) {
    uint64_t result;
    std::memcpy(&result, &value, 8);
    return result;
  };
  std::vector<uint64_t> nearest, down, up;
  for (uint64_t value : values) {
    __int128 exact = int64_t(value);
    double middle = double(int64_t(value)); // the host rounds to nearest
    nearest.push_back(bits(middle));
    bool tooHigh = __int128(middle) > exact, tooLow = __int128(middle) < exact;
    down.push_back(bits(tooHigh ? std::nextafter(middle, -1e30) : middle));
    up.push_back(bits(tooLow ? std::nextafter(middle, 1e30) : middle));
  }
  EXPECT_EQ(lanes<uint64_t>("cvt.rn.f64.s64 %d, %a;", values), nearest);
  EXPECT_EQ(lanes<uint64_t>("cvt.rm.f64.s64 %d, %a;", values), down);
  EXPECT_EQ(lanes<uint64_t>("cvt.rp.f64.s64 %d, %a;", values), up);
}

TEST(Convert, Floats) {
  EXPECT_EQ((lanes<uint16_t, float>(
                "cvt.rn.f16.f32 %d, %a;",
                F{1, 65519, 65520, 0x1p-25f, nan32, 1.00048828125f})),
            (H{0x3c00, 0x7bff, 0x7c00, 0x0000, 0x7fff, 0x3c00}));
  EXPECT_EQ((lanes<uint16_t, float>("cvt.rz.f16.f32 %d, %a;",
                                    F{1.999f, 1e6f, -1e6f})),
            (H{0x3ffe, 0x7bff, 0xfbff}));
  EXPECT_EQ((lanes<float, uint16_t>("cvt.f32.f16 %d, %a;",
                                    H{0x3c00, 0x0001, 0xfc00, 0x83ff})),
            (F{1, 0x1p-24f, -inf, -1023 * 0x1p-24f}));
  EXPECT_EQ((lanes<uint32_t, float, float>("cvt.rn.f16x2.f32 %d, %a, %b;", F{1},
                                           F{2})),
            (U{0x3c004000}));
  EXPECT_EQ((lanes<uint32_t, float, float>("cvt.rn.bf16x2.f32 %d, %a, %b;",
                                           F{1}, F{-2})),
            (U{0x3f80c000}));
  EXPECT_EQ((lanes<uint32_t, float, float>("cvt.rn.relu.f16x2.f32 %d, %a, %b;",
                                           F{1}, F{-2})),
            (U{0x3c000000}));
  EXPECT_EQ((lanes<uint32_t, uint32_t>("cvt.rna.tf32.f32 %d, %a;",
                                       U{0x3f801000, 0x3f800fff})),
            (U{0x3f802000, 0x3f800000}));
  EXPECT_EQ((lanes<float, float>("cvt.rmi.f32.f32 %d, %a;", F{1.5f, -1.5f})),
            (F{1, -2}));
  EXPECT_EQ((lanes<float, double>("cvt.rn.f32.f64 %d, %a;", D{1e300, 0.1})),
            (F{inf, 0.1f}));
}

TEST(Compare, OrderedAndUnordered) {
  auto run = [](const char *kind) {
    return lanes<uint32_t, float, float>(
        std::string("setp.") + kind + ".f32 %p, %a, %b; selp.u32 %d, 1, 0, %p;",
        F{1, 2, nan32, 2}, F{2, 1, 1, 2});
  };
  EXPECT_EQ(run("lt"), (U{1, 0, 0, 0}));
  EXPECT_EQ(run("geu"), (U{0, 1, 1, 1}));
  EXPECT_EQ(run("ne"), (U{1, 1, 0, 0}));
  EXPECT_EQ(run("neu"), (U{1, 1, 1, 0}));
  EXPECT_EQ(run("equ"), (U{0, 0, 1, 1}));
  EXPECT_EQ(run("nan"), (U{0, 0, 1, 0}));
  EXPECT_EQ(run("num"), (U{1, 1, 0, 1}));
}

TEST(Compare, SignsAndCombinations) {
  EXPECT_EQ((lanes<uint32_t, uint32_t, uint32_t>(
                "setp.lt.s32 %p, %a, %b; setp.lt.and.u32 %p|%q, %a, %b, !%p;\n"
                "selp.u32 %r0, 1, 0, %p; selp.u32 %d, 2, 0, %q;\n"
                "or.b32 %d, %d, %r0;",
                U{0xffffffff, 1, 1}, U{1, 0xffffffff, 2})),
            // p: unsigned less and not signed less; q: unsigned not less and
            // not signed less.
            (U{0, 1, 0}));
  EXPECT_EQ((lanes<uint32_t, float, float>("set.gt.u32.f32 %d, %a, %b;",
                                           F{2, 1}, F{1, 2})),
            (U{0xffffffff, 0}));
  EXPECT_EQ((lanes<uint32_t, uint32_t, uint32_t, int32_t>(
                "slct.u32.s32 %d, %a, %b, %c;", U{1, 1}, U{2, 2}, S{0, -1})),
            (U{1, 2}));
}

TEST(Compare, SelectFlushesItsSign) {
  std::vector<uint32_t> sign = {0x80000001, 0x807fffff, 0x80800000,
                                0x80000000, 0x3f800000, 0x7fc00000};
  std::vector<uint32_t> a(6, 1), b(6, 2);
  EXPECT_EQ((lanes<uint32_t>("slct.ftz.u32.f32 %d, %a, %b, %c;", a, b, sign)),
            (std::vector<uint32_t>{1, 1, 2, 1, 1, 2}));
  EXPECT_EQ((lanes<uint32_t>("slct.u32.f32 %d, %a, %b, %c;", a, b, sign)),
            (std::vector<uint32_t>{2, 2, 2, 1, 1, 2}));
}

TEST(Warp, Shuffles) {
  U a(32);
  for (unsigned i = 0; i < 32; ++i)
    a[i] = 100 + i;
  auto run = [&](const std::string &code) {
    return lanes<uint32_t, uint32_t>(
        code + " selp.u32 %r0, 1000, 0, %p; add.u32 %d, %d, %r0;", a);
  };
  U up = run("shfl.sync.up.b32 %d|%p, %a, 3, 0, -1;");
  U down = run("shfl.sync.down.b32 %d|%p, %a, 4, 31, -1;");
  U butterfly = run("shfl.sync.bfly.b32 %d|%p, %a, 5, 0x1f, 0xffffffff;");
  U index = run("shfl.sync.idx.b32 %d|%p, %a, 9, 0x181f, -1;"); // segments of 8
  for (unsigned i = 0; i < 32; ++i) {
    EXPECT_EQ(up[i], i >= 3 ? 1100 + i - 3 : 100 + i);
    EXPECT_EQ(down[i], i + 4 < 32 ? 1100 + i + 4 : 100 + i);
    EXPECT_EQ(butterfly[i], 1100 + (i ^ 5));
    EXPECT_EQ(index[i], 1100 + (i / 8 * 8) + 1);
  }
}

TEST(Warp, VotesMatchesReductions) {
  U a(32);
  for (unsigned i = 0; i < 32; ++i)
    a[i] = i % 3;
  std::string odd = "and.b32 %r0, %a, 1; setp.eq.u32 %p, %r0, 1;\n";
  uint32_t ballot = 0, same[3] = {};
  for (unsigned i = 0; i < 32; ++i) {
    ballot |= uint32_t(i % 3 == 1) << i;
    same[i % 3] |= 1u << i;
  }
  EXPECT_EQ(
      (lanes<uint32_t, uint32_t>(odd + "vote.sync.ballot.b32 %d, %p, -1;", a)),
      U(32, ballot));
  EXPECT_EQ((lanes<uint32_t, uint32_t>(odd + "vote.sync.ballot.b32 %d, !%p, "
                                             "-1;",
                                       a)),
            U(32, ~ballot));
  EXPECT_EQ(
      (lanes<uint32_t, uint32_t>(
          odd + "vote.sync.any.pred %q, %p, -1; selp.u32 %d, 1, 0, %q;", a)),
      U(32, 1));
  U match = lanes<uint32_t, uint32_t>("match.any.sync.b32 %d, %a, -1;", a);
  for (unsigned i = 0; i < 32; ++i)
    EXPECT_EQ(match[i], same[i % 3]);
  EXPECT_EQ((lanes<uint32_t, uint32_t>("redux.sync.add.u32 %d, %a, -1;", a)),
            U(32, 31));
  EXPECT_EQ((lanes<uint32_t, uint32_t>("redux.sync.max.s32 %d, %a, -1;", a)),
            U(32, 2));
  EXPECT_EQ((lanes<uint32_t, uint32_t>("activemask.b32 %d;", a)),
            U(32, 0xffffffff));
}

TEST(Move, PackAndUnpack) {
  EXPECT_EQ((lanes<uint64_t, uint32_t, uint32_t>("mov.b64 %d, {%a, %b};", U{1},
                                                 U{2})),
            (L{0x200000001ull}));
  EXPECT_EQ((lanes<uint32_t, uint64_t>("mov.b64 {%r0, %r1}, %a; "
                                       "sub.u32 %d, %r1, %r0;",
                                       L{0x500000002ull})),
            (U{3}));
  EXPECT_EQ((lanes<uint32_t, uint16_t, uint16_t>("mov.b32 %d, {%b, %a};",
                                                 H{0x1234}, H{0x5678})),
            (U{0x12345678}));
}

} // namespace

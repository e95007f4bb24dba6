//===- Float8Test.cpp - conversions of 8-bit floats -------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Every code to f16, and to 8 bits against the nearest of all codes.
//
//===----------------------------------------------------------------------===//

#include "TestSupport.h"

#include <cmath>
#include <random>

using namespace emulator_test;

namespace {

struct Format {
  const char *name;
  int fraction, bias;
  bool hasInfinity;
  double value(uint32_t code) const {
    int exponent = int(code & 0x7f) >> fraction;
    int mantissa = int(code) & ((1 << fraction) - 1);
    double sign = code & 0x80 ? -1 : 1;
    bool top = exponent == (1 << (7 - fraction)) - 1;
    if (hasInfinity && top)
      return mantissa ? NAN : sign * INFINITY;
    if (!hasInfinity && (code & 0x7f) == 0x7f)
      return NAN;
    int whole = exponent ? mantissa + (1 << fraction) : mantissa;
    return sign * std::ldexp(whole, std::max(exponent, 1) - bias - fraction);
  }
  uint32_t largest() const { return hasInfinity ? 0x7b : 0x7e; }
  /// The nearest code, the even one of two; never infinity.
  uint32_t nearest(double x) const {
    if (std::isnan(x))
      return 0x7f;
    uint32_t best = 0;
    for (uint32_t code = 1; code <= largest(); ++code) {
      double now = std::fabs(std::fabs(x) - value(code));
      double old = std::fabs(std::fabs(x) - value(best));
      if (now < old || (now == old && code % 2 == 0))
        best = code;
    }
    if (std::fabs(x) >= value(largest()))
      best = largest();
    return best | (std::signbit(x) ? 0x80 : 0);
  }
};
const Format formats[] = {{"e4m3x2", 3, 7, false}, {"e5m2x2", 2, 15, true}};

double halfValue(uint16_t bits) {
  int exponent = bits >> 10 & 31, mantissa = bits & 1023;
  double sign = bits >> 15 ? -1 : 1;
  if (exponent == 31)
    return mantissa ? NAN : sign * INFINITY;
  return sign * std::ldexp(exponent ? 1024 + mantissa : mantissa,
                           std::max(exponent, 1) - 25);
}

TEST(Float8Test, EveryCodeToHalf) {
  for (const Format &format : formats) {
    std::vector<uint16_t> pairs;
    for (uint32_t code = 0; code < 256; ++code)
      pairs.push_back(uint16_t(code | (255 - code) << 8));
    std::vector<uint32_t> got = lanes<uint32_t, uint16_t>(
        std::string("cvt.rn.f16x2.") + format.name + " %d, %a;", pairs);
    for (uint32_t code = 0; code < 256; ++code) {
      double low = format.value(code), high = format.value(255 - code);
      double gotLow = halfValue(uint16_t(got[code]));
      double gotHigh = halfValue(uint16_t(got[code] >> 16));
      EXPECT_TRUE(gotLow == low || (std::isnan(low) && std::isnan(gotLow)));
      EXPECT_TRUE(gotHigh == high || (std::isnan(high) && std::isnan(gotHigh)));
    }
  }
}

TEST(Float8Test, FloatsToTheNearestCode) {
  for (const Format &format : formats) {
    std::mt19937 random(3);
    std::vector<uint32_t> a, b;
    // Every value, every midpoint and its neighbours; then any bits.
    for (uint32_t code = 0; code < format.largest(); ++code) {
      float middle = float((format.value(code) + format.value(code + 1)) / 2);
      for (float x :
           {float(format.value(code)), middle, std::nextafter(middle, 0.0f),
            std::nextafter(middle, INFINITY)})
        a.push_back(bitsOf(x) | (random() & 0x80000000u));
    }
    for (float x : {INFINITY, NAN, 448.0f, 464.0f, 480.0f, 61440.0f, 1e9f})
      a.push_back(bitsOf(x));
    while (a.size() < 1000)
      a.push_back(uint32_t(random()));
    for (size_t i = 0; i < a.size(); ++i)
      b.push_back(a[(i * 7 + 3) % a.size()]);
    std::vector<uint16_t> got = lanes<uint16_t, uint32_t, uint32_t>(
        std::string("cvt.rn.satfinite.") + format.name + ".f32 %d, %a, %b;", a,
        b);
    for (size_t i = 0; i < a.size(); ++i)
      EXPECT_EQ(got[i], format.nearest(floatOf(a[i])) << 8 |
                            format.nearest(floatOf(b[i])))
          << format.name << " " << floatOf(a[i]) << " " << floatOf(b[i]);
  }
}

TEST(Float8Test, HalvesAndRelu) {
  for (const Format &format : formats) {
    std::vector<uint32_t> a;
    for (uint32_t i = 0; i < 1000; ++i)
      a.push_back(i * 0x00410083u);
    std::vector<uint16_t> got = lanes<uint16_t, uint32_t>(
        std::string("cvt.rn.satfinite.relu.") + format.name + ".f16x2 %d, %a;",
        a);
    for (size_t i = 0; i < a.size(); ++i) {
      uint32_t expected[2];
      for (unsigned h = 0; h < 2; ++h) {
        double x = halfValue(uint16_t(a[i] >> 16 * h));
        expected[h] = format.nearest(x < 0 ? 0 : x);
      }
      EXPECT_EQ(got[i], expected[0] | expected[1] << 8) << a[i];
    }
  }
}

TEST(Float8Test, NeedsItsTarget) {
  const std::string body = ".reg .b16 %h; .reg .b32 %r;"
                           "cvt.rn.f16x2.e4m3x2 %r, %h; ret;";
  EXPECT_FALSE(Module::load(kernel(body, 1, "", "sm_80"), "x").ok());
  EXPECT_TRUE(Module::load(kernel(body, 1, "", "sm_89"), "x").ok());
}

} // namespace

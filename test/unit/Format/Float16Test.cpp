//===- Float16Test.cpp - every 16-bit float, and what lies between -*- C++
//-*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hinm/Format/Float16.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

using namespace hinm::format;

/// The value of finite bits from the definition of the format.
static double definedValue(uint16_t bits, int mantissaBits, int bias) {
  int exponentBits = 15 - mantissaBits;
  int exponent = bits >> mantissaBits & ((1 << exponentBits) - 1);
  double fraction = std::ldexp(bits & ((1 << mantissaBits) - 1), -mantissaBits);
  double magnitude = exponent == 0 ? std::ldexp(fraction, 1 - bias)
                                   : std::ldexp(1 + fraction, exponent - bias);
  return bits & 0x8000 ? -magnitude : magnitude;
}

/// Finds the nearest by looking at all values; ties to the even bits.
class Nearest {
public:
  Nearest(ElementType type)
      : mantissaBits(type == ElementType::F16 ? 10 : 7),
        bias(type == ElementType::F16 ? 15 : 127) {
    for (uint16_t bits = 0; isFinite(bits, type); ++bits)
      table.push_back(definedValue(bits, mantissaBits, bias));
    // What infinity counts as in rounding: one step beyond the largest.
    table.push_back(2 * table.back() - table[table.size() - 2]);
  }
  uint16_t operator()(float value) const {
    double magnitude = std::fabs(static_cast<double>(value));
    auto sign = static_cast<uint16_t>(std::signbit(value) ? 0x8000 : 0);
    auto above = std::lower_bound(table.begin(), table.end(), magnitude);
    if (above == table.end())
      return static_cast<uint16_t>(sign | (table.size() - 1));
    auto index = static_cast<uint16_t>(above - table.begin());
    if (index > 0) {
      double up = *above - magnitude, down = magnitude - table[index - 1u];
      if (down < up || (down == up && index % 2 == 1))
        --index;
    }
    return static_cast<uint16_t>(sign | index);
  }

private:
  int mantissaBits, bias;
  std::vector<double> table;
};

class Float16Test : public testing::TestWithParam<ElementType> {};

TEST_P(Float16Test, EveryValueIsExact) {
  ElementType type = GetParam();
  bool half = type == ElementType::F16;
  for (uint32_t i = 0; i < 65536; ++i) {
    auto bits = static_cast<uint16_t>(i);
    float value = toFloat(bits, type);
    uint16_t mantissa = bits & (half ? 0x3ff : 0x7f);
    if (!isFinite(bits, type)) {
      EXPECT_EQ(std::isnan(value), mantissa != 0) << bits;
      EXPECT_EQ(std::isinf(value), mantissa == 0) << bits;
      EXPECT_FALSE(isFinite(fromFloat(value, type), type)) << bits;
      EXPECT_EQ(std::isnan(toFloat(fromFloat(value, type), type)),
                mantissa != 0);
      continue;
    }
    ASSERT_EQ(static_cast<double>(value),
              definedValue(bits, half ? 10 : 7, half ? 15 : 127));
    ASSERT_EQ(fromFloat(value, type), bits);
  }
}

TEST_P(Float16Test, RoundsToNearestEven) {
  ElementType type = GetParam();
  Nearest nearest(type);
  auto check = [&](float value) {
    ASSERT_EQ(fromFloat(value, type), nearest(value)) << value;
    ASSERT_EQ(fromFloat(-value, type), nearest(-value)) << value;
  };
  float infinity = std::numeric_limits<float>::infinity();
  // Both neighbours of the middle between all adjacent values, and the middle.
  for (uint16_t bits = 0; isFinite(bits, type); ++bits) {
    uint16_t next = static_cast<uint16_t>(bits + 1);
    float a = toFloat(bits, type);
    if (!isFinite(next, type))
      break;
    auto middle = static_cast<float>(
        (static_cast<double>(a) + static_cast<double>(toFloat(next, type))) /
        2);
    check(middle);
    check(std::nextafterf(middle, 0));
    check(std::nextafterf(middle, infinity));
  }
  std::mt19937 random(1);
  for (int i = 0; i < 200000; ++i) {
    uint32_t bits = random() & 0x7fffffff;
    float value;
    std::memcpy(&value, &bits, sizeof value);
    if (std::isfinite(value))
      check(value);
  }
}

INSTANTIATE_TEST_SUITE_P(Types, Float16Test,
                         testing::Values(ElementType::F16, ElementType::BF16),
                         [](const auto &info) {
                           return std::string(name(info.param));
                         });

TEST(Float16, KnownBits) {
  EXPECT_EQ(floatToHalf(1.0f), 0x3c00);
  EXPECT_EQ(floatToHalf(-2.0f), 0xc000);
  EXPECT_EQ(floatToHalf(-0.0f), 0x8000);
  EXPECT_EQ(floatToHalf(65504.0f), 0x7bff);
  EXPECT_EQ(floatToHalf(65519.99f), 0x7bff);
  EXPECT_EQ(floatToHalf(65520.0f), 0x7c00);
  EXPECT_EQ(floatToHalf(std::ldexp(1.0f, -24)), 0x0001);
  EXPECT_EQ(floatToHalf(std::ldexp(1.0f, -25)), 0x0000);
  EXPECT_EQ(floatToHalf(std::ldexp(1.5f, -25)), 0x0001);
  EXPECT_EQ(floatToHalf(std::ldexp(1.5f, -24)), 0x0002);
  EXPECT_EQ(floatToBFloat16(1.0f), 0x3f80);
  EXPECT_EQ(floatToBFloat16(3.14159265f), 0x4049);
  EXPECT_EQ(floatToBFloat16(3.4028235e38f), 0x7f80);
}

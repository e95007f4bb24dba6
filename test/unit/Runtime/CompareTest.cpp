//===- CompareTest.cpp - errors and tolerances of results -------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hinm/Runtime/Compare.h"
#include "TestFiles.h"

#include <cmath>
#include <cstring>
#include <random>

using namespace hinm::runtime;

static HostTensor floats(Shape shape, const std::vector<float> &values) {
  HostTensor tensor = HostTensor::create(ElementType::F32, shape).take();
  std::memcpy(tensor.data(), values.data(), tensor.bytes());
  return tensor;
}

TEST(Compare, MeasuresAgainstTheLargestReference) {
  auto result = compare(floats({2, 2}, {1, 2, 3, 8.5}),
                        floats({2, 2}, {1, 2, 3, 8}), 0.1);
  EXPECT_DOUBLE_EQ(result.absoluteError, 0.5);
  EXPECT_DOUBLE_EQ(result.relativeError, 0.5 / 8);
  EXPECT_TRUE(result.passed);
  result = compare(floats({2, 2}, {1, 2, 3.5, 8}), floats({2, 2}, {1, 2, 3, 8}),
                   0.05);
  EXPECT_FALSE(result.passed);
  EXPECT_EQ(result.message, "at [1, 0]: found 3.5, expected 3");
}

TEST(Compare, ZeroReferenceNeedsZeros) {
  EXPECT_TRUE(compare(floats({2}, {0, -0.0f}), floats({2}, {0, 0}), 0).passed);
  auto result = compare(floats({2}, {0, 1e-9f}), floats({2}, {0, 0}), 0.1);
  EXPECT_FALSE(result.passed);
  EXPECT_TRUE(std::isinf(result.relativeError));
}

TEST(Compare, InfinitiesAndNaNsMustAgree) {
  float inf = INFINITY, nan = NAN;
  EXPECT_TRUE(compare(floats({3}, {inf, nan, 1}), floats({3}, {inf, nan, 1}), 0)
                  .passed);
  for (float bad : {inf, nan, -inf}) {
    auto result = compare(floats({2}, {1, bad}), floats({2}, {1, 1}), 10);
    EXPECT_FALSE(result.passed);
    EXPECT_TRUE(hinm::test::contains(result.message, "at [1]: found"));
  }
  EXPECT_FALSE(compare(floats({1}, {1}), floats({1}, {nan}), 10).passed);
  EXPECT_FALSE(compare(floats({1}, {inf}), floats({1}, {-inf}), 10).passed);
}

TEST(Compare, ShapesMustAgree) {
  auto result = compare(floats({2}, {1, 2}), floats({1, 2}, {1, 2}), 1);
  EXPECT_FALSE(result.passed);
  EXPECT_EQ(result.message, "has shape 2, expected 1x2");
}

TEST(Compare, DecodesHalves) {
  EXPECT_EQ(halfToFloat(0x3c00), 1.0f);
  EXPECT_EQ(halfToFloat(0xc500), -5.0f);
  EXPECT_EQ(halfToFloat(0x7bff), 65504.0f);
  EXPECT_EQ(halfToFloat(0x0001), std::ldexp(1.0f, -24));
  EXPECT_EQ(halfToFloat(0x83ff), -1023 * std::ldexp(1.0f, -24));
  EXPECT_EQ(halfToFloat(0xfc00), -INFINITY);
  EXPECT_TRUE(std::isnan(halfToFloat(0x7e00)));
  EXPECT_EQ(bfloat16ToFloat(0xc040), -3.0f);
}

static EntrySpec entryOf(int64_t reduction, ElementType type) {
  EntrySpec entry;
  entry.inputs = {{{kDynamic, reduction}, type}};
  entry.outputs = {{{kDynamic, 8}, type}};
  entry.reduction = reduction;
  return entry;
}

TEST(Compare, TolerancesGrowWithRoundingOnly) {
  EntrySpec entry = entryOf(384, ElementType::F32);
  double same =
      relativeTolerance(entry, ElementType::F32, ReferenceKind::SameOperands);
  double exact =
      relativeTolerance(entry, ElementType::F32, ReferenceKind::Exact);
  // 2^-10 + 4 * 384 * 2^-24 + 2^-23, and 2^-10 * sqrt(384) / 4 more.
  EXPECT_NEAR(same, 1.0682e-3, 1e-7);
  EXPECT_NEAR(exact, 5.8523e-3, 1e-6);
  EXPECT_GT(relativeTolerance(entryOf(384, ElementType::BF16),
                              ElementType::BF16, ReferenceKind::SameOperands),
            5 * same);
  // f32 in and out, bf16 between: 2^-7 + 4 * 384 * 2^-24 + 2^-23.
  entry.operands = ElementType::BF16;
  EXPECT_NEAR(relativeTolerance(entry, ElementType::F32,
                                ReferenceKind::SameOperands),
              7.9042e-3, 1e-7);
  EXPECT_EQ(relativeTolerance(entry, ElementType::I32, ReferenceKind::Exact),
            0);
}

/// Rounds to the 11 significant bits of f16 (for its normal range).
static double toHalf(double x) {
  int exponent;
  double mantissa = std::frexp(x, &exponent);
  return std::ldexp(std::nearbyint(mantissa * 2048) / 2048, exponent);
}

TEST(Compare, ToleranceHoldsForRoundedOperandsAndFailsForAWrongTile) {
  std::mt19937 random(7);
  std::normal_distribution<double> normal;
  std::uniform_real_distribution<double> positive(0, 1);
  for (int64_t k : {1, 4, 36, 384, 1024, 4096})
    for (bool isPositive : {false, true}) {
      constexpr int kRows = 64, kTokens = 4;
      auto size = static_cast<size_t>(k);
      std::vector<double> w(kRows * size), x(size * kTokens);
      for (double &value : w)
        value = normal(random);
      for (double &value : x)
        value = isPositive ? positive(random) : normal(random);
      auto shape = Shape{kTokens, kRows};
      HostTensor exact = HostTensor::create(ElementType::F64, shape).take();
      HostTensor rounded = HostTensor::create(ElementType::F32, shape).take();
      for (size_t t = 0; t < kTokens; ++t)
        for (size_t row = 0; row < kRows; ++row) {
          double sum = 0;
          float low = 0;
          for (size_t i = 0; i < size; ++i) {
            sum += w[row * size + i] * x[i * kTokens + t];
            low += static_cast<float>(toHalf(w[row * size + i])) *
                   static_cast<float>(toHalf(x[i * kTokens + t]));
          }
          reinterpret_cast<double *>(exact.data())[t * kRows + row] = sum;
          reinterpret_cast<float *>(rounded.data())[t * kRows + row] = low;
        }
      double tolerance = relativeTolerance(
          entryOf(k, ElementType::F32), ElementType::F32, ReferenceKind::Exact);
      auto result = compare(rounded, exact, tolerance);
      EXPECT_TRUE(result.passed) << k << ": " << result.relativeError;
      // The first 8 rows swapped in pairs.
      auto *values = reinterpret_cast<float *>(rounded.data());
      for (size_t row = 0; row < 8; row += 2)
        std::swap(values[row], values[row + 1]);
      EXPECT_FALSE(compare(rounded, exact, tolerance).passed) << k;
    }
}

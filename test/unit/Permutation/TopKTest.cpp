//===- TopKTest.cpp - sums of the largest, by sorting -----------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TopK.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <random>
#include <vector>

#include "gtest/gtest.h"

using namespace hinm::permutation;

TEST(TopK, EqualsSorting) {
  std::mt19937 random(2);
  std::normal_distribution<float> normal;
  for (int i = 0; i < 3000; ++i) {
    int64_t n = 1 + random() % 300;
    int64_t k = 1 + random() % static_cast<size_t>(n + 3);
    std::vector<float> x(static_cast<size_t>(n));
    for (float &value : x) {
      value = std::fabs(normal(random));
      switch (i % 5) {
      case 1: // ties
        value = std::round(2 * value);
        break;
      case 2: // all equal
        value = 3;
        break;
      case 3: // heavy tails
        value = std::pow(value, 9.0f);
        break;
      case 4: // mostly zero
        value = random() % 4 ? 0 : value;
        break;
      }
    }
    std::vector<float> sorted = x;
    std::sort(sorted.begin(), sorted.end(), std::greater<float>());
    double expected = 0;
    for (int64_t j = 0; j < std::min(k, n); ++j)
      expected += sorted[static_cast<size_t>(j)];
    float threshold = i % 2 ? 0 : std::fabs(normal(random)) * 5;
    double found = topKSum(x.data(), n, k, threshold);
    ASSERT_NEAR(found, expected, 2e-6 * expected + 1e-30)
        << "k " << k << " of " << n << ", number " << i;
    // The threshold that comes back is a good guess: it separates.
    if (k < n) {
      EXPECT_LE(threshold, sorted[static_cast<size_t>(k - 1)]);
      EXPECT_GE(threshold, sorted[static_cast<size_t>(k)]);
    }
    ASSERT_NEAR(topKSum(x.data(), n, k, threshold), expected,
                2e-6 * expected + 1e-30);
  }
}

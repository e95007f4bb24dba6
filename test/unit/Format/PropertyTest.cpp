//===- PropertyTest.cpp - random matrices under random patterns -*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RandomMatrix.h"

#include <cmath>
#include <cstring>

#include "gtest/gtest.h"

using namespace hinm::format;
using hinm::format::test::RandomMatrix;

static const std::vector<std::pair<int, int>> ratios = {
    {2, 4}, {2, 4}, {1, 2}, {1, 4}, {2, 8}, {4, 8}, {4, 4}};

class PropertyTest : public testing::TestWithParam<uint32_t> {};

static uint32_t bitsOf(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}

TEST_P(PropertyTest, DecodesToTheDenseWeightUnderThePattern) {
  RandomMatrix random(GetParam(), {1, 3, 16, 32, 64}, ratios);
  ElementType type = GetParam() % 2 ? ElementType::F16 : ElementType::BF16;
  auto matrix = encode(random.view(), random.pattern, random.rowOrder,
                       random.vectorIndex, type);
  ASSERT_TRUE(matrix) << matrix.error().message;
  ASSERT_FALSE(verify(*matrix));
  auto projected = projectDense(random.view(), random.pattern, random.rowOrder,
                                random.vectorIndex);
  ASSERT_TRUE(projected) << projected.error().message;
  std::vector<float> dense = decode(*matrix);

  const Pattern &pattern = random.pattern;
  int64_t most = pattern.columns * pattern.n / pattern.m;
  for (int64_t place = 0; place < random.rows; ++place) {
    int64_t row = random.rowOrder[static_cast<size_t>(place)];
    int64_t count = 0;
    for (int64_t c = 0; c < random.inputs; ++c) {
      float exact = (*projected)[static_cast<size_t>(row * random.inputs + c)];
      float found = dense[static_cast<size_t>(place * random.inputs + c)];
      ASSERT_EQ(found, toFloat(fromFloat(exact, type), type))
          << "row " << row << " column " << c;
      count += exact != 0;
      // What is kept is the weight itself.
      if (exact != 0) {
        ASSERT_EQ(bitsOf(exact), bitsOf(random.view().at(row, c)));
      }
    }
    ASSERT_LE(count, most);
  }
  // Padding rows hold nothing; empty places are never given a value.
  for (int64_t place = 0; place < matrix->paddedRows(); ++place)
    for (int64_t e = 0; e < pattern.valuesPerRow(); ++e) {
      int64_t packed = e / pattern.n * pattern.m + matrix->position(place, e);
      int32_t channel = matrix->vectorIndex[static_cast<size_t>(
          place / pattern.vector * pattern.columns + packed)];
      uint16_t value =
          matrix
              ->values[static_cast<size_t>(place * pattern.valuesPerRow() + e)];
      if (place >= random.rows || channel < 0) {
        ASSERT_EQ(value, 0) << "place " << place << " entry " << e;
      }
      if (place >= random.rows) {
        ASSERT_EQ(matrix->position(place, e), e % pattern.n);
      }
    }
}

TEST_P(PropertyTest, ThreadsDoNotMatter) {
  RandomMatrix random(GetParam(), {1, 3, 16, 32}, ratios);
  auto one = encode(random.view(), random.pattern, random.rowOrder,
                    random.vectorIndex, ElementType::F16, 1);
  auto seven = encode(random.view(), random.pattern, random.rowOrder,
                      random.vectorIndex, ElementType::F16, 7);
  ASSERT_TRUE(one && seven);
  EXPECT_EQ(*one, *seven);
  EXPECT_EQ(decode(*one, 1), decode(*one, 7));
}

TEST_P(PropertyTest, SelectedColumnsAreTheLargest) {
  RandomMatrix random(GetParam(), {1, 3, 16, 32}, ratios);
  const Pattern &pattern = random.pattern;
  auto index = selectColumns(random.view(), random.rowOrder, pattern.vector,
                             pattern.columns);
  ASSERT_FALSE(verifyVectorIndex(index, random.rows, random.inputs, pattern));
  for (int64_t tile = 0; tile < pattern.tiles(random.rows); ++tile) {
    std::vector<double> sums(static_cast<size_t>(random.inputs));
    for (int64_t c = 0; c < random.inputs; ++c)
      for (int64_t v = 0; v < pattern.vector; ++v) {
        int64_t place = tile * pattern.vector + v;
        if (place < random.rows)
          sums[static_cast<size_t>(c)] += std::fabs(
              random.view().at(random.rowOrder[static_cast<size_t>(place)], c));
      }
    // Column c is kept exactly when fewer than K columns go before it.
    std::vector<int32_t> expected;
    for (int32_t c = 0; c < random.inputs; ++c) {
      int64_t before = 0;
      for (int32_t d = 0; d < random.inputs; ++d)
        before +=
            sums[static_cast<size_t>(d)] > sums[static_cast<size_t>(c)] ||
            (sums[static_cast<size_t>(d)] == sums[static_cast<size_t>(c)] &&
             d < c);
      if (before < pattern.columns)
        expected.push_back(c);
    }
    expected.resize(static_cast<size_t>(pattern.columns), -1);
    ASSERT_TRUE(std::equal(expected.begin(), expected.end(),
                           index.begin() + tile * pattern.columns));
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, PropertyTest, testing::Range(0u, 60u));

TEST(Property, LargeMatrixOnThreads) {
  std::mt19937 random(3);
  std::normal_distribution<float> normal;
  std::vector<float> weight(512 * 1024);
  for (float &w : weight)
    w = normal(random);
  MatrixView view{weight.data(), 512, 1024};
  Pattern pattern{64, 512, 2, 4};
  auto index = selectColumns(view, {}, 64, 512, 1);
  EXPECT_EQ(index, selectColumns(view, {}, 64, 512, 5));
  auto one = encode(view, pattern, {}, index, ElementType::F16, 1);
  auto five = encode(view, pattern, {}, index, ElementType::F16, 5);
  ASSERT_TRUE(one && five);
  EXPECT_EQ(*one, *five);
}

//===- CanonicalTest.cpp - selection, ties, padding, element types -*- C++
//-*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hinm/Format/Canonical.h"

#include <cmath>

#include "gtest/gtest.h"

using namespace hinm::format;

static std::vector<int64_t> kept(std::vector<float> group,
                                 std::vector<int32_t> channels, int64_t n) {
  std::vector<int64_t> positions(static_cast<size_t>(n));
  selectEntries(group.data(), channels.data(), n,
                static_cast<int64_t>(group.size()), positions.data());
  return positions;
}

TEST(Canonical, SelectEntries) {
  using Positions = std::vector<int64_t>;
  EXPECT_EQ(kept({1, 1, 1, 1}, {0, 1, 2, 3}, 2), (Positions{0, 1}));
  EXPECT_EQ(kept({1, -2, 2, 1}, {0, 1, 2, 3}, 2), (Positions{1, 2}));
  EXPECT_EQ(kept({0, -3, 2, 3}, {0, 1, 2, 3}, 1), (Positions{1}));
  // A place that holds nothing comes after a zero.
  EXPECT_EQ(kept({0, 0, 0, 0}, {-1, 5, -1, 6}, 2), (Positions{1, 3}));
  EXPECT_EQ(kept({0, 0, 0, 0}, {-1, 5, -1, -1}, 2), (Positions{0, 1}));
  EXPECT_EQ(kept({8, 1, 7, 2, 6, 3, 5, 4}, {0, 1, 2, 3, 4, 5, 6, 7}, 4),
            (Positions{0, 2, 4, 6}));
}

TEST(Canonical, SelectsByTheUnroundedWeight) {
  // Both round to the same half; the larger one is kept although it comes last.
  float larger = std::nextafterf(1.0f, 2.0f);
  std::vector<float> weight = {1, larger, 0, 0};
  auto matrix =
      encode({weight.data(), 1, 4}, {1, 4, 1, 4}, {}, std::vector{0, 1, 2, 3});
  ASSERT_TRUE(matrix);
  EXPECT_EQ(matrix->position(0, 0), 1);
  EXPECT_EQ(matrix->values[0], 0x3c00);
}

TEST(Canonical, OneOfTwoUsesTheCodesOfTf32) {
  std::vector<float> weight = {1, 2, 4, 3, 0, 5};
  auto matrix = encode({weight.data(), 1, 6}, {1, 6, 1, 2}, {},
                       std::vector{0, 1, 2, 3, 4, 5}, ElementType::BF16);
  ASSERT_TRUE(matrix);
  EXPECT_EQ(matrix->metadata, (std::vector<uint8_t>{0x4e, 0x0e}));
  EXPECT_EQ(matrix->values, (std::vector<uint16_t>{0x4000, 0x4080, 0x40a0}));
}

TEST(Canonical, FourOfEightCrossesBytes) {
  std::vector<float> weight = {0, 1, 0, 2, 3, 0, 0, 4};
  auto matrix = encode({weight.data(), 1, 8}, {1, 8, 4, 8}, {},
                       std::vector{0, 1, 2, 3, 4, 5, 6, 7});
  ASSERT_TRUE(matrix);
  // Positions 1, 3, 4, 7: 1 + 3*8 + 4*64 + 7*512 = 0x0f19.
  EXPECT_EQ(matrix->metadata, (std::vector<uint8_t>{0x19, 0x0f}));
}

TEST(Canonical, PaddingRowsAndEmptyPlaces) {
  std::vector<float> weight = {5, 6};
  auto matrix = encode({weight.data(), 1, 2}, {2, 4, 2, 4}, {},
                       std::vector{-1, 1, -1, 0});
  ASSERT_TRUE(matrix);
  EXPECT_EQ(matrix->values, (std::vector<uint16_t>{0x4600, 0x4500, 0, 0}));
  EXPECT_EQ(matrix->metadata, (std::vector<uint8_t>{1 | 3 << 2, 0x04}));
  EXPECT_EQ(decode(*matrix), weight);
}

TEST(Canonical, AllZeroWeight) {
  std::vector<float> weight(64 * 16, 0.0f);
  auto index = selectColumns({weight.data(), 64, 16}, {}, 32, 8);
  EXPECT_EQ(index, (std::vector<int32_t>{0, 1, 2, 3, 4, 5, 6, 7, //
                                         0, 1, 2, 3, 4, 5, 6, 7}));
  auto matrix = encode({weight.data(), 64, 16}, {32, 8, 2, 4}, {}, index);
  ASSERT_TRUE(matrix);
  EXPECT_EQ(decode(*matrix), weight);
}

TEST(Canonical, SelectColumnsTiesAndShortRows) {
  std::vector<float> saliency = {1, -3, 2, 3, 2, //
                                 1, 0,  1, 0, 1};
  EXPECT_EQ(selectColumns({saliency.data(), 2, 5}, {}, 2, 4),
            (std::vector<int32_t>{1, 2, 3, 4}));
  EXPECT_EQ(selectColumns({saliency.data(), 2, 5}, {}, 2, 3),
            (std::vector<int32_t>{1, 2, 3}));
  EXPECT_EQ(selectColumns({saliency.data(), 2, 5}, {}, 2, 8),
            (std::vector<int32_t>{0, 1, 2, 3, 4, -1, -1, -1}));
  EXPECT_EQ(
      selectColumns({saliency.data(), 2, 5}, std::vector<int64_t>{1, 0}, 1, 2),
      (std::vector<int32_t>{0, 2, 1, 3}));
}

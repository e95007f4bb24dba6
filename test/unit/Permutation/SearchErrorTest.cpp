//===- SearchErrorTest.cpp - wrong input is refused with its place -*- C++
//-*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hinm/Permutation/Search.h"

#include <limits>

#include "gtest/gtest.h"

using namespace hinm::permutation;

namespace {
class SearchErrorTest : public testing::Test {
protected:
  std::vector<float> weight = std::vector<float>(8 * 8, 1.0f);
  std::vector<float> saliency = std::vector<float>(8 * 8, 1.0f);
  int64_t saliencyColumns = 8;
  Pattern pattern{4, 4, 2, 4};
  Options options;

  Error failure() {
    auto result = search({weight.data(), 8, 8}, pattern, options,
                         {saliency.data(), 8, saliencyColumns});
    if (!result)
      return result.error();
    Error none;
    none.message = "no error";
    return none;
  }
};
} // namespace

TEST_F(SearchErrorTest, NoError) { EXPECT_EQ(failure().message, "no error"); }

TEST_F(SearchErrorTest, Weight) {
  weight[8 * 3 + 2] = std::numeric_limits<float>::infinity();
  Error error = failure();
  EXPECT_EQ(error.message,
            "weight is infinite at row 3 column 2, expected a finite number");
  EXPECT_EQ(error.row, 3);
  EXPECT_EQ(error.column, 2);
}

TEST_F(SearchErrorTest, Saliency) {
  saliency[8 * 5 + 7] = -2;
  EXPECT_EQ(failure().message,
            "saliency is -2.000000 at row 5 column 7, expected at least 0");
  EXPECT_EQ(failure().row, 5);
  saliency[8 * 6] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(failure().message,
            "saliency is NaN at row 6 column 0, expected a finite number");
  saliencyColumns = 7;
  EXPECT_EQ(failure().message, "saliency is 8x7, expected 8x8 as the weight");
}

TEST_F(SearchErrorTest, PatternAndOptions) {
  pattern.columns = 5;
  EXPECT_EQ(failure().message,
            "kept columns are 5, expected a positive multiple of 4");
  pattern.columns = 4;
  options.misses = 0;
  EXPECT_EQ(failure().message, "misses is 0, expected at least 1");
  options.misses = 1;
  options.timeBudget = -1;
  EXPECT_EQ(failure().message,
            "time budget is -1.000000 seconds, expected at least 0");
  options.timeBudget.reset();
  options.startOrder = {0, 1, 2};
  EXPECT_EQ(failure().message, "row order has 3 entries, expected 8 rows (or 8 "
                               "places with padding)");
}

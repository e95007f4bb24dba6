//===- PatternTest.cpp - kept columns, sizes and their limits ---*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hinm/Format/Pattern.h"

#include "gtest/gtest.h"

using namespace hinm::format;

TEST(Pattern, KeptColumns) {
  EXPECT_EQ(keptColumns(384, 0.5, 4), 192);
  EXPECT_EQ(keptColumns(384, 0.75, 4), 96);
  EXPECT_EQ(keptColumns(36, 0.5, 4), 16);
  EXPECT_EQ(keptColumns(531, 0.75, 4), 132);
  EXPECT_EQ(keptColumns(1, 0.5, 4), 4);
  EXPECT_EQ(keptColumns(7, 0.0, 4), 4);
  EXPECT_EQ(keptColumns(100, 0.999, 8), 8);
  // 100 * (1 - 0.6) is 40.000000000000007 or 39.99...: always 40.
  EXPECT_EQ(keptColumns(100, 0.6, 4), 40);
  EXPECT_EQ(keptColumns(1000, 0.9, 4), 100);
  EXPECT_EQ(keptColumns(4096, 0.8, 2), 818);
}

TEST(Pattern, Sizes) {
  Pattern pattern{64, 132, 2, 4};
  EXPECT_EQ(pattern.tiles(140), 3);
  EXPECT_EQ(pattern.paddedRows(140), 192);
  EXPECT_EQ(pattern.valuesPerRow(), 66);
  EXPECT_EQ(pattern.metadataBytesPerRow(), 17);
  EXPECT_EQ((Pattern{32, 6, 1, 2}.metadataBytesPerRow()), 2);  // 3 x 4 bits
  EXPECT_EQ((Pattern{32, 16, 4, 8}.metadataBytesPerRow()), 3); // 8 x 3 bits
  EXPECT_EQ((Pattern{32, 24, 1, 8}.metadataBytesPerRow()), 2); // 3 x 3 bits
}

static std::string messageOf(Pattern pattern, int64_t rows, int64_t inputs) {
  auto error = verify(pattern, rows, inputs);
  return error ? error->message : "";
}

TEST(Pattern, Verify) {
  EXPECT_EQ(messageOf({64, 192, 2, 4}, 1536, 384), "");
  EXPECT_EQ(messageOf({64, 4, 2, 4}, 1, 1), "");
  EXPECT_EQ(messageOf({64, 8, 2, 4}, 4, 5), "");
  EXPECT_EQ(messageOf({64, 4, 2, 4}, 0, 5),
            "weight is 0x5, expected at least one row and one column");
  EXPECT_EQ(messageOf({64, 4, 2, 3}, 4, 4),
            "N:M is 2:3, expected M to be 2, 4 or 8");
  EXPECT_EQ(messageOf({64, 4, 5, 4}, 4, 4),
            "N:M is 5:4, expected N from 1 to 4");
  EXPECT_EQ(messageOf({0, 4, 2, 4}, 4, 4),
            "vector size is 0, expected at least 1");
  EXPECT_EQ(messageOf({64, 6, 2, 4}, 4, 8),
            "kept columns are 6, expected a positive multiple of 4");
  EXPECT_EQ(messageOf({64, 12, 2, 4}, 4, 8),
            "kept columns are 12, expected at most 8 for a weight with 8 "
            "columns");
}

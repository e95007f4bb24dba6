//===- ErrorTest.cpp - wrong input is refused with its place ----*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hinm/Format/Canonical.h"
#include "hinm/Format/FragmentStream.h"

#include <limits>

#include "gtest/gtest.h"

using namespace hinm::format;

namespace {
class ErrorTest : public testing::Test {
protected:
  std::vector<float> weight = std::vector<float>(8 * 8, 1.0f);
  std::vector<int64_t> rowOrder = {7, 6, 5, 4, 3, 2, 1, 0};
  std::vector<int32_t> index = {0, 1, 2, 3, 4, 5, 6, 7};
  Pattern pattern{8, 8, 2, 4};

  Error failure(ElementType type = ElementType::F16) {
    auto matrix = encode({weight.data(), 8, 8}, pattern, rowOrder, index, type);
    if (!matrix)
      return matrix.error();
    Error none;
    none.message = "no error";
    return none;
  }
};
} // namespace

TEST_F(ErrorTest, NoError) { EXPECT_EQ(failure().message, "no error"); }

TEST_F(ErrorTest, NotFinite) {
  weight[5 * 8 + 3] = std::numeric_limits<float>::quiet_NaN();
  weight[6 * 8 + 1] = -std::numeric_limits<float>::infinity();
  Error error = failure();
  EXPECT_EQ(error.message,
            "weight is NaN at row 5 column 3, expected a finite number");
  EXPECT_EQ(error.row, 5);
  EXPECT_EQ(error.column, 3);
  weight[5 * 8 + 3] = 0;
  EXPECT_EQ(failure().message,
            "weight is infinite at row 6 column 1, expected a finite number");
}

TEST_F(ErrorTest, OverflowOfWhatIsKept) {
  weight[6 * 8 + 2] = 1e6f;
  weight[2 * 8 + 7] = 65520.0f;
  Error error = failure();
  EXPECT_EQ(error.message,
            "weight 65520.000000 at row 2 column 7 overflows f16");
  EXPECT_EQ(error.row, 2);
  EXPECT_EQ(error.column, 7);
  EXPECT_EQ(failure(ElementType::BF16).message, "no error");
  // Not kept: no error.
  for (float &w : weight)
    w = 3e38f;
  weight[0] = 65519.0f;
  EXPECT_EQ(failure().row, 0);
  EXPECT_EQ(failure().column, 1);
}

TEST_F(ErrorTest, RowOrder) {
  rowOrder[3] = 7;
  EXPECT_EQ(failure().message,
            "row order names row 7 a second time in place 3");
  rowOrder[3] = 8;
  EXPECT_EQ(failure().message, "row order has 8 in place 3, expected 0 to 7");
  rowOrder.pop_back();
  EXPECT_EQ(failure().message,
            "row order has 7 entries, expected 8 rows (or 8 places with "
            "padding)");
}

TEST_F(ErrorTest, VectorIndex) {
  index[2] = 7;
  EXPECT_EQ(failure().message,
            "vector index names column 7 a second time in tile 0 place 7");
  index[2] = 9;
  EXPECT_EQ(failure().message,
            "vector index has 9 in tile 0 place 2, expected -1 to 7");
  index[2] = 2;
  index.push_back(0);
  EXPECT_EQ(failure().message,
            "vector index has 9 entries, expected 1 tiles of 8 columns");
}

TEST_F(ErrorTest, FragmentStream) {
  auto message = [](const std::optional<Error> &error) {
    return error ? error->message : "";
  };
  EXPECT_EQ(message(verifyFragmentStream({32, 8, 2, 4}, 0)), "");
  EXPECT_EQ(message(verifyFragmentStream({48, 8, 2, 4}, 0)),
            "vector size is 48, expected a multiple of 32 for the fragment "
            "stream");
  EXPECT_EQ(message(verifyFragmentStream({32, 8, 1, 4}, 0)),
            "N:M is 1:4, expected 2:4 for the fragment stream");
  EXPECT_EQ(message(verifyFragmentStream({32, 8, 2, 4}, -1)),
            "lookahead is -1, expected at least 0");

  pattern.vector = 32;
  auto matrix = encode({weight.data(), 8, 8}, pattern, rowOrder, index);
  ASSERT_TRUE(matrix);
  auto stream = packFragmentStream(*matrix, 2);
  ASSERT_TRUE(stream);
  auto unpack = [&](std::vector<uint8_t> bytes) -> std::string {
    auto result =
        unpackFragmentStream(bytes, pattern, 8, 8, ElementType::F16, 2);
    return result ? "" : result.error().message;
  };
  EXPECT_EQ(unpack(*stream), "");
  std::vector<uint8_t> changed = *stream;
  changed.pop_back();
  EXPECT_EQ(unpack(changed), "fragment stream has 3071 bytes, expected 1 tiles "
                             "of 3072");
  changed = *stream;
  changed[4 * 9] = 1; // the index of a padding column
  EXPECT_EQ(unpack(changed),
            "fragment stream has index -255 of padding column 9 of tile 0, "
            "expected it to be empty");
  changed = *stream;
  changed[4] = 77; // an index beyond the matrix
  EXPECT_EQ(unpack(changed),
            "vector index has 77 in tile 0 place 1, expected -1 to 7");
  changed = *stream;
  changed[512 + 2048] = 0x45; // positions 1, 1
  EXPECT_EQ(unpack(changed), "metadata of row place 0 entry 1 is position 1, "
                             "expected 2 to 3");
  changed = *stream;
  changed[512 + 8] = 1; // stored column 8 of half 0: beyond K/2
  EXPECT_EQ(unpack(changed),
            "fragment stream has value bits 1 in padding column 8 of tile 0, "
            "expected it to be empty");
}

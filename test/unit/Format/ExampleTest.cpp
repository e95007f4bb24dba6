//===- ExampleTest.cpp - the example of docs/format.md ----------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hinm/Format/Canonical.h"
#include "hinm/Format/FragmentStream.h"

#include "gtest/gtest.h"

using namespace hinm::format;

// clang-format off
static const std::vector<float> weight = {
     8, 0,  1, 0, -4, 1, 0, 2, 0,  3, 0, 0,  7,  0, 1, -5,
    -6, 1,  0, 0,  5, 0, 1, 0, 0,  4, 1, 0, -2,  6, 0,  0,
     2, 0, -7, 1,  0, 0, 0, 9, 1, -8, 0, 1,  3,  0, 0,  4,
     0, 1,  5, 0,  6, 0, 0, 0, 0,  1, 0, 0, -9, -3, 1,  2};
// clang-format on
static const std::vector<int64_t> rowOrder = {2, 0, 3, 1};
static const std::vector<int32_t> packing = {0, 9, 4, 12, 2, 15, 7, 13};

TEST(Example, SelectedColumns) {
  EXPECT_EQ(selectColumns({weight.data(), 4, 16}, rowOrder, 4, 8),
            (std::vector<int32_t>{0, 2, 4, 7, 9, 12, 13, 15}));
}

TEST(Example, CanonicalStorage) {
  auto matrix = encode({weight.data(), 4, 16}, {4, 8, 2, 4}, rowOrder, packing);
  ASSERT_TRUE(matrix) << matrix.error().message;
  EXPECT_EQ(matrix->values,
            (std::vector<uint16_t>{0xc800, 0x4200, 0xc700, 0x4880, //
                                   0x4800, 0x4700, 0xc500, 0x4000, //
                                   0x4600, 0xc880, 0x4500, 0xc200, //
                                   0xc600, 0x4500, 0x0000, 0x4600}));
  EXPECT_EQ(matrix->metadata, (std::vector<uint8_t>{0x8d, 0x9c, 0xce, 0xc8}));
  EXPECT_EQ(matrix->vectorIndex, packing);
  // clang-format off
  EXPECT_EQ(decode(*matrix), (std::vector<float>{
       0, 0, -7, 0,  0, 0, 0, 9, 0, -8, 0, 0,  3,  0, 0,  0,
       8, 0,  0, 0,  0, 0, 0, 2, 0,  0, 0, 0,  7,  0, 0, -5,
       0, 0,  5, 0,  6, 0, 0, 0, 0,  0, 0, 0, -9, -3, 0,  0,
      -6, 0,  0, 0,  5, 0, 0, 0, 0,  0, 0, 0,  0,  6, 0,  0}));
  // clang-format on
}

TEST(Example, FragmentStream) {
  auto matrix =
      encode({weight.data(), 4, 16}, {32, 8, 2, 4}, rowOrder, packing);
  ASSERT_TRUE(matrix) << matrix.error().message;
  auto stream = packFragmentStream(*matrix, /*lookahead=*/1);
  ASSERT_TRUE(stream) << stream.error().message;
  ASSERT_EQ(stream->size(), 2816u);

  // Everything that is not zero, by its offset; the rest of the values is zero.
  std::vector<uint8_t> expected(2816, 0);
  auto put16 = [&](size_t at, uint16_t value) {
    expected[at] = static_cast<uint8_t>(value);
    expected[at + 1] = static_cast<uint8_t>(value >> 8);
  };
  auto put32 = [&](size_t at, uint32_t value) {
    put16(at, static_cast<uint16_t>(value));
    put16(at + 2, static_cast<uint16_t>(value >> 16));
  };
  for (size_t i = 0; i < 64; ++i) {
    put32(4 * i, i < 8 ? static_cast<uint32_t>(packing[i]) : 0xffffffff);
    put32(2560 + 4 * i, 0xffffffff);
  }
  const std::pair<size_t, uint16_t> values[] = {
      {256, 0xc800}, {258, 0x4200}, {272, 0xc700}, {274, 0x4880}, // lanes 0, 1
      {320, 0x4800}, {322, 0x4700}, {336, 0xc500}, {338, 0x4000}, // 4, 5
      {384, 0x4600}, {386, 0xc880}, {400, 0x4500}, {402, 0xc200}, // 8, 9
      {448, 0xc600}, {450, 0x4500}, {464, 0x0000}, {466, 0x4600}, // 12, 13
  };
  for (auto [at, value] : values)
    put16(at, value);
  for (size_t i = 0; i < 64; ++i)
    put32(2304 + 4 * i, 0x44444444);
  put32(2304 + 8 * 0, 0x4444448d);
  put32(2304 + 8 * 4, 0x4444449c);
  put32(2304 + 8 * 8, 0x444444ce);
  put32(2304 + 8 * 12, 0x444444c8);
  for (size_t i = 0; i < expected.size(); ++i)
    ASSERT_EQ((*stream)[i], expected[i]) << "byte " << i;
}

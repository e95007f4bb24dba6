//===- FragmentStreamTest.cpp - the stream, read by the PTX ISA's tables -*- C++
//-*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hinm/Format/FragmentStream.h"

#include "RandomMatrix.h"

#include "gtest/gtest.h"

using namespace hinm::format;
using hinm::format::test::RandomMatrix;

namespace {
/// Reads a packed tensor the way the hardware does. Written from the PTX ISA,
/// "Matrix Fragments for sparse mma.m16n8k32 with .f16 and .bf16 types" and
/// "Sparse matrix storage", and from docs/format.md's table of offsets; it
/// shares nothing with the packer.
class IsaReader {
public:
  IsaReader(const std::vector<uint8_t> &stream, int64_t rows, int64_t inputs,
            int64_t vector, int64_t columns, int64_t lookahead)
      : stream(stream), rows(rows), inputs(inputs), vector(vector),
        steps(std::max<int64_t>(1, (columns + 63) / 64)), lookahead(lookahead) {
  }

  /// The dense matrix as bits, rows in tile order; what lies beyond it must be
  /// zero or gather nothing.
  std::vector<uint16_t> dense() {
    std::vector<uint16_t> result(static_cast<size_t>(rows * inputs), 0);
    int64_t tiles = (rows + vector - 1) / vector;
    int64_t stepBytes = 72 * vector + 256;
    int64_t tileBytes = 256 * lookahead + steps * stepBytes;
    EXPECT_EQ(static_cast<int64_t>(stream.size()), tiles * tileBytes);
    for (int64_t tile = 0; tile < tiles; ++tile) {
      int64_t base = tile * tileBytes;
      // A kernel's ring of indices: first the header, then each step brings
      // those of the step that lies `lookahead` later.
      std::vector<int32_t> index;
      for (int64_t i = 0; i < 64 * lookahead; ++i)
        index.push_back(int32(base + 4 * i));
      for (int64_t step = 0; step < steps; ++step) {
        int64_t block = base + 256 * lookahead + step * stepBytes;
        for (int64_t i = 0; i < 64; ++i)
          index.push_back(int32(block + 72 * vector + 4 * i));
      }
      for (int64_t k = 64 * steps; k < static_cast<int64_t>(index.size()); ++k)
        EXPECT_EQ(index[static_cast<size_t>(k)], -1);
      for (int64_t step = 0; step < steps; ++step)
        for (int64_t half = 0; half < 2; ++half)
          for (int64_t fragment = 0; fragment < vector / 16; ++fragment) {
            uint16_t a[16][32] = {};
            instruction(base + 256 * lookahead + step * stepBytes, half,
                        fragment, a);
            scatter(a, tile * vector + fragment * 16,
                    &index[static_cast<size_t>(64 * step + 32 * half)], result);
          }
    }
    return result;
  }

private:
  /// Operand A of one mma.sp, dense: 16 x 32.
  void instruction(int64_t block, int64_t half, int64_t fragment,
                   uint16_t (&dense)[16][32]) {
    int64_t selector = fragment % 2;
    for (int64_t lane = 0; lane < 32; ++lane) {
      int64_t groupID = lane >> 2, threadIDInGroup = lane % 4;
      for (int64_t i = 0; i < 8; ++i) {
        int64_t row = i < 2 || (4 <= i && i < 6) ? groupID : groupID + 8;
        int64_t firstColumn = threadIDInGroup * 4 + (i < 4 ? 0 : 16);
        uint16_t value =
            int16(block + ((half * (vector / 16) + fragment) * 32 + lane) * 16 +
                  2 * i);
        // The chunk of 4 columns has two indices of two bits; selector 0 takes
        // them from threads T0 and T1 of the quad, 1 from T2 and T3: columns
        // 0..15 from the first of the pair, 16..31 from the second; row
        // groupID in bits 15:0, row groupID + 8 in bits 31:16.
        int64_t chunk = firstColumn / 4;
        int64_t thread = 4 * groupID + 2 * selector + chunk / 4;
        uint32_t word = int32(block + 64 * vector +
                              ((fragment / 2 * 32 + thread) * 2 + half) * 4);
        uint32_t four = word >> (row >= 8 ? 16 : 0) >> (4 * (chunk % 4)) & 0xf;
        uint32_t first = four & 3, second = four >> 2;
        // Only 0b0100, 0b1000, 0b1001, 0b1100, 0b1101 and 0b1110 have a
        // meaning with ordered metadata.
        EXPECT_LT(first, second);
        uint32_t position = i % 2 == 0 ? first : second;
        dense[row][firstColumn + position] = value;
      }
    }
  }

  void scatter(const uint16_t (&a)[16][32], int64_t firstRow,
               const int32_t *index, std::vector<uint16_t> &result) {
    for (int64_t r = 0; r < 16; ++r)
      for (int64_t k = 0; k < 32; ++k) {
        if (firstRow + r >= rows || index[k] < 0) {
          EXPECT_EQ(a[r][k], 0);
          continue;
        }
        ASSERT_LT(index[k], inputs);
        if (a[r][k] != 0)
          result[static_cast<size_t>((firstRow + r) * inputs + index[k])] =
              a[r][k];
      }
  }

  uint16_t int16(int64_t at) const {
    return static_cast<uint16_t>(stream[static_cast<size_t>(at)] +
                                 256 * stream[static_cast<size_t>(at + 1)]);
  }
  int32_t int32(int64_t at) const {
    return static_cast<int32_t>(int16(at) + 65536u * int16(at + 2));
  }

  const std::vector<uint8_t> &stream;
  int64_t rows, inputs, vector, steps, lookahead;
};
} // namespace

class FragmentStreamTest : public testing::TestWithParam<uint32_t> {};

TEST_P(FragmentStreamTest, IsWhatTheInstructionReads) {
  RandomMatrix random(GetParam(), {32, 64, 96, 128}, {{2, 4}});
  int64_t lookahead = GetParam() % 5;
  auto matrix = encode(random.view(), random.pattern, random.rowOrder,
                       random.vectorIndex);
  ASSERT_TRUE(matrix) << matrix.error().message;
  auto stream = packFragmentStream(*matrix, lookahead);
  ASSERT_TRUE(stream) << stream.error().message;

  IsaReader reader(*stream, random.rows, random.inputs, random.pattern.vector,
                   random.pattern.columns, lookahead);
  std::vector<uint16_t> found = reader.dense();
  auto projected = projectDense(random.view(), random.pattern, random.rowOrder,
                                random.vectorIndex);
  ASSERT_TRUE(projected);
  for (int64_t place = 0; place < random.rows; ++place)
    for (int64_t c = 0; c < random.inputs; ++c) {
      int64_t row = random.rowOrder[static_cast<size_t>(place)];
      float exact = (*projected)[static_cast<size_t>(row * random.inputs + c)];
      uint16_t bits = found[static_cast<size_t>(place * random.inputs + c)];
      ASSERT_EQ(halfToFloat(bits), halfToFloat(floatToHalf(exact)))
          << "place " << place << " column " << c;
    }
}

TEST_P(FragmentStreamTest, UnpacksToTheSameMatrix) {
  RandomMatrix random(GetParam(), {32, 64, 96, 128}, {{2, 4}});
  int64_t lookahead = GetParam() % 5;
  for (ElementType type : {ElementType::F16, ElementType::BF16}) {
    auto matrix = encode(random.view(), random.pattern, random.rowOrder,
                         random.vectorIndex, type);
    ASSERT_TRUE(matrix);
    auto stream = packFragmentStream(*matrix, lookahead, 1);
    ASSERT_TRUE(stream);
    EXPECT_EQ(*stream, *packFragmentStream(*matrix, lookahead, 3));
    auto back = unpackFragmentStream(*stream, random.pattern, random.rows,
                                     random.inputs, type, lookahead);
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_EQ(*back, *matrix);
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, FragmentStreamTest, testing::Range(0u, 40u));

TEST(FragmentStreamLayout, Sizes) {
  FragmentStreamLayout layout = fragmentStreamLayout({128, 512, 2, 4}, 3);
  EXPECT_EQ(layout.steps(), 8);
  EXPECT_EQ(layout.stepBytes(), 9472);
  EXPECT_EQ(layout.tileBytes(), 3 * 256 + 8 * 9472);
  EXPECT_EQ(layout.valueBytes(), 8192);
  EXPECT_EQ(layout.metadataBytes(), 1024);
  EXPECT_EQ(layout.valueOffset(1, 0, 0), 4096);
  EXPECT_EQ(layout.metadataOffset(3, 31, 1), 8192 + 1020);
  EXPECT_EQ(layout.indexOffset(), 9216);
  for (int64_t vector = 32; vector <= 256; vector += 32) {
    layout = fragmentStreamLayout({vector, 132, 2, 4}, 1);
    EXPECT_EQ(layout.steps(), 3);
    EXPECT_EQ(layout.stepBytes() % 16, 0);
    EXPECT_EQ(layout.indexOffset() % 16, 0);
  }
}

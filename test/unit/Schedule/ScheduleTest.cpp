//===- ScheduleTest.cpp - schedules that fit and suit -----------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hinm/Dialect/HINM/IR/Schedule.h"

#include "mlir/IR/MLIRContext.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace mlir::hinm;

namespace {
class ScheduleTest : public ::testing::Test {
protected:
  ScheduleTest() { context.loadDialect<HINMDialect>(); }

  ScheduleAttr choose(int64_t vector, int64_t columns, int64_t outputs,
                      int64_t tokens, StringRef chip = "sm_80") {
    return chooseSchedule(&context, vector, columns, outputs, tokens, chip);
  }

  MLIRContext context;
};

TEST_F(ScheduleTest, StageLayoutOfTheLargeTile) {
  // 64 x 128 values of 2 bytes at half density and 2 bits of metadata each, 64
  // indices; rows of 128 + 8 halves.
  StageLayout stage(128, 128);
  EXPECT_EQ(stage.blockBytes, 128 * 64 + 128 * 8 + 256);
  EXPECT_EQ(stage.rowPitch, 136);
  EXPECT_EQ(stage.stageBytes, 9472 + 64 * 272);
}

TEST_F(ScheduleTest, RowsStartInDifferentBanks) {
  for (int64_t tokens : {8, 16, 24, 32, 64, 128, 192, 256}) {
    int64_t pitchBytes = StageLayout(64, tokens).rowPitch * 2;
    EXPECT_GE(pitchBytes, tokens * 2);
    bool taken[8] = {};
    for (int64_t row = 0; row < 8; ++row) {
      bool &bank = taken[row * pitchBytes / 16 % 8];
      EXPECT_FALSE(bank) << tokens << " tokens, row " << row;
      bank = true;
    }
  }
}

TEST_F(ScheduleTest, EveryScheduleFitsItsChip) {
  for (StringRef chip : {"sm_80", "sm_86", "sm_89", "sm_90", "sm_90a", "sm_100",
                         "sm_120", "sm_75"})
    for (int64_t vector : {32, 64, 96, 128, 256})
      for (int64_t tokens : {int64_t(1), int64_t(8), int64_t(130),
                             int64_t(100000), ShapedType::kDynamic}) {
        ScheduleAttr schedule = choose(vector, 192, 1536, tokens, chip);
        ASSERT_TRUE(schedule) << chip.str() << " " << vector;
        StageLayout stage(vector, schedule.getTileTokens());
        EXPECT_LE(stage.stageBytes * schedule.getStages(),
                  getChipLimits(chip).sharedBytesPerBlock);
        EXPECT_EQ(schedule.getTileRows(), vector);
        EXPECT_EQ(vector / schedule.getWarps()[0] % 32, 0);
        EXPECT_LE(schedule.getNumThreads(), 512);
      }
}

TEST_F(ScheduleTest, FewTokensGetANarrowTile) {
  EXPECT_EQ(choose(64, 2048, 4096, 1).getTileTokens(), 8);
  EXPECT_LE(choose(128, 2048, 4096, 16).getTileTokens(), 16);
}

TEST_F(ScheduleTest, ManyTokensGetLargeWarpTiles) {
  ScheduleAttr schedule = choose(128, 2048, 4096, 4096);
  EXPECT_GE(schedule.getTileTokens(), 128);
  EXPECT_EQ(schedule.getTileRows() / schedule.getWarps()[0], 64);
  EXPECT_EQ(schedule.getTileTokens() / schedule.getWarps()[1], 64);
}

TEST_F(ScheduleTest, NoScheduleForOddVectors) {
  EXPECT_FALSE(choose(48, 192, 1536, 128));
  EXPECT_FALSE(choose(0, 192, 1536, 128));
}
} // namespace

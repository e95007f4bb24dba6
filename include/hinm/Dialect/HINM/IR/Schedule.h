//===- Schedule.h - how a kernel divides its work ---------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The shared-memory layout of a pipeline stage and the choice of a schedule.
//
//===----------------------------------------------------------------------===//

#ifndef HINM_DIALECT_HINM_IR_SCHEDULE_H
#define HINM_DIALECT_HINM_IR_SCHEDULE_H

#include "hinm/Dialect/HINM/IR/HINM.h"

namespace mlir::hinm {

/// One stage of the copy pipeline in shared memory: a step block of the
/// fragment stream, then the 64 gathered rows of the activations. Sizes in
/// bytes unless said.
struct StageLayout {
  /// V rows of the weight and BN columns of the activations.
  StageLayout(int64_t vector, int64_t tokens);

  int64_t blockBytes;
  /// Elements from one gathered row to the next. The pitch is an odd multiple
  /// of 16 bytes: the 8 rows that one phase of `ldmatrix` reads then lie in
  /// different banks, as a swizzle would have it, but every address of a warp
  /// is a constant away from one base.
  int64_t rowPitch;
  int64_t rowsBytes;
  int64_t stageBytes;
};

/// What a chip offers, as the schedule sees it.
struct ChipLimits {
  /// Shared memory of one thread block at most, and of one multiprocessor.
  int64_t sharedBytesPerBlock;
  int64_t sharedBytesPerProcessor;
  /// Multiprocessors of the usual product.
  int64_t processors;
};

/// Source: CUDA programming guide, table of compute capabilities. A chip that
/// is not listed gets the smallest of the limits.
ChipLimits getChipLimits(StringRef chip);

/// The schedule with the least estimated time for a weight of `outputs` rows in
/// tiles of `vector` (a multiple of 32), `columns` kept columns, and `tokens`
/// columns of activations (ShapedType::kDynamic if not known: a batch that
/// fills the chip is then assumed). Null if `vector` has no schedule on `chip`.
ScheduleAttr chooseSchedule(MLIRContext *context, int64_t vector,
                            int64_t columns, int64_t outputs, int64_t tokens,
                            StringRef chip);

} // namespace mlir::hinm

#endif // HINM_DIALECT_HINM_IR_SCHEDULE_H

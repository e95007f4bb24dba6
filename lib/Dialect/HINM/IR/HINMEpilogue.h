//===- HINMEpilogue.h - checks that ops with an epilogue share --*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HINM_LIB_DIALECT_HINM_IR_HINMEPILOGUE_H
#define HINM_LIB_DIALECT_HINM_IR_HINMEPILOGUE_H

#include "hinm/Dialect/HINM/IR/HINM.h"

namespace mlir::hinm {

/// Constraints epilogue_c1 to epilogue_c5 for `op`, whose result is of
/// `resultType` (a rank-2 tensor or memref).
LogicalResult verifyEpilogue(Operation *op, Region &epilogue,
                             ValueRange operands, ShapedType resultType);

} // namespace mlir::hinm

#endif // HINM_LIB_DIALECT_HINM_IR_HINMEPILOGUE_H

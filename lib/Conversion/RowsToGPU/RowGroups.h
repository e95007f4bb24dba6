//===- RowGroups.h - linalg ops that work row by row ------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HINM_LIB_CONVERSION_ROWSTOGPU_ROWGROUPS_H
#define HINM_LIB_CONVERSION_ROWSTOGPU_ROWGROUPS_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace mlir::hinm {

/// An op whose first loops go over rows. A further one, if there is one, goes
/// over the row's elements, in parallel or as a reduction.
struct RowOp {
  linalg::LinalgOp op;
  bool hasInner = false;
  bool isReduction = false;
  /// For each result of a reduction, the op that combines two values.
  SmallVector<Operation *> combiners;
};

/// Ops behind one another whose rows are the same and do not depend on each
/// other: each row can be computed to its end by itself.
struct RowGroup {
  SmallVector<RowOp> ops;
  /// Numbers of rows, static or values that dominate the first op.
  SmallVector<OpFoldResult> rowSizes;
  /// Elements of a row, of each op with an inner loop.
  SmallVector<OpFoldResult> innerSizes;
};

/// The groups of `block` with a reduction in them, in order.
SmallVector<RowGroup> findRowGroups(Block &block);

/// The memref that `value` is a view of; a place in a workspace is its own.
Value getBaseBuffer(Value value);

} // namespace mlir::hinm

#endif // HINM_LIB_CONVERSION_ROWSTOGPU_ROWGROUPS_H

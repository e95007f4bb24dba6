//===- Layout.h - making the ops that change the activations' layout --*- C++
//-*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HINM_LIB_DIALECT_HINM_TRANSFORMS_LAYOUT_H
#define HINM_LIB_DIALECT_HINM_TRANSFORMS_LAYOUT_H

#include "hinm/Dialect/HINM/IR/HINM.h"

#include "mlir/IR/Builders.h"

namespace mlir::hinm {

/// `to_feature_major` of `[tokens][features]` into `[features][Np]` of
/// `elementType`.
Value createToFeatureMajor(OpBuilder &builder, Location loc, Value tokenMajor,
                           Type elementType);

/// `to_token_major` of `[features][Np]` into `[tokens][features]` of
/// `elementType`.
Value createToTokenMajor(OpBuilder &builder, Location loc, Value featureMajor,
                         OpFoldResult tokens, Type elementType);

} // namespace mlir::hinm

#endif // HINM_LIB_DIALECT_HINM_TRANSFORMS_LAYOUT_H

//===- Normalize.h - what front ends print, in one form ---------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HINM_LIB_DIALECT_HINM_TRANSFORMS_NORMALIZE_H
#define HINM_LIB_DIALECT_HINM_TRANSFORMS_NORMALIZE_H

#include "mlir/IR/PatternMatch.h"

namespace mlir::hinm {

/// `tensor.reshape` to listed sizes becomes collapse and expand.
void populateNormalizeReshapesPatterns(RewritePatternSet &patterns);

/// Sizes that are computed in i64 or by `arith` become `affine.apply` of the
/// tensors' dimensions; what compares them folds.
void populateNormalizeSizesPatterns(RewritePatternSet &patterns);

/// Reductions lose results that nobody reads; elements that a body extracts at
/// the loop's place become operands.
void populateNormalizeGenericsPatterns(RewritePatternSet &patterns);

/// A size as an expression of `symbols`, tensor dimensions, if it is one: never
/// negative. Extends `symbols`.
std::optional<AffineExpr> getSizeExpr(Value value,
                                      SmallVectorImpl<Value> &symbols);

/// True if both are sizes and always the same.
bool areEqualSizes(Value first, Value second);

} // namespace mlir::hinm

#endif // HINM_LIB_DIALECT_HINM_TRANSFORMS_NORMALIZE_H

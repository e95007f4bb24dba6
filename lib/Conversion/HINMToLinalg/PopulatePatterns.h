//===- PopulatePatterns.h - pattern families of the conversion --*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HINM_LIB_CONVERSION_HINMTOLINALG_POPULATEPATTERNS_H
#define HINM_LIB_CONVERSION_HINMTOLINALG_POPULATEPATTERNS_H

#include "mlir/IR/PatternMatch.h"

namespace mlir::hinm {

/// `gather_matmul` on tensors, canonical or from a stream.
void populateGatherMatmulToLinalgPatterns(RewritePatternSet &patterns);

/// `decode`.
void populateDecodeToLinalgPatterns(RewritePatternSet &patterns);

/// `to_feature_major`, `to_token_major` and `permute`.
void populateLayoutToLinalgPatterns(RewritePatternSet &patterns);

} // namespace mlir::hinm

#endif // HINM_LIB_CONVERSION_HINMTOLINALG_POPULATEPATTERNS_H

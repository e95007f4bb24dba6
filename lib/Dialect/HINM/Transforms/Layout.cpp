//===- Layout.cpp - making the ops that change the activations' layout --*- C++
//-*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Layout.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::hinm;

Value mlir::hinm::createToFeatureMajor(OpBuilder &builder, Location loc,
                                       Value tokenMajor, Type elementType) {
  OpFoldResult tokens = tensor::getMixedSize(builder, loc, tokenMajor, 0);
  OpFoldResult features = tensor::getMixedSize(builder, loc, tokenMajor, 1);
  AffineExpr d0 = builder.getAffineDimExpr(0);
  OpFoldResult columns = affine::makeComposedFoldedAffineApply(
      builder, loc, d0.ceilDiv(tokenPadding) * tokenPadding, {tokens});
  Value init = tensor::EmptyOp::create(
      builder, loc, ArrayRef<OpFoldResult>{features, columns}, elementType);
  return ToFeatureMajorOp::create(builder, loc, init.getType(), tokenMajor,
                                  init)
      .getResult();
}

Value mlir::hinm::createToTokenMajor(OpBuilder &builder, Location loc,
                                     Value featureMajor, OpFoldResult tokens,
                                     Type elementType) {
  OpFoldResult features = tensor::getMixedSize(builder, loc, featureMajor, 0);
  Value init = tensor::EmptyOp::create(
      builder, loc, ArrayRef<OpFoldResult>{tokens, features}, elementType);
  return ToTokenMajorOp::create(builder, loc, init.getType(), featureMajor,
                                init)
      .getResult();
}

//===- Layout.cpp - changes of order and layout as linalg -------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "IndexMath.h"
#include "PopulatePatterns.h"

#include "hinm/Dialect/HINM/IR/HINM.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"

using namespace mlir;
using namespace mlir::hinm;

static Value convertFloat(OpBuilder &builder, Location loc, Value value,
                          Type type) {
  unsigned from = value.getType().getIntOrFloatBitWidth();
  unsigned to = type.getIntOrFloatBitWidth();
  if (value.getType() == type)
    return value;
  if (from < to)
    return arith::ExtFOp::create(builder, loc, type, value);
  if (from > to)
    return arith::TruncFOp::create(builder, loc, type, value);
  // f16 and bf16: through f32.
  Value wide = arith::ExtFOp::create(builder, loc, builder.getF32Type(), value);
  return arith::TruncFOp::create(builder, loc, type, wide);
}

namespace {
struct ConvertToFeatureMajor : public OpRewritePattern<ToFeatureMajorOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ToFeatureMajorOp op,
                                PatternRewriter &rewriter) const override {
    if (!op.getResult())
      return rewriter.notifyMatchFailure(op, "works on memrefs");
    Location loc = op.getLoc();
    Value input = op.getInput();
    Value tokens = tensor::DimOp::create(rewriter, loc, input, 0);
    Type type = getElementTypeOrSelf(op.getInit().getType());
    SmallVector<utils::IteratorType> parallel(2, utils::IteratorType::parallel);
    auto generic = linalg::GenericOp::create(
        rewriter, loc, op.getInit().getType(), ValueRange(), op.getInit(),
        ArrayRef{rewriter.getMultiDimIdentityMap(2)}, parallel,
        [&](OpBuilder &nested, Location at, ValueRange) {
          IndexMath math(nested, at);
          Value feature = linalg::IndexOp::create(nested, at, 0);
          Value token = linalg::IndexOp::create(nested, at, 1);
          Value isToken = math.isLess(token, tokens);
          Value source = math.select(isToken, token, math.constant(0));
          Value value = tensor::ExtractOp::create(nested, at, input,
                                                  ValueRange{source, feature});
          value = convertFloat(nested, at, value, type);
          Value padding =
              arith::ConstantOp::create(nested, at, nested.getZeroAttr(type));
          linalg::YieldOp::create(nested, at,
                                  math.select(isToken, value, padding));
        });
    rewriter.replaceOp(op, generic);
    return success();
  }
};

struct ConvertToTokenMajor : public OpRewritePattern<ToTokenMajorOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ToTokenMajorOp op,
                                PatternRewriter &rewriter) const override {
    if (!op.getResult())
      return rewriter.notifyMatchFailure(op, "works on memrefs");
    Location loc = op.getLoc();
    Value init = op.getInit();
    OpFoldResult zero = rewriter.getIndexAttr(0),
                 one = rewriter.getIndexAttr(1);
    SmallVector<OpFoldResult> sizes = {
        tensor::getMixedSize(rewriter, loc, op.getInput(), 0),
        tensor::getMixedSize(rewriter, loc, init, 0)};
    Value tokens = tensor::ExtractSliceOp::create(
        rewriter, loc, op.getInput(), SmallVector<OpFoldResult>{zero, zero},
        sizes, SmallVector<OpFoldResult>{one, one});
    AffineMap turned = AffineMap::getPermutationMap(ArrayRef<unsigned>{1, 0},
                                                    rewriter.getContext());
    Type type = getElementTypeOrSelf(init.getType());
    SmallVector<utils::IteratorType> parallel(2, utils::IteratorType::parallel);
    auto generic = linalg::GenericOp::create(
        rewriter, loc, init.getType(), tokens, init,
        ArrayRef{turned, rewriter.getMultiDimIdentityMap(2)}, parallel,
        [&](OpBuilder &nested, Location at, ValueRange args) {
          linalg::YieldOp::create(nested, at,
                                  convertFloat(nested, at, args[0], type));
        });
    rewriter.replaceOp(op, generic);
    return success();
  }
};
} // namespace

void mlir::hinm::populateLayoutToLinalgPatterns(RewritePatternSet &patterns) {
  patterns.add<ConvertToFeatureMajor, ConvertToTokenMajor>(
      patterns.getContext());
}

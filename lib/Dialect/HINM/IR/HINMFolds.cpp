//===- HINMFolds.cpp - folders and canonicalization patterns ----*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hinm/Dialect/HINM/IR/HINM.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace mlir::hinm;

//===----------------------------------------------------------------------===//
// Parts of an encoded matrix
//===----------------------------------------------------------------------===//

OpFoldResult ValuesOp::fold(FoldAdaptor) {
  if (auto assemble = getSource().getDefiningOp<AssembleOp>())
    return assemble.getValues();
  return {};
}

OpFoldResult MetadataOp::fold(FoldAdaptor) {
  if (auto assemble = getSource().getDefiningOp<AssembleOp>())
    return assemble.getMetadata();
  return {};
}

OpFoldResult VectorIndexOp::fold(FoldAdaptor) {
  if (auto assemble = getSource().getDefiningOp<AssembleOp>())
    return assemble.getVectorIndex();
  return {};
}

//===----------------------------------------------------------------------===//
// PermuteOp
//===----------------------------------------------------------------------===//

OpFoldResult PermuteOp::fold(FoldAdaptor) {
  ArrayRef<int64_t> order = getOrder();
  for (auto [place, source] : llvm::enumerate(order))
    if (static_cast<int64_t>(place) != source)
      return {};
  return getSource();
}

namespace {
/// permute(permute(x)) along one dimension is one permute.
struct ComposePermutes : public OpRewritePattern<PermuteOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(PermuteOp op,
                                PatternRewriter &rewriter) const override {
    auto inner = op.getSource().getDefiningOp<PermuteOp>();
    if (!inner)
      return rewriter.notifyMatchFailure(op, "source is no permute");
    if (inner.getDim() != op.getDim())
      return rewriter.notifyMatchFailure(op, "permutes of two dimensions");
    SmallVector<int64_t> order;
    for (int64_t place : op.getOrder())
      order.push_back(inner.getOrder()[place]);
    rewriter.replaceOpWithNewOp<PermuteOp>(op, op.getType(), inner.getSource(),
                                           op.getDim(), order);
    return success();
  }
};

/// to_feature_major(to_token_major(y)) is y, converted to the element type
/// asked for: what the padding columns hold has no meaning.
struct CancelLayouts : public OpRewritePattern<ToFeatureMajorOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ToFeatureMajorOp op,
                                PatternRewriter &rewriter) const override {
    if (!op.getResult())
      return rewriter.notifyMatchFailure(op, "works on memrefs");
    auto inner = op.getInput().getDefiningOp<ToTokenMajorOp>();
    if (!inner)
      return rewriter.notifyMatchFailure(op, "input is no to_token_major");
    Type between = getElementTypeOrSelf(op.getInput());
    Type from = getElementTypeOrSelf(inner.getInput());
    Type to = getElementTypeOrSelf(op.getResult());
    // Of two formats of one width neither holds the other's values.
    if (from != between &&
        from.getIntOrFloatBitWidth() >= between.getIntOrFloatBitWidth())
      return rewriter.notifyMatchFailure(op, "the value between was rounded");
    Value source = inner.getInput();
    auto type = cast<RankedTensorType>(source.getType()).clone(to);
    if (to.getIntOrFloatBitWidth() < from.getIntOrFloatBitWidth())
      source = arith::TruncFOp::create(rewriter, op.getLoc(), type, source);
    else if (to.getIntOrFloatBitWidth() > from.getIntOrFloatBitWidth())
      source = arith::ExtFOp::create(rewriter, op.getLoc(), type, source);
    else if (to != from)
      return rewriter.notifyMatchFailure(op, "formats of one width differ");
    if (source.getType() != op.getResult().getType())
      source = tensor::CastOp::create(rewriter, op.getLoc(),
                                      op.getResult().getType(), source);
    rewriter.replaceOp(op, source);
    return success();
  }
};
} // namespace

namespace {
/// product(cast(x)) reads x. Upstream has the same for every op with a
/// destination, but its clone of an op with an empty region crashes.
template <typename OpTy>
struct FoldCastIntoProduct : public OpRewritePattern<OpTy> {
  FoldCastIntoProduct(MLIRContext *context)
      : OpRewritePattern<OpTy>(context, /*benefit=*/10) {}

  LogicalResult matchAndRewrite(OpTy op,
                                PatternRewriter &rewriter) const override {
    if (op->getNumResults() == 0 ||
        !tensor::hasFoldableTensorCastOperand(op))
      return rewriter.notifyMatchFailure(op, "no operand is cast");
    SmallVector<Type> resultTypes(op->getResultTypes());
    SmallVector<Value> operands = tensor::getUpdatedOperandsAfterCastOpFolding(
        cast<DestinationStyleOpInterface>(op.getOperation()), resultTypes);
    Operation *folded =
        cloneWithOperands(rewriter, op, resultTypes, operands);
    Value result = folded->getResult(0);
    if (result.getType() != op->getResult(0).getType())
      result = tensor::CastOp::create(rewriter, op.getLoc(),
                                      op->getResult(0).getType(), result);
    rewriter.replaceOp(op, result);
    return success();
  }
};
} // namespace

void MatmulOp::getCanonicalizationPatterns(RewritePatternSet &results,
                                           MLIRContext *context) {
  results.add<FoldCastIntoProduct<MatmulOp>>(context);
}

void GatherMatmulOp::getCanonicalizationPatterns(RewritePatternSet &results,
                                                 MLIRContext *context) {
  results.add<FoldCastIntoProduct<GatherMatmulOp>>(context);
}

void PermuteOp::getCanonicalizationPatterns(RewritePatternSet &results,
                                            MLIRContext *context) {
  results.add<ComposePermutes>(context);
}

void ToFeatureMajorOp::getCanonicalizationPatterns(RewritePatternSet &results,
                                                   MLIRContext *context) {
  results.add<CancelLayouts>(context);
}

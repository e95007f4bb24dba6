//===- PropagateLayout.cpp - keeps activations feature-major between layers --*-
// C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Layout.h"

#include "hinm/Dialect/HINM/IR/HINM.h"
#include "hinm/Dialect/HINM/Transforms/Passes.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Passes.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/MemRef/Transforms/Transforms.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Tensor/Transforms/Transforms.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/DialectConversion.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace mlir::hinm {
#define GEN_PASS_DEF_HINMPROPAGATELAYOUT
#include "hinm/Dialect/HINM/Transforms/Passes.h.inc"
} // namespace mlir::hinm

using namespace mlir;
using namespace mlir::hinm;

/// True if `op` computes each entry of a matrix `[tokens][features]` from the
/// entries of its operands at that place, that feature, or one single entry.
static LogicalResult checkElementwise(linalg::GenericOp op,
                                      PatternRewriter &rewriter) {
  if (!op.hasPureTensorSemantics() || op.getNumDpsInits() != 1 ||
      op.getNumLoops() != 2 || op.getNumParallelLoops() != 2)
    return rewriter.notifyMatchFailure(op, "not elementwise on matrices");
  if (!op.getMatchingIndexingMap(op.getDpsInitOperand(0)).isIdentity())
    return rewriter.notifyMatchFailure(op, "result is not written in order");
  if (op.payloadUsesValueFromOperand(op.getDpsInitOperand(0)))
    return rewriter.notifyMatchFailure(op, "reads its destination");
  if (op.hasIndexSemantics())
    return rewriter.notifyMatchFailure(op, "uses 'linalg.index'");
  if (!isa<FloatType>(getElementTypeOrSelf(op.getResult(0).getType())))
    return rewriter.notifyMatchFailure(op, "result is not of a float type");
  return success();
}

/// True if `value` comes feature-major: what a sparse layer made, or what is one
/// value everywhere.
static bool isFreeToTurn(Value value) {
  return isa_and_nonnull<ToTokenMajorOp, linalg::FillOp>(value.getDefiningOp());
}

/// True if an op other than an elementwise one on matrices reads `value`, such
/// as a layer norm: it works on tokens, and does not gain from another layout.
static bool isReadByTokens(Value value) {
  return llvm::any_of(value.getUsers(), [&](Operation *user) {
    if (isa<tensor::ExpandShapeOp, tensor::CastOp>(user))
      return isReadByTokens(user->getResult(0));
    auto op = dyn_cast<linalg::LinalgOp>(user);
    return op && (op.getNumReductionLoops() != 0 ||
                  op.getNumLoops() != op.getNumParallelLoops());
  });
}

namespace {
/// elementwise(to_token_major(y), ...) becomes
/// to_token_major(elementwise'(y, ...)).
struct SinkToTokenMajor : public OpRewritePattern<linalg::GenericOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(linalg::GenericOp op,
                                PatternRewriter &rewriter) const override {
    if (failed(checkElementwise(op, rewriter)))
      return failure();
    AffineExpr d0 = rewriter.getAffineDimExpr(0);
    AffineExpr d1 = rewriter.getAffineDimExpr(1);
    MLIRContext *context = rewriter.getContext();
    AffineMap perFeature = AffineMap::get(2, 0, {d1}, context);
    AffineMap perElement = rewriter.getMultiDimIdentityMap(2);
    AffineMap single = AffineMap::get(2, 0, context);
    ToTokenMajorOp anchor;
    for (OpOperand *operand : op.getDpsInputOperands()) {
      AffineMap map = op.getMatchingIndexingMap(operand);
      if (map != perElement && map != perFeature && map != single)
        return rewriter.notifyMatchFailure(op, "an operand is read otherwise");
      if (map == perElement &&
          !isa<FloatType>(getElementTypeOrSelf(operand->get().getType())))
        return rewriter.notifyMatchFailure(op, "an operand is no float tensor");
      if (auto layout = operand->get().getDefiningOp<ToTokenMajorOp>();
          layout && map == perElement)
        anchor = layout;
    }
    if (!anchor)
      return rewriter.notifyMatchFailure(op,
                                         "no operand is from a sparse layer");
    bool turnsOperand = llvm::any_of(
        op.getDpsInputOperands(), [&](OpOperand *operand) {
          return op.getMatchingIndexingMap(operand) == perElement &&
                 !isFreeToTurn(operand->get());
        });
    if (turnsOperand && isReadByTokens(op.getResult(0)))
      return rewriter.notifyMatchFailure(
          op, "an operand would be turned, and the result turned back");

    Location loc = op.getLoc();
    SmallVector<Value> operands;
    SmallVector<AffineMap> maps;
    for (OpOperand *operand : op.getDpsInputOperands()) {
      AffineMap map = op.getMatchingIndexingMap(operand);
      Value value = operand->get();
      if (map == perElement) {
        auto layout = value.getDefiningOp<ToTokenMajorOp>();
        Type type = getElementTypeOrSelf(value.getType());
        bool sameType =
            layout && getElementTypeOrSelf(layout.getInput().getType()) == type;
        value = sameType ? layout.getInput()
                         : createToFeatureMajor(rewriter, loc, value, type);
        maps.push_back(perElement);
      } else {
        // What was indexed by feature, the second dimension, is indexed by the
        // first one now.
        maps.push_back(map == single ? map
                                     : AffineMap::get(2, 0, {d0}, context));
      }
      operands.push_back(value);
    }
    maps.push_back(perElement);
    Type elementType = getElementTypeOrSelf(op.getResult(0).getType());
    Value shape = anchor.getInput();
    Value init = tensor::EmptyOp::create(
        rewriter, loc, tensor::getMixedSizes(rewriter, loc, shape),
        elementType);
    auto generic =
        linalg::GenericOp::create(rewriter, loc, init.getType(), operands, init,
                                  maps, op.getIteratorTypesArray());
    rewriter.cloneRegionBefore(op.getRegion(), generic.getRegion(),
                               generic.getRegion().begin());
    OpFoldResult tokens =
        tensor::getMixedSize(rewriter, loc, op.getDpsInits()[0], 0);
    Value result = createToTokenMajor(rewriter, loc, generic.getResult(0),
                                      tokens, elementType);
    if (result.getType() != op.getResult(0).getType())
      result = tensor::CastOp::create(rewriter, loc, op.getResult(0).getType(),
                                      result);
    rewriter.replaceOp(op, result);
    return success();
  }
};

/// to_token_major(y) in another float format: conversions stay elementwise ops.
struct GeneralizeElementwise
    : public OpInterfaceRewritePattern<linalg::LinalgOp> {
  using OpInterfaceRewritePattern::OpInterfaceRewritePattern;

  LogicalResult matchAndRewrite(linalg::LinalgOp op,
                                PatternRewriter &rewriter) const override {
    if (isa<linalg::GenericOp>(op))
      return rewriter.notifyMatchFailure(op, "is generic already");
    if (!linalg::isElementwise(op) || isa<linalg::FillOp>(op))
      return rewriter.notifyMatchFailure(op, "is not elementwise");
    FailureOr<linalg::GenericOp> generic =
        linalg::generalizeNamedOp(rewriter, op);
    if (failed(generic))
      return rewriter.notifyMatchFailure(op, "does not generalize");
    return success();
  }
};

struct PropagateLayout
    : public mlir::hinm::impl::HINMPropagateLayoutBase<PropagateLayout> {
  void runOnOperation() override;
};
} // namespace

/// True if `value` is a product of a sparse layer with its dimensions split.
static bool isExpandedProduct(OpOperand *operand) {
  auto expand = operand->get().getDefiningOp<tensor::ExpandShapeOp>();
  return expand && expand.getSrc().getDefiningOp<ToTokenMajorOp>();
}

/// Elementwise ops as generics that read a bias by feature.
static void populateNormalizePatterns(RewritePatternSet &patterns) {
  patterns.add<GeneralizeElementwise>(patterns.getContext());
  linalg::ControlFusionFn fuseBroadcasts = [](OpOperand *operand) {
    auto producer = operand->get().getDefiningOp<linalg::GenericOp>();
    return producer && producer.getNumDpsInputs() == 1 &&
           producer.getBody()->without_terminator().empty();
  };
  linalg::populateElementwiseOpsFusionPatterns(patterns, fuseBroadcasts);
}

/// What moves the layout ops.
static void populateMovePatterns(RewritePatternSet &patterns) {
  MLIRContext *context = patterns.getContext();
  patterns.add<SinkToTokenMajor>(context);
  // Elementwise ops on [batch][sequence][features] work on [tokens][features].
  linalg::populateFoldReshapeOpsByCollapsingPatterns(patterns,
                                                     isExpandedProduct);
  ToFeatureMajorOp::getCanonicalizationPatterns(patterns, context);
  tensor::CollapseShapeOp::getCanonicalizationPatterns(patterns, context);
  tensor::ExpandShapeOp::getCanonicalizationPatterns(patterns, context);
  tensor::CastOp::getCanonicalizationPatterns(patterns, context);
  tensor::populateFoldTensorEmptyPatterns(patterns);
  memref::populateResolveRankedShapedTypeResultDimsPatterns(patterns);
}

void PropagateLayout::runOnOperation() {
  for (auto populate : {populateNormalizePatterns, populateMovePatterns}) {
    RewritePatternSet patterns(&getContext());
    populate(patterns);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns)))) {
      mlir::emitError(getOperation().getLoc())
          << "the layout patterns did not converge";
      return signalPassFailure();
    }
  }
}

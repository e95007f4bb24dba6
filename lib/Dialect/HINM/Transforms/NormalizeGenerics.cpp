//===- NormalizeGenerics.cpp - generics without detours ---------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Normalize.h"

#include "mlir/Analysis/SliceAnalysis.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::hinm;

/// True if `value`, of the body of `op`, is computed from the block argument
/// `argument`.
static bool dependsOn(Value value, BlockArgument argument) {
  if (value == argument)
    return true;
  Operation *op = value.getDefiningOp();
  if (!op || op->getBlock() != argument.getOwner())
    return false;
  return llvm::any_of(op->getOperands(), [&](Value operand) {
    return dependsOn(operand, argument);
  });
}

namespace {
/// A maximum that also says where it was found, of which only the maximum is
/// used: the place is not computed.
struct DropUnusedResults : public OpRewritePattern<linalg::GenericOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(linalg::GenericOp op,
                                PatternRewriter &rewriter) const override {
    if (!op.hasPureTensorSemantics() || op.getNumResults() < 2)
      return rewriter.notifyMatchFailure(op, "has one result");
    Operation *yield = op.getBody()->getTerminator();
    SmallVector<bool> keeps;
    for (OpResult result : op.getResults()) {
      BlockArgument argument = op.getRegionOutputArgs()[result.getResultNumber()];
      bool isNeeded = !result.use_empty();
      for (OpResult other : op.getResults())
        isNeeded |= other != result &&
                    dependsOn(yield->getOperand(other.getResultNumber()),
                              argument);
      keeps.push_back(isNeeded);
    }
    if (llvm::all_of(keeps, [](bool keep) { return keep; }) ||
        llvm::none_of(keeps, [](bool keep) { return keep; }))
      return rewriter.notifyMatchFailure(op, "nothing can be dropped");

    SmallVector<Value> outs, kept;
    SmallVector<AffineMap> maps;
    for (OpOperand *operand : op.getDpsInputOperands())
      maps.push_back(op.getMatchingIndexingMap(operand));
    for (auto [number, keep] : llvm::enumerate(keeps)) {
      if (!keep)
        continue;
      OpOperand *init = op.getDpsInitOperand(number);
      outs.push_back(init->get());
      maps.push_back(op.getMatchingIndexingMap(init));
      kept.push_back(yield->getOperand(number));
    }
    auto smaller = linalg::GenericOp::create(
        rewriter, op.getLoc(), TypeRange(ValueRange(outs)), op.getInputs(),
        outs, maps, op.getIteratorTypesArray());
    Block *body = rewriter.createBlock(&smaller.getRegion());
    IRMapping mapping;
    auto addArgument = [&](BlockArgument argument) {
      mapping.map(argument,
                  body->addArgument(argument.getType(), argument.getLoc()));
    };
    for (BlockArgument argument : op.getRegionInputArgs())
      addArgument(argument);
    for (auto [argument, keep] :
         llvm::zip_equal(op.getRegionOutputArgs(), keeps))
      if (keep)
        addArgument(argument);
    BackwardSliceOptions options;
    options.inclusive = true;
    options.filter = [&](Operation *inner) {
      return inner->getBlock() == op.getBody();
    };
    llvm::SetVector<Operation *> needed;
    for (Value value : kept)
      if (failed(getBackwardSlice(value, &needed, options)))
        return rewriter.notifyMatchFailure(op, "body cannot be sliced");
    for (Operation &inner : op.getBody()->without_terminator())
      if (needed.contains(&inner))
        rewriter.clone(inner, mapping);
    SmallVector<Value> yielded;
    for (Value value : kept)
      yielded.push_back(mapping.lookupOrDefault(value));
    linalg::YieldOp::create(rewriter, op.getLoc(), yielded);
    unsigned next = 0;
    for (auto [result, keep] : llvm::zip_equal(op.getResults(), keeps))
      if (keep)
        rewriter.replaceAllUsesWith(result, smaller.getResult(next++));
    rewriter.eraseOp(op);
    return success();
  }
};

/// `select(n == 1, 0, i)` is `i` where the loop has n iterations: what a
/// broadcast of a dimension of unknown size asks.
struct FoldBroadcastIndex : public OpRewritePattern<arith::SelectOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(arith::SelectOp op,
                                PatternRewriter &rewriter) const override {
    auto index = op.getFalseValue().getDefiningOp<linalg::IndexOp>();
    auto compare = op.getCondition().getDefiningOp<arith::CmpIOp>();
    auto generic = op->getParentOfType<linalg::GenericOp>();
    if (!index || !compare || !generic ||
        !matchPattern(op.getTrueValue(), m_Zero()) ||
        compare.getPredicate() != arith::CmpIPredicate::eq ||
        !matchPattern(compare.getRhs(), m_One()))
      return rewriter.notifyMatchFailure(op, "is no broadcast");
    OpOperand *init = generic.getDpsInitOperand(0);
    if (!generic.getMatchingIndexingMap(init).isIdentity())
      return rewriter.notifyMatchFailure(op, "sizes of loops are not at hand");
    auto empty = init->get().getDefiningOp<tensor::EmptyOp>();
    if (!empty || !empty.getType().isDynamicDim(index.getDim()))
      return rewriter.notifyMatchFailure(op, "sizes of loops are not at hand");
    if (!areEqualSizes(empty.getDynamicSize(index.getDim()), compare.getLhs()))
      return rewriter.notifyMatchFailure(op, "sizes may differ");
    rewriter.replaceOp(op, index);
    return success();
  }
};

/// `tensor.extract` at the indices of loops reads an operand.
struct ReadByOperand : public OpRewritePattern<tensor::ExtractOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(tensor::ExtractOp op,
                                PatternRewriter &rewriter) const override {
    auto generic = dyn_cast<linalg::GenericOp>(op->getParentOp());
    if (!generic || !generic.hasPureTensorSemantics() ||
        generic.getRegion().isAncestor(op.getTensor().getParentRegion()))
      return rewriter.notifyMatchFailure(op, "is not in a generic");
    SmallVector<AffineExpr> exprs;
    for (Value value : op.getIndices()) {
      auto index = value.getDefiningOp<linalg::IndexOp>();
      if (!index)
        return rewriter.notifyMatchFailure(op, "an index is no loop's");
      AffineExpr expr = rewriter.getAffineDimExpr(index.getDim());
      // Two dimensions by one loop would read a diagonal: still an operand, but
      // one that other ops make little of.
      if (llvm::is_contained(exprs, expr))
        return rewriter.notifyMatchFailure(op, "reads a diagonal");
      exprs.push_back(expr);
    }
    SmallVector<Value> inputs(generic.getInputs());
    SmallVector<AffineMap> maps = generic.getIndexingMapsArray();
    inputs.push_back(op.getTensor());
    maps.insert(maps.begin() + generic.getNumDpsInputs(),
                AffineMap::get(generic.getNumLoops(), 0, exprs,
                               rewriter.getContext()));
    OpBuilder::InsertionGuard guard(rewriter);
    rewriter.setInsertionPoint(generic);
    auto replacement = linalg::GenericOp::create(
        rewriter, generic.getLoc(), generic.getResultTypes(), inputs,
        generic.getOutputs(), maps, generic.getIteratorTypesArray());
    rewriter.inlineRegionBefore(generic.getRegion(), replacement.getRegion(),
                                replacement.getRegion().begin());
    BlockArgument element = replacement.getBody()->insertArgument(
        inputs.size() - 1, op.getType(), op.getLoc());
    rewriter.replaceOp(op, element);
    rewriter.replaceOp(generic, replacement.getResults());
    return success();
  }
};
/// What a body asserts of an index that is data, a token of an embedding, no
/// kernel can report: the index is kept within the tensor, and the result is NaN
/// where an assertion fails.
struct TurnAssertionIntoNaN : public OpRewritePattern<linalg::GenericOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(linalg::GenericOp op,
                                PatternRewriter &rewriter) const override {
    SmallVector<cf::AssertOp> assertions(op.getBody()->getOps<cf::AssertOp>());
    if (assertions.empty())
      return rewriter.notifyMatchFailure(op, "asserts nothing");
    Operation *yield = op.getBody()->getTerminator();
    if (!llvm::all_of(yield->getOperandTypes(),
                      [](Type type) { return isa<FloatType>(type); }))
      return rewriter.notifyMatchFailure(op, "a result has no NaN");
    for (auto extract : op.getBody()->getOps<tensor::ExtractOp>())
      keepInside(extract, rewriter);
    rewriter.setInsertionPoint(yield);
    Location loc = op.getLoc();
    Value holds;
    for (cf::AssertOp assertion : assertions)
      holds = holds ? Value(arith::AndIOp::create(rewriter, loc, holds,
                                                  assertion.getArg()))
                    : Value(assertion.getArg());
    for (OpOperand &operand : yield->getOpOperands()) {
      auto type = cast<FloatType>(operand.get().getType());
      Value nan = arith::ConstantOp::create(
          rewriter, loc,
          rewriter.getFloatAttr(
              type, APFloat::getNaN(type.getFloatSemantics())));
      Value checked = arith::SelectOp::create(rewriter, loc, holds,
                                              operand.get(), nan);
      rewriter.modifyOpInPlace(yield, [&] { operand.set(checked); });
    }
    for (cf::AssertOp assertion : assertions)
      rewriter.eraseOp(assertion);
    return success();
  }

private:
  static void keepInside(tensor::ExtractOp extract, PatternRewriter &rewriter) {
    rewriter.setInsertionPoint(extract);
    Location loc = extract.getLoc();
    Value zero = arith::ConstantIndexOp::create(rewriter, loc, 0);
    Value one = arith::ConstantIndexOp::create(rewriter, loc, 1);
    for (auto [dim, index] : llvm::enumerate(extract.getIndicesMutable())) {
      if (index.get().getDefiningOp<linalg::IndexOp>())
        continue;
      Value size = getValueOrCreateConstantIndexOp(
          rewriter, loc,
          tensor::getMixedSize(rewriter, loc, extract.getTensor(), dim));
      Value last = arith::SubIOp::create(rewriter, loc, size, one);
      Value inside = arith::MinSIOp::create(rewriter, loc, index.get(), last);
      inside = arith::MaxSIOp::create(rewriter, loc, inside, zero);
      rewriter.modifyOpInPlace(extract, [&] { index.set(inside); });
    }
  }
};
} // namespace

void mlir::hinm::populateNormalizeGenericsPatterns(
    RewritePatternSet &patterns) {
  patterns.add<DropUnusedResults, FoldBroadcastIndex, ReadByOperand,
               TurnAssertionIntoNaN>(
      patterns.getContext());
}

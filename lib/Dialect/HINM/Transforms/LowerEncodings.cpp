//===- LowerEncodings.cpp - from the encoded to the storage level --*- C++
//-*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Constants.h"

#include "hinm/Dialect/HINM/IR/HINM.h"
#include "hinm/Dialect/HINM/Transforms/Passes.h"
#include "hinm/Dialect/HINM/Transforms/Transforms.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace mlir::hinm {
#define GEN_PASS_DEF_HINMLOWERENCODINGS
#include "hinm/Dialect/HINM/Transforms/Passes.h.inc"
} // namespace mlir::hinm

using namespace mlir;
using namespace mlir::hinm;

/// `entries` as a constant of i32.
static Value createIndices(OpBuilder &builder, Location loc,
                           ArrayRef<int64_t> entries) {
  auto type = RankedTensorType::get({static_cast<int64_t>(entries.size())},
                                    builder.getI32Type());
  std::vector<int32_t> narrow(entries.begin(), entries.end());
  return arith::ConstantOp::create(
      builder, loc,
      cast<TypedAttr>(makeConstant(type, narrow, "hinm.order")));
}

/// `row_index` with an entry for each row of the tiles; -1: stored nowhere.
static Value createRowIndex(OpBuilder &builder, MatmulOp op) {
  if (!op.getRowIndex())
    return {};
  SmallVector<int64_t> places(*op.getRowIndex());
  places.resize(op.getEncoding().getPattern().paddedRows(places.size()), -1);
  return createIndices(builder, op.getLoc(), places);
}

namespace {
struct LowerMatmul : public OpRewritePattern<MatmulOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(MatmulOp op,
                                PatternRewriter &rewriter) const override {
    auto assemble = op.getWeight().getDefiningOp<AssembleOp>();
    if (!assemble)
      return rewriter.notifyMatchFailure(op, "weight is not assembled");
    auto lowered = GatherMatmulOp::create(
        rewriter, op.getLoc(), op.getResult().getType(), assemble.getOperands(),
        op.getInput(), createRowIndex(rewriter, op), op.getEpilogueOperands(),
        op.getInit(), op.getEncoding(), /*stream=*/nullptr,
        /*schedule=*/nullptr);
    rewriter.inlineRegionBefore(op.getEpilogue(), lowered.getEpilogue(),
                                lowered.getEpilogue().end());
    lowered->setDiscardableAttrs(assemble->getDiscardableAttrDictionary());
    rewriter.replaceOp(op, lowered.getResult());
    return success();
  }
};

/// A permute that did not fold: a copy of the tensor, row by row.
struct LowerPermute : public OpRewritePattern<PermuteOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(PermuteOp op,
                                PatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    auto type = cast<RankedTensorType>(op.getSource().getType());
    int64_t rank = type.getRank(), dim = op.getDim();
    Value order = createIndices(rewriter, loc, op.getOrder());
    Value init = tensor::EmptyOp::create(
        rewriter, loc, tensor::getMixedSizes(rewriter, loc, op.getSource()),
        type.getElementType());
    AffineMap byPlace = AffineMap::get(
        rank, 0, {rewriter.getAffineDimExpr(dim)}, rewriter.getContext());
    SmallVector<utils::IteratorType> parallel(rank,
                                              utils::IteratorType::parallel);
    auto generic = linalg::GenericOp::create(
        rewriter, loc, init.getType(), order, init,
        ArrayRef{byPlace, rewriter.getMultiDimIdentityMap(rank)}, parallel,
        [&](OpBuilder &nested, Location at, ValueRange args) {
          SmallVector<Value> indices;
          for (int64_t d = 0; d < rank; ++d)
            indices.push_back(
                d == dim ? Value(arith::IndexCastOp::create(
                               nested, at, nested.getIndexType(), args[0]))
                         : Value(linalg::IndexOp::create(nested, at, d)));
          Value value =
              tensor::ExtractOp::create(nested, at, op.getSource(), indices);
          linalg::YieldOp::create(nested, at, value);
        });
    rewriter.replaceOp(op, generic);
    return success();
  }
};

struct LowerEncodings
    : public mlir::hinm::impl::HINMLowerEncodingsBase<LowerEncodings> {
  void runOnOperation() override {
    getOperation().walk([&](MatmulOp op) {
      if (op.getWeight().getDefiningOp<AssembleOp>())
        ++numLowered;
    });
    RewritePatternSet patterns(&getContext());
    populateLowerEncodingsPatterns(patterns);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns)))) {
      mlir::emitError(getOperation().getLoc()) << "lowering did not converge";
      return signalPassFailure();
    }
  }
};
} // namespace

void mlir::hinm::populateLowerEncodingsPatterns(RewritePatternSet &patterns) {
  patterns.add<LowerMatmul, LowerPermute>(patterns.getContext());
}

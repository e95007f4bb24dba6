//===- LowerEncodings.cpp - from the encoded to the storage level --*- C++
//-*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hinm/Dialect/HINM/IR/HINM.h"
#include "hinm/Dialect/HINM/Transforms/Passes.h"
#include "hinm/Dialect/HINM/Transforms/Transforms.h"

#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace mlir::hinm {
#define GEN_PASS_DEF_HINMLOWERENCODINGS
#include "hinm/Dialect/HINM/Transforms/Passes.h.inc"
} // namespace mlir::hinm

using namespace mlir;
using namespace mlir::hinm;

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
        op.getInput(), /*row_index=*/Value(), op.getEpilogueOperands(),
        op.getInit(), op.getEncoding(), /*stream=*/nullptr,
        /*schedule=*/nullptr);
    rewriter.inlineRegionBefore(op.getEpilogue(), lowered.getEpilogue(),
                                lowered.getEpilogue().end());
    lowered->setDiscardableAttrs(assemble->getDiscardableAttrDictionary());
    rewriter.replaceOp(op, lowered.getResult());
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
  patterns.add<LowerMatmul>(patterns.getContext());
}

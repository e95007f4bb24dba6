//===- Decode.cpp - decode as loops on tensors ------------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "IndexMath.h"
#include "PopulatePatterns.h"
#include "StoredWeight.h"

#include "hinm/Dialect/HINM/IR/HINM.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace mlir::hinm;

namespace {
/// Each stored value is inserted at its channel of a zero matrix.
struct ConvertDecode : public OpRewritePattern<DecodeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(DecodeOp op,
                                PatternRewriter &rewriter) const override {
    auto assemble = op.getSource().getDefiningOp<AssembleOp>();
    if (!assemble)
      return rewriter.notifyMatchFailure(op, "source is not assembled");
    Location loc = op.getLoc();
    auto type = op.getResult().getType();
    StoredEntries entries =
        readCanonical(rewriter, loc, assemble.getEncoding(),
                      assemble.getOperands(), type.getDimSize(0));
    Value empty = tensor::EmptyOp::create(rewriter, loc, type.getShape(),
                                          type.getElementType());
    Value zero = arith::ConstantOp::create(
        rewriter, loc, rewriter.getZeroAttr(type.getElementType()));
    Value dense =
        linalg::FillOp::create(rewriter, loc, zero, empty).getResult(0);
    IndexMath math(rewriter, loc);
    Value lower = math.constant(0), step = math.constant(1);
    auto stored = cast<RankedTensorType>(entries.values.getType());
    Value rows = math.constant(stored.getDimSize(0));
    Value columns = math.constant(stored.getDimSize(1));
    auto outer = scf::ForOp::create(rewriter, loc, lower, rows, step, dense);
    rewriter.setInsertionPointToStart(outer.getBody());
    auto inner = scf::ForOp::create(rewriter, loc, lower, columns, step,
                                    outer.getRegionIterArg(0));
    scf::YieldOp::create(rewriter, loc, inner.getResult(0));
    rewriter.setInsertionPointToStart(inner.getBody());
    SmallVector<Value> indices = {outer.getInductionVar(),
                                  inner.getInductionVar()};
    Value value =
        tensor::ExtractOp::create(rewriter, loc, entries.values, indices);
    Value channel =
        tensor::ExtractOp::create(rewriter, loc, entries.channels, indices);
    Value none =
        arith::ConstantIntOp::create(rewriter, loc, rewriter.getI32Type(), 0);
    Value holds = arith::CmpIOp::create(
        rewriter, loc, arith::CmpIPredicate::sge, channel, none);
    Value carried = inner.getRegionIterArg(0);
    auto branch = scf::IfOp::create(
        rewriter, loc, holds,
        [&](OpBuilder &nested, Location at) {
          Value column = arith::IndexCastOp::create(
              nested, at, nested.getIndexType(), channel);
          Value inserted = tensor::InsertOp::create(
              nested, at, value, carried, ValueRange{indices[0], column});
          scf::YieldOp::create(nested, at, inserted);
        },
        [&](OpBuilder &nested, Location at) {
          scf::YieldOp::create(nested, at, carried);
        });
    scf::YieldOp::create(rewriter, loc, branch.getResult(0));
    rewriter.replaceOp(op, outer.getResult(0));
    return success();
  }
};
} // namespace

void mlir::hinm::populateDecodeToLinalgPatterns(RewritePatternSet &patterns) {
  patterns.add<ConvertDecode>(patterns.getContext());
}

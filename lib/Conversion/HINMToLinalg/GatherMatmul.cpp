//===- GatherMatmul.cpp - gather_matmul as linalg ---------------*- C++ -*-===//
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
#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace mlir::hinm;

static Value toF32(OpBuilder &builder, Location loc, Value value) {
  Type f32 = builder.getF32Type();
  if (value.getType().getIntOrFloatBitWidth() < 32)
    return arith::ExtFOp::create(builder, loc, f32, value);
  if (value.getType().getIntOrFloatBitWidth() > 32)
    return arith::TruncFOp::create(builder, loc, f32, value);
  return value;
}

static Value fromF32(OpBuilder &builder, Location loc, Value value, Type type) {
  if (type.getIntOrFloatBitWidth() < 32)
    return arith::TruncFOp::create(builder, loc, type, value);
  if (type.getIntOrFloatBitWidth() > 32)
    return arith::ExtFOp::create(builder, loc, type, value);
  return value;
}

/// An f32 tensor of the shape of `like`, filled with zero.
static Value createZeros(OpBuilder &builder, Location loc,
                         ArrayRef<OpFoldResult> sizes) {
  Value empty =
      tensor::EmptyOp::create(builder, loc, sizes, builder.getF32Type());
  Value zero =
      arith::ConstantOp::create(builder, loc, builder.getF32FloatAttr(0.0f));
  return linalg::FillOp::create(builder, loc, zero, empty).getResult(0);
}

/// sum[r][n] = sum_e values[r][e] * input[channels[r][e]][n], in f32.
static Value multiply(OpBuilder &builder, Location loc,
                      const StoredEntries &entries, Value input,
                      ArrayRef<OpFoldResult> sizes) {
  AffineExpr row, entry, token;
  bindDims(builder.getContext(), row, entry, token);
  AffineMap stored = AffineMap::get(3, 0, {row, entry}, builder.getContext());
  AffineMap sums = AffineMap::get(3, 0, {row, token}, builder.getContext());
  // Tokens innermost: rows of the input are contiguous.
  SmallVector<utils::IteratorType> iterators = {utils::IteratorType::parallel,
                                                utils::IteratorType::reduction,
                                                utils::IteratorType::parallel};
  Value init = createZeros(builder, loc, sizes);
  return linalg::GenericOp::create(
             builder, loc, init.getType(),
             ValueRange{entries.values, entries.channels}, init,
             ArrayRef{stored, stored, sums}, iterators,
             [&](OpBuilder &nested, Location at, ValueRange args) {
               Type i32 = nested.getI32Type();
               Value zero = arith::ConstantIntOp::create(nested, at, i32, 0);
               // A place that holds nothing must not read: 0 * Inf is NaN.
               Value holds = arith::CmpIOp::create(
                   nested, at, arith::CmpIPredicate::sge, args[1], zero);
               Value channel =
                   arith::SelectOp::create(nested, at, holds, args[1], zero);
               Value at0 = arith::IndexCastOp::create(
                   nested, at, nested.getIndexType(), channel);
               Value at1 = linalg::IndexOp::create(nested, at, 2);
               Value x = toF32(nested, at,
                               tensor::ExtractOp::create(nested, at, input,
                                                         ValueRange{at0, at1}));
               Value nothing = arith::ConstantOp::create(
                   nested, at, nested.getF32FloatAttr(0.0f));
               x = arith::SelectOp::create(nested, at, holds, x, nothing);
               Value w = toF32(nested, at, args[0]);
               Value product = arith::MulFOp::create(nested, at, w, x);
               Value sum = arith::AddFOp::create(nested, at, args[2], product);
               linalg::YieldOp::create(nested, at, sum);
             })
      .getResult(0);
}

/// The element of an epilogue operand, of rank 1 or more, at a row of the
/// result (an i32; -1: what is not stored reads row 0) and the loop's token.
static Value extractAtRow(OpBuilder &builder, Location loc, Value operand,
                          Value row) {
  Value zero = arith::ConstantIntOp::create(builder, loc, row.getType(), 0);
  Value valid = arith::MaxSIOp::create(builder, loc, row, zero);
  SmallVector<Value> indices = {arith::IndexCastOp::create(
      builder, loc, builder.getIndexType(), valid)};
  if (cast<ShapedType>(operand.getType()).getRank() == 2)
    indices.push_back(linalg::IndexOp::create(builder, loc, 1));
  return tensor::ExtractOp::create(builder, loc, operand, indices);
}

/// The epilogue of `op` on `sum`, in tile order, elementwise, into `init`.
static Value applyEpilogue(OpBuilder &builder, GatherMatmulOp op, Value sum,
                           Value init) {
  Location loc = op.getLoc();
  MLIRContext *context = builder.getContext();
  AffineExpr row, token;
  bindDims(context, row, token);
  SmallVector<Value> inputs = {sum};
  SmallVector<AffineMap> maps = {builder.getMultiDimIdentityMap(2)};
  auto addInput = [&](Value value, ArrayRef<AffineExpr> exprs) {
    inputs.push_back(value);
    maps.push_back(AffineMap::get(2, 0, exprs, context));
  };
  Value rowIndex = op.getRowIndex();
  if (rowIndex)
    addInput(rowIndex, {row});
  for (Value operand : op.getEpilogueOperands()) {
    int64_t rank = cast<ShapedType>(operand.getType()).getRank();
    if (rank == 0 || !rowIndex)
      addInput(operand, ArrayRef({row, token}).take_front(rank));
  }
  maps.push_back(builder.getMultiDimIdentityMap(2));
  SmallVector<utils::IteratorType> parallel(2, utils::IteratorType::parallel);
  Type resultType = getElementTypeOrSelf(init.getType());
  return linalg::GenericOp::create(
             builder, loc, init.getType(), inputs, init, maps, parallel,
             [&](OpBuilder &nested, Location at, ValueRange args) {
               if (op.getEpilogue().empty()) {
                 linalg::YieldOp::create(
                     nested, at, fromF32(nested, at, args[0], resultType));
                 return;
               }
               Block &block = op.getEpilogue().front();
               IRMapping mapping;
               mapping.map(block.getArgument(0), args[0]);
               unsigned next = rowIndex ? 2 : 1;
               for (auto [operand, argument] :
                    llvm::zip_equal(op.getEpilogueOperands(),
                                    block.getArguments().drop_front())) {
                 bool isScalar =
                     cast<ShapedType>(operand.getType()).getRank() == 0;
                 mapping.map(argument,
                             isScalar || !rowIndex
                                 ? args[next++]
                                 : extractAtRow(nested, at, operand, args[1]));
               }
               for (Operation &inner : block.without_terminator())
                 nested.clone(inner, mapping);
               auto yield = cast<YieldOp>(block.getTerminator());
               linalg::YieldOp::create(
                   nested, at,
                   mapping.lookupOrDefault(yield.getValues().front()));
             })
      .getResult(0);
}

/// Row r of `rows` is stored as row rowIndex[r] of `init`.
static Value scatterRows(OpBuilder &builder, Location loc, Value rows,
                         Value rowIndex, Value init) {
  OpFoldResult zero = builder.getIndexAttr(0), one = builder.getIndexAttr(1);
  Value lower = arith::ConstantIndexOp::create(builder, loc, 0);
  Value step = arith::ConstantIndexOp::create(builder, loc, 1);
  Value count = tensor::DimOp::create(builder, loc, rows, 0);
  OpFoldResult tokens = tensor::getMixedSize(builder, loc, rows, 1);
  auto loop = scf::ForOp::create(
      builder, loc, lower, count, step, init,
      [&](OpBuilder &nested, Location at, Value row, ValueRange carried) {
        Value target =
            tensor::ExtractOp::create(nested, at, rowIndex, ValueRange{row});
        Value none =
            arith::ConstantIntOp::create(nested, at, nested.getI32Type(), 0);
        Value isStored = arith::CmpIOp::create(
            nested, at, arith::CmpIPredicate::sge, target, none);
        auto branch = scf::IfOp::create(
            nested, at, isStored,
            [&](OpBuilder &inner, Location in) {
              Value place = arith::IndexCastOp::create(
                  inner, in, inner.getIndexType(), target);
              SmallVector<OpFoldResult> sizes = {one, tokens};
              SmallVector<OpFoldResult> strides = {one, one};
              Value slice = tensor::ExtractSliceOp::create(
                  inner, in, rows, SmallVector<OpFoldResult>{row, zero}, sizes,
                  strides);
              Value stored = tensor::InsertSliceOp::create(
                  inner, in, slice, carried[0],
                  SmallVector<OpFoldResult>{place, zero}, sizes, strides);
              scf::YieldOp::create(inner, in, stored);
            },
            [&](OpBuilder &inner, Location in) {
              scf::YieldOp::create(inner, in, carried[0]);
            });
        scf::YieldOp::create(nested, at, branch.getResult(0));
      });
  return loop.getResult(0);
}

namespace {
struct ConvertGatherMatmul : public OpRewritePattern<GatherMatmulOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(GatherMatmulOp op,
                                PatternRewriter &rewriter) const override {
    if (!op.hasPureTensorSemantics())
      return rewriter.notifyMatchFailure(op, "works on memrefs");
    int64_t rows = op.getNumRows();
    if (ShapedType::isDynamic(rows))
      return rewriter.notifyMatchFailure(op, "number of rows is dynamic");
    Location loc = op.getLoc();
    Value input = op.getInput();
    StoredEntries entries =
        op.getStream()
            ? readStream(rewriter, loc, op.getEncoding(),
                         op.getStream()->getLookahead(), op.getWeights()[0],
                         getElementTypeOrSelf(input.getType()), rows)
            : readCanonical(rewriter, loc, op.getEncoding(), op.getWeights(),
                            rows);
    SmallVector<OpFoldResult> sizes = {
        rewriter.getIndexAttr(rows),
        tensor::getMixedSize(rewriter, loc, input, 1)};
    Value sum = multiply(rewriter, loc, entries, input, sizes);
    Value init = op.getInit();
    if (!op.getRowIndex()) {
      rewriter.replaceOp(op, applyEpilogue(rewriter, op, sum, init));
      return success();
    }
    Value tileOrder = tensor::EmptyOp::create(
        rewriter, loc, sizes, getElementTypeOrSelf(init.getType()));
    Value product = applyEpilogue(rewriter, op, sum, tileOrder);
    rewriter.replaceOp(
        op, scatterRows(rewriter, loc, product, op.getRowIndex(), init));
    return success();
  }
};
} // namespace

void mlir::hinm::populateGatherMatmulToLinalgPatterns(
    RewritePatternSet &patterns) {
  patterns.add<ConvertGatherMatmul>(patterns.getContext());
}

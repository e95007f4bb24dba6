//===- HINMTiling.cpp - tiling of gather_matmul -----------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// The loops run over (tiles of the weight, tokens). A slice of tiles takes its
// rows of every stored part; the last tile may hold fewer output rows than V.
//
//===----------------------------------------------------------------------===//

#include "hinm/Dialect/HINM/IR/HINM.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;
using namespace mlir::hinm;

SmallVector<utils::IteratorType> GatherMatmulOp::getLoopIteratorTypes() {
  return {utils::IteratorType::parallel, utils::IteratorType::parallel};
}

static OpFoldResult getSize(OpBuilder &builder, Location loc, Value value,
                            int64_t dim) {
  if (isa<RankedTensorType>(value.getType()))
    return tensor::getMixedSize(builder, loc, value, dim);
  return memref::getMixedSize(builder, loc, value, dim);
}

SmallVector<Range> GatherMatmulOp::getIterationDomain(OpBuilder &builder) {
  OpFoldResult zero = builder.getIndexAttr(0), one = builder.getIndexAttr(1);
  OpFoldResult tiles = getSize(builder, getLoc(), getWeights().back(), 0);
  OpFoldResult tokens = getSize(builder, getLoc(), getInput(), 1);
  return {Range{zero, tiles, one}, Range{zero, tokens, one}};
}

/// `value` cut to `offsets` and `sizes` in its leading dimensions, whole in the
/// others.
static Value cut(OpBuilder &builder, Location loc, Value value,
                 ArrayRef<OpFoldResult> offsets, ArrayRef<OpFoldResult> sizes) {
  int64_t rank = cast<ShapedType>(value.getType()).getRank();
  SmallVector<OpFoldResult> allOffsets(offsets), allSizes(sizes);
  for (int64_t dim = offsets.size(); dim < rank; ++dim) {
    allOffsets.push_back(builder.getIndexAttr(0));
    allSizes.push_back(getSize(builder, loc, value, dim));
  }
  SmallVector<OpFoldResult> strides(rank, builder.getIndexAttr(1));
  if (isa<RankedTensorType>(value.getType()))
    return tensor::ExtractSliceOp::create(builder, loc, value, allOffsets,
                                          allSizes, strides);
  return memref::SubViewOp::create(builder, loc, value, allOffsets, allSizes,
                                   strides);
}

namespace {
/// Rows of the result that a slice of tiles covers.
struct RowRange {
  OpFoldResult offset, size;
};
} // namespace

static RowRange getRows(GatherMatmulOp op, OpBuilder &builder,
                        OpFoldResult tileOffset, OpFoldResult tileCount) {
  Location loc = op.getLoc();
  int64_t vector = op.getEncoding().getVector();
  AffineExpr d0, d1, d2;
  bindDims(builder.getContext(), d0, d1, d2);
  OpFoldResult rows = getSize(builder, loc, op.getInit(), 0);
  OpFoldResult offset = affine::makeComposedFoldedAffineApply(
      builder, loc, d0 * vector, {tileOffset});
  // The last tile may be cut off by the end of the matrix.
  auto map = AffineMap::get(3, 0, {d1 * vector, d2 - d0 * vector},
                            builder.getContext());
  OpFoldResult size = affine::makeComposedFoldedAffineMin(
      builder, loc, map, {tileOffset, tileCount, rows});
  return {offset, size};
}

FailureOr<TilingResult>
GatherMatmulOp::getTiledImplementation(OpBuilder &builder,
                                       ArrayRef<OpFoldResult> offsets,
                                       ArrayRef<OpFoldResult> sizes) {
  Location loc = getLoc();
  OpFoldResult tiles = getSize(builder, loc, getWeights().back(), 0);
  bool allTiles = isConstantIntValue(offsets[0], 0) &&
                  isEqualConstantIntOrValue(sizes[0], tiles);
  if (getRowIndex() && !allTiles)
    return emitOpError() << "cannot tile over the weight's tiles: 'row_index' "
                            "spreads their rows over the result";
  OpFoldResult zero = builder.getIndexAttr(0);
  RowRange rows = getRows(*this, builder, offsets[0], sizes[0]);
  if (allTiles)
    rows = {zero, getSize(builder, loc, getInit(), 0)};

  SmallVector<Value> operands;
  int64_t vector = getEncoding().getVector();
  AffineExpr d0 = builder.getAffineDimExpr(0);
  auto times = [&](OpFoldResult value) {
    return affine::makeComposedFoldedAffineApply(builder, loc, d0 * vector,
                                                 {value});
  };
  for (auto [index, weight] : llvm::enumerate(getWeights())) {
    // Values and metadata have V rows a tile, the index and a stream one.
    bool perTile = getStream() || index == 2;
    operands.push_back(cut(builder, loc, weight,
                           perTile ? offsets[0] : times(offsets[0]),
                           perTile ? sizes[0] : times(sizes[0])));
  }
  OpFoldResult features = getSize(builder, loc, getInput(), 0);
  operands.push_back(
      cut(builder, loc, getInput(), {zero, offsets[1]}, {features, sizes[1]}));
  if (getRowIndex())
    operands.push_back(getRowIndex());
  for (Value operand : getEpilogueOperands()) {
    int64_t rank = cast<ShapedType>(operand.getType()).getRank();
    SmallVector<OpFoldResult> at = {rows.offset, offsets[1]};
    SmallVector<OpFoldResult> by = {rows.size, sizes[1]};
    operands.push_back(rank == 0 ? operand
                                 : cut(builder, loc, operand,
                                       ArrayRef(at).take_front(rank),
                                       ArrayRef(by).take_front(rank)));
  }
  Value init = cut(builder, loc, getInit(), {rows.offset, offsets[1]},
                   {rows.size, sizes[1]});
  operands.push_back(init);
  SmallVector<Type> results;
  if (hasPureTensorSemantics())
    results.push_back(init.getType());
  Operation *tiled =
      cloneWithOperands(builder, getOperation(), results, operands);
  return TilingResult{{tiled}, SmallVector<Value>(tiled->getResults()), {}};
}

LogicalResult GatherMatmulOp::getResultTilePosition(
    OpBuilder &builder, unsigned, ArrayRef<OpFoldResult> offsets,
    ArrayRef<OpFoldResult> sizes, SmallVector<OpFoldResult> &resultOffsets,
    SmallVector<OpFoldResult> &resultSizes) {
  if (getRowIndex()) {
    resultOffsets = {builder.getIndexAttr(0), offsets[1]};
    resultSizes = {getSize(builder, getLoc(), getInit(), 0), sizes[1]};
    return success();
  }
  RowRange rows = getRows(*this, builder, offsets[0], sizes[0]);
  resultOffsets = {rows.offset, offsets[1]};
  resultSizes = {rows.size, sizes[1]};
  return success();
}

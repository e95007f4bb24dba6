//===- NormalizeReshapes.cpp - reshapes of known structure ------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Normalize.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace mlir::hinm;

namespace {
/// Dimensions of the source that become dimensions of the result.
struct DimGroup {
  ReassociationIndices source, result;
};
} // namespace

/// Splits two shapes, from the last dimension on, into groups of equal size.
/// What cannot be told apart, such as several dynamic dimensions, is one group.
static SmallVector<DimGroup> groupDims(ArrayRef<int64_t> source,
                                       ArrayRef<int64_t> result) {
  auto isStatic = [](ArrayRef<int64_t> shape, int64_t count) {
    return count > 0 && ShapedType::isStatic(shape[count - 1]);
  };
  SmallVector<DimGroup> groups;
  int64_t i = source.size(), j = result.size();
  while (i > 0 && j > 0) {
    int64_t endI = i, endJ = j;
    bool isKnown = isStatic(source, i) && isStatic(result, j);
    int64_t sourceSize = source[--i], resultSize = result[--j];
    while (isKnown && sourceSize != resultSize) {
      if (sourceSize < resultSize && isStatic(source, i))
        sourceSize *= source[--i];
      else if (sourceSize > resultSize && isStatic(result, j))
        resultSize *= result[--j];
      else
        isKnown = false;
    }
    if (!isKnown)
      i = j = 0;
    DimGroup group;
    llvm::append_range(group.source, llvm::seq<int64_t>(i, endI));
    llvm::append_range(group.result, llvm::seq<int64_t>(j, endJ));
    groups.push_back(std::move(group));
  }
  if (groups.empty())
    return {};
  // Leading dimensions of one side alone have size 1.
  auto prepend = [](ReassociationIndices &dims, int64_t count) {
    ReassociationIndices all = llvm::to_vector<2>(llvm::seq<int64_t>(0, count));
    all.append(dims);
    dims = all;
  };
  prepend(groups.back().source, i);
  prepend(groups.back().result, j);
  std::reverse(groups.begin(), groups.end());
  return groups;
}

/// The sizes that `shape`, a tensor, lists.
static std::optional<SmallVector<OpFoldResult>> getSizes(OpBuilder &builder,
                                                         Value shape) {
  auto elements = shape.getDefiningOp<tensor::FromElementsOp>();
  if (!elements)
    return std::nullopt;
  SmallVector<OpFoldResult> sizes;
  for (Value size : elements.getElements()) {
    if (!size.getType().isIndex())
      size = arith::IndexCastOp::create(builder, shape.getLoc(),
                                        builder.getIndexType(), size);
    sizes.push_back(getAsOpFoldResult(size));
  }
  return sizes;
}

/// The sizes of the dimensions of `group`, which `collapsed` holds as its
/// dimension `dim`.
static void appendSizes(OpBuilder &builder, Value collapsed, int64_t dim,
                        const DimGroup &group, ArrayRef<int64_t> shape,
                        ArrayRef<OpFoldResult> listed,
                        SmallVectorImpl<OpFoldResult> &sizes) {
  int64_t known = 1, numDynamic = 0;
  for (int64_t d : group.result) {
    if (ShapedType::isDynamic(shape[d]))
      ++numDynamic;
    else
      known *= shape[d];
  }
  for (int64_t d : group.result) {
    if (ShapedType::isStatic(shape[d])) {
      sizes.push_back(builder.getIndexAttr(shape[d]));
    } else if (numDynamic == 1) {
      // What the source says, not what was computed of it.
      AffineExpr size = builder.getAffineSymbolExpr(0).floorDiv(known);
      sizes.push_back(affine::makeComposedFoldedAffineApply(
          builder, collapsed.getLoc(), size,
          {tensor::getMixedSize(builder, collapsed.getLoc(), collapsed, dim)}));
    } else {
      sizes.push_back(listed[d]);
    }
  }
}

namespace {
struct ResolveReshape : public OpRewritePattern<tensor::ReshapeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(tensor::ReshapeOp op,
                                PatternRewriter &rewriter) const override {
    auto source = dyn_cast<RankedTensorType>(op.getSource().getType());
    auto result = dyn_cast<RankedTensorType>(op.getResult().getType());
    if (!source || !result)
      return rewriter.notifyMatchFailure(op, "the rank is not known");
    if (llvm::is_contained(source.getShape(), 0) ||
        llvm::is_contained(result.getShape(), 0))
      return rewriter.notifyMatchFailure(op, "the tensor is empty");
    SmallVector<DimGroup> groups =
        groupDims(source.getShape(), result.getShape());
    if (groups.empty())
      return rewriter.notifyMatchFailure(op, "a scalar has no dimensions");
    auto listed = getSizes(rewriter, op.getShape());
    if (!listed)
      return rewriter.notifyMatchFailure(op, "the sizes are not listed");

    Location loc = op.getLoc();
    Value value = op.getSource();
    SmallVector<ReassociationIndices> sourceGroups, resultGroups;
    SmallVector<int64_t> shape;
    for (const DimGroup &group : groups) {
      sourceGroups.push_back(group.source);
      resultGroups.push_back(group.result);
      int64_t size = 1;
      for (int64_t dim : group.result)
        size = ShapedType::isDynamic(size) || result.isDynamicDim(dim)
                   ? ShapedType::kDynamic
                   : size * result.getDimSize(dim);
      shape.push_back(size);
    }
    if (source.getRank() != static_cast<int64_t>(groups.size()))
      value = tensor::CollapseShapeOp::create(rewriter, loc, value,
                                              sourceGroups);
    SmallVector<OpFoldResult> sizes;
    for (auto [dim, group] : llvm::enumerate(groups))
      appendSizes(rewriter, value, dim, group, result.getShape(), *listed,
                  sizes);
    auto collapsed = RankedTensorType::get(shape, result.getElementType());
    if (value.getType() != collapsed)
      value = tensor::CastOp::create(rewriter, loc, collapsed, value);
    if (collapsed.getRank() != result.getRank())
      value = tensor::ExpandShapeOp::create(rewriter, loc, result, value,
                                            resultGroups, sizes);
    rewriter.replaceOp(op, value);
    return success();
  }
};
} // namespace

void mlir::hinm::populateNormalizeReshapesPatterns(
    RewritePatternSet &patterns) {
  patterns.add<ResolveReshape>(patterns.getContext());
}

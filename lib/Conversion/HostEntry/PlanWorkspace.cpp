//===- PlanWorkspace.cpp - allocations to places in the workspace --*- C++
//-*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "EntryNames.h"

#include "hinm/Conversion/Passes.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/IRMapping.h"

namespace mlir::hinm {
#define GEN_PASS_DEF_HINMPLANWORKSPACE
#include "hinm/Conversion/Passes.h.inc"
} // namespace mlir::hinm

using namespace mlir;
using namespace mlir::hinm;

/// Buffers begin at multiples of this many bytes, as cudaMalloc's do.
static constexpr int64_t workspaceAlignment = 256;

namespace {
/// Computes in the plan function what the entry computes of its sizes.
class PlanBuilder {
public:
  PlanBuilder(func::FuncOp entry, func::FuncOp plan)
      : entry(entry), plan(plan), builder(plan) {
    builder.setInsertionPoint(plan.getBody().front().getTerminator());
    for (BlockArgument argument : entry.getArguments()) {
      if (entry.getArgAttr(argument.getArgNumber(), weightAttrName))
        ++numWeights;
      else if (entry.getArgAttr(argument.getArgNumber(), outputAttrName))
        break;
    }
  }

  OpBuilder &getBuilder() { return builder; }
  Value getPlan() { return plan.getArguments().back(); }

  /// `value`, an index of the entry, in the plan.
  FailureOr<Value> translate(Value value) {
    if (Value known = mapping.lookupOrNull(value))
      return known;
    Operation *op = value.getDefiningOp();
    if (auto dim = dyn_cast_or_null<memref::DimOp>(op))
      return translateDim(dim);
    if (!op || !isMemoryEffectFree(op) || op->getNumRegions() != 0)
      return mlir::emitError(value.getLoc())
             << "a buffer's size depends on more than the sizes of the inputs";
    for (Value operand : op->getOperands())
      if (failed(translate(operand)))
        return failure();
    builder.clone(*op, mapping);
    return mapping.lookup(value);
  }

private:
  FailureOr<Value> translateDim(memref::DimOp dim) {
    auto argument = dyn_cast<BlockArgument>(dim.getSource());
    std::optional<int64_t> constant = dim.getConstantIndex();
    if (!argument || !constant ||
        argument.getOwner() != &entry.getBody().front())
      return dim.emitError()
             << "a buffer's size depends on more than the sizes of the inputs";
    Value result;
    unsigned number = argument.getArgNumber();
    if (!entry.getArgAttr(number, outputAttrName)) {
      result = memref::DimOp::create(builder, dim.getLoc(),
                                     plan.getArgument(number - numWeights),
                                     *constant);
    } else {
      result = loadOutputSize(number, *constant);
    }
    mapping.map(dim.getResult(), result);
    return result;
  }

  /// The plan has stored the dynamic sizes of the outputs in their order.
  Value loadOutputSize(unsigned output, int64_t dim) {
    int64_t place = 1;
    for (unsigned number = 0; number <= output; ++number) {
      if (!entry.getArgAttr(number, outputAttrName))
        continue;
      auto type = cast<MemRefType>(entry.getArgument(number).getType());
      int64_t dims = number == output ? dim : type.getRank();
      for (int64_t d = 0; d < dims; ++d)
        place += type.isDynamicDim(d);
    }
    Location loc = plan.getLoc();
    Value index = arith::ConstantIndexOp::create(builder, loc, place);
    Value size = memref::LoadOp::create(builder, loc, getPlan(), index);
    return arith::IndexCastOp::create(builder, loc, builder.getIndexType(),
                                      size);
  }

  func::FuncOp entry, plan;
  OpBuilder builder;
  IRMapping mapping;
  unsigned numWeights = 0;
};

struct PlanWorkspace
    : public mlir::hinm::impl::HINMPlanWorkspaceBase<PlanWorkspace> {
  void runOnOperation() override {
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      auto name = function->getAttrOfType<FlatSymbolRefAttr>(entryAttrName);
      if (!name)
        continue;
      auto plan = getOperation().lookupSymbol<func::FuncOp>(name.getValue());
      if (!plan) {
        function.emitError() << "its plan '" << name << "' is missing";
        return signalPassFailure();
      }
      if (failed(run(function, plan)))
        return signalPassFailure();
    }
  }

private:
  LogicalResult run(func::FuncOp entry, func::FuncOp plan);
};
} // namespace

/// Bytes of a buffer of `type`, rounded up, given its dynamic sizes.
static Value computeBytes(OpBuilder &builder, Location loc, MemRefType type,
                          ValueRange dynamicSizes) {
  AffineExpr bytes = builder.getAffineConstantExpr(
      llvm::divideCeil(type.getElementTypeBitWidth(), 8));
  for (int64_t size : type.getShape())
    if (ShapedType::isStatic(size))
      bytes = bytes * size;
  SmallVector<OpFoldResult> operands;
  Value count;
  for (Value size : dynamicSizes)
    count =
        count ? Value(arith::MulIOp::create(builder, loc, count, size)) : size;
  if (count) {
    bytes = builder.getAffineDimExpr(0) * bytes;
    operands.push_back(count);
  }
  bytes = bytes.ceilDiv(workspaceAlignment) * workspaceAlignment;
  OpFoldResult result =
      affine::makeComposedFoldedAffineApply(builder, loc, bytes, operands);
  return getValueOrCreateConstantIndexOp(builder, loc, result);
}

/// What the program asserts of its sizes is checked by the plan, which says -1
/// bytes where it does not hold; the entry, which runs afterwards, need not.
static Value moveAssertions(func::FuncOp entry, func::FuncOp plan,
                            OpBuilder &inPlan, Value bytes) {
  Location loc = plan.getLoc();
  SmallVector<cf::AssertOp> assertions;
  plan.walk([&](cf::AssertOp op) { assertions.push_back(op); });
  Value none;
  for (cf::AssertOp op : assertions) {
    if (!none)
      none = arith::ConstantIntOp::create(inPlan, loc, bytes.getType(), -1);
    bytes = arith::SelectOp::create(inPlan, loc, op.getArg(), bytes, none);
    op.erase();
  }
  entry.walk([](cf::AssertOp op) { op.erase(); });
  return bytes;
}

/// Sizes of views are sizes that the program has already.
static void resolveDims(func::FuncOp entry) {
  SmallVector<memref::DimOp> dims;
  entry.walk([&](memref::DimOp op) { dims.push_back(op); });
  for (memref::DimOp op : dims) {
    std::optional<int64_t> dim = op.getConstantIndex();
    Value source = op.getSource();
    while (auto cast = source.getDefiningOp<memref::CastOp>())
      source = cast.getSource();
    auto expand = source.getDefiningOp<memref::ExpandShapeOp>();
    if (!dim || !expand)
      continue;
    OpBuilder builder(op);
    op.replaceAllUsesWith(getValueOrCreateConstantIndexOp(
        builder, op.getLoc(), expand.getMixedOutputShape()[*dim]));
    op.erase();
  }
}

/// Upstream's lowering of `memref.expand_shape` knows one dynamic size for each
/// dimension that is split; with more, the view is cast.
static void castViews(func::FuncOp entry) {
  SmallVector<memref::ExpandShapeOp> views;
  entry.walk([&](memref::ExpandShapeOp op) {
    auto hasSeveral = [&](const ReassociationIndices &group) {
      return llvm::count_if(group, [&](int64_t dim) {
               return op.getResultType().isDynamicDim(dim);
             }) > 1;
    };
    if (llvm::any_of(op.getReassociationIndices(), hasSeveral))
      views.push_back(op);
  });
  for (memref::ExpandShapeOp op : views) {
    MemRefType type = op.getResultType();
    OpBuilder builder(op);
    Location loc = op.getLoc();
    auto source =
        memref::ExtractStridedMetadataOp::create(builder, loc, op.getSrc());
    // What the type says, or what the source has.
    auto orStatic = [&](int64_t known, OpFoldResult value) -> OpFoldResult {
      return ShapedType::isDynamic(known) ? value : builder.getIndexAttr(known);
    };
    auto [knownStrides, knownOffset] = type.getStridesAndOffset();
    SmallVector<OpFoldResult> sizes = op.getMixedOutputShape();
    SmallVector<OpFoldResult> strides(sizes.size());
    for (auto [dim, group] : llvm::enumerate(op.getReassociationIndices())) {
      OpFoldResult stride = source.getStrides()[dim];
      for (int64_t split : llvm::reverse(group)) {
        strides[split] = orStatic(knownStrides[split], stride);
        stride = getAsOpFoldResult(arith::MulIOp::create(
            builder, loc,
            getValueOrCreateConstantIndexOp(builder, loc, strides[split]),
            getValueOrCreateConstantIndexOp(builder, loc, sizes[split])));
      }
    }
    op.replaceAllUsesWith(
        memref::ReinterpretCastOp::create(
            builder, loc, type, source.getBaseBuffer(),
            orStatic(knownOffset, source.getOffset()), sizes, strides)
            .getResult());
    op.erase();
  }
}

LogicalResult PlanWorkspace::run(func::FuncOp entry, func::FuncOp plan) {
  resolveDims(entry);
  castViews(entry);
  SmallVector<memref::AllocOp> allocations;
  WalkResult walk = entry.walk([&](memref::AllocOp op) -> WalkResult {
    if (op->getParentOp() != entry)
      return op.emitError()
             << "a buffer is allocated inside '" << op->getParentOp()->getName()
             << "', expected at the function's top level";
    allocations.push_back(op);
    return WalkResult::advance();
  });
  if (walk.wasInterrupted())
    return failure();

  MLIRContext *context = &getContext();
  auto bytesType =
      MemRefType::get({ShapedType::kDynamic}, IntegerType::get(context, 8));
  unsigned position = entry.getNumArguments();
  if (failed(entry.insertArgument(position, bytesType, DictionaryAttr(),
                                  entry.getLoc())))
    return entry.emitError() << "cannot add the workspace as an argument";
  Value workspace = entry.getArgument(position);

  PlanBuilder planBuilder(entry, plan);
  OpBuilder &inPlan = planBuilder.getBuilder();
  OpBuilder builder(context);
  builder.setInsertionPointToStart(&entry.getBody().front());
  Location loc = entry.getLoc();
  Value offset = arith::ConstantIndexOp::create(builder, loc, 0);
  Value total = arith::ConstantIndexOp::create(inPlan, loc, 0);
  for (memref::AllocOp op : allocations) {
    MemRefType type = op.getType();
    if (!type.getLayout().isIdentity())
      return op.emitError()
             << "a buffer of type " << type << ", expected a contiguous one";
    builder.setInsertionPoint(op);
    SmallVector<Value> sizesInPlan;
    for (Value size : op.getDynamicSizes()) {
      FailureOr<Value> translated = planBuilder.translate(size);
      if (failed(translated))
        return failure();
      sizesInPlan.push_back(*translated);
    }
    auto view = memref::ViewOp::create(builder, op.getLoc(), type, workspace,
                                       offset, op.getDynamicSizes());
    offset = arith::AddIOp::create(
        builder, op.getLoc(), offset,
        computeBytes(builder, op.getLoc(), type, op.getDynamicSizes()));
    total = arith::AddIOp::create(
        inPlan, op.getLoc(), total,
        computeBytes(inPlan, op.getLoc(), type, sizesInPlan));
    op.getResult().replaceAllUsesWith(view);
    op.erase();
    ++numBuffers;
  }
  Value bytes =
      arith::IndexCastOp::create(inPlan, loc, inPlan.getI64Type(), total);
  bytes = moveAssertions(entry, plan, inPlan, bytes);
  Value first = arith::ConstantIndexOp::create(inPlan, loc, 0);
  memref::StoreOp::create(inPlan, loc, bytes, planBuilder.getPlan(), first);
  return success();
}

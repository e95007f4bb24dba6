//===- MakeEntry.cpp - results to arguments, and a plan of their sizes --*- C++
//-*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "EntryNames.h"

#include "hinm/Conversion/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/MemRef/Transforms/Transforms.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace mlir::hinm {
#define GEN_PASS_DEF_HINMMAKEENTRY
#include "hinm/Conversion/Passes.h.inc"
} // namespace mlir::hinm

using namespace mlir;
using namespace mlir::hinm;

static LogicalResult checkSignature(func::FuncOp function) {
  auto check = [&](TypeRange types, StringRef role) -> LogicalResult {
    for (auto [index, type] : llvm::enumerate(types)) {
      auto tensor = dyn_cast<RankedTensorType>(type);
      if (!tensor || tensor.getEncoding() ||
          !tensor.getElementType().isIntOrFloat())
        return function.emitError()
               << role << " " << index << " of entry '" << function.getName()
               << "' is of type " << type
               << ", expected a ranked tensor of integers or floats";
    }
    return success();
  };
  if (!llvm::hasSingleElement(function.getBody()))
    return function.emitError() << "entry '" << function.getName()
                                << "' has branches, expected a single block";
  if (failed(check(function.getArgumentTypes(), "argument")) ||
      failed(check(function.getResultTypes(), "result")))
    return failure();
  return success();
}

/// A function with the same inputs that writes the result's dynamic sizes.
static func::FuncOp createPlan(func::FuncOp function) {
  OpBuilder builder(function);
  builder.setInsertionPointAfter(function);
  auto plan = cast<func::FuncOp>(builder.clone(*function));
  plan.setName((function.getName() + planSuffix).str());
  plan->setAttr(planAttrName, builder.getUnitAttr());
  Location loc = function.getLoc();
  auto planType = MemRefType::get({ShapedType::kDynamic}, builder.getI64Type());
  unsigned position = plan.getNumArguments();
  (void)plan.insertArgument(position, planType, DictionaryAttr(), loc);
  Value sizes = plan.getArgument(position);
  Operation *terminator = plan.getBody().front().getTerminator();
  builder.setInsertionPoint(terminator);
  // Entry 0 is for the workspace.
  int64_t place = 1;
  for (Value result : terminator->getOperands()) {
    auto type = cast<RankedTensorType>(result.getType());
    for (int64_t dim = 0; dim < type.getRank(); ++dim) {
      if (!type.isDynamicDim(dim))
        continue;
      Value size = tensor::DimOp::create(builder, loc, result, dim);
      Value number =
          arith::IndexCastOp::create(builder, loc, builder.getI64Type(), size);
      Value index = arith::ConstantIndexOp::create(builder, loc, place++);
      memref::StoreOp::create(builder, loc, number, sizes, ValueRange{index});
    }
  }
  func::ReturnOp::create(builder, loc);
  terminator->erase();
  plan.setFunctionType(
      builder.getFunctionType(plan.getArgumentTypes(), TypeRange()));
  plan.removeResAttrsAttr();
  return plan;
}

/// Leaves of the plan's body only what computes sizes.
static LogicalResult simplifyPlan(func::FuncOp plan) {
  MLIRContext *context = plan.getContext();
  RewritePatternSet patterns(context);
  memref::populateResolveRankedShapedTypeResultDimsPatterns(patterns);
  memref::populateResolveShapedTypeResultDimsPatterns(patterns);
  for (Dialect *dialect : context->getLoadedDialects())
    dialect->getCanonicalizationPatterns(patterns);
  for (RegisteredOperationName op : context->getRegisteredOperations())
    op.getCanonicalizationPatterns(patterns, context);
  if (failed(applyPatternsGreedily(plan, std::move(patterns))))
    return plan.emitError() << "the sizes of the results did not simplify";
  WalkResult walk = plan.walk([&](Operation *op) -> WalkResult {
    for (Value operand : op->getOperands()) {
      if (!isa<TensorType>(operand.getType()))
        continue;
      if (isa<tensor::DimOp>(op) && isa<BlockArgument>(operand))
        continue;
      return op->emitError() << "the size of a result of the entry depends on "
                                "more than the sizes of its inputs";
    }
    return WalkResult::advance();
  });
  return failure(walk.wasInterrupted());
}

/// Results become memrefs that the caller provides.
static void moveResultsToArguments(func::FuncOp function) {
  OpBuilder builder(function);
  Operation *terminator = function.getBody().front().getTerminator();
  builder.setInsertionPoint(terminator);
  Location loc = terminator->getLoc();
  auto attributes = builder.getDictionaryAttr(
      builder.getNamedAttr(outputAttrName, builder.getUnitAttr()));
  for (Value result : terminator->getOperands()) {
    auto type = cast<RankedTensorType>(result.getType());
    auto buffer = MemRefType::get(type.getShape(), type.getElementType());
    unsigned position = function.getNumArguments();
    (void)function.insertArgument(position, buffer, attributes, loc);
    auto materialize = bufferization::MaterializeInDestinationOp::create(
        builder, loc, /*result=*/Type(), result,
        function.getArgument(position));
    materialize.setRestrict(true);
    materialize.setWritable(true);
  }
  func::ReturnOp::create(builder, loc);
  terminator->erase();
  function.setFunctionType(
      builder.getFunctionType(function.getArgumentTypes(), TypeRange()));
  function.removeResAttrsAttr();
}

namespace {
struct MakeEntry : public mlir::hinm::impl::HINMMakeEntryBase<MakeEntry> {
  void runOnOperation() override {
    OpBuilder builder(&getContext());
    SmallVector<func::FuncOp> functions;
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (function.isPublic() && !function.isExternal() &&
          !function->hasAttr(entryAttrName) && !function->hasAttr(planAttrName))
        functions.push_back(function);
    for (func::FuncOp function : functions) {
      if (failed(checkSignature(function)))
        return signalPassFailure();
      unsigned inputs = function.getNumArguments();
      func::FuncOp plan = createPlan(function);
      if (failed(simplifyPlan(plan)))
        return signalPassFailure();
      moveResultsToArguments(function);
      function->setAttr(entryAttrName, FlatSymbolRefAttr::get(plan));
      // Neither inputs nor weights are scratch space.
      for (unsigned i = 0; i < inputs; ++i)
        function.setArgAttr(i, "bufferization.writable",
                            builder.getBoolAttr(false));
      for (func::FuncOp made : {function, plan})
        made->setAttr("llvm.emit_c_interface", builder.getUnitAttr());
    }
  }
};
} // namespace

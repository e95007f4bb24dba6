//===- FuseEpilogue.cpp - elementwise ops into the product's region --*- C++
//-*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hinm/Dialect/HINM/IR/HINM.h"
#include "hinm/Dialect/HINM/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace mlir::hinm {
#define GEN_PASS_DEF_HINMFUSEEPILOGUE
#include "hinm/Dialect/HINM/Transforms/Passes.h.inc"
} // namespace mlir::hinm

using namespace mlir;
using namespace mlir::hinm;

/// The sum, f32, in the element type of the result.
static Value convertSum(OpBuilder &builder, Location loc, Value sum,
                        Type type) {
  unsigned width = type.getIntOrFloatBitWidth();
  if (width < 32)
    return arith::TruncFOp::create(builder, loc, type, sum);
  if (width > 32)
    return arith::ExtFOp::create(builder, loc, type, sum);
  return sum;
}

namespace {
/// An epilogue being put together behind the one of a product.
class EpilogueBuilder {
public:
  EpilogueBuilder(MatmulOp matmul, PatternRewriter &rewriter)
      : matmul(matmul), rewriter(rewriter), block(new Block) {
    operands.append(matmul.getEpilogueOperands().begin(),
                    matmul.getEpilogueOperands().end());
    Location loc = matmul.getLoc();
    block->addArgument(rewriter.getF32Type(), loc);
    for (Value operand : operands)
      block->addArgument(getElementTypeOrSelf(operand.getType()), loc);
    rewriter.setInsertionPointToStart(block.get());
    Type type = getElementTypeOrSelf(matmul.getResult().getType());
    if (matmul.getEpilogue().empty()) {
      value = convertSum(rewriter, loc, block->getArgument(0), type);
      return;
    }
    Block &old = matmul.getEpilogue().front();
    IRMapping mapping;
    mapping.map(old.getArguments(), block->getArguments());
    for (Operation &op : old.without_terminator())
      rewriter.clone(op, mapping);
    value = mapping.lookupOrDefault(
        cast<YieldOp>(old.getTerminator()).getValues().front());
  }

  /// What the epilogue yields so far.
  Value getValue() const { return value; }
  void setValue(Value newValue) { value = newValue; }

  /// The element of one more operand.
  Value addOperand(Value operand) {
    operands.push_back(operand);
    return block->addArgument(getElementTypeOrSelf(operand.getType()),
                              matmul.getLoc());
  }

  /// A product with this epilogue, at `before`, into a tensor of `elementType`.
  MatmulOp create(Operation *before, Type elementType) {
    Location loc = before->getLoc();
    YieldOp::create(rewriter, loc, value);
    rewriter.setInsertionPoint(before);
    Value init = tensor::EmptyOp::create(
        rewriter, loc, tensor::getMixedSizes(rewriter, loc, matmul.getInit()),
        elementType);
    auto fused =
        MatmulOp::create(rewriter, matmul.getLoc(), init.getType(),
                         matmul.getWeight(), matmul.getInput(), operands, init,
                         matmul.getRowIndexAttr());
    fused.getEpilogue().push_back(block.release());
    fused->setDiscardableAttrs(matmul->getDiscardableAttrDictionary());
    return fused;
  }

private:
  MatmulOp matmul;
  PatternRewriter &rewriter;
  std::unique_ptr<Block> block;
  SmallVector<Value> operands;
  Value value;
};

/// elementwise(matmul, ...) becomes part of the matmul's epilogue.
struct FuseGeneric : public OpRewritePattern<linalg::GenericOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(linalg::GenericOp op,
                                PatternRewriter &rewriter) const override;
};

/// A conversion of the product's elements becomes part of the epilogue.
template <typename CastOp>
struct FuseConversion : public OpRewritePattern<CastOp> {
  using OpRewritePattern<CastOp>::OpRewritePattern;

  LogicalResult matchAndRewrite(CastOp op,
                                PatternRewriter &rewriter) const override {
    auto matmul = op.getIn().template getDefiningOp<MatmulOp>();
    if (!matmul || !matmul->hasOneUse())
      return rewriter.notifyMatchFailure(
          op, "converts no product that only this op uses");
    EpilogueBuilder epilogue(matmul, rewriter);
    Type type = getElementTypeOrSelf(op.getType());
    epilogue.setValue(
        CastOp::create(rewriter, op.getLoc(), type, epilogue.getValue()));
    rewriter.replaceOp(op, epilogue.create(op, type).getResult());
    return success();
  }
};

struct FuseEpilogue
    : public mlir::hinm::impl::HINMFuseEpilogueBase<FuseEpilogue> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<FuseGeneric, FuseConversion<arith::TruncFOp>,
                 FuseConversion<arith::ExtFOp>>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns)))) {
      mlir::emitError(getOperation().getLoc())
          << "the fusion patterns did not converge";
      return signalPassFailure();
    }
    getOperation().walk([&](MatmulOp matmul) {
      numEpilogues += !matmul.getEpilogue().empty();
    });
  }
};
} // namespace

/// The product that `op` may be fused into: one of its operands that nobody
/// else uses.
static MatmulOp findProduct(linalg::GenericOp op) {
  for (OpOperand *operand : op.getDpsInputOperands()) {
    auto matmul = operand->get().getDefiningOp<MatmulOp>();
    if (matmul && llvm::all_of(matmul->getUsers(), [&](Operation *user) {
          return user == op.getOperation();
        }))
      return matmul;
  }
  return {};
}

LogicalResult FuseGeneric::matchAndRewrite(linalg::GenericOp op,
                                           PatternRewriter &rewriter) const {
  if (!op.hasPureTensorSemantics() || op.getNumDpsInits() != 1 ||
      op.getNumLoops() != 2 || op.getNumParallelLoops() != 2 ||
      !op.getMatchingIndexingMap(op.getDpsInitOperand(0)).isIdentity())
    return rewriter.notifyMatchFailure(op, "not elementwise on matrices");
  if (op.hasIndexSemantics() ||
      op.payloadUsesValueFromOperand(op.getDpsInitOperand(0)))
    return rewriter.notifyMatchFailure(op, "depends on more than its operands");
  if (!isa<FloatType>(getElementTypeOrSelf(op.getResult(0).getType())))
    return rewriter.notifyMatchFailure(op, "result is not of a float type");
  bool isPure =
      llvm::all_of(op.getBody()->without_terminator(), [&](Operation &inner) {
        return isMemoryEffectFree(&inner) && inner.getNumRegions() == 0;
      });
  // What the body captures has to be constant, so that it can move along.
  SmallVector<Operation *> captured;
  bool isClosed = true;
  op.getRegion().walk([&](Operation *inner) {
    for (Value operand : inner->getOperands()) {
      if (op.getRegion().isAncestor(operand.getParentRegion()))
        continue;
      isClosed &= matchPattern(operand, m_Constant());
      captured.push_back(operand.getDefiningOp());
    }
  });
  if (!isPure || !isClosed)
    return rewriter.notifyMatchFailure(op, "body is not a plain expression");
  MatmulOp matmul = findProduct(op);
  if (!matmul)
    return rewriter.notifyMatchFailure(
        op, "no operand is a product that only this op uses");
  MLIRContext *context = rewriter.getContext();
  AffineMap perElement = rewriter.getMultiDimIdentityMap(2);
  AffineMap perRow =
      AffineMap::get(2, 0, {rewriter.getAffineDimExpr(0)}, context);
  AffineMap single = AffineMap::get(2, 0, context);
  for (OpOperand *operand : op.getDpsInputOperands()) {
    AffineMap map = op.getMatchingIndexingMap(operand);
    bool isProduct = operand->get() == matmul.getResult();
    // A scalar operand would have to become a tensor first.
    bool isTensor = isa<RankedTensorType>(operand->get().getType());
    if (!isTensor ||
        (map != perElement && (isProduct || (map != perRow && map != single))))
      return rewriter.notifyMatchFailure(op, "an operand is read otherwise");
  }

  EpilogueBuilder epilogue(matmul, rewriter);
  IRMapping mapping;
  for (OpOperand *operand : op.getDpsInputOperands()) {
    Value element = operand->get() == matmul.getResult()
                        ? epilogue.getValue()
                        : epilogue.addOperand(operand->get());
    mapping.map(op.getMatchingBlockArgument(operand), element);
  }
  for (Operation *constant : captured)
    if (!mapping.contains(constant->getResult(0)))
      rewriter.clone(*constant, mapping);
  for (Operation &inner : op.getBody()->without_terminator())
    rewriter.clone(inner, mapping);
  epilogue.setValue(
      mapping.lookupOrDefault(op.getBody()->getTerminator()->getOperand(0)));
  Type elementType = getElementTypeOrSelf(op.getResult(0).getType());
  rewriter.replaceOp(op, epilogue.create(op, elementType).getResult());
  return success();
}

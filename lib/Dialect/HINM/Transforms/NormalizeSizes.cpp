//===- NormalizeSizes.cpp - sizes as affine expressions ---------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Front ends compute the sizes of views on the host, in i64, with checks for
// negative sizes. All of it comes from dimensions of tensors, which are not
// negative and far from overflow.
//
//===----------------------------------------------------------------------===//

#include "Normalize.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::hinm;

static AffineExpr getSymbol(Value value, SmallVectorImpl<Value> &symbols) {
  auto *found = llvm::find(symbols, value);
  unsigned place = found - symbols.begin();
  if (found == symbols.end())
    symbols.push_back(value);
  return getAffineSymbolExpr(place, value.getContext());
}

/// A dimension; those of one tensor are one symbol.
static AffineExpr getDimSymbol(tensor::DimOp dim,
                               SmallVectorImpl<Value> &symbols) {
  std::optional<int64_t> index = dim.getConstantIndex();
  for (auto [place, symbol] : llvm::enumerate(symbols)) {
    auto other = symbol.getDefiningOp<tensor::DimOp>();
    if (index && other && other.getSource() == dim.getSource() &&
        other.getConstantIndex() == index)
      return getAffineSymbolExpr(place, dim.getContext());
  }
  return getSymbol(dim, symbols);
}

/// True if `expr` is a sum of products by numbers above 0.
static bool isNonNegative(AffineExpr expr) {
  if (auto constant = dyn_cast<AffineConstantExpr>(expr))
    return constant.getValue() >= 0;
  auto binary = dyn_cast<AffineBinaryOpExpr>(expr);
  return !binary ||
         (isNonNegative(binary.getLHS()) && isNonNegative(binary.getRHS()));
}

std::optional<AffineExpr>
mlir::hinm::getSizeExpr(Value value, SmallVectorImpl<Value> &symbols) {
  MLIRContext *context = value.getContext();
  APInt number;
  if (matchPattern(value, m_ConstantInt(&number))) {
    if (number.getBitWidth() < 32 || number.isNegative())
      return std::nullopt;
    return getAffineConstantExpr(number.getSExtValue(), context);
  }
  Operation *op = value.getDefiningOp();
  if (auto dim = dyn_cast_or_null<tensor::DimOp>(op))
    return getDimSymbol(dim, symbols);
  if (auto cast = dyn_cast_or_null<arith::IndexCastOp>(op)) {
    // i32 may be too narrow.
    Type from = cast.getIn().getType(), to = cast.getType();
    if (!from.isIndex() && !from.isInteger(64))
      return std::nullopt;
    if (!to.isIndex() && !to.isInteger(64))
      return std::nullopt;
    return getSizeExpr(cast.getIn(), symbols);
  }
  if (auto apply = dyn_cast_or_null<affine::AffineApplyOp>(op)) {
    AffineMap map = apply.getAffineMap();
    SmallVector<AffineExpr> exprs;
    for (Value operand : apply.getOperands()) {
      auto expr = getSizeExpr(operand, symbols);
      if (!expr)
        return std::nullopt;
      exprs.push_back(*expr);
    }
    AffineExpr result = map.getResult(0).replaceDimsAndSymbols(
        ArrayRef(exprs).take_front(map.getNumDims()),
        ArrayRef(exprs).drop_front(map.getNumDims()));
    if (!isNonNegative(result))
      return std::nullopt;
    return result;
  }
  if (!isa_and_nonnull<arith::AddIOp, arith::MulIOp, arith::DivSIOp,
                       arith::DivUIOp>(op))
    return std::nullopt;
  auto lhs = getSizeExpr(op->getOperand(0), symbols);
  auto rhs = getSizeExpr(op->getOperand(1), symbols);
  if (!lhs || !rhs)
    return std::nullopt;
  if (isa<arith::AddIOp>(op))
    return *lhs + *rhs;
  if (isa<arith::MulIOp>(op)) {
    if (!isa<AffineConstantExpr>(*lhs) && !isa<AffineConstantExpr>(*rhs))
      return std::nullopt;
    return *lhs * *rhs;
  }
  auto divisor = dyn_cast<AffineConstantExpr>(*rhs);
  if (divisor)
    return divisor.getValue() > 0 ? std::optional(lhs->floorDiv(divisor))
                                  : std::nullopt;
  // c * s / (d * s): that s is 0 would be undefined.
  auto coefficient = [](AffineExpr expr, AffineExpr &rest) -> int64_t {
    auto product = dyn_cast<AffineBinaryOpExpr>(expr);
    auto factor = product && product.getKind() == AffineExprKind::Mul
                      ? dyn_cast<AffineConstantExpr>(product.getRHS())
                      : AffineConstantExpr();
    rest = factor ? product.getLHS() : expr;
    return factor ? factor.getValue() : 1;
  };
  AffineExpr dividend, divided;
  int64_t upper = coefficient(*lhs, dividend);
  int64_t lower = coefficient(*rhs, divided);
  if (dividend != divided || lower <= 0)
    return std::nullopt;
  return getAffineConstantExpr(upper / lower, context);
}

bool mlir::hinm::areEqualSizes(Value first, Value second) {
  if (first == second)
    return true;
  SmallVector<Value> symbols;
  auto lhs = getSizeExpr(first, symbols);
  auto rhs = getSizeExpr(second, symbols);
  return lhs && rhs && *lhs == *rhs;
}

namespace {
/// What computes a size becomes one `affine.apply`, or a constant.
template <typename OpTy>
struct ComputeSize : public OpRewritePattern<OpTy> {
  using OpRewritePattern<OpTy>::OpRewritePattern;

  LogicalResult matchAndRewrite(OpTy op,
                                PatternRewriter &rewriter) const override {
    Value result = op->getResult(0);
    SmallVector<Value> symbols;
    auto expr = getSizeExpr(result, symbols);
    if (!expr)
      return rewriter.notifyMatchFailure(op, "is no size");
    if (auto constant = dyn_cast<AffineConstantExpr>(*expr)) {
      rewriter.replaceOpWithNewOp<arith::ConstantOp>(
          op, rewriter.getIntegerAttr(result.getType(), constant.getValue()));
      return success();
    }
    if (!result.getType().isIndex())
      return rewriter.notifyMatchFailure(op, "is no index");
    rewriter.replaceOp(
        op, getValueOrCreateConstantIndexOp(
                rewriter, op.getLoc(),
                affine::makeComposedFoldedAffineApply(
                    rewriter, op.getLoc(), *expr,
                    getAsOpFoldResult(ArrayRef<Value>(symbols)))));
    return success();
  }
};

/// Comparisons of sizes that always hold, or never do.
struct CompareSizes : public OpRewritePattern<arith::CmpIOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(arith::CmpIOp op,
                                PatternRewriter &rewriter) const override {
    SmallVector<Value> symbols;
    auto lhs = getSizeExpr(op.getLhs(), symbols);
    if (!lhs)
      return rewriter.notifyMatchFailure(op, "compares no sizes");
    std::optional<bool> result;
    APInt bound;
    if (auto rhs = getSizeExpr(op.getRhs(), symbols); rhs && *lhs == *rhs)
      result = arith::applyCmpPredicate(op.getPredicate(), APInt(64, 0),
                                        APInt(64, 0));
    else if (matchPattern(op.getRhs(), m_ConstantInt(&bound)) &&
             !bound.isStrictlyPositive())
      result = compareWithNonPositive(op.getPredicate(), bound);
    if (!result)
      return rewriter.notifyMatchFailure(op, "depends on the sizes");
    rewriter.replaceOpWithNewOp<arith::ConstantOp>(
        op, rewriter.getBoolAttr(*result));
    return success();
  }

private:
  /// A size, at least 0, against a number of at most 0.
  static std::optional<bool> compareWithNonPositive(arith::CmpIPredicate how,
                                                    const APInt &bound) {
    switch (how) {
    case arith::CmpIPredicate::sge:
      return true;
    case arith::CmpIPredicate::slt:
      return false;
    case arith::CmpIPredicate::eq:
      return bound.isNegative() ? std::optional(false) : std::nullopt;
    case arith::CmpIPredicate::ne:
    case arith::CmpIPredicate::sgt:
      return bound.isNegative() ? std::optional(true) : std::nullopt;
    case arith::CmpIPredicate::sle:
      return bound.isNegative() ? std::optional(false) : std::nullopt;
    default:
      return std::nullopt;
    }
  }
};
} // namespace

void mlir::hinm::populateNormalizeSizesPatterns(RewritePatternSet &patterns) {
  patterns.add<ComputeSize<arith::IndexCastOp>, ComputeSize<arith::AddIOp>,
               ComputeSize<arith::MulIOp>, ComputeSize<arith::DivSIOp>,
               ComputeSize<arith::DivUIOp>, CompareSizes>(
      patterns.getContext());
}

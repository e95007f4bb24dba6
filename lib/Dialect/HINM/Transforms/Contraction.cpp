//===- Contraction.cpp - linear layers among linalg ops ---------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Contraction.h"

#include "Constants.h"

#include "mlir/Dialect/Linalg/IR/LinalgInterfaces.h"
#include "mlir/Dialect/Linalg/Utils/Utils.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::hinm;

namespace {
/// A matrix constant seen through transposes and conversions.
struct ConstantMatrix {
  ElementsAttr elements;
  bool isTransposed = false;
};
} // namespace

/// True if `op` only moves or converts its one input; sets `transposes`.
static bool isCopyOrConversion(linalg::GenericOp op, bool &transposes) {
  if (op.getNumDpsInputs() != 1 || op.getNumDpsInits() != 1 ||
      op.getNumLoops() != op.getNumParallelLoops() || op.getNumLoops() != 2)
    return false;
  AffineMap read = op.getMatchingIndexingMap(op.getDpsInputOperand(0));
  AffineMap write = op.getMatchingIndexingMap(op.getDpsInitOperand(0));
  if (!read.isPermutation() || !write.isPermutation())
    return false;
  transposes = read != write;
  Block *body = op.getBody();
  Value yielded = body->getTerminator()->getOperand(0);
  Operation *cast = yielded.getDefiningOp();
  if (cast && isa<arith::ExtFOp, arith::TruncFOp>(cast))
    yielded = cast->getOperand(0);
  return yielded == body->getArgument(0);
}

static std::optional<ConstantMatrix> findConstantMatrix(Value value) {
  bool isTransposed = false;
  while (Operation *op = value.getDefiningOp()) {
    if (ElementsAttr elements = getConstant(value)) {
      if (elements.getShapedType().getRank() != 2 ||
          !isa<FloatType>(elements.getElementType()))
        return std::nullopt;
      return ConstantMatrix{elements, isTransposed};
    }
    bool transposes = false;
    if (auto transpose = dyn_cast<linalg::TransposeOp>(op)) {
      transposes = transpose.getPermutation() == ArrayRef<int64_t>{1, 0};
      value = transpose.getInput();
    } else if (auto cast = dyn_cast<tensor::CastOp>(op)) {
      value = cast.getSource();
    } else if (isa<arith::ExtFOp, arith::TruncFOp>(op)) {
      value = op->getOperand(0);
    } else if (auto generic = dyn_cast<linalg::GenericOp>(op);
               generic && isCopyOrConversion(generic, transposes)) {
      value = generic.getDpsInputs()[0];
    } else {
      return std::nullopt;
    }
    isTransposed ^= transposes;
  }
  return std::nullopt;
}

/// True if `init` is known to be zero everywhere.
static bool isZero(Value init) {
  if (auto fill = init.getDefiningOp<linalg::FillOp>())
    return matchPattern(fill.getInputs()[0], m_AnyZeroFloat());
  return matchPattern(init, m_AnyZeroFloat());
}

static SmallVector<unsigned> getDims(linalg::LinalgOp op, OpOperand *operand) {
  SmallVector<unsigned> dims;
  for (AffineExpr expr : op.getMatchingIndexingMap(operand).getResults())
    dims.push_back(cast<AffineDimExpr>(expr).getPosition());
  return dims;
}

std::optional<LinearLayer> mlir::hinm::matchLinearLayer(linalg::LinalgOp op,
                                                        std::string &reason) {
  if (!linalg::isaContractionOpInterface(op) || op->getNumResults() != 1 ||
      !isa<RankedTensorType>(op->getResult(0).getType()))
    return std::nullopt;
  FailureOr<linalg::ContractionDimensions> dims =
      linalg::inferContractionDims(op);
  if (failed(dims))
    return std::nullopt;
  if (!dims->batch.empty() || dims->k.size() != 1) {
    reason = "it is a batched product of two activations";
    return std::nullopt;
  }
  LinearLayer layer;
  layer.op = op;
  int64_t weightOperand = -1;
  std::optional<ConstantMatrix> constant;
  for (int64_t operand : {1, 0}) {
    constant = findConstantMatrix(op.getDpsInputs()[operand]);
    if (constant) {
      weightOperand = operand;
      break;
    }
  }
  if (!constant) {
    reason = "its weight is not a constant matrix";
    return std::nullopt;
  }
  if (!isa<FloatType>(getElementTypeOrSelf(op->getResult(0).getType()))) {
    reason = "its result is not of a float type";
    return std::nullopt;
  }
  // lhs brings the m dimensions, rhs the n dimensions.
  bool weightIsRhs = weightOperand == 1;
  ArrayRef<unsigned> outputDims = weightIsRhs ? dims->n : dims->m;
  ArrayRef<unsigned> tokenDims = weightIsRhs ? dims->m : dims->n;
  unsigned k = dims->k[0];
  if (outputDims.size() != 1) {
    reason = "its weight is not a matrix";
    return std::nullopt;
  }
  unsigned output = outputDims[0];
  OpOperand *weight = op.getDpsInputOperand(weightOperand);
  OpOperand *input = op.getDpsInputOperand(1 - weightOperand);
  layer.weight = constant->elements;
  // As the contraction sees it the weight is O x I if its map is (output, k).
  bool seenTransposed = getDims(op, weight) == ArrayRef<unsigned>{k, output};
  layer.isTransposed = seenTransposed != constant->isTransposed;
  ArrayRef<int64_t> shape = constant->elements.getShapedType().getShape();
  layer.outputs = shape[layer.isTransposed ? 1 : 0];
  layer.inputs = shape[layer.isTransposed ? 0 : 1];

  layer.input = input->get();
  if (!isa<FloatType>(getElementTypeOrSelf(layer.input.getType()))) {
    reason = "its activations are not of a float type";
    return std::nullopt;
  }
  layer.tokenDims = tokenDims.size();
  SmallVector<unsigned> tokensThenK(tokenDims), tokensThenOutput(tokenDims);
  tokensThenK.push_back(k);
  tokensThenOutput.push_back(output);
  SmallVector<unsigned> inputDims = getDims(op, input);
  SmallVector<unsigned> resultDims = getDims(op, op.getDpsInitOperand(0));
  layer.inputIsFeatureMajor = inputDims != tokensThenK;
  layer.resultIsFeatureMajor = resultDims != tokensThenOutput;
  bool isMatrixProduct = tokenDims.size() == 1;
  if ((layer.inputIsFeatureMajor || layer.resultIsFeatureMajor) &&
      !isMatrixProduct) {
    reason = "its token dimensions are not the leading ones";
    return std::nullopt;
  }
  Value init = op.getDpsInits()[0];
  if (!isZero(init))
    layer.addend = init;
  return layer;
}

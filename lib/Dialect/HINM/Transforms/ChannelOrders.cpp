//===- ChannelOrders.cpp - which orders of channels a program may have --*- C++
//-*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ChannelOrders.h"
#include "Constants.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::hinm;

//===----------------------------------------------------------------------===//
// Orders
//===----------------------------------------------------------------------===//

Order mlir::hinm::identityOrder(int64_t size) {
  return llvm::to_vector(llvm::seq<int64_t>(0, size));
}

bool mlir::hinm::isIdentity(ArrayRef<int64_t> order) {
  for (auto [place, entry] : llvm::enumerate(order))
    if (static_cast<int64_t>(place) != entry)
      return false;
  return true;
}

Order mlir::hinm::compose(ArrayRef<int64_t> outer, ArrayRef<int64_t> inner) {
  Order result;
  result.reserve(inner.size());
  for (int64_t place : inner)
    result.push_back(outer[place]);
  return result;
}

Order mlir::hinm::invert(ArrayRef<int64_t> order) {
  Order result(order.size());
  for (auto [place, entry] : llvm::enumerate(order))
    result[entry] = place;
  return result;
}

//===----------------------------------------------------------------------===//
// Ops
//===----------------------------------------------------------------------===//

/// A tensor `[channel][token]` with a known number of channels.
static bool isFeatureMajor(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return type && type.getRank() == 2 && !type.isDynamicDim(0) &&
         !mlir::hinm::getEncoding(type);
}

static std::optional<ElementwiseOperands>
getLinalgOperands(linalg::LinalgOp op) {
  if (!op.hasPureTensorSemantics() || op.getNumLoops() != 2 ||
      op.getNumParallelLoops() != 2 || op.hasIndexSemantics())
    return std::nullopt;
  for (OpOperand &init : op.getDpsInitsMutable())
    if (!op.getMatchingIndexingMap(&init).isIdentity() ||
        op.payloadUsesValueFromOperand(&init))
      return std::nullopt;
  MLIRContext *context = op.getContext();
  AffineMap perChannel =
      AffineMap::get(2, 0, {getAffineDimExpr(0, context)}, context);
  AffineMap perToken =
      AffineMap::get(2, 0, {getAffineDimExpr(1, context)}, context);
  ElementwiseOperands operands;
  for (OpOperand *operand : op.getDpsInputOperands()) {
    AffineMap map = op.getMatchingIndexingMap(operand);
    if (map.getNumResults() == 0 || map == perToken)
      continue;
    if (map.isIdentity())
      operands.perEntry.push_back(operand);
    else if (map == perChannel)
      operands.perChannel.push_back(operand);
    else
      return std::nullopt;
  }
  return operands;
}

static ElementwiseOperands getEpilogueOperands(MatmulOp matmul) {
  ElementwiseOperands operands;
  for (OpOperand &operand : matmul.getEpilogueOperandsMutable()) {
    int64_t rank = cast<ShapedType>(operand.get().getType()).getRank();
    if (rank == 1)
      operands.perChannel.push_back(&operand);
    else if (rank == 2)
      operands.perEntry.push_back(&operand);
  }
  return operands;
}

std::optional<ElementwiseOperands>
mlir::hinm::getElementwiseOperands(Operation *op) {
  if (op->getNumResults() == 0 || !llvm::all_of(op->getResults(), isFeatureMajor))
    return std::nullopt;
  std::optional<ElementwiseOperands> operands;
  if (auto matmul = dyn_cast<MatmulOp>(op)) {
    operands = getEpilogueOperands(matmul);
  } else if (auto linalgOp = dyn_cast<linalg::LinalgOp>(op)) {
    operands = getLinalgOperands(linalgOp);
  } else if (isa<tensor::CastOp>(op) ||
             OpTrait::hasElementwiseMappableTraits(op)) {
    operands.emplace();
    for (OpOperand &operand : op->getOpOperands())
      if (isa<TensorType>(operand.get().getType()))
        operands->perEntry.push_back(&operand);
  }
  if (!operands)
    return std::nullopt;
  // An order is a list: a number of channels that is not known has none.
  for (OpOperand *operand : operands->perEntry)
    if (!isFeatureMajor(operand->get()))
      return std::nullopt;
  for (OpOperand *operand : operands->perChannel)
    if (cast<ShapedType>(operand->get().getType()).isDynamicDim(0))
      return std::nullopt;
  return operands;
}

bool mlir::hinm::permutesChannels(PermuteOp permute) {
  return permute.getDim() == 0 && isFeatureMajor(permute.getSource());
}

bool mlir::hinm::hasEveryOrder(Value value) {
  Operation *op = value.getDefiningOp();
  if (isa_and_nonnull<linalg::FillOp, tensor::EmptyOp, tensor::SplatOp>(op))
    return true;
  auto constant = dyn_cast_or_null<DenseElementsAttr>(getConstant(value));
  return constant && constant.isSplat();
}

bool mlir::hinm::readsShapeOnly(OpOperand &operand) {
  Operation *op = operand.getOwner();
  if (isa<tensor::DimOp>(op))
    return true;
  // What an op does not write keeps its contents.
  if (auto linalgOp = dyn_cast<linalg::LinalgOp>(op))
    return linalgOp.isDpsInit(&operand) &&
           !linalgOp.payloadUsesValueFromOperand(&operand) &&
           linalgOp.getMatchingIndexingMap(&operand).isPermutation();
  if (!isa<MatmulOp, GatherMatmulOp, ToFeatureMajorOp, ToTokenMajorOp>(op))
    return false;
  return cast<DestinationStyleOpInterface>(op).isDpsInit(&operand);
}

bool mlir::hinm::canRenameInputs(MatmulOp matmul) {
  Operation *weight = matmul.getWeight().getDefiningOp();
  if (auto encode = dyn_cast_or_null<EncodeOp>(weight))
    return canPermuteConstant(getConstant(encode.getSource()));
  if (auto assemble = dyn_cast_or_null<AssembleOp>(weight))
    return canPermuteConstant(getConstant(assemble.getVectorIndex()));
  return false;
}

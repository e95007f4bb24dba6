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

#include <set>

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

//===----------------------------------------------------------------------===//
// ChannelComponent
//===----------------------------------------------------------------------===//

ChannelComponent::ChannelComponent(Value seed) {
  add(seed, identityOrder(cast<ShapedType>(seed.getType()).getDimSize(0)));
  while (!worklist.empty()) {
    Value value = worklist.pop_back_val();
    visitDefinition(value);
    visitUses(value);
  }
  choose();
}

void ChannelComponent::add(Value value, const Order &place) {
  if (hasEveryOrder(value) || canPermuteConstant(getConstant(value)))
    return;
  // A tensor that is reached in two ways keeps its first place; what contradicts
  // it becomes a permute. Results of one op are computed in one order.
  SmallVector<Value> together = {value};
  Operation *op = value.getDefiningOp();
  if (op && op->getNumResults() > 1 && getElementwiseOperands(op))
    together.assign(op->result_begin(), op->result_end());
  for (Value member : together)
    if (root.insert({member, place}).second)
      worklist.push_back(member);
}

void ChannelComponent::pin(Value value, std::string reason, bool isDefinition) {
  pins.insert({value, Pin{std::move(reason), isDefinition}});
}

void ChannelComponent::visitElementwise(Operation *op,
                                        const ElementwiseOperands &operands,
                                        ArrayRef<int64_t> place) {
  if (!seen.insert(op).second)
    return;
  elementwise.push_back(op);
  for (OpOperand *operand : operands.perEntry)
    add(operand->get(), Order(place));
  for (Value result : op->getResults())
    add(result, Order(place));
  for (OpOperand *operand : operands.perChannel)
    if (!hasEveryOrder(operand->get()) &&
        !canPermuteConstant(getConstant(operand->get())))
      pin(op->getResult(0),
          "'" + op->getName().getStringRef().str() +
              "' reads an element for each channel from a tensor that is not "
              "constant",
          /*isDefinition=*/false);
}

void ChannelComponent::visitDefinition(Value value) {
  Operation *op = value.getDefiningOp();
  if (!op)
    return pin(value, "the tensor is an argument", /*isDefinition=*/true);
  // A copy: adding to the map moves its entries.
  Order place = root.find(value)->second;
  if (auto permute = dyn_cast<PermuteOp>(op);
      permute && permutesChannels(permute)) {
    if (seen.insert(op).second)
      permutes.push_back(permute);
    return add(permute.getSource(), compose(place, invert(permute.getOrder())));
  }
  auto operands = getElementwiseOperands(op);
  if (!operands)
    return pin(value,
               "'" + op->getName().getStringRef().str() +
                   "' gives its channels in the program's order",
               /*isDefinition=*/true);
  if (auto matmul = dyn_cast<MatmulOp>(op); matmul && !seen.contains(op))
    products.push_back(matmul);
  visitElementwise(op, *operands, place);
}

void ChannelComponent::visitUses(Value value) {
  Order place = root.find(value)->second;
  for (OpOperand &use : value.getUses()) {
    Operation *op = use.getOwner();
    if (readsShapeOnly(use))
      continue;
    if (auto permute = dyn_cast<PermuteOp>(op);
        permute && permutesChannels(permute)) {
      if (seen.insert(op).second)
        permutes.push_back(permute);
      add(permute.getResult(), compose(place, permute.getOrder()));
      continue;
    }
    if (auto matmul = dyn_cast<MatmulOp>(op);
        matmul && use == matmul.getInputMutable()) {
      if (!canRenameInputs(matmul))
        pin(value, "the weight that reads it is not constant", false);
      continue;
    }
    auto operands = getElementwiseOperands(op);
    if (operands && llvm::is_contained(operands->perEntry, &use)) {
      if (auto matmul = dyn_cast<MatmulOp>(op); matmul && !seen.contains(op))
        products.push_back(matmul);
      visitElementwise(op, *operands, place);
      continue;
    }
    pin(value,
        "'" + op->getName().getStringRef().str() +
            "' reads the channels in the program's order",
        /*isDefinition=*/false);
  }
}

Order ChannelComponent::getOrder(Value value, ArrayRef<int64_t> order) const {
  auto pin = pins.find(value);
  const Order &place = root.find(value)->second;
  if (pin != pins.end() && pin->second.isDefinition)
    return identityOrder(place.size());
  return compose(invert(place), order);
}

bool ChannelComponent::seesOrder(OpOperand &use) const {
  Operation *op = use.getOwner();
  auto permute = dyn_cast<PermuteOp>(op);
  if (readsShapeOnly(use) || (permute && permutesChannels(permute)))
    return false;
  auto matmul = dyn_cast<MatmulOp>(op);
  if (matmul && use == matmul.getInputMutable())
    return !canRenameInputs(matmul);
  return !seen.contains(op);
}

size_t ChannelComponent::countPermutes(ArrayRef<int64_t> order) const {
  // One permute of a tensor serves all that need it in one order.
  std::set<std::pair<const void *, std::vector<int64_t>>> needed;
  auto need = [&](Value value, const Order &delta) {
    if (!isIdentity(delta))
      needed.insert({value.getAsOpaquePointer(),
                     std::vector<int64_t>(delta.begin(), delta.end())});
  };
  for (Operation *op : elementwise) {
    Order result = getOrder(op->getResult(0), order);
    std::optional<ElementwiseOperands> operands = getElementwiseOperands(op);
    for (OpOperand *operand : operands->perEntry)
      if (contains(operand->get()))
        need(operand->get(),
             compose(invert(getOrder(operand->get(), order)), result));
    for (OpOperand *operand : operands->perChannel)
      if (!hasEveryOrder(operand->get()) &&
          !canPermuteConstant(getConstant(operand->get())))
        need(operand->get(), result);
  }
  for (Value value : getValues())
    if (llvm::any_of(value.getUses(),
                     [&](OpOperand &use) { return seesOrder(use); }))
      need(value, invert(getOrder(value, order)));
  size_t count = needed.size();
  for (PermuteOp permute : permutes) {
    Order result = getOrder(permute.getResult(), order);
    count += getOrder(permute.getSource(), order) !=
             compose(permute.getOrder(), result);
  }
  return count;
}

void ChannelComponent::choose() {
  // The orders in which some tensor is what the program says; products come
  // first, which then store their rows in tile order.
  SmallVector<Value> candidates;
  for (MatmulOp product : products)
    candidates.push_back(product.getResult());
  llvm::append_range(candidates, llvm::make_first_range(pins));
  candidates.push_back(root.front().first);
  fewest = std::numeric_limits<size_t>::max();
  std::set<std::vector<int64_t>> tried;
  for (Value candidate : candidates) {
    const Order &order = root.find(candidate)->second;
    if (!tried.insert(std::vector<int64_t>(order.begin(), order.end())).second)
      continue;
    size_t count = countPermutes(order);
    if (count >= fewest)
      continue;
    fewest = count;
    chosen = order;
  }
}

StringRef ChannelComponent::getReason(Value value) const {
  auto pin = pins.find(value);
  return pin == pins.end() ? StringRef() : StringRef(pin->second.reason);
}

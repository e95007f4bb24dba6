//===- ChannelComponent.cpp - tensors that share an order -------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ChannelOrders.h"
#include "Constants.h"

#include <set>

using namespace mlir;
using namespace mlir::hinm;

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

//===- FoldPermutations.cpp - permutes into indices and constants -*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ChannelOrders.h"
#include "Constants.h"

#include "hinm/Dialect/HINM/Transforms/Passes.h"

namespace mlir::hinm {
#define GEN_PASS_DEF_HINMFOLDPERMUTATIONS
#include "hinm/Dialect/HINM/Transforms/Passes.h.inc"
} // namespace mlir::hinm

using namespace mlir;
using namespace mlir::hinm;

namespace {
/// Gives the tensors of a component the orders that it chose.
class ComponentRewriter {
public:
  explicit ComponentRewriter(const ChannelComponent &component)
      : component(component) {}

  LogicalResult run();
  /// Leaves the permutes as they are, and says why.
  void explain();

private:
  void storeRows(MatmulOp product);
  LogicalResult fixOperands(Operation *op);
  LogicalResult fixOperand(OpOperand &operand, ArrayRef<int64_t> needed,
                           StringRef reason);
  LogicalResult fixUses(Value value);
  LogicalResult renameInputs(MatmulOp matmul, ArrayRef<int64_t> order);
  FailureOr<Value> renameColumns(EncodeOp encode, ArrayRef<int64_t> order);
  FailureOr<Value> renameColumns(AssembleOp assemble, ArrayRef<int64_t> order);
  /// What is left to permute once everything else is in order.
  Order getRest(PermuteOp permute);
  void fold(PermuteOp permute, ArrayRef<int64_t> rest);
  void explain(PermuteOp permute);
  /// A permute of `value`, made once.
  Value permuteExplicitly(Value value, Order order, StringRef reason);

  const ChannelComponent &component;
  /// Permutes and renamed weights that were made, by what of and the order.
  SmallVector<std::pair<std::pair<Value, Order>, Value>> made, renamedWeights;
};
} // namespace

static void setReason(PermuteOp permute, StringRef reason) {
  permute->setDiscardableAttr(unfoldedReasonAttrName,
                              StringAttr::get(permute.getContext(), reason));
}

/// `index`, whose entries name channels, for an input that holds them in
/// `order`.
static FailureOr<ElementsAttr>
renameIndices(ElementsAttr index, ArrayRef<int64_t> order,
              function_ref<InFlightDiagnostic()> emitError) {
  FailureOr<std::vector<int32_t>> entries = readIndices(index, emitError);
  if (failed(entries))
    return failure();
  Order places = invert(order);
  for (int32_t &entry : *entries)
    if (entry >= 0)
      entry = static_cast<int32_t>(places[entry]);
  return makeConstant(cast<RankedTensorType>(index.getShapedType()), *entries,
                      "vector_index");
}

Value ComponentRewriter::permuteExplicitly(Value value, Order order,
                                           StringRef reason) {
  for (auto &[key, permuted] : made)
    if (key.first == value && key.second == order)
      return permuted;
  OpBuilder builder(value.getContext());
  builder.setInsertionPointAfterValue(value);
  auto permute = PermuteOp::create(builder, value.getLoc(), value.getType(),
                                   value, /*dim=*/0, order);
  setReason(permute, reason);
  made.push_back({{value, std::move(order)}, permute});
  return permute;
}

/// Tile place j, which became row row_index[j], now goes to that row's place.
void ComponentRewriter::storeRows(MatmulOp product) {
  Order places = invert(component.getOrder(product.getResult()));
  if (auto index = product.getRowIndex())
    places = compose(places, *index);
  product.removeRowIndexAttr();
  if (!isIdentity(places))
    product.setRowIndex(places);
}

LogicalResult ComponentRewriter::fixOperand(OpOperand &operand,
                                            ArrayRef<int64_t> needed,
                                            StringRef reason) {
  Value value = operand.get();
  if (hasEveryOrder(value))
    return success();
  if (ElementsAttr constant = getConstant(value);
      canPermuteConstant(constant)) {
    if (isIdentity(needed))
      return success();
    Operation *op = operand.getOwner();
    FailureOr<ElementsAttr> permuted = permuteConstant(
        constant, /*dim=*/0, needed, [&] { return op->emitError(); });
    if (failed(permuted))
      return failure();
    OpBuilder builder(op);
    operand.set(arith::ConstantOp::create(builder, value.getLoc(),
                                          cast<TypedAttr>(*permuted)));
    return success();
  }
  Order delta(needed);
  if (component.contains(value))
    delta = compose(invert(component.getOrder(value)), needed);
  if (!isIdentity(delta))
    operand.set(permuteExplicitly(value, std::move(delta), reason));
  return success();
}

LogicalResult ComponentRewriter::fixOperands(Operation *op) {
  Value result = op->getResult(0);
  Order needed = component.getOrder(result);
  std::optional<ElementwiseOperands> operands = getElementwiseOperands(op);
  std::string reason = component.getReason(result).str();
  if (reason.empty())
    reason = "tensors in two orders meet in '" +
             op->getName().getStringRef().str() + "'";
  for (OpOperand *operand : operands->perEntry) {
    StringRef ofOperand = component.contains(operand->get())
                              ? component.getReason(operand->get())
                              : StringRef();
    if (failed(fixOperand(*operand, needed,
                          ofOperand.empty() ? StringRef(reason) : ofOperand)))
      return failure();
  }
  for (OpOperand *operand : operands->perChannel)
    if (failed(fixOperand(*operand, needed, reason)))
      return failure();
  return success();
}

FailureOr<Value> ComponentRewriter::renameColumns(EncodeOp encode,
                                                  ArrayRef<int64_t> order) {
  auto emitError = [&] { return encode.emitError(); };
  FailureOr<ElementsAttr> source = permuteConstant(
      getConstant(encode.getSource()), /*dim=*/1, order, emitError);
  if (failed(source))
    return failure();
  OpBuilder builder(encode);
  auto renamed = cast<EncodeOp>(builder.clone(*encode));
  renamed.getSourceMutable().assign(arith::ConstantOp::create(
      builder, encode.getLoc(), cast<TypedAttr>(*source)));
  renamed->moveAfter(renamed.getSource().getDefiningOp());
  if (auto saliency = encode->getAttrOfType<ElementsAttr>(saliencyAttrName)) {
    FailureOr<ElementsAttr> permuted =
        permuteConstant(saliency, /*dim=*/1, order, emitError);
    if (failed(permuted))
      return failure();
    renamed->setDiscardableAttr(saliencyAttrName, *permuted);
  }
  if (!encode.getVectorIndex())
    return renamed.getResult();
  FailureOr<ElementsAttr> index =
      renameIndices(*encode.getVectorIndex(), order, emitError);
  if (failed(index))
    return failure();
  renamed.setVectorIndexAttr(*index);
  return renamed.getResult();
}

FailureOr<Value> ComponentRewriter::renameColumns(AssembleOp assemble,
                                                  ArrayRef<int64_t> order) {
  FailureOr<ElementsAttr> index =
      renameIndices(getConstant(assemble.getVectorIndex()), order,
                    [&] { return assemble.emitError(); });
  if (failed(index))
    return failure();
  OpBuilder builder(assemble);
  Value constant = arith::ConstantOp::create(builder, assemble.getLoc(),
                                             cast<TypedAttr>(*index));
  auto renamed = cast<AssembleOp>(builder.clone(*assemble));
  renamed.getVectorIndexMutable().assign(constant);
  return renamed.getResult();
}

LogicalResult ComponentRewriter::renameInputs(MatmulOp matmul,
                                              ArrayRef<int64_t> order) {
  Value before = matmul.getWeight();
  for (auto &[key, renamed] : renamedWeights)
    if (key.first == before && ArrayRef<int64_t>(key.second) == order) {
      matmul.getWeightMutable().assign(renamed);
      return success();
    }
  Operation *weight = before.getDefiningOp();
  FailureOr<Value> renamed =
      isa<EncodeOp>(weight) ? renameColumns(cast<EncodeOp>(weight), order)
                            : renameColumns(cast<AssembleOp>(weight), order);
  if (failed(renamed))
    return failure();
  // For reports: which of the program's channels each stored place holds.
  Order stored(order);
  if (auto known =
          weight->getAttrOfType<DenseI64ArrayAttr>(inputOrderAttrName))
    stored = compose(known, order);
  renamed->getDefiningOp()->setDiscardableAttr(
      inputOrderAttrName, DenseI64ArrayAttr::get(matmul.getContext(), stored));
  matmul.getWeightMutable().assign(*renamed);
  renamedWeights.push_back({{before, Order(order)}, *renamed});
  return success();
}

/// What reads `value` outside the component's elementwise ops and permutes.
LogicalResult ComponentRewriter::fixUses(Value value) {
  Order order = component.getOrder(value);
  if (isIdentity(order))
    return success();
  SmallVector<OpOperand *> uses;
  for (OpOperand &use : value.getUses())
    uses.push_back(&use);
  for (OpOperand *use : uses) {
    Operation *op = use->getOwner();
    auto permute = dyn_cast<PermuteOp>(op);
    if (readsShapeOnly(*use) || (permute && permutesChannels(permute)))
      continue;
    auto matmul = dyn_cast<MatmulOp>(op);
    if (matmul && *use == matmul.getInputMutable() &&
        canRenameInputs(matmul)) {
      if (failed(renameInputs(matmul, order)))
        return failure();
      continue;
    }
    if (llvm::is_contained(component.getElementwise(), op) &&
        !(matmul && *use == matmul.getInputMutable()))
      continue;
    use->set(permuteExplicitly(value, invert(order),
                               component.getReason(value)));
  }
  return success();
}

Order ComponentRewriter::getRest(PermuteOp permute) {
  Order needed =
      compose(permute.getOrder(), component.getOrder(permute.getResult()));
  return compose(invert(component.getOrder(permute.getSource())), needed);
}

/// A permute whose two sides hold the same is gone.
void ComponentRewriter::fold(PermuteOp permute, ArrayRef<int64_t> rest) {
  Value source = permute.getSource(), result = permute.getResult();
  if (isIdentity(rest)) {
    result.replaceAllUsesWith(source);
    return permute.erase();
  }
  permute.setOrder(rest);
  explain(permute);
}

void ComponentRewriter::explain(PermuteOp permute) {
  StringRef reason = component.getReason(permute.getSource());
  if (reason.empty())
    reason = component.getReason(permute.getResult());
  setReason(permute, reason.empty() ? "tensors in two orders meet" : reason);
}

void ComponentRewriter::explain() {
  for (PermuteOp permute : component.getPermutes())
    if (!permute->hasAttr(unfoldedReasonAttrName))
      explain(permute);
}

LogicalResult ComponentRewriter::run() {
  for (MatmulOp product : component.getProducts())
    storeRows(product);
  for (Operation *op : component.getElementwise())
    if (failed(fixOperands(op)))
      return failure();
  for (Value value : component.getValues())
    if (failed(fixUses(value)))
      return failure();
  llvm::SmallSetVector<Operation *, 4> weights;
  for (auto &[key, renamed] : renamedWeights)
    weights.insert(key.first.getDefiningOp());
  for (Operation *weight : weights)
    if (weight->use_empty())
      weight->erase();
  // Folding one replaces the source of the next, whose order is another's.
  SmallVector<Order> rests;
  for (PermuteOp permute : component.getPermutes())
    rests.push_back(getRest(permute));
  for (auto [permute, rest] : llvm::zip_equal(component.getPermutes(), rests))
    fold(permute, rest);
  return success();
}

/// A permute of a constant is another constant, or the same if all its channels
/// are alike. False if it is none.
static FailureOr<bool> foldConstant(PermuteOp permute) {
  Value source = permute.getSource();
  Value folded;
  if (hasEveryOrder(source) && permute.getDim() == 0) {
    folded = source;
  } else if (ElementsAttr constant = getConstant(source);
             canPermuteConstant(constant)) {
    FailureOr<ElementsAttr> permuted =
        permuteConstant(constant, permute.getDim(), permute.getOrder(),
                        [&] { return permute.emitError(); });
    if (failed(permuted))
      return failure();
    OpBuilder builder(permute);
    folded = arith::ConstantOp::create(builder, permute.getLoc(),
                                       cast<TypedAttr>(*permuted));
  } else {
    return false;
  }
  permute.replaceAllUsesWith(folded);
  permute.erase();
  return true;
}

namespace {
struct FoldPermutations
    : public mlir::hinm::impl::HINMFoldPermutationsBase<FoldPermutations> {
  void runOnOperation() override {
    SmallVector<PermuteOp> permutes;
    getOperation().walk([&](PermuteOp op) { permutes.push_back(op); });
    numFound += permutes.size();
    bool hasFailed = false;
    llvm::erase_if(permutes, [&](PermuteOp permute) {
      FailureOr<bool> folded = foldConstant(permute);
      hasFailed |= failed(folded);
      return succeeded(folded) && *folded;
    });
    if (hasFailed)
      return signalPassFailure();
    // What one round leaves may be seen better from another tensor.
    for (bool hasChanged = true; hasChanged;) {
      hasChanged = false;
      if (failed(runRound(hasChanged)))
        return signalPassFailure();
    }
    getOperation().walk([&](Operation *op) {
      if (isa<PermuteOp>(op))
        ++numLeft;
      else if (auto matmul = dyn_cast<MatmulOp>(op))
        numRowIndices += matmul.getRowIndex().has_value();
    });
  }

private:
  /// Folds each component whose permutes become fewer.
  LogicalResult runRound(bool &hasChanged);
};
} // namespace

LogicalResult FoldPermutations::runRound(bool &hasChanged) {
  SmallVector<PermuteOp> permutes;
  getOperation().walk([&](PermuteOp op) { permutes.push_back(op); });
  llvm::SmallPtrSet<Operation *, 8> visited;
  for (PermuteOp permute : permutes) {
    if (visited.contains(permute))
      continue;
    if (!permutesChannels(permute)) {
      if (!permute->hasAttr(unfoldedReasonAttrName))
        setReason(permute, "it does not permute the channels of feature-major "
                           "activations");
      continue;
    }
    ChannelComponent component(permute.getSource());
    for (PermuteOp member : component.getPermutes())
      visited.insert(member);
    ComponentRewriter rewriter(component);
    if (!component.isBetter()) {
      rewriter.explain();
      continue;
    }
    hasChanged = true;
    if (failed(rewriter.run()))
      return failure();
  }
  return success();
}

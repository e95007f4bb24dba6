//===- Select.cpp - chooses layers and makes them sparse --------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Constants.h"
#include "Contraction.h"
#include "LayerOverrides.h"
#include "Layout.h"

#include "hinm/Dialect/HINM/IR/HINM.h"
#include "hinm/Dialect/HINM/Transforms/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/Support/Regex.h"
#include "llvm/Support/raw_ostream.h"

namespace mlir::hinm {
#define GEN_PASS_DEF_HINMSELECT
#include "hinm/Dialect/HINM/Transforms/Passes.h.inc"
} // namespace mlir::hinm

using namespace mlir;
using namespace mlir::hinm;

/// Parses "N:M".
static FailureOr<std::pair<int64_t, int64_t>> parseNM(StringRef text) {
  auto [n, m] = text.split(':');
  int64_t kept, group;
  if (n.getAsInteger(10, kept) || m.getAsInteger(10, group))
    return failure();
  return std::make_pair(kept, group);
}

static std::string toString(Location loc) {
  std::string text;
  llvm::raw_string_ostream(text) << loc;
  return text;
}

/// `value` before conversions to a wider float format, which what is stored in a
/// narrow one does not need.
static Value stripWidening(Value value) {
  while (Operation *op = value.getDefiningOp()) {
    if (auto generic = dyn_cast<linalg::GenericOp>(op)) {
      auto body = generic.getBody()->without_terminator();
      if (generic.getNumDpsInputs() != 1 || generic.getNumResults() != 1 ||
          !llvm::hasSingleElement(body) || !isa<arith::ExtFOp>(*body.begin()) ||
          !llvm::all_of(generic.getIndexingMapsArray(),
                        [](AffineMap map) { return map.isIdentity(); }))
        break;
    } else if (!isa<arith::ExtFOp>(op)) {
      break;
    }
    value = op->getOperand(0);
  }
  return value;
}

/// The activations as a matrix `[tokens][inputs]`.
static Value makeTokenMajor(OpBuilder &builder, Location loc,
                            LinearLayer &layer) {
  Value input = layer.input;
  auto type = cast<RankedTensorType>(input.getType());
  if (layer.inputIsFeatureMajor) {
    SmallVector<OpFoldResult> sizes =
        tensor::getMixedSizes(builder, loc, input);
    std::swap(sizes[0], sizes[1]);
    Value init =
        tensor::EmptyOp::create(builder, loc, sizes, type.getElementType());
    return linalg::TransposeOp::create(builder, loc, input, init,
                                       ArrayRef<int64_t>{1, 0})
        .getResult()[0];
  }
  if (layer.tokenDims == 1)
    return input;
  if (layer.tokenDims == 0) {
    auto matrix =
        RankedTensorType::get({1, layer.inputs}, type.getElementType());
    return tensor::ExpandShapeOp::create(
        builder, loc, matrix, input, ArrayRef<ReassociationIndices>{{0, 1}});
  }
  SmallVector<ReassociationIndices> groups(2);
  for (int64_t dim = 0; dim < layer.tokenDims; ++dim)
    groups[0].push_back(dim);
  groups[1].push_back(layer.tokenDims);
  return tensor::CollapseShapeOp::create(builder, loc, input, groups);
}

/// The product `[tokens][outputs]` in the shape that the layer had.
static Value restoreShape(OpBuilder &builder, Location loc, LinearLayer &layer,
                          Value product) {
  auto type = cast<RankedTensorType>(layer.op->getResult(0).getType());
  Value init = layer.op.getDpsInits()[0];
  if (layer.resultIsFeatureMajor) {
    Value empty = tensor::EmptyOp::create(
        builder, loc, tensor::getMixedSizes(builder, loc, init),
        type.getElementType());
    return linalg::TransposeOp::create(builder, loc, product, empty,
                                       ArrayRef<int64_t>{1, 0})
        .getResult()[0];
  }
  if (layer.tokenDims == 0)
    return tensor::CollapseShapeOp::create(
        builder, loc, product, ArrayRef<ReassociationIndices>{{0, 1}});
  if (layer.tokenDims > 1) {
    SmallVector<ReassociationIndices> groups(2);
    for (int64_t dim = 0; dim < layer.tokenDims; ++dim)
      groups[0].push_back(dim);
    groups[1].push_back(layer.tokenDims);
    product = tensor::ExpandShapeOp::create(
        builder, loc, type, product, groups,
        tensor::getMixedSizes(builder, loc, init));
  }
  if (product.getType() != type)
    product = tensor::CastOp::create(builder, loc, type, product);
  return product;
}

/// `product` plus what the contraction was to be added to.
static Value addTo(OpBuilder &builder, Location loc, Value product,
                   Value addend) {
  auto type = cast<RankedTensorType>(product.getType());
  AffineMap identity = builder.getMultiDimIdentityMap(type.getRank());
  SmallVector<utils::IteratorType> parallel(type.getRank(),
                                            utils::IteratorType::parallel);
  Value init = tensor::EmptyOp::create(
      builder, loc, tensor::getMixedSizes(builder, loc, product),
      type.getElementType());
  return linalg::GenericOp::create(
             builder, loc, type, ValueRange{product, addend}, init,
             ArrayRef{identity, identity, identity}, parallel,
             [](OpBuilder &nested, Location at, ValueRange args) {
               Value sum = arith::AddFOp::create(nested, at, args[0], args[1]);
               linalg::YieldOp::create(nested, at, sum);
             })
      .getResult(0);
}

namespace {
/// A layer that could be sparse.
struct Candidate {
  LinearLayer layer;
  /// `function.number`, counted over all of the function's candidates, so that
  /// a choice does not rename the others.
  std::string name;
  LayerOverride settings;
  /// Why it stays dense; empty if it does not.
  std::string exclusion;
};

struct Select : public mlir::hinm::impl::HINMSelectBase<Select> {
  using HINMSelectBase::HINMSelectBase;

  void runOnOperation() override;

private:
  LogicalResult checkOptions();
  /// Why the user's options leave `layer` dense; empty if they do not.
  std::string getExclusion(LinearLayer &layer) const;
  SmallVector<Candidate> findCandidates();
  LogicalResult applyOverrides(MutableArrayRef<Candidate> candidates);
  LogicalResult rewrite(Candidate &candidate);

  /// Contractions that cannot be sparse, and why.
  SmallVector<std::pair<Operation *, std::string>> skipped;

  std::pair<int64_t, int64_t> nmPair;
};
} // namespace

LogicalResult Select::checkOptions() {
  Location module = getOperation().getLoc();
  if (vector < 1)
    return mlir::emitError(module) << "option 'vector' is " << int64_t(vector)
                                   << ", expected a positive number";
  if (!(columnSparsity >= 0.0 && columnSparsity < 1.0))
    return mlir::emitError(module)
           << "option 'column-sparsity' is " << double(columnSparsity)
           << ", expected a number from 0 up to, but not "
              "including, 1";
  FailureOr<std::pair<int64_t, int64_t>> parsed = parseNM(nm);
  if (failed(parsed) || parsed->first < 1 || parsed->first >= parsed->second)
    return mlir::emitError(module)
           << "option 'nm' is '" << nm
           << "', expected N:M with 0 < N < M, such as 2:4";
  nmPair = *parsed;
  if (storage != "auto" && storage != "f16" && storage != "bf16")
    return mlir::emitError(module) << "option 'storage' is '" << storage
                                   << "', expected auto, f16 or bf16";
  std::string error;
  if (!layers.empty() && !llvm::Regex(layers).isValid(error))
    return mlir::emitError(module)
           << "option 'layers' is '" << layers
           << "', which is no regular expression: " << error;
  return success();
}

std::string Select::getExclusion(LinearLayer &layer) const {
  auto function = layer.op->getParentOfType<FunctionOpInterface>();
  llvm::Regex pattern(layers);
  if (!layers.empty() && !pattern.match(toString(layer.op->getLoc())) &&
      !(function && pattern.match(function.getName())))
    return "neither its location nor its function matches '" + layers + "'";
  int64_t size = layer.outputs * layer.inputs;
  if (size < minSize)
    return "its weight has " + std::to_string(size) +
           " elements, fewer than 'min-size'";
  if (layer.outputs == 0 || layer.inputs == 0)
    return "its weight is empty";
  return {};
}

LogicalResult Select::rewrite(Candidate &candidate) {
  LinearLayer &layer = candidate.layer;
  layer.input = stripWidening(layer.input);
  Location loc = layer.op->getLoc();
  OpBuilder builder(layer.op);
  auto emitError = [&] { return mlir::emitError(loc); };
  ElementsAttr weight = layer.weight;
  if (layer.isTransposed) {
    FailureOr<ElementsAttr> transposed = transposeConstant(weight, emitError);
    if (failed(transposed))
      return failure();
    weight = *transposed;
  } else if (failed(readBytes(weight, emitError))) {
    return failure();
  }
  Value source =
      arith::ConstantOp::create(builder, loc, cast<TypedAttr>(weight));
  const LayerOverride &settings = candidate.settings;
  int64_t columns = ::hinm::format::keptColumns(
      layer.inputs, settings.columnSparsity.value_or(columnSparsity),
      nmPair.second);
  auto encoding =
      EncodingAttr::get(&getContext(), settings.vector.value_or(vector),
                        columns, nmPair.first, nmPair.second);
  bool isBF16 = storage == "auto"
                    ? getElementTypeOrSelf(layer.input.getType()).isBF16()
                    : storage == "bf16";
  Type half = isBF16 ? Type(builder.getBF16Type()) : builder.getF16Type();
  auto encoded =
      RankedTensorType::get({layer.outputs, layer.inputs}, half, encoding);
  auto encode =
      EncodeOp::create(builder, loc, encoded, source,
                       /*row_order=*/nullptr, /*vector_index=*/nullptr);
  encode->setDiscardableAttr("hinm.layer",
                             builder.getStringAttr(candidate.name));
  if (settings.strategy)
    encode->setDiscardableAttr(strategyAttrName,
                               builder.getStringAttr(*settings.strategy));

  Value tokenMajor = makeTokenMajor(builder, loc, layer);
  Value input = createToFeatureMajor(builder, loc, tokenMajor, half);
  Type resultType = getElementTypeOrSelf(layer.op->getResult(0).getType());
  Value init = tensor::EmptyOp::create(
      builder, loc,
      ArrayRef<OpFoldResult>{builder.getIndexAttr(layer.outputs),
                             tensor::getMixedSize(builder, loc, input, 1)},
      resultType);
  Value product = MatmulOp::create(builder, loc, init.getType(), encode, input,
                                   /*epilogue_operands=*/ValueRange(), init,
                                   /*row_index=*/nullptr)
                      .getResult();
  Value result = createToTokenMajor(
      builder, loc, product, tensor::getMixedSize(builder, loc, tokenMajor, 0),
      resultType);
  result = restoreShape(builder, loc, layer, result);
  if (layer.addend)
    result = addTo(builder, loc, result, layer.addend);
  layer.op->getResult(0).replaceAllUsesWith(result);
  layer.op->erase();
  return success();
}

SmallVector<Candidate> Select::findCandidates() {
  SmallVector<Candidate> candidates;
  llvm::StringMap<int64_t> layersOfFunction;
  getOperation().walk([&](linalg::LinalgOp op) {
    std::string reason;
    std::optional<LinearLayer> layer = matchLinearLayer(op, reason);
    if (!layer) {
      if (!reason.empty())
        skipped.push_back({op, reason});
      return;
    }
    auto function = op->getParentOfType<FunctionOpInterface>();
    StringRef prefix = function ? function.getName() : "layer";
    std::string name = (prefix + "." + Twine(layersOfFunction[prefix]++)).str();
    candidates.push_back({*layer, name, {}, getExclusion(*layer)});
  });
  return candidates;
}

LogicalResult Select::applyOverrides(MutableArrayRef<Candidate> candidates) {
  if (overrides.empty())
    return success();
  SmallVector<StringRef> names;
  for (Candidate &candidate : candidates)
    names.push_back(candidate.name);
  auto emitError = [&] { return mlir::emitError(getOperation().getLoc()); };
  FailureOr<llvm::StringMap<LayerOverride>> settings =
      readLayerOverrides(overrides, names, emitError);
  if (failed(settings))
    return failure();
  for (Candidate &candidate : candidates) {
    auto found = settings->find(candidate.name);
    if (found == settings->end())
      continue;
    candidate.settings = found->second;
    if (candidate.settings.dense)
      candidate.exclusion = "'" + overrides + "' says so";
    else if (!candidate.exclusion.empty())
      return mlir::emitError(candidate.layer.op->getLoc())
             << "'" << overrides << "' has settings for layer '"
             << candidate.name << "', which stays dense: "
             << candidate.exclusion;
  }
  return success();
}

void Select::runOnOperation() {
  if (failed(checkOptions()))
    return signalPassFailure();
  SmallVector<Candidate> candidates = findCandidates();
  if (failed(applyOverrides(candidates)))
    return signalPassFailure();
  for (Candidate &candidate : candidates)
    if (!candidate.exclusion.empty())
      skipped.push_back({candidate.layer.op, candidate.exclusion});
  llvm::erase_if(candidates, [](const Candidate &candidate) {
    return !candidate.exclusion.empty();
  });
  numSelected += candidates.size();
  numSkipped += skipped.size();
  if (candidates.empty() && !allowNone) {
    InFlightDiagnostic diagnostic =
        mlir::emitError(getOperation().getLoc())
        << "found no linear layer to make sparse; expected a contraction of "
           "activations with a constant weight";
    for (auto &[op, reason] : skipped)
      diagnostic.attachNote(op->getLoc()) << "this one stays dense: " << reason;
    return signalPassFailure();
  }
  for (Candidate &candidate : candidates) {
    // Where a layer reads another one's result, that has been replaced.
    std::string reason;
    std::optional<LinearLayer> layer =
        matchLinearLayer(candidate.layer.op, reason);
    assert(layer && "rewriting one layer does not change what another is");
    candidate.layer = *layer;
    if (failed(rewrite(candidate)))
      return signalPassFailure();
  }
}

//===- GyroPermute.cpp - chooses kept columns and orders --------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ChannelOrders.h"
#include "Constants.h"
#include "LayerOverrides.h"

#include "hinm/Dialect/HINM/IR/HINM.h"
#include "hinm/Dialect/HINM/Transforms/Passes.h"
#include "hinm/Permutation/Search.h"

#include "mlir/IR/Builders.h"

namespace mlir::hinm {
#define GEN_PASS_DEF_HINMGYROPERMUTE
#include "hinm/Dialect/HINM/Transforms/Passes.h.inc"
} // namespace mlir::hinm

using namespace mlir;
using namespace mlir::hinm;

namespace permutation = ::hinm::permutation;
using ::hinm::format::MatrixView;

/// What the search found, for reports.
static DictionaryAttr describe(OpBuilder &builder,
                               const permutation::Result &result,
                               permutation::Strategy strategy) {
  auto number = [&](StringRef name, double value) {
    return builder.getNamedAttr(name, builder.getF64FloatAttr(value));
  };
  return builder.getDictionaryAttr(
      {number("retained", result.retained),
       number("retained_bound", result.retainedBound),
       number("retained_none", result.retainedIdentity),
       number("seconds", result.statistics.seconds),
       builder.getNamedAttr(
           "strategy", builder.getStringAttr(permutation::name(strategy)))});
}

/// Behind each product of `encode`, whose rows now stand in tile order, a
/// permute restores the order that the program expects; a product with an
/// epilogue stores its rows in that order.
static void restoreOrder(EncodeOp encode, ArrayRef<int64_t> rowOrder) {
  Order inverse = invert(rowOrder);
  for (Operation *user : llvm::make_early_inc_range(encode->getUsers())) {
    auto matmul = cast<MatmulOp>(user);
    if (matmul.getRowIndex() || !matmul.getEpilogueOperands().empty()) {
      // What it reads beside the sum stands at the rows of its result.
      matmul.setRowIndex(matmul.getRowIndex()
                             ? compose(*matmul.getRowIndex(), rowOrder)
                             : Order(rowOrder));
      continue;
    }
    OpBuilder builder(user->getContext());
    builder.setInsertionPointAfter(user);
    Value product = user->getResult(0);
    auto permute = PermuteOp::create(builder, user->getLoc(), product.getType(),
                                     product, /*dim=*/0, inverse);
    product.replaceAllUsesExcept(permute, permute);
  }
}

namespace {
struct GyroPermute : public mlir::hinm::impl::HINMGyroPermuteBase<GyroPermute> {
  using HINMGyroPermuteBase::HINMGyroPermuteBase;

  void runOnOperation() override {
    auto parsed = permutation::parseStrategy(std::string(strategy));
    if (!parsed) {
      mlir::emitError(getOperation().getLoc())
          << "option 'strategy': " << parsed.error().message;
      return signalPassFailure();
    }
    WalkResult walk = getOperation().walk([&](EncodeOp encode) -> WalkResult {
      // A choice that was made stands.
      return encode.getVectorIndex() ? success() : choose(encode, *parsed);
    });
    if (walk.wasInterrupted())
      signalPassFailure();
  }

private:
  LogicalResult choose(EncodeOp encode, permutation::Strategy chosen);
  LogicalResult search(EncodeOp encode, MatrixView weight,
                       permutation::Strategy chosen, MatrixView saliency);
};
} // namespace

/// Sets to zero what the pattern drops of the weight by a saliency that is not
/// |w|: then the largest |w| of each group are what the saliency keeps.
static void keepSupport(EncodeOp encode, MatrixView weight,
                        MatrixView saliency, const permutation::Result &found) {
  std::vector<uint8_t> mask =
      permutation::supportMask(saliency, encode.getEncoding().getPattern(),
                               found.rowOrder, found.vectorIndex);
  std::vector<float> kept(weight.data, weight.data + mask.size());
  for (auto [value, isKept] : llvm::zip_equal(kept, mask))
    value = isKept ? value : 0.0f;
  OpBuilder builder(encode);
  auto type = RankedTensorType::get({weight.rows, weight.columns},
                                    builder.getF32Type());
  encode.getSourceMutable().assign(arith::ConstantOp::create(
      builder, encode.getLoc(),
      cast<TypedAttr>(makeConstant(type, kept, "hinm.supported"))));
}

LogicalResult GyroPermute::choose(EncodeOp encode,
                                  permutation::Strategy chosen) {
  auto emitError = [&] { return encode.emitError(); };
  if (auto own = encode->getAttrOfType<StringAttr>(strategyAttrName)) {
    auto parsed = permutation::parseStrategy(own.str());
    if (!parsed)
      return encode.emitError() << parsed.error().message;
    chosen = *parsed;
  }
  ElementsAttr weight = getConstant(encode.getSource());
  if (!weight)
    return encode.emitError()
           << "the weight is not constant, so no permutation "
              "can be searched for it at compile time";
  FailureOr<std::vector<float>> elements = readFloats(weight, emitError);
  if (failed(elements))
    return failure();
  auto viewOf = [](ElementsAttr matrix, const std::vector<float> &data) {
    ArrayRef<int64_t> shape = matrix.getShapedType().getShape();
    return MatrixView{data.data(), shape[0], shape[1]};
  };
  MatrixView view = viewOf(weight, *elements);
  Attribute attribute = encode->getAttr(saliencyAttrName);
  if (!attribute)
    return search(encode, view, chosen, {});
  auto saliency = dyn_cast<ElementsAttr>(attribute);
  if (!saliency || saliency.getShapedType().getRank() != 2)
    return encode.emitError()
           << "'" << saliencyAttrName << "' is no constant matrix";
  FailureOr<std::vector<float>> judged = readFloats(saliency, emitError);
  if (failed(judged))
    return failure();
  encode->removeDiscardableAttr(saliencyAttrName);
  return search(encode, view, chosen, viewOf(saliency, *judged));
}

LogicalResult GyroPermute::search(EncodeOp encode, MatrixView weight,
                                  permutation::Strategy chosen,
                                  MatrixView saliency) {
  permutation::Options options;
  options.strategy = chosen;
  options.seed = seed;
  options.threads = threads;
  auto found = permutation::search(
      weight, encode.getEncoding().getPattern(), options, saliency);
  if (!found)
    return encode.emitError()
           << "the weight cannot be permuted: " << found.error().message;
  ++numSearched;
  OpBuilder builder(encode);
  auto indexType =
      RankedTensorType::get({encode.getEncoding().getNumTiles(weight.rows),
                             encode.getEncoding().getColumns()},
                            builder.getI32Type());
  encode.setVectorIndexAttr(
      makeConstant(indexType, found->vectorIndex, "vector_index"));
  encode->setDiscardableAttr("hinm.search", describe(builder, *found, chosen));
  if (saliency.data)
    keepSupport(encode, weight, saliency, *found);
  if (!isIdentity(found->rowOrder)) {
    for (Operation *user : encode->getUsers())
      if (!isa<MatmulOp>(user))
        return encode.emitError()
               << "its rows were reordered, but '" << user->getName()
               << "' uses it, whose order cannot be restored; expected only "
                  "products";
    encode.setRowOrder(found->rowOrder);
    restoreOrder(encode, found->rowOrder);
  }
  return success();
}

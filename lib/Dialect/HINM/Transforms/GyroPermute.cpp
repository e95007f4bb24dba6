//===- GyroPermute.cpp - chooses kept columns and orders --------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Constants.h"

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
/// permute restores the order that the program expects.
static void restoreOrder(EncodeOp encode, ArrayRef<int64_t> rowOrder) {
  SmallVector<int64_t> inverse(rowOrder.size());
  for (auto [place, row] : llvm::enumerate(rowOrder))
    inverse[row] = place;
  for (Operation *user : llvm::make_early_inc_range(encode->getUsers())) {
    OpBuilder builder(user->getContext());
    builder.setInsertionPointAfter(user);
    Value product = user->getResult(0);
    auto permute = PermuteOp::create(builder, user->getLoc(), product.getType(),
                                     product, /*dim=*/0, inverse);
    product.replaceAllUsesExcept(permute, permute);
  }
}

static bool isIdentity(ArrayRef<int64_t> order) {
  for (auto [place, entry] : llvm::enumerate(order))
    if (static_cast<int64_t>(place) != entry)
      return false;
  return true;
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
};
} // namespace

LogicalResult GyroPermute::choose(EncodeOp encode,
                                  permutation::Strategy chosen) {
  ElementsAttr weight = getConstant(encode.getSource());
  if (!weight)
    return encode.emitError()
           << "the weight is not constant, so no permutation "
              "can be searched for it at compile time";
  FailureOr<std::vector<float>> elements =
      readFloats(weight, [&] { return encode.emitError(); });
  if (failed(elements))
    return failure();
  ArrayRef<int64_t> shape = encode.getSource().getType().getShape();
  permutation::Options options;
  options.strategy = chosen;
  options.seed = seed;
  options.threads = threads;
  auto found =
      permutation::search(MatrixView{elements->data(), shape[0], shape[1]},
                          encode.getEncoding().getPattern(), options);
  if (!found)
    return encode.emitError()
           << "the weight cannot be permuted: " << found.error().message;
  ++numSearched;
  OpBuilder builder(encode);
  auto indexType =
      RankedTensorType::get({encode.getEncoding().getNumTiles(shape[0]),
                             encode.getEncoding().getColumns()},
                            builder.getI32Type());
  encode.setVectorIndexAttr(
      makeConstant(indexType, found->vectorIndex, "vector_index"));
  encode->setDiscardableAttr("hinm.search", describe(builder, *found, chosen));
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

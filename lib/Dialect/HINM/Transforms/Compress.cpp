//===- Compress.cpp - constant encodes to their storage ---------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Constants.h"

#include "hinm/Dialect/HINM/Transforms/Passes.h"
#include "hinm/Dialect/HINM/Transforms/Transforms.h"
#include "hinm/Format/Canonical.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Builders.h"

namespace mlir::hinm {
#define GEN_PASS_DEF_HINMCOMPRESS
#include "hinm/Dialect/HINM/Transforms/Passes.h.inc"
} // namespace mlir::hinm

using namespace mlir;
using namespace mlir::hinm;

namespace format = ::hinm::format;

LogicalResult mlir::hinm::compress(EncodeOp encode) {
  auto emitError = [&] { return encode.emitError(); };
  if (!encode.getVectorIndex())
    return emitError() << "'vector_index' has not been chosen; run "
                          "'hinm-gyro-permute' first";
  ElementsAttr source = getConstant(encode.getSource());
  if (!source)
    return emitError() << "the weight is not constant";
  Type elementType = encode.getResult().getType().getElementType();
  if (!elementType.isF16() && !elementType.isBF16())
    return emitError() << "storage of " << elementType
                       << " is not supported, expected f16 or bf16";
  FailureOr<std::vector<float>> weight = readFloats(source, emitError);
  if (failed(weight))
    return failure();
  FailureOr<std::vector<int32_t>> index =
      readIndices(*encode.getVectorIndex(), emitError);
  if (failed(index))
    return failure();
  ArrayRef<int64_t> shape = encode.getSource().getType().getShape();
  ArrayRef<int64_t> rowOrder =
      encode.getRowOrder() ? *encode.getRowOrder() : ArrayRef<int64_t>();
  format::Pattern pattern = encode.getEncoding().getPattern();
  auto storage = format::encode(
      format::MatrixView{weight->data(), shape[0], shape[1]}, pattern,
      format::ArrayView<int64_t>(rowOrder.data(), rowOrder.size()), *index,
      elementType.isF16() ? format::ElementType::F16
                          : format::ElementType::BF16);
  if (!storage)
    return emitError() << "the weight cannot be stored: "
                       << storage.error().message;

  OpBuilder builder(encode);
  Location loc = encode.getLoc();
  std::string name = "hinm";
  if (auto layer = encode->getAttrOfType<StringAttr>("hinm.layer"))
    name = layer.str();
  auto constant = [&](const auto &elements, Type type, int64_t rows,
                      int64_t columns, StringRef part) -> Value {
    auto tensor = RankedTensorType::get({rows, columns}, type);
    ElementsAttr attr = makeConstant(tensor, elements, name + "." + part.str());
    return arith::ConstantOp::create(builder, loc, cast<TypedAttr>(attr));
  };
  int64_t rows = storage->paddedRows();
  Value values = constant(storage->values, elementType, rows,
                          pattern.valuesPerRow(), "values");
  Value metadata = constant(storage->metadata, builder.getI8Type(), rows,
                            pattern.metadataBytesPerRow(), "metadata");
  Value vectorIndex =
      constant(storage->vectorIndex, builder.getI32Type(), storage->tiles(),
               pattern.columns, "vector_index");
  auto assemble = AssembleOp::create(builder, loc, encode.getResult().getType(),
                                     values, metadata, vectorIndex);
  assemble->setDiscardableAttrs(encode->getDiscardableAttrDictionary());
  encode.getResult().replaceAllUsesWith(assemble);
  encode.erase();
  return success();
}

namespace {
struct Compress : public mlir::hinm::impl::HINMCompressBase<Compress> {
  void runOnOperation() override {
    SmallVector<EncodeOp> encodes;
    getOperation().walk([&](EncodeOp encode) { encodes.push_back(encode); });
    for (EncodeOp encode : encodes) {
      Operation *source = encode.getSource().getDefiningOp();
      if (failed(compress(encode)))
        return signalPassFailure();
      ++numCompressed;
      if (source && source->use_empty())
        source->erase();
    }
  }
};
} // namespace

//===- Saliency.cpp - saliency from a file ----------------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Saliency.h"

#include "hinm/Dialect/HINM/IR/HINM.h"
#include "hinm/Dialect/HINM/Transforms/Suggest.h"
#include "hinm/Dialect/HINM/Transforms/Transforms.h"
#include "hinm/Runtime/SafeTensors.h"

#include "mlir/IR/AsmState.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectResourceBlobManager.h"

using namespace mlir;
using namespace mlir::hinm;
namespace runtime = ::hinm::runtime;

static Type getFloatType(Builder &builder, runtime::ElementType type) {
  switch (type) {
  case runtime::ElementType::F16:
    return builder.getF16Type();
  case runtime::ElementType::BF16:
    return builder.getBF16Type();
  case runtime::ElementType::F32:
    return builder.getF32Type();
  case runtime::ElementType::F64:
    return builder.getF64Type();
  default:
    return {};
  }
}

LogicalResult mlir::hinm::attachSaliency(ModuleOp module, StringRef path) {
  auto file = runtime::SafeTensors::open(path.str());
  if (file.failed())
    return mlir::emitError(module.getLoc()) << file.message();
  llvm::StringMap<EncodeOp> layers;
  SmallVector<StringRef> names;
  module.walk([&](EncodeOp encode) {
    if (auto name = encode->getAttrOfType<StringAttr>("hinm.layer")) {
      layers[name.getValue()] = encode;
      names.push_back(name.getValue());
    }
  });
  Builder builder(module.getContext());
  for (const auto &[name, tensor] : file->tensors()) {
    EncodeOp encode = layers.lookup(name);
    if (!encode)
      return mlir::emitError(module.getLoc())
             << "'" << path << "' holds '" << name
             << "', but no sparse layer has that name" << suggest(name, names);
    Type elementType = getFloatType(builder, tensor.type);
    if (!elementType)
      return encode.emitError() << "'" << path << "' holds the saliency of '"
                                << name << "' in a type that is no float";
    ArrayRef<int64_t> shape = encode.getSource().getType().getShape();
    if (ArrayRef<int64_t>(tensor.shape) != shape) {
      InFlightDiagnostic diagnostic = encode.emitError();
      diagnostic << "'" << path << "' holds a saliency of shape [";
      llvm::interleaveComma(tensor.shape, diagnostic);
      return diagnostic << "] for layer '" << name
                        << "', whose weight has shape [" << shape << "]";
    }
    AsmResourceBlob blob = HeapAsmResourceBlob::allocateAndCopyWithAlign(
        ArrayRef(reinterpret_cast<const char *>(tensor.data), tensor.bytes),
        /*align=*/64);
    encode->setDiscardableAttr(
        saliencyAttrName, DenseResourceElementsAttr::get(
                              RankedTensorType::get(shape, elementType),
                              "saliency", std::move(blob)));
  }
  return success();
}

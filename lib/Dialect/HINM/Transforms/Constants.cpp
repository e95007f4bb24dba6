//===- Constants.cpp - reading and making constant tensors ------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Constants.h"

#include "hinm/Format/Float16.h"

#include "mlir/IR/AsmState.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::hinm;

/// Constants up to this size are printed in the IR's text.
static constexpr size_t maxInlineBytes = 4096;

ElementsAttr mlir::hinm::getConstant(Value value) {
  ElementsAttr elements;
  if (matchPattern(value, m_Constant(&elements)))
    return elements;
  return {};
}

/// The raw data of a resource, checked against its type.
static FailureOr<ArrayRef<char>>
getResourceBytes(DenseResourceElementsAttr resource,
                 function_ref<InFlightDiagnostic()> emitError) {
  AsmResourceBlob *blob = resource.getRawHandle().getBlob();
  if (!blob)
    return emitError() << "resource '" << resource.getRawHandle().getKey()
                       << "' has no data in this file";
  ShapedType type = resource.getShapedType();
  size_t expected =
      type.getNumElements() *
      llvm::divideCeil(type.getElementTypeBitWidth(), unsigned(CHAR_BIT));
  if (blob->getData().size() != expected)
    return emitError() << "resource '" << resource.getRawHandle().getKey()
                       << "' holds " << blob->getData().size()
                       << " bytes, but its type " << type << " takes "
                       << expected;
  return blob->getData();
}

FailureOr<std::vector<char>>
mlir::hinm::readBytes(ElementsAttr elements,
                      function_ref<InFlightDiagnostic()> emitError) {
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(elements)) {
    FailureOr<ArrayRef<char>> bytes = getResourceBytes(resource, emitError);
    if (failed(bytes))
      return failure();
    return std::vector<char>(bytes->begin(), bytes->end());
  }
  auto dense = dyn_cast<DenseElementsAttr>(elements);
  if (!dense)
    return emitError()
           << "expected a 'dense' or 'dense_resource' constant, but "
              "got "
           << elements;
  if (dense.getElementType().isInteger(1)) {
    std::vector<char> bytes;
    for (bool value : dense.getValues<bool>())
      bytes.push_back(value);
    return bytes;
  }
  ArrayRef<char> raw = dense.getRawData();
  std::vector<char> bytes(raw.begin(), raw.end());
  if (dense.isSplat()) {
    bytes.clear();
    for (int64_t i = 0, e = dense.getNumElements(); i < e; ++i)
      bytes.insert(bytes.end(), raw.begin(), raw.end());
  }
  return bytes;
}

template <typename T, typename Convert>
static std::vector<float> convertAll(ArrayRef<char> bytes, Convert convert) {
  std::vector<float> result(bytes.size() / sizeof(T));
  for (size_t i = 0; i < result.size(); ++i) {
    T element;
    memcpy(&element, bytes.data() + i * sizeof(T), sizeof(T));
    result[i] = convert(element);
  }
  return result;
}

FailureOr<std::vector<float>>
mlir::hinm::readFloats(ElementsAttr elements,
                       function_ref<InFlightDiagnostic()> emitError) {
  FailureOr<std::vector<char>> bytes = readBytes(elements, emitError);
  if (failed(bytes))
    return failure();
  using ::hinm::format::ElementType;
  Type type = elements.getElementType();
  if (type.isF32())
    return convertAll<float>(*bytes, [](float x) { return x; });
  if (type.isF64())
    return convertAll<double>(*bytes, [](double x) { return float(x); });
  if (type.isF16())
    return convertAll<uint16_t>(
        *bytes, [](uint16_t x) { return ::hinm::format::halfToFloat(x); });
  if (type.isBF16())
    return convertAll<uint16_t>(
        *bytes, [](uint16_t x) { return ::hinm::format::bfloat16ToFloat(x); });
  return emitError() << "expected a constant of f16, bf16, f32 or f64, but got "
                     << type;
}

ElementsAttr mlir::hinm::makeConstant(RankedTensorType type,
                                      ArrayRef<char> bytes, StringRef name) {
  if (bytes.size() <= maxInlineBytes)
    return DenseElementsAttr::getFromRawBuffer(type, bytes);
  AsmResourceBlob blob =
      HeapAsmResourceBlob::allocateAndCopyWithAlign(bytes, /*align=*/64);
  return DenseResourceElementsAttr::get(type, name, std::move(blob));
}

FailureOr<ElementsAttr>
mlir::hinm::transposeConstant(ElementsAttr elements,
                              function_ref<InFlightDiagnostic()> emitError) {
  FailureOr<std::vector<char>> bytes = readBytes(elements, emitError);
  if (failed(bytes))
    return failure();
  ShapedType type = elements.getShapedType();
  int64_t rows = type.getDimSize(0), columns = type.getDimSize(1);
  size_t width = type.getElementTypeBitWidth() / CHAR_BIT;
  std::vector<char> transposed(bytes->size());
  for (int64_t row = 0; row < rows; ++row)
    for (int64_t column = 0; column < columns; ++column)
      memcpy(transposed.data() + (column * rows + row) * width,
             bytes->data() + (row * columns + column) * width, width);
  return makeConstant(
      RankedTensorType::get({columns, rows}, type.getElementType()), transposed,
      "transposed");
}

bool mlir::hinm::canPermuteConstant(ElementsAttr elements) {
  if (!isa_and_nonnull<DenseElementsAttr, DenseResourceElementsAttr>(elements))
    return false;
  Type type = elements.getElementType();
  return type.isIntOrFloat() &&
         (type.getIntOrFloatBitWidth() % CHAR_BIT == 0 || type.isInteger(1));
}

FailureOr<ElementsAttr>
mlir::hinm::permuteConstant(ElementsAttr elements, int64_t dim,
                            ArrayRef<int64_t> order,
                            function_ref<InFlightDiagnostic()> emitError) {
  ShapedType type = elements.getShapedType();
  if (auto dense = dyn_cast<DenseElementsAttr>(elements);
      dense && dense.isSplat())
    return elements;
  FailureOr<std::vector<char>> bytes = readBytes(elements, emitError);
  if (failed(bytes))
    return failure();
  // Rows of `run` contiguous bytes along `dim`, `size` of them for each index of
  // the dimensions before it.
  size_t run = llvm::divideCeil(type.getElementTypeBitWidth(), CHAR_BIT);
  for (int64_t inner : type.getShape().drop_front(dim + 1))
    run *= inner;
  size_t size = order.size();
  std::vector<char> result(bytes->size());
  for (size_t base = 0; base < bytes->size(); base += run * size)
    for (size_t place = 0; place < size; ++place)
      memcpy(result.data() + base + place * run,
             bytes->data() + base + order[place] * run, run);
  // Dense attributes pack booleans; `readBytes` gave a byte to each.
  if (isa<DenseElementsAttr>(elements) && type.getElementType().isInteger(1)) {
    SmallVector<bool> flags(result.begin(), result.end());
    return ElementsAttr(DenseElementsAttr::get(type, flags));
  }
  return makeConstant(cast<RankedTensorType>(type), result, "hinm.permuted");
}

FailureOr<std::vector<int32_t>>
mlir::hinm::readIndices(ElementsAttr elements,
                        function_ref<InFlightDiagnostic()> emitError) {
  FailureOr<std::vector<char>> bytes = readBytes(elements, emitError);
  if (failed(bytes))
    return failure();
  std::vector<int32_t> indices(bytes->size() / sizeof(int32_t));
  memcpy(indices.data(), bytes->data(), bytes->size());
  return indices;
}

//===- HINMEncodedOps.cpp - verifiers of the encoded level ------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "HINMEpilogue.h"

#include "hinm/Dialect/HINM/IR/HINM.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/OpImplementation.h"
#include "llvm/ADT/BitVector.h"

using namespace mlir;
using namespace mlir::hinm;

/// The index of the first entry that keeps `order` from being a permutation of
/// 0..size-1, if there is one.
static std::optional<int64_t> findPermutationFault(ArrayRef<int64_t> order,
                                                   int64_t size) {
  llvm::BitVector seen(size);
  for (auto [place, entry] : llvm::enumerate(order)) {
    if (entry < 0 || entry >= size || seen.test(entry))
      return place;
    seen.set(entry);
  }
  return std::nullopt;
}

static bool hasShape(Value value, ArrayRef<int64_t> shape) {
  return cast<ShapedType>(value.getType()).getShape() == shape;
}

//===----------------------------------------------------------------------===//
// EncodeOp
//===----------------------------------------------------------------------===//

static LogicalResult verifyVectorIndex(EncodeOp op, DenseElementsAttr index) {
  int64_t inputs = op.getSource().getType().getDimSize(1);
  int64_t columns = op.getEncoding().getColumns();
  llvm::BitVector seen(inputs);
  for (auto [place, value] : llvm::enumerate(index.getValues<int32_t>())) {
    if (place % columns == 0)
      seen.reset();
    if (value == -1)
      continue;
    bool isChannel = value >= 0 && value < inputs;
    if (!isChannel || seen.test(value))
      return op.emitOpError()
             << "encode_c5: entry " << place % columns << " of tile "
             << place / columns << " of 'vector_index' is " << value
             << (isChannel ? ", which that tile names twice"
                           : ", expected -1 or one of the source's ")
             << (isChannel ? "" : std::to_string(inputs) + " columns");
    seen.set(value);
  }
  return success();
}

LogicalResult EncodeOp::verify() {
  auto source = getSource().getType();
  auto result = getResult().getType();
  EncodingAttr encoding = mlir::hinm::getEncoding(result);
  if (!encoding)
    return emitOpError()
           << "encode_c1: expected a result with '#hinm.encoding', "
              "but got "
           << result;
  if (source.getShape() != result.getShape() || mlir::hinm::getEncoding(source))
    return emitOpError()
           << "encode_c2: expected a dense source of the result's "
              "shape, but got "
           << source << " and " << result;
  int64_t rows = source.getDimSize(0);
  if (auto order = getRowOrder()) {
    if (!getVectorIndex())
      return emitOpError() << "encode_c6: 'row_order' is given without "
                              "'vector_index'";
    if (static_cast<int64_t>(order->size()) != rows)
      return emitOpError() << "encode_c3: 'row_order' has " << order->size()
                           << " entries, but the source has " << rows
                           << " rows";
    if (auto fault = findPermutationFault(*order, rows))
      return emitOpError() << "encode_c3: entry " << *fault
                           << " of 'row_order' is " << (*order)[*fault]
                           << ", which makes it no permutation of the " << rows
                           << " rows";
  }
  if (auto index = getVectorIndex()) {
    auto type = dyn_cast<RankedTensorType>(index->getShapedType());
    SmallVector<int64_t> expected = {encoding.getNumTiles(rows),
                                     encoding.getColumns()};
    if (!type || type.getShape() != ArrayRef(expected) ||
        !type.getElementType().isInteger(32))
      return emitOpError() << "encode_c4: 'vector_index' is of type "
                           << index->getShapedType() << ", expected tensor<"
                           << expected[0] << "x" << expected[1] << "xi32>";
    if (auto dense = dyn_cast<DenseElementsAttr>(*index))
      return verifyVectorIndex(*this, dense);
  }
  return success();
}

//===----------------------------------------------------------------------===//
// AssembleOp
//===----------------------------------------------------------------------===//

LogicalResult AssembleOp::verify() {
  auto result = getResult().getType();
  EncodingAttr encoding = mlir::hinm::getEncoding(result);
  if (!encoding)
    return emitOpError()
           << "assemble_c1: expected a result with '#hinm.encoding', "
              "but got "
           << result;
  ::hinm::format::Pattern pattern = encoding.getPattern();
  int64_t rows = pattern.paddedRows(result.getDimSize(0));
  if (!hasShape(getValues(), {rows, pattern.valuesPerRow()}) ||
      getValues().getType().getElementType() != result.getElementType())
    return emitOpError() << "assemble_c2: 'values' is of type "
                         << getValues().getType() << ", expected tensor<"
                         << rows << "x" << pattern.valuesPerRow() << "x"
                         << result.getElementType() << ">";
  if (!hasShape(getMetadata(), {rows, pattern.metadataBytesPerRow()}))
    return emitOpError() << "assemble_c3: 'metadata' is of type "
                         << getMetadata().getType() << ", expected tensor<"
                         << rows << "x" << pattern.metadataBytesPerRow()
                         << "xi8>";
  int64_t tiles = pattern.tiles(result.getDimSize(0));
  if (!hasShape(getVectorIndex(), {tiles, pattern.columns}))
    return emitOpError() << "assemble_c4: 'vector_index' is of type "
                         << getVectorIndex().getType() << ", expected tensor<"
                         << tiles << "x" << pattern.columns << "xi32>";
  return success();
}

//===----------------------------------------------------------------------===//
// DecodeOp, ValuesOp, MetadataOp, VectorIndexOp
//===----------------------------------------------------------------------===//

LogicalResult DecodeOp::verify() {
  auto source = getSource().getType();
  auto result = getResult().getType();
  if (!mlir::hinm::getEncoding(source) || mlir::hinm::getEncoding(result))
    return emitOpError()
           << "decode_c1: expected a source with '#hinm.encoding' and "
              "a result without, but got "
           << source << " and " << result;
  if (source.getShape() != result.getShape() ||
      source.getElementType() != result.getElementType())
    return emitOpError()
           << "decode_c2: expected the same shape and element type, "
              "but got "
           << source << " and " << result;
  return success();
}

/// Constraints part_c1 and part_c2; `getShape` gives the part's shape.
static LogicalResult verifyPart(
    Operation *op,
    function_ref<SmallVector<int64_t>(const ::hinm::format::Pattern &, int64_t)>
        getShape) {
  auto source = cast<RankedTensorType>(op->getOperand(0).getType());
  EncodingAttr encoding = mlir::hinm::getEncoding(source);
  if (!encoding)
    return op->emitOpError()
           << "part_c1: expected a source with '#hinm.encoding', "
              "but got "
           << source;
  SmallVector<int64_t> shape =
      getShape(encoding.getPattern(), source.getDimSize(0));
  if (!hasShape(op->getResult(0), shape))
    return op->emitOpError()
           << "part_c2: the result is of type " << op->getResult(0).getType()
           << ", expected the shape " << shape[0] << "x" << shape[1];
  return success();
}

LogicalResult ValuesOp::verify() {
  return verifyPart(*this, [](const auto &pattern, int64_t rows) {
    return SmallVector<int64_t>{pattern.paddedRows(rows),
                                pattern.valuesPerRow()};
  });
}

LogicalResult MetadataOp::verify() {
  return verifyPart(*this, [](const auto &pattern, int64_t rows) {
    return SmallVector<int64_t>{pattern.paddedRows(rows),
                                pattern.metadataBytesPerRow()};
  });
}

LogicalResult VectorIndexOp::verify() {
  return verifyPart(*this, [](const auto &pattern, int64_t rows) {
    return SmallVector<int64_t>{pattern.tiles(rows), pattern.columns};
  });
}

//===----------------------------------------------------------------------===//
// PermuteOp
//===----------------------------------------------------------------------===//

LogicalResult PermuteOp::verify() {
  auto type = cast<RankedTensorType>(getSource().getType());
  int64_t dim = getDim();
  if (dim >= type.getRank())
    return emitOpError() << "permute_c1: 'dim' is " << dim
                         << ", but the source has rank " << type.getRank();
  int64_t size = type.getDimSize(dim);
  if (static_cast<int64_t>(getOrder().size()) != size)
    return emitOpError() << "permute_c2: 'order' has " << getOrder().size()
                         << " entries, expected the size of dimension " << dim
                         << " of " << type;
  if (auto fault = findPermutationFault(getOrder(), size))
    return emitOpError() << "permute_c2: entry " << *fault << " of 'order' is "
                         << getOrder()[*fault]
                         << ", which makes it no permutation of " << size
                         << " places";
  if (mlir::hinm::getEncoding(type))
    return emitOpError()
           << "permute_c3: cannot permute an encoded tensor; give "
              "'hinm.encode' the order";
  return success();
}

//===----------------------------------------------------------------------===//
// MatmulOp
//===----------------------------------------------------------------------===//

LogicalResult MatmulOp::verify() {
  auto weight = getWeight().getType();
  auto input = getInput().getType();
  auto init = getInit().getType();
  if (!mlir::hinm::getEncoding(weight))
    return emitOpError()
           << "matmul_c1: expected a weight with '#hinm.encoding', but "
              "got "
           << weight;
  for (Value operand : getOperands().drop_front())
    if (mlir::hinm::getEncoding(operand.getType()))
      return emitOpError()
             << "matmul_c1: only the weight may be encoded, but found "
                "an operand of type "
             << operand.getType();
  if (failed(
          verifyCompatibleShape({input.getDimSize(0)}, {weight.getDimSize(1)})))
    return emitOpError() << "matmul_c2: the input has " << input.getDimSize(0)
                         << " rows, but the weight has " << weight.getDimSize(1)
                         << " columns";
  if (failed(verifyCompatibleShape(
          init.getShape(), {weight.getDimSize(0), input.getDimSize(1)})))
    return emitOpError() << "matmul_c3: 'init' is of type " << init
                         << ", but the product of " << weight << " and "
                         << input << " has another shape";
  if (auto index = getRowIndex()) {
    int64_t rows = weight.getDimSize(0);
    if (static_cast<int64_t>(index->size()) != rows)
      return emitOpError() << "matmul_c4: 'row_index' has " << index->size()
                           << " entries, but the result has " << rows
                           << " rows";
    if (auto fault = findPermutationFault(*index, rows))
      return emitOpError() << "matmul_c4: entry " << *fault
                           << " of 'row_index' is " << (*index)[*fault]
                           << ", which makes it no permutation of the " << rows
                           << " rows";
  }
  return verifyEpilogue(*this, getEpilogue(), getEpilogueOperands(),
                        getResult().getType());
}

LogicalResult
MatmulOp::reifyResultShapes(OpBuilder &builder,
                            ReifiedRankedShapedTypeDims &reified) {
  reified.push_back(tensor::getMixedSizes(builder, getLoc(), getInit()));
  return success();
}

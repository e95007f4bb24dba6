//===- HINMStorageOps.cpp - verifiers and effects of the storage level --*- C++
//-*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "HINMEpilogue.h"

#include "hinm/Dialect/HINM/IR/HINM.h"
#include "hinm/Format/FragmentStream.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/OpImplementation.h"

using namespace mlir;
using namespace mlir::hinm;

static ShapedType getShaped(Value value) {
  return cast<ShapedType>(value.getType());
}

Operation *mlir::hinm::cloneWithOperands(OpBuilder &builder, Operation *op,
                                         TypeRange resultTypes,
                                         ValueRange operands) {
  OperationState state(op->getLoc(), op->getName(), operands, resultTypes,
                       op->getAttrs());
  IRMapping mapping;
  for (Region &region : op->getRegions())
    region.cloneInto(state.addRegion(), mapping);
  return builder.create(state);
}

/// On memrefs inputs are read and inits are written; tensors have no effects.
static void
getStorageEffects(DestinationStyleOpInterface op,
                  SmallVectorImpl<MemoryEffects::EffectInstance> &effects) {
  for (OpOperand &operand : op->getOpOperands()) {
    if (!isa<MemRefType>(operand.get().getType()))
      continue;
    if (op.isDpsInit(&operand))
      effects.emplace_back(MemoryEffects::Write::get(), &operand);
    else
      effects.emplace_back(MemoryEffects::Read::get(), &operand);
  }
}

/// The rule that all storage ops share: tensors with a result or memrefs
/// without one.
static LogicalResult verifyTensorsOrMemrefs(Operation *op, Value init,
                                            StringRef id) {
  bool onTensors = isa<RankedTensorType>(init.getType());
  for (Value operand : op->getOperands())
    if (isa<RankedTensorType>(operand.getType()) != onTensors)
      return op->emitOpError()
             << id << ": mixes tensors and memrefs, found " << operand.getType()
             << " beside " << init.getType();
  if (onTensors != (op->getNumResults() == 1))
    return op->emitOpError()
           << id << ": expected "
           << (onTensors ? "a result for tensors" : "no result for memrefs");
  if (onTensors && op->getResult(0).getType() != init.getType())
    return op->emitOpError()
           << id << ": the result is of type " << op->getResult(0).getType()
           << ", but 'init' of " << init.getType();
  return success();
}

//===----------------------------------------------------------------------===//
// GatherMatmulOp
//===----------------------------------------------------------------------===//

void GatherMatmulOp::getEffects(
    SmallVectorImpl<MemoryEffects::EffectInstance> &effects) {
  getStorageEffects(*this, effects);
}

int64_t GatherMatmulOp::getNumRows() {
  if (getRowIndex())
    return getShaped(getRowIndex()).getDimSize(0);
  return getShaped(getInit()).getDimSize(0);
}

/// Constraint gather_matmul_c2.
static LogicalResult verifyCanonicalWeights(GatherMatmulOp op) {
  ::hinm::format::Pattern pattern = op.getEncoding().getPattern();
  if (op.getWeights().size() != 3)
    return op.emitOpError()
           << "gather_matmul_c2: expected values, metadata and "
              "vector index as weights, but got "
           << op.getWeights().size() << " operands";
  ShapedType values = getShaped(op.getWeights()[0]);
  ShapedType metadata = getShaped(op.getWeights()[1]);
  ShapedType index = getShaped(op.getWeights()[2]);
  int64_t rows = values.getDimSize(0);
  if (values.getDimSize(1) != pattern.valuesPerRow() ||
      !isa<FloatType>(values.getElementType()))
    return op.emitOpError()
           << "gather_matmul_c2: values of type " << values << ", expected "
           << pattern.valuesPerRow() << " floats a row";
  if (metadata.getShape() !=
          ArrayRef<int64_t>{rows, pattern.metadataBytesPerRow()} ||
      !metadata.getElementType().isInteger(8))
    return op.emitOpError()
           << "gather_matmul_c2: metadata of type " << metadata << ", expected "
           << rows << "x" << pattern.metadataBytesPerRow() << "xi8";
  if (index.getDimSize(1) != pattern.columns ||
      !index.getElementType().isInteger(32))
    return op.emitOpError()
           << "gather_matmul_c2: vector index of type " << index
           << ", expected " << pattern.columns << " i32 entries a tile";
  int64_t tiles = index.getDimSize(0);
  if (ShapedType::isStatic(rows) && rows != tiles * pattern.vector)
    return op.emitOpError()
           << "gather_matmul_c2: " << rows << " rows of values, but " << tiles
           << " tiles of " << pattern.vector << " rows in the vector index";
  int64_t outputs = op.getNumRows();
  if (ShapedType::isStatic(outputs) && ShapedType::isStatic(tiles) &&
      pattern.tiles(outputs) != tiles)
    return op.emitOpError() << "gather_matmul_c2: " << tiles
                            << " tiles in the vector index, but " << outputs
                            << " output rows need " << pattern.tiles(outputs);
  return success();
}

/// Constraint gather_matmul_c3.
static LogicalResult verifyStream(GatherMatmulOp op) {
  ::hinm::format::Pattern pattern = op.getEncoding().getPattern();
  int64_t lookahead = op.getStream()->getLookahead();
  if (auto error = ::hinm::format::verifyFragmentStream(pattern, lookahead))
    return op.emitOpError() << "gather_matmul_c3: " << error->message;
  int64_t bytes =
      ::hinm::format::fragmentStreamLayout(pattern, lookahead).tileBytes();
  if (op.getWeights().size() != 1)
    return op.emitOpError()
           << "gather_matmul_c3: expected one stream as weight, but "
              "got "
           << op.getWeights().size() << " operands";
  ShapedType stream = getShaped(op.getWeights()[0]);
  int64_t outputs = op.getNumRows();
  bool tilesFit = ShapedType::isDynamic(outputs) || stream.isDynamicDim(0) ||
                  stream.getDimSize(0) == pattern.tiles(outputs);
  if (!stream.getElementType().isInteger(8) || stream.getDimSize(1) != bytes ||
      !tilesFit)
    return op.emitOpError()
           << "gather_matmul_c3: stream of type " << stream << ", expected "
           << pattern.tiles(outputs) << "x" << bytes << "xi8";
  return success();
}

LogicalResult GatherMatmulOp::verify() {
  if (failed(verifyTensorsOrMemrefs(*this, getInit(), "gather_matmul_c1")))
    return failure();
  if (failed(getStream() ? verifyStream(*this) : verifyCanonicalWeights(*this)))
    return failure();
  ShapedType input = getShaped(getInput());
  ShapedType init = getShaped(getInit());
  if (failed(
          verifyCompatibleShape({init.getDimSize(1)}, {input.getDimSize(1)})))
    return emitOpError() << "gather_matmul_c4: 'init' has "
                         << init.getDimSize(1) << " columns, but the input has "
                         << input.getDimSize(1);
  if (getRowIndex()) {
    int64_t places = getShaped(getRowIndex()).getDimSize(0);
    int64_t rows = init.getDimSize(0);
    if (ShapedType::isStatic(rows) &&
        places != getEncoding().getPattern().paddedRows(rows))
      return emitOpError()
             << "gather_matmul_c5: 'row_index' has " << places
             << " entries, expected one for each row of the tiles of "
             << getEncoding().getVector() << " rows that hold the " << rows
             << " rows of 'init'";
  }
  if (auto schedule = getSchedule()) {
    if (!getStream() || schedule->getTileRows() != getEncoding().getVector() ||
        schedule->getStages() != getStream()->getLookahead() + 1)
      return emitOpError() << "gather_matmul_c6: the schedule " << *schedule
                           << " does not fit a stream of tiles of "
                           << getEncoding().getVector()
                           << " rows, with one stage "
                           << "more than its lookahead";
  }
  return verifyEpilogue(*this, getEpilogue(), getEpilogueOperands(), init);
}

LogicalResult
GatherMatmulOp::reifyResultShapes(OpBuilder &builder,
                                  ReifiedRankedShapedTypeDims &reified) {
  reified.push_back(tensor::getMixedSizes(builder, getLoc(), getInit()));
  return success();
}

//===----------------------------------------------------------------------===//
// ToFeatureMajorOp, ToTokenMajorOp
//===----------------------------------------------------------------------===//

static LogicalResult verifyLayout(Operation *op, Value tokenMajor,
                                  Value featureMajor, Value init) {
  if (failed(verifyTensorsOrMemrefs(op, init, "layout_c1")))
    return failure();
  ShapedType tokens = getShaped(tokenMajor);
  ShapedType features = getShaped(featureMajor);
  if (failed(verifyCompatibleShape({tokens.getDimSize(1)},
                                   {features.getDimSize(0)})))
    return op->emitOpError()
           << "layout_c2: " << tokens.getDimSize(1) << " features in " << tokens
           << ", but " << features.getDimSize(0) << " in " << features;
  int64_t count = tokens.getDimSize(0);
  int64_t columns = features.getDimSize(1);
  if (ShapedType::isStatic(count) && ShapedType::isStatic(columns) &&
      columns != paddedTokens(count))
    return op->emitOpError() << "layout_c3: " << features << " has " << columns
                             << " columns, expected " << paddedTokens(count)
                             << " for " << count << " tokens";
  return success();
}

LogicalResult ToFeatureMajorOp::verify() {
  return verifyLayout(*this, getInput(), getInit(), getInit());
}

void ToFeatureMajorOp::getEffects(
    SmallVectorImpl<MemoryEffects::EffectInstance> &effects) {
  getStorageEffects(*this, effects);
}

LogicalResult
ToFeatureMajorOp::reifyResultShapes(OpBuilder &builder,
                                    ReifiedRankedShapedTypeDims &reified) {
  reified.push_back(tensor::getMixedSizes(builder, getLoc(), getInit()));
  return success();
}

LogicalResult ToTokenMajorOp::verify() {
  return verifyLayout(*this, getInit(), getInput(), getInit());
}

void ToTokenMajorOp::getEffects(
    SmallVectorImpl<MemoryEffects::EffectInstance> &effects) {
  getStorageEffects(*this, effects);
}

LogicalResult
ToTokenMajorOp::reifyResultShapes(OpBuilder &builder,
                                  ReifiedRankedShapedTypeDims &reified) {
  reified.push_back(tensor::getMixedSizes(builder, getLoc(), getInit()));
  return success();
}

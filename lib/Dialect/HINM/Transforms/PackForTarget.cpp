//===- PackForTarget.cpp - weights in the order in which a kernel reads them
//--*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Constants.h"

#include "hinm/Dialect/HINM/IR/HINM.h"
#include "hinm/Dialect/HINM/IR/Schedule.h"
#include "hinm/Dialect/HINM/Transforms/Passes.h"
#include "hinm/Format/FragmentStream.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Builders.h"

namespace mlir::hinm {
#define GEN_PASS_DEF_HINMPACKFORTARGET
#include "hinm/Dialect/HINM/Transforms/Passes.h.inc"
} // namespace mlir::hinm

using namespace mlir;
using namespace mlir::hinm;

namespace format = ::hinm::format;

template <typename T>
static LogicalResult readInto(std::vector<T> &elements, ElementsAttr constant,
                              function_ref<InFlightDiagnostic()> emitError) {
  FailureOr<std::vector<char>> bytes = readBytes(constant, emitError);
  if (failed(bytes))
    return failure();
  elements.resize(bytes->size() / sizeof(T));
  memcpy(elements.data(), bytes->data(), bytes->size());
  return success();
}

/// The matrix that the weights of `op`, constants in canonical form, store.
static FailureOr<format::Canonical> readCanonical(GatherMatmulOp op) {
  auto emitError = [&] { return op.emitError(); };
  ElementsAttr parts[3];
  for (auto [part, weight] : llvm::zip_equal(parts, op.getWeights())) {
    part = getConstant(weight);
    if (!part)
      return emitError()
             << "the weight is not constant, so it cannot be packed "
                "at compile time";
  }
  format::Canonical matrix;
  matrix.pattern = op.getEncoding().getPattern();
  matrix.rows = op.getNumRows();
  matrix.inputs = cast<ShapedType>(op.getInput().getType()).getDimSize(0);
  matrix.type = parts[0].getElementType().isF16() ? format::ElementType::F16
                                                  : format::ElementType::BF16;
  if (failed(readInto(matrix.values, parts[0], emitError)) ||
      failed(readInto(matrix.metadata, parts[1], emitError)) ||
      failed(readInto(matrix.vectorIndex, parts[2], emitError)))
    return failure();
  if (auto error = format::verify(matrix))
    return emitError() << "the stored weight is not valid: " << error->message;
  return matrix;
}

namespace {
struct PackForTarget
    : public mlir::hinm::impl::HINMPackForTargetBase<PackForTarget> {
  using HINMPackForTargetBase::HINMPackForTargetBase;

  void runOnOperation() override {
    SmallVector<GatherMatmulOp> ops;
    getOperation().walk([&](GatherMatmulOp op) {
      if (!op.getStream())
        ops.push_back(op);
    });
    for (GatherMatmulOp op : ops)
      if (failed(pack(op)))
        return signalPassFailure();
  }

private:
  LogicalResult pack(GatherMatmulOp op);
};
} // namespace

LogicalResult PackForTarget::pack(GatherMatmulOp op) {
  FailureOr<format::Canonical> matrix = readCanonical(op);
  if (failed(matrix))
    return failure();
  int64_t tokens = cast<ShapedType>(op.getInput().getType()).getDimSize(1);
  int64_t vector = op.getEncoding().getVector();
  ScheduleAttr schedule =
      chooseSchedule(&getContext(), vector, op.getEncoding().getColumns(),
                     matrix->rows, tokens, chip);
  if (!schedule)
    return op.emitError() << "no kernel for a vector size of " << vector
                          << " on '" << chip << "', expected 32, 64 or 128";
  int64_t lookahead = schedule.getStages() - 1;
  auto stream = format::packFragmentStream(*matrix, lookahead);
  if (!stream)
    return op.emitError() << "the weight cannot be packed for '" << chip
                          << "': " << stream.error().message;

  OpBuilder builder(op);
  int64_t tiles = matrix->tiles();
  auto type = RankedTensorType::get(
      {tiles, static_cast<int64_t>(stream->size()) / tiles},
      builder.getI8Type());
  std::string name = "hinm";
  if (auto layer = op->getAttrOfType<StringAttr>("hinm.layer"))
    name = layer.str();
  Value packed = arith::ConstantOp::create(
      builder, op.getLoc(),
      cast<TypedAttr>(makeConstant(type, *stream, name + ".stream")));
  SmallVector<Operation *> canonical;
  for (Value weight : op.getWeights())
    canonical.push_back(weight.getDefiningOp());
  op.getWeightsMutable().assign(packed);
  op.setStreamAttr(FragmentStreamAttr::get(&getContext(), lookahead));
  op.setScheduleAttr(schedule);
  for (Operation *constant : canonical)
    if (constant->use_empty())
      constant->erase();
  numBytes += stream->size();
  ++numPacked;
  return success();
}

//===- HINMDeviceOps.cpp - verifiers of the device level --------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "HINMEpilogue.h"

#include "hinm/Dialect/HINM/IR/HINM.h"
#include "hinm/Format/FragmentStream.h"

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/IR/OpImplementation.h"

using namespace mlir;
using namespace mlir::hinm;

//===----------------------------------------------------------------------===//
// Types
//===----------------------------------------------------------------------===//

static LogicalResult verifyWarpTile(function_ref<InFlightDiagnostic()> error,
                                    StringRef id, int64_t rows,
                                    int64_t columns) {
  if (rows < 1 || columns < 1 || rows % 32 != 0 || columns % 8 != 0)
    return error() << id
                   << ": expected rows in multiples of 32 and columns in "
                      "multiples of 8, but got "
                   << rows << " and " << columns;
  return success();
}

LogicalResult
AccumulatorType::verify(function_ref<InFlightDiagnostic()> emitError,
                        int64_t rows, int64_t columns) {
  return verifyWarpTile(emitError, "accumulator_c1", rows, columns);
}

LogicalResult
FragmentsType::verify(function_ref<InFlightDiagnostic()> emitError,
                      int64_t rows, int64_t columns) {
  return verifyWarpTile(emitError, "fragments_c1", rows, columns);
}

bool FragmentsType::holdsActivations() const {
  int64_t rows = getRowFragments();
  int64_t columns = getColumnFragments();
  // Of the 255 registers of a thread, sums and held fragments may take these;
  // the rest are the streamed fragments, metadata and addresses.
  constexpr int64_t registerLimit = 176;
  return columns >= rows && 4 * columns * (rows + 1) <= registerLimit;
}

//===----------------------------------------------------------------------===//
// Copies
//===----------------------------------------------------------------------===//

static bool isShared(MemRefType type) {
  return gpu::GPUDialect::hasWorkgroupMemoryAddressSpace(type);
}

/// Of a rank-2 memref: unit inner stride, and the row pitch in `pitch`
/// (dynamic or not).
static bool hasUnitInnerStride(MemRefType type, int64_t &pitch) {
  SmallVector<int64_t> strides;
  int64_t offset;
  if (type.getRank() != 2 ||
      failed(type.getStridesAndOffset(strides, offset)) || strides[1] != 1)
    return false;
  pitch = strides[0];
  return true;
}

static bool isMultiple(int64_t size, int64_t of) {
  return ShapedType::isDynamic(size) || size % of == 0;
}

static LogicalResult verifyIntoShared(Operation *op, StringRef id,
                                      MemRefType source, MemRefType dest) {
  if (isShared(source) || !isShared(dest))
    return op->emitOpError()
           << id
           << ": expected a copy from global memory to the workgroup address "
              "space, but got "
           << source << " to " << dest;
  return success();
}

LogicalResult BlockCopyOp::verify() {
  MemRefType source = getSource().getType();
  MemRefType dest = getDest().getType();
  if (failed(verifyIntoShared(*this, "block_copy_c1", source, dest)))
    return failure();
  auto isBytes = [](MemRefType type) {
    return type.getRank() == 1 && type.getElementType().isInteger(8) &&
           type.getLayout().isIdentity();
  };
  if (!isBytes(source) || !isBytes(dest) || !dest.hasStaticShape() ||
      dest.getDimSize(0) % 16 != 0)
    return emitOpError()
           << "block_copy_c2: expected contiguous bytes, and a static multiple "
              "of 16 of them at the destination, but got "
           << source << " to " << dest;
  return success();
}

LogicalResult GatherCopyOp::verify() {
  MemRefType source = getSource().getType();
  MemRefType dest = getDest().getType();
  MemRefType indices = getIndices().getType();
  if (failed(verifyIntoShared(*this, "gather_copy_c1", source, dest)))
    return failure();
  int64_t sourcePitch = 0, pitch = 0;
  Type element = dest.getElementType();
  if (!hasUnitInnerStride(source, sourcePitch) ||
      !hasUnitInnerStride(dest, pitch) || !dest.hasStaticShape() ||
      source.getElementType() != element || !isa<FloatType>(element) ||
      element.getIntOrFloatBitWidth() != 16)
    return emitOpError()
           << "gather_copy_c2: expected rank 2, unit inner stride and one "
              "16-bit float type, and a static destination, but got "
           << source << " to " << dest;
  if (indices.getRank() != 1 || !indices.getElementType().isInteger(32) ||
      indices.getDimSize(0) != dest.getDimSize(0) ||
      !indices.getLayout().isIdentity())
    return emitOpError() << "gather_copy_c3: expected " << dest.getDimSize(0)
                         << " i32 indices, but got " << indices;
  if (dest.getDimSize(1) % 8 != 0 || ShapedType::isDynamic(pitch) ||
      pitch % 8 != 0)
    return emitOpError()
           << "gather_copy_c4: expected a width and row pitch that are "
              "multiples of 8 elements, but got "
           << dest;
  if (!isMultiple(source.getDimSize(1), 8) || !isMultiple(sourcePitch, 8))
    return emitOpError()
           << "gather_copy_c5: expected a source whose width and row pitch are "
              "multiples of 8 elements, but got "
           << source;
  return success();
}

LogicalResult WaitCopiesOp::verify() {
  if (static_cast<int64_t>(getPending()) < 0)
    return emitOpError() << "wait_copies_c1: expected no negative number of "
                            "pending groups, but got "
                         << static_cast<int64_t>(getPending());
  return success();
}

//===----------------------------------------------------------------------===//
// Multiplication
//===----------------------------------------------------------------------===//

/// Constraints multiply_c1 and multiply_c2.
static LogicalResult verifyStage(Operation *op, FragmentsType fragments,
                                 MemRefType block, MemRefType rows,
                                 ArrayRef<int64_t> warps) {
  if (warps.size() != 2 || warps[0] < 1 || warps[1] < 1)
    return op->emitOpError() << "multiply_c1: expected two positive numbers "
                                "of warps, but got ["
                             << warps << "]";
  ::hinm::format::FragmentStreamLayout layout;
  layout.vector = warps[0] * fragments.getRows();
  if (!isShared(block) || block.getRank() != 1 ||
      !block.getElementType().isInteger(8) ||
      block.getDimSize(0) != layout.stepBytes())
    return op->emitOpError()
           << "multiply_c1: expected a step block of " << layout.stepBytes()
           << " bytes of shared memory for " << layout.vector
           << " rows, but got " << block;
  int64_t pitch = 0;
  int64_t width = warps[1] * fragments.getColumns();
  if (!isShared(rows) || !hasUnitInnerStride(rows, pitch) ||
      rows.getShape() != ArrayRef<int64_t>{layout.stepDepth, width} ||
      pitch % 8 != 0 ||
      !(rows.getElementType().isF16() || rows.getElementType().isBF16()))
    return op->emitOpError()
           << "multiply_c2: expected " << layout.stepDepth << "x" << width
           << " half-precision elements of shared memory in rows that start "
              "at multiples of 16 bytes, but got "
           << rows;
  return success();
}

LogicalResult LoadFragmentsOp::verify() {
  return verifyStage(*this, getFragments().getType(), getBlock().getType(),
                     getRows().getType(), getWarps());
}

LogicalResult SparseMultiplyOp::verify() {
  FragmentsType fragments = getFragments().getType();
  AccumulatorType accumulator = getAccumulator().getType();
  if (failed(verifyStage(*this, fragments, getBlock().getType(),
                         getRows().getType(), getWarps())))
    return failure();
  if (accumulator.getRows() != fragments.getRows() ||
      accumulator.getColumns() != fragments.getColumns())
    return emitOpError() << "multiply_c3: " << accumulator
                         << " does not have the shape of " << fragments;
  int64_t first = getFirst();
  int64_t last = getLast();
  int64_t slices = fragments.getNumSlices();
  if (first < 0 || first >= last || last > slices ||
      (last == slices && first != last - 1))
    return emitOpError() << "multiply_c4: slices " << first << " to " << last
                         << " are no range of the " << slices
                         << " of a step in which the last one stands alone";
  return success();
}

//===----------------------------------------------------------------------===//
// Epilogue
//===----------------------------------------------------------------------===//

LogicalResult StoreTileOp::verify() {
  MemRefType dest = getDest().getType();
  Type element = dest.getElementType();
  int64_t pitch = 0;
  if (!hasUnitInnerStride(dest, pitch) ||
      !(element.isF32() || element.isF16() || element.isBF16()))
    return emitOpError()
           << "store_tile_c1: expected rank 2, unit inner stride and f32, f16 "
              "or bf16 elements, but got "
           << dest;
  if (!isMultiple(pitch, 2) || !isMultiple(dest.getDimSize(1), 2))
    return emitOpError()
           << "store_tile_c2: expected an even width and row pitch, but got "
           << dest;
  return verifyEpilogue(*this, getEpilogue(), getEpilogueOperands(), dest);
}

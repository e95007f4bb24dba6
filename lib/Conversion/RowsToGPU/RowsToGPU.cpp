//===- RowsToGPU.cpp - groups of row ops to kernels -------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RowGroups.h"

#include "hinm/Conversion/Passes.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"

namespace mlir::hinm {
#define GEN_PASS_DEF_HINMROWSTOGPU
#include "hinm/Conversion/Passes.h.inc"
} // namespace mlir::hinm

using namespace mlir;
using namespace mlir::hinm;

static constexpr int64_t warpSize = 32;
static constexpr int64_t warpsOfBlock = 4;

namespace {
/// Builds the kernel of a group: a warp computes a row, its lanes take every
/// 32nd element. What is one value for the row, every lane holds.
class RowKernelBuilder {
public:
  RowKernelBuilder(OpBuilder &builder, RowGroup &group)
      : b(builder), loc(group.ops.front().op.getLoc()), group(group) {}

  void build();

private:
  Value index(int64_t value) {
    return arith::ConstantIndexOp::create(b, loc, value);
  }
  void buildBody(Value row);
  void buildOp(const RowOp &op, OpFoldResult innerSize);
  void buildReduction(const RowOp &op, OpFoldResult innerSize);
  /// What the body of `op` yields at the row, and at `inner` where it has an
  /// inner loop; `sofar` stands for the values of its outputs.
  SmallVector<Value> computeBody(const RowOp &op, Value inner,
                                 ValueRange sofar);
  SmallVector<Value> getIndices(AffineMap map, Value inner);
  Value load(Value memref, AffineMap map, Value inner);
  void store(Value value, Value memref, AffineMap map, Value inner);
  /// Stores a value of the row, unless only this group reads it.
  void storeRowValue(Value value, OpOperand *init, const RowOp &op);
  Value reduceOverLanes(Value value, Operation *combiner);
  Value shuffle(Value value, int64_t offset);
  Value combine(Operation *combiner, Value lhs, Value rhs);
  bool isReadOutside(Value memref) const;

  OpBuilder &b;
  Location loc;
  RowGroup &group;
  Value lane;
  SmallVector<Value> rowIndices;
  /// Values of the row that the group wrote, by memref.
  llvm::DenseMap<Value, Value> rowValues;
  /// Buffers from which lanes have read values of the row.
  llvm::SmallPtrSet<Value, 8> readBuffers;
};
} // namespace

bool RowKernelBuilder::isReadOutside(Value memref) const {
  if (!memref.getDefiningOp<memref::ViewOp>() &&
      !memref.getDefiningOp<memref::AllocOp>())
    return true;
  return llvm::any_of(memref.getUsers(), [&](Operation *user) {
    return llvm::none_of(
        group.ops, [&](const RowOp &op) { return op.op == user; });
  });
}

SmallVector<Value> RowKernelBuilder::getIndices(AffineMap map, Value inner) {
  SmallVector<Value> loops(rowIndices);
  if (map.getNumDims() > loops.size())
    loops.push_back(inner);
  SmallVector<Value> indices;
  for (AffineExpr expr : map.getResults()) {
    if (auto loop = dyn_cast<AffineDimExpr>(expr)) {
      indices.push_back(loops[loop.getPosition()]);
      continue;
    }
    indices.push_back(affine::AffineApplyOp::create(
        b, loc, AffineMap::get(map.getNumDims(), 0, expr), loops));
  }
  return indices;
}

Value RowKernelBuilder::load(Value memref, AffineMap map, Value inner) {
  if (Value known = rowValues.lookup(memref))
    return known;
  if (!inner || !map.isFunctionOfDim(rowIndices.size()))
    readBuffers.insert(getBaseBuffer(memref));
  return memref::LoadOp::create(b, loc, memref, getIndices(map, inner));
}

void RowKernelBuilder::store(Value value, Value memref, AffineMap map,
                             Value inner) {
  memref::StoreOp::create(b, loc, value, memref, getIndices(map, inner));
}

SmallVector<Value> RowKernelBuilder::computeBody(const RowOp &rowOp,
                                                 Value inner,
                                                 ValueRange sofar) {
  linalg::LinalgOp op = rowOp.op;
  IRMapping mapping;
  for (OpOperand *operand : op.getDpsInputOperands()) {
    Value element = operand->get();
    if (isa<MemRefType>(element.getType()))
      element = load(element, op.getMatchingIndexingMap(operand), inner);
    mapping.map(op.getMatchingBlockArgument(operand), element);
  }
  for (auto [number, argument] : llvm::enumerate(op.getRegionOutputArgs())) {
    if (!sofar.empty()) {
      mapping.map(argument, sofar[number]);
    } else if (!argument.use_empty()) {
      OpOperand *init = op.getDpsInitOperand(number);
      mapping.map(argument,
                  load(init->get(), op.getMatchingIndexingMap(init), inner));
    }
  }
  for (Operation &nested : op.getBlock()->without_terminator()) {
    if (auto loop = dyn_cast<linalg::IndexOp>(nested)) {
      mapping.map(loop.getResult(), loop.getDim() < rowIndices.size()
                                        ? rowIndices[loop.getDim()]
                                        : inner);
      continue;
    }
    b.clone(nested, mapping);
  }
  SmallVector<Value> results;
  for (Value value : op.getBlock()->getTerminator()->getOperands())
    results.push_back(mapping.lookupOrDefault(value));
  return results;
}

Value RowKernelBuilder::combine(Operation *combiner, Value lhs, Value rhs) {
  OperationState state(loc, combiner->getName(), {lhs, rhs},
                       combiner->getResultTypes(), combiner->getAttrs());
  return b.create(state)->getResult(0);
}

/// The value of the lane whose number differs in `offset`, by 32 bits at a time.
Value RowKernelBuilder::shuffle(Value value, int64_t offset) {
  Type type = value.getType(), i32 = b.getI32Type();
  unsigned width = type.getIntOrFloatBitWidth();
  auto exchange = [&](Value word) -> Value {
    return gpu::ShuffleOp::create(b, loc, word, offset, warpSize,
                                  gpu::ShuffleMode::XOR)
        .getShuffleResult();
  };
  Type bits = b.getIntegerType(width);
  if (type != bits)
    value = arith::BitcastOp::create(b, loc, bits, value);
  if (width < 32) {
    value = exchange(arith::ExtUIOp::create(b, loc, i32, value));
    value = arith::TruncIOp::create(b, loc, bits, value);
  } else if (width == 32) {
    value = exchange(value);
  } else {
    Value half = arith::ConstantIntOp::create(b, loc, bits, 32);
    Value low = exchange(arith::TruncIOp::create(b, loc, i32, value));
    Value high = exchange(arith::TruncIOp::create(
        b, loc, i32, arith::ShRUIOp::create(b, loc, value, half)));
    value = arith::OrIOp::create(
        b, loc,
        arith::ShLIOp::create(
            b, loc, arith::ExtUIOp::create(b, loc, bits, high), half),
        arith::ExtUIOp::create(b, loc, bits, low));
  }
  return type == bits ? value : arith::BitcastOp::create(b, loc, type, value);
}

Value RowKernelBuilder::reduceOverLanes(Value value, Operation *combiner) {
  for (int64_t offset = warpSize / 2; offset > 0; offset /= 2)
    value = combine(combiner, value, shuffle(value, offset));
  return value;
}

void RowKernelBuilder::storeRowValue(Value value, OpOperand *init,
                                     const RowOp &op) {
  Value memref = init->get();
  rowValues[memref] = value;
  if (!isReadOutside(memref))
    return;
  // No lane may still read what lane 0 is about to replace.
  if (readBuffers.contains(getBaseBuffer(memref)))
    NVVM::SyncWarpOp::create(
        b, loc, arith::ConstantIntOp::create(b, loc, b.getI32Type(), -1));
  Value isFirst = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, lane,
                                        index(0));
  auto guarded = scf::IfOp::create(b, loc, isFirst, /*withElseRegion=*/false);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(guarded.thenBlock());
  linalg::LinalgOp linalgOp = op.op;
  store(value, memref, linalgOp.getMatchingIndexingMap(init), Value());
}

void RowKernelBuilder::buildReduction(const RowOp &rowOp,
                                      OpFoldResult innerSize) {
  linalg::LinalgOp op = rowOp.op;
  SmallVector<Value> neutral;
  for (Operation *combiner : rowOp.combiners)
    neutral.push_back(arith::ConstantOp::create(
        b, loc, *arith::getNeutralElement(combiner)));
  auto loop = scf::ForOp::create(
      b, loc, lane, getValueOrCreateConstantIndexOp(b, loc, innerSize),
      index(warpSize), neutral);
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    SmallVector<Value> values =
        computeBody(rowOp, loop.getInductionVar(), loop.getRegionIterArgs());
    scf::YieldOp::create(b, loc, values);
  }
  for (auto [number, combiner] : llvm::enumerate(rowOp.combiners)) {
    OpOperand *init = op.getDpsInitOperand(number);
    Value sum = reduceOverLanes(loop.getResult(number), combiner);
    Value before =
        load(init->get(), op.getMatchingIndexingMap(init), Value());
    storeRowValue(combine(combiner, before, sum), init, rowOp);
  }
}

void RowKernelBuilder::buildOp(const RowOp &rowOp, OpFoldResult innerSize) {
  linalg::LinalgOp op = rowOp.op;
  if (rowOp.isReduction)
    return buildReduction(rowOp, innerSize);
  if (!rowOp.hasInner) {
    SmallVector<Value> values = computeBody(rowOp, Value(), {});
    for (auto [number, value] : llvm::enumerate(values))
      storeRowValue(value, op.getDpsInitOperand(number), rowOp);
    return;
  }
  auto loop = scf::ForOp::create(
      b, loc, lane, getValueOrCreateConstantIndexOp(b, loc, innerSize),
      index(warpSize));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  Value inner = loop.getInductionVar();
  for (auto [number, value] :
       llvm::enumerate(computeBody(rowOp, inner, {}))) {
    OpOperand *init = op.getDpsInitOperand(number);
    store(value, init->get(), op.getMatchingIndexingMap(init), inner);
  }
}

void RowKernelBuilder::buildBody(Value row) {
  // The last dimension varies fastest.
  rowIndices.assign(group.rowSizes.size(), Value());
  for (size_t dim = group.rowSizes.size(); dim-- > 0;) {
    if (dim == 0) {
      rowIndices[dim] = row;
      break;
    }
    Value size = getValueOrCreateConstantIndexOp(b, loc, group.rowSizes[dim]);
    rowIndices[dim] = arith::RemUIOp::create(b, loc, row, size);
    row = arith::DivUIOp::create(b, loc, row, size);
  }
  for (auto [op, innerSize] : llvm::zip_equal(group.ops, group.innerSizes))
    buildOp(op, innerSize);
}

void RowKernelBuilder::build() {
  b.setInsertionPoint(group.ops.back().op);
  Value rows = index(1);
  for (OpFoldResult size : group.rowSizes)
    rows = arith::MulIOp::create(
        b, loc, rows, getValueOrCreateConstantIndexOp(b, loc, size));
  Value one = index(1), threads = index(warpSize * warpsOfBlock);
  Value blocks =
      arith::CeilDivSIOp::create(b, loc, rows, index(warpsOfBlock));
  auto launch =
      gpu::LaunchOp::create(b, loc, blocks, one, one, threads, one, one);
  b.setInsertionPointToEnd(&launch.getBody().front());
  gpu::TerminatorOp::create(b, loc);
  b.setInsertionPointToStart(&launch.getBody().front());
  Value thread = launch.getThreadIds().x;
  lane = arith::RemUIOp::create(b, loc, thread, index(warpSize));
  Value warp = arith::DivUIOp::create(b, loc, thread, index(warpSize));
  Value first = arith::MulIOp::create(b, loc, launch.getBlockIds().x,
                                      index(warpsOfBlock));
  Value row = arith::AddIOp::create(b, loc, first, warp);
  Value inRange =
      arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult, row, rows);
  auto guarded = scf::IfOp::create(b, loc, inRange, /*withElseRegion=*/false);
  b.setInsertionPointToStart(guarded.thenBlock());
  buildBody(row);
  for (RowOp &op : group.ops)
    op.op->erase();
}

namespace {
struct RowsToGPU : public mlir::hinm::impl::HINMRowsToGPUBase<RowsToGPU> {
  void runOnOperation() override {
    OpBuilder builder(&getContext());
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      if (function.isExternal())
        continue;
      for (RowGroup &group : findRowGroups(function.getBody().front())) {
        numKernels += 1;
        numFused += group.ops.size();
        RowKernelBuilder(builder, group).build();
      }
    }
  }
};
} // namespace

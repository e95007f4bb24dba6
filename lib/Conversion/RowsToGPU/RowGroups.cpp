//===- RowGroups.cpp - linalg ops that work row by row ----------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RowGroups.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;
using namespace mlir::hinm;

Value mlir::hinm::getBaseBuffer(Value value) {
  while (Operation *op = value.getDefiningOp()) {
    if (!isa<memref::ExtractStridedMetadataOp, memref::ExpandShapeOp, memref::CollapseShapeOp, memref::CastOp,
             memref::SubViewOp, memref::ReinterpretCastOp>(op))
      break;
    value = op->getOperand(0);
  }
  return value;
}

//===----------------------------------------------------------------------===//
// Sizes
//===----------------------------------------------------------------------===//

/// The size of a dimension: static, or the value that the program has for it.
static OpFoldResult getSize(Value memref, int64_t dim) {
  auto type = cast<MemRefType>(memref.getType());
  Builder builder(memref.getContext());
  if (!type.isDynamicDim(dim))
    return builder.getIndexAttr(type.getDimSize(dim));
  Operation *op = memref.getDefiningOp();
  if (auto view = dyn_cast_or_null<memref::ViewOp>(op))
    return view.getSizes()[type.getDynamicDimIndex(dim)];
  if (auto expand = dyn_cast_or_null<memref::ExpandShapeOp>(op))
    return expand.getMixedOutputShape()[dim];
  if (auto cast = dyn_cast_or_null<memref::ReinterpretCastOp>(op))
    return cast.getMixedSizes()[dim];
  if (auto cast = dyn_cast_or_null<memref::CastOp>(op))
    return getSize(cast.getSource(), dim);
  for (Operation *user : memref.getUsers())
    if (auto dimOp = dyn_cast<memref::DimOp>(user);
        dimOp && dimOp.getConstantIndex() == dim)
      return dimOp.getResult();
  return {};
}

/// Sizes of all loops; a null one is not known.
static SmallVector<OpFoldResult> getLoopSizes(linalg::LinalgOp op) {
  SmallVector<OpFoldResult> sizes(op.getNumLoops());
  for (OpOperand &operand : op->getOpOperands()) {
    if (!isa<MemRefType>(operand.get().getType()))
      continue;
    AffineMap map = op.getMatchingIndexingMap(&operand);
    for (auto [dim, expr] : llvm::enumerate(map.getResults()))
      if (auto loop = dyn_cast<AffineDimExpr>(expr);
          loop && !sizes[loop.getPosition()])
        sizes[loop.getPosition()] = getSize(operand.get(), dim);
  }
  return sizes;
}

//===----------------------------------------------------------------------===//
// Ops
//===----------------------------------------------------------------------===//

/// The op that combines the reduction's result so far, which nothing else
/// reads, with something new; null if there is no such op.
static Operation *getCombiner(linalg::LinalgOp op, unsigned result) {
  BlockArgument sofar = op.getRegionOutputArgs()[result];
  Operation *combiner =
      op.getBlock()->getTerminator()->getOperand(result).getDefiningOp();
  if (!combiner || combiner->getNumOperands() != 2 || !sofar.hasOneUse() ||
      *sofar.user_begin() != combiner || !arith::getNeutralElement(combiner))
    return nullptr;
  return combiner;
}

static bool mentions(AffineMap map, unsigned loop) {
  return map.isFunctionOfDim(loop);
}

/// True if each row writes places of its own: all row loops are indices.
static bool separatesRows(AffineMap map, unsigned numRows) {
  for (unsigned loop = 0; loop < numRows; ++loop)
    if (!llvm::is_contained(map.getResults(),
                            getAffineDimExpr(loop, map.getContext())))
      return false;
  return true;
}

/// True if an input of the reduction goes over all loops: what a contraction,
/// whose operands are read again and again, has not.
static bool readsEachElementOnce(linalg::LinalgOp op) {
  return llvm::any_of(op.getDpsInputOperands(), [&](OpOperand *operand) {
    AffineMap map = op.getMatchingIndexingMap(operand);
    return map.isProjectedPermutation() &&
           map.getNumResults() == op.getNumLoops();
  });
}

static bool isOnBuffers(linalg::LinalgOp op) {
  if (!op.hasPureBufferSemantics())
    return false;
  return llvm::none_of(op->getOperands(), [](Value operand) {
    auto type = dyn_cast<MemRefType>(operand.getType());
    return type && !type.getElementType().isIntOrFloat();
  });
}

/// `op` as one of `numRows` row loops, if it is one.
static std::optional<RowOp> matchRowOp(linalg::LinalgOp op, unsigned numRows) {
  unsigned numLoops = op.getNumLoops();
  if (!isOnBuffers(op) || (numLoops != numRows && numLoops != numRows + 1))
    return std::nullopt;
  RowOp result;
  result.op = op;
  result.hasInner = numLoops != numRows;
  auto iterators = op.getIteratorTypesArray();
  for (utils::IteratorType type : ArrayRef(iterators).take_front(numRows))
    if (type != utils::IteratorType::parallel)
      return std::nullopt;
  if (result.hasInner) {
    result.isReduction = iterators.back() == utils::IteratorType::reduction;
    if (!result.isReduction &&
        iterators.back() != utils::IteratorType::parallel)
      return std::nullopt;
  }
  for (OpOperand &init : op.getDpsInitsMutable()) {
    AffineMap map = op.getMatchingIndexingMap(&init);
    bool variesInside = result.hasInner && mentions(map, numRows);
    if (!separatesRows(map, numRows) ||
        variesInside != (result.hasInner && !result.isReduction))
      return std::nullopt;
  }
  if (result.isReduction) {
    if (!readsEachElementOnce(op))
      return std::nullopt;
    for (unsigned i = 0, e = op.getNumDpsInits(); i < e; ++i) {
      result.combiners.push_back(getCombiner(op, i));
      if (!result.combiners.back())
        return std::nullopt;
    }
  }
  return result;
}

//===----------------------------------------------------------------------===//
// Groups
//===----------------------------------------------------------------------===//

namespace {
struct Access {
  Value memref;
  AffineMap map;
  bool isWrite;
};
} // namespace

static SmallVector<Access> getAccesses(linalg::LinalgOp op) {
  SmallVector<Access> accesses;
  for (OpOperand &operand : op->getOpOperands())
    if (isa<MemRefType>(operand.get().getType()))
      accesses.push_back({operand.get(), op.getMatchingIndexingMap(&operand),
                          op.isDpsInit(&operand)});
  // What the body loads may lie anywhere.
  op->getRegion(0).walk([&](Operation *inner) {
    for (Value operand : inner->getOperands())
      if (isa<MemRefType>(operand.getType()))
        accesses.push_back({operand, AffineMap(), false});
  });
  return accesses;
}

/// True if `later` may run row by row behind `earlier`: where they touch the
/// same buffer and one writes, they touch it at the same places.
static bool canFollow(linalg::LinalgOp earlier, linalg::LinalgOp later) {
  for (const Access &a : getAccesses(earlier))
    for (const Access &b : getAccesses(later)) {
      if (getBaseBuffer(a.memref) != getBaseBuffer(b.memref) ||
          (!a.isWrite && !b.isWrite))
        continue;
      if (a.memref != b.memref || !a.map || !b.map ||
          a.map.getResults() != b.map.getResults())
        return false;
    }
  return true;
}

namespace {
/// Grows a group around a reduction.
class GroupBuilder {
public:
  GroupBuilder(ArrayRef<linalg::LinalgOp> run, size_t seed, size_t firstFree)
      : run(run), begin(seed), end(seed + 1), firstFree(firstFree) {}

  /// False if the seed is no reduction of rows.
  bool build(RowGroup &group) {
    linalg::LinalgOp seed = run[begin];
    if (seed.getNumLoops() < 2 || seed.getNumReductionLoops() != 1)
      return false;
    numRows = seed.getNumLoops() - 1;
    std::optional<RowOp> op = matchRowOp(seed, numRows);
    if (!op || !op->isReduction)
      return false;
    SmallVector<OpFoldResult> sizes = getLoopSizes(seed);
    if (llvm::is_contained(sizes, OpFoldResult()))
      return false;
    group.rowSizes.assign(sizes.begin(), sizes.end() - 1);
    group.ops.push_back(*op);
    group.innerSizes.push_back(sizes.back());
    while (begin > firstFree && extend(group, begin - 1, /*atFront=*/true))
      --begin;
    while (end < run.size() && extend(group, end, /*atFront=*/false))
      ++end;
    return true;
  }

  size_t getEnd() const { return end; }

private:
  bool extend(RowGroup &group, size_t place, bool atFront) {
    linalg::LinalgOp candidate = run[place];
    std::optional<RowOp> op = matchRowOp(candidate, numRows);
    if (!op)
      return false;
    SmallVector<OpFoldResult> sizes = getLoopSizes(candidate);
    if (llvm::is_contained(sizes, OpFoldResult()) ||
        ArrayRef(sizes).take_front(numRows) != ArrayRef(group.rowSizes))
      return false;
    for (const RowOp &member : group.ops)
      if (atFront ? !canFollow(candidate, member.op)
                  : !canFollow(member.op, candidate))
        return false;
    OpFoldResult inner = op->hasInner ? sizes.back() : OpFoldResult();
    group.ops.insert(atFront ? group.ops.begin() : group.ops.end(), *op);
    group.innerSizes.insert(
        atFront ? group.innerSizes.begin() : group.innerSizes.end(), inner);
    return true;
  }

  ArrayRef<linalg::LinalgOp> run;
  size_t begin, end, firstFree;
  unsigned numRows = 0;
};
} // namespace

static void findGroupsOfRun(ArrayRef<linalg::LinalgOp> run,
                            SmallVectorImpl<RowGroup> &groups) {
  size_t firstFree = 0;
  for (size_t seed = 0; seed < run.size(); ++seed) {
    GroupBuilder builder(run, seed, firstFree);
    RowGroup group;
    if (!builder.build(group))
      continue;
    firstFree = builder.getEnd();
    seed = firstFree - 1;
    groups.push_back(std::move(group));
  }
}

SmallVector<RowGroup> mlir::hinm::findRowGroups(Block &block) {
  SmallVector<RowGroup> groups;
  SmallVector<linalg::LinalgOp> run;
  for (Operation &op : block) {
    if (auto linalgOp = dyn_cast<linalg::LinalgOp>(op)) {
      run.push_back(linalgOp);
    } else if (!isMemoryEffectFree(&op)) {
      findGroupsOfRun(run, groups);
      run.clear();
    }
  }
  findGroupsOfRun(run, groups);
  return groups;
}

//===- StoreTile.cpp - the epilogue and the stores of a tile ----*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A lane holds, of each 16 x 8 part, columns 2q and 2q + 1 of the rows g and
// g + 8 (lane = 4g + q). A pair is stored at once; four lanes fill 32 bytes of
// a row of f32.
//
//===----------------------------------------------------------------------===//

#include "DeviceBuilder.h"
#include "PopulatePatterns.h"

#include "hinm/Dialect/HINM/IR/HINM.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace mlir::hinm;

namespace {
/// A memref of the shape of the result, whose pairs of columns lie at even
/// addresses: where a lane's first column stands in row 0, and how far a row is.
struct PairAddress {
  Value base;
  Value rowBytes;
  Type elementType;
};

class TileStorer {
public:
  TileStorer(DeviceBuilder &d, StoreTileOp op, ValueRange sums)
      : d(d), op(op), type(op.getAccumulator().getType()), sums(sums),
        dest(op.getDest()), destType(op.getDest().getType()) {}

  void build();

private:
  PairAddress getPairAddress(Value memref);
  void buildRow(int64_t fragment, int64_t half);
  void buildRowStores(Value row, int64_t fragment, int64_t half);
  void buildPair(Value row, ValueRange rowOperands, int64_t fragment,
                 int64_t half, int64_t column);
  Value apply(Value sum, ValueRange operands);
  /// Runs `body` where `condition` holds.
  void under(Value condition, function_ref<void()> body);
  Value placeIsInside(Value place);
  Value columnIsInside(int64_t columnFragment);
  Value loadScalarOperand(Value operand, Value row);
  /// The elements of an operand of rank 2 for a pair.
  SmallVector<Value, 2> loadPair(unsigned operand, Value row, int64_t column);

  DeviceBuilder &d;
  StoreTileOp op;
  AccumulatorType type;
  ValueRange sums;
  Value dest;
  MemRefType destType;
  PairAddress destAddress;
  /// Of each epilogue operand; without a base where it has no pairs.
  SmallVector<PairAddress> operandAddresses;
  /// Place in tile order of the lane's first row, and its first column (index).
  Value firstPlace, firstColumn;
};
} // namespace

void TileStorer::under(Value condition, function_ref<void()> body) {
  if (!condition)
    return body();
  auto ifOp =
      scf::IfOp::create(d.b, d.loc, condition, /*withElseRegion=*/false);
  OpBuilder::InsertionGuard guard(d.b);
  d.b.setInsertionPointToStart(ifOp.thenBlock());
  body();
}

/// Whether pairs of columns of `type` lie at even addresses, as those of the
/// result do: its pitch is even, and bytes are whole.
static bool hasPairs(MemRefType type) {
  if (type.getRank() != 2 || type.getElementTypeBitWidth() % 8 != 0 ||
      !isa<FloatType, IntegerType>(type.getElementType()))
    return false;
  // A layout of its own may have any pitch.
  return type.getLayout().isIdentity();
}

void TileStorer::build() {
  ArrayRef<int64_t> warps = op.getWarps();
  Value warp = d.warp(), lane = d.lane();
  Value row =
      d.add(d.mul(d.rem(warp, warps[0]), type.getRows()), d.div(lane, 4));
  Value column = d.add(d.mul(d.div(warp, warps[0]), type.getColumns()),
                       d.mul(d.rem(lane, 4), 2));
  firstPlace = d.add(op.getPlace(), d.toIndex(row));
  firstColumn = d.add(op.getColumn(), d.toIndex(column));
  destAddress = getPairAddress(dest);
  for (Value operand : op.getEpilogueOperands())
    operandAddresses.push_back(hasPairs(cast<MemRefType>(operand.getType()))
                                   ? getPairAddress(operand)
                                   : PairAddress());
  for (int64_t fragment = 0; fragment < type.getRowFragments(); ++fragment)
    for (int64_t half = 0; half < 2; ++half)
      buildRow(fragment, half);
}

PairAddress TileStorer::getPairAddress(Value memref) {
  auto memrefType = cast<MemRefType>(memref.getType());
  int64_t bytes = memrefType.getElementTypeBitWidth() / 8;
  Value first = d.mul(d.toI64(firstColumn), bytes);
  return {d.advance(d.pointer(memref, globalSpace), first),
          d.mul(d.toI64(d.stride(memref, 0)), bytes),
          memrefType.getElementType()};
}

/// Whether a place holds an output channel; null if all do.
Value TileStorer::placeIsInside(Value place) {
  int64_t tileRows = op.getWarps()[0] * type.getRows();
  int64_t rows = destType.getDimSize(0);
  if (ShapedType::isStatic(rows) && rows % tileRows == 0)
    return {};
  return d.below(place, d.size(dest, 0));
}

Value TileStorer::columnIsInside(int64_t columnFragment) {
  int64_t tileColumns = op.getWarps()[1] * type.getColumns();
  int64_t columns = destType.getDimSize(1);
  if (ShapedType::isStatic(columns) && columns % tileColumns == 0)
    return {};
  return d.below(d.add(firstColumn, columnFragment * 8), d.size(dest, 1));
}

void TileStorer::buildRow(int64_t fragment, int64_t half) {
  Value place = d.add(firstPlace, 16 * fragment + 8 * half);
  Value rowIndex = op.getRowIndex();
  if (!rowIndex)
    return under(placeIsInside(place),
                 [&] { buildRowStores(place, fragment, half); });
  under(placeIsInside(place), [&] {
    Value stored =
        memref::LoadOp::create(d.b, d.loc, rowIndex, ValueRange{place});
    buildRowStores(d.toIndex(stored), fragment, half);
  });
}

Value TileStorer::loadScalarOperand(Value operand, Value row) {
  auto operandType = cast<MemRefType>(operand.getType());
  if (operandType.getRank() == 0)
    return memref::LoadOp::create(d.b, d.loc, operand, ValueRange{});
  if (operandType.getRank() == 1)
    return memref::LoadOp::create(d.b, d.loc, operand, ValueRange{row});
  return {};
}

void TileStorer::buildRowStores(Value row, int64_t fragment, int64_t half) {
  // Operands of rank 0 and 1 have one value for the row; those of rank 2 are
  // null here and loaded with each pair.
  SmallVector<Value> rowOperands;
  for (Value operand : op.getEpilogueOperands())
    rowOperands.push_back(loadScalarOperand(operand, row));
  for (int64_t column = 0; column < type.getColumnFragments(); ++column)
    under(columnIsInside(column),
          [&] { buildPair(row, rowOperands, fragment, half, column); });
}

static Value getRowPointer(DeviceBuilder &d, const PairAddress &address,
                           Value row) {
  Value offset =
      arith::MulIOp::create(d.b, d.loc, d.toI64(row), address.rowBytes);
  return d.advance(address.base, offset);
}

SmallVector<Value, 2> TileStorer::loadPair(unsigned operand, Value row,
                                           int64_t column) {
  const PairAddress &address = operandAddresses[operand];
  SmallVector<Value, 2> elements;
  if (!address.base) {
    for (int64_t i = 0; i < 2; ++i)
      elements.push_back(memref::LoadOp::create(
          d.b, d.loc, op.getEpilogueOperands()[operand],
          ValueRange{row, d.add(firstColumn, column * 8 + i)}));
    return elements;
  }
  int64_t bytes = address.elementType.getIntOrFloatBitWidth() / 8;
  Type pairType = VectorType::get({2}, address.elementType);
  Value pair = LLVM::LoadOp::create(
      d.b, d.loc, pairType,
      d.advance(getRowPointer(d, address, row), column * 8 * bytes), 2 * bytes);
  for (int64_t i = 0; i < 2; ++i)
    elements.push_back(
        LLVM::ExtractElementOp::create(d.b, d.loc, pair, d.i32(i)));
  return elements;
}

void TileStorer::buildPair(Value row, ValueRange rowOperands, int64_t fragment,
                           int64_t half, int64_t column) {
  int64_t bytes = destType.getElementTypeBitWidth() / 8;
  int64_t first =
      (fragment * type.getColumnFragments() + column) * 4 + 2 * half;
  SmallVector<SmallVector<Value>, 2> operands(2);
  for (auto [number, rowOperand] : llvm::enumerate(rowOperands)) {
    SmallVector<Value, 2> pair = {rowOperand, rowOperand};
    if (!rowOperand)
      pair = loadPair(number, row, column);
    for (int64_t i = 0; i < 2; ++i)
      operands[i].push_back(pair[i]);
  }
  Type pairType = VectorType::get({2}, destType.getElementType());
  Value pair = LLVM::PoisonOp::create(d.b, d.loc, pairType);
  for (int64_t i = 0; i < 2; ++i)
    pair = LLVM::InsertElementOp::create(
        d.b, d.loc, pair, apply(sums[first + i], operands[i]), d.i32(i));
  LLVM::StoreOp::create(
      d.b, d.loc, pair,
      d.advance(getRowPointer(d, destAddress, row), column * 8 * bytes),
      2 * bytes);
}

/// The epilogue of one element.
Value TileStorer::apply(Value sum, ValueRange operands) {
  Region &epilogue = op.getEpilogue();
  if (epilogue.empty()) {
    if (destType.getElementType() == sum.getType())
      return sum;
    return arith::TruncFOp::create(d.b, d.loc, destType.getElementType(), sum);
  }
  Block &block = epilogue.front();
  IRMapping mapping;
  mapping.map(block.getArgument(0), sum);
  mapping.map(block.getArguments().drop_front(), operands);
  for (Operation &inner : block.without_terminator())
    d.b.clone(inner, mapping);
  return mapping.lookupOrDefault(block.getTerminator()->getOperand(0));
}

namespace {
struct LowerStoreTile : public OpConversionPattern<StoreTileOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(StoreTileOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    DeviceBuilder d(rewriter, op.getLoc());
    TileStorer(d, op, adaptor.getAccumulator()).build();
    rewriter.eraseOp(op);
    return success();
  }
};
} // namespace

void mlir::hinm::populateStoreTilePatterns(const TypeConverter &converter,
                                           RewritePatternSet &patterns) {
  patterns.add<LowerStoreTile>(converter, patterns.getContext());
}

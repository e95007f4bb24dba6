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

/// A condition of which null means "always".
static Value both(DeviceBuilder &d, Value x, Value y) {
  if (!x || !y)
    return x ? x : y;
  return d.bitAnd(x, y);
}

namespace {
class TileStorer {
public:
  TileStorer(DeviceBuilder &d, StoreTileOp op, ValueRange sums)
      : d(d), op(op), type(op.getAccumulator().getType()), sums(sums),
        dest(op.getDest()), destType(op.getDest().getType()) {}

  void build();

private:
  void buildRow(int64_t fragment, int64_t half);
  void buildRowStores(Value place, Value row, int64_t fragment, int64_t half);
  void buildPair(Value rowPointer, ValueRange rowOperands, Value place,
                 int64_t fragment, int64_t half, int64_t column);
  Value apply(Value sum, ValueRange operands);
  /// Runs `body` where `condition` holds.
  void under(Value condition, function_ref<void()> body);
  Value placeIsInside(Value place);
  Value columnIsInside(int64_t columnFragment);
  Value loadScalarOperand(Value operand, Value place);

  DeviceBuilder &d;
  StoreTileOp op;
  AccumulatorType type;
  ValueRange sums;
  Value dest;
  MemRefType destType;
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

void TileStorer::build() {
  ArrayRef<int64_t> warps = op.getWarps();
  Value warp = d.warp(), lane = d.lane();
  Value row =
      d.add(d.mul(d.rem(warp, warps[0]), type.getRows()), d.div(lane, 4));
  Value column = d.add(d.mul(d.div(warp, warps[0]), type.getColumns()),
                       d.mul(d.rem(lane, 4), 2));
  firstPlace = d.add(op.getPlace(), d.toIndex(row));
  firstColumn = d.add(op.getColumn(), d.toIndex(column));
  for (int64_t fragment = 0; fragment < type.getRowFragments(); ++fragment)
    for (int64_t half = 0; half < 2; ++half)
      buildRow(fragment, half);
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
                 [&] { buildRowStores(place, place, fragment, half); });
  // A place that is stored somewhere is one of the output channels.
  Value stored =
      memref::LoadOp::create(d.b, d.loc, rowIndex, ValueRange{place});
  under(both(d, d.atLeastZero(stored), placeIsInside(place)),
        [&] { buildRowStores(place, d.toIndex(stored), fragment, half); });
}

Value TileStorer::loadScalarOperand(Value operand, Value place) {
  auto operandType = cast<MemRefType>(operand.getType());
  if (operandType.getRank() == 0)
    return memref::LoadOp::create(d.b, d.loc, operand, ValueRange{});
  if (operandType.getRank() == 1)
    return memref::LoadOp::create(d.b, d.loc, operand, ValueRange{place});
  return {};
}

void TileStorer::buildRowStores(Value place, Value row, int64_t fragment,
                                int64_t half) {
  // Operands of rank 0 and 1 have one value for the row; those of rank 2 are
  // null here and loaded with each pair.
  SmallVector<Value> rowOperands;
  for (Value operand : op.getEpilogueOperands())
    rowOperands.push_back(loadScalarOperand(operand, place));
  int64_t bytes = destType.getElementTypeBitWidth() / 8;
  Value elements = arith::MulIOp::create(d.b, d.loc, row, d.stride(dest, 0));
  Value offset = d.mul(d.toI64(d.add(elements, firstColumn)), bytes);
  Value rowPointer = d.advance(d.pointer(dest, globalSpace), offset);
  for (int64_t column = 0; column < type.getColumnFragments(); ++column)
    under(columnIsInside(column), [&] {
      buildPair(rowPointer, rowOperands, place, fragment, half, column);
    });
}

void TileStorer::buildPair(Value rowPointer, ValueRange rowOperands,
                           Value place, int64_t fragment, int64_t half,
                           int64_t column) {
  int64_t bytes = destType.getElementTypeBitWidth() / 8;
  int64_t first =
      (fragment * type.getColumnFragments() + column) * 4 + 2 * half;
  Type pairType = VectorType::get({2}, destType.getElementType());
  Value pair = LLVM::PoisonOp::create(d.b, d.loc, pairType);
  for (int64_t i = 0; i < 2; ++i) {
    SmallVector<Value> operands(rowOperands);
    for (auto [operand, source] :
         llvm::zip_equal(operands, op.getEpilogueOperands()))
      if (!operand)
        operand = memref::LoadOp::create(
            d.b, d.loc, source,
            ValueRange{place, d.add(firstColumn, column * 8 + i)});
    Value value = apply(sums[first + i], operands);
    pair = LLVM::InsertElementOp::create(d.b, d.loc, pair, value, d.i32(i));
  }
  LLVM::StoreOp::create(d.b, d.loc, pair,
                        d.advance(rowPointer, column * 8 * bytes), 2 * bytes);
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

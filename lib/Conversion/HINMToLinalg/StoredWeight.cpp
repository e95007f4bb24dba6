//===- StoredWeight.cpp - the entries of a stored weight, one by one --*- C++
//-*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// docs/format.md as linalg: "Canonical storage" and "Fragment stream".
//
//===----------------------------------------------------------------------===//

#include "StoredWeight.h"

#include "IndexMath.h"

#include "hinm/Format/FragmentStream.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"

using namespace mlir;
using namespace mlir::hinm;

/// A `[rows][entries]` tensor whose entries `body` computes from (row, entry).
static Value generate(OpBuilder &builder, Location loc, int64_t rows,
                      int64_t entries, Type elementType,
                      function_ref<Value(OpBuilder &, Value, Value)> body) {
  Value init = tensor::EmptyOp::create(
      builder, loc, ArrayRef<int64_t>{rows, entries}, elementType);
  SmallVector<utils::IteratorType> parallel(2, utils::IteratorType::parallel);
  return linalg::GenericOp::create(
             builder, loc, init.getType(), ValueRange(), init,
             ArrayRef{builder.getMultiDimIdentityMap(2)}, parallel,
             [&](OpBuilder &nested, Location at, ValueRange) {
               Value row = linalg::IndexOp::create(nested, at, 0);
               Value entry = linalg::IndexOp::create(nested, at, 1);
               linalg::YieldOp::create(nested, at, body(nested, row, entry));
             })
      .getResult(0);
}

/// The first `rows` rows of a matrix.
static Value takeRows(OpBuilder &builder, Location loc, Value matrix,
                      int64_t rows) {
  auto type = cast<RankedTensorType>(matrix.getType());
  if (type.getDimSize(0) == rows)
    return matrix;
  OpFoldResult zero = builder.getIndexAttr(0), one = builder.getIndexAttr(1);
  return tensor::ExtractSliceOp::create(
      builder, loc, matrix, ArrayRef<OpFoldResult>{zero, zero},
      ArrayRef<OpFoldResult>{builder.getIndexAttr(rows),
                             builder.getIndexAttr(type.getDimSize(1))},
      ArrayRef<OpFoldResult>{one, one});
}

StoredEntries mlir::hinm::readCanonical(OpBuilder &builder, Location loc,
                                        EncodingAttr encoding, ValueRange parts,
                                        int64_t rows) {
  ::hinm::format::Pattern pattern = encoding.getPattern();
  Value metadata = parts[1], index = parts[2];
  int64_t width = pattern.metadataBits();
  int64_t lastByte = pattern.metadataBytesPerRow() - 1;
  Value channels =
      generate(builder, loc, rows, pattern.valuesPerRow(), builder.getI32Type(),
               [&](OpBuilder &nested, Value row, Value entry) -> Value {
                 IndexMath math(nested, loc);
                 Value bit = math.mul(entry, width);
                 Value byte = math.div(bit, 8);
                 // An entry may lie across two bytes (3 bits each for M = 8).
                 Value next = math.min(math.add(byte, 1), lastByte);
                 Value low = math.extractByte(metadata, {row, byte});
                 Value high = math.extractByte(metadata, {row, next});
                 Value word = math.add(low, math.mul(high, 256));
                 Value position = math.bits(word, math.rem(bit, 8), width);
                 // The codes 0b0100 and 0b1110 of 1:2 differ in bit 3.
                 if (pattern.m == 2)
                   position = math.div(position, 8);
                 Value place = math.add(
                     math.mul(math.div(entry, pattern.n), pattern.m), position);
                 Value tile = math.div(row, pattern.vector);
                 return tensor::ExtractOp::create(nested, loc, index,
                                                  ValueRange{tile, place});
               });
  return {takeRows(builder, loc, parts[0], rows), channels};
}

namespace {
/// Where an entry of a row lies in the fragment stream.
struct StreamPlace {
  StreamPlace(OpBuilder &builder, Location loc,
              const ::hinm::format::FragmentStreamLayout &layout, Value row,
              Value entry)
      : math(builder, loc), layout(layout) {
    tile = math.div(row, layout.vector);
    Value rowInTile = math.rem(row, layout.vector);
    fragment = math.div(rowInTile, layout.fragmentRows);
    rowInGroup = math.rem(rowInTile, 8);
    upper = math.rem(math.div(rowInTile, 8), 2);
    Value halfOfAll = math.div(entry, storedPerHalf);
    step = math.div(halfOfAll, layout.halves);
    half = math.rem(halfOfAll, layout.halves);
    stored = math.rem(entry, storedPerHalf);
    group = math.div(stored, 2);
  }

  /// Offset of the step's block in the tile's stream.
  Value block() {
    return math.add(math.mul(step, layout.stepBytes()), layout.headerBytes());
  }

  /// Offset of the stored value.
  Value value() {
    // Registers a0..a7 of a lane: bit 0 the column's parity, bit 1 the upper
    // eight rows, bit 2 the upper eight stored columns.
    Value lane =
        math.add(math.mul(rowInGroup, 4), math.div(math.rem(stored, 8), 2));
    Value reg = math.add(math.add(math.rem(stored, 2), math.mul(upper, 2)),
                         math.mul(math.div(stored, 8), 4));
    Value unit = math.add(
        math.mul(math.add(math.mul(half, layout.fragments()), fragment),
                 layout.lanes),
        lane);
    return math.add(block(), math.add(math.mul(unit, layout.laneValueBytes),
                                      math.mul(reg, 2)));
  }

  /// Offset of the byte of metadata that holds the entry's position.
  Value metadataByte() {
    Value pair = math.div(fragment, 2);
    Value lane = math.add(
        math.add(math.mul(rowInGroup, 4), math.mul(math.rem(fragment, 2), 2)),
        math.div(group, 4));
    Value word = math.add(
        math.mul(math.add(math.mul(pair, layout.lanes), lane), layout.halves),
        half);
    // Two groups a byte; the upper eight rows in the word's upper half.
    Value byte = math.add(math.div(math.rem(group, 4), 2), math.mul(upper, 2));
    return math.add(math.add(block(), layout.valueBytes()),
                    math.add(math.mul(word, 4), byte));
  }
  /// First bit of the position in that byte.
  Value metadataBit() {
    return math.add(math.mul(math.rem(group, 2), 4),
                    math.mul(math.rem(stored, 2), 2));
  }

  /// Offset of the row index of the kept column at `position` of the group:
  /// in the header for the first steps, else in the block that lies
  /// `lookahead` steps before.
  Value rowIndex(Value position) {
    Value column =
        math.add(math.add(math.mul(half, layout.halfDepth), math.mul(group, 4)),
                 position);
    Value inHeader = math.mul(step, layout.stepIndexBytes);
    Value inBlock = math.add(math.mul(step, layout.stepBytes()),
                             layout.headerBytes() + layout.indexOffset() -
                                 layout.lookahead * layout.stepBytes());
    Value isFirst = math.isLess(step, math.constant(layout.lookahead));
    return math.add(math.select(isFirst, inHeader, inBlock),
                    math.mul(column, 4));
  }

  /// Stored columns of an instruction: half of its dense depth.
  static constexpr int64_t storedPerHalf =
      ::hinm::format::FragmentStreamLayout::halfDepth / 2;

  IndexMath math;
  const ::hinm::format::FragmentStreamLayout &layout;
  Value tile, fragment, rowInGroup, upper, step, half, stored, group;
};
} // namespace

/// The little-endian integer of `type` at byte `offset` of a tile's stream.
static Value loadInteger(OpBuilder &builder, Location loc, Value stream,
                         Value tile, Value offset, IntegerType type) {
  IndexMath math(builder, loc);
  Value result;
  for (unsigned byte = 0; byte < type.getWidth() / 8; ++byte) {
    Value part = tensor::ExtractOp::create(
        builder, loc, stream, ValueRange{tile, math.add(offset, byte)});
    Value wide = arith::ExtUIOp::create(builder, loc, type, part);
    if (byte == 0) {
      result = wide;
      continue;
    }
    Value shift = arith::ConstantIntOp::create(builder, loc, type, 8 * byte);
    wide = arith::ShLIOp::create(builder, loc, wide, shift);
    result = arith::OrIOp::create(builder, loc, result, wide);
  }
  return result;
}

StoredEntries mlir::hinm::readStream(OpBuilder &builder, Location loc,
                                     EncodingAttr encoding, int64_t lookahead,
                                     Value stream, Type elementType,
                                     int64_t rows) {
  ::hinm::format::Pattern pattern = encoding.getPattern();
  auto layout = ::hinm::format::fragmentStreamLayout(pattern, lookahead);
  Value values = generate(
      builder, loc, rows, pattern.valuesPerRow(), elementType,
      [&](OpBuilder &nested, Value row, Value entry) -> Value {
        StreamPlace place(nested, loc, layout, row, entry);
        Value bits = loadInteger(nested, loc, stream, place.tile, place.value(),
                                 nested.getIntegerType(16));
        return arith::BitcastOp::create(nested, loc, elementType, bits);
      });
  Value channels = generate(
      builder, loc, rows, pattern.valuesPerRow(), builder.getI32Type(),
      [&](OpBuilder &nested, Value row, Value entry) -> Value {
        StreamPlace place(nested, loc, layout, row, entry);
        Value byte =
            place.math.extractByte(stream, {place.tile, place.metadataByte()});
        Value position = place.math.bits(byte, place.metadataBit(), 2);
        return loadInteger(nested, loc, stream, place.tile,
                           place.rowIndex(position), nested.getI32Type());
      });
  return {values, channels};
}

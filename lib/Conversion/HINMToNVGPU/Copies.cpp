//===- Copies.cpp - asynchronous copies into shared memory ------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Copies become `cp.async` of 16 bytes. What may not be read is zero-filled by
// a source size of 0 (PTX ISA, "cp.async"), which takes no branch.
//
//===----------------------------------------------------------------------===//

#include "DeviceBuilder.h"
#include "PopulatePatterns.h"

#include "hinm/Dialect/HINM/IR/HINM.h"

#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace mlir::hinm;

/// Bytes of one copy of one thread, and of one copy of a warp.
constexpr static int64_t pieceBytes = 16, warpBytes = 512, warpLanes = 32;

static int64_t ceilDiv(int64_t a, int64_t b) { return (a + b - 1) / b; }

static void buildCopy(DeviceBuilder &d, Value dest, Value source,
                      Value sourceBytes) {
  NVVM::CpAsyncOp::create(
      d.b, d.loc, dest, source, d.b.getI32IntegerAttr(pieceBytes),
      NVVM::LoadCacheModifierKindAttr::get(d.b.getContext(),
                                           NVVM::LoadCacheModifierKind::CG),
      sourceBytes);
}

/// Builds `body`, under the condition if there is one.
static void buildIf(DeviceBuilder &d, Value condition,
                    function_ref<void()> body) {
  if (!condition)
    return body();
  auto ifOp =
      scf::IfOp::create(d.b, d.loc, condition, /*withElseRegion=*/false);
  OpBuilder::InsertionGuard guard(d.b);
  d.b.setInsertionPointToStart(ifOp.thenBlock());
  body();
}

namespace {
/// Each warp copies one contiguous range. Its base address lies in the middle
/// of its pieces, since the immediate offsets of the machine's instruction
/// reach some 2 KB to both sides.
struct LowerBlockCopy : public OpConversionPattern<BlockCopyOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(BlockCopyOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    std::optional<int64_t> threads = getNumThreads(op);
    if (!threads)
      return rewriter.notifyMatchFailure(
          op, "the kernel must have a known block size, all in x");
    DeviceBuilder d(rewriter, op.getLoc());
    int64_t pieces = op.getDest().getType().getDimSize(0) / pieceBytes;
    int64_t warps = *threads / warpLanes;
    int64_t piecesPerWarp = ceilDiv(ceilDiv(pieces, warpLanes), warps);
    int64_t middle = piecesPerWarp / 2;

    Value piece = d.add(d.mul(d.warp(), piecesPerWarp * warpLanes), d.lane());
    Value bytes = d.add(d.mul(piece, pieceBytes), middle * warpBytes);
    Value dest = d.advance(d.pointer(adaptor.getDest(), sharedSpace), bytes);
    Value source = d.advance(d.pointer(adaptor.getSource(), globalSpace),
                             d.toI64(adaptor.getOffset()));
    source = d.advance(source, d.toI64(bytes));
    Value sourceBytes = arith::SelectOp::create(
        rewriter, d.loc, adaptor.getLive(), d.i32(pieceBytes), d.i32(0));
    for (int64_t k = 0; k < piecesPerWarp; ++k) {
      // Only the last warps' last pieces can lie behind the end.
      bool isWhole =
          ((warps - 1) * piecesPerWarp + k + 1) * warpLanes <= pieces;
      Value condition =
          isWhole ? Value() : d.below(piece, pieces - k * warpLanes);
      if (pieces <= k * warpLanes)
        break;
      buildIf(d, condition, [&] {
        int64_t offset = (k - middle) * warpBytes;
        buildCopy(d, d.advance(dest, offset), d.advance(source, offset),
                  sourceBytes);
      });
    }
    rewriter.eraseOp(op);
    return success();
  }
};

/// Which pieces of 16 bytes a thread gathers: in each of its `rows` rows those
/// with number `piece + j * lanesPerRow`.
struct GatherMap {
  GatherMap(DeviceBuilder &d, int64_t threads, int64_t numRows,
            int64_t piecesPerRow);

  /// Threads side by side in a row: up to 8, which makes 128 contiguous bytes.
  int64_t lanesPerRow = 1;
  /// Rows that the block's threads fill at once, and rows of a thread.
  int64_t slots, rows;
  /// A thread's rows are neighbours, so that one load brings their indices;
  /// otherwise they lie `slots` apart.
  bool isContiguous;
  int64_t numRows;
  /// The thread's slot and first piece.
  Value slot, piece;

  Value firstRow(DeviceBuilder &d) const {
    return isContiguous ? d.mul(slot, rows) : slot;
  }
  int64_t rowStride() const { return isContiguous ? 1 : slots; }
  /// Null if all threads have a row number `i`.
  Value hasRow(DeviceBuilder &d, int64_t i) const {
    if (slots * rows == numRows)
      return {};
    return d.below(slot, numRows - i * slots);
  }
};

GatherMap::GatherMap(DeviceBuilder &d, int64_t threads, int64_t numRows,
                     int64_t piecesPerRow)
    : numRows(numRows) {
  while (lanesPerRow < 8 && piecesPerRow % (2 * lanesPerRow) == 0)
    lanesPerRow *= 2;
  slots = threads / lanesPerRow;
  rows = ceilDiv(numRows, slots);
  bool isPowerOf2 = (rows & (rows - 1)) == 0;
  isContiguous =
      lanesPerRow == 8 && slots * rows == numRows && isPowerOf2 && rows <= 8;
  if (lanesPerRow == 8) {
    slot = d.div(d.threadId(), lanesPerRow);
    piece = d.rem(d.threadId(), lanesPerRow);
    return;
  }
  // Short rows: neighbouring lanes take different rows, whose places in shared
  // memory have no bank in common.
  int64_t rowsOfWarp = warpLanes / lanesPerRow;
  slot = d.add(d.mul(d.warp(), rowsOfWarp), d.rem(d.lane(), rowsOfWarp));
  piece = d.div(d.lane(), rowsOfWarp);
}

struct LowerGatherCopy : public OpConversionPattern<GatherCopyOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(GatherCopyOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    std::optional<int64_t> threads = getNumThreads(op);
    if (!threads)
      return rewriter.notifyMatchFailure(
          op, "the kernel must have a known block size, all in x");
    DeviceBuilder d(rewriter, op.getLoc());
    MemRefType destType = op.getDest().getType();
    int64_t piecesPerRow = destType.getDimSize(1) * 2 / pieceBytes;
    SmallVector<int64_t> strides;
    int64_t unused;
    if (failed(destType.getStridesAndOffset(strides, unused)))
      return rewriter.notifyMatchFailure(op, "the destination is not strided");
    int64_t pitchBytes = strides[0] * 2;
    GatherMap map(d, *threads, destType.getDimSize(0), piecesPerRow);
    int64_t piecesPerLane = piecesPerRow / map.lanesPerRow;
    int64_t pieceStep = map.lanesPerRow * pieceBytes;

    // 16 for pieces inside the source, else 0: a multiple of 8 columns is a
    // whole piece.
    Value column = d.add(adaptor.getColumn(), d.toIndex(d.mul(map.piece, 8)));
    Value width = d.size(adaptor.getSource(), 1);
    SmallVector<Value> pieceSizes;
    for (int64_t j = 0; j < piecesPerLane; ++j) {
      Value inside = d.below(d.add(column, j * map.lanesPerRow * 8), width);
      pieceSizes.push_back(arith::SelectOp::create(
          rewriter, d.loc, inside, d.i32(pieceBytes), d.i32(0)));
    }
    Value source = d.advance(d.pointer(adaptor.getSource(), globalSpace),
                             d.mul(d.toI64(column), 2));
    Value sourcePitch = d.toI32(d.mul(d.stride(adaptor.getSource(), 0), 2));
    Value firstRow = map.firstRow(d);
    Value dest = d.advance(
        d.pointer(adaptor.getDest(), sharedSpace),
        d.add(d.mul(firstRow, pitchBytes), d.mul(map.piece, pieceBytes)));

    SmallVector<Value> indices = loadIndices(d, map, firstRow, op, adaptor);
    for (int64_t i = 0; i < map.rows; ++i) {
      buildIf(d, map.hasRow(d, i), [&] {
        Value index = indices.empty()
                          ? loadIndex(d, map, firstRow, i, op, adaptor)
                          : indices[i];
        // The index's sign in the bit of 16, inverted: what a piece's size is
        // masked with. (As a comparison this takes twice the instructions.)
        Value sign =
            arith::ShRUIOp::create(rewriter, d.loc, index, d.i32(31 - 4));
        Value mask = arith::XOrIOp::create(rewriter, d.loc, sign, d.i32(-1));
        Value bytes = arith::MulIOp::create(rewriter, d.loc, d.toI64(index),
                                            d.toI64(sourcePitch));
        Value row = d.advance(source, bytes);
        for (int64_t j = 0; j < piecesPerLane; ++j)
          buildCopy(
              d,
              d.advance(dest, i * map.rowStride() * pitchBytes + j * pieceStep),
              d.advance(row, j * pieceStep), d.bitAnd(mask, pieceSizes[j]));
      });
    }
    rewriter.eraseOp(op);
    return success();
  }

private:
  static Value indexPointer(DeviceBuilder &d, Value firstRow, GatherCopyOp op,
                            OpAdaptor adaptor) {
    bool isShared = gpu::GPUDialect::hasWorkgroupMemoryAddressSpace(
        op.getIndices().getType());
    Value base =
        d.pointer(adaptor.getIndices(), isShared ? sharedSpace : globalSpace);
    return d.advance(base, d.mul(firstRow, 4));
  }

  /// All indices of the thread by one load, if its rows are neighbours.
  static SmallVector<Value> loadIndices(DeviceBuilder &d, const GatherMap &map,
                                        Value firstRow, GatherCopyOp op,
                                        OpAdaptor adaptor) {
    SmallVector<Value> indices;
    if (!map.isContiguous)
      return indices;
    Type type = VectorType::get({map.rows}, d.b.getI32Type());
    unsigned alignment = std::min<int64_t>(16, map.rows * 4);
    Value loaded = LLVM::LoadOp::create(
        d.b, d.loc, type, indexPointer(d, firstRow, op, adaptor), alignment);
    for (int64_t i = 0; i < map.rows; ++i)
      indices.push_back(
          LLVM::ExtractElementOp::create(d.b, d.loc, loaded, d.i32(i)));
    return indices;
  }

  static Value loadIndex(DeviceBuilder &d, const GatherMap &map, Value firstRow,
                         int64_t i, GatherCopyOp op, OpAdaptor adaptor) {
    Value place = d.advance(indexPointer(d, firstRow, op, adaptor),
                            i * map.rowStride() * 4);
    return LLVM::LoadOp::create(d.b, d.loc, d.b.getI32Type(), place, 4);
  }
};

struct LowerCommitCopies : public OpConversionPattern<CommitCopiesOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(CommitCopiesOp op, OpAdaptor,
                  ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOpWithNewOp<NVVM::CpAsyncCommitGroupOp>(op);
    return success();
  }
};

struct LowerWaitCopies : public OpConversionPattern<WaitCopiesOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(WaitCopiesOp op, OpAdaptor,
                  ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOpWithNewOp<NVVM::CpAsyncWaitGroupOp>(
        op, static_cast<int32_t>(op.getPending()));
    return success();
  }
};
} // namespace

void mlir::hinm::populateCopyPatterns(const TypeConverter &converter,
                                      RewritePatternSet &patterns) {
  patterns
      .add<LowerBlockCopy, LowerGatherCopy, LowerCommitCopies, LowerWaitCopies>(
          converter, patterns.getContext());
}

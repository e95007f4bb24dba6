//===- SparseMultiply.cpp - the warp's sparse multiplications ---*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// mma.sp.m16n8k32 on fragments from shared memory. A fragment of the weight is
// one 16-byte load (the stream holds each lane's registers side by side), one
// of the activations an ldmatrix.x4.trans, whose lane l addresses row l of the
// half. Source: PTX ISA, "Matrix Fragments for sparse mma.m16n8k32",
// "ldmatrix".
//
//===----------------------------------------------------------------------===//

#include "DeviceBuilder.h"
#include "PopulatePatterns.h"

#include "hinm/Dialect/HINM/IR/HINM.h"
#include "hinm/Format/FragmentStream.h"

using namespace mlir;
using namespace mlir::hinm;

using ::hinm::format::FragmentStreamLayout;

/// The four 32-bit registers of a fragment.
using Fragment = SmallVector<Value, 4>;

namespace {
/// The registers behind a `!hinm.fragments`, in the order of its conversion.
struct FragmentRegisters {
  SmallVector<Fragment> held;
  Fragment streamed;
  /// Two halves for each pair of row fragments.
  SmallVector<Value> metadata;

  FragmentRegisters() = default;
  FragmentRegisters(FragmentsType type, ValueRange values) {
    for (int64_t i = 0; i < type.getHeldFragments(); ++i)
      held.push_back(Fragment(values.slice(4 * i, 4)));
    streamed = Fragment(values.slice(4 * held.size(), 4));
    metadata.append(values.begin() + 4 * (held.size() + 1), values.end());
  }

  SmallVector<Value> flatten() const {
    SmallVector<Value> values;
    for (const Fragment &fragment : held)
      values.append(fragment.begin(), fragment.end());
    values.append(streamed.begin(), streamed.end());
    values.append(metadata.begin(), metadata.end());
    return values;
  }
};

/// Loads a warp's fragments from one stage: three base addresses, and from them
/// only constant offsets.
class StageLoader {
public:
  StageLoader(DeviceBuilder &d, FragmentsType type, Value block, Value rows,
              ArrayRef<int64_t> warps);

  Fragment loadHeld(int64_t half, int64_t i) {
    return type.holdsActivations() ? loadRows(half, i) : loadWeight(half, i);
  }
  Fragment loadStreamed(int64_t half, int64_t i) {
    return type.holdsActivations() ? loadWeight(half, i) : loadRows(half, i);
  }
  SmallVector<Value> loadMetadata();

private:
  Fragment loadWeight(int64_t half, int64_t rowFragment);
  Fragment loadRows(int64_t half, int64_t columnFragment);

  DeviceBuilder &d;
  FragmentsType type;
  FragmentStreamLayout layout;
  int64_t pitchBytes;
  Value values, metadata, activations;
};
} // namespace

/// Elements of a vector or struct value as single values.
static SmallVector<Value> extractAll(DeviceBuilder &d, Value vector,
                                     int64_t count) {
  SmallVector<Value> values;
  for (int64_t i = 0; i < count; ++i)
    values.push_back(
        LLVM::ExtractElementOp::create(d.b, d.loc, vector, d.i32(i)));
  return values;
}
static SmallVector<Value> extractFields(DeviceBuilder &d, Value aggregate,
                                        int64_t count) {
  SmallVector<Value> values;
  for (int64_t i = 0; i < count; ++i)
    values.push_back(LLVM::ExtractValueOp::create(d.b, d.loc, aggregate, i));
  return values;
}

StageLoader::StageLoader(DeviceBuilder &d, FragmentsType type, Value block,
                         Value rows, ArrayRef<int64_t> warps)
    : d(d), type(type) {
  layout.vector = type.getRows() * warps[0];
  SmallVector<int64_t> strides;
  int64_t offset = 0;
  LogicalResult strided =
      cast<MemRefType>(rows.getType()).getStridesAndOffset(strides, offset);
  assert(succeeded(strided) && "the verifier asks for strided rows");
  (void)strided;
  pitchBytes = strides[0] * 2;

  Value lane = d.lane(), warp = d.warp();
  Value warpRow = d.rem(warp, warps[0]);
  Value warpColumn = d.div(warp, warps[0]);
  auto offsetOf = [&](Value part, int64_t partBytes, int64_t laneBytes) {
    return d.add(d.mul(part, partBytes), d.mul(lane, laneBytes));
  };
  Value blockBase = d.pointer(block, sharedSpace);
  int64_t fragmentBytes = layout.lanes * layout.laneValueBytes;
  values = d.advance(blockBase,
                     offsetOf(warpRow, type.getRowFragments() * fragmentBytes,
                              layout.laneValueBytes));
  int64_t pairBytes = layout.metadataOffset(1, 0, 0) - layout.valueBytes();
  metadata = d.advance(
      blockBase, d.add(offsetOf(warpRow, type.getRowFragments() / 2 * pairBytes,
                                layout.halves * 4),
                       layout.valueBytes()));
  activations =
      d.advance(d.pointer(rows, sharedSpace),
                offsetOf(warpColumn, type.getColumns() * 2, pitchBytes));
}

Fragment StageLoader::loadWeight(int64_t half, int64_t rowFragment) {
  Value address = d.advance(values, layout.valueOffset(half, rowFragment, 0));
  Type type = VectorType::get({4}, d.b.getI32Type());
  Value loaded = LLVM::LoadOp::create(d.b, d.loc, type, address, 16);
  return Fragment(extractAll(d, loaded, 4));
}

Fragment StageLoader::loadRows(int64_t half, int64_t columnFragment) {
  Value address = d.advance(activations, half * layout.halfDepth * pitchBytes +
                                             columnFragment * 16);
  MLIRContext *context = d.b.getContext();
  Type i32 = d.b.getI32Type();
  Type result = LLVM::LLVMStructType::getLiteral(context, {i32, i32, i32, i32});
  Value loaded = NVVM::LdMatrixOp::create(
      d.b, d.loc, result, address, /*num=*/4, NVVM::MMALayout::col,
      NVVM::LdStMatrixShapeAttr::get(context, 8, 8),
      NVVM::LdStMatrixEltType::B16);
  return Fragment(extractFields(d, loaded, 4));
}

SmallVector<Value> StageLoader::loadMetadata() {
  SmallVector<Value> words;
  int64_t pairBytes = layout.metadataOffset(1, 0, 0) - layout.valueBytes();
  Type type = VectorType::get({2}, d.b.getI32Type());
  for (int64_t pair = 0; pair < this->type.getRowFragments() / 2; ++pair) {
    Value address = d.advance(metadata, pair * pairBytes);
    Value loaded = LLVM::LoadOp::create(d.b, d.loc, type, address, 8);
    words.append(extractAll(d, loaded, 2));
  }
  return words;
}

/// sums += weight * activations, of which the selector says whose lanes hold
/// the metadata.
static void buildMultiply(DeviceBuilder &d, const Fragment &weight,
                          const Fragment &activations, Value metadata,
                          int64_t selector, Type element,
                          MutableArrayRef<Value> sums) {
  MLIRContext *context = d.b.getContext();
  bool isBF16 = element.isBF16();
  // The op takes f16 in pairs, but bf16 as bits.
  auto operands = [&](const Fragment &fragment) {
    Fragment result = fragment;
    Type pair = VectorType::get({2}, element);
    if (!isBF16)
      for (Value &value : result)
        value = LLVM::BitcastOp::create(d.b, d.loc, pair, value);
    return result;
  };
  Type f32 = d.b.getF32Type();
  Type result = LLVM::LLVMStructType::getLiteral(context, {f32, f32, f32, f32});
  NVVM::MMATypes multiplicand =
      isBF16 ? NVVM::MMATypes::bf16 : NVVM::MMATypes::f16;
  SmallVector<Value> sumOperands(sums.begin(), sums.end());
  auto multiply = NVVM::MmaSpOp::create(
      d.b, d.loc, result, operands(weight), operands(activations), sumOperands,
      metadata, d.i32(selector), ArrayRef<int64_t>{16, 8, 32}, std::nullopt,
      std::array<NVVM::MMATypes, 2>{multiplicand, multiplicand});
  multiply.setOrderedMetadata(true);
  for (auto [sum, value] :
       llvm::zip_equal(sums, extractFields(d, multiply.getRes(), 4)))
    sum = value;
}

namespace {
struct LowerZeroAccumulator : public OpConversionPattern<ZeroAccumulatorOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(ZeroAccumulatorOp op, OpAdaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Value zero = arith::ConstantOp::create(rewriter, op.getLoc(),
                                           rewriter.getF32FloatAttr(0));
    SmallVector<Value> zeros(op.getType().getNumRegisters(), zero);
    SmallVector<ValueRange> replacements = {zeros};
    rewriter.replaceOpWithMultiple(op, replacements);
    return success();
  }
};

struct LowerLoadFragments : public OpConversionPattern<LoadFragmentsOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(LoadFragmentsOp op, OpAdaptor,
                  ConversionPatternRewriter &rewriter) const override {
    DeviceBuilder d(rewriter, op.getLoc());
    FragmentsType type = op.getFragments().getType();
    StageLoader loader(d, type, op.getBlock(), op.getRows(), op.getWarps());
    FragmentRegisters registers;
    for (int64_t i = 0; i < type.getHeldFragments(); ++i)
      registers.held.push_back(loader.loadHeld(0, i));
    registers.streamed = loader.loadStreamed(0, 0);
    registers.metadata = loader.loadMetadata();
    SmallVector<Value> values = registers.flatten();
    SmallVector<ValueRange> replacements = {values};
    rewriter.replaceOpWithMultiple(op, replacements);
    return success();
  }
};

/// One slice: the streamed fragment with each held one. The next streamed
/// fragment is loaded ahead of the slice; each held fragment is replaced behind
/// its last use, in the last slice of a half.
struct LowerSparseMultiply : public OpConversionPattern<SparseMultiplyOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(SparseMultiplyOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    DeviceBuilder d(rewriter, op.getLoc());
    FragmentsType type = op.getFragments().getType();
    StageLoader loader(d, type, op.getBlock(), op.getRows(), op.getWarps());
    Type element = op.getRows().getType().getElementType();
    SmallVector<Value> sums(adaptor.getAccumulator());
    FragmentRegisters registers(type, adaptor.getFragments());
    bool holdsActivations = type.holdsActivations();
    int64_t perHalf = type.getSlicesPerHalf();

    for (int64_t slice = op.getFirst(); slice < int64_t(op.getLast());
         ++slice) {
      int64_t half = slice / perHalf, streamed = slice % perHalf;
      int64_t nextSlice = (slice + 1) % type.getNumSlices();
      int64_t nextHalf = nextSlice / perHalf;
      Fragment present = registers.streamed;
      SmallVector<Value> metadata = registers.metadata;
      registers.streamed = loader.loadStreamed(nextHalf, nextSlice % perHalf);
      if (nextSlice == 0)
        registers.metadata = loader.loadMetadata();
      for (auto [held, fragment] : llvm::enumerate(registers.held)) {
        int64_t row = holdsActivations ? streamed : held;
        int64_t column = holdsActivations ? held : streamed;
        int64_t place = (row * type.getColumnFragments() + column) * 4;
        buildMultiply(d, holdsActivations ? present : fragment,
                      holdsActivations ? fragment : present,
                      metadata[row / 2 * 2 + half], row % 2, element,
                      MutableArrayRef<Value>(sums).slice(place, 4));
        if (nextHalf != half)
          fragment = loader.loadHeld(nextHalf, held);
      }
    }
    SmallVector<Value> fragments = registers.flatten();
    SmallVector<ValueRange> replacements = {sums, fragments};
    rewriter.replaceOpWithMultiple(op, replacements);
    return success();
  }
};
} // namespace

void mlir::hinm::populateMultiplyPatterns(const TypeConverter &converter,
                                          RewritePatternSet &patterns) {
  patterns.add<LowerZeroAccumulator, LowerLoadFragments, LowerSparseMultiply>(
      converter, patterns.getContext());
}

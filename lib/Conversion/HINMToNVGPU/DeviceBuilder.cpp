//===- DeviceBuilder.cpp - thread-level arithmetic and addresses *- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DeviceBuilder.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace mlir::hinm;

Value DeviceBuilder::i32(int64_t value) {
  return arith::ConstantIntOp::create(b, loc, b.getI32Type(), value);
}
Value DeviceBuilder::i64(int64_t value) {
  return arith::ConstantIntOp::create(b, loc, b.getI64Type(), value);
}
Value DeviceBuilder::index(int64_t value) {
  return arith::ConstantIndexOp::create(b, loc, value);
}

/// A constant of x's type.
static Value constantLike(DeviceBuilder &d, Value x, int64_t value) {
  return arith::ConstantOp::create(d.b, d.loc,
                                   d.b.getIntegerAttr(x.getType(), value));
}

Value DeviceBuilder::add(Value x, Value y) {
  return arith::AddIOp::create(b, loc, x, y);
}
Value DeviceBuilder::add(Value x, int64_t y) {
  return y == 0 ? x : add(x, constantLike(*this, x, y));
}
Value DeviceBuilder::mul(Value x, int64_t y) {
  return y == 1 ? x
                : arith::MulIOp::create(b, loc, x, constantLike(*this, x, y));
}
Value DeviceBuilder::div(Value x, int64_t y) {
  return y == 1 ? x
                : arith::DivUIOp::create(b, loc, x, constantLike(*this, x, y));
}
Value DeviceBuilder::rem(Value x, int64_t y) {
  return arith::RemUIOp::create(b, loc, x, constantLike(*this, x, y));
}
Value DeviceBuilder::bitAnd(Value x, Value y) {
  return arith::AndIOp::create(b, loc, x, y);
}
Value DeviceBuilder::below(Value x, Value y) {
  return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult, x, y);
}
Value DeviceBuilder::below(Value x, int64_t y) {
  return below(x, constantLike(*this, x, y));
}
Value DeviceBuilder::toI32(Value x) {
  if (x.getType().isInteger(32))
    return x;
  if (x.getType().isIndex())
    return arith::IndexCastOp::create(b, loc, b.getI32Type(), x);
  return arith::TruncIOp::create(b, loc, b.getI32Type(), x);
}
Value DeviceBuilder::toI64(Value x) {
  if (x.getType().isInteger(64))
    return x;
  if (x.getType().isIndex())
    return arith::IndexCastOp::create(b, loc, b.getI64Type(), x);
  return arith::ExtUIOp::create(b, loc, b.getI64Type(), x);
}
Value DeviceBuilder::toIndex(Value x) {
  if (x.getType().isIndex())
    return x;
  return arith::IndexCastUIOp::create(b, loc, b.getIndexType(), x);
}

Value DeviceBuilder::threadId() {
  return NVVM::ThreadIdXOp::create(b, loc, b.getI32Type());
}
Value DeviceBuilder::lane() { return rem(threadId(), 32); }
Value DeviceBuilder::warp() { return div(threadId(), 32); }

Value DeviceBuilder::pointer(Value memref, unsigned space) {
  auto type = cast<MemRefType>(memref.getType());
  Value address =
      memref::ExtractAlignedPointerAsIndexOp::create(b, loc, memref);
  address = toI64(address);
  Value result;
  auto pointerType = LLVM::LLVMPointerType::get(b.getContext(), space);
  if (space == sharedSpace) {
    result = LLVM::IntToPtrOp::create(b, loc, pointerType, address);
  } else {
    auto generic = LLVM::LLVMPointerType::get(b.getContext());
    result = LLVM::IntToPtrOp::create(b, loc, generic, address);
    result = LLVM::AddrSpaceCastOp::create(b, loc, pointerType, result);
  }
  SmallVector<int64_t> strides;
  int64_t offset = 0;
  LogicalResult strided = type.getStridesAndOffset(strides, offset);
  assert(succeeded(strided) && "the verifiers ask for strided memrefs");
  (void)strided;
  int64_t bytes = type.getElementTypeBitWidth() / 8;
  if (ShapedType::isStatic(offset))
    return advance(result, offset * bytes);
  auto metadata = memref::ExtractStridedMetadataOp::create(b, loc, memref);
  return advance(result, mul(toI64(metadata.getOffset()), bytes));
}

Value DeviceBuilder::size(Value memref, int64_t dim) {
  int64_t size = cast<MemRefType>(memref.getType()).getDimSize(dim);
  if (ShapedType::isStatic(size))
    return index(size);
  return memref::DimOp::create(b, loc, memref, dim);
}

Value DeviceBuilder::stride(Value memref, int64_t dim) {
  SmallVector<int64_t> strides;
  int64_t offset = 0;
  if (succeeded(cast<MemRefType>(memref.getType())
                    .getStridesAndOffset(strides, offset)) &&
      ShapedType::isStatic(strides[dim]))
    return index(strides[dim]);
  auto metadata = memref::ExtractStridedMetadataOp::create(b, loc, memref);
  return metadata.getStrides()[dim];
}

Value DeviceBuilder::advance(Value pointer, Value bytes) {
  return LLVM::GEPOp::create(b, loc, pointer.getType(), b.getI8Type(), pointer,
                             ArrayRef<LLVM::GEPArg>{bytes});
}
Value DeviceBuilder::advance(Value pointer, int64_t bytes) {
  if (bytes == 0)
    return pointer;
  if (bytes != static_cast<int32_t>(bytes))
    return advance(pointer, i64(bytes));
  return LLVM::GEPOp::create(
      b, loc, pointer.getType(), b.getI8Type(), pointer,
      ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(bytes)});
}

std::optional<int64_t> mlir::hinm::getNumThreads(Operation *op) {
  auto function = op->getParentOfType<gpu::GPUFuncOp>();
  if (!function)
    return std::nullopt;
  std::optional<ArrayRef<int32_t>> size = function.getKnownBlockSize();
  if (!size || size->size() != 3 || (*size)[1] != 1 || (*size)[2] != 1)
    return std::nullopt;
  return (*size)[0];
}

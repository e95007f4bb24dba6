//===- DeviceBuilder.h - thread-level arithmetic and addresses --*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HINM_LIB_CONVERSION_HINMTONVGPU_DEVICEBUILDER_H
#define HINM_LIB_CONVERSION_HINMTONVGPU_DEVICEBUILDER_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"

namespace mlir::hinm {

/// Address spaces of NVVM.
constexpr unsigned globalSpace = 1;
constexpr unsigned sharedSpace = 3;

/// Short names for what the lowering of device-level ops emits most. Arithmetic
/// within a thread block is 32 bits wide; what may exceed 4 GB is 64.
class DeviceBuilder {
public:
  DeviceBuilder(OpBuilder &builder, Location loc) : b(builder), loc(loc) {}

  Value i32(int64_t value);
  Value i64(int64_t value);
  Value index(int64_t value);
  Value add(Value x, Value y);
  Value add(Value x, int64_t y);
  Value mul(Value x, int64_t y);
  Value div(Value x, int64_t y);
  Value rem(Value x, int64_t y);
  Value bitAnd(Value x, Value y);
  Value below(Value x, Value y);
  Value below(Value x, int64_t y);
  /// Conversions between i32, i64 and index.
  Value toI32(Value x);
  Value toI64(Value x);
  Value toIndex(Value x);

  /// The thread's number in a block of one dimension, i32; its lane and warp.
  Value threadId();
  Value lane();
  Value warp();

  /// The first element of `memref` as a pointer of `space`.
  Value pointer(Value memref, unsigned space);
  /// Size and stride (in elements, index) of a dimension.
  Value size(Value memref, int64_t dim);
  Value stride(Value memref, int64_t dim);
  /// `pointer` moved by some bytes.
  Value advance(Value pointer, Value bytes);
  Value advance(Value pointer, int64_t bytes);

  OpBuilder &b;
  Location loc;
};

/// How many threads run the kernel around `op`, all in x; nothing if the kernel
/// does not say.
std::optional<int64_t> getNumThreads(Operation *op);

} // namespace mlir::hinm

#endif // HINM_LIB_CONVERSION_HINMTONVGPU_DEVICEBUILDER_H

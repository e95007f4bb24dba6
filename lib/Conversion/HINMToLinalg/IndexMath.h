//===- IndexMath.h - index arithmetic in the body of an op ------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HINM_LIB_CONVERSION_HINMTOLINALG_INDEXMATH_H
#define HINM_LIB_CONVERSION_HINMTOLINALG_INDEXMATH_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Builders.h"

namespace mlir::hinm {

/// Writes arithmetic on non-negative indices as it is written on paper.
class IndexMath {
public:
  IndexMath(OpBuilder &builder, Location loc) : builder(builder), loc(loc) {}

  Value constant(int64_t value) {
    return arith::ConstantIndexOp::create(builder, loc, value);
  }
  Value add(Value a, Value b) {
    return arith::AddIOp::create(builder, loc, a, b);
  }
  Value add(Value a, int64_t b) { return add(a, constant(b)); }
  Value mul(Value a, int64_t b) {
    return arith::MulIOp::create(builder, loc, a, constant(b));
  }
  Value div(Value a, int64_t b) {
    return arith::DivUIOp::create(builder, loc, a, constant(b));
  }
  Value rem(Value a, int64_t b) {
    return arith::RemUIOp::create(builder, loc, a, constant(b));
  }
  Value isLess(Value a, Value b) {
    return arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ult, a, b);
  }
  Value select(Value condition, Value a, Value b) {
    return arith::SelectOp::create(builder, loc, condition, a, b);
  }
  Value min(Value a, int64_t b) {
    return arith::MinUIOp::create(builder, loc, a, constant(b));
  }
  Value toIndex(Value integer) {
    return arith::IndexCastUIOp::create(builder, loc, builder.getIndexType(),
                                        integer);
  }

  /// `tensor[indices]` of i8, as an index from 0 to 255.
  Value extractByte(Value tensor, ValueRange indices) {
    return toIndex(tensor::ExtractOp::create(builder, loc, tensor, indices));
  }
  /// Bits [shift, shift + width) of `value`.
  Value bits(Value value, Value shift, int64_t width) {
    Value shifted = arith::ShRUIOp::create(builder, loc, value, shift);
    return rem(shifted, int64_t(1) << width);
  }

private:
  OpBuilder &builder;
  Location loc;
};

} // namespace mlir::hinm

#endif // HINM_LIB_CONVERSION_HINMTOLINALG_INDEXMATH_H

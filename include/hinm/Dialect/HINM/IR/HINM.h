//===- HINM.h - the hinm dialect --------------------------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// The dialect, its attributes and its ops. Linking HINMIR brings no pass.
//
//===----------------------------------------------------------------------===//

#ifndef HINM_DIALECT_HINM_IR_HINM_H
#define HINM_DIALECT_HINM_IR_HINM_H

#include "hinm/Format/Pattern.h"

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/Attributes.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/TensorEncoding.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Interfaces/TilingInterface.h"

#include "hinm/Dialect/HINM/IR/HINMDialect.h.inc"

#define GET_ATTRDEF_CLASSES
#include "hinm/Dialect/HINM/IR/HINMAttributes.h.inc"

#define GET_TYPEDEF_CLASSES
#include "hinm/Dialect/HINM/IR/HINMTypes.h.inc"

#define GET_OP_CLASSES
#include "hinm/Dialect/HINM/IR/HINMOps.h.inc"

namespace mlir::hinm {

/// The encoding of `type`, or null if it is no tensor with one.
EncodingAttr getEncoding(Type type);

/// A copy of `op`, regions included (they may be empty), with other operands
/// and result types.
Operation *cloneWithOperands(OpBuilder &builder, Operation *op,
                             TypeRange resultTypes, ValueRange operands);

/// Columns of a feature-major tensor for `tokens` tokens: rounded up to a
/// multiple of 8, so that rows of 2-byte elements stay 16-byte aligned.
constexpr int64_t tokenPadding = 8;
constexpr int64_t paddedTokens(int64_t tokens) {
  return (tokens + tokenPadding - 1) / tokenPadding * tokenPadding;
}

} // namespace mlir::hinm

#endif // HINM_DIALECT_HINM_IR_HINM_H

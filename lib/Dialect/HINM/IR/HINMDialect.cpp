//===- HINMDialect.cpp - registration of the hinm dialect -------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hinm/Dialect/HINM/IR/HINM.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::hinm;

#include "hinm/Dialect/HINM/IR/HINMDialect.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "hinm/Dialect/HINM/IR/HINMAttributes.cpp.inc"

#define GET_TYPEDEF_CLASSES
#include "hinm/Dialect/HINM/IR/HINMTypes.cpp.inc"

#define GET_OP_CLASSES
#include "hinm/Dialect/HINM/IR/HINMOps.cpp.inc"

void HINMDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "hinm/Dialect/HINM/IR/HINMAttributes.cpp.inc"
      >();
  addTypes<
#define GET_TYPEDEF_LIST
#include "hinm/Dialect/HINM/IR/HINMTypes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "hinm/Dialect/HINM/IR/HINMOps.cpp.inc"
      >();
}

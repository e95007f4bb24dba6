//===- Passes.h - passes on the dialect -------------------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HINM_DIALECT_HINM_TRANSFORMS_PASSES_H
#define HINM_DIALECT_HINM_TRANSFORMS_PASSES_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace mlir::hinm {

#define GEN_PASS_DECL
#include "hinm/Dialect/HINM/Transforms/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "hinm/Dialect/HINM/Transforms/Passes.h.inc"

} // namespace mlir::hinm

#endif // HINM_DIALECT_HINM_TRANSFORMS_PASSES_H

//===- Passes.h - conversion passes -----------------------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HINM_CONVERSION_PASSES_H
#define HINM_CONVERSION_PASSES_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace mlir::gpu {
class GPUModuleOp;
} // namespace mlir::gpu

namespace mlir::hinm {

#define GEN_PASS_DECL
#include "hinm/Conversion/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "hinm/Conversion/Passes.h.inc"

} // namespace mlir::hinm

#endif // HINM_CONVERSION_PASSES_H

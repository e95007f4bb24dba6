//===- Saliency.h - saliency from a file ------------------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HINM_LIB_DRIVER_SALIENCY_H
#define HINM_LIB_DRIVER_SALIENCY_H

#include "mlir/IR/BuiltinOps.h"

namespace mlir::hinm {

/// Gives each layer of which the safetensors file at `path` holds a matrix of
/// that name its saliency. A name that no layer has, another shape than the
/// weight's and elements that are no floats are errors.
LogicalResult attachSaliency(ModuleOp module, llvm::StringRef path);

} // namespace mlir::hinm

#endif // HINM_LIB_DRIVER_SALIENCY_H

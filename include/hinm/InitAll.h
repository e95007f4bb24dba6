//===- InitAll.h - registers all that the project has -----------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// The one place that tools, plugins and bindings use.
//
//===----------------------------------------------------------------------===//

#ifndef HINM_INITALL_H
#define HINM_INITALL_H

#include "hinm/Conversion/Passes.h"
#include "hinm/Dialect/HINM/IR/HINM.h"
#include "hinm/Dialect/HINM/Transforms/BufferizableOpInterfaceImpl.h"
#include "hinm/Dialect/HINM/Transforms/Passes.h"
#include "hinm/Pipelines/Pipelines.h"

#include "mlir/IR/DialectRegistry.h"

namespace mlir::hinm {

/// The dialect and what it teaches other parts of MLIR.
inline void registerAllDialects(DialectRegistry &registry) {
  registry.insert<HINMDialect>();
  registerBufferizableOpInterfaceModels(registry);
}

/// Passes and the pipelines `hinm-to-nvvm` and `hinm-to-cpu`.
inline void registerAllPasses() {
  registerHINMTransformsPasses();
  registerHINMConversionPasses();
  registerPipelines();
}

} // namespace mlir::hinm

#endif // HINM_INITALL_H

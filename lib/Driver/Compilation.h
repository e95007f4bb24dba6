//===- Compilation.h - one run of the driver --------------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HINM_LIB_DRIVER_COMPILATION_H
#define HINM_LIB_DRIVER_COMPILATION_H

#include "ArtifactFolder.h"
#include "Report.h"
#include "Stages.h"

#include "hinm/Driver/Compile.h"

#include "mlir/IR/OwningOpRef.h"
#include "mlir/Pass/PassManager.h"

#include <optional>
#include <string>
#include <vector>

namespace mlir::hinm {

/// A chip with what LLVM is to be told of it.
struct Target {
  std::string chip;
  std::string features;
};

/// One run of the driver.
class Compilation {
public:
  explicit Compilation(const CompileOptions &options);

  LogicalResult run();

private:
  /// Emits one error.
  LogicalResult report(llvm::Error error);
  LogicalResult report(const llvm::Twine &message);

  LogicalResult checkOptions();
  LogicalResult parse();
  /// Dense model to the encoded level.
  LogicalResult encode();
  LogicalResult runPasses(ModuleOp module, StringRef stage,
                          llvm::function_ref<void(OpPassManager &)> build);
  LogicalResult runStorage(ModuleOp module, const Target &target);
  LogicalResult runKernels(ModuleOp module, const Target &target);
  /// A copy of the module in PTX, whose kernels are in a `gpu.binary`.
  FailureOr<std::string> lowerToPTX(ModuleOp module, const Target &target);

  LogicalResult emitModule(ModuleOp module);
  LogicalResult emitText(StringRef text);
  LogicalResult emitForOneTarget();
  LogicalResult emitArtifact();
  LogicalResult addGPU(ArtifactFolder &folder, const Target &target);
  LogicalResult addCPU(ArtifactFolder &folder);
  LogicalResult writeTiming();

  const CompileOptions &options;
  Stages stages;
  MLIRContext context;
  OwningOpRef<ModuleOp> module;
  std::vector<Target> targets;
  std::optional<std::string> ptxas;
  ::hinm::runtime::Manifest manifest;
  Report layers;
};

} // namespace mlir::hinm

#endif // HINM_LIB_DRIVER_COMPILATION_H

//===- Pipelines.cpp - from a dense model to the storage level --*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hinm/Pipelines/Pipelines.h"

#include "hinm/Dialect/HINM/Transforms/Passes.h"

#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;
using namespace mlir::hinm;

void mlir::hinm::buildSelectPipeline(OpPassManager &manager,
                                     const EncodeOptions &options) {
  HINMSelectOptions select;
  select.vector = options.vector;
  select.columnSparsity = options.columnSparsity;
  select.nm = options.nm;
  select.layers = options.layers;
  select.minSize = options.minSize;
  select.allowNone = options.allowNone;
  select.overrides = options.overrides;
  select.storage = options.storage;
  // Entries are single functions.
  manager.addPass(createInlinerPass());
  manager.addPass(createSymbolDCEPass());
  // Front ends assert that sizes are not negative; tell them so.
  manager.addPass(arith::createIntRangeOptimizationsPass());
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createHINMNormalize());
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createHINMSelect(select));
  // One boundary for an input that several layers share.
  manager.addPass(createCSEPass());
  manager.addPass(createHINMPropagateLayout());
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createCSEPass());
}

void mlir::hinm::buildSearchPipeline(OpPassManager &manager,
                                     const EncodeOptions &options) {
  HINMGyroPermuteOptions permute;
  permute.strategy = options.strategy;
  permute.seed = options.seed;
  permute.threads = options.threads;
  manager.addPass(createHINMGyroPermute(permute));
}

void mlir::hinm::buildFoldPipeline(OpPassManager &manager,
                                   const EncodeOptions &options) {
  manager.addPass(createHINMCompress());
  if (!options.fold)
    return;
  manager.addPass(createHINMFoldPermutations());
  HINMVerifyFoldedOptions verify;
  verify.allow = options.allowRuntimePermute;
  manager.addPass(createHINMVerifyFolded(verify));
}

void mlir::hinm::buildFusePipeline(OpPassManager &manager) {
  manager.addPass(createHINMFuseEpilogue());
  manager.addPass(createCanonicalizerPass());
}

void mlir::hinm::buildStoragePipeline(OpPassManager &manager,
                                      const ToNVVMOptions &options) {
  // Both do nothing where they have run before.
  manager.addPass(createHINMCompress());
  buildFusePipeline(manager);
  HINMPackForTargetOptions pack;
  pack.chip = options.chip;
  manager.addPass(createHINMLowerEncodings());
  manager.addPass(createHINMPackForTarget(pack));
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createHINMVerifyNoEncodings());
}

void mlir::hinm::buildToNVVMPipeline(OpPassManager &manager,
                                     const ToNVVMOptions &options) {
  buildStoragePipeline(manager, options);
  buildKernelPipeline(manager, options);
}

void mlir::hinm::registerPipelines() {
  PassPipelineRegistration<EncodeOptions>(
      "hinm-encode", "From a dense model to the encoded level, compressed",
      [](OpPassManager &manager, const EncodeOptions &options) {
        buildSelectPipeline(manager, options);
        buildSearchPipeline(manager, options);
        buildFoldPipeline(manager, options);
        buildFusePipeline(manager);
      });
  PassPipelineRegistration<ToNVVMOptions>(
      "hinm-to-nvvm", "From the encoded or storage level to NVVM and LLVM",
      buildToNVVMPipeline);
  PassPipelineRegistration<>("hinm-to-cpu",
                             "From either level to the LLVM dialect",
                             buildToCPUPipeline);
}

//===- Lowering.cpp - from the storage level to LLVM and NVVM ---*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hinm/Conversion/Passes.h"
#include "hinm/Dialect/HINM/Transforms/Passes.h"
#include "hinm/Pipelines/Pipelines.h"

#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/Bufferization/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/GPU/Transforms/Passes.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Linalg/Passes.h"
#include "mlir/Dialect/Math/Transforms/Passes.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;
using namespace mlir::hinm;

/// Entries of memrefs whose buffers lie in one workspace: what both forms
/// share.
static void buildBufferPipeline(OpPassManager &manager) {
  manager.addNestedPass<func::FuncOp>(createConvertElementwiseToLinalgPass());
  // The rows of a layer norm have one value, not a matrix of one column.
  manager.addPass(createLinalgFoldUnitExtentDimsPass());
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createHINMRematerialize());
  manager.addPass(createLinalgElementwiseOpFusionPass());
  manager.addPass(createHINMMakeEntry());
  manager.addPass(createHINMLiftConstants());
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createCSEPass());
  manager.addPass(createHINMRematerialize());
  // Results are computed where the caller wants them.
  manager.addPass(bufferization::createEmptyTensorEliminationPass());
  bufferization::OneShotBufferizePassOptions bufferize;
  bufferize.bufferizeFunctionBoundaries = true;
  bufferize.functionBoundaryTypeConversion =
      bufferization::LayoutMapOption::IdentityLayoutMap;
  manager.addPass(bufferization::createOneShotBufferizePass(bufferize));
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createCSEPass());
  manager.addPass(createHINMPlanWorkspace());
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createCSEPass());
}

/// What is left on the host: sizes, addresses, launches.
static void buildHostToLLVMPipeline(OpPassManager &manager) {
  manager.addPass(memref::createExpandStridedMetadataPass());
  manager.addPass(createLowerAffinePass());
  manager.addPass(createSCFToControlFlowPass());
  manager.addPass(createCanonicalizerPass());
}

void mlir::hinm::buildKernelPipeline(OpPassManager &manager,
                                     const ToNVVMOptions &options) {
  buildBufferPipeline(manager);
  manager.addPass(createConvertHINMToGPU());
  manager.addPass(createHINMRowsToGPU());
  manager.addNestedPass<func::FuncOp>(createConvertLinalgToParallelLoopsPass());
  manager.addPass(createHINMParallelLoopsToGPU());
  manager.addPass(createLowerAffinePass());
  manager.addPass(createGpuKernelOutliningPass());
  manager.addPass(createHINMMergeKernels());
  manager.addPass(createHINMPlaceOnDevice());

  OpPassManager &kernels = manager.nest<gpu::GPUModuleOp>();
  kernels.addPass(createCanonicalizerPass());
  kernels.addPass(createCSEPass());
  kernels.addPass(createConvertHINMToNVGPU());
  kernels.addPass(createHINMApproximateMath());
  kernels.addPass(createConvertNVGPUToNVVMPass());
  kernels.addPass(memref::createExpandStridedMetadataPass());
  kernels.addPass(createLowerAffinePass());
  kernels.addPass(createConvertVectorToSCFPass());
  kernels.addPass(createSCFToControlFlowPass());
  kernels.addPass(createConvertVectorToLLVMPass());
  kernels.addPass(createConvertGpuOpsToNVVMOps());
  kernels.addPass(createReconcileUnrealizedCastsPass());
  kernels.addPass(createCanonicalizerPass());
  kernels.addPass(createCSEPass());

  GpuNVVMAttachTargetOptions target;
  target.chip = options.chip;
  target.features = options.features;
  target.optLevel = 3;
  manager.addPass(createGpuNVVMAttachTarget(target));
  buildHostToLLVMPipeline(manager);
  manager.addPass(createGpuToLLVMConversionPass());
  manager.addPass(createReconcileUnrealizedCastsPass());
  manager.addPass(createHINMWrapEntries());
}

void mlir::hinm::buildToCPUPipeline(OpPassManager &manager) {
  manager.addPass(createConvertHINMToLinalg());
  manager.addPass(createCanonicalizerPass());
  buildBufferPipeline(manager);
  manager.addPass(createHINMCountOverflows());
  manager.addNestedPass<func::FuncOp>(createConvertLinalgToLoopsPass());
  buildHostToLLVMPipeline(manager);
  // A C library knows no conversions of bf16, and so no arithmetic either.
  math::MathExtendToSupportedTypesOptions extend;
  extend.extraTypeStrs = {"f16"};
  manager.addPass(math::createMathExtendToSupportedTypes(extend));
  arith::ArithEmulateUnsupportedFloatsOptions emulate;
  emulate.sourceTypeStrs = {"bf16"};
  manager.addPass(arith::createArithEmulateUnsupportedFloats(emulate));
  arith::ArithExpandOpsPassOptions expand;
  expand.includeBf16 = true;
  manager.addPass(arith::createArithExpandOpsPass(expand));
  manager.addPass(createConvertMathToLLVMPass());
  manager.addPass(createConvertMathToLibmPass());
  manager.addPass(createFinalizeMemRefToLLVMConversionPass());
  manager.addPass(createConvertFuncToLLVMPass());
  manager.addPass(createArithToLLVMConversionPass());
  manager.addPass(createConvertIndexToLLVMPass());
  manager.addPass(createConvertControlFlowToLLVMPass());
  manager.addPass(createReconcileUnrealizedCastsPass());
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createHINMWrapEntries());
}

//===- HINMToNVGPU.cpp - device-level ops to nvvm ---------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PopulatePatterns.h"

#include "hinm/Conversion/Passes.h"
#include "hinm/Dialect/HINM/IR/HINM.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/SCF/Transforms/Patterns.h"

namespace mlir::hinm {
#define GEN_PASS_DEF_CONVERTHINMTONVGPU
#include "hinm/Conversion/Passes.h.inc"
} // namespace mlir::hinm

using namespace mlir;
using namespace mlir::hinm;

void mlir::hinm::populateWarpTypeConversions(TypeConverter &converter) {
  converter.addConversion([](Type type) { return type; });
  converter.addConversion([](AccumulatorType type,
                             SmallVectorImpl<Type> &types) {
    types.append(type.getNumRegisters(), Float32Type::get(type.getContext()));
    return success();
  });
  converter.addConversion([](FragmentsType type, SmallVectorImpl<Type> &types) {
    types.append(type.getNumRegisters(),
                 IntegerType::get(type.getContext(), 32));
    return success();
  });
}

namespace {
struct ConvertHINMToNVGPU
    : public mlir::hinm::impl::ConvertHINMToNVGPUBase<ConvertHINMToNVGPU> {
  void runOnOperation() override {
    TypeConverter converter;
    populateWarpTypeConversions(converter);
    RewritePatternSet patterns(&getContext());
    ConversionTarget target(getContext());
    target.markUnknownOpDynamicallyLegal([](Operation *) { return true; });
    target.addIllegalOp<BlockCopyOp, GatherCopyOp, CommitCopiesOp, WaitCopiesOp,
                        ZeroAccumulatorOp, LoadFragmentsOp, SparseMultiplyOp,
                        StoreTileOp, gpu::DynamicSharedMemoryOp>();
    scf::populateSCFStructuralTypeConversionsAndLegality(converter, patterns,
                                                         target);
    populateCopyPatterns(converter, patterns);
    populateMultiplyPatterns(converter, patterns);
    populateDynamicSharedMemoryPatterns(converter, patterns);
    populateStoreTilePatterns(converter, patterns);
    if (failed(applyPartialConversion(getOperation(), target,
                                      std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace

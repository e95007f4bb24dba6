//===- Passes.td - conversion passes -----------------------*- tablegen -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HINM_CONVERSION_PASSES_TD
#define HINM_CONVERSION_PASSES_TD

include "mlir/Pass/PassBase.td"

def ConvertHINMToGPU : Pass<"convert-hinm-to-gpu", "ModuleOp"> {
  let summary = "Makes GPU kernels of bufferized storage-level ops";
  let description = [{
    Each `hinm.gather_matmul`, `hinm.to_feature_major` and
    `hinm.to_token_major` on memrefs becomes a launch of a kernel in the module
    `@hinm_kernels`.
  }];
  let dependentDialects = [
    "::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect",
    "::mlir::gpu::GPUDialect", "::mlir::memref::MemRefDialect",
    "::mlir::scf::SCFDialect", "::mlir::vector::VectorDialect"
  ];
}

def ConvertHINMToNVGPU : Pass<"convert-hinm-to-nvgpu", "::mlir::gpu::GPUModuleOp"> {
  let summary = "Lowers device-level ops to nvgpu and nvvm ops";
  let description = [{
    Device-level ops of the dialect in a `gpu.module` become `nvgpu`, `nvvm`
    and `llvm` ops.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::gpu::GPUDialect",
    "::mlir::LLVM::LLVMDialect", "::mlir::memref::MemRefDialect",
    "::mlir::NVVM::NVVMDialect", "::mlir::scf::SCFDialect",
    "::mlir::vector::VectorDialect"
  ];
}

#endif // HINM_CONVERSION_PASSES_TD

//===- KernelModule.h - kernels and their launches --------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HINM_LIB_CONVERSION_HINMTOGPU_KERNELMODULE_H
#define HINM_LIB_CONVERSION_HINMTOGPU_KERNELMODULE_H

#include "hinm/Dialect/HINM/IR/HINM.h"

#include "mlir/Dialect/GPU/IR/GPUDialect.h"

namespace mlir::hinm {

/// What a launch of a kernel needs beside its arguments.
struct LaunchShape {
  /// Thread blocks in x and y; z is 1.
  Value gridX, gridY;
  /// Threads of a block in x and y; z is 1.
  int64_t blockX = 1, blockY = 1;
  int64_t dynamicSharedBytes = 0;
};

/// The kernels of a module, in one `gpu.module`. A kernel has the
/// operands of its op as arguments; ops that agree in operand types, attributes
/// and regions share one.
class KernelModule {
public:
  KernelModule(ModuleOp module, StringRef name) : module(module), name(name) {}

  /// Builds the body of a kernel, which ends with `gpu.return`, at the
  /// builder's place in the empty entry block.
  using BuildBody = function_ref<void(OpBuilder &, gpu::GPUFuncOp)>;

  /// The kernel of `op`, built by `build` if there is none yet.
  gpu::GPUFuncOp getOrBuild(Operation *op, StringRef name,
                            const LaunchShape &shape, BuildBody build);

  /// Launches the kernel of `op` with op's operands in op's place.
  void launch(OpBuilder &builder, Operation *op, gpu::GPUFuncOp kernel,
              const LaunchShape &shape);

  int64_t getNumKernels() const { return built.size(); }

private:
  gpu::GPUModuleOp getOrCreateKernels();

  ModuleOp module;
  StringRef name;
  gpu::GPUModuleOp kernels;
  SmallVector<std::pair<Operation *, gpu::GPUFuncOp>> built;
};

/// Why `op` cannot become a kernel is its diagnostic.
LogicalResult convertGatherMatmul(GatherMatmulOp op, KernelModule &kernels);
LogicalResult convertLayoutOp(Operation *op, Value dest, StringRef name,
                              KernelModule &kernels);

/// Number of blocks of `size` in dimension `dim` of `memref`, on the host.
Value buildBlockCount(OpBuilder &builder, Location loc, Value memref,
                      int64_t dim, int64_t size);

} // namespace mlir::hinm

#endif // HINM_LIB_CONVERSION_HINMTOGPU_KERNELMODULE_H

//===- Pipelines.h - pipelines by name --------------------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HINM_PIPELINES_PIPELINES_H
#define HINM_PIPELINES_PIPELINES_H

#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassOptions.h"

namespace mlir::hinm {

/// From a dense model to the encoded level: which layers, which pattern, which
/// search. The options are those of `hinm-select` and `hinm-gyro-permute`.
struct EncodeOptions : public PassPipelineOptions<EncodeOptions> {
  Option<int64_t> vector{*this, "vector", llvm::cl::init(64)};
  Option<double> columnSparsity{*this, "column-sparsity", llvm::cl::init(0.5)};
  Option<std::string> nm{*this, "nm", llvm::cl::init("2:4")};
  Option<std::string> layers{*this, "layers", llvm::cl::init("")};
  Option<int64_t> minSize{*this, "min-size", llvm::cl::init(0)};
  Option<bool> allowNone{*this, "allow-none", llvm::cl::init(false)};
  Option<std::string> strategy{*this, "strategy", llvm::cl::init("gyro")};
  Option<uint64_t> seed{*this, "seed", llvm::cl::init(0)};
  Option<int64_t> threads{*this, "threads", llvm::cl::init(0)};
  Option<std::string> overrides{*this, "overrides", llvm::cl::init("")};
  Option<std::string> storage{*this, "storage", llvm::cl::init("auto")};
  Option<bool> fold{*this, "fold", llvm::cl::init(true),
                    llvm::cl::desc("Fold permutations; else they are copies")};
  Option<bool> allowRuntimePermute{
      *this, "allow-runtime-permute", llvm::cl::init(false),
      llvm::cl::desc("No error for a permutation that does not fold")};
};

struct ToNVVMOptions : public PassPipelineOptions<ToNVVMOptions> {
  Option<std::string> chip{*this, "chip", llvm::cl::init("sm_80"),
                           llvm::cl::desc("GPU to compile for")};
  Option<std::string> features{*this, "features", llvm::cl::init("+ptx85"),
                               llvm::cl::desc("PTX version, such as +ptx85")};
};

/// `hinm-select` to `hinm-propagate-layout`.
void buildSelectPipeline(OpPassManager &manager, const EncodeOptions &options);

/// `hinm-gyro-permute`.
void buildSearchPipeline(OpPassManager &manager, const EncodeOptions &options);

/// `hinm-compress` and `hinm-fold-permutations`. The weights are stored first:
/// then renaming their input channels touches an index, not the weight.
void buildFoldPipeline(OpPassManager &manager, const EncodeOptions &options);

/// `hinm-fuse-epilogue`: the last of the encoded level.
void buildFusePipeline(OpPassManager &manager);

/// Storage level, packed for the chip.
void buildStoragePipeline(OpPassManager &manager, const ToNVVMOptions &options);

/// Storage level to the LLVM dialect on the host and NVVM in GPU modules.
void buildKernelPipeline(OpPassManager &manager, const ToNVVMOptions &options);

/// `hinm-to-nvvm`: the last three, from the encoded or the storage level.
void buildToNVVMPipeline(OpPassManager &manager, const ToNVVMOptions &options);

/// `hinm-to-cpu`: from either level to the LLVM dialect. May be entered behind
/// any pass from `hinm-gyro-permute` to `hinm-lift-constants`.
void buildToCPUPipeline(OpPassManager &manager);

/// Registers `hinm-encode`, `hinm-to-nvvm` and `hinm-to-cpu`, so that
/// `--pass-pipeline` knows them.
void registerPipelines();

} // namespace mlir::hinm

#endif // HINM_PIPELINES_PIPELINES_H

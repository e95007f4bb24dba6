//===- Compile.h - from a model's file to an artifact -----------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HINM_DRIVER_COMPILE_H
#define HINM_DRIVER_COMPILE_H

#include "llvm/Support/LogicalResult.h"

#include <cstdint>
#include <string>
#include <vector>

namespace mlir::hinm {

/// What the driver leaves.
enum class Emission {
  /// The encoded level, weights compressed.
  MLIREncoded,
  /// The storage level, packed for the chip.
  MLIRStorage,
  /// LLVM dialect on the host, NVVM in the GPU module.
  MLIRNVVM,
  PTX,
  Cubin,
  /// A folder with everything that `hinm-run` needs (docs/artifact.md).
  Artifact
};

struct CompileOptions {
  /// A file of MLIR (text or bytecode), `-` for standard input.
  std::string input;
  /// A file, `-` for standard output; a folder for an artifact.
  std::string output;
  Emission emission = Emission::Artifact;

  /// V, the share of dropped column vectors, and N:M.
  int64_t vector = 64;
  double columnSparsity = 0.5;
  std::string nm = "2:4";
  /// Search strategy: none, pca, columns, gyro, anneal or best.
  std::string strategy = "gyro";
  uint64_t seed = 0;
  /// Threads of the search, 0 for all.
  int64_t threads = 0;
  /// Regular expression on locations and functions; smallest weight.
  std::string layers;
  int64_t minSize = 0;
  /// What weights and activations are rounded to: auto, f16 or bf16.
  std::string storage = "auto";
  /// JSON file of settings for single layers; empty: none.
  std::string overrides;
  /// safetensors file of matrices that stand in place of |w|, named as the
  /// layers are; empty: none.
  std::string saliency;
  /// Folds permutations; else each is a copy at run time.
  bool fold = true;
  /// A permutation that does not fold is no error.
  bool allowRuntimePermute = false;

  /// GPUs to compile for, such as sm_80.
  std::vector<std::string> chips = {"sm_80"};
  /// PTX version such as 8.5; empty: the oldest that serves.
  std::string ptxVersion;
  /// Root of a CUDA toolkit; empty: HINM_CUDA_PATH, CUDA_PATH, then PATH.
  std::string cudaPath;
  /// C compiler that links host code; empty: CC, then cc, gcc, clang.
  std::string compiler;

  /// Where a JSON object with the seconds of each stage and the peak memory
  /// goes, if anywhere.
  std::string timingFile;
  /// Says on standard error what is being done.
  bool showProgress = false;
};

/// For a program's `main`, before it starts threads: where SIGINT, SIGTERM or
/// SIGHUP ends it, what was half-written is removed first.
void cleanUpWhenInterrupted();

/// Compiles. Whatever was wrong has been reported on standard error, once; no
/// half-written output is left.
llvm::LogicalResult compile(const CompileOptions &options);

} // namespace mlir::hinm

#endif // HINM_DRIVER_COMPILE_H

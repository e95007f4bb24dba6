//===- Tools.h - programs of others that the driver runs --------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HINM_LIB_DRIVER_TOOLS_H
#define HINM_LIB_DRIVER_TOOLS_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <optional>
#include <string>

namespace mlir::hinm {

/// Runs `program` and returns all that it printed; an error with that text if
/// it failed.
llvm::Expected<std::string> runTool(llvm::StringRef program,
                                    llvm::ArrayRef<std::string> arguments);

/// ptxas of the toolkit at `cudaPath` (an error if it has none); without one,
/// of HINM_CUDA_PATH or CUDA_PATH, or on PATH. Nothing if there is none.
llvm::Expected<std::optional<std::string>> findPtxas(llvm::StringRef cudaPath);

/// What ptxas says of one kernel.
struct KernelResources {
  std::string kernel;
  int64_t registers = 0;
  int64_t spillBytes = 0;
};

/// Assembles `ptx` to `cubin`.
llvm::Expected<std::vector<KernelResources>> assemble(llvm::StringRef ptxas,
                                                      llvm::StringRef chip,
                                                      llvm::StringRef ptx,
                                                      llvm::StringRef cubin);

/// Links `object` to the shared library `library` with the C compiler
/// `compiler`; empty: CC, then cc, gcc, clang.
llvm::Error linkSharedLibrary(llvm::StringRef compiler, llvm::StringRef object,
                              llvm::StringRef library);

} // namespace mlir::hinm

#endif // HINM_LIB_DRIVER_TOOLS_H

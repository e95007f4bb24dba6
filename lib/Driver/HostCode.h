//===- HostCode.h - object code of the host part ----------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HINM_LIB_DRIVER_HOSTCODE_H
#define HINM_LIB_DRIVER_HOSTCODE_H

#include "mlir/IR/BuiltinOps.h"

#include <string>

namespace mlir::hinm {

/// The processor that CPU code is compiled for: x86-64-v3 (AVX2, F16C, FMA)
/// where this machine has it, else the baseline.
std::string getHostProcessor();

/// Compiles `module` (LLVM dialect) for this machine's architecture and links
/// it to the shared library `path`. `isKernelLoop`: the code computes, rather
/// than only launches, and is optimized accordingly.
LogicalResult writeHostLibrary(ModuleOp module, StringRef path,
                               StringRef processor, bool computes,
                               StringRef compiler);

} // namespace mlir::hinm

#endif // HINM_LIB_DRIVER_HOSTCODE_H

//===- Chips.h - GPUs and PTX versions that are known -----------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HINM_LIB_DRIVER_CHIPS_H
#define HINM_LIB_DRIVER_CHIPS_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <string>

namespace mlir::hinm {

/// Checks that LLVM can compile our kernels for `chip` in PTX `version` (such
/// as 8.5; empty: the oldest that serves) and gives LLVM's feature for it, such
/// as `+ptx85`. LLVM itself would abort the process.
llvm::Expected<std::string> getPtxFeature(llvm::StringRef chip,
                                          llvm::StringRef version);

} // namespace mlir::hinm

#endif // HINM_LIB_DRIVER_CHIPS_H

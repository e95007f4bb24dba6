//===- Interrupts.h - nothing half-written is left --------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HINM_LIB_DRIVER_INTERRUPTS_H
#define HINM_LIB_DRIVER_INTERRUPTS_H

#include <string>

namespace mlir::hinm {

/// Folders that `cleanUpWhenInterrupted` removes where a signal ends the
/// process.
void rememberTemporaryFolder(const std::string &folder);
void forgetTemporaryFolder(const std::string &folder);

} // namespace mlir::hinm

#endif // HINM_LIB_DRIVER_INTERRUPTS_H

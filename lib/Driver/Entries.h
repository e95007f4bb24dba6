//===- Entries.h - entries and weights of a module --------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HINM_LIB_DRIVER_ENTRIES_H
#define HINM_LIB_DRIVER_ENTRIES_H

#include "hinm/Runtime/Manifest.h"

#include "mlir/IR/BuiltinOps.h"

namespace mlir::hinm {

/// The public functions of `module`, whose results may have become arguments
/// already, as the manifest describes them.
FailureOr<std::vector<::hinm::runtime::EntrySpec>> getEntries(ModuleOp module);

/// Takes the lifted constants from `module` and writes them to the file `path`.
/// The names that each entry takes, in the order of its arguments.
FailureOr<std::map<std::string, std::vector<std::string>>>
writeWeights(ModuleOp module, const std::string &path);

} // namespace mlir::hinm

#endif // HINM_LIB_DRIVER_ENTRIES_H

//===- EntryNames.h - names that passes and drivers share -------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HINM_LIB_CONVERSION_HOSTENTRY_ENTRYNAMES_H
#define HINM_LIB_CONVERSION_HOSTENTRY_ENTRYNAMES_H

#include "llvm/ADT/StringRef.h"

namespace mlir::hinm {

/// On a function that a caller runs: the name of its plan function.
constexpr llvm::StringLiteral entryAttrName = "hinm.entry";
/// On a plan function (unit).
constexpr llvm::StringLiteral planAttrName = "hinm.plan";
/// On an argument that is a lifted constant: its name in the weights file.
constexpr llvm::StringLiteral weightAttrName = "hinm.weight";
/// On an argument that receives a result (unit).
constexpr llvm::StringLiteral outputAttrName = "hinm.output";
/// What a plan function's name has in addition to the entry's.
constexpr llvm::StringLiteral planSuffix = ".plan";

} // namespace mlir::hinm

#endif // HINM_LIB_CONVERSION_HOSTENTRY_ENTRYNAMES_H

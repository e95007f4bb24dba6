//===- BufferizableOpInterfaceImpl.h - bufferization of storage ops --*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HINM_DIALECT_HINM_TRANSFORMS_BUFFERIZABLEOPINTERFACEIMPL_H
#define HINM_DIALECT_HINM_TRANSFORMS_BUFFERIZABLEOPINTERFACEIMPL_H

namespace mlir {
class DialectRegistry;
} // namespace mlir

namespace mlir::hinm {

/// Lets one-shot bufferization turn storage-level ops on tensors into the same
/// ops on memrefs.
void registerBufferizableOpInterfaceModels(DialectRegistry &registry);

} // namespace mlir::hinm

#endif // HINM_DIALECT_HINM_TRANSFORMS_BUFFERIZABLEOPINTERFACEIMPL_H

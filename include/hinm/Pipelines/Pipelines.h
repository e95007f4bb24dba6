//===- Pipelines.h - pipelines by name --------------------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HINM_PIPELINES_PIPELINES_H
#define HINM_PIPELINES_PIPELINES_H

namespace mlir::hinm {

/// Registers the pipelines so that `--pass-pipeline` knows them.
void registerPipelines();

} // namespace mlir::hinm

#endif // HINM_PIPELINES_PIPELINES_H

//===- Pipelines.cpp - pipelines by name ------------------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hinm/Pipelines/Pipelines.h"

void mlir::hinm::registerPipelines() {}

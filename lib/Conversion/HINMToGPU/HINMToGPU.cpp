//===- HINMToGPU.cpp - kernels of storage-level ops -------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hinm/Conversion/Passes.h"
#include "hinm/Dialect/HINM/IR/HINM.h"

namespace mlir::hinm {
#define GEN_PASS_DEF_CONVERTHINMTOGPU
#include "hinm/Conversion/Passes.h.inc"
} // namespace mlir::hinm

using namespace mlir;
using namespace mlir::hinm;

namespace {
struct ConvertHINMToGPU : public mlir::hinm::impl::ConvertHINMToGPUBase<ConvertHINMToGPU> {
  void runOnOperation() override {}
};
} // namespace

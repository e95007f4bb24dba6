//===- HINMToNVGPU.cpp - device-level ops to nvvm ---------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hinm/Conversion/Passes.h"
#include "hinm/Dialect/HINM/IR/HINM.h"

namespace mlir::hinm {
#define GEN_PASS_DEF_CONVERTHINMTONVGPU
#include "hinm/Conversion/Passes.h.inc"
} // namespace mlir::hinm

using namespace mlir;
using namespace mlir::hinm;

namespace {
struct ConvertHINMToNVGPU : public mlir::hinm::impl::ConvertHINMToNVGPUBase<ConvertHINMToNVGPU> {
  void runOnOperation() override {}
};
} // namespace

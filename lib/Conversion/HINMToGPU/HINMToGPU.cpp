//===- HINMToGPU.cpp - kernels of storage-level ops -------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelModule.h"

#include "hinm/Conversion/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace mlir::hinm {
#define GEN_PASS_DEF_CONVERTHINMTOGPU
#include "hinm/Conversion/Passes.h.inc"
} // namespace mlir::hinm

using namespace mlir;
using namespace mlir::hinm;

namespace {
struct ConvertHINMToGPU
    : public mlir::hinm::impl::ConvertHINMToGPUBase<ConvertHINMToGPU> {
  using ConvertHINMToGPUBase::ConvertHINMToGPUBase;

  void runOnOperation() override {
    SmallVector<Operation *> ops;
    getOperation().walk([&](Operation *op) {
      if (isa<GatherMatmulOp, ToFeatureMajorOp, ToTokenMajorOp>(op))
        ops.push_back(op);
    });
    KernelModule kernelModule(getOperation(), kernels);
    for (Operation *op : ops)
      if (failed(convert(op, kernelModule)))
        return signalPassFailure();
    numKernels += kernelModule.getNumKernels();
    numLaunches += ops.size();
    // Later ops are compared with earlier ones, so all live until here.
    for (Operation *op : ops)
      op->erase();
  }

  static LogicalResult convert(Operation *op, KernelModule &kernels) {
    if (op->getNumResults() != 0)
      return op->emitOpError()
             << "works on tensors, but only memrefs become kernels: bufferize "
                "first";
    if (auto matmul = dyn_cast<GatherMatmulOp>(op))
      return convertGatherMatmul(matmul, kernels);
    if (auto layout = dyn_cast<ToFeatureMajorOp>(op))
      return convertLayoutOp(op, layout.getInit(), "to_feature_major", kernels);
    auto layout = cast<ToTokenMajorOp>(op);
    return convertLayoutOp(op, layout.getInit(), "to_token_major", kernels);
  }
};
} // namespace

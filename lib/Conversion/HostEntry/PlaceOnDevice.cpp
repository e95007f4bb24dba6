//===- PlaceOnDevice.cpp - entries that only enqueue work on a stream --*- C++
//-*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "EntryNames.h"

#include "hinm/Conversion/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Interfaces/ViewLikeInterface.h"

namespace mlir::hinm {
#define GEN_PASS_DEF_HINMPLACEONDEVICE
#include "hinm/Conversion/Passes.h.inc"
} // namespace mlir::hinm

using namespace mlir;
using namespace mlir::hinm;

namespace {
struct PlaceOnDevice
    : public mlir::hinm::impl::HINMPlaceOnDeviceBase<PlaceOnDevice> {
  void runOnOperation() override {
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (function->hasAttr(entryAttrName) && failed(run(function)))
        return signalPassFailure();
  }

private:
  LogicalResult run(func::FuncOp entry);
};

/// Chains the work of an entry behind its token.
class StreamBuilder {
public:
  StreamBuilder(OpBuilder &builder, Value token)
      : builder(builder), token(token) {}

  Value getToken() const { return token; }

  void enqueue(gpu::LaunchFuncOp launch) {
    builder.setInsertionPoint(launch);
    std::optional<gpu::KernelDim3> cluster;
    if (launch.hasClusterSize())
      cluster = launch.getClusterSizeOperandValues();
    auto chained = gpu::LaunchFuncOp::create(
        builder, launch.getLoc(), launch.getKernel(),
        launch.getGridSizeOperandValues(), launch.getBlockSizeOperandValues(),
        launch.getDynamicSharedMemorySize(), launch.getKernelOperands(),
        token.getType(), ValueRange{token}, cluster);
    token = chained.getAsyncToken();
    launch.erase();
  }

  void enqueue(memref::CopyOp copy) {
    builder.setInsertionPoint(copy);
    auto chained = gpu::MemcpyOp::create(builder, copy.getLoc(),
                                         token.getType(), ValueRange{token},
                                         copy.getTarget(), copy.getSource());
    token = chained.getAsyncToken();
    copy.erase();
  }

private:
  OpBuilder &builder;
  Value token;
};
} // namespace

/// What stays on the host may compute sizes and addresses, nothing else.
static LogicalResult checkStaysOnHost(Operation &op) {
  if (isa<func::ReturnOp>(op) || isMemoryEffectFree(&op) ||
      isa<ViewLikeOpInterface>(op))
    return success();
  if (op.getNumRegions() != 0)
    return op.emitError() << "'" << op.getName()
                          << "' cannot go to the device: control flow around "
                             "kernels is not supported";
  return op.emitError() << "'" << op.getName()
                        << "' would access device memory from the host";
}

LogicalResult PlaceOnDevice::run(func::FuncOp entry) {
  OpBuilder builder(&getContext());
  auto tokenType = gpu::AsyncTokenType::get(&getContext());
  if (failed(
          entry.insertArgument(0, tokenType, DictionaryAttr(), entry.getLoc())))
    return entry.emitError() << "cannot add the stream as an argument";
  entry.setFunctionType(
      builder.getFunctionType(entry.getArgumentTypes(), tokenType));
  StreamBuilder stream(builder, entry.getArgument(0));
  Block &body = entry.getBody().front();
  for (Operation &op : llvm::make_early_inc_range(body)) {
    if (auto launch = dyn_cast<gpu::LaunchFuncOp>(op)) {
      stream.enqueue(launch);
      ++numLaunches;
    } else if (auto copy = dyn_cast<memref::CopyOp>(op)) {
      stream.enqueue(copy);
      ++numCopies;
    } else if (failed(checkStaysOnHost(op))) {
      return failure();
    }
  }
  body.getTerminator()->setOperands({stream.getToken()});
  return success();
}

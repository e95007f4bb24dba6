//===- BufferizableOpInterfaceImpl.cpp - bufferization of storage ops --*- C++
//-*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hinm/Dialect/HINM/Transforms/BufferizableOpInterfaceImpl.h"

#include "hinm/Dialect/HINM/IR/HINM.h"

#include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.h"
#include "mlir/Dialect/Bufferization/IR/DstBufferizableOpInterfaceImpl.h"

using namespace mlir;
using namespace mlir::bufferization;
using namespace mlir::hinm;

namespace {
/// All storage ops bufferize alike: the same op on the operands' buffers, whose
/// result is the buffer of `init`.
template <typename OpTy>
struct StorageOpModel
    : public DstBufferizableOpInterfaceExternalModel<StorageOpModel<OpTy>,
                                                     OpTy> {
  bool bufferizesToMemoryRead(Operation *op, OpOperand &operand,
                              const AnalysisState &) const {
    // What `init` held is overwritten, never read. Rows that a row index leaves
    // out are the exception.
    if (!cast<DestinationStyleOpInterface>(op).isDpsInit(&operand))
      return true;
    auto matmul = dyn_cast<GatherMatmulOp>(op);
    return matmul && matmul.getRowIndex();
  }

  LogicalResult bufferize(Operation *op, RewriterBase &rewriter,
                          const BufferizationOptions &options,
                          BufferizationState &state) const {
    SmallVector<Value> buffers;
    for (Value operand : op->getOperands()) {
      FailureOr<Value> buffer = getBuffer(rewriter, operand, options, state);
      if (failed(buffer))
        return failure();
      buffers.push_back(*buffer);
    }
    Value init =
        buffers[cast<OpTy>(op).getDpsInitOperand(0)->getOperandNumber()];
    rewriter.setInsertionPoint(op);
    // `clone` expects each region to have a block; an epilogue may be empty.
    if (llvm::any_of(op->getRegions(),
                     [](Region &region) { return !region.empty(); }))
      cloneWithOperands(rewriter, op, /*resultTypes=*/TypeRange(), buffers);
    else
      mlir::cloneWithoutRegions(rewriter, op, /*newResultTypes=*/TypeRange(),
                                buffers);
    replaceOpWithBufferizedValues(rewriter, op, init);
    return success();
  }
};
} // namespace

void mlir::hinm::registerBufferizableOpInterfaceModels(
    DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, HINMDialect *) {
    GatherMatmulOp::attachInterface<StorageOpModel<GatherMatmulOp>>(*context);
    ToFeatureMajorOp::attachInterface<StorageOpModel<ToFeatureMajorOp>>(
        *context);
    ToTokenMajorOp::attachInterface<StorageOpModel<ToTokenMajorOp>>(*context);
  });
}

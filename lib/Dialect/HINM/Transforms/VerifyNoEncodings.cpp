//===- VerifyNoEncodings.cpp - guard before bufferization -------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hinm/Dialect/HINM/IR/HINM.h"
#include "hinm/Dialect/HINM/Transforms/Passes.h"

namespace mlir::hinm {
#define GEN_PASS_DEF_HINMVERIFYNOENCODINGS
#include "hinm/Dialect/HINM/Transforms/Passes.h.inc"
} // namespace mlir::hinm

using namespace mlir;
using namespace mlir::hinm;

namespace {
struct VerifyNoEncodings
    : public mlir::hinm::impl::HINMVerifyNoEncodingsBase<VerifyNoEncodings> {
  void runOnOperation() override {
    auto isEncoded = [](Type type) {
      return bool(mlir::hinm::getEncoding(type));
    };
    WalkResult walk = getOperation().walk([&](Operation *op) -> WalkResult {
      for (Region &region : op->getRegions())
        for (Block &block : region)
          for (Type type : block.getArgumentTypes())
            if (isEncoded(type))
              return op->emitError() << "an argument of type " << type
                                     << " is still encoded; run "
                                        "'hinm-lower-encodings' first";
      for (Type type : op->getResultTypes())
        if (isEncoded(type))
          return op->emitError() << "the result of type " << type
                                 << " is still encoded; run "
                                    "'hinm-lower-encodings' first";
      return WalkResult::advance();
    });
    if (walk.wasInterrupted())
      signalPassFailure();
  }
};
} // namespace

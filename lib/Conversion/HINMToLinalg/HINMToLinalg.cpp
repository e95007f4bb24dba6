//===- HINMToLinalg.cpp - either level to plain linalg ----------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PopulatePatterns.h"

#include "hinm/Conversion/Passes.h"
#include "hinm/Dialect/HINM/IR/HINM.h"
#include "hinm/Dialect/HINM/Transforms/Transforms.h"

#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace mlir::hinm {
#define GEN_PASS_DEF_CONVERTHINMTOLINALG
#include "hinm/Conversion/Passes.h.inc"
} // namespace mlir::hinm

using namespace mlir;
using namespace mlir::hinm;

namespace {
struct ConvertHINMToLinalg
    : public mlir::hinm::impl::ConvertHINMToLinalgBase<ConvertHINMToLinalg> {
  void runOnOperation() override {
    // Weights that are not stored yet are stored now: what the pattern keeps of
    // them is a matter of compile time.
    SmallVector<EncodeOp> encodes;
    getOperation().walk([&](EncodeOp encode) { encodes.push_back(encode); });
    for (EncodeOp encode : encodes)
      if (failed(compress(encode)))
        return signalPassFailure();

    RewritePatternSet patterns(&getContext());
    populateLowerEncodingsPatterns(patterns);
    populateGatherMatmulToLinalgPatterns(patterns);
    populateDecodeToLinalgPatterns(patterns);
    populateLayoutToLinalgPatterns(patterns);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns)))) {
      mlir::emitError(getOperation().getLoc())
          << "the conversion did not converge";
      return signalPassFailure();
    }
    WalkResult walk = getOperation().walk([](Operation *op) -> WalkResult {
      if (isa_and_nonnull<HINMDialect>(op->getDialect()))
        return op->emitError()
               << "'" << op->getName() << "' has no form in plain linalg"
               << (isa<GatherMatmulOp, ToFeatureMajorOp, ToTokenMajorOp>(op)
                       ? " once it works on memrefs"
                       : " here");
      return WalkResult::advance();
    });
    if (walk.wasInterrupted())
      signalPassFailure();
  }
};
} // namespace

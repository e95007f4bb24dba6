//===- VerifyFolded.cpp - no permute is left to run time --------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hinm/Dialect/HINM/Transforms/Passes.h"
#include "hinm/Dialect/HINM/Transforms/Transforms.h"

namespace mlir::hinm {
#define GEN_PASS_DEF_HINMVERIFYFOLDED
#include "hinm/Dialect/HINM/Transforms/Passes.h.inc"
} // namespace mlir::hinm

using namespace mlir;
using namespace mlir::hinm;

namespace {
struct VerifyFolded
    : public mlir::hinm::impl::HINMVerifyFoldedBase<VerifyFolded> {
  using HINMVerifyFoldedBase::HINMVerifyFoldedBase;

  void runOnOperation() override {
    bool hasFailed = false;
    getOperation().walk([&](PermuteOp permute) {
      InFlightDiagnostic diagnostic =
          allow ? permute.emitRemark() : permute.emitError();
      diagnostic << "a permutation of " << permute.getOrder().size()
                 << " channels is left to run time";
      if (auto reason =
              permute->getAttrOfType<StringAttr>(unfoldedReasonAttrName))
        diagnostic << ": " << reason.getValue();
      else
        diagnostic << "; 'hinm-fold-permutations' has not run";
      ++numLeft;
      hasFailed |= !allow;
    });
    if (hasFailed)
      signalPassFailure();
  }
};
} // namespace

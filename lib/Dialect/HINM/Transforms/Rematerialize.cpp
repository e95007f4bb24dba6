//===- Rematerialize.cpp - compute again rather than keep -------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hinm/Dialect/HINM/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace mlir::hinm {
#define GEN_PASS_DEF_HINMREMATERIALIZE
#include "hinm/Dialect/HINM/Transforms/Passes.h.inc"
} // namespace mlir::hinm

using namespace mlir;
using namespace mlir::hinm;

/// True if the body of `op` converts one element to another float format.
static bool isConversion(linalg::GenericOp op) {
  if (op.getNumParallelLoops() != op.getNumLoops() ||
      op.getNumDpsInputs() != 1 || op.getNumDpsInits() != 1)
    return false;
  auto body = op.getBody()->without_terminator();
  return llvm::hasSingleElement(body) &&
         isa<arith::ExtFOp, arith::TruncFOp>(*body.begin());
}

namespace {
struct Rematerialize
    : public mlir::hinm::impl::HINMRematerializeBase<Rematerialize> {
  void runOnOperation() override {
    SmallVector<linalg::LinalgOp> cheap;
    getOperation().walk([&](linalg::LinalgOp op) {
      auto generic = dyn_cast<linalg::GenericOp>(op.getOperation());
      if (op.hasPureTensorSemantics() &&
          (isa<linalg::FillOp>(op) || (generic && isConversion(generic))))
        cheap.push_back(op);
    });
    for (linalg::LinalgOp op : cheap)
      cloneForUsers(op);
  }

private:
  void cloneForUsers(linalg::LinalgOp op) {
    SmallVector<OpOperand *> uses;
    for (OpOperand &use : op->getResult(0).getUses())
      if (isa<linalg::LinalgOp>(use.getOwner()))
        uses.push_back(&use);
    if (!uses.empty() && op->hasOneUse())
      return;
    llvm::SmallDenseMap<Operation *, Operation *> cloned;
    for (OpOperand *use : uses) {
      Operation *&copy = cloned[use->getOwner()];
      if (!copy) {
        OpBuilder builder(use->getOwner());
        copy = builder.clone(*op);
        ++numCloned;
      }
      use->set(copy->getResult(0));
    }
    if (op->use_empty())
      op->erase();
  }
};
} // namespace

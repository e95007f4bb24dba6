//===- ParallelLoopsToGPU.cpp - parallel loops to kernels -------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hinm/Conversion/Passes.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/SCF/Transforms/Transforms.h"
#include "mlir/IR/PatternMatch.h"

namespace mlir::hinm {
#define GEN_PASS_DEF_HINMPARALLELLOOPSTOGPU
#include "hinm/Conversion/Passes.h.inc"
} // namespace mlir::hinm

using namespace mlir;
using namespace mlir::hinm;

static Value createConstant(OpBuilder &builder, Location loc, int64_t value) {
  return arith::ConstantIndexOp::create(builder, loc, value);
}

/// Iterations of each dimension of `loop`.
static SmallVector<Value> getTripCounts(OpBuilder &builder,
                                        scf::ParallelOp loop) {
  SmallVector<Value> counts;
  for (auto [lower, upper, step] : llvm::zip_equal(
           loop.getLowerBound(), loop.getUpperBound(), loop.getStep())) {
    Location loc = loop.getLoc();
    Value span = arith::SubIOp::create(builder, loc, upper, lower);
    counts.push_back(arith::CeilDivSIOp::create(builder, loc, span, step));
  }
  return counts;
}

/// Loops inside a kernel run in order.
static LogicalResult makeSequential(IRRewriter &rewriter,
                                    scf::ParallelOp loop) {
  SmallVector<scf::ParallelOp> nested;
  loop.getRegion().walk([&](scf::ParallelOp op) { nested.push_back(op); });
  for (scf::ParallelOp op : nested) {
    rewriter.setInsertionPoint(op);
    FailureOr<scf::LoopNest> nest = scf::parallelForToNestedFors(rewriter, op);
    if (failed(nest))
      return op.emitError()
             << "a parallel loop inside a kernel does not become a "
                "sequential one";
  }
  return success();
}

namespace {
struct ParallelLoopsToGPU
    : public mlir::hinm::impl::HINMParallelLoopsToGPUBase<ParallelLoopsToGPU> {
  using HINMParallelLoopsToGPUBase::HINMParallelLoopsToGPUBase;

  void runOnOperation() override {
    if (threads < 32 || threads > 1024 || threads % 32 != 0) {
      mlir::emitError(getOperation().getLoc())
          << "option 'threads' is " << int64_t(threads)
          << ", expected a multiple of 32 from 32 to 1024";
      return signalPassFailure();
    }
    SmallVector<scf::ParallelOp> loops;
    getOperation().walk<WalkOrder::PreOrder>([&](Operation *op) {
      if (isa<gpu::GPUModuleOp, gpu::LaunchOp>(op))
        return WalkResult::skip();
      auto loop = dyn_cast<scf::ParallelOp>(op);
      if (!loop)
        return WalkResult::advance();
      loops.push_back(loop);
      return WalkResult::skip();
    });
    for (scf::ParallelOp loop : loops)
      if (failed(convert(loop)))
        return signalPassFailure();
  }

private:
  LogicalResult convert(scf::ParallelOp loop);
};
} // namespace

LogicalResult ParallelLoopsToGPU::convert(scf::ParallelOp loop) {
  if (loop.getNumResults() != 0)
    return loop.emitError() << "a parallel loop that reduces cannot become a "
                               "kernel of independent threads";
  IRRewriter rewriter(&getContext());
  if (failed(makeSequential(rewriter, loop)))
    return failure();
  Location loc = loop.getLoc();
  rewriter.setInsertionPoint(loop);
  SmallVector<Value> counts = getTripCounts(rewriter, loop);
  Value total = counts.front();
  for (Value count : ArrayRef(counts).drop_front())
    total = arith::MulIOp::create(rewriter, loc, total, count);
  Value one = createConstant(rewriter, loc, 1);
  Value width = createConstant(rewriter, loc, threads);
  Value blocks = arith::CeilDivSIOp::create(rewriter, loc, total, width);
  auto launch =
      gpu::LaunchOp::create(rewriter, loc, blocks, one, one, width, one, one);
  rewriter.setInsertionPointToEnd(&launch.getBody().front());
  gpu::TerminatorOp::create(rewriter, loc);
  rewriter.setInsertionPointToStart(&launch.getBody().front());
  Value block = launch.getBlockIds().x, thread = launch.getThreadIds().x;
  Value first = arith::MulIOp::create(rewriter, loc, block, width);
  Value id = arith::AddIOp::create(rewriter, loc, first, thread);
  Value inRange = arith::CmpIOp::create(rewriter, loc,
                                        arith::CmpIPredicate::ult, id, total);
  auto guarded = scf::IfOp::create(rewriter, loc, inRange, /*withElse=*/false);
  rewriter.setInsertionPointToStart(guarded.thenBlock());
  // The last dimension varies fastest, so that neighbouring threads access
  // neighbouring elements.
  SmallVector<Value> indices(counts.size());
  Value rest = id;
  for (int64_t dim = counts.size() - 1; dim >= 0; --dim) {
    Value place = rest;
    if (dim != 0) {
      place = arith::RemUIOp::create(rewriter, loc, rest, counts[dim]);
      rest = arith::DivUIOp::create(rewriter, loc, rest, counts[dim]);
    }
    Value scaled =
        arith::MulIOp::create(rewriter, loc, place, loop.getStep()[dim]);
    indices[dim] =
        arith::AddIOp::create(rewriter, loc, scaled, loop.getLowerBound()[dim]);
  }
  Block *body = loop.getBody();
  rewriter.eraseOp(body->getTerminator());
  rewriter.inlineBlockBefore(body, guarded.thenBlock()->getTerminator(),
                             indices);
  rewriter.eraseOp(loop);
  ++numKernels;
  return success();
}

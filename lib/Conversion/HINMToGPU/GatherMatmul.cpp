//===- GatherMatmul.cpp - the sparse kernel from device-level ops *- C++
//-*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A thread block computes one tile of V rows for BN columns. The steps of 64
// kept columns run through a pipeline of stages in shared memory: while step s
// is multiplied, the copies of step s + L are under way (L = stages - 1). The
// block of step s carries the row indices of step s + L, so the loop reads
// nothing from global memory but by asynchronous copies.
//
// Blocks of one column of the grid share their activations: x runs over the
// tiles, since the sparse weight is the smaller operand and is the one that L2
// should keep while the activations stream.
//
//===----------------------------------------------------------------------===//

#include "KernelModule.h"

#include "hinm/Dialect/HINM/IR/Schedule.h"
#include "hinm/Format/FragmentStream.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace mlir::hinm;

using ::hinm::format::FragmentStreamLayout;

namespace {
/// The parts of a stage in shared memory: a step block and the gathered rows.
struct Stage {
  Value block, rows;
};

class GatherMatmulBuilder {
public:
  GatherMatmulBuilder(OpBuilder &builder, gpu::GPUFuncOp kernel,
                      GatherMatmulOp op)
      : b(builder), loc(op.getLoc()), op(op), schedule(*op.getSchedule()),
        layout(::hinm::format::fragmentStreamLayout(
            op.getEncoding().getPattern(), op.getStream()->getLookahead())),
        stageLayout(schedule.getTileRows(), schedule.getTileTokens()),
        space(gpu::AddressSpaceAttr::get(b.getContext(),
                                         gpu::AddressSpace::Workgroup)) {
    for (auto [operand, argument] :
         llvm::zip_equal(op->getOperands(), kernel.getArguments()))
      arguments.map(operand, argument);
  }

  void build();

private:
  Value index(int64_t value) {
    return arith::ConstantIndexOp::create(b, loc, value);
  }
  Value i32(int64_t value) {
    return arith::ConstantIntOp::create(b, loc, b.getI32Type(), value);
  }
  Value argument(Value operand) { return arguments.lookup(operand); }

  Value viewBytes(Value buffer, Value offset, MemRefType type) {
    return memref::ViewOp::create(b, loc, type, buffer, offset, ValueRange{});
  }
  Value viewShared(Value stageOffset, int64_t part, ArrayRef<int64_t> shape,
                   Type element);
  Value viewIndices(Value stageOffset);
  Stage viewStage(Value stageOffset);
  void buildPrologue();
  void startStep(Value blockOffset, Value indices, const Stage &stage,
                 Value live);
  Value buildLoop();

  OpBuilder &b;
  Location loc;
  GatherMatmulOp op;
  ScheduleAttr schedule;
  FragmentStreamLayout layout;
  StageLayout stageLayout;
  gpu::AddressSpaceAttr space;
  IRMapping arguments;
  Value shared, stream, input, tileOffset, column;
};
} // namespace

/// A view of shared memory, `part` bytes into the stage that begins at
/// `stageOffset` (i32).
Value GatherMatmulBuilder::viewShared(Value stageOffset, int64_t part,
                                      ArrayRef<int64_t> shape, Type element) {
  Value bytes = stageOffset;
  if (part != 0)
    bytes = b.createOrFold<arith::AddIOp>(loc, stageOffset, i32(part));
  bytes = b.createOrFold<arith::IndexCastOp>(loc, b.getIndexType(), bytes);
  return viewBytes(
      shared, bytes,
      MemRefType::get(shape, element, MemRefLayoutAttrInterface(), space));
}

Value GatherMatmulBuilder::viewIndices(Value stageOffset) {
  return viewShared(stageOffset, layout.indexOffset(), {layout.stepDepth},
                    b.getI32Type());
}

Stage GatherMatmulBuilder::viewStage(Value stageOffset) {
  Type element = cast<MemRefType>(input.getType()).getElementType();
  Stage stage;
  stage.block =
      viewShared(stageOffset, 0, {stageLayout.blockBytes}, b.getI8Type());
  Value padded = viewShared(stageOffset, stageLayout.blockBytes,
                            {layout.stepDepth, stageLayout.rowPitch}, element);
  SmallVector<int64_t> sizes = {layout.stepDepth, schedule.getTileTokens()};
  SmallVector<int64_t> strides = {stageLayout.rowPitch, 1};
  auto rowsType = MemRefType::get(
      sizes, element, StridedLayoutAttr::get(b.getContext(), 0, strides),
      space);
  stage.rows = memref::ReinterpretCastOp::create(b, loc, rowsType, padded,
                                                 /*offset=*/0, sizes, strides);
  return stage;
}

/// Starts the copies of one step and ends their group.
void GatherMatmulBuilder::startStep(Value blockOffset, Value indices,
                                    const Stage &stage, Value live) {
  GatherCopyOp::create(b, loc, input, column, indices, stage.rows);
  BlockCopyOp::create(b, loc, stream, blockOffset, stage.block, live);
  CommitCopiesOp::create(b, loc);
}

/// Starts the copies of the first L steps; their indices stand in the header.
/// Steps past the last have only indices of -1 there.
void GatherMatmulBuilder::buildPrologue() {
  for (int64_t step = 0; step < layout.lookahead; ++step) {
    auto at = [&](int64_t offset) -> Value {
      return b.createOrFold<arith::AddIOp>(loc, tileOffset, index(offset));
    };
    Value indices =
        viewBytes(stream, at(layout.headerOffset(step)),
                  MemRefType::get({layout.stepDepth}, b.getI32Type()));
    bool live = step < layout.steps();
    startStep(at(layout.stepOffset(step)), indices,
              viewStage(i32(step * stageLayout.stageBytes)),
              arith::ConstantIntOp::create(b, loc, b.getI1Type(), live));
  }
  WaitCopiesOp::create(b, loc, layout.lookahead - 1);
  gpu::BarrierOp::create(b, loc);
}

/// The main loop, which returns the sums.
Value GatherMatmulBuilder::buildLoop() {
  int64_t warpRows = schedule.getTileRows() / schedule.getWarps()[0];
  int64_t warpColumns = schedule.getTileTokens() / schedule.getWarps()[1];
  auto accumulators =
      AccumulatorType::get(b.getContext(), warpRows, warpColumns);
  auto fragments = FragmentsType::get(b.getContext(), warpRows, warpColumns);
  auto warps = b.getDenseI64ArrayAttr(schedule.getWarps());
  int64_t lastSlice = fragments.getNumSlices() - 1;
  int64_t lastStage = (schedule.getStages() - 1) * stageLayout.stageBytes;

  Value zero = ZeroAccumulatorOp::create(b, loc, accumulators);
  Stage first = viewStage(i32(0));
  Value loaded = LoadFragmentsOp::create(b, loc, fragments, first.block,
                                         first.rows, warps);
  Value fetched = arith::AddIOp::create(
      b, loc, tileOffset, index(layout.stepOffset(layout.lookahead)));
  auto loop = scf::ForOp::create(
      b, loc, i32(0), i32(layout.steps()), i32(1),
      ValueRange{zero, loaded, fetched, i32(0), i32(lastStage)});
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  Value step = loop.getInductionVar();
  ValueRange carried = loop.getRegionIterArgs();
  Value fetchOffset = carried[2], readOffset = carried[3];
  Stage stage = viewStage(readOffset);
  Stage free = viewStage(carried[4]);

  Value live = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, step,
                                     i32(layout.steps() - layout.lookahead));
  startStep(fetchOffset, viewIndices(readOffset), free, live);
  auto most =
      SparseMultiplyOp::create(b, loc, carried[0], carried[1], stage.block,
                               stage.rows, 0, lastSlice, warps);

  // What the last slice loads is the next stage's. Behind this barrier nobody
  // reads the present stage any more, so the next iteration may fill it.
  WaitCopiesOp::create(b, loc, layout.lookahead - 1);
  gpu::BarrierOp::create(b, loc);
  Value wraps = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq,
                                      readOffset, i32(lastStage));
  Value following =
      arith::AddIOp::create(b, loc, readOffset, i32(stageLayout.stageBytes));
  Value nextOffset = arith::SelectOp::create(b, loc, wraps, i32(0), following);
  Stage next = viewStage(nextOffset);
  auto rest = SparseMultiplyOp::create(b, loc, most.getResult(), most.getNext(),
                                       next.block, next.rows, lastSlice,
                                       lastSlice + 1, warps);
  Value nextFetch =
      arith::AddIOp::create(b, loc, fetchOffset, index(stageLayout.blockBytes));
  scf::YieldOp::create(b, loc,
                       ValueRange{rest.getResult(), rest.getNext(), nextFetch,
                                  nextOffset, readOffset});
  return loop.getResult(0);
}

void GatherMatmulBuilder::build() {
  Value weights = argument(op.getWeights()[0]);
  input = argument(op.getInput());
  Value tile = gpu::BlockIdOp::create(b, loc, gpu::Dimension::x);
  Value columnBlock = gpu::BlockIdOp::create(b, loc, gpu::Dimension::y);
  column = arith::MulIOp::create(b, loc, columnBlock,
                                 index(schedule.getTileTokens()));
  tileOffset = arith::MulIOp::create(b, loc, tile, index(layout.tileBytes()));
  shared = gpu::DynamicSharedMemoryOp::create(
      b, loc,
      MemRefType::get({ShapedType::kDynamic}, b.getI8Type(),
                      MemRefLayoutAttrInterface(), space));
  int64_t bytes = cast<MemRefType>(weights.getType()).getNumElements();
  stream = memref::ReinterpretCastOp::create(
      b, loc, MemRefType::get({bytes}, b.getI8Type()), weights, /*offset=*/0,
      ArrayRef<int64_t>{bytes}, ArrayRef<int64_t>{1});
  buildPrologue();
  Value sums = buildLoop();
  WaitCopiesOp::create(b, loc, 0);

  Value place =
      arith::MulIOp::create(b, loc, tile, index(schedule.getTileRows()));
  SmallVector<Value> operands;
  for (Value operand : op.getEpilogueOperands())
    operands.push_back(argument(operand));
  Value rowIndex = op.getRowIndex() ? argument(op.getRowIndex()) : Value();
  auto store = StoreTileOp::create(b, loc, sums, argument(op.getInit()), place,
                                   column, rowIndex, operands,
                                   b.getDenseI64ArrayAttr(schedule.getWarps()));
  IRMapping mapping;
  op.getEpilogue().cloneInto(&store.getEpilogue(), mapping);
  gpu::ReturnOp::create(b, loc);
}

/// Says why `op` cannot become a kernel.
static LogicalResult checkConvertible(GatherMatmulOp op) {
  if (!op.getStream() || !op.getSchedule())
    return op.emitOpError() << "becomes a kernel only with a weight packed as "
                               "a stream and with a schedule: run "
                               "hinm-pack-for-target first";
  auto weights = cast<MemRefType>(op.getWeights()[0].getType());
  if (!weights.hasStaticShape() || !weights.getLayout().isIdentity())
    return op.emitOpError() << "expected a contiguous stream of static size, "
                               "but got "
                            << weights;
  ScheduleAttr schedule = *op.getSchedule();
  int64_t warpRows = schedule.getTileRows() / schedule.getWarps()[0];
  if (warpRows % 32 != 0)
    return op.emitOpError()
           << "the schedule gives " << warpRows
           << " rows to a warp, expected a multiple of 32 (one word of "
              "metadata serves 32 rows)";
  if (schedule.getNumThreads() > 512)
    return op.emitOpError()
           << "the schedule asks for " << schedule.getNumThreads()
           << " threads, expected at most 512";
  Type element = cast<MemRefType>(op.getInput().getType()).getElementType();
  if (!element.isF16() && !element.isBF16())
    return op.emitOpError()
           << "expected f16 or bf16 activations for the tensor cores, but got "
           << element;
  return success();
}

LogicalResult mlir::hinm::convertGatherMatmul(GatherMatmulOp op,
                                              KernelModule &kernels) {
  if (failed(checkConvertible(op)))
    return failure();
  ScheduleAttr schedule = *op.getSchedule();
  StageLayout stage(schedule.getTileRows(), schedule.getTileTokens());
  OpBuilder builder(op);
  LaunchShape shape;
  shape.gridX = buildBlockCount(builder, op.getLoc(), op.getWeights()[0], 0, 1);
  shape.gridY = buildBlockCount(builder, op.getLoc(), op.getInput(), 1,
                                schedule.getTileTokens());
  shape.blockX = schedule.getNumThreads();
  shape.dynamicSharedBytes = stage.stageBytes * schedule.getStages();
  gpu::GPUFuncOp kernel = kernels.getOrBuild(
      op, "gather_matmul", shape, [&](OpBuilder &body, gpu::GPUFuncOp func) {
        GatherMatmulBuilder(body, func, op).build();
      });
  kernels.launch(builder, op, kernel, shape);
  return success();
}

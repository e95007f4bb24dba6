//===- LayoutOps.cpp - kernels between token- and feature-major -*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Both layout ops are one transposition, `dest[b][a] = source[a][b]`, with zero
// where the source ends. A thread block transposes a part of `tileA` rows and
// `tileB` columns of the source through shared memory: 32 lanes side by side
// read one row of the source and write one row of the destination. The padding
// of a row in shared memory is one 32-bit word, so that a column's elements lie
// in different banks.
//
//===----------------------------------------------------------------------===//

#include "KernelModule.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace mlir::hinm;

namespace {
constexpr int64_t tileA = 64, tileB = 32, lanes = 32, groups = 8;

/// Builds the kernel, one method a phase.
class TransposeBuilder {
public:
  TransposeBuilder(OpBuilder &builder, gpu::GPUFuncOp kernel, Value source,
                   Value dest)
      : b(builder), loc(kernel.getLoc()), source(source), dest(dest) {
    Type element = getElement(dest);
    int64_t padding = 32 / element.getIntOrFloatBitWidth();
    auto space = gpu::AddressSpaceAttr::get(b.getContext(),
                                            gpu::AddressSpace::Workgroup);
    auto type = MemRefType::get({tileA, tileB + padding}, element,
                                MemRefLayoutAttrInterface(), space);
    shared = kernel.addWorkgroupAttribution(type, loc);
    lane = gpu::ThreadIdOp::create(b, loc, gpu::Dimension::x);
    group = gpu::ThreadIdOp::create(b, loc, gpu::Dimension::y);
    firstB = scale(gpu::BlockIdOp::create(b, loc, gpu::Dimension::x), tileB);
    firstA = scale(gpu::BlockIdOp::create(b, loc, gpu::Dimension::y), tileA);
  }

  void build() {
    buildRead();
    gpu::BarrierOp::create(b, loc);
    buildWrite();
    gpu::ReturnOp::create(b, loc);
  }

private:
  static Type getElement(Value memref) {
    return cast<MemRefType>(memref.getType()).getElementType();
  }
  Value constant(int64_t value) {
    return arith::ConstantIndexOp::create(b, loc, value);
  }
  Value add(Value x, Value y) { return arith::AddIOp::create(b, loc, x, y); }
  Value scale(Value x, int64_t by) {
    return arith::MulIOp::create(b, loc, x, constant(by));
  }
  /// x < dimension `dim` of `memref`, and y < dimension 1 - dim.
  Value inBounds(Value memref, Value row, Value column) {
    auto below = [&](Value index, int64_t dim) -> Value {
      Value size = memref::DimOp::create(b, loc, memref, dim);
      return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult, index,
                                   size);
    };
    return arith::AndIOp::create(b, loc, below(row, 0), below(column, 1));
  }
  Value convert(Value value) {
    Type from = value.getType(), to = getElement(dest);
    if (from == to)
      return value;
    if (from.getIntOrFloatBitWidth() < 32)
      value = arith::ExtFOp::create(b, loc, b.getF32Type(), value);
    if (to.getIntOrFloatBitWidth() < 32)
      value = arith::TruncFOp::create(b, loc, to, value);
    return value;
  }
  /// A loop over 0, step, ... below `end`.
  void loop(int64_t end, int64_t step, function_ref<void(Value)> body) {
    auto forOp =
        scf::ForOp::create(b, loc, constant(0), constant(end), constant(step));
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(forOp.getBody());
    body(forOp.getInductionVar());
  }

  void buildRead() {
    Value column = add(firstB, lane);
    loop(tileA, groups, [&](Value start) {
      Value place = add(start, group);
      Value row = add(firstA, place);
      Value valid = inBounds(source, row, column);
      auto ifOp = scf::IfOp::create(b, loc, getElement(dest), valid, true);
      {
        OpBuilder::InsertionGuard guard(b);
        b.setInsertionPointToStart(ifOp.thenBlock());
        Value loaded =
            memref::LoadOp::create(b, loc, source, ValueRange{row, column});
        scf::YieldOp::create(b, loc, convert(loaded));
        b.setInsertionPointToStart(ifOp.elseBlock());
        Value zero =
            arith::ConstantOp::create(b, loc, b.getZeroAttr(getElement(dest)));
        scf::YieldOp::create(b, loc, zero);
      }
      memref::StoreOp::create(b, loc, ifOp.getResult(0), shared,
                              ValueRange{place, lane});
    });
  }

  void buildWrite() {
    loop(tileB, groups, [&](Value start) {
      Value fromColumn = add(start, group);
      Value row = add(firstB, fromColumn);
      loop(tileA, lanes, [&](Value offset) {
        Value fromRow = add(offset, lane);
        Value column = add(firstA, fromRow);
        Value valid = inBounds(dest, row, column);
        auto ifOp = scf::IfOp::create(b, loc, valid, /*withElseRegion=*/false);
        OpBuilder::InsertionGuard guard(b);
        b.setInsertionPointToStart(ifOp.thenBlock());
        Value value = memref::LoadOp::create(b, loc, shared,
                                             ValueRange{fromRow, fromColumn});
        memref::StoreOp::create(b, loc, value, dest, ValueRange{row, column});
      });
    });
  }

  OpBuilder &b;
  Location loc;
  Value source, dest, shared, lane, group, firstA, firstB;
};
} // namespace

LogicalResult mlir::hinm::convertLayoutOp(Operation *op, Value dest,
                                          StringRef name,
                                          KernelModule &kernels) {
  OpBuilder builder(op);
  LaunchShape shape;
  shape.gridX = buildBlockCount(builder, op->getLoc(), dest, 0, tileB);
  shape.gridY = buildBlockCount(builder, op->getLoc(), dest, 1, tileA);
  shape.blockX = lanes;
  shape.blockY = groups;
  gpu::GPUFuncOp kernel = kernels.getOrBuild(
      op, name, shape, [](OpBuilder &body, gpu::GPUFuncOp func) {
        TransposeBuilder(body, func, func.getArgument(0), func.getArgument(1))
            .build();
      });
  kernels.launch(builder, op, kernel, shape);
  return success();
}

//===- KernelModule.cpp - kernels and their launches ------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelModule.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/SymbolTable.h"

using namespace mlir;
using namespace mlir::hinm;

gpu::GPUModuleOp KernelModule::getOrCreateKernels() {
  if (kernels)
    return kernels;
  kernels = module.lookupSymbol<gpu::GPUModuleOp>(name);
  if (!kernels) {
    OpBuilder builder = OpBuilder::atBlockBegin(module.getBody());
    kernels = gpu::GPUModuleOp::create(builder, module.getLoc(), name);
  }
  module->setAttr(gpu::GPUDialect::getContainerModuleAttrName(),
                  UnitAttr::get(module.getContext()));
  return kernels;
}

/// True if one kernel serves both. Discardable attributes, such as the layer's
/// name, make no difference.
static bool areAlike(Operation *a, Operation *b) {
  if (a->getName() != b->getName() ||
      a->getOperandTypes() != b->getOperandTypes() ||
      a->getPropertiesAsAttribute() != b->getPropertiesAsAttribute())
    return false;
  for (auto [left, right] : llvm::zip_equal(a->getRegions(), b->getRegions()))
    if (!OperationEquivalence::isRegionEquivalentTo(
            &left, &right, OperationEquivalence::IgnoreLocations))
      return false;
  return true;
}

gpu::GPUFuncOp KernelModule::getOrBuild(Operation *op, StringRef name,
                                        const LaunchShape &shape,
                                        BuildBody build) {
  for (auto &[other, kernel] : built)
    if (areAlike(op, other))
      return kernel;
  gpu::GPUModuleOp parent = getOrCreateKernels();
  OpBuilder builder(parent.getBodyRegion());
  builder.setInsertionPointToEnd(&parent.getBodyRegion().front());
  auto type = builder.getFunctionType(op->getOperandTypes(), {});
  auto kernel = gpu::GPUFuncOp::create(builder, op->getLoc(), name, type);
  kernel->setAttr(gpu::GPUDialect::getKernelFuncAttrName(),
                  builder.getUnitAttr());
  kernel.setKnownBlockSize(ArrayRef<int32_t>{static_cast<int32_t>(shape.blockX),
                                             static_cast<int32_t>(shape.blockY),
                                             1});
  SymbolTable symbols(parent);
  kernel->remove();
  symbols.insert(kernel);
  builder.setInsertionPointToStart(&kernel.front());
  build(builder, kernel);
  built.emplace_back(op, kernel);
  return kernel;
}

void KernelModule::launch(OpBuilder &builder, Operation *op,
                          gpu::GPUFuncOp kernel, const LaunchShape &shape) {
  Location loc = op->getLoc();
  auto constant = [&](int64_t value) -> Value {
    return arith::ConstantIndexOp::create(builder, loc, value);
  };
  Value one = constant(1);
  Value shared;
  if (shape.dynamicSharedBytes > 0)
    shared = arith::ConstantIntOp::create(builder, loc, builder.getI32Type(),
                                          shape.dynamicSharedBytes);
  gpu::KernelDim3 grid{shape.gridX, shape.gridY, one};
  gpu::KernelDim3 block{constant(shape.blockX), constant(shape.blockY), one};
  gpu::LaunchFuncOp::create(builder, loc, kernel, grid, block, shared,
                            op->getOperands());
}

Value mlir::hinm::buildBlockCount(OpBuilder &builder, Location loc,
                                  Value memref, int64_t dim, int64_t size) {
  int64_t length = cast<MemRefType>(memref.getType()).getDimSize(dim);
  if (ShapedType::isStatic(length))
    return arith::ConstantIndexOp::create(builder, loc,
                                          (length + size - 1) / size);
  Value count = memref::DimOp::create(builder, loc, memref, dim);
  Value last = arith::ConstantIndexOp::create(builder, loc, size - 1);
  Value divisor = arith::ConstantIndexOp::create(builder, loc, size);
  Value sum = arith::AddIOp::create(builder, loc, count, last);
  return arith::DivUIOp::create(builder, loc, sum, divisor);
}

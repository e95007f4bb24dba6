//===- DynamicSharedMemory.cpp - the shared memory of a launch --*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Upstream lowers `gpu.dynamic_shared_memory` to a global of internal linkage,
// which PTX shows as a variable of one byte. The size of a launch belongs to
// `.extern .shared` (PTX ISA, "Kernel function directives"), so it becomes an
// external global here.
//
//===----------------------------------------------------------------------===//

#include "DeviceBuilder.h"
#include "PopulatePatterns.h"

using namespace mlir;
using namespace mlir::hinm;

static LLVM::GlobalOp getOrCreateGlobal(OpBuilder &builder,
                                        gpu::GPUModuleOp module) {
  constexpr StringLiteral name = "hinm_shared_memory";
  if (auto global = module.lookupSymbol<LLVM::GlobalOp>(name))
    return global;
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(&module.getBodyRegion().front());
  Type bytes = LLVM::LLVMArrayType::get(builder.getI8Type(), 0);
  return LLVM::GlobalOp::create(builder, module.getLoc(), bytes,
                                /*isConstant=*/false, LLVM::Linkage::External,
                                name, Attribute(), /*alignment=*/16,
                                sharedSpace);
}

namespace {
struct LowerDynamicSharedMemory
    : public OpConversionPattern<gpu::DynamicSharedMemoryOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(gpu::DynamicSharedMemoryOp op, OpAdaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    MLIRContext *context = rewriter.getContext();
    LLVM::GlobalOp global =
        getOrCreateGlobal(rewriter, op->getParentOfType<gpu::GPUModuleOp>());
    auto pointer = LLVM::LLVMPointerType::get(context, sharedSpace);
    Value address =
        LLVM::AddressOfOp::create(rewriter, loc, pointer, global.getSymName());
    // A memref descriptor; its size is not known here, and nothing asks for it.
    Type i64 = rewriter.getI64Type();
    Type dims = LLVM::LLVMArrayType::get(i64, 1);
    Type type = LLVM::LLVMStructType::getLiteral(
        context, {pointer, pointer, i64, dims, dims});
    Value zero = LLVM::ConstantOp::create(rewriter, loc, i64, 0);
    Value one = LLVM::ConstantOp::create(rewriter, loc, i64, 1);
    Value descriptor = LLVM::PoisonOp::create(rewriter, loc, type);
    auto insert = [&](Value value, ArrayRef<int64_t> place) {
      descriptor =
          LLVM::InsertValueOp::create(rewriter, loc, descriptor, value, place);
    };
    insert(address, {0});
    insert(address, {1});
    insert(zero, {2});
    insert(zero, {3, 0});
    insert(one, {4, 0});
    rewriter.replaceOpWithNewOp<UnrealizedConversionCastOp>(op, op.getType(),
                                                            descriptor);
    return success();
  }
};
} // namespace

void mlir::hinm::populateDynamicSharedMemoryPatterns(
    const TypeConverter &converter, RewritePatternSet &patterns) {
  patterns.add<LowerDynamicSharedMemory>(converter, patterns.getContext());
}

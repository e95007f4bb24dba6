//===- WrapEntries.cpp - one calling convention for all entries --*- C++
//-*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "EntryNames.h"

#include "hinm/Conversion/Passes.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/Builders.h"

namespace mlir::hinm {
#define GEN_PASS_DEF_HINMWRAPENTRIES
#include "hinm/Conversion/Passes.h.inc"
} // namespace mlir::hinm

using namespace mlir;
using namespace mlir::hinm;

/// `void name(void **args)`, which loads the arguments of `target`, all of them
/// pointers, and calls it.
static void createWrapper(OpBuilder &builder, LLVM::LLVMFuncOp target,
                          const Twine &name) {
  Location loc = target.getLoc();
  auto pointer = LLVM::LLVMPointerType::get(builder.getContext());
  auto type = LLVM::LLVMFunctionType::get(
      LLVM::LLVMVoidType::get(builder.getContext()), {pointer});
  auto wrapper = LLVM::LLVMFuncOp::create(builder, loc, name.str(), type);
  OpBuilder::InsertionGuard guard(builder);
  Block *block = wrapper.addEntryBlock(builder);
  builder.setInsertionPointToStart(block);
  SmallVector<Value> arguments;
  for (int32_t i = 0, e = target.getNumArguments(); i < e; ++i) {
    // args[i] points to the argument.
    Value slot =
        LLVM::GEPOp::create(builder, loc, pointer, pointer,
                            block->getArgument(0), ArrayRef<LLVM::GEPArg>{i});
    Value place = LLVM::LoadOp::create(builder, loc, pointer, slot);
    arguments.push_back(LLVM::LoadOp::create(builder, loc, pointer, place));
  }
  LLVM::CallOp::create(builder, loc, target, arguments);
  LLVM::ReturnOp::create(builder, loc, ValueRange());
}

/// The roles of arguments have been read by now; LLVM knows none of them.
static void removeRoles(LLVM::LLVMFuncOp function) {
  for (unsigned i = 0, e = function.getNumArguments(); i < e; ++i)
    for (StringRef name : {weightAttrName, outputAttrName})
      function.removeArgAttr(i, name);
}

namespace {
struct WrapEntries : public mlir::hinm::impl::HINMWrapEntriesBase<WrapEntries> {
  void runOnOperation() override {
    constexpr StringLiteral prefix = "_mlir_ciface_";
    OpBuilder builder(&getContext());
    builder.setInsertionPointToEnd(getOperation().getBody());
    SmallVector<LLVM::LLVMFuncOp> functions(
        getOperation().getOps<LLVM::LLVMFuncOp>());
    for (LLVM::LLVMFuncOp function : functions) {
      removeRoles(function);
      StringRef name = function.getName();
      if (function.isExternal() || !name.consume_front(prefix))
        continue;
      for (Type type : function.getArgumentTypes()) {
        if (isa<LLVM::LLVMPointerType>(type))
          continue;
        function.emitError() << "an entry's argument is of type " << type
                             << ", expected a pointer";
        return signalPassFailure();
      }
      if (name.consume_back(planSuffix))
        createWrapper(builder, function, "hinm_plan_" + name);
      else
        createWrapper(builder, function, "hinm_entry_" + name);
    }
  }
};
} // namespace

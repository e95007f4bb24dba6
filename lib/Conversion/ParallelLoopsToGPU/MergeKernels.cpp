//===- MergeKernels.cpp - one module for all kernels ------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hinm/Conversion/Passes.h"

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/IR/SymbolTable.h"
#include "llvm/ADT/DenseMap.h"

namespace mlir::hinm {
#define GEN_PASS_DEF_HINMMERGEKERNELS
#include "hinm/Conversion/Passes.h.inc"
} // namespace mlir::hinm

using namespace mlir;
using namespace mlir::hinm;

/// True if both compute the same of their arguments.
static bool areAlike(gpu::GPUFuncOp a, gpu::GPUFuncOp b) {
  auto attributesOf = [](gpu::GPUFuncOp kernel) {
    NamedAttrList attributes(kernel->getAttrDictionary());
    attributes.erase(SymbolTable::getSymbolAttrName());
    return attributes.getDictionary(kernel.getContext());
  };
  return a.getFunctionType() == b.getFunctionType() &&
         attributesOf(a) == attributesOf(b) &&
         OperationEquivalence::isRegionEquivalentTo(
             &a.getBody(), &b.getBody(), OperationEquivalence::IgnoreLocations);
}

/// One kernel for each distinct body: the same ops on other buffers are other
/// launches of it.
static void shareKernels(ModuleOp module, gpu::GPUModuleOp kernels) {
  SmallVector<gpu::GPUFuncOp> kept;
  DenseMap<Attribute, SymbolRefAttr> shared;
  auto nameOf = [&](gpu::GPUFuncOp kernel) {
    return SymbolRefAttr::get(kernels.getSymNameAttr(),
                              {FlatSymbolRefAttr::get(kernel.getNameAttr())});
  };
  for (auto kernel :
       llvm::make_early_inc_range(kernels.getOps<gpu::GPUFuncOp>())) {
    auto *same = llvm::find_if(
        kept, [&](gpu::GPUFuncOp other) { return areAlike(kernel, other); });
    if (same == kept.end()) {
      kept.push_back(kernel);
      continue;
    }
    shared[nameOf(kernel)] = nameOf(*same);
    kernel.erase();
  }
  module.walk([&](gpu::LaunchFuncOp launch) {
    if (SymbolRefAttr kernel = shared.lookup(launch.getKernelAttr()))
      launch.setKernelAttr(kernel);
  });
}

namespace {
struct MergeKernels
    : public mlir::hinm::impl::HINMMergeKernelsBase<MergeKernels> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    SmallVector<gpu::GPUModuleOp> modules(module.getOps<gpu::GPUModuleOp>());
    constexpr StringLiteral name = "hinm_kernels";
    auto target = module.lookupSymbol<gpu::GPUModuleOp>(name);
    if (!target) {
      if (modules.empty())
        return;
      target = modules.front();
      if (failed(SymbolTable(module).rename(target, name))) {
        target.emitError() << "cannot be renamed to '" << name << "'";
        return signalPassFailure();
      }
    }
    // Where each kernel went.
    DenseMap<Attribute, SymbolRefAttr> moved;
    SymbolTable symbols(target);
    for (gpu::GPUModuleOp source : modules) {
      if (source == target)
        continue;
      for (Operation &op : llvm::make_early_inc_range(*source.getBody())) {
        auto symbol = dyn_cast<SymbolOpInterface>(op);
        if (!symbol)
          continue;
        auto oldName =
            SymbolRefAttr::get(source.getSymNameAttr(),
                               {FlatSymbolRefAttr::get(symbol.getNameAttr())});
        op.remove();
        StringAttr newName = symbols.insert(&op);
        moved[oldName] = SymbolRefAttr::get(target.getSymNameAttr(),
                                            {FlatSymbolRefAttr::get(newName)});
      }
      source.erase();
    }
    module.walk([&](gpu::LaunchFuncOp launch) {
      auto found = moved.find(launch.getKernelAttr());
      if (found != moved.end())
        launch.setKernelAttr(found->second);
    });
    shareKernels(module, target);
  }
};
} // namespace

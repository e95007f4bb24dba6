//===- hinm-plugin.cpp - the dialect and passes as a plugin -----*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// For a stock mlir-opt:
//   mlir-opt --load-dialect-plugin=libHINMPlugin.so
//            --load-pass-plugin=libHINMPlugin.so
//            --pass-pipeline='builtin.module(hinm-encode)' model.mlir
//
//===----------------------------------------------------------------------===//

#include "hinm/InitAll.h"

#include "mlir/Tools/Plugins/DialectPlugin.h"
#include "mlir/Tools/Plugins/PassPlugin.h"
#include "llvm/Support/Compiler.h"

extern "C" LLVM_ATTRIBUTE_WEAK mlir::DialectPluginLibraryInfo
mlirGetDialectPluginInfo() {
  return {MLIR_PLUGIN_API_VERSION, "HINM", HINM_VERSION,
          [](mlir::DialectRegistry *registry) {
            mlir::hinm::registerAllDialects(*registry);
          }};
}

extern "C" LLVM_ATTRIBUTE_WEAK mlir::PassPluginLibraryInfo
mlirGetPassPluginInfo() {
  return {MLIR_PLUGIN_API_VERSION, "HINM", HINM_VERSION,
          []() { mlir::hinm::registerAllPasses(); }};
}

//===- Report.h - what became of each layer ---------------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HINM_LIB_DRIVER_REPORT_H
#define HINM_LIB_DRIVER_REPORT_H

#include "Tools.h"

#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/JSON.h"

#include <map>
#include <vector>

namespace mlir::hinm {

/// Gathers between the stages what report.json says.
class Report {
public:
  /// Shape, pattern and what the search kept, from the `encode` ops.
  void addSearch(ModuleOp module);
  /// Orders of rows and inputs, and which permutes are left.
  void addFolding(ModuleOp module);
  /// Bytes and schedule of each layer on `chip`, from the `gather_matmul` ops.
  void addStorage(ModuleOp module, StringRef chip);
  void addKernels(StringRef chip, ArrayRef<KernelResources> kernels);

  /// Largest number of input channels among the layers of a function (0 if
  /// none); layers are named `function.number`.
  int64_t getReduction(StringRef function) const;
  /// True if a layer of the function is stored in bf16.
  bool usesBF16(StringRef function) const;

  llvm::json::Object toJSON() const;

private:
  llvm::json::Object &getLayer(const std::string &name);

  /// By layer, in program order.
  std::vector<std::pair<std::string, llvm::json::Object>> layers;
  std::map<std::string, llvm::json::Array> kernelsOfChip;
  /// Permutes that the search made, and those that did not fold.
  int64_t numPermutes = 0, numPermutesLeft = 0;
};

} // namespace mlir::hinm

#endif // HINM_LIB_DRIVER_REPORT_H

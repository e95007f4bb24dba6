//===- LayerOverrides.h - settings of single layers -------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HINM_LIB_DIALECT_HINM_TRANSFORMS_LAYEROVERRIDES_H
#define HINM_LIB_DIALECT_HINM_TRANSFORMS_LAYEROVERRIDES_H

#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/StringMap.h"

#include <optional>
#include <string>

namespace mlir::hinm {

/// What a file of overrides says of one layer; what it does not say is as the
/// pass options have it.
struct LayerOverride {
  std::optional<int64_t> vector;
  std::optional<double> columnSparsity;
  std::optional<std::string> strategy;
  bool dense = false;
};

/// On an `encode`: the search strategy of this layer.
inline constexpr llvm::StringLiteral strategyAttrName = "hinm.strategy";

/// Reads a JSON object with an entry for each layer that differs:
///
///     {"main.0": {"vector": 128, "column_sparsity": 0.75, "permute": "gyro"},
///      "main.3": {"dense": true}}
///
/// An unknown layer (`names` are those of the program) or key, a value out of
/// range and settings that contradict one another are errors.
FailureOr<llvm::StringMap<LayerOverride>>
readLayerOverrides(StringRef path, ArrayRef<StringRef> names,
                   function_ref<InFlightDiagnostic()> emitError);

} // namespace mlir::hinm

#endif // HINM_LIB_DIALECT_HINM_TRANSFORMS_LAYEROVERRIDES_H

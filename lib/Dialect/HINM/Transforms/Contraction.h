//===- Contraction.h - linear layers among linalg ops -----------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HINM_LIB_DIALECT_HINM_TRANSFORMS_CONTRACTION_H
#define HINM_LIB_DIALECT_HINM_TRANSFORMS_CONTRACTION_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"

#include <string>

namespace mlir::hinm {

/// A contraction that multiplies activations by a constant matrix.
struct LinearLayer {
  linalg::LinalgOp op;
  /// The constant as it stands in the program, and whether it is `I x O`.
  ElementsAttr weight;
  bool isTransposed = false;
  /// O and I.
  int64_t outputs = 0, inputs = 0;
  /// The activations, and whether the reduced dimension is their first.
  Value input;
  bool inputIsFeatureMajor = false;
  bool resultIsFeatureMajor = false;
  /// How many leading dimensions of the activations count tokens (0 for a
  /// single vector).
  int64_t tokenDims = 1;
  /// What the product is added to; null if that is zero.
  Value addend;
};

/// Recognizes `op` as a linear layer, whatever named or generic form it has.
/// Otherwise says in `reason` why it is none; an op that is no contraction at
/// all leaves `reason` empty.
std::optional<LinearLayer> matchLinearLayer(linalg::LinalgOp op,
                                            std::string &reason);

} // namespace mlir::hinm

#endif // HINM_LIB_DIALECT_HINM_TRANSFORMS_CONTRACTION_H

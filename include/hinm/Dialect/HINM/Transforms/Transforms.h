//===- Transforms.h - rewrites that passes share ----------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HINM_DIALECT_HINM_TRANSFORMS_TRANSFORMS_H
#define HINM_DIALECT_HINM_TRANSFORMS_TRANSFORMS_H

#include "hinm/Dialect/HINM/IR/HINM.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/PatternMatch.h"

#include <vector>

namespace mlir::hinm {

/// On an `encode`: a constant matrix in place of |w| for the search.
inline constexpr llvm::StringLiteral saliencyAttrName = "hinm.saliency";

/// On a `hinm.permute` that did not fold: why.
inline constexpr llvm::StringLiteral unfoldedReasonAttrName = "hinm.unfolded";

/// On a weight whose input's channels are stored in another order: which of the
/// program's channels each place holds.
inline constexpr llvm::StringLiteral inputOrderAttrName = "hinm.input_order";

/// Replaces `encode`, whose weight is constant and whose orders are known, by
/// `assemble` of its canonical storage (docs/format.md); else emits an error.
LogicalResult compress(EncodeOp encode);

/// The bytes of a constant as they lie in memory, splats expanded. Emits an
/// error through `emitError` for a resource whose blob is missing or has the
/// wrong size.
FailureOr<std::vector<char>>
readBytes(ElementsAttr elements, function_ref<InFlightDiagnostic()> emitError);

/// `matmul` of an assembled weight becomes `gather_matmul` of its parts.
void populateLowerEncodingsPatterns(RewritePatternSet &patterns);

} // namespace mlir::hinm

#endif // HINM_DIALECT_HINM_TRANSFORMS_TRANSFORMS_H

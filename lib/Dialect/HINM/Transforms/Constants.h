//===- Constants.h - reading and making constant tensors --------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HINM_LIB_DIALECT_HINM_TRANSFORMS_CONSTANTS_H
#define HINM_LIB_DIALECT_HINM_TRANSFORMS_CONSTANTS_H

#include "hinm/Dialect/HINM/Transforms/Transforms.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Diagnostics.h"

#include <vector>

namespace mlir::hinm {

/// The constant that defines `value`, if an `arith.constant` does.
ElementsAttr getConstant(Value value);

/// All elements of a float constant, row-major, as f32. Emits an error through
/// `emitError` for a resource whose blob is missing or has the wrong size, and
/// for element types other than f16, bf16, f32 and f64.
FailureOr<std::vector<float>>
readFloats(ElementsAttr elements, function_ref<InFlightDiagnostic()> emitError);

/// A constant of `type` from its bytes: in the IR's text while it is small
/// enough to be read there, a resource named after `name` otherwise.
ElementsAttr makeConstant(RankedTensorType type, ArrayRef<char> bytes,
                          StringRef name);

template <typename T>
ElementsAttr makeConstant(RankedTensorType type, const std::vector<T> &elements,
                          StringRef name) {
  return makeConstant(
      type,
      ArrayRef<char>(reinterpret_cast<const char *>(elements.data()),
                     elements.size() * sizeof(T)),
      name);
}

/// `elements`, a matrix, with its dimensions exchanged.
FailureOr<ElementsAttr>
transposeConstant(ElementsAttr elements,
                  function_ref<InFlightDiagnostic()> emitError);

/// True if `permuteConstant` can reorder `elements`, which may be null.
bool canPermuteConstant(ElementsAttr elements);

/// `elements` with result[..., i, ...] = elements[..., order[i], ...] along
/// `dim`. An error for a resource whose blob is missing.
FailureOr<ElementsAttr>
permuteConstant(ElementsAttr elements, int64_t dim, ArrayRef<int64_t> order,
                function_ref<InFlightDiagnostic()> emitError);

/// The entries of an i32 constant.
FailureOr<std::vector<int32_t>>
readIndices(ElementsAttr elements,
            function_ref<InFlightDiagnostic()> emitError);

} // namespace mlir::hinm

#endif // HINM_LIB_DIALECT_HINM_TRANSFORMS_CONSTANTS_H

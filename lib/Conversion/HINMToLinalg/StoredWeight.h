//===- StoredWeight.h - the entries of a stored weight, one by one --*- C++
//-*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HINM_LIB_CONVERSION_HINMTOLINALG_STOREDWEIGHT_H
#define HINM_LIB_CONVERSION_HINMTOLINALG_STOREDWEIGHT_H

#include "hinm/Dialect/HINM/IR/HINM.h"

namespace mlir::hinm {

/// A stored weight as two tensors `[rows][K*N/M]`.
struct StoredEntries {
  /// What is stored.
  Value values;
  /// The input channel that each stored value belongs to, i32, -1 for none.
  Value channels;
};

/// Reads the first `rows` rows of a weight in canonical form.
StoredEntries readCanonical(OpBuilder &builder, Location loc,
                            EncodingAttr encoding, ValueRange parts,
                            int64_t rows);

/// Reads the first `rows` rows of a fragment stream, whose values are of
/// `elementType` (16 bits).
StoredEntries readStream(OpBuilder &builder, Location loc,
                         EncodingAttr encoding, int64_t lookahead, Value stream,
                         Type elementType, int64_t rows);

} // namespace mlir::hinm

#endif // HINM_LIB_CONVERSION_HINMTOLINALG_STOREDWEIGHT_H

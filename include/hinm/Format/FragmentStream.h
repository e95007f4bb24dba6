//===- FragmentStream.h - the packing for mma.sp m16n8k32 -------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Values, metadata and gather indices of a tile as one stream of bytes, in the
// order in which a kernel consumes it; docs/format.md, "Fragment stream".
// Source: PTX ISA, "Matrix Fragments for sparse mma.m16n8k32 with .f16 and
// .bf16 types", "Sparse matrix storage".
//
//===----------------------------------------------------------------------===//

#ifndef HINM_FORMAT_FRAGMENTSTREAM_H
#define HINM_FORMAT_FRAGMENTSTREAM_H

#include <cstdint>
#include <optional>
#include <vector>

#include "hinm/Format/Canonical.h"

namespace hinm::format {

/// Where things lie in the stream of one tile. Sizes and offsets in bytes; each
/// is a multiple of 16.
struct FragmentStreamLayout {
  /// V, a multiple of 32.
  int64_t vector = 64;
  /// K, a multiple of 4.
  int64_t columns = 0;
  /// L: the step blocks carry the indices of the step that lies L later; the
  /// first L steps' stand in the header. At least 0.
  int64_t lookahead = 2;

  /// Dense depth of a step (two m16n8k32) and of an instruction.
  static constexpr int64_t stepDepth = 64;
  static constexpr int64_t halfDepth = 32;
  static constexpr int64_t halves = 2;
  static constexpr int64_t fragmentRows = 16;
  static constexpr int64_t lanes = 32;
  static constexpr int64_t laneValueBytes = 16;
  static constexpr int64_t stepIndexBytes = stepDepth * 4;

  /// S = max(1, ceil(K / 64)).
  int64_t steps() const {
    int64_t count = (columns + stepDepth - 1) / stepDepth;
    return count < 1 ? 1 : count;
  }
  int64_t fragments() const { return vector / fragmentRows; }
  int64_t headerBytes() const { return lookahead * stepIndexBytes; }
  int64_t valueBytes() const {
    return halves * fragments() * lanes * laneValueBytes;
  }
  int64_t metadataBytes() const { return vector / 32 * lanes * halves * 4; }
  /// 72 * V + 256.
  int64_t stepBytes() const {
    return valueBytes() + metadataBytes() + stepIndexBytes;
  }
  /// L * 256 + S * stepBytes.
  int64_t tileBytes() const { return headerBytes() + steps() * stepBytes(); }

  /// Offsets within a tile's stream.
  int64_t headerOffset(int64_t step) const { return step * stepIndexBytes; }
  int64_t stepOffset(int64_t step) const {
    return headerBytes() + step * stepBytes();
  }
  /// Offsets within a step block.
  int64_t valueOffset(int64_t half, int64_t fragment, int64_t lane) const {
    return ((half * fragments() + fragment) * lanes + lane) * laneValueBytes;
  }
  int64_t metadataOffset(int64_t pair, int64_t lane, int64_t half) const {
    return valueBytes() + ((pair * lanes + lane) * halves + half) * 4;
  }
  int64_t indexOffset() const { return valueBytes() + metadataBytes(); }
};

/// Checks that this packing exists for `pattern`: 2:4, V a multiple of 32, L at
/// least 0.
std::optional<Error> verifyFragmentStream(const Pattern &pattern,
                                          int64_t lookahead);

/// The layout of `pattern` (which verifyFragmentStream accepts).
FragmentStreamLayout fragmentStreamLayout(const Pattern &pattern,
                                          int64_t lookahead);

/// [T][tileBytes]. `threads` <= 0: as many as the machine has.
Expected<std::vector<uint8_t>> packFragmentStream(const Canonical &canonical,
                                                  int64_t lookahead,
                                                  int threads = 0);

/// The matrix that was packed, bit for bit. Errors: a wrong size, and anything
/// that packing would not have written (an index out of range, positions that
/// do not ascend, padding that is not empty).
Expected<Canonical> unpackFragmentStream(ArrayView<uint8_t> stream,
                                         const Pattern &pattern, int64_t rows,
                                         int64_t inputs, ElementType type,
                                         int64_t lookahead, int threads = 0);

} // namespace hinm::format

#endif // HINM_FORMAT_FRAGMENTSTREAM_H

//===- Pattern.h - the numbers of a hierarchical N:M pattern ----*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Source: Yu, Yi, Lee, Shin, "Toward Efficient Permutation for Hierarchical N:M
// Sparsity on GPUs", arXiv 2407.20496, section 3; docs/format.md.
//
//===----------------------------------------------------------------------===//

#ifndef HINM_FORMAT_PATTERN_H
#define HINM_FORMAT_PATTERN_H

#include <cstdint>
#include <optional>

#include "hinm/Format/Expected.h"

namespace hinm::format {

/// Rows are cut into tiles of `vector`; a tile keeps `columns` of its V x 1
/// column vectors; each row of the packed tile keeps `n` of every `m`
/// consecutive entries.
struct Pattern {
  /// V: rows of a tile, at least 1.
  int64_t vector = 64;
  /// K: kept column vectors of a tile, a positive multiple of m.
  int64_t columns = 0;
  /// N of M: 1 <= n <= m, m one of 2, 4 and 8.
  int64_t n = 2;
  int64_t m = 4;

  /// T: tiles of a matrix with `rows` rows.
  int64_t tiles(int64_t rows) const { return (rows + vector - 1) / vector; }
  /// Rows with the padding of the last tile: T * V.
  int64_t paddedRows(int64_t rows) const { return tiles(rows) * vector; }
  /// Groups of M of a packed row: K / M.
  int64_t groups() const { return columns / m; }
  /// Stored values of a row: K * N / M.
  int64_t valuesPerRow() const { return groups() * n; }
  /// Bits of one metadata entry: 4 for M = 2 (the codes of tf32), 2 for M = 4,
  /// 3 for M = 8.
  int64_t metadataBits() const { return m == 2 ? 4 : m == 4 ? 2 : 3; }
  /// Bytes of a row's metadata; a row begins on a byte.
  int64_t metadataBytesPerRow() const {
    return (valuesPerRow() * metadataBits() + 7) / 8;
  }

  bool operator==(const Pattern &other) const {
    return vector == other.vector && columns == other.columns && n == other.n &&
           m == other.m;
  }
  bool operator!=(const Pattern &other) const { return !(*this == other); }
};

/// K for a matrix of `inputs` input channels when the share `sparsity` (in
/// [0, 1)) of the column vectors is dropped: max(M, floor(I * (1 - s) / M) *
/// M). The floor forgives rounding: 100 * (1 - 0.6) is 40.
int64_t keptColumns(int64_t inputs, double sparsity, int64_t m);

/// The tf32 metadata code (PTX ISA, "Sparse matrix storage") of a 1:2 position.
constexpr uint8_t tf32Code(int64_t position) {
  return position == 0 ? 0b0100 : 0b1110;
}

/// Checks the numbers of `pattern` for a matrix of `rows` x `inputs`; also that
/// K is at most I rounded up to a multiple of M.
std::optional<Error> verify(const Pattern &pattern, int64_t rows,
                            int64_t inputs);

} // namespace hinm::format

#endif // HINM_FORMAT_PATTERN_H

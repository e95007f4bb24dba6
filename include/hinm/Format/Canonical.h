//===- Canonical.h - canonical storage of a HiNM matrix ---------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// docs/format.md, "Canonical storage". Every target packing is made from it.
//
//===----------------------------------------------------------------------===//

#ifndef HINM_FORMAT_CANONICAL_H
#define HINM_FORMAT_CANONICAL_H

#include <cstdint>
#include <optional>
#include <vector>

#include "hinm/Format/ArrayView.h"
#include "hinm/Format/Expected.h"
#include "hinm/Format/Float16.h"
#include "hinm/Format/Pattern.h"

namespace hinm::format {

/// An O x I matrix under a pattern, rows in tile order. With T tiles of V rows,
/// K kept vectors and b metadata bits an entry:
struct Canonical {
  Pattern pattern;
  /// O and I of the matrix, without padding.
  int64_t rows = 0;
  int64_t inputs = 0;
  ElementType type = ElementType::F16;
  /// [T*V][K*N/M] bits of the kept values; padding rows are zero.
  std::vector<uint16_t> values;
  /// [T*V][ceil(K*N/M*b/8)]: entry e of a row is bits [e*b, e*b+b), counted
  /// from bit 0 of the row's byte 0. Positions ascend in each group.
  std::vector<uint8_t> metadata;
  /// [T][K] input channel in each place, in packing order; -1 holds nothing.
  std::vector<int32_t> vectorIndex;

  int64_t tiles() const { return pattern.tiles(rows); }
  int64_t paddedRows() const { return pattern.paddedRows(rows); }
  /// Position (0..M-1) in its group of entry `entry` of the row in `place`. The
  /// 1:2 codes are translated.
  int64_t position(int64_t place, int64_t entry) const;

  bool operator==(const Canonical &other) const;
  bool operator!=(const Canonical &other) const { return !(*this == other); }
};

/// Writes `position` as entry `entry` of the metadata row at `row` (bits that
/// were zero).
void writePosition(uint8_t *row, const Pattern &pattern, int64_t entry,
                   int64_t position);
/// Reads it back; -1 where the bits are no position (1:2: no such code).
int64_t readPosition(const uint8_t *row, const Pattern &pattern, int64_t entry);

/// Checks that `rowOrder` is a permutation of 0..rows-1 (empty stands for the
/// identity; trailing -1 of padding places are accepted).
std::optional<Error> verifyRowOrder(ArrayView<int64_t> rowOrder, int64_t rows,
                                    int64_t vector);

/// Checks that `vectorIndex` is [T][K], each entry -1 or a channel below
/// `inputs`, no channel twice in a tile.
std::optional<Error> verifyVectorIndex(ArrayView<int32_t> vectorIndex,
                                       int64_t rows, int64_t inputs,
                                       const Pattern &pattern);

/// Checks that every entry is finite; the error names the first one that is
/// not, in row-major order. `what` begins the message ("weight").
std::optional<Error> verifyFinite(MatrixView matrix, const char *what);

/// The `n` of `m` (at most 8) entries that a group keeps, as ascending
/// `positions`: the largest |group[p]|, ties to the lower position; places with
/// channels[p] < 0 come last.
void selectEntries(const float *group, const int32_t *channels, int64_t n,
                   int64_t m, int64_t *positions);

/// Checks sizes, indices and that the positions of every group ascend.
std::optional<Error> verify(const Canonical &canonical);

/// What `pattern` keeps of `weight` (O x I f32): in each row and group the N
/// entries with the largest |w|, taken before rounding, ties to the lower
/// position; a place whose index is -1 counts as 0 and is chosen last. Kept
/// values are rounded to `type`.
/// Errors: shapes that do not match; NaN or infinity anywhere in the weight; a
/// kept value that overflows `type`. With several, the first in row-major order
/// of the original matrix is reported.
/// `threads` <= 0: as many as the machine has.
Expected<Canonical> encode(MatrixView weight, const Pattern &pattern,
                           ArrayView<int64_t> rowOrder,
                           ArrayView<int32_t> vectorIndex,
                           ElementType type = ElementType::F16,
                           int threads = 0);

/// The dense O x I matrix, rows in TILE order (row i is original row
/// rowOrder[i]), zero off the support.
std::vector<float> decode(const Canonical &canonical, int threads = 0);

/// The dense O x I matrix in ORIGINAL row order, f32 as given, zero off the
/// support that `encode` keeps. The plain definition of the pattern; errors as
/// `encode`, overflow apart.
Expected<std::vector<float>> projectDense(MatrixView weight,
                                          const Pattern &pattern,
                                          ArrayView<int64_t> rowOrder,
                                          ArrayView<int32_t> vectorIndex);

/// The `columns` = K column vectors of each tile with the largest sum of
/// |saliency| (O x I), ties to the lower channel, in ascending order: [T][K],
/// filled up with -1 where I < K. `rowOrder` empty: identity.
std::vector<int32_t> selectColumns(MatrixView saliency,
                                   ArrayView<int64_t> rowOrder, int64_t vector,
                                   int64_t columns, int threads = 0);

} // namespace hinm::format

#endif // HINM_FORMAT_CANONICAL_H

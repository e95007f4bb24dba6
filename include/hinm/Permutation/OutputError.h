//===- OutputError.h - a layer's error on calibration inputs ----*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// With calibration inputs X (one column each) the error of a pruned weight W'
// is |W' X - Y|^2, where Y is what the layer should give: W X, or the outputs
// of another model. All of it is in the Gram matrix G = X X^T and, for other
// outputs, the cross matrix C = Y X^T. The best dense weight is R = C G^-1 (W
// itself without C), and what W' adds to its error is the sum over rows of
// (w' - r) G (w' - r)^T.
// Sources: Hassibi and Stork, "Second order derivatives for network pruning:
// Optimal Brain Surgeon" (1992); Frantar and Alistarh, "SparseGPT" (2023).
//
//===----------------------------------------------------------------------===//

#ifndef HINM_PERMUTATION_OUTPUTERROR_H
#define HINM_PERMUTATION_OUTPUTERROR_H

#include <cstdint>
#include <vector>

#include "hinm/Format/ArrayView.h"
#include "hinm/Format/Expected.h"
#include "hinm/Format/Pattern.h"

namespace hinm::permutation {

/// What is known about a layer's inputs.
struct Calibration {
  /// I x I: sum of x x^T over the calibration inputs.
  format::MatrixView gram;
  /// O x I: sum of y x^T over wanted outputs y; null data: y = W x.
  format::MatrixView cross;
  /// Added to G's diagonal in every solve: this share of the diagonal's mean.
  double damping = 0.01;
};

class OutputError {
public:
  /// Errors: matrices of the wrong size, not finite, not symmetric (beyond 1e-3
  /// of the largest diagonal entry), zero, or with a negative eigenvalue that
  /// the damping does not lift. `threads` <= 0: as many as the machine has.
  static format::Expected<OutputError> create(format::MatrixView weight,
                                              const Calibration &calibration,
                                              int threads = 0);

  /// R, O x I: what is pruned.
  const std::vector<float> &target() const { return reference; }

  /// OBS saliency, O x I: |r_ij| / sqrt([G^-1]_jj), the square root of what
  /// removing the entry costs when the others of its row make up for it.
  std::vector<float> saliency() const;

  /// The error that `candidate` (O x I) adds, relative to |R X|^2. Without
  /// damping.
  double relativeError(format::MatrixView candidate) const;

  /// For each row the weights on its support (mask O x I, not zero: kept) with
  /// the smallest error: exact least squares. A row's error is never above that
  /// of R cut down to the support.
  std::vector<float> fit(format::ArrayView<uint8_t> mask) const;

  /// The columns that each tile keeps, and their packing order ([T][K]; -1
  /// holds nothing), for the given rows (empty: as they are). In every tile the
  /// column whose removal costs least goes, the others make up for it, and so
  /// on until K are left; then they are packed by the input-channel search
  /// (three misses) on the OBS saliency of what they have become. Costs about T
  /// (I - K) I^2 multiplications; every thread holds a copy of G^-1 in single
  /// precision.
  std::vector<int32_t> columns(const format::Pattern &pattern,
                               format::ArrayView<int64_t> rowOrder,
                               uint64_t seed = 0) const;

  /// Rows and columns in turns, from `rowOrder` on: `columns`, then every row
  /// to the tile on whose columns its error after the sweep is least (all at
  /// once, a transport problem), `rounds` times or until that does not help.
  /// Returns the columns; `rowOrder` becomes the best one found. `rounds` 0:
  /// `columns`.
  std::vector<int32_t> orders(const format::Pattern &pattern,
                              std::vector<int64_t> &rowOrder, int rounds,
                              uint64_t seed = 0) const;

  /// Which N of every M entries to keep under the given orders (mask O x I,
  /// original order). In every tile the dropped columns are made up for by the
  /// kept ones (least squares), then the groups are decided in packing order:
  /// what goes from a group by its OBS saliency is made up for by the columns
  /// that come later, so that later groups decide on what they have become.
  /// Source: SparseGPT. The pattern and orders must fit the weight.
  std::vector<uint8_t> sweep(const format::Pattern &pattern,
                             format::ArrayView<int64_t> rowOrder,
                             format::ArrayView<int32_t> vectorIndex) const;

  /// Exchanges kept entries of a row for others of their group while that
  /// lowers the row's least-squares error on its support, from a mask that
  /// keeps N of every M under these orders. About O K^3 / 2 multiplications.
  std::vector<uint8_t> exchange(const format::Pattern &pattern,
                                format::ArrayView<int64_t> rowOrder,
                                format::ArrayView<int32_t> vectorIndex,
                                std::vector<uint8_t> mask) const;

private:
  OutputError() = default;
  std::vector<float> invertedGram() const;
  std::vector<int32_t> columns(const std::vector<float> &inverted,
                               const format::Pattern &pattern,
                               format::ArrayView<int64_t> rowOrder,
                               uint64_t seed) const;
  /// G r of every row, O x I, and r G r.
  std::vector<double> products(std::vector<double> &powers) const;
  double rowError(const double *difference) const;
  /// Solves one row's normal equations; `out` has I entries.
  void fitRow(int64_t row, const uint8_t *mask, float *out) const;

  int64_t rows = 0;
  int64_t inputs = 0;
  int threads = 0;
  /// G with damping, and what was added to its diagonal.
  std::vector<double> gram;
  double added = 0;
  std::vector<double> inverseDiagonal;
  std::vector<float> reference;
};

} // namespace hinm::permutation

#endif // HINM_PERMUTATION_OUTPUTERROR_H

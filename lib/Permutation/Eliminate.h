//===- Eliminate.h - a tile's columns by backward elimination ---*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Removes the column vector whose removal costs least, has the others make up
// for it, and so on (Optimal Brain Surgeon with one column of V rows at a time).
// With H^-1 the inverse of the Gram matrix of the columns that are left:
//   cost of column j = sum over rows of w_rj^2 / [H^-1]_jj
//   w_r  -= w_rj / [H^-1]_jj times row j of H^-1
//   H^-1 -= row j times its transpose / [H^-1]_jj
// The last is put off for several removals and then done for all at once.
//
//===----------------------------------------------------------------------===//

#ifndef HINM_LIB_PERMUTATION_ELIMINATE_H
#define HINM_LIB_PERMUTATION_ELIMINATE_H

#include <cstdint>
#include <vector>

namespace hinm::permutation {

/// The columns that are left, and what they have become.
struct Eliminated {
  /// Ascending.
  std::vector<int32_t> columns;
  /// By row and column of `columns`: |w| / sqrt([H^-1]_jj), OBS saliency.
  std::vector<float> saliency;
};

class Eliminator {
public:
  /// `inverse`: H^-1 of all n columns, n x n.
  Eliminator(const float *inverse, int64_t n);
  /// Keeps `kept` of the n columns of these rows.
  Eliminated run(const std::vector<const float *> &rows, int64_t kept);

private:
  void remove(int64_t at);
  /// Does what was put off.
  void update();
  /// Moves the columns that are left together.
  void compact();

  const float *full;
  int64_t total;
  // The columns that are left and, until compact, some that are not; n of them,
  // `pitch` floats from one row to the next.
  int64_t n = 0, pitch = 0, height = 0, left = 0;
  std::vector<int32_t> names;
  std::vector<uint8_t> isLeft;
  std::vector<float> inverse, weights, diagonal, squares;
  std::vector<float> pending, row, coefficients;
  int64_t pendingCount = 0;
};

} // namespace hinm::permutation

#endif // HINM_LIB_PERMUTATION_ELIMINATE_H

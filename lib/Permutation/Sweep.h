//===- Sweep.h - N of M by what later columns make up for -------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HINM_LIB_PERMUTATION_SWEEP_H
#define HINM_LIB_PERMUTATION_SWEEP_H

#include <cstdint>
#include <vector>

#include "hinm/Format/Pattern.h"

namespace hinm::permutation {

/// The columns of one tile in packing order, ready for any rows. May be used
/// from several threads.
class TileSweep {
public:
  /// `gram`: I x I, positive definite; `index`: the tile's K places.
  TileSweep(const double *gram, int64_t inputs, const format::Pattern &pattern,
            const int32_t *index);
  /// The error of a row r on these columns after the sweep: of its least
  /// squares, each entry that went made up for by later columns only. `right`
  /// is G r, `power` r G r. Sets kept[channel] of what stays, where it is
  /// given.
  double run(const double *right, double power, uint8_t *kept) const;

private:
  const format::Pattern &pattern;
  const int32_t *index;
  std::vector<int64_t> channels, standing;
  /// L of H = L L^T, and its inverse, channels from the last place on.
  std::vector<double> factor, inverse;
};

} // namespace hinm::permutation

#endif // HINM_LIB_PERMUTATION_SWEEP_H

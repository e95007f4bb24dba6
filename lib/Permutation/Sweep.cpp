//===- Sweep.cpp - N of M by what later columns make up for -----*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// With the kept columns of a tile in packing order, let H be their Gram matrix
// and U the upper triangular matrix with H^-1 = U^T U. When entry j of a row
// goes, the best change of the entries from j on is -w_j / U_jj times row j of
// U, and it costs (w_j / U_jj)^2. With everything in reversed order U is the
// inverse of the Cholesky factor of H: the code below counts from the back.
//
//===----------------------------------------------------------------------===//

#include "Sweep.h"

#include "Cholesky.h"

#include "hinm/Format/Canonical.h"

#include <algorithm>
#include <cassert>

using namespace hinm;
using namespace hinm::permutation;

TileSweep::TileSweep(const double *gram, int64_t inputs,
                     const format::Pattern &pattern, const int32_t *index)
    : pattern(pattern), index(index),
      standing(static_cast<size_t>(pattern.columns), -1) {
  // Kept channels from the last place to the first, and where each place's
  // channel stands among them.
  for (int64_t place = pattern.columns - 1; place >= 0; --place)
    if (index[place] >= 0) {
      standing[static_cast<size_t>(place)] =
          static_cast<int64_t>(channels.size());
      channels.push_back(index[place]);
    }
  auto count = static_cast<int64_t>(channels.size());
  factor.resize(static_cast<size_t>(count * count));
  for (int64_t i = 0; i < count; ++i)
    for (int64_t j = 0; j <= i; ++j)
      factor[static_cast<size_t>(i * count + j)] =
          gram[channels[static_cast<size_t>(i)] * inputs +
               channels[static_cast<size_t>(j)]];
  bool definite = cholesky(factor.data(), count);
  assert(definite && "a principal part of a definite matrix is definite");
  (void)definite;
  inverse = factor;
  invertLower(inverse.data(), count);
}

double TileSweep::run(const double *right, double power, uint8_t *kept) const {
  auto count = static_cast<int64_t>(channels.size());
  std::vector<double> row(static_cast<size_t>(count));
  for (int64_t i = 0; i < count; ++i)
    row[static_cast<size_t>(i)] = right[channels[static_cast<size_t>(i)]];
  choleskySolve(factor.data(), count, row.data());
  // The dropped columns are made up for; what is still missing.
  double error = power;
  for (int64_t i = 0; i < count; ++i)
    error -=
        row[static_cast<size_t>(i)] * right[channels[static_cast<size_t>(i)]];
  for (int64_t first = 0; first < pattern.columns; first += pattern.m) {
    float score[8] = {};
    int64_t positions[8];
    for (int64_t p = 0; p < pattern.m; ++p) {
      int64_t at = standing[static_cast<size_t>(first + p)];
      if (at >= 0)
        score[p] =
            static_cast<float>(row[static_cast<size_t>(at)] /
                               inverse[static_cast<size_t>(at * count + at)]);
    }
    format::selectEntries(score, index + first, pattern.n, pattern.m,
                          positions);
    const int64_t *end = positions + pattern.n;
    for (int64_t p = 0; p < pattern.m; ++p) {
      int64_t at = standing[static_cast<size_t>(first + p)];
      if (at < 0)
        continue;
      if (std::find(static_cast<const int64_t *>(positions), end, p) != end) {
        if (kept)
          kept[index[first + p]] = 1;
        continue;
      }
      const double *later = inverse.data() + at * count;
      double change = row[static_cast<size_t>(at)] / later[at];
      error += change * change;
      for (int64_t k = 0; k <= at; ++k)
        row[static_cast<size_t>(k)] -= change * later[k];
    }
  }
  return error;
}

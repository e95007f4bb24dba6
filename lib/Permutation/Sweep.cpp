//===- Sweep.cpp - N of M by what later columns make up for ----*- C++ -*-===//
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

#include "hinm/Permutation/OutputError.h"

#include "Cholesky.h"
#include "Kernels.h"

#include "hinm/Format/Canonical.h"
#include "hinm/Format/Threads.h"

#include <algorithm>
#include <cassert>

using namespace hinm;
using namespace hinm::permutation;

void OutputError::sweepTile(const format::Pattern &pattern,
                            const std::vector<int64_t> &tileRows,
                            const int32_t *index, uint8_t *mask) const {
  const KernelTable &kernel = kernels();
  // Kept channels from the last place to the first, and where each place's
  // channel stands among them.
  std::vector<int64_t> channels;
  std::vector<int64_t> standing(static_cast<size_t>(pattern.columns), -1);
  for (int64_t place = pattern.columns - 1; place >= 0; --place)
    if (index[place] >= 0) {
      standing[static_cast<size_t>(place)] =
          static_cast<int64_t>(channels.size());
      channels.push_back(index[place]);
    }
  auto count = static_cast<int64_t>(channels.size());
  std::vector<double> factor(static_cast<size_t>(count * count));
  for (int64_t i = 0; i < count; ++i)
    for (int64_t j = 0; j <= i; ++j)
      factor[static_cast<size_t>(i * count + j)] =
          gram[static_cast<size_t>(channels[static_cast<size_t>(i)] * inputs +
                                   channels[static_cast<size_t>(j)])];
  bool definite = cholesky(factor.data(), count);
  assert(definite && "a principal part of a definite matrix is definite");
  (void)definite;

  // The rows on the kept columns, with the dropped ones made up for.
  auto height = static_cast<int64_t>(tileRows.size());
  std::vector<double> rows(static_cast<size_t>(height * count));
  for (int64_t r = 0; r < height; ++r) {
    const float *wanted =
        reference.data() + tileRows[static_cast<size_t>(r)] * inputs;
    std::vector<double> target(wanted, wanted + inputs);
    const double *right = target.data();
    double *row = rows.data() + r * count;
    for (int64_t i = 0; i < count; ++i) {
      const double *from =
          gram.data() + channels[static_cast<size_t>(i)] * inputs;
      kernel.dots64(&from, 1, &right, 1, inputs, row + i, 1);
    }
    choleskySolve(factor.data(), count, row);
  }
  invertLower(factor.data(), count);

  for (int64_t r = 0; r < height; ++r) {
    double *row = rows.data() + r * count;
    uint8_t *kept = mask + tileRows[static_cast<size_t>(r)] * inputs;
    for (int64_t first = 0; first < pattern.columns; first += pattern.m) {
      float score[8] = {};
      int64_t positions[8];
      for (int64_t p = 0; p < pattern.m; ++p) {
        int64_t at = standing[static_cast<size_t>(first + p)];
        if (at >= 0)
          score[p] = static_cast<float>(
              row[at] / factor[static_cast<size_t>(at * count + at)]);
      }
      format::selectEntries(score, index + first, pattern.n, pattern.m,
                            positions);
      const int64_t *end = positions + pattern.n;
      for (int64_t p = 0; p < pattern.m; ++p) {
        int64_t at = standing[static_cast<size_t>(first + p)];
        if (at < 0)
          continue;
        if (std::find(static_cast<const int64_t *>(positions), end, p) != end) {
          kept[index[first + p]] = 1;
          continue;
        }
        const double *later = factor.data() + at * count;
        double change = row[at] / later[at];
        for (int64_t k = 0; k <= at; ++k)
          row[k] -= change * later[k];
      }
    }
  }
}

std::vector<uint8_t>
OutputError::sweep(const format::Pattern &pattern,
                   format::ArrayView<int64_t> rowOrder,
                   format::ArrayView<int32_t> vectorIndex) const {
  std::vector<uint8_t> mask(reference.size(), 0);
  format::parallelFor(pattern.tiles(rows), threads, [&](int64_t tile) {
    std::vector<int64_t> tileRows;
    int64_t last = std::min(rows, (tile + 1) * pattern.vector);
    for (int64_t place = tile * pattern.vector; place < last; ++place)
      tileRows.push_back(rowOrder.empty() ? place : rowOrder[place]);
    sweepTile(pattern, tileRows, vectorIndex.data() + tile * pattern.columns,
              mask.data());
  });
  return mask;
}

//===- Principal.cpp - rows along their principal component ------*- C++
//-*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Rows.h"

#include "hinm/Format/Threads.h"

#include <algorithm>
#include <cmath>
#include <numeric>

using namespace hinm;
using namespace hinm::permutation;

void hinm::permutation::principalRows(MatrixView saliency, int threads,
                                      std::vector<int64_t> &rowOrder) {
  auto rows = static_cast<size_t>(saliency.rows);
  auto columns = static_cast<size_t>(saliency.columns);
  std::vector<double> mean(columns, 0.0);
  for (int64_t r = 0; r < saliency.rows; ++r)
    for (size_t c = 0; c < columns; ++c)
      mean[c] += static_cast<double>(saliency.row(r)[c]) /
                 static_cast<double>(saliency.rows);
  // Power iteration on the covariance from a fixed start. Blocks of rows, each
  // with a sum of its own, make the result independent of the threads.
  std::vector<double> direction(columns), score(rows);
  for (size_t c = 0; c < columns; ++c)
    direction[c] = 1 + 0.5 * std::sin(static_cast<double>(c) * 1.7);
  constexpr int64_t blocks = 16;
  std::vector<double> partial(static_cast<size_t>(blocks) * columns);
  for (int round = 0; round < 30; ++round) {
    double offset =
        std::inner_product(mean.begin(), mean.end(), direction.begin(), 0.0);
    format::parallelFor(blocks, threads, [&](int64_t block) {
      double *sum = partial.data() + block * saliency.columns;
      std::fill_n(sum, columns, 0.0);
      for (int64_t r = block * saliency.rows / blocks;
           r < (block + 1) * saliency.rows / blocks; ++r) {
        const float *row = saliency.row(r);
        double dot = -offset;
        for (size_t c = 0; c < columns; ++c)
          dot += static_cast<double>(row[c]) * direction[c];
        score[static_cast<size_t>(r)] = dot;
        for (size_t c = 0; c < columns; ++c)
          sum[c] += dot * static_cast<double>(row[c]);
      }
    });
    double scores = std::accumulate(score.begin(), score.end(), 0.0);
    double norm = 0;
    for (size_t c = 0; c < columns; ++c) {
      double next = -scores * mean[c];
      for (int64_t block = 0; block < blocks; ++block)
        next += partial[static_cast<size_t>(block) * columns + c];
      direction[c] = next;
      norm += next * next;
    }
    // All rows alike: any order will do.
    if (!(norm > 0))
      break;
    for (double &x : direction)
      x /= std::sqrt(norm);
  }
  std::stable_sort(rowOrder.begin(), rowOrder.end(), [&](int64_t a, int64_t b) {
    return score[static_cast<size_t>(a)] < score[static_cast<size_t>(b)];
  });
}

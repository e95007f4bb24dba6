//===- Cholesky.cpp - factors of positive definite matrices -----*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Cholesky.h"

#include "Kernels.h"

#include "hinm/Format/Threads.h"

#include <algorithm>
#include <cmath>

using namespace hinm;
using namespace hinm::permutation;

/// Columns that are factored together.
static constexpr int64_t panel = 32;

/// Rows first..last-1, columns of the panel: minus what the finished columns
/// contribute.
static void subtractFinished(double *a, int64_t n, int64_t column,
                             int64_t width, int64_t first, int64_t last) {
  if (column == 0)
    return;
  const double *left[panel], *right[panel];
  double products[panel * panel];
  for (int64_t c = 0; c < width; ++c)
    right[c] = a + (column + c) * n;
  for (int64_t r = first; r < last; ++r)
    left[r - first] = a + r * n;
  kernels().dots64(left, last - first, right, width, column, products, panel);
  for (int64_t r = first; r < last; ++r)
    for (int64_t c = 0; c < width; ++c)
      a[r * n + column + c] -= products[(r - first) * panel + c];
}

bool hinm::permutation::cholesky(double *a, int64_t n, int threads) {
  for (int64_t column = 0; column < n; column += panel) {
    int64_t width = std::min(panel, n - column), below = column + width;
    subtractFinished(a, n, column, width, column, below);
    // The diagonal block.
    for (int64_t j = column; j < below; ++j) {
      for (int64_t k = column; k < j; ++k)
        for (int64_t i = j; i < below; ++i)
          a[i * n + j] -= a[i * n + k] * a[j * n + k];
      double pivot = a[j * n + j];
      if (!(pivot > 0))
        return false;
      pivot = std::sqrt(pivot);
      a[j * n + j] = pivot;
      for (int64_t i = j + 1; i < below; ++i)
        a[i * n + j] /= pivot;
    }
    // The rows below it, in blocks.
    int64_t blocks = (n - below + panel - 1) / panel;
    format::parallelFor(blocks, blocks * column < (1 << 12) ? 1 : threads,
                        [&](int64_t block) {
                          int64_t first = below + block * panel;
                          int64_t last = std::min(n, first + panel);
                          subtractFinished(a, n, column, width, first, last);
                          for (int64_t i = first; i < last; ++i)
                            for (int64_t j = column; j < below; ++j) {
                              double value = a[i * n + j];
                              for (int64_t k = column; k < j; ++k)
                                value -= a[i * n + k] * a[j * n + k];
                              a[i * n + j] = value / a[j * n + j];
                            }
                        });
  }
  return true;
}

void hinm::permutation::choleskySolve(const double *l, int64_t n, double *x) {
  for (int64_t i = 0; i < n; ++i) {
    const double *row = l + i * n;
    double product;
    kernels().dots64(&row, 1, const_cast<const double *const *>(&x), 1, i,
                     &product, 1);
    x[i] = (x[i] - product) / row[i];
  }
  for (int64_t i = n - 1; i >= 0; --i) {
    const double *row = l + i * n;
    x[i] /= row[i];
    for (int64_t k = 0; k < i; ++k)
      x[k] -= row[k] * x[i];
  }
}

void hinm::permutation::invertLower(double *l, int64_t n) {
  // Row i of the inverse is (e_i - sum over k < i of l_ik times row k) / l_ii.
  std::vector<double> sum(static_cast<size_t>(n));
  for (int64_t i = 0; i < n; ++i) {
    double *row = l + i * n;
    std::fill_n(sum.begin(), i, 0.0);
    for (int64_t k = 0; k < i; ++k) {
      const double *from = l + k * n;
      double factor = row[k];
      for (int64_t j = 0; j <= k; ++j)
        sum[static_cast<size_t>(j)] += factor * from[j];
    }
    double inverse = 1 / row[i];
    for (int64_t j = 0; j < i; ++j)
      row[j] = -sum[static_cast<size_t>(j)] * inverse;
    row[i] = inverse;
  }
}

std::vector<float> hinm::permutation::inverse(const double *l, int64_t n,
                                              int threads) {
  // Row j of `columns` is column j of L^-1, by forward substitution from e_j;
  // entry (i, j) of the inverse is the product of columns i and j.
  std::vector<double> columns(static_cast<size_t>(n * n), 0.0);
  constexpr int64_t together = 8;
  int64_t blocks = (n + together - 1) / together;
  format::parallelFor(blocks, threads, [&](int64_t b) {
    int64_t first = b * together, count = std::min(together, n - first);
    const double *from[together];
    for (int64_t c = 0; c < count; ++c)
      from[c] = columns.data() + (first + c) * n + first;
    for (int64_t i = first; i < n; ++i) {
      const double *row = l + i * n + first;
      double products[together];
      kernels().dots64(&row, 1, from, count, i - first, products, together);
      for (int64_t c = 0; c < count; ++c)
        columns[static_cast<size_t>((first + c) * n + i)] =
            ((i == first + c ? 1.0 : 0.0) - products[c]) / row[i - first];
    }
  });
  std::vector<float> result(static_cast<size_t>(n * n));
  format::parallelFor(blocks, threads, [&](int64_t b) {
    int64_t first = b * together, count = std::min(together, n - first);
    for (int64_t j = 0; j <= first + count - 1; ++j) {
      // Column i begins at i, and j <= i (or within the block, where what
      // stands before is 0).
      const double *mine = columns.data() + j * n + first;
      const double *others[together];
      for (int64_t c = 0; c < count; ++c)
        others[c] = columns.data() + (first + c) * n + first;
      double products[together];
      kernels().dots64(&mine, 1, others, count, n - first, products, together);
      for (int64_t c = 0; c < count; ++c)
        if (j <= first + c)
          result[static_cast<size_t>((first + c) * n + j)] =
              static_cast<float>(products[c]);
    }
  });
  for (int64_t i = 0; i < n; ++i)
    for (int64_t j = 0; j < i; ++j)
      result[static_cast<size_t>(j * n + i)] =
          result[static_cast<size_t>(i * n + j)];
  return result;
}

std::vector<double> hinm::permutation::inverseDiagonal(const double *l,
                                                       int64_t n, int threads) {
  // Column j of L^-1 by forward substitution from e_j; the diagonal entry is
  // its squared length. `together` columns at once share every row of L.
  std::vector<double> result(static_cast<size_t>(n));
  constexpr int64_t together = 8;
  format::parallelFor((n + together - 1) / together, threads, [&](int64_t b) {
    int64_t first = b * together, count = std::min(together, n - first);
    int64_t length = n - first;
    std::vector<double> column(static_cast<size_t>(together * length), 0.0);
    const double *columns[together];
    for (int64_t c = 0; c < count; ++c)
      columns[c] = column.data() + c * length;
    for (int64_t i = first; i < n; ++i) {
      const double *row = l + i * n + first;
      double products[together];
      kernels().dots64(&row, 1, columns, count, i - first, products, together);
      for (int64_t c = 0; c < count; ++c)
        column[static_cast<size_t>(c * length + i - first)] =
            ((i == first + c ? 1.0 : 0.0) - products[c]) / row[i - first];
    }
    for (int64_t c = 0; c < count; ++c) {
      double sum = 0;
      for (int64_t i = 0; i < length; ++i)
        sum += columns[c][i] * columns[c][i];
      result[static_cast<size_t>(first + c)] = sum;
    }
  });
  return result;
}

//===- Swaps.cpp - entries of a group exchanged by error --------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One row on the kept columns of its tile, as a symmetric tableau: swept on its
// support S it holds everything that an exchange changes (J: the other columns,
// G their Gram matrix, A the inverse of G_SS):
//   T_SS = -A,  T_JS = G_JS A,  T_JJ = G_JJ - G_JS A G_SJ,
//   b_S = w_S, the least squares,  b_J = what is left of the gradient.
// Without entry i and with entry j instead the error changes by
//   w_i^2 / A_ii - (b_j + T_ji w_i / A_ii)^2 / (T_jj + T_ji^2 / A_ii).
// Sweeping index k in or out is T -= v v^T / T_kk with v = row k but for v_k =
// T_kk -/+ 1, and T_kk -/+= 2: a change of rank one, put off as in Eliminate.
// Source: Goodnight, "A tutorial on the SWEEP operator" (1979).
//
//===----------------------------------------------------------------------===//

#include "hinm/Permutation/OutputError.h"

#include "Kernels.h"

#include "hinm/Format/Threads.h"

#include <algorithm>
#include <cassert>
#include <cmath>

using namespace hinm;
using namespace hinm::permutation;

namespace {

constexpr int64_t kTogether = 32;
constexpr int kMostPasses = 4;

class RowTableau {
public:
  /// `gram` of the n columns, n rows of `pitch` floats.
  RowTableau(const std::vector<float> &gram, int64_t n, int64_t pitch)
      : gram(gram), n(n), pitch(pitch), table(gram.size()),
        pending(static_cast<size_t>(kTogether * pitch)),
        row(static_cast<size_t>(pitch)), diagonal(static_cast<size_t>(n)),
        coefficients(kTogether) {}

  /// Begins a row with `right` = G r on these columns and sweeps the support.
  void start(std::vector<float> right, const std::vector<uint8_t> &support) {
    b = std::move(right);
    isIn.assign(static_cast<size_t>(n), 0);
    table = gram;
    for (int64_t i = 0; i < n; ++i)
      diagonal[at(i)] = gram[at(i * pitch + i)];
    pendingCount = 0;
    for (int64_t i = 0; i < n; ++i)
      if (support[at(i)])
        sweep(i);
    // What all entries are worth, each by itself.
    scale = 0;
    for (int64_t i = 0; i < n; ++i)
      if (support[at(i)] && diagonal[at(i)] < 0)
        scale -= b[at(i)] * b[at(i)] / diagonal[at(i)];
  }

  bool has(int64_t i) const { return isIn[at(i)]; }
  /// Whether such a change of the error is more than rounding.
  bool isWorth(float change) const { return change < -1e-6f * scale; }

  /// What the error changes by if `in` takes the place of `out`.
  float change(int64_t out, int64_t in) const {
    float inverse = -diagonal[at(out)];
    if (!(inverse > 0))
      return 0;
    float cross = table[at(in * pitch + out)];
    for (int64_t k = 0; k < pendingCount; ++k)
      cross -= pending[at(k * pitch + in)] * pending[at(k * pitch + out)];
    float w = b[at(out)], gradient = b[at(in)] + cross * w / inverse;
    float schur = diagonal[at(in)] + cross * cross / inverse;
    return schur > 0 ? w * w / inverse - gradient * gradient / schur : 0;
  }

  void exchange(int64_t out, int64_t in) {
    sweep(out);
    sweep(in);
  }

private:
  static size_t at(int64_t i) { return static_cast<size_t>(i); }

  /// Sweeps k in, or out where it is in.
  void sweep(int64_t k) {
    const KernelTable &kernel = kernels();
    std::copy_n(table.data() + k * pitch, n, row.data());
    for (int64_t p = 0; p < pendingCount; ++p)
      coefficients[at(p)] = pending[at(p * pitch + k)];
    kernel.rankUpdate(row.data(), pending.data(), pitch, coefficients.data(),
                      pendingCount, n);
    float pivot = diagonal[at(k)], sign = isIn[at(k)] ? -1.0f : 1.0f;
    isIn[at(k)] ^= 1;
    // A pivot without a sign of its own says that the column is of no use.
    if (!(sign * pivot > 1e-20f))
      pivot = sign * 1e-20f;
    // v v^T / pivot has the pivot's sign. What is pending is subtracted, so a
    // change that is added (few are) is made at once.
    row[at(k)] = pivot - sign;
    float scale = 1 / std::sqrt(std::fabs(pivot));
    float factor = b[at(k)] / pivot;
    for (int64_t j = 0; j < n; ++j)
      if (j != k)
        b[at(j)] -= factor * row[at(j)];
    b[at(k)] = sign * factor;
    for (int64_t j = 0; j < n; ++j)
      row[at(j)] *= scale;
    for (int64_t j = 0; j < n; ++j)
      diagonal[at(j)] -= sign * row[at(j)] * row[at(j)];
    diagonal[at(k)] = -1 / pivot;
    if (sign < 0) {
      flush();
      for (int64_t i = 0; i < n; ++i) {
        float minus = -row[at(i)];
        kernel.rankUpdate(table.data() + i * pitch, row.data(), pitch, &minus,
                          1, n);
      }
    } else {
      std::copy_n(row.data(), n, pending.data() + pendingCount++ * pitch);
    }
    table[at(k * pitch + k)] -= 2 * sign;
    if (pendingCount == kTogether)
      flush();
  }

  void flush() {
    const KernelTable &kernel = kernels();
    for (int64_t i = 0; i < n; ++i) {
      for (int64_t p = 0; p < pendingCount; ++p)
        coefficients[at(p)] = pending[at(p * pitch + i)];
      kernel.rankUpdate(table.data() + i * pitch, pending.data(), pitch,
                        coefficients.data(), pendingCount, n);
    }
    pendingCount = 0;
  }

  const std::vector<float> &gram;
  int64_t n, pitch;
  std::vector<float> table, pending, row, b, diagonal, coefficients;
  std::vector<uint8_t> isIn;
  float scale = 0;
  int64_t pendingCount = 0;
};

/// The first exchange that lowers the error most, in each group in turn, until
/// none does.
void improve(RowTableau &tableau, const format::Pattern &pattern,
             const std::vector<int64_t> &standing) {
  for (int pass = 0; pass < kMostPasses; ++pass) {
    bool any = false;
    for (int64_t first = 0; first < pattern.columns; first += pattern.m) {
      float least = 0;
      int64_t out = -1, in = -1;
      for (int64_t p = first; p < first + pattern.m; ++p)
        for (int64_t q = first; q < first + pattern.m; ++q) {
          int64_t i = standing[static_cast<size_t>(p)];
          int64_t j = standing[static_cast<size_t>(q)];
          if (i < 0 || j < 0 || !tableau.has(i) || tableau.has(j))
            continue;
          float change = tableau.change(i, j);
          if (change < least) {
            least = change;
            out = i;
            in = j;
          }
        }
      if (out < 0 || !tableau.isWorth(least))
        continue;
      tableau.exchange(out, in);
      any = true;
    }
    if (!any)
      return;
  }
}

} // namespace

std::vector<uint8_t> OutputError::exchange(
    const format::Pattern &pattern, format::ArrayView<int64_t> rowOrder,
    format::ArrayView<int32_t> vectorIndex, std::vector<uint8_t> mask) const {
  const KernelTable &kernel = kernels();
  format::parallelFor(pattern.tiles(rows), threads, [&](int64_t tile) {
    // The columns that the tile keeps, and where each place's one stands.
    const int32_t *index = vectorIndex.data() + tile * pattern.columns;
    std::vector<int64_t> channels, standing;
    for (int64_t place = 0; place < pattern.columns; ++place) {
      bool holds = index[place] >= 0;
      standing.push_back(holds ? static_cast<int64_t>(channels.size()) : -1);
      if (holds)
        channels.push_back(index[place]);
    }
    auto count = static_cast<int64_t>(channels.size());
    int64_t pitch = (count + 15) / 16 * 16;
    std::vector<float> square(static_cast<size_t>(count * pitch), 0.0f);
    for (int64_t i = 0; i < count; ++i)
      for (int64_t j = 0; j < count; ++j)
        square[static_cast<size_t>(i * pitch + j)] = static_cast<float>(
            gram[static_cast<size_t>(channels[static_cast<size_t>(i)] * inputs +
                                     channels[static_cast<size_t>(j)])]);
    RowTableau tableau(square, count, pitch);
    int64_t last = std::min(rows, (tile + 1) * pattern.vector);
    for (int64_t place = tile * pattern.vector; place < last; ++place) {
      int64_t r = rowOrder.empty() ? place : rowOrder[place];
      const float *wanted = reference.data() + r * inputs;
      std::vector<double> target(wanted, wanted + inputs);
      const double *right = target.data();
      std::vector<float> products;
      std::vector<uint8_t> support;
      uint8_t *kept = mask.data() + r * inputs;
      for (int64_t channel : channels) {
        const double *from = gram.data() + channel * inputs;
        double product;
        kernel.dots64(&from, 1, &right, 1, inputs, &product, 1);
        products.push_back(static_cast<float>(product));
        support.push_back(kept[channel]);
      }
      tableau.start(std::move(products), support);
      improve(tableau, pattern, standing);
      for (int64_t i = 0; i < count; ++i)
        kept[channels[static_cast<size_t>(i)]] = tableau.has(i);
    }
  });
  return mask;
}

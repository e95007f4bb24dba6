//===- Eliminate.cpp - a tile's columns by backward elimination -*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Eliminate.h"

#include "Kernels.h"

#include <algorithm>
#include <cmath>

using namespace hinm::permutation;

/// Removals that are put off: as much as stays in the first-level cache beside
/// a row.
static constexpr int64_t kTogether = 32;

Eliminator::Eliminator(const float *inverse, int64_t n)
    : full(inverse), total(n) {}

void Eliminator::update() {
  const KernelTable &kernel = kernels();
  for (int64_t i = 0; i < n; ++i) {
    if (!isLeft[static_cast<size_t>(i)])
      continue;
    for (int64_t k = 0; k < pendingCount; ++k)
      coefficients[static_cast<size_t>(k)] =
          pending[static_cast<size_t>(k * pitch + i)];
    kernel.rankUpdate(inverse.data() + i * pitch, pending.data(), pitch,
                      coefficients.data(), pendingCount, n);
  }
  pendingCount = 0;
}

void Eliminator::compact() {
  update();
  int64_t to = 0;
  for (int64_t i = 0; i < n; ++i) {
    if (!isLeft[static_cast<size_t>(i)])
      continue;
    const float *from = inverse.data() + i * pitch;
    float *row = inverse.data() + to * pitch;
    int64_t at = 0;
    for (int64_t j = 0; j < n; ++j)
      if (isLeft[static_cast<size_t>(j)])
        row[at++] = from[j];
    ++to;
  }
  auto squeeze = [&](auto *values) {
    int64_t at = 0;
    for (int64_t j = 0; j < n; ++j)
      if (isLeft[static_cast<size_t>(j)])
        values[at++] = values[j];
  };
  for (int64_t r = 0; r < height; ++r)
    squeeze(weights.data() + r * pitch);
  squeeze(diagonal.data());
  squeeze(squares.data());
  squeeze(names.data());
  n = to;
  std::fill_n(isLeft.begin(), n, uint8_t(1));
}

void Eliminator::remove(int64_t at) {
  const KernelTable &kernel = kernels();
  // Row `at` of the inverse as it is by now.
  std::copy_n(inverse.data() + at * pitch, n, row.data());
  for (int64_t k = 0; k < pendingCount; ++k)
    coefficients[static_cast<size_t>(k)] =
        pending[static_cast<size_t>(k * pitch + at)];
  kernel.rankUpdate(row.data(), pending.data(), pitch, coefficients.data(),
                    pendingCount, n);
  float pivot = std::max(row[static_cast<size_t>(at)], 1e-30f);
  std::fill_n(squares.data(), n, 0.0f);
  for (int64_t r = 0; r < height; ++r) {
    float *w = weights.data() + r * pitch;
    kernel.makeUp(w, row.data(), w[at] / pivot, squares.data(), n);
  }
  float scale = 1 / std::sqrt(pivot);
  float *put = pending.data() + pendingCount++ * pitch;
  for (int64_t j = 0; j < n; ++j) {
    put[j] = row[static_cast<size_t>(j)] * scale;
    diagonal[static_cast<size_t>(j)] -= put[j] * put[j];
  }
  isLeft[static_cast<size_t>(at)] = 0;
  --left;
  if (pendingCount == kTogether)
    update();
}

Eliminated Eliminator::run(const std::vector<const float *> &rows,
                           int64_t kept) {
  n = left = total;
  pitch = (total + 15) / 16 * 16;
  height = static_cast<int64_t>(rows.size());
  names.resize(static_cast<size_t>(n));
  isLeft.assign(static_cast<size_t>(n), 1);
  inverse.resize(static_cast<size_t>(n * pitch));
  weights.resize(static_cast<size_t>(height * pitch));
  diagonal.resize(static_cast<size_t>(n));
  squares.assign(static_cast<size_t>(n), 0);
  pending.resize(static_cast<size_t>(kTogether * pitch));
  row.resize(static_cast<size_t>(pitch));
  coefficients.resize(static_cast<size_t>(kTogether));
  pendingCount = 0;
  for (int64_t i = 0; i < n; ++i) {
    names[static_cast<size_t>(i)] = static_cast<int32_t>(i);
    std::copy_n(full + i * n, n, inverse.data() + i * pitch);
    diagonal[static_cast<size_t>(i)] = full[i * n + i];
  }
  for (int64_t r = 0; r < height; ++r) {
    const float *from = rows[static_cast<size_t>(r)];
    std::copy_n(from, n, weights.data() + r * pitch);
    for (int64_t j = 0; j < n; ++j)
      squares[static_cast<size_t>(j)] += from[j] * from[j];
  }

  while (left > kept) {
    if (left < n - n / 8)
      compact();
    int64_t cheapest = -1;
    float least = 0;
    for (int64_t j = 0; j < n; ++j) {
      if (!isLeft[static_cast<size_t>(j)])
        continue;
      float cost = squares[static_cast<size_t>(j)] /
                   std::max(diagonal[static_cast<size_t>(j)], 1e-30f);
      if (cheapest >= 0 && !(cost < least))
        continue;
      cheapest = j;
      least = cost;
    }
    remove(cheapest);
  }

  Eliminated result;
  compact();
  result.columns.assign(names.begin(), names.begin() + n);
  result.saliency.resize(static_cast<size_t>(height * n));
  for (int64_t r = 0; r < height; ++r)
    for (int64_t j = 0; j < n; ++j)
      result.saliency[static_cast<size_t>(r * n + j)] =
          std::fabs(weights[static_cast<size_t>(r * pitch + j)]) /
          std::sqrt(std::max(diagonal[static_cast<size_t>(j)], 1e-30f));
  return result;
}

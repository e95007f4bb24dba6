//===- RandomMatrix.h - inputs of the property tests ------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HINM_TEST_UNIT_FORMAT_RANDOMMATRIX_H
#define HINM_TEST_UNIT_FORMAT_RANDOMMATRIX_H

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <vector>

#include "hinm/Format/Canonical.h"

namespace hinm::format::test {

/// A random matrix, pattern and orders. Shapes begin at 1 and divide by
/// nothing; the packing order is arbitrary, and where places outnumber the
/// columns, empty places stand anywhere.
struct RandomMatrix {
  int64_t rows, inputs;
  Pattern pattern;
  std::vector<float> weight;
  std::vector<int64_t> rowOrder;
  std::vector<int32_t> vectorIndex;

  RandomMatrix(uint32_t seed, const std::vector<int64_t> &vectors,
               const std::vector<std::pair<int, int>> &ratios) {
    std::mt19937 random(seed);
    auto below = [&](int64_t n) {
      return static_cast<int64_t>(random() % static_cast<uint64_t>(n));
    };
    rows = 1 + below(seed % 7 == 0 ? 3 : 150);
    inputs = 1 + below(seed % 5 == 0 ? 9 : 200);
    auto [n, m] =
        ratios[static_cast<size_t>(below(static_cast<int64_t>(ratios.size())))];
    pattern.n = n;
    pattern.m = m;
    pattern.vector = vectors[static_cast<size_t>(
        below(static_cast<int64_t>(vectors.size())))];
    int64_t most = (inputs + m - 1) / m;
    pattern.columns = m * (seed % 4 == 0 ? most : 1 + below(most));

    std::normal_distribution<float> normal;
    weight.resize(static_cast<size_t>(rows * inputs));
    for (float &w : weight) {
      w = normal(random);
      // Ties and zeros, among them negative ones.
      if (below(3) == 0)
        w = std::round(w);
    }
    rowOrder.resize(static_cast<size_t>(rows));
    std::iota(rowOrder.begin(), rowOrder.end(), 0);
    std::shuffle(rowOrder.begin(), rowOrder.end(), random);
    std::vector<int32_t> channels(static_cast<size_t>(inputs));
    std::iota(channels.begin(), channels.end(), 0);
    for (int64_t tile = 0; tile < pattern.tiles(rows); ++tile) {
      std::shuffle(channels.begin(), channels.end(), random);
      std::vector<int32_t> kept(channels.begin(),
                                channels.begin() +
                                    std::min(inputs, pattern.columns));
      kept.resize(static_cast<size_t>(pattern.columns), -1);
      std::shuffle(kept.begin(), kept.end(), random);
      vectorIndex.insert(vectorIndex.end(), kept.begin(), kept.end());
    }
  }

  MatrixView view() const { return {weight.data(), rows, inputs}; }
};

} // namespace hinm::format::test

#endif // HINM_TEST_UNIT_FORMAT_RANDOMMATRIX_H

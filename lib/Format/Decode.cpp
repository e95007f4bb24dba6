//===- Decode.cpp - dense forms of a matrix under a pattern -----*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hinm/Format/Canonical.h"
#include "hinm/Format/Threads.h"

#include <algorithm>
#include <cmath>

using namespace hinm::format;

std::vector<float> hinm::format::decode(const Canonical &canonical,
                                        int threads) {
  const Pattern &pattern = canonical.pattern;
  std::vector<float> dense(
      static_cast<size_t>(canonical.rows * canonical.inputs), 0.0f);
  int64_t perRow = pattern.valuesPerRow();
  if (canonical.rows * canonical.inputs < (1 << 16))
    threads = 1;
  parallelFor(canonical.tiles(), threads, [&](int64_t tile) {
    const int32_t *channels =
        canonical.vectorIndex.data() + tile * pattern.columns;
    int64_t last = std::min(canonical.rows, (tile + 1) * pattern.vector);
    for (int64_t place = tile * pattern.vector; place < last; ++place) {
      float *row = dense.data() + place * canonical.inputs;
      const uint16_t *values = canonical.values.data() + place * perRow;
      for (int64_t e = 0; e < perRow; ++e) {
        int64_t packed =
            e / pattern.n * pattern.m + canonical.position(place, e);
        int32_t channel = channels[packed];
        if (channel >= 0)
          row[channel] = toFloat(values[e], canonical.type);
      }
    }
  });
  return dense;
}

Expected<std::vector<float>>
hinm::format::projectDense(MatrixView weight, const Pattern &pattern,
                           ArrayView<int64_t> rowOrder,
                           ArrayView<int32_t> vectorIndex) {
  if (auto error = verify(pattern, weight.rows, weight.columns))
    return *error;
  if (auto error = verifyRowOrder(rowOrder, weight.rows, pattern.vector))
    return *error;
  if (auto error =
          verifyVectorIndex(vectorIndex, weight.rows, weight.columns, pattern))
    return *error;
  if (auto error = verifyFinite(weight, "weight"))
    return *error;
  std::vector<float> dense(static_cast<size_t>(weight.rows * weight.columns),
                           0.0f);
  for (int64_t place = 0; place < weight.rows; ++place) {
    int64_t row = rowOrder.empty() ? place : rowOrder[place];
    for (int64_t first = 0; first < pattern.columns; first += pattern.m) {
      const int32_t *group =
          vectorIndex.data() + place / pattern.vector * pattern.columns + first;
      // N times the largest entry that is left; an empty place never matters.
      bool taken[8] = {};
      for (int64_t i = 0; i < pattern.n; ++i) {
        int64_t best = -1;
        for (int64_t p = 0; p < pattern.m; ++p)
          if (!taken[p] && group[p] >= 0 &&
              (best < 0 || std::fabs(weight.at(row, group[p])) >
                               std::fabs(weight.at(row, group[best]))))
            best = p;
        if (best < 0)
          break;
        taken[best] = true;
        dense[static_cast<size_t>(row * weight.columns + group[best])] =
            weight.at(row, group[best]);
      }
    }
  }
  return dense;
}

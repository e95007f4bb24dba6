//===- Retained.cpp - what a pattern keeps, and what could be kept -*- C++
//-*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hinm/Permutation/Search.h"

#include "hinm/Format/Canonical.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

using namespace hinm::permutation;

static double total(MatrixView saliency) {
  double sum = 0;
  for (int64_t r = 0; r < saliency.rows; ++r) {
    const float *row = saliency.row(r);
    double rowSum = 0;
    for (int64_t c = 0; c < saliency.columns; ++c)
      rowSum += static_cast<double>(std::fabs(row[c]));
    sum += rowSum;
  }
  return sum;
}

double hinm::permutation::retainedSaliency(MatrixView saliency,
                                           const Pattern &pattern,
                                           ArrayView<int64_t> rowOrder,
                                           ArrayView<int32_t> vectorIndex) {
  double all = total(saliency);
  if (!(all > 0))
    return 1;
  double kept = 0;
  for (int64_t place = 0; place < saliency.rows; ++place) {
    const float *row = saliency.row(rowOrder.empty() ? place : rowOrder[place]);
    const int32_t *index =
        vectorIndex.data() + place / pattern.vector * pattern.columns;
    double rowSum = 0;
    for (int64_t first = 0; first < pattern.columns; first += pattern.m) {
      float group[8];
      for (int64_t p = 0; p < pattern.m; ++p) {
        int32_t channel = index[first + p];
        float value = channel < 0 ? 0 : std::fabs(row[channel]);
        // Insertion in descending order.
        int64_t at = p;
        for (; at > 0 && group[at - 1] < value; --at)
          group[at] = group[at - 1];
        group[at] = value;
      }
      for (int64_t p = 0; p < pattern.n; ++p)
        rowSum += static_cast<double>(group[p]);
    }
    kept += rowSum;
  }
  return kept / all;
}

std::vector<uint8_t>
hinm::permutation::supportMask(MatrixView saliency, const Pattern &pattern,
                               ArrayView<int64_t> rowOrder,
                               ArrayView<int32_t> vectorIndex) {
  std::vector<uint8_t> mask(
      static_cast<size_t>(saliency.rows * saliency.columns), 0);
  for (int64_t place = 0; place < saliency.rows; ++place) {
    int64_t row = rowOrder.empty() ? place : rowOrder[place];
    const int32_t *channels =
        vectorIndex.data() + place / pattern.vector * pattern.columns;
    for (int64_t g = 0; g < pattern.groups(); ++g, channels += pattern.m) {
      float group[8];
      int64_t kept[8];
      for (int64_t p = 0; p < pattern.m; ++p)
        group[p] =
            channels[p] < 0 ? 0 : std::fabs(saliency.at(row, channels[p]));
      format::selectEntries(group, channels, pattern.n, pattern.m, kept);
      for (int64_t i = 0; i < pattern.n; ++i)
        if (channels[kept[i]] >= 0)
          mask[static_cast<size_t>(row * saliency.columns +
                                   channels[kept[i]])] = 1;
    }
  }
  return mask;
}

/// The bits of a float that is not negative order as the float does.
static uint32_t keyOf(float value) {
  value = std::fabs(value);
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}

double hinm::permutation::unstructuredBound(MatrixView saliency, int64_t kept) {
  int64_t entries = saliency.rows * saliency.columns;
  double all = total(saliency);
  if (kept >= entries || !(all > 0))
    return 1;
  if (kept <= 0)
    return 0;
  // The kept-th largest by its bits, 16 at a time: no copy of the matrix.
  const float *first = saliency.data, *last = first + entries;
  std::vector<int64_t> count(1 << 16);
  uint32_t prefix = 0;
  int64_t wanted = kept;
  for (int shift : {16, 0}) {
    std::fill(count.begin(), count.end(), 0);
    for (const float *x = first; x != last; ++x) {
      uint32_t key = keyOf(*x);
      if (shift == 16 || key >> 16 == prefix)
        ++count[key >> shift & 0xffff];
    }
    uint32_t digit = 0xffff;
    while (count[digit] < wanted)
      wanted -= count[digit--];
    prefix = prefix << 16 | digit;
  }
  float threshold;
  std::memcpy(&threshold, &prefix, sizeof threshold);
  double sum = static_cast<double>(wanted) * static_cast<double>(threshold);
  for (int64_t r = 0; r < saliency.rows; ++r) {
    const float *row = saliency.row(r);
    double rowSum = 0;
    for (int64_t c = 0; c < saliency.columns; ++c)
      if (keyOf(row[c]) > prefix)
        rowSum += static_cast<double>(std::fabs(row[c]));
    sum += rowSum;
  }
  return sum / all;
}

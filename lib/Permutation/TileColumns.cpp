//===- TileColumns.cpp - the published input-channel move ---------*- C++
//-*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One column vector is taken from each group; the profit of giving vector j to
// group g is what the group then keeps: per row, the N-1 largest of the others
// and the larger of their N-th and the vector's entry. A linear assignment
// gives the vectors back. Source: arXiv 2407.20496, section 4 (input-channel
// permutation).
//
//===----------------------------------------------------------------------===//

#include "TileColumns.h"

#include "Kernels.h"

#include <algorithm>

using namespace hinm;
using namespace hinm::permutation;

TileColumns::TileColumns(const std::vector<const float *> &rows,
                         const Pattern &pattern, int32_t *index)
    : rows(rows), pattern(pattern), index(index),
      height(static_cast<int64_t>(rows.size())), groups(pattern.groups()),
      stride((groups + 15) / 16 * 16),
      packed(static_cast<size_t>(height * pattern.columns)),
      lower(static_cast<size_t>(height * stride)),
      value(static_cast<size_t>(height * stride)),
      profit(static_cast<size_t>(groups * stride)) {
  for (int64_t r = 0; r < height; ++r)
    for (int64_t k = 0; k < pattern.columns; ++k)
      at(r, k) = index[k] < 0 ? 0 : rows[static_cast<size_t>(r)][index[k]];
}

bool TileColumns::propose(Random &random) {
  if (groups < 2)
    return false;
  for (int64_t g = 0; g < groups; ++g)
    swapPlaces(g * pattern.m + pattern.m - 1,
               g * pattern.m + random.below(pattern.m));
  for (int64_t r = 0; r < height; ++r)
    split(r);
  kernels().sumOfMaxima(lower.data(), stride, groups, value.data(), stride,
                        stride, height, profit.data(), stride);
  const std::vector<int32_t> &given =
      solver.maximize(profit.data(), stride, groups, groups);
  double gain = 0, scale = 0;
  for (int64_t g = 0; g < groups; ++g) {
    double own = exactProfit(g, g);
    scale += own;
    if (given[static_cast<size_t>(g)] != g)
      gain += exactProfit(g, given[static_cast<size_t>(g)]) - own;
  }
  if (!(gain > 1e-9 * scale))
    return false;
  give(given);
  return true;
}

void TileColumns::finish() {
  for (int64_t g = 0; g < groups; ++g) {
    int32_t *group = index + g * pattern.m;
    // Places that hold nothing go last.
    std::sort(group, group + pattern.m, [](int32_t a, int32_t b) {
      return static_cast<uint32_t>(a) < static_cast<uint32_t>(b);
    });
  }
}

void TileColumns::swapPlaces(int64_t a, int64_t b) {
  if (a == b)
    return;
  std::swap(index[a], index[b]);
  for (int64_t r = 0; r < height; ++r)
    std::swap(at(r, a), at(r, b));
}

void TileColumns::split(int64_t r) {
  const float *from = &at(r, 0);
  float *low = lower.data() + r * stride;
  float *taken = value.data() + r * stride;
  int64_t m = pattern.m, n = pattern.n;
  for (int64_t g = 0; g < groups; ++g, from += m) {
    taken[g] = from[m - 1];
    if (m == 4 && n == 2) {
      float high = std::max(from[0], from[1]);
      low[g] = std::max(std::min(from[0], from[1]), std::min(high, from[2]));
      continue;
    }
    float largest[8];
    for (int64_t p = 0; p < m - 1; ++p) {
      int64_t place = p;
      for (; place > 0 && largest[place - 1] < from[p]; --place)
        largest[place] = largest[place - 1];
      largest[place] = from[p];
    }
    low[g] = largest[n - 1];
  }
}

double TileColumns::exactProfit(int64_t group, int64_t vector) const {
  double sum = 0;
  for (int64_t r = 0; r < height; ++r)
    sum += static_cast<double>(
        std::max(lower[static_cast<size_t>(r * stride + group)],
                 value[static_cast<size_t>(r * stride + vector)]));
  return sum;
}

void TileColumns::give(const std::vector<int32_t> &given) {
  std::vector<int32_t> channel(static_cast<size_t>(groups));
  int64_t last = pattern.m - 1;
  for (int64_t g = 0; g < groups; ++g)
    channel[static_cast<size_t>(g)] = index[g * pattern.m + last];
  for (int64_t g = 0; g < groups; ++g)
    index[g * pattern.m + last] =
        channel[static_cast<size_t>(given[static_cast<size_t>(g)])];
  for (int64_t r = 0; r < height; ++r)
    for (int64_t g = 0; g < groups; ++g)
      at(r, g * pattern.m + last) = value[static_cast<size_t>(
          r * stride + given[static_cast<size_t>(g)])];
}

//===- TopK.cpp - sums of the K largest by moving a threshold ---*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TopK.h"

#include "Kernels.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <vector>

using namespace hinm::permutation;

/// Where moving the threshold does not get there.
static double bySelection(const float *x, int64_t n, int64_t k,
                          float &threshold) {
  std::vector<float> copy(x, x + n);
  std::nth_element(copy.begin(), copy.begin() + (k - 1), copy.end(),
                   std::greater<float>());
  threshold = copy[static_cast<size_t>(k - 1)];
  ThresholdPass pass = kernels().thresholdPass(x, n, threshold);
  return pass.excess + static_cast<double>(k) * static_cast<double>(threshold);
}

double hinm::permutation::topKSum(const float *x, int64_t n, int64_t k,
                                  float &threshold) {
  if (k <= 0)
    return 0;
  const KernelTable &kernel = kernels();
  if (k >= n) {
    float least = std::numeric_limits<float>::max();
    double sum = 0;
    for (int64_t i = 0; i < n; ++i) {
      sum += static_cast<double>(x[i]);
      least = std::min(least, x[i]);
    }
    threshold = least;
    return sum;
  }
  // The k-th largest lies in [lowNext, highBelow]: more than k elements lie
  // above `low`, fewer than k above `high`.
  const float infinity = std::numeric_limits<float>::infinity();
  float low = -infinity, lowNext = -infinity, high = infinity,
        highBelow = infinity;
  int64_t aboveLow = n, aboveHigh = 0;
  float t = std::isfinite(threshold) ? threshold : 0;
  for (int round = 0; round < 10; ++round) {
    ThresholdPass pass = kernel.thresholdPass(x, n, t);
    auto value = static_cast<double>(t);
    auto above = static_cast<double>(pass.above);
    if (pass.above == k) {
      threshold = t;
      return pass.excess + above * value;
    }
    if (pass.above > k) {
      low = t;
      lowNext = pass.minAbove;
      aboveLow = pass.above;
      // Take away the smallest: one, or as many as are equal.
      if (pass.above == k + 1 || lowNext >= highBelow) {
        threshold = lowNext;
        return pass.excess + above * value -
               static_cast<double>(pass.above - k) *
                   static_cast<double>(lowNext);
      }
    } else {
      high = t;
      highBelow = pass.maxBelow;
      aboveHigh = pass.above;
      if (pass.above == k - 1 || highBelow <= lowNext) {
        threshold = highBelow;
        return pass.excess + above * value +
               static_cast<double>(k - pass.above) *
                   static_cast<double>(highBelow);
      }
    }
    if (std::isfinite(low) && std::isfinite(high)) {
      // Interpolate by the counts; every third time halve instead.
      float part = round % 3 == 2
                       ? 0.5f
                       : static_cast<float>(aboveLow - k) /
                             static_cast<float>(aboveLow - aboveHigh);
      t = lowNext + (highBelow - lowNext) * part;
      t = std::min(std::max(t, lowNext), highBelow);
      // At the upper end nothing would be learned that is not known.
      if (t >= highBelow)
        t = lowNext;
    } else {
      // No bracket yet: step by what the surplus suggests, at least to the next
      // element, doubling.
      float step =
          std::fabs(t) * 0.02f * static_cast<float>(1 << std::min(round, 8));
      t = std::isfinite(low) ? std::max(lowNext, t + step)
                             : std::min(highBelow, t - step);
    }
  }
  return bySelection(x, n, k, threshold);
}

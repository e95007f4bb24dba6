//===- BalancedClusters.cpp - k-means with clusters of one size -*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Source of the idea: Malinen and Franti, "Balanced K-Means for Clustering",
// S+SSPR 2014. The assignment of points to equal clusters is a transport
// problem whose nodes are the clusters.
//
//===----------------------------------------------------------------------===//

#include "Rows.h"

#include "Kernels.h"
#include "Random.h"
#include "Transport.h"

#include "hinm/Format/Threads.h"

#include <algorithm>
#include <numeric>

using namespace hinm;
using namespace hinm::permutation;

std::vector<int32_t> hinm::permutation::balancedClusters(
    const std::vector<const float *> &points, int64_t n, int64_t size,
    int rounds, uint64_t seed, uint64_t stream, int threads) {
  auto count = static_cast<int64_t>(points.size());
  int64_t clusters = count / size;
  std::vector<int32_t> clusterOf(points.size());
  if (size == 1) {
    std::iota(clusterOf.begin(), clusterOf.end(), 0);
    return clusterOf;
  }
  const KernelTable &kernel = kernels();
  // Begin with some of the points as means.
  Random random(seed, stream);
  std::vector<int32_t> order(points.size());
  std::iota(order.begin(), order.end(), 0);
  random.choose(order, clusters);
  std::vector<float> means(static_cast<size_t>(clusters * n));
  std::vector<const float *> meanRows(static_cast<size_t>(clusters));
  for (int64_t c = 0; c < clusters; ++c) {
    float *mean = means.data() + c * n;
    std::copy_n(points[static_cast<size_t>(order[static_cast<size_t>(c)])], n,
                mean);
    meanRows[static_cast<size_t>(c)] = mean;
  }
  std::vector<int64_t> capacity(static_cast<size_t>(clusters), size);
  std::vector<float> cost(static_cast<size_t>(count * clusters));
  std::vector<float> norms(static_cast<size_t>(clusters));
  constexpr int64_t together = 32;
  for (int round = 0; round < rounds; ++round) {
    for (size_t c = 0; c < norms.size(); ++c) {
      const float *mean = meanRows[c];
      kernel.dots(&mean, 1, &mean, 1, n, &norms[c], 1);
    }
    // |x - m|^2 without |x|^2, which is the same for every cluster.
    format::parallelFor(
        (count + together - 1) / together, threads, [&](int64_t block) {
          int64_t first = block * together;
          int64_t here = std::min(together, count - first);
          float *to = cost.data() + first * clusters;
          kernel.dots(points.data() + first, here, meanRows.data(), clusters, n,
                      to, clusters);
          for (int64_t i = 0; i < here * clusters; ++i)
            to[i] = norms[static_cast<size_t>(i % clusters)] - 2 * to[i];
        });
    std::vector<int32_t> next = transport(cost, count, capacity);
    bool same = round > 0 && next == clusterOf;
    clusterOf = std::move(next);
    if (same || round + 1 == rounds)
      break;
    std::fill(means.begin(), means.end(), 0.0f);
    for (size_t p = 0; p < points.size(); ++p)
      kernel.add(means.data() + clusterOf[p] * n, points[p], n);
    for (float &mean : means)
      mean /= static_cast<float>(size);
  }
  return clusterOf;
}

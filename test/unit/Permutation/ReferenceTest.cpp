//===- ReferenceTest.cpp - the published algorithm in plain loops -*- C++
//-*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hinm/Permutation/Search.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>

#include "gtest/gtest.h"

using namespace hinm::permutation;

// Gyro-permutation as arXiv 2407.20496 tells it, with a textbook Hungarian
// method, k-means whose assignment gives every place its own column, and
// sorting for every selection. Shares nothing with the library.
namespace {
using Matrix = std::vector<std::vector<double>>;

/// The column of each row with the smallest total (Kuhn and Munkres, with
/// potentials, O(n^3)).
std::vector<int> hungarian(const Matrix &cost) {
  int n = static_cast<int>(cost.size());
  std::vector<double> u(n + 1), v(n + 1);
  std::vector<int> match(n + 1), way(n + 1);
  for (int i = 1; i <= n; ++i) {
    match[0] = i;
    int j0 = 0;
    std::vector<double> least(n + 1, std::numeric_limits<double>::max());
    std::vector<bool> used(n + 1);
    do {
      used[j0] = true;
      int i0 = match[j0], j1 = 0;
      double delta = std::numeric_limits<double>::max();
      for (int j = 1; j <= n; ++j) {
        if (used[j])
          continue;
        double reduced = cost[i0 - 1][j - 1] - u[i0] - v[j];
        if (reduced < least[j]) {
          least[j] = reduced;
          way[j] = j0;
        }
        if (least[j] < delta) {
          delta = least[j];
          j1 = j;
        }
      }
      for (int j = 0; j <= n; ++j)
        if (used[j]) {
          u[match[j]] += delta;
          v[j] -= delta;
        } else {
          least[j] -= delta;
        }
      j0 = j1;
    } while (match[j0] != 0);
    do {
      int j1 = way[j0];
      match[j0] = match[j1];
      j0 = j1;
    } while (j0);
  }
  std::vector<int> columnOf(n);
  for (int j = 1; j <= n; ++j)
    columnOf[match[j] - 1] = j - 1;
  return columnOf;
}

class Reference {
public:
  Reference(const std::vector<float> &weight, int rows, int columns,
            const Pattern &pattern, uint32_t seed)
      : rows(rows), columns(columns), vector(static_cast<int>(pattern.vector)),
        kept(static_cast<int>(pattern.columns)), random(seed) {
    for (int r = 0; r < rows; ++r) {
      saliency.emplace_back();
      for (int c = 0; c < columns; ++c)
        saliency.back().push_back(
            std::fabs(weight[static_cast<size_t>(r * columns + c)]));
    }
  }

  double run() {
    std::vector<std::vector<int>> tiles;
    for (int r = 0; r < rows; ++r) {
      if (r % vector == 0)
        tiles.emplace_back();
      tiles.back().push_back(r);
    }
    for (int e = vector / 2; e >= 1; e /= 2)
      while (outputProposal(tiles, e))
        ;
    double sum = 0, total = 0;
    for (const std::vector<int> &tile : tiles)
      sum += inputSearch(tile);
    for (const auto &row : saliency)
      total += std::accumulate(row.begin(), row.end(), 0.0);
    return sum / total;
  }

private:
  std::vector<double> columnSums(const std::vector<int> &tile) const {
    std::vector<double> sums(static_cast<size_t>(columns));
    for (int r : tile)
      for (int c = 0; c < columns; ++c)
        sums[static_cast<size_t>(c)] +=
            saliency[static_cast<size_t>(r)][static_cast<size_t>(c)];
    return sums;
  }
  double keptByVectors(std::vector<double> sums) const {
    std::sort(sums.begin(), sums.end(), std::greater<double>());
    return std::accumulate(sums.begin(), sums.begin() + kept, 0.0);
  }

  std::vector<std::vector<int>> cluster(const std::vector<int> &points,
                                        int size) {
    int count = static_cast<int>(points.size()), clusters = count / size;
    std::vector<int> order = points;
    std::shuffle(order.begin(), order.end(), random);
    Matrix means;
    for (int c = 0; c < clusters; ++c)
      means.push_back(saliency[static_cast<size_t>(order[c])]);
    std::vector<std::vector<int>> result;
    for (int round = 0; round < (size == 1 ? 1 : 10); ++round) {
      Matrix cost(static_cast<size_t>(count));
      for (int p = 0; p < count; ++p)
        for (int place = 0; place < count; ++place) {
          double distance = 0;
          for (int i = 0; i < columns && size > 1; ++i)
            distance += std::pow(saliency[static_cast<size_t>(points[p])]
                                         [static_cast<size_t>(i)] -
                                     means[static_cast<size_t>(place / size)]
                                          [static_cast<size_t>(i)],
                                 2);
          cost[static_cast<size_t>(p)].push_back(distance);
        }
      std::vector<int> place = hungarian(cost);
      result.assign(static_cast<size_t>(clusters), {});
      for (int p = 0; p < count; ++p)
        result[static_cast<size_t>(place[p] / size)].push_back(points[p]);
      for (int c = 0; c < clusters; ++c) {
        means[c] = columnSums(result[static_cast<size_t>(c)]);
        for (double &value : means[c])
          value /= size;
      }
    }
    return result;
  }

  bool outputProposal(std::vector<std::vector<int>> &tiles, int e) {
    std::vector<std::vector<int>> rest = tiles;
    std::vector<int> taken;
    double before = 0;
    for (std::vector<int> &tile : rest) {
      before += keptByVectors(columnSums(tile));
      std::shuffle(tile.begin(), tile.end(), random);
      taken.insert(taken.end(), tile.end() - e, tile.end());
      tile.resize(tile.size() - static_cast<size_t>(e));
    }
    auto clusters = cluster(taken, e);
    Matrix cost(rest.size());
    for (size_t t = 0; t < rest.size(); ++t)
      for (const std::vector<int> &group : clusters) {
        std::vector<int> together = rest[t];
        together.insert(together.end(), group.begin(), group.end());
        cost[t].push_back(-keptByVectors(columnSums(together)));
      }
    std::vector<int> given = hungarian(cost);
    double after = 0;
    for (size_t t = 0; t < rest.size(); ++t)
      after -= cost[t][static_cast<size_t>(given[t])];
    if (after <= before * (1 + 1e-9))
      return false;
    for (size_t t = 0; t < rest.size(); ++t) {
      const auto &group = clusters[static_cast<size_t>(given[t])];
      tiles[t] = rest[t];
      tiles[t].insert(tiles[t].end(), group.begin(), group.end());
    }
    return true;
  }

  double groupKept(const std::vector<int> &tile,
                   const std::vector<int> &group) const {
    double sum = 0;
    for (int r : tile) {
      std::vector<double> values;
      for (int c : group)
        values.push_back(
            saliency[static_cast<size_t>(r)][static_cast<size_t>(c)]);
      std::sort(values.begin(), values.end(), std::greater<double>());
      sum += values[0] + values[1];
    }
    return sum;
  }

  double inputSearch(const std::vector<int> &tile) {
    std::vector<double> sums = columnSums(tile);
    std::vector<int> order(static_cast<size_t>(columns));
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](int a, int b) {
      return sums[static_cast<size_t>(a)] > sums[static_cast<size_t>(b)];
    });
    order.resize(static_cast<size_t>(kept));
    std::sort(order.begin(), order.end());
    std::vector<std::vector<int>> groups;
    for (int k = 0; k < kept; k += 4)
      groups.emplace_back(order.begin() + k, order.begin() + k + 4);
    double before = 0;
    for (const auto &group : groups)
      before += groupKept(tile, group);
    for (;;) {
      std::vector<std::vector<int>> rest = groups;
      std::vector<int> taken;
      for (std::vector<int> &group : rest) {
        std::shuffle(group.begin(), group.end(), random);
        taken.push_back(group.back());
        group.pop_back();
      }
      Matrix cost(rest.size());
      for (size_t g = 0; g < rest.size(); ++g)
        for (int channel : taken) {
          std::vector<int> group = rest[g];
          group.push_back(channel);
          cost[g].push_back(-groupKept(tile, group));
        }
      std::vector<int> given = hungarian(cost);
      double after = 0;
      for (size_t g = 0; g < rest.size(); ++g)
        after -= cost[g][static_cast<size_t>(given[g])];
      if (after <= before * (1 + 1e-9))
        return before;
      before = after;
      for (size_t g = 0; g < rest.size(); ++g) {
        rest[g].push_back(taken[static_cast<size_t>(given[g])]);
        groups[g] = rest[g];
      }
    }
  }

  int rows, columns, vector, kept;
  Matrix saliency;
  std::mt19937 random;
};
} // namespace

TEST(Reference, GyroKeepsWhatThePublishedAlgorithmKeeps) {
  std::mt19937 random(8);
  std::normal_distribution<float> normal;
  for (int kind = 0; kind < 2; ++kind) {
    int rows = 64, columns = 64;
    std::vector<float> weight(static_cast<size_t>(rows * columns));
    for (int r = 0; r < rows; ++r)
      for (int c = 0; c < columns; ++c) {
        float w = normal(random);
        // Four kinds of rows, each with its own important columns.
        if (kind == 1 && (r * 5 + 3) % 4 == (c * 7 / 4) % 4)
          w *= 2.5f;
        weight[static_cast<size_t>(r * columns + c)] = w;
      }
    Pattern pattern{8, 32, 2, 4};
    std::vector<double> ours, theirs;
    double identity = 0, bound = 0;
    for (uint32_t seed = 0; seed < 8; ++seed) {
      Options options;
      options.strategy = Strategy::Gyro;
      options.seed = seed;
      auto result = search({weight.data(), rows, columns}, pattern, options);
      ASSERT_TRUE(result);
      ours.push_back(result->retained);
      identity = result->retainedIdentity;
      bound = result->retainedBound;
      theirs.push_back(Reference(weight, rows, columns, pattern, seed).run());
    }
    auto mean = [](const std::vector<double> &x) {
      return std::accumulate(x.begin(), x.end(), 0.0) /
             static_cast<double>(x.size());
    };
    auto variance = [&](const std::vector<double> &x) {
      double sum = 0;
      for (double value : x)
        sum += std::pow(value - mean(x), 2);
      return sum / static_cast<double>(x.size() - 1);
    };
    // Three standard errors of the difference of the means.
    double noise = 3 * std::sqrt((variance(ours) + variance(theirs)) / 8);
    EXPECT_NEAR(mean(ours), mean(theirs), noise) << "kind " << kind;
    EXPECT_LT(noise, 0.1 * (bound - identity)) << "too noisy to tell";
    EXPECT_GT(mean(theirs), identity);
  }
}

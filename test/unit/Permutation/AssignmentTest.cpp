//===- AssignmentTest.cpp - against all permutations ------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hinm/Permutation/Assignment.h"

#include "Kernels.h"

#include <algorithm>
#include <numeric>
#include <random>
#include <set>

#include "gtest/gtest.h"

using namespace hinm::permutation;

/// The smallest total over all ways to give rows different columns.
static int64_t bruteForce(const std::vector<int32_t> &cost, int64_t rows,
                          int64_t columns, int64_t row = 0,
                          uint32_t taken = 0) {
  if (row == rows)
    return 0;
  int64_t best = INT64_MAX;
  for (int64_t c = 0; c < columns; ++c)
    if (!(taken >> c & 1))
      best = std::min(
          best, cost[static_cast<size_t>(row * columns + c)] +
                    bruteForce(cost, rows, columns, row + 1, taken | 1u << c));
  return best;
}

static int64_t totalOf(const std::vector<int32_t> &cost, int64_t columns,
                       const std::vector<int32_t> &columnOf) {
  int64_t total = 0;
  std::set<int32_t> seen;
  for (size_t r = 0; r < columnOf.size(); ++r) {
    EXPECT_GE(columnOf[r], 0);
    EXPECT_LT(columnOf[r], columns);
    EXPECT_TRUE(seen.insert(columnOf[r]).second);
    total += cost[r * static_cast<size_t>(columns) +
                  static_cast<size_t>(columnOf[r])];
  }
  return total;
}

TEST(Assignment, EqualsBruteForce) {
  std::mt19937 random(7);
  AssignmentSolver solver;
  for (int i = 0; i < 600; ++i) {
    int64_t rows = 1 + random() % 6;
    int64_t columns = rows + random() % 3;
    // Few different costs: many ties.
    uint32_t spread = i % 3 == 0 ? 3 : i % 3 == 1 ? 50 : 1u << 24;
    std::vector<int32_t> cost(static_cast<size_t>(rows * columns));
    for (int32_t &c : cost)
      c = static_cast<int32_t>(random() % spread);
    ASSERT_EQ(totalOf(cost, columns,
                      solver.minimize(cost.data(), columns, rows, columns)),
              bruteForce(cost, rows, columns))
        << rows << "x" << columns << " number " << i;
  }
}

/// The dual certificate: potentials that no cost undercuts and that the
/// assignment meets prove that it is optimal. Found by Bellman-Ford on the
/// residual graph, which has no negative cycle exactly when it is optimal.
static bool isOptimal(const std::vector<int32_t> &cost, int64_t n,
                      const std::vector<int32_t> &columnOf) {
  // Moving row r's column to row q and so on: edge r -> q costs
  // cost[r][columnOf[q]] - cost[r][columnOf[r]].
  std::vector<int64_t> distance(static_cast<size_t>(n), 0);
  auto at = [&](int64_t r, int64_t q) {
    return int64_t(
        cost[static_cast<size_t>(r * n + columnOf[static_cast<size_t>(q)])]);
  };
  for (int64_t round = 0; round <= n; ++round) {
    bool changed = false;
    for (int64_t r = 0; r < n; ++r)
      for (int64_t q = 0; q < n; ++q) {
        int64_t reached =
            distance[static_cast<size_t>(r)] + at(r, q) - at(r, r);
        if (reached < distance[static_cast<size_t>(q)]) {
          distance[static_cast<size_t>(q)] = reached;
          changed = true;
        }
      }
    if (!changed)
      return true;
  }
  return false;
}

TEST(Assignment, LargeIsOptimalWithEveryInstructionSet) {
  std::mt19937 random(11);
  int64_t n = 150;
  for (uint32_t spread : {2u, 1000u, 1u << 22}) {
    std::vector<int32_t> cost(static_cast<size_t>(n * n));
    for (int32_t &c : cost)
      c = static_cast<int32_t>(random() % spread);
    std::vector<int32_t> first;
    for (const char *name : {"portable", "avx2", "avx512"}) {
      const KernelTable *table = kernelsNamed(name);
      if (!table)
        continue;
      overrideKernels(table);
      AssignmentSolver solver;
      std::vector<int32_t> found = solver.minimize(cost.data(), n, n, n);
      overrideKernels(nullptr);
      EXPECT_TRUE(isOptimal(cost, n, found)) << name;
      if (first.empty())
        first = found;
      EXPECT_EQ(found, first) << name;
    }
  }
}

TEST(Assignment, OptimalityCheckSeesASwap) {
  std::vector<int32_t> cost = {1, 5, 9, 4, 2, 8, 7, 6, 3};
  EXPECT_TRUE(isOptimal(cost, 3, {0, 1, 2}));
  EXPECT_FALSE(isOptimal(cost, 3, {1, 0, 2}));
}

TEST(Assignment, MaximizesProfits) {
  AssignmentSolver solver;
  std::vector<float> profit = {0.9f, 1.0f, -2.0f, //
                               0.5f, 0.8f, -3.0f};
  EXPECT_EQ(solver.maximize(profit.data(), 3, 2, 3),
            (std::vector<int32_t>{0, 1}));
  std::vector<float> equal(16, 3.5f);
  std::vector<int32_t> found = solver.maximize(equal.data(), 4, 4, 4);
  std::sort(found.begin(), found.end());
  EXPECT_EQ(found, (std::vector<int32_t>{0, 1, 2, 3}));
  std::vector<float> denormal = {0, 1e-45f, 0, 0};
  EXPECT_EQ(solver.maximize(denormal.data(), 2, 2, 2),
            (std::vector<int32_t>{1, 0}));
}

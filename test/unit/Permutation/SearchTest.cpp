//===- SearchTest.cpp - what every strategy promises ------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hinm/Permutation/Search.h"

#include "Kernels.h"

#include "hinm/Format/Canonical.h"

#include <cmath>
#include <numeric>
#include <random>

#include "gtest/gtest.h"

using namespace hinm;
using namespace hinm::permutation;

namespace {
struct Case {
  int64_t rows, columns;
  Pattern pattern;
};
} // namespace

static std::vector<float> randomWeight(int64_t rows, int64_t columns,
                                       uint32_t seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  std::vector<float> rowScale(static_cast<size_t>(rows)),
      weight(static_cast<size_t>(rows * columns));
  for (float &w : weight)
    w = normal(random);
  // Channels that belong together, so that orders matter.
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t c = 0; c < columns; ++c)
      if ((r * 7 + c * 3) % 5 == 0)
        weight[static_cast<size_t>(r * columns + c)] *= 3;
  return weight;
}

static const Strategy all[] = {Strategy::None, Strategy::Columns,
                               Strategy::Gyro, Strategy::Anneal,
                               Strategy::Best};

static const Case cases[] = {
    {96, 80, {32, 40, 2, 4}},    {190, 262, {32, 128, 2, 4}},
    {140, 531, {64, 132, 2, 4}}, {320, 100, {128, 48, 2, 4}},
    {1, 36, {64, 16, 2, 4}},     {1, 4, {64, 4, 2, 4}},
    {1, 1, {32, 4, 2, 4}},       {40, 3, {16, 4, 2, 4}},
    {64, 64, {64, 64, 2, 4}},    {64, 64, {16, 4, 2, 4}},
    {65, 64, {16, 32, 2, 4}},    {50, 40, {16, 20, 1, 2}},
    {50, 40, {16, 20, 1, 4}},    {50, 40, {16, 24, 2, 8}},
    {50, 40, {16, 24, 4, 8}},    {50, 40, {16, 20, 4, 4}},
    {7, 33, {1, 16, 2, 4}},
};

/// The kept saliency from the dense matrix that the format keeps.
static double keptByProjection(const std::vector<float> &weight,
                               const Case &shape, const Result &result) {
  auto dense =
      format::projectDense({weight.data(), shape.rows, shape.columns},
                           shape.pattern, result.rowOrder, result.vectorIndex);
  EXPECT_TRUE(dense) << dense.error().message;
  double kept = 0, total = 0;
  for (size_t i = 0; i < weight.size(); ++i) {
    kept += std::fabs(static_cast<double>((*dense)[i]));
    total += std::fabs(static_cast<double>(weight[i]));
  }
  return kept / total;
}

TEST(Search, OrdersAreValidAndRetainedIsTrue) {
  for (const Case &shape : cases)
    for (Strategy strategy : all) {
      SCOPED_TRACE(testing::Message()
                   << name(strategy) << " " << shape.rows << "x"
                   << shape.columns << " V " << shape.pattern.vector << " K "
                   << shape.pattern.columns << " " << shape.pattern.n << ":"
                   << shape.pattern.m);
      auto weight = randomWeight(shape.rows, shape.columns, 1);
      MatrixView view{weight.data(), shape.rows, shape.columns};
      Options options;
      options.strategy = strategy;
      auto result = search(view, shape.pattern, options);
      ASSERT_TRUE(result) << result.error().message;
      EXPECT_EQ(result->rowOrder.size(), static_cast<size_t>(shape.rows));
      EXPECT_FALSE(format::verifyRowOrder(result->rowOrder, shape.rows,
                                          shape.pattern.vector));
      EXPECT_FALSE(format::verifyVectorIndex(result->vectorIndex, shape.rows,
                                             shape.columns, shape.pattern));
      // As many places are filled as there are columns.
      int64_t held = 0;
      for (int32_t channel : result->vectorIndex)
        held += channel >= 0;
      EXPECT_EQ(held, shape.pattern.tiles(shape.rows) *
                          std::min(shape.columns, shape.pattern.columns));
      EXPECT_NEAR(result->retained, keptByProjection(weight, shape, *result),
                  1e-6);
      EXPECT_LE(result->retained, result->retainedBound + 1e-9);
      EXPECT_LE(result->retainedIdentity, result->retainedBound + 1e-9);
      if (strategy == Strategy::None) {
        EXPECT_EQ(result->retained, result->retainedIdentity);
      }
      if (strategy == Strategy::Columns) {
        EXPECT_GE(result->retained, result->retainedIdentity - 1e-9);
      }
    }
}

TEST(Search, SearchesGain) {
  auto weight = randomWeight(256, 256, 4);
  MatrixView view{weight.data(), 256, 256};
  Pattern pattern{32, 128, 2, 4};
  double before = 0;
  for (Strategy strategy : all) {
    Options options;
    options.strategy = strategy;
    auto result = search(view, pattern, options);
    ASSERT_TRUE(result);
    EXPECT_GT(result->retained, before + 0.001) << name(strategy);
    before = result->retained;
  }
}

static bool sameOrders(const Result &a, const Result &b) {
  return a.rowOrder == b.rowOrder && a.vectorIndex == b.vectorIndex &&
         a.retained == b.retained;
}

TEST(Search, ThreadsAndInstructionSetsDoNotMatter) {
  auto weight = randomWeight(200, 300, 5);
  MatrixView view{weight.data(), 200, 300};
  Pattern pattern{16, 148, 2, 4};
  for (Strategy strategy : all) {
    Options options;
    options.strategy = strategy;
    options.seed = 9;
    options.threads = 1;
    overrideKernels(&portableKernels);
    auto first = search(view, pattern, options);
    ASSERT_TRUE(first);
    for (const char *table : {"portable", "avx2", "avx512"})
      for (int threads : {1, 2, 7}) {
        if (!kernelsNamed(table))
          continue;
        overrideKernels(kernelsNamed(table));
        options.threads = threads;
        auto other = search(view, pattern, options);
        ASSERT_TRUE(other);
        EXPECT_TRUE(sameOrders(*first, *other))
            << name(strategy) << " " << table << " " << threads;
      }
    overrideKernels(nullptr);
    options.seed = 10;
    auto other = search(view, pattern, options);
    ASSERT_TRUE(other);
    EXPECT_EQ(sameOrders(*first, *other), strategy == Strategy::None);
  }
}

TEST(Search, AllZeroAndAllEqual) {
  for (float value : {0.0f, 0.25f, 1e-42f}) {
    std::vector<float> weight(96 * 64, value);
    for (Strategy strategy : all) {
      Options options;
      options.strategy = strategy;
      auto result = search({weight.data(), 96, 64}, {32, 32, 2, 4}, options);
      ASSERT_TRUE(result);
      // Nothing can be gained, so nothing moves.
      std::vector<int64_t> identity(96);
      std::iota(identity.begin(), identity.end(), 0);
      EXPECT_EQ(result->rowOrder, identity);
      if (value == 0) {
        EXPECT_EQ(result->retained, 1);
        EXPECT_EQ(result->retainedBound, 1);
      } else {
        EXPECT_NEAR(result->retained, 0.25, 1e-9);
        EXPECT_NEAR(result->retainedBound, 0.25, 1e-9);
      }
    }
  }
}

TEST(Search, SaliencyStandsInPlaceOfTheWeight) {
  auto weight = randomWeight(64, 64, 6), saliency = randomWeight(64, 64, 7);
  for (float &s : saliency)
    s = std::fabs(s);
  Options options;
  options.strategy = Strategy::Gyro;
  Pattern pattern{16, 32, 2, 4};
  auto given = search({weight.data(), 64, 64}, pattern, options,
                      {saliency.data(), 64, 64});
  auto direct = search({saliency.data(), 64, 64}, pattern, options);
  ASSERT_TRUE(given && direct);
  EXPECT_TRUE(sameOrders(*given, *direct));
}

TEST(Search, BudgetStartAndCancellation) {
  auto weight = randomWeight(128, 128, 3);
  MatrixView view{weight.data(), 128, 128};
  Pattern pattern{16, 64, 2, 4};
  Options options;
  options.strategy = Strategy::Best;
  for (int64_t r = 0; r < 128; ++r)
    options.startOrder.push_back(127 - r);
  // A budget of 0 returns the start.
  options.timeBudget = 0;
  auto start = search(view, pattern, options);
  ASSERT_TRUE(start);
  EXPECT_EQ(start->rowOrder, options.startOrder);
  EXPECT_EQ(start->vectorIndex,
            format::selectColumns(view, options.startOrder, 16, 64));
  // More time, never less.
  double before = start->retained;
  for (double seconds : {0.02, 0.3}) {
    options.timeBudget = seconds;
    auto result = search(view, pattern, options);
    ASSERT_TRUE(result);
    EXPECT_GE(result->retained, before);
    EXPECT_LT(result->statistics.seconds, seconds + 2);
    double last = 0;
    for (const Progress &progress : result->statistics.trace) {
      EXPECT_GE(progress.retained, last);
      last = progress.retained;
    }
    EXPECT_EQ(last, result->retained);
  }
  // The first report ends the search.
  options.timeBudget.reset();
  int calls = 0;
  options.progress = [&](const Progress &) { return ++calls < 1; };
  auto cancelled = search(view, pattern, options);
  ASSERT_TRUE(cancelled);
  EXPECT_EQ(calls, 1);
  EXPECT_GE(cancelled->retained, start->retained);
}

TEST(Search, TinyOptimum) {
  // All ways to share 4 rows among 2 tiles, to keep 4 of 6 columns in each and
  // to pair them (1:2), tried: how far the search is from the best.
  double found = 0, best = 0;
  for (uint32_t seed = 0; seed < 20; ++seed) {
    auto weight = randomWeight(4, 6, 100 + seed);
    auto at = [&](int64_t r, int64_t c) {
      return std::fabs(
          static_cast<double>(weight[static_cast<size_t>(r * 6 + c)]));
    };
    auto keptOfPair = [&](int64_t r, int64_t s) {
      double most = 0;
      // Pairs {a, b} and {c, d} of distinct columns.
      for (int a = 0; a < 6; ++a)
        for (int b = a + 1; b < 6; ++b)
          for (int c = a + 1; c < 6; ++c)
            for (int d = c + 1; d < 6; ++d)
              if (c != b && d != b) {
                double sum = 0;
                for (int64_t row : {r, s})
                  sum += std::max(at(row, a), at(row, b)) +
                         std::max(at(row, c), at(row, d));
                most = std::max(most, sum);
              }
      return most;
    };
    double total = 0, optimum = 0;
    for (float w : weight)
      total += std::fabs(static_cast<double>(w));
    for (int64_t partner = 1; partner < 4; ++partner) {
      int64_t others[2], count = 0;
      for (int64_t r = 1; r < 4; ++r)
        if (r != partner)
          others[count++] = r;
      optimum = std::max(optimum, keptOfPair(0, partner) +
                                      keptOfPair(others[0], others[1]));
    }
    Options options;
    options.strategy = Strategy::Best;
    auto result = search({weight.data(), 4, 6}, {2, 4, 1, 2}, options);
    ASSERT_TRUE(result);
    EXPECT_LE(result->retained, optimum / total + 1e-6);
    found += result->retained;
    best += optimum / total;
  }
  EXPECT_GT(found, 0.99 * best);
}

TEST(Search, UnstructuredBound) {
  std::vector<float> saliency = {5, -1, 3, 3, 0, 8};
  MatrixView view{saliency.data(), 2, 3};
  EXPECT_DOUBLE_EQ(unstructuredBound(view, 1), 8.0 / 20);
  EXPECT_DOUBLE_EQ(unstructuredBound(view, 3), 16.0 / 20);
  EXPECT_DOUBLE_EQ(unstructuredBound(view, 4), 19.0 / 20);
  EXPECT_DOUBLE_EQ(unstructuredBound(view, 6), 1);
  EXPECT_DOUBLE_EQ(unstructuredBound(view, 0), 0);
}

TEST(Search, Strategies) {
  for (Strategy strategy : all) {
    auto parsed = parseStrategy(name(strategy));
    ASSERT_TRUE(parsed);
    EXPECT_EQ(*parsed, strategy);
  }
  auto unknown = parseStrategy("gyros");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(
      unknown.error().message.find("unknown strategy 'gyros', expected "
                                   "none, pca, columns, gyro, anneal, best"),
      0u);
}

//===- KernelsTest.cpp - plain loops, and the same bits everywhere -*- C++
//-*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Kernels.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "gtest/gtest.h"

using namespace hinm::permutation;

namespace {
class KernelsTest : public testing::TestWithParam<const char *> {
protected:
  void SetUp() override {
    table = kernelsNamed(GetParam());
    if (!table)
      GTEST_SKIP() << "this machine cannot run " << GetParam();
  }
  std::vector<float> floats(int64_t n) {
    std::vector<float> result(static_cast<size_t>(n));
    std::uniform_real_distribution<float> uniform(0, 4);
    for (float &x : result)
      x = random() % 8 == 0 ? std::round(uniform(random)) : uniform(random);
    return result;
  }
  std::vector<int32_t> integers(int64_t n, uint32_t spread) {
    std::vector<int32_t> result(static_cast<size_t>(n));
    for (int32_t &x : result)
      x = static_cast<int32_t>(random() % spread);
    return result;
  }
  const KernelTable *table = nullptr;
  std::mt19937 random{5};
};
} // namespace

TEST_P(KernelsTest, SumOfMaxima) {
  for (int64_t groups : {1, 3, 4, 9, 32}) {
    int64_t rows = 13, stride = (groups + 15) / 16 * 16;
    auto lower = floats(rows * stride), value = floats(rows * stride);
    std::vector<float> out(static_cast<size_t>(groups * stride)), same = out;
    table->sumOfMaxima(lower.data(), stride, groups, value.data(), stride,
                       stride, rows, out.data(), stride);
    portableKernels.sumOfMaxima(lower.data(), stride, groups, value.data(),
                                stride, stride, rows, same.data(), stride);
    EXPECT_EQ(out, same);
    for (int64_t g = 0; g < groups; ++g)
      for (int64_t j = 0; j < stride; ++j) {
        double sum = 0;
        for (int64_t r = 0; r < rows; ++r)
          sum += std::max(lower[static_cast<size_t>(r * stride + g)],
                          value[static_cast<size_t>(r * stride + j)]);
        ASSERT_NEAR(out[static_cast<size_t>(g * stride + j)], sum, 1e-4);
      }
  }
}

TEST_P(KernelsTest, SwapExcess) {
  for (int64_t n : {1, 15, 16, 17, 512, 1000, 1537}) {
    auto a = floats(n), b = floats(n), x = floats(n), y = floats(n);
    double excessA, excessB, sameA, sameB, sumA = 0, sumB = 0;
    table->swapExcess(a.data(), b.data(), x.data(), y.data(), 2.5f, 1.5f, n,
                      excessA, excessB);
    portableKernels.swapExcess(a.data(), b.data(), x.data(), y.data(), 2.5f,
                               1.5f, n, sameA, sameB);
    for (size_t i = 0; i < a.size(); ++i) {
      double d = double(y[i]) - double(x[i]);
      sumA += std::max(a[i] + d - 2.5, 0.0);
      sumB += std::max(b[i] - d - 1.5, 0.0);
    }
    EXPECT_EQ(excessA, sameA);
    EXPECT_EQ(excessB, sameB);
    EXPECT_NEAR(excessA, sumA, 1e-5 * sumA + 1e-5);
    EXPECT_NEAR(excessB, sumB, 1e-5 * sumB + 1e-5);
  }
}

TEST_P(KernelsTest, ThresholdPass) {
  for (int64_t n : {1, 15, 16, 40, 513, 2000})
    for (float t : {-1.0f, 0.0f, 2.0f, 3.0f, 9.0f}) {
      auto x = floats(n);
      ThresholdPass pass = table->thresholdPass(x.data(), n, t);
      ThresholdPass same = portableKernels.thresholdPass(x.data(), n, t);
      double excess = 0;
      int64_t above = 0;
      float minAbove = std::numeric_limits<float>::infinity();
      float maxBelow = -minAbove;
      for (float value : x) {
        excess += std::max(double(value) - t, 0.0);
        above += value > t;
        if (value > t)
          minAbove = std::min(minAbove, value);
        else
          maxBelow = std::max(maxBelow, value);
      }
      EXPECT_EQ(pass.above, above);
      EXPECT_EQ(pass.minAbove, minAbove);
      EXPECT_EQ(pass.maxBelow, maxBelow);
      EXPECT_EQ(pass.excess, same.excess);
      EXPECT_NEAR(pass.excess, excess, 1e-5 * excess + 1e-6);
    }
}

TEST_P(KernelsTest, RankUpdate) {
  for (int64_t n : {1, 16, 31, 64, 75})
    for (int64_t count : {0, 1, 5}) {
      auto row = floats(n), u = floats(count * 80 + 1), c = floats(count + 1);
      std::vector<float> expected = row;
      for (int64_t j = 0; j < n; ++j)
        for (int64_t k = 0; k < count; ++k) {
          float product =
              c[static_cast<size_t>(k)] * u[static_cast<size_t>(k * 80 + j)];
          expected[static_cast<size_t>(j)] -= product;
        }
      table->rankUpdate(row.data(), u.data(), 80, c.data(), count, n);
      EXPECT_EQ(row, expected);
    }
}

TEST_P(KernelsTest, MakeUp) {
  for (int64_t n : {1, 16, 37}) {
    auto w = floats(n), by = floats(n), squares = floats(n);
    std::vector<float> expected = w, sums = squares;
    for (size_t j = 0; j < w.size(); ++j) {
      float product = 0.37f * by[j];
      expected[j] -= product;
      float square = expected[j] * expected[j];
      sums[j] += square;
    }
    table->makeUp(w.data(), by.data(), 0.37f, squares.data(), n);
    EXPECT_EQ(w, expected);
    EXPECT_EQ(squares, sums);
  }
}

TEST_P(KernelsTest, Dots) {
  for (int64_t n : {1, 16, 37})
    for (int64_t xs : {1, 2, 5})
      for (int64_t ys : {1, 4, 3}) {
        auto x = floats(xs * n), y = floats(ys * n);
        std::vector<const float *> xRows, yRows;
        for (int64_t i = 0; i < xs; ++i)
          xRows.push_back(x.data() + i * n);
        for (int64_t i = 0; i < ys; ++i)
          yRows.push_back(y.data() + i * n);
        std::vector<float> out(static_cast<size_t>(xs * 8)), same = out;
        table->dots(xRows.data(), xs, yRows.data(), ys, n, out.data(), 8);
        portableKernels.dots(xRows.data(), xs, yRows.data(), ys, n, same.data(),
                             8);
        EXPECT_EQ(out, same);
        for (int64_t i = 0; i < xs; ++i)
          for (int64_t j = 0; j < ys; ++j) {
            double sum = 0;
            for (int64_t k = 0; k < n; ++k)
              sum += double(xRows[static_cast<size_t>(i)][k]) *
                     double(yRows[static_cast<size_t>(j)][k]);
            ASSERT_NEAR(out[static_cast<size_t>(i * 8 + j)], sum, 1e-3);
          }
      }
}

TEST_P(KernelsTest, RelaxAndTwoSmallest) {
  for (int64_t n : {1, 2, 16, 33, 100})
    for (uint32_t spread : {2u, 10u, 1u << 20}) {
      auto cost = integers(n, spread), dual = integers(n, spread);
      auto done = integers(n, 3), distance = integers(n, 2 * spread);
      done[static_cast<size_t>(random() % static_cast<size_t>(n))] = 0;
      for (int32_t &d : done)
        d = d == 2;
      std::vector<int32_t> from(static_cast<size_t>(n), -7);
      auto distance2 = distance, from2 = from;
      int32_t base = 5, best = INT32_MAX, bestColumn = -1;
      int32_t first = INT32_MAX, firstColumn = -1;
      for (size_t i = 0; i < cost.size(); ++i) {
        int32_t reduced = cost[i] - dual[i];
        if (reduced < first) {
          first = reduced;
          firstColumn = static_cast<int32_t>(i);
        }
        if (done[i])
          continue;
        if (base + reduced < distance2[i]) {
          distance2[i] = base + reduced;
          from2[i] = 3;
        }
        if (distance2[i] < best) {
          best = distance2[i];
          bestColumn = static_cast<int32_t>(i);
        }
      }
      NearestColumn nearest =
          table->relax(cost.data(), dual.data(), base, 3, done.data(),
                       distance.data(), from.data(), n);
      EXPECT_EQ(distance, distance2);
      EXPECT_EQ(from, from2);
      EXPECT_EQ(nearest.distance, best);
      EXPECT_EQ(nearest.column, bestColumn);

      TwoSmallest two = table->twoSmallest(cost.data(), dual.data(), n);
      EXPECT_EQ(two.first, first);
      EXPECT_EQ(two.firstColumn, firstColumn);
      int32_t second = INT32_MAX;
      for (size_t i = 0; i < cost.size(); ++i)
        if (static_cast<int32_t>(i) != firstColumn)
          second = std::min(second, cost[i] - dual[i]);
      EXPECT_EQ(two.second, second);
      if (n > 1) {
        EXPECT_NE(two.secondColumn, two.firstColumn);
        EXPECT_EQ(cost[static_cast<size_t>(two.secondColumn)] -
                      dual[static_cast<size_t>(two.secondColumn)],
                  second);
        TwoSmallest same =
            portableKernels.twoSmallest(cost.data(), dual.data(), n);
        EXPECT_EQ(two.secondColumn, same.secondColumn);
      }
    }
}

TEST_P(KernelsTest, RangeAndFixedPoint) {
  for (int64_t n : {1, 15, 16, 50, 64}) {
    auto x = floats(n);
    float least, greatest;
    table->range(x.data(), n, least, greatest);
    EXPECT_EQ(least, *std::min_element(x.begin(), x.end()));
    EXPECT_EQ(greatest, *std::max_element(x.begin(), x.end()));
    std::vector<int32_t> out(static_cast<size_t>(n));
    table->fixedPoint(x.data(), n, greatest, 2, 1000, out.data());
    for (size_t i = 0; i < x.size(); ++i)
      EXPECT_EQ(out[i],
                static_cast<int32_t>((greatest - x[i]) * 2 * 1000 + 0.5f));
  }
}

INSTANTIATE_TEST_SUITE_P(Tables, KernelsTest,
                         testing::Values("portable", "avx2", "avx512"),
                         [](const auto &info) { return info.param; });

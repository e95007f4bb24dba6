//===- OutputErrorTest.cpp - against errors computed from activations -*- C++
//-*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hinm/Permutation/OutputError.h"

#include "Cholesky.h"

#include "hinm/Format/Canonical.h"

#include <algorithm>
#include <cmath>
#include <random>

#include "gtest/gtest.h"

using namespace hinm;
using namespace hinm::permutation;

namespace {
/// A layer with correlated inputs: everything from the activations.
struct Layer {
  int64_t rows, inputs, samples;
  std::vector<float> weight, activations; // activations: [samples][inputs]
  std::vector<float> outputs;             // wanted, [samples][rows]
  std::vector<float> gram, cross;
  std::vector<uint8_t> mask;

  Layer(int64_t rows, int64_t inputs, int64_t samples, uint32_t seed)
      : rows(rows), inputs(inputs), samples(samples) {
    std::mt19937 random(seed);
    std::normal_distribution<float> normal;
    auto fill = [&](int64_t n) {
      std::vector<float> x(static_cast<size_t>(n));
      for (float &value : x)
        value = normal(random);
      return x;
    };
    weight = fill(rows * inputs);
    activations = fill(samples * inputs);
    for (int64_t s = 0; s < samples; ++s)
      for (int64_t i = 1; i < inputs; ++i)
        activations[static_cast<size_t>(s * inputs + i)] +=
            0.8f * activations[static_cast<size_t>(s * inputs + i - 1)];
    outputs = fill(samples * rows);
    for (int64_t s = 0; s < samples; ++s)
      for (int64_t r = 0; r < rows; ++r)
        outputs[static_cast<size_t>(s * rows + r)] =
            0.5f * outputs[static_cast<size_t>(s * rows + r)] +
            static_cast<float>(product(weight, r, s));
    gram.resize(static_cast<size_t>(inputs * inputs));
    for (int64_t i = 0; i < inputs; ++i)
      for (int64_t j = 0; j < inputs; ++j)
        gram[static_cast<size_t>(i * inputs + j)] = static_cast<float>(
            sum([&](int64_t s) { return x(s, i) * x(s, j); }));
    cross.resize(static_cast<size_t>(rows * inputs));
    for (int64_t r = 0; r < rows; ++r)
      for (int64_t j = 0; j < inputs; ++j)
        cross[static_cast<size_t>(r * inputs + j)] = static_cast<float>(
            sum([&](int64_t s) { return y(s, r) * x(s, j); }));
    for (int64_t i = 0; i < rows * inputs; ++i)
      mask.push_back(random() % 4 == 0);
  }

  double x(int64_t s, int64_t i) const {
    return activations[static_cast<size_t>(s * inputs + i)];
  }
  double y(int64_t s, int64_t r) const {
    return outputs[static_cast<size_t>(s * rows + r)];
  }
  double product(const std::vector<float> &w, int64_t r, int64_t s) const {
    double total = 0;
    for (int64_t i = 0; i < inputs; ++i)
      total += double(w[static_cast<size_t>(r * inputs + i)]) * x(s, i);
    return total;
  }
  template <typename Function>
  double sum(Function function) const {
    double total = 0;
    for (int64_t s = 0; s < samples; ++s)
      total += function(s);
    return total;
  }
  /// |candidate X - W X|^2 / |W X|^2
  double errorToWeight(const std::vector<float> &candidate) const {
    double error = 0, power = 0;
    for (int64_t r = 0; r < rows; ++r)
      for (int64_t s = 0; s < samples; ++s) {
        double wanted = product(weight, r, s);
        error += std::pow(product(candidate, r, s) - wanted, 2);
        power += wanted * wanted;
      }
    return error / power;
  }
  double errorToOutputs(const std::vector<float> &candidate) const {
    double error = 0;
    for (int64_t r = 0; r < rows; ++r)
      for (int64_t s = 0; s < samples; ++s)
        error += std::pow(product(candidate, r, s) - y(s, r), 2);
    return error;
  }
  std::vector<float> masked(std::vector<float> dense) const {
    for (size_t i = 0; i < dense.size(); ++i)
      dense[i] = mask[i] ? dense[i] : 0;
    return dense;
  }
  format::MatrixView view(const std::vector<float> &w) const {
    return {w.data(), rows, inputs};
  }
  Calibration calibration(bool withCross) const {
    Calibration result;
    result.gram = {gram.data(), inputs, inputs};
    if (withCross)
      result.cross = view(cross);
    return result;
  }
};
} // namespace

TEST(OutputError, EqualsTheErrorOfActivations) {
  Layer layer(9, 40, 200, 1);
  auto error =
      OutputError::create(layer.view(layer.weight), layer.calibration(false));
  ASSERT_TRUE(error) << error.error().message;
  std::vector<float> cut = layer.masked(layer.weight);
  double before = error->relativeError(layer.view(cut));
  EXPECT_NEAR(before, layer.errorToWeight(cut), 1e-4 * before);
  EXPECT_EQ(error->relativeError(layer.view(layer.weight)), 0);

  std::vector<float> fitted = error->fit(layer.mask);
  double after = error->relativeError(layer.view(fitted));
  EXPECT_NEAR(after, layer.errorToWeight(fitted), 1e-4 * after);
  EXPECT_LT(after, 0.9 * before);
  EXPECT_EQ(fitted, layer.masked(fitted));
}

TEST(OutputError, FitIsTheMinimum) {
  Layer layer(5, 24, 300, 2);
  Calibration calibration = layer.calibration(false);
  calibration.damping = 1e-9;
  auto error = OutputError::create(layer.view(layer.weight), calibration);
  ASSERT_TRUE(error);
  std::vector<float> fitted = error->fit(layer.mask);
  double least = layer.errorToWeight(fitted);
  // No single weight can be changed for the better.
  for (size_t i = 0; i < fitted.size(); ++i)
    for (float step : {-0.01f, 0.01f}) {
      if (!layer.mask[i])
        continue;
      std::vector<float> moved = fitted;
      moved[i] += step;
      EXPECT_GT(layer.errorToWeight(moved), least);
    }
}

TEST(OutputError, CrossMatrixAimsAtOtherOutputs) {
  Layer layer(6, 24, 100, 3);
  auto own =
      OutputError::create(layer.view(layer.weight), layer.calibration(false));
  auto other =
      OutputError::create(layer.view(layer.weight), layer.calibration(true));
  ASSERT_TRUE(own && other);
  EXPECT_LT(layer.errorToOutputs(other->target()),
            layer.errorToOutputs(layer.weight));
  EXPECT_LT(layer.errorToOutputs(other->fit(layer.mask)),
            layer.errorToOutputs(own->fit(layer.mask)));
}

TEST(OutputError, SaliencyIsWhatARemovalCosts) {
  Layer layer(4, 16, 200, 4);
  Calibration calibration = layer.calibration(false);
  calibration.damping = 1e-9;
  auto error = OutputError::create(layer.view(layer.weight), calibration);
  ASSERT_TRUE(error);
  std::vector<float> saliency = error->saliency();
  double power = 0;
  for (int64_t r = 0; r < 4; ++r)
    power += layer.sum([&](int64_t s) {
      return std::pow(layer.product(layer.weight, r, s), 2);
    });
  // Remove one entry, fit the others of its row: the error that OBS foretells.
  for (int64_t i : {0, 7, 21, 63}) {
    std::vector<uint8_t> all(64, 1);
    all[static_cast<size_t>(i)] = 0;
    double found = error->relativeError(layer.view(error->fit(all))) * power;
    double foretold = std::pow(saliency[static_cast<size_t>(i)], 2);
    EXPECT_NEAR(found, foretold, 1e-3 * foretold);
  }
}

TEST(OutputError, NeverWorseThanTheCutRow) {
  // Fewer samples than inputs: singular, and the damping rules.
  Layer layer(40, 30, 5, 5);
  Calibration calibration = layer.calibration(false);
  calibration.damping = 0.5;
  auto error = OutputError::create(layer.view(layer.weight), calibration);
  ASSERT_TRUE(error) << error.error().message;
  std::vector<float> cut = layer.masked(layer.weight);
  std::vector<float> fitted = error->fit(layer.mask);
  for (int64_t r = 0; r < 40; ++r) {
    auto alone = [&](const std::vector<float> &w) {
      std::vector<float> one = layer.weight;
      std::copy_n(w.begin() + r * 30, 30, one.begin() + r * 30);
      return error->relativeError(layer.view(one));
    };
    EXPECT_LE(alone(fitted), alone(cut) * (1 + 1e-6));
  }
}

/// With 1 % of the mean of its diagonal added to it.
static std::vector<double> damped(const std::vector<float> &gram, int64_t n) {
  std::vector<double> result(gram.begin(), gram.end());
  double trace = 0;
  for (int64_t i = 0; i < n; ++i)
    trace += result[static_cast<size_t>(i * n + i)];
  for (int64_t i = 0; i < n; ++i)
    result[static_cast<size_t>(i * n + i)] += 0.01 * trace / double(n);
  return result;
}

template <typename T>
static std::vector<double> multiply(const std::vector<double> &matrix,
                                    int64_t n, const T *vector) {
  std::vector<double> result(static_cast<size_t>(n));
  for (int64_t i = 0; i < n; ++i)
    for (int64_t j = 0; j < n; ++j)
      result[static_cast<size_t>(i)] +=
          matrix[static_cast<size_t>(i * n + j)] * double(vector[j]);
  return result;
}

/// The dense weights of a row on `support` with the least damped error to r, by
/// Gaussian elimination.
static std::vector<double> solveOn(const std::vector<double> &gram, int64_t n,
                                   const std::vector<double> &right,
                                   const std::vector<int64_t> &support) {
  size_t count = support.size();
  std::vector<std::vector<double>> a(count, std::vector<double>(count + 1));
  for (size_t i = 0; i < count; ++i) {
    for (size_t j = 0; j < count; ++j)
      a[i][j] = gram[static_cast<size_t>(support[i] * n + support[j])];
    a[i][count] = right[static_cast<size_t>(support[i])];
  }
  for (size_t i = 0; i < count; ++i)
    for (size_t k = 0; k < count; ++k) {
      if (k == i)
        continue;
      double factor = a[k][i] / a[i][i];
      for (size_t j = i; j <= count; ++j)
        a[k][j] -= factor * a[i][j];
    }
  std::vector<double> result;
  for (size_t i = 0; i < count; ++i)
    result.push_back(a[i][count] / a[i][i]);
  return result;
}

TEST(OutputError, SweepDecidesOnWhatLaterColumnsHaveBecome) {
  // By definition: before each group, the weights are the least squares on what
  // is kept so far and all later columns; the cost of an entry is the rise of
  // the error when it goes and only LATER columns make up for it.
  const int64_t n = 12;
  Layer layer(6, n, 60, 8);
  auto error =
      OutputError::create(layer.view(layer.weight), layer.calibration(false));
  ASSERT_TRUE(error);
  format::Pattern pattern{3, 8, 2, 4};
  std::vector<int64_t> rowOrder = {5, 0, 3, 1, 4, 2};
  std::vector<int32_t> index = {7, 1, 10, 4, 0, 11, 5, 2, //
                                3, 2, 9,  8, 6, 0,  1, 11};
  std::vector<uint8_t> mask = error->sweep(pattern, rowOrder, index);

  std::vector<double> gram = damped(layer.gram, n);
  for (int64_t place = 0; place < 6; ++place) {
    int64_t row = rowOrder[static_cast<size_t>(place)];
    const int32_t *order = index.data() + place / 3 * 8;
    std::vector<double> right =
        multiply(gram, n, layer.weight.data() + row * n);
    std::vector<double> w = solveOn(gram, n, right, {order, order + 8});
    std::vector<uint8_t> expected(n, 0);
    for (int64_t k = 0; k < 8; ++k) {
      // [H^-1]_jj over the columns from j on is U_jj^2.
      auto inverse = [&](int64_t j) {
        std::vector<double> unit(n, 0.0);
        unit[static_cast<size_t>(order[j])] = 1;
        return solveOn(gram, n, unit, {order + j, order + 8});
      };
      if (k % 4 == 0) {
        std::vector<std::pair<double, int64_t>> cost;
        for (int64_t j = k; j < k + 4; ++j)
          cost.push_back({-w[static_cast<size_t>(j)] *
                              w[static_cast<size_t>(j)] / inverse(j)[0],
                          j});
        std::sort(cost.begin(), cost.end());
        expected[static_cast<size_t>(order[cost[0].second])] = 1;
        expected[static_cast<size_t>(order[cost[1].second])] = 1;
      }
      if (expected[static_cast<size_t>(order[k])])
        continue;
      std::vector<double> column = inverse(k);
      double change = w[static_cast<size_t>(k)] / column[0];
      for (int64_t j = k; j < 8; ++j)
        w[static_cast<size_t>(j)] -=
            change * column[static_cast<size_t>(j - k)];
    }
    for (int64_t c = 0; c < n; ++c)
      EXPECT_EQ(mask[static_cast<size_t>(row * n + c)],
                expected[static_cast<size_t>(c)])
          << "row " << row << " column " << c;
  }
}

TEST(OutputError, EliminatesTheCheapestColumnEachTime) {
  // By definition: of the columns that are left, the one goes without which the
  // least squares of the tile's rows on the others has the smallest error.
  const int64_t n = 14;
  Layer layer(7, n, 60, 11);
  auto error =
      OutputError::create(layer.view(layer.weight), layer.calibration(false));
  ASSERT_TRUE(error);
  format::Pattern pattern{4, 8, 2, 4};
  std::vector<int64_t> rowOrder = {6, 2, 5, 0, 1, 4, 3};
  std::vector<int32_t> index = error->columns(pattern, rowOrder);
  ASSERT_EQ(index.size(), 16u);

  std::vector<double> gram = damped(layer.gram, n);
  auto lossWithout = [&](int64_t tile, std::vector<int64_t> support) {
    double loss = 0;
    for (int64_t place = tile * 4; place < std::min<int64_t>(7, tile * 4 + 4);
         ++place) {
      const float *w =
          layer.weight.data() + rowOrder[static_cast<size_t>(place)] * n;
      std::vector<double> fitted =
          solveOn(gram, n, multiply(gram, n, w), support);
      std::vector<double> difference(n);
      for (int64_t i = 0; i < n; ++i)
        difference[static_cast<size_t>(i)] = -double(w[i]);
      for (size_t k = 0; k < support.size(); ++k)
        difference[static_cast<size_t>(support[k])] += fitted[k];
      std::vector<double> product = multiply(gram, n, difference.data());
      for (size_t i = 0; i < product.size(); ++i)
        loss += difference[i] * product[i];
    }
    return loss;
  };
  for (int64_t tile = 0; tile < 2; ++tile) {
    std::vector<int64_t> left(n);
    for (int64_t i = 0; i < n; ++i)
      left[static_cast<size_t>(i)] = i;
    while (left.size() > 8) {
      size_t best = 0;
      double least = 1e300;
      for (size_t i = 0; i < left.size(); ++i) {
        std::vector<int64_t> others = left;
        others.erase(others.begin() + static_cast<int64_t>(i));
        if (double loss = lossWithout(tile, others); loss < least) {
          least = loss;
          best = i;
        }
      }
      left.erase(left.begin() + static_cast<int64_t>(best));
    }
    std::vector<int64_t> found(index.begin() + tile * 8,
                               index.begin() + tile * 8 + 8);
    std::sort(found.begin(), found.end());
    EXPECT_EQ(found, left) << "tile " << tile;
  }
}

TEST(OutputError, ColumnsAreTheSameForAnyThreads) {
  Layer layer(48, 200, 300, 12);
  format::Pattern pattern{16, 96, 2, 4};
  std::vector<int32_t> first;
  for (int threads : {1, 2, 7}) {
    auto error = OutputError::create(layer.view(layer.weight),
                                     layer.calibration(false), threads);
    ASSERT_TRUE(error);
    std::vector<int32_t> index = error->columns(pattern, {}, 3);
    for (int64_t tile = 0; tile < 3; ++tile) {
      std::vector<int32_t> sorted(index.begin() + tile * 96,
                                  index.begin() + tile * 96 + 96);
      std::sort(sorted.begin(), sorted.end());
      EXPECT_TRUE(std::adjacent_find(sorted.begin(), sorted.end()) ==
                  sorted.end());
      EXPECT_TRUE(sorted.front() >= 0 && sorted.back() < 200);
    }
    if (first.empty())
      first = index;
    EXPECT_EQ(index, first) << threads << " threads";
  }
}

TEST(OutputError, FewerColumnsThanPlaces) {
  Layer layer(5, 6, 30, 13);
  auto error =
      OutputError::create(layer.view(layer.weight), layer.calibration(false));
  ASSERT_TRUE(error);
  format::Pattern pattern{8, 8, 2, 4};
  std::vector<int32_t> index = error->columns(pattern, {});
  std::sort(index.begin(), index.end());
  EXPECT_EQ(index, (std::vector<int32_t>{-1, -1, 0, 1, 2, 3, 4, 5}));
}

TEST(OutputError, ColumnsByErrorBeatColumnsBySaliency) {
  Layer layer(64, 96, 500, 14);
  auto error =
      OutputError::create(layer.view(layer.weight), layer.calibration(false));
  ASSERT_TRUE(error);
  format::Pattern pattern{16, 48, 2, 4};
  std::vector<float> saliency = error->saliency();
  auto fixed = format::selectColumns(layer.view(saliency), {}, 16, 48);
  auto errorOf = [&](const std::vector<int32_t> &index) {
    return error->relativeError(
        layer.view(error->fit(error->sweep(pattern, {}, index))));
  };
  EXPECT_LT(errorOf(error->columns(pattern, {})), 0.97 * errorOf(fixed));
}

TEST(OutputError, RowsByErrorAreNoWorse) {
  // Rows of three kinds, mixed: tiles of one kind need fewer columns.
  Layer layer(70, 96, 500, 15);
  for (int64_t r = 0; r < 70; ++r)
    for (int64_t c = 0; c < 96; ++c)
      if (c / 32 != r % 3)
        layer.weight[static_cast<size_t>(r * 96 + c)] *= 0.3f;
  format::Pattern pattern{16, 48, 2, 4};
  std::vector<int64_t> first;
  for (int threads : {1, 2, 7}) {
    auto error = OutputError::create(layer.view(layer.weight),
                                     layer.calibration(false), threads);
    ASSERT_TRUE(error);
    std::vector<int64_t> rows(70);
    for (int64_t r = 0; r < 70; ++r)
      rows[static_cast<size_t>(r)] = r;
    std::vector<int64_t> before = rows;
    auto errorOf = [&](const std::vector<int64_t> &order,
                       const std::vector<int32_t> &index) {
      return error->relativeError(
          layer.view(error->fit(error->sweep(pattern, order, index))));
    };
    std::vector<int32_t> index = error->orders(pattern, rows, 4, 1);
    EXPECT_LT(errorOf(rows, index),
              0.9 * errorOf(before, error->columns(pattern, before, 1)));
    if (first.empty())
      first = rows;
    EXPECT_EQ(rows, first) << threads << " threads";
    std::sort(rows.begin(), rows.end());
    EXPECT_EQ(rows, before);
  }
}

TEST(OutputError, ExchangesLowerTheError) {
  Layer layer(32, 64, 400, 16);
  auto error =
      OutputError::create(layer.view(layer.weight), layer.calibration(false));
  ASSERT_TRUE(error);
  format::Pattern pattern{16, 32, 2, 4};
  std::vector<int32_t> index = error->columns(pattern, {});
  std::vector<uint8_t> swept = error->sweep(pattern, {}, index);
  std::vector<uint8_t> better = error->exchange(pattern, {}, index, swept);
  EXPECT_NE(better, swept);
  EXPECT_LT(error->relativeError(layer.view(error->fit(better))),
            error->relativeError(layer.view(error->fit(swept))));
  for (int64_t r = 0; r < 32; ++r)
    for (int64_t k = 0; k < 32; k += 4) {
      int kept = 0;
      for (int64_t p = k; p < k + 4; ++p)
        kept += better[static_cast<size_t>(
            r * 64 + index[static_cast<size_t>(r / 16 * 32 + p)])];
      EXPECT_EQ(kept, 2);
    }
  // No single exchange is left that would help.
  auto rowError = [&](std::vector<uint8_t> mask) {
    return error->relativeError(layer.view(error->fit(mask)));
  };
  double least = rowError(better);
  for (int64_t k = 0; k < 8; k += 4)
    for (int64_t p = k; p < k + 4; ++p)
      for (int64_t q = k; q < k + 4; ++q) {
        std::vector<uint8_t> mask = better;
        auto &out = mask[static_cast<size_t>(index[static_cast<size_t>(p)])];
        auto &in = mask[static_cast<size_t>(index[static_cast<size_t>(q)])];
        if (!out || in)
          continue;
        std::swap(out, in);
        EXPECT_GT(rowError(mask), least * (1 - 1e-5));
      }
}

TEST(OutputError, SweepBeatsTheStaticSaliency) {
  Layer layer(48, 64, 400, 9);
  auto error =
      OutputError::create(layer.view(layer.weight), layer.calibration(false));
  ASSERT_TRUE(error);
  format::Pattern pattern{16, 32, 2, 4};
  std::vector<float> saliency = error->saliency();
  auto index = format::selectColumns(layer.view(saliency), {}, 16, 32);
  auto kept = format::projectDense(layer.view(saliency), pattern, {}, index);
  ASSERT_TRUE(kept);
  std::vector<uint8_t> fixed;
  for (float s : *kept)
    fixed.push_back(s != 0);
  double before = error->relativeError(layer.view(error->fit(fixed)));
  double after = error->relativeError(
      layer.view(error->fit(error->sweep(pattern, {}, index))));
  EXPECT_LT(after, 0.97 * before);
}

TEST(OutputError, Cholesky) {
  for (int64_t n : {1, 5, 31, 32, 33, 100}) {
    Layer layer(1, n, 2 * n + 3, 6);
    std::vector<double> a(layer.gram.begin(), layer.gram.end()), l = a;
    for (int64_t i = 0; i < n; ++i)
      l[static_cast<size_t>(i * n + i)] = a[static_cast<size_t>(i * n + i)] +=
          0.1;
    ASSERT_TRUE(cholesky(l.data(), n, 2));
    std::vector<double> diagonal = inverseDiagonal(l.data(), n, 2);
    for (int64_t c = 0; c < n; ++c) {
      std::vector<double> x(static_cast<size_t>(n), 0.0);
      x[static_cast<size_t>(c)] = 1;
      choleskySolve(l.data(), n, x.data());
      EXPECT_NEAR(x[static_cast<size_t>(c)], diagonal[static_cast<size_t>(c)],
                  1e-9 * diagonal[static_cast<size_t>(c)]);
      for (int64_t i = 0; i < n; ++i) {
        double product = 0;
        for (int64_t j = 0; j < n; ++j)
          product +=
              a[static_cast<size_t>(i * n + j)] * x[static_cast<size_t>(j)];
        EXPECT_NEAR(product, i == c, 1e-8);
      }
    }
  }
}

TEST(OutputError, Refuses) {
  Layer layer(3, 4, 9, 7);
  auto message = [&](const Calibration &calibration) -> std::string {
    auto error = OutputError::create(layer.view(layer.weight), calibration);
    return error ? "" : error.error().message;
  };
  Calibration calibration = layer.calibration(true);
  EXPECT_EQ(message(calibration), "");
  calibration.cross.rows = 2;
  EXPECT_EQ(message(calibration), "cross matrix is 2x4, expected 3x4");
  calibration = layer.calibration(false);
  calibration.gram.rows = 3;
  EXPECT_EQ(message(calibration), "gram matrix is 3x4, expected 4x4");
  calibration = layer.calibration(false);
  calibration.damping = -1;
  EXPECT_EQ(message(calibration), "damping is -1.000000, expected at least 0");
  calibration = layer.calibration(false);
  std::vector<float> gram = layer.gram;
  auto withGram = [&] {
    calibration.gram.data = layer.gram.data();
    return message(calibration);
  };
  layer.gram[1] += 100;
  EXPECT_NE(withGram().find("expected it symmetric"), std::string::npos);
  layer.gram = gram;
  layer.gram[5] = -1e6f;
  EXPECT_NE(withGram().find("not positive definite with a damping of 0.01"),
            std::string::npos);
  layer.gram.assign(16, 0.0f);
  EXPECT_NE(withGram().find("no positive diagonal entry"), std::string::npos);
  layer.gram[2] = std::nanf("");
  EXPECT_EQ(withGram(), "gram matrix is NaN at row 0 column 2, expected a "
                        "finite number");
}

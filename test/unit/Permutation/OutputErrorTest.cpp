//===- OutputErrorTest.cpp - against errors computed from activations -*- C++
//-*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hinm/Permutation/OutputError.h"

#include "Cholesky.h"

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

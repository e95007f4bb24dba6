//===- OutputError.cpp - a layer's error on calibration inputs --*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hinm/Permutation/OutputError.h"

#include "Cholesky.h"
#include "Kernels.h"

#include "hinm/Format/Canonical.h"
#include "hinm/Format/Threads.h"

#include <algorithm>
#include <cmath>

using namespace hinm;
using namespace hinm::permutation;

static format::Error makeError(std::string message, int64_t row = -1,
                               int64_t column = -1) {
  format::Error error;
  error.message = std::move(message);
  error.row = row;
  error.column = column;
  return error;
}

static std::string text(int64_t value) { return std::to_string(value); }

static std::optional<format::Error> verifySize(format::MatrixView matrix,
                                               const char *what, int64_t rows,
                                               int64_t columns) {
  if (matrix.rows != rows || matrix.columns != columns)
    return makeError(std::string(what) + " is " + text(matrix.rows) + "x" +
                     text(matrix.columns) + ", expected " + text(rows) + "x" +
                     text(columns));
  return format::verifyFinite(matrix, what);
}

static std::optional<format::Error> verifySymmetric(format::MatrixView gram) {
  float largest = 0;
  for (int64_t i = 0; i < gram.rows; ++i)
    largest = std::max(largest, gram.at(i, i));
  if (!(largest > 0))
    return makeError("gram matrix has no positive diagonal entry, expected the "
                     "inputs to be other than zero");
  for (int64_t i = 0; i < gram.rows; ++i)
    for (int64_t j = 0; j < i; ++j)
      if (std::fabs(gram.at(i, j) - gram.at(j, i)) > 1e-3f * largest)
        return makeError("gram matrix is " + std::to_string(gram.at(i, j)) +
                             " at row " + text(i) + " column " + text(j) +
                             " and " + std::to_string(gram.at(j, i)) +
                             " at the mirrored place, expected it symmetric",
                         i, j);
  return std::nullopt;
}

format::Expected<OutputError>
OutputError::create(format::MatrixView weight, const Calibration &calibration,
                    int threads) {
  int64_t n = weight.columns;
  format::MatrixView given = calibration.gram, cross = calibration.cross;
  if (weight.rows < 1 || n < 1)
    return makeError("weight is " + text(weight.rows) + "x" + text(n) +
                     ", expected at least one row and one column");
  if (auto error = format::verifyFinite(weight, "weight"))
    return *error;
  if (auto error = verifySize(given, "gram matrix", n, n))
    return *error;
  if (auto error = verifySymmetric(given))
    return *error;
  if (cross.data)
    if (auto error = verifySize(cross, "cross matrix", weight.rows, n))
      return *error;
  if (!(calibration.damping >= 0))
    return makeError("damping is " + std::to_string(calibration.damping) +
                     ", expected at least 0");

  OutputError result;
  result.rows = weight.rows;
  result.inputs = n;
  result.threads = threads;
  double trace = 0;
  for (int64_t i = 0; i < n; ++i)
    trace += static_cast<double>(given.at(i, i));
  result.added = calibration.damping * trace / static_cast<double>(n);
  result.gram.resize(static_cast<size_t>(n * n));
  for (int64_t i = 0; i < n; ++i)
    for (int64_t j = 0; j < n; ++j)
      result.gram[static_cast<size_t>(i * n + j)] =
          (static_cast<double>(given.at(i, j)) +
           static_cast<double>(given.at(j, i))) /
              2 +
          (i == j ? result.added : 0);
  std::vector<double> factor = result.gram;
  if (!cholesky(factor.data(), n, threads))
    return makeError("gram matrix is not positive definite with a damping of " +
                     std::to_string(calibration.damping) +
                     ", expected a sum of x x^T, or more damping");
  result.inverseDiagonal =
      permutation::inverseDiagonal(factor.data(), n, threads);
  result.reference.assign(weight.data, weight.data + weight.rows * n);
  if (cross.data)
    format::parallelFor(weight.rows, threads, [&](int64_t r) {
      std::vector<double> row(cross.row(r), cross.row(r) + n);
      choleskySolve(factor.data(), n, row.data());
      std::copy(row.begin(), row.end(), result.reference.begin() + r * n);
    });
  return result;
}

std::vector<float> OutputError::saliency() const {
  std::vector<float> result(reference.size());
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t c = 0; c < inputs; ++c) {
      auto i = static_cast<size_t>(r * inputs + c);
      result[i] = static_cast<float>(
          std::fabs(static_cast<double>(reference[i])) /
          std::sqrt(inverseDiagonal[static_cast<size_t>(c)]));
    }
  return result;
}

double OutputError::rowError(const double *difference) const {
  const KernelTable &kernel = kernels();
  double error = 0, squares = 0;
  for (int64_t i = 0; i < inputs; ++i) {
    const double *row = gram.data() + i * inputs;
    double product;
    if (difference[i] == 0)
      continue;
    kernel.dots64(&row, 1, &difference, 1, inputs, &product, 1);
    error += difference[i] * product;
    squares += difference[i] * difference[i];
  }
  return std::max(0.0, error - added * squares);
}

double OutputError::relativeError(format::MatrixView candidate) const {
  std::vector<double> errors(static_cast<size_t>(rows)), powers = errors;
  format::parallelFor(rows, threads, [&](int64_t r) {
    const float *wanted = reference.data() + r * inputs;
    std::vector<double> row(wanted, wanted + inputs);
    powers[static_cast<size_t>(r)] = rowError(row.data());
    for (int64_t c = 0; c < inputs; ++c)
      row[static_cast<size_t>(c)] = static_cast<double>(candidate.at(r, c)) -
                                    static_cast<double>(wanted[c]);
    errors[static_cast<size_t>(r)] = rowError(row.data());
  });
  double error = 0, power = 0;
  for (size_t r = 0; r < errors.size(); ++r) {
    error += errors[r];
    power += powers[r];
  }
  return power > 0 ? error / power : 0;
}

void OutputError::fitRow(int64_t row, const uint8_t *mask, float *out) const {
  const KernelTable &kernel = kernels();
  const float *wanted = reference.data() + row * inputs;
  std::vector<double> target(wanted, wanted + inputs);
  std::vector<int64_t> support;
  for (int64_t c = 0; c < inputs; ++c)
    if (mask[c])
      support.push_back(c);
  auto count = static_cast<int64_t>(support.size());
  std::fill_n(out, inputs, 0.0f);
  if (count == 0)
    return;
  // G_SS w_S = (G r)_S
  std::vector<double> normal(static_cast<size_t>(count * count));
  std::vector<double> solution(static_cast<size_t>(count));
  const double *right = target.data();
  for (int64_t i = 0; i < count; ++i) {
    const double *from = gram.data() + support[static_cast<size_t>(i)] * inputs;
    kernel.dots64(&from, 1, &right, 1, inputs,
                  &solution[static_cast<size_t>(i)], 1);
    for (int64_t j = 0; j <= i; ++j)
      normal[static_cast<size_t>(i * count + j)] =
          from[support[static_cast<size_t>(j)]];
  }
  // A principal part of a positive definite matrix is positive definite; where
  // rounding says otherwise the cut row stays as it is.
  bool solved = cholesky(normal.data(), count);
  if (solved)
    choleskySolve(normal.data(), count, solution.data());
  std::vector<double> cut(static_cast<size_t>(inputs)), fitted = cut;
  for (int64_t c = 0; c < inputs; ++c)
    cut[static_cast<size_t>(c)] = mask[c] ? 0 : -target[static_cast<size_t>(c)];
  fitted = cut;
  for (int64_t i = 0; i < count && solved; ++i) {
    auto c = static_cast<size_t>(support[static_cast<size_t>(i)]);
    out[c] = static_cast<float>(solution[static_cast<size_t>(i)]);
    fitted[c] = static_cast<double>(out[c]) - target[c];
    solved = std::isfinite(out[c]);
  }
  // The solve minimises the damped error; the promise is about the true one.
  if (!solved || rowError(fitted.data()) > rowError(cut.data()))
    for (int64_t c = 0; c < inputs; ++c)
      out[c] = mask[c] ? wanted[c] : 0;
}

std::vector<float> OutputError::fit(format::ArrayView<uint8_t> mask) const {
  assert(mask.size() == rows * inputs && "one entry for each weight");
  std::vector<float> result(reference.size());
  format::parallelFor(rows, threads, [&](int64_t r) {
    fitRow(r, mask.data() + r * inputs, result.data() + r * inputs);
  });
  return result;
}

//===- Pattern.cpp - the numbers of a pattern, checked ----------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hinm/Format/Pattern.h"

#include <algorithm>
#include <cmath>

using namespace hinm::format;

int64_t hinm::format::keptColumns(int64_t inputs, double sparsity, int64_t m) {
  // 1 - 0.9 is a little less than 0.1: forgive that before flooring.
  double kept = static_cast<double>(inputs) * (1 - sparsity);
  auto groups = static_cast<int64_t>(
      std::floor(kept / static_cast<double>(m) * (1 + 1e-12) + 1e-12));
  return std::max(m, groups * m);
}

std::optional<Error> hinm::format::verify(const Pattern &pattern, int64_t rows,
                                          int64_t inputs) {
  auto error = [](std::string message) {
    Error result;
    result.message = std::move(message);
    return result;
  };
  auto text = [](int64_t value) { return std::to_string(value); };
  if (rows < 1 || inputs < 1)
    return error("weight is " + text(rows) + "x" + text(inputs) +
                 ", expected at least one row and one column");
  if (inputs > INT32_MAX)
    return error("weight has " + text(inputs) + " columns, expected at most " +
                 text(INT32_MAX));
  if (pattern.m != 2 && pattern.m != 4 && pattern.m != 8)
    return error("N:M is " + text(pattern.n) + ":" + text(pattern.m) +
                 ", expected M to be 2, 4 or 8");
  if (pattern.n < 1 || pattern.n > pattern.m)
    return error("N:M is " + text(pattern.n) + ":" + text(pattern.m) +
                 ", expected N from 1 to " + text(pattern.m));
  if (pattern.vector < 1)
    return error("vector size is " + text(pattern.vector) +
                 ", expected at least 1");
  if (pattern.columns < 1 || pattern.columns % pattern.m != 0)
    return error("kept columns are " + text(pattern.columns) +
                 ", expected a positive multiple of " + text(pattern.m));
  int64_t most = (inputs + pattern.m - 1) / pattern.m * pattern.m;
  if (pattern.columns > most)
    return error("kept columns are " + text(pattern.columns) +
                 ", expected at most " + text(most) + " for a weight with " +
                 text(inputs) + " columns");
  return std::nullopt;
}

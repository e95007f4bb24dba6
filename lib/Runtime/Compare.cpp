//===- Compare.cpp - errors and tolerances of results -----------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hinm/Runtime/Compare.h"

#include <algorithm>
#include <cmath>
#include <limits>

using namespace hinm::runtime;

/// Half the distance of neighbouring numbers, relative to them.
static double unitRoundoff(ElementType type) {
  switch (type) {
  case ElementType::BF16:
    return 0x1p-8;
  case ElementType::F16:
    return 0x1p-11;
  default:
    return 0x1p-24;
  }
}

double hinm::runtime::relativeTolerance(const EntrySpec &entry,
                                        ElementType output,
                                        ReferenceKind kind) {
  if (!isFloat(output))
    return 0;
  double operand = unitRoundoff(entry.operands);
  auto reduction = static_cast<double>(std::max<int64_t>(entry.reduction, 1));
  double tolerance = 2 * operand + 4 * reduction * 0x1p-24;
  if (kind == ReferenceKind::Exact)
    tolerance += 2 * operand * std::sqrt(reduction) / 4;
  return tolerance + 2 * unitRoundoff(output);
}

/// Infinities and NaNs are alike when they print alike.
static bool alike(double a, double b) {
  return std::isnan(a) ? std::isnan(b) : a == b;
}

/// The place of element `index`, such as [3, 17].
static std::string placeOf(size_t index, const Shape &shape) {
  std::string text;
  for (size_t i = shape.size(); i-- > 0;) {
    auto size = static_cast<size_t>(shape[i]);
    text = std::to_string(index % size) + (text.empty() ? "" : ", ") + text;
    index /= size;
  }
  return "[" + text + "]";
}

Comparison hinm::runtime::compare(const HostTensor &found,
                                  const HostTensor &expected,
                                  double tolerance) {
  Comparison result;
  result.tolerance = tolerance;
  if (found.shape() != expected.shape()) {
    result.message = concat("has shape ", describe(found.shape()),
                            ", expected ", describe(expected.shape()));
    return result;
  }
  double largest = 0;
  size_t worst = 0;
  auto at = [](const HostTensor &tensor, size_t i) {
    return elementAsDouble(tensor.type(), tensor.data(), i);
  };
  auto report = [&](size_t i) {
    return concat("at ", placeOf(i, found.shape()), ": found ", at(found, i),
                  ", expected ", at(expected, i));
  };
  for (size_t i = 0, e = static_cast<size_t>(found.count()); i != e; ++i) {
    double a = at(found, i), b = at(expected, i);
    if (!std::isfinite(a) || !std::isfinite(b)) {
      if (!alike(a, b) && result.message.empty())
        result.message = report(i);
      continue;
    }
    largest = std::max(largest, std::abs(b));
    if (std::abs(a - b) > result.absoluteError) {
      result.absoluteError = std::abs(a - b);
      worst = i;
    }
  }
  if (result.absoluteError != 0)
    result.relativeError = largest != 0
                               ? result.absoluteError / largest
                               : std::numeric_limits<double>::infinity();
  // f16 has no relative accuracy below its smallest normal number.
  double floor = found.type() == ElementType::F16 ? 0x1p-24 : 0;
  if (result.message.empty() &&
      result.absoluteError > tolerance * largest + floor)
    result.message = report(worst);
  result.passed = result.message.empty();
  return result;
}

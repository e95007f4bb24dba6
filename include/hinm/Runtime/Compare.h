//===- Compare.h - errors and tolerances of results -------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// How far a result may lie from a reference; docs/artifact.md ("Tolerances")
// derives the bounds.
//
//===----------------------------------------------------------------------===//

#ifndef HINM_RUNTIME_COMPARE_H
#define HINM_RUNTIME_COMPARE_H

#include "hinm/Runtime/HostTensor.h"
#include "hinm/Runtime/Manifest.h"

#include <string>

namespace hinm::runtime {

/// What a result is compared with.
enum class ReferenceKind {
  /// Another form of the same program: the same rounded operands, f32
  /// accumulation in another order.
  SameOperands,
  /// A computation in f32 or f64 from the unrounded operands.
  Exact
};

/// Largest permitted |found - expected| / max |expected| of an output of that
/// type; 0 for integers.
double relativeTolerance(const EntrySpec &entry, ElementType output,
                         ReferenceKind kind);

/// The outcome of a comparison.
struct Comparison {
  /// Largest |found - expected|, over the places where both are finite.
  double absoluteError = 0;
  /// The same divided by the largest finite |expected|; 0 when both are 0,
  /// infinity when only the latter is.
  double relativeError = 0;
  double tolerance = 0;
  bool passed = false;
  /// Why it failed: the place, what was found and what was expected.
  std::string message;
};

/// Compares two arrays of one shape; their element types may differ. Infinities
/// and NaNs must stand in the same places in both.
Comparison compare(const HostTensor &found, const HostTensor &expected,
                   double tolerance);

} // namespace hinm::runtime

#endif // HINM_RUNTIME_COMPARE_H

//===- Cholesky.h - factors of positive definite matrices -------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HINM_LIB_PERMUTATION_CHOLESKY_H
#define HINM_LIB_PERMUTATION_CHOLESKY_H

#include <cstdint>
#include <vector>

namespace hinm::permutation {

/// Overwrites the lower triangle of the n x n matrix `a` (row-major) with L, a
/// = L L^T. False where `a` is not positive definite.
bool cholesky(double *a, int64_t n, int threads = 1);

/// x becomes the solution of L L^T y = x.
void choleskySolve(const double *l, int64_t n, double *x);

/// Overwrites the lower triangle L with its inverse.
void invertLower(double *l, int64_t n);

/// (L L^T)^-1 in single precision, n x n.
std::vector<float> inverse(const double *l, int64_t n, int threads);

/// The diagonal of (L L^T)^-1.
std::vector<double> inverseDiagonal(const double *l, int64_t n, int threads);

} // namespace hinm::permutation

#endif // HINM_LIB_PERMUTATION_CHOLESKY_H

//===- Search.h - orders that keep the most saliency ------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Finds, for a weight and a pattern, the order of the rows (which rows share a
// tile) and the packing order of each tile's kept column vectors (which of them
// share a group of M), so that the pattern keeps as much saliency as possible.
// Source: Yu, Yi, Lee, Shin, arXiv 2407.20496 ("gyro-permutation").
//
//===----------------------------------------------------------------------===//

#ifndef HINM_PERMUTATION_SEARCH_H
#define HINM_PERMUTATION_SEARCH_H

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "hinm/Format/ArrayView.h"
#include "hinm/Format/Expected.h"
#include "hinm/Format/Pattern.h"

namespace hinm::permutation {

using format::ArrayView;
using format::Error;
using format::Expected;
using format::MatrixView;
using format::Pattern;

/// One vocabulary for the compiler, the command and Python.
enum class Strategy {
  /// Rows as they are, kept columns in ascending order.
  None,
  /// Rows as they are; packing order by the published input-channel search.
  Columns,
  /// Both published searches, output channels first.
  Gyro,
  /// Rows by simulated annealing, then the published input-channel search with
  /// three misses.
  Anneal,
};

/// "none", "columns", "gyro", "anneal".
const char *name(Strategy strategy);

/// Error: names what is known.
Expected<Strategy> parseStrategy(std::string_view text);

struct Options {
  Strategy strategy = Strategy::Columns;
  /// Same seed, same result, whatever the number of threads.
  uint64_t seed = 0;
  /// 0 or less: as many as the machine has.
  int threads = 0;
  /// A search (of a tile's columns; of the rows with one extraction size) ends
  /// after this many proposals in a row without a gain. At least 1.
  int misses = 1;
};

/// How the search went.
struct Statistics {
  double seconds = 0;
  double rowSeconds = 0;
  double columnSeconds = 0;
  /// Proposals tried and accepted.
  int64_t rowProposals = 0;
  int64_t rowAccepted = 0;
  int64_t columnProposals = 0;
  int64_t columnAccepted = 0;
};

struct Result {
  /// [O]: original row in each place of tile order.
  std::vector<int64_t> rowOrder;
  /// [T][K]: original column in each place of packing order; -1 holds nothing.
  std::vector<int32_t> vectorIndex;
  /// Saliency kept by this result, by the identity (rows as they are, best
  /// columns, ascending), and by an unstructured mask with as many entries
  /// (an upper bound); shares of the total in [0, 1], 1 where the total is 0.
  double retained = 1;
  double retainedIdentity = 1;
  double retainedBound = 1;
  Statistics statistics;
};

/// Searches orders for `weight` (O x I). `saliency` (O x I, finite, not
/// negative) stands in place of |w| where its data is not null.
/// Errors: a pattern that does not fit, a saliency of another shape, NaN,
/// infinity or a negative saliency (first one in row-major order).
Expected<Result> search(MatrixView weight, const Pattern &pattern,
                        const Options &options = {}, MatrixView saliency = {});

/// The share of `saliency` (its absolute values) that the pattern keeps under
/// the given orders (empty row order: identity), with the N largest of each
/// group kept.
double retainedSaliency(MatrixView saliency, const Pattern &pattern,
                        ArrayView<int64_t> rowOrder,
                        ArrayView<int32_t> vectorIndex);

/// The share that the `kept` entries with the largest absolute value hold.
double unstructuredBound(MatrixView saliency, int64_t kept);

} // namespace hinm::permutation

#endif // HINM_PERMUTATION_SEARCH_H

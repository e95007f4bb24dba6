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
#include <functional>
#include <optional>
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
  /// Rows sorted along their first principal component, then as `Anneal`.
  Pca,
  /// Rows as they are; packing order by the published input-channel search.
  Columns,
  /// Both published searches, output channels first.
  Gyro,
  /// Rows by simulated annealing, then the published input-channel search with
  /// three misses.
  Anneal,
  /// As `Anneal`, then rows and columns in turns by what is left after N:M:
  /// rows
  /// reassigned to the tiles as they are, columns exchanged and regrouped,
  /// under
  /// noise that cools down.
  Best,
};

/// "none", "pca", "columns", "gyro", "anneal", "best".
const char *name(Strategy strategy);

/// Error: names what is known.
Expected<Strategy> parseStrategy(std::string_view text);

/// What a search is doing.
struct Progress {
  /// "rows", "columns" or "polish".
  const char *stage;
  double seconds;
  /// Share of the saliency that the best orders so far keep.
  double retained;
};

struct Options {
  Strategy strategy = Strategy::Columns;
  /// Same seed, same result, whatever the number of threads.
  uint64_t seed = 0;
  /// 0 or less: as many as the machine has.
  int threads = 0;
  /// A search (of a tile's columns; of the rows with one extraction size) ends
  /// after this many proposals in a row without a gain. At least 1. `Pca`,
  /// `Anneal` and `Best` use at least 3 for columns.
  int misses = 1;
  /// Seconds. The search ends then with the best found so far; with time left
  /// over it runs again with other seeds and more proposals. 0: the start is
  /// returned. None: until the search ends by itself, which is deterministic.
  std::optional<double> timeBudget;
  /// Where the search begins: a permutation of the rows; empty: as they are.
  std::vector<int64_t> startOrder;
  /// Called from the calling thread after each stage. False: end with the best
  /// found so far.
  std::function<bool(const Progress &)> progress;
};

/// How the search went.
struct Statistics {
  double seconds = 0;
  double rowSeconds = 0;
  double columnSeconds = 0;
  double polishSeconds = 0;
  /// Proposals tried and accepted.
  int64_t rowProposals = 0;
  int64_t rowAccepted = 0;
  int64_t columnProposals = 0;
  int64_t columnAccepted = 0;
  /// Quality over time, one entry after each stage.
  std::vector<Progress> trace;
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
/// Errors: a pattern or a start order that does not fit, a saliency of another
/// shape, NaN, infinity or a negative saliency (first one in row-major order).
Expected<Result> search(MatrixView weight, const Pattern &pattern,
                        const Options &options = {}, MatrixView saliency = {});

/// The share of `saliency` (its absolute values) that the pattern keeps under
/// the given orders (empty row order: identity), with the N largest of each
/// group kept.
double retainedSaliency(MatrixView saliency, const Pattern &pattern,
                        ArrayView<int64_t> rowOrder,
                        ArrayView<int32_t> vectorIndex);

/// [O][I], in original order: 1 where the pattern keeps the entry under the given
/// orders (empty row order: identity), the N of each group with the largest
/// absolute `saliency`, the earlier one on a tie.
std::vector<uint8_t> supportMask(MatrixView saliency, const Pattern &pattern,
                                 ArrayView<int64_t> rowOrder,
                                 ArrayView<int32_t> vectorIndex);

/// The share that the `kept` entries with the largest absolute value hold.
double unstructuredBound(MatrixView saliency, int64_t kept);

} // namespace hinm::permutation

#endif // HINM_PERMUTATION_SEARCH_H

//===- Encode.cpp - what a pattern keeps, as stored -------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hinm/Format/Canonical.h"
#include "hinm/Format/Threads.h"

#include <cmath>
#include <mutex>

using namespace hinm::format;

static std::string text(int64_t value) { return std::to_string(value); }

namespace {
/// The first error in row-major order of the original matrix, found by several
/// threads.
class FirstError {
public:
  void report(Error error) {
    std::lock_guard<std::mutex> lock(mutex);
    if (!first || std::pair(error.row, error.column) <
                      std::pair(first->row, first->column))
      first = std::move(error);
  }
  std::optional<Error> first;

private:
  std::mutex mutex;
};
} // namespace

/// Below this many entries a thread costs more than it brings.
static int threadsFor(int64_t entries, int threads) {
  return entries < (1 << 16) ? 1 : threads;
}

static std::optional<Error> verifyInput(MatrixView weight,
                                        const Pattern &pattern,
                                        ArrayView<int64_t> rowOrder,
                                        ArrayView<int32_t> vectorIndex) {
  if (auto error = verify(pattern, weight.rows, weight.columns))
    return error;
  if (auto error = verifyRowOrder(rowOrder, weight.rows, pattern.vector))
    return error;
  if (auto error =
          verifyVectorIndex(vectorIndex, weight.rows, weight.columns, pattern))
    return error;
  return verifyFinite(weight, "weight");
}

void hinm::format::selectEntries(const float *group, const int32_t *channels,
                                 int64_t n, int64_t m, int64_t *positions) {
  assert(m <= 8 && "groups have at most 8 entries");
  // The rank of an entry is the number of entries that go before it.
  int64_t count = 0;
  for (int64_t p = 0; p < m; ++p) {
    int64_t rank = 0;
    for (int64_t q = 0; q < m; ++q) {
      float mine = std::fabs(group[p]), other = std::fabs(group[q]);
      bool mineHeld = channels[p] >= 0, otherHeld = channels[q] >= 0;
      bool before = mineHeld != otherHeld ? otherHeld
                    : other != mine       ? other > mine
                                          : q < p;
      rank += before && q != p;
    }
    if (rank < n)
      positions[count++] = p;
  }
  assert(count == n && "as many as are kept");
}

Expected<Canonical> hinm::format::encode(MatrixView weight,
                                         const Pattern &pattern,
                                         ArrayView<int64_t> rowOrder,
                                         ArrayView<int32_t> vectorIndex,
                                         ElementType type, int threads) {
  if (auto error = verifyInput(weight, pattern, rowOrder, vectorIndex))
    return *error;
  Canonical result;
  result.pattern = pattern;
  result.rows = weight.rows;
  result.inputs = weight.columns;
  result.type = type;
  result.vectorIndex.assign(vectorIndex.begin(), vectorIndex.end());
  int64_t perRow = pattern.valuesPerRow();
  int64_t bytesPerRow = pattern.metadataBytesPerRow();
  int64_t places = result.paddedRows();
  result.values.assign(static_cast<size_t>(places * perRow), 0);
  result.metadata.assign(static_cast<size_t>(places * bytesPerRow), 0);

  FirstError overflow;
  auto encodeRow = [&](int64_t place) {
    uint16_t *values = result.values.data() + place * perRow;
    uint8_t *metadata = result.metadata.data() + place * bytesPerRow;
    if (place >= weight.rows) {
      for (int64_t e = 0; e < perRow; ++e)
        writePosition(metadata, pattern, e, e % pattern.n);
      return;
    }
    int64_t original = rowOrder.empty() ? place : rowOrder[place];
    const float *row = weight.row(original);
    const int32_t *channels =
        vectorIndex.data() + place / pattern.vector * pattern.columns;
    float group[8];
    int64_t positions[8];
    for (int64_t g = 0; g < pattern.groups(); ++g, channels += pattern.m) {
      for (int64_t p = 0; p < pattern.m; ++p)
        group[p] = channels[p] < 0 ? 0 : row[channels[p]];
      selectEntries(group, channels, pattern.n, pattern.m, positions);
      for (int64_t i = 0; i < pattern.n; ++i) {
        int64_t entry = g * pattern.n + i;
        float value = group[positions[i]];
        values[entry] = fromFloat(value, type);
        writePosition(metadata, pattern, entry, positions[i]);
        if (isFinite(values[entry], type))
          continue;
        int64_t column = channels[positions[i]];
        Error error;
        error.message = "weight " + std::to_string(value) + " at row " +
                        text(original) + " column " + text(column) +
                        " overflows " + name(type);
        error.row = original;
        error.column = column;
        overflow.report(std::move(error));
      }
    }
  };
  parallelFor(result.tiles(), threadsFor(places * pattern.columns, threads),
              [&](int64_t tile) {
                for (int64_t v = 0; v < pattern.vector; ++v)
                  encodeRow(tile * pattern.vector + v);
              });
  if (overflow.first)
    return *overflow.first;
  return result;
}

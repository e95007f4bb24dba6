//===- Canonical.cpp - metadata entries and checks --------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hinm/Format/Canonical.h"

#include <cmath>
#include <cstring>

using namespace hinm::format;

static Error makeError(std::string message, int64_t row = -1,
                       int64_t column = -1) {
  Error error;
  error.message = std::move(message);
  error.row = row;
  error.column = column;
  return error;
}

static std::string text(int64_t value) { return std::to_string(value); }

//===----------------------------------------------------------------------===//
// Metadata
//===----------------------------------------------------------------------===//

void hinm::format::writePosition(uint8_t *row, const Pattern &pattern,
                                 int64_t entry, int64_t position) {
  int64_t bits = pattern.metadataBits();
  uint32_t code =
      pattern.m == 2 ? tf32Code(position) : static_cast<uint32_t>(position);
  int64_t first = entry * bits;
  code <<= first % 8;
  row[first / 8] |= static_cast<uint8_t>(code);
  if (first % 8 + bits > 8)
    row[first / 8 + 1] |= static_cast<uint8_t>(code >> 8);
}

int64_t hinm::format::readPosition(const uint8_t *row, const Pattern &pattern,
                                   int64_t entry) {
  int64_t bits = pattern.metadataBits();
  int64_t first = entry * bits;
  uint32_t code = row[first / 8];
  if (first % 8 + bits > 8)
    code |= static_cast<uint32_t>(row[first / 8 + 1]) << 8;
  code = code >> first % 8 & ((1u << bits) - 1);
  if (pattern.m != 2)
    return code;
  return code == tf32Code(0) ? 0 : code == tf32Code(1) ? 1 : -1;
}

int64_t Canonical::position(int64_t place, int64_t entry) const {
  return readPosition(metadata.data() + place * pattern.metadataBytesPerRow(),
                      pattern, entry);
}

bool Canonical::operator==(const Canonical &other) const {
  return pattern == other.pattern && rows == other.rows &&
         inputs == other.inputs && type == other.type &&
         values == other.values && metadata == other.metadata &&
         vectorIndex == other.vectorIndex;
}

//===----------------------------------------------------------------------===//
// Checks
//===----------------------------------------------------------------------===//

std::optional<Error> hinm::format::verifyRowOrder(ArrayView<int64_t> rowOrder,
                                                  int64_t rows,
                                                  int64_t vector) {
  if (rowOrder.empty())
    return std::nullopt;
  int64_t padded = (rows + vector - 1) / vector * vector;
  if (rowOrder.size() != rows && rowOrder.size() != padded)
    return makeError("row order has " + text(rowOrder.size()) +
                     " entries, expected " + text(rows) + " rows (or " +
                     text(padded) + " places with padding)");
  std::vector<bool> seen(static_cast<size_t>(rows), false);
  for (int64_t place = 0; place < rowOrder.size(); ++place) {
    int64_t row = rowOrder[place];
    if (place >= rows) {
      if (row != -1)
        return makeError("row order has " + text(row) + " in padding place " +
                         text(place) + ", expected -1");
      continue;
    }
    if (row < 0 || row >= rows)
      return makeError("row order has " + text(row) + " in place " +
                       text(place) + ", expected 0 to " + text(rows - 1));
    if (seen[static_cast<size_t>(row)])
      return makeError("row order names row " + text(row) +
                       " a second time in place " + text(place));
    seen[static_cast<size_t>(row)] = true;
  }
  return std::nullopt;
}

std::optional<Error>
hinm::format::verifyVectorIndex(ArrayView<int32_t> vectorIndex, int64_t rows,
                                int64_t inputs, const Pattern &pattern) {
  int64_t tiles = pattern.tiles(rows);
  if (vectorIndex.size() != tiles * pattern.columns)
    return makeError("vector index has " + text(vectorIndex.size()) +
                     " entries, expected " + text(tiles) + " tiles of " +
                     text(pattern.columns) + " columns");
  std::vector<int64_t> seenIn(static_cast<size_t>(inputs), -1);
  for (int64_t i = 0; i < vectorIndex.size(); ++i) {
    int64_t channel = vectorIndex[i];
    std::string where = " in tile " + text(i / pattern.columns) + " place " +
                        text(i % pattern.columns);
    if (channel < -1 || channel >= inputs)
      return makeError("vector index has " + text(channel) + where +
                       ", expected -1 to " + text(inputs - 1));
    if (channel < 0)
      continue;
    int64_t &tile = seenIn[static_cast<size_t>(channel)];
    if (tile == i / pattern.columns)
      return makeError("vector index names column " + text(channel) +
                       " a second time" + where);
    tile = i / pattern.columns;
  }
  return std::nullopt;
}

std::optional<Error> hinm::format::verify(const Canonical &canonical) {
  const Pattern &pattern = canonical.pattern;
  if (auto error = verify(pattern, canonical.rows, canonical.inputs))
    return error;
  auto checkSize = [](const char *what, size_t found,
                      int64_t expected) -> std::optional<Error> {
    if (static_cast<int64_t>(found) == expected)
      return std::nullopt;
    return makeError(std::string(what) + " have " +
                     text(static_cast<int64_t>(found)) + " entries, expected " +
                     text(expected));
  };
  int64_t places = canonical.paddedRows();
  if (auto error = checkSize("values", canonical.values.size(),
                             places * pattern.valuesPerRow()))
    return error;
  if (auto error = checkSize("metadata bytes", canonical.metadata.size(),
                             places * pattern.metadataBytesPerRow()))
    return error;
  if (auto error = verifyVectorIndex(canonical.vectorIndex, canonical.rows,
                                     canonical.inputs, pattern))
    return error;
  for (int64_t place = 0; place < places; ++place) {
    int64_t last = -1;
    for (int64_t e = 0; e < pattern.valuesPerRow(); ++e) {
      int64_t position = canonical.position(place, e);
      if (e % pattern.n == 0)
        last = -1;
      if (position <= last || position >= pattern.m)
        return makeError("metadata of row place " + text(place) + " entry " +
                         text(e) + " is position " + text(position) +
                         ", expected " + text(last + 1) + " to " +
                         text(pattern.m - 1));
      last = position;
    }
  }
  return std::nullopt;
}

std::optional<Error> hinm::format::verifyFinite(MatrixView matrix,
                                                const char *what) {
  for (int64_t r = 0; r < matrix.rows; ++r) {
    const float *row = matrix.row(r);
    // In integers, so that the compiler makes vector code of it.
    uint32_t special = 0;
    for (int64_t c = 0; c < matrix.columns; ++c) {
      uint32_t bits;
      std::memcpy(&bits, row + c, sizeof bits);
      special |= (bits & 0x7f800000u) == 0x7f800000u;
    }
    if (!special)
      continue;
    for (int64_t c = 0; c < matrix.columns; ++c)
      if (!std::isfinite(row[c]))
        return makeError(std::string(what) + " is " +
                             (std::isnan(row[c]) ? "NaN" : "infinite") +
                             " at row " + text(r) + " column " + text(c) +
                             ", expected a finite number",
                         r, c);
  }
  return std::nullopt;
}

//===- FragmentStream.cpp - packing for mma.sp m16n8k32 ---------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hinm/Format/FragmentStream.h"
#include "hinm/Format/Threads.h"

#include <algorithm>

using namespace hinm::format;

static Error makeError(std::string message) {
  Error error;
  error.message = std::move(message);
  return error;
}

static std::string text(int64_t value) { return std::to_string(value); }

std::optional<Error> hinm::format::verifyFragmentStream(const Pattern &pattern,
                                                        int64_t lookahead) {
  if (pattern.n != 2 || pattern.m != 4)
    return makeError("N:M is " + text(pattern.n) + ":" + text(pattern.m) +
                     ", expected 2:4 for the fragment stream");
  if (pattern.vector < 32 || pattern.vector % 32 != 0)
    return makeError("vector size is " + text(pattern.vector) +
                     ", expected a multiple of 32 for the fragment stream");
  if (pattern.columns < 4 || pattern.columns % 4 != 0)
    return makeError("kept columns are " + text(pattern.columns) +
                     ", expected a positive multiple of 4");
  if (lookahead < 0)
    return makeError("lookahead is " + text(lookahead) +
                     ", expected at least 0");
  return std::nullopt;
}

FragmentStreamLayout hinm::format::fragmentStreamLayout(const Pattern &pattern,
                                                        int64_t lookahead) {
  FragmentStreamLayout layout;
  layout.vector = pattern.vector;
  layout.columns = pattern.columns;
  layout.lookahead = lookahead;
  return layout;
}

//===----------------------------------------------------------------------===//
// Little-endian integers at any address
//===----------------------------------------------------------------------===//

static void store16(uint8_t *at, uint16_t value) {
  at[0] = static_cast<uint8_t>(value);
  at[1] = static_cast<uint8_t>(value >> 8);
}

static void store32(uint8_t *at, uint32_t value) {
  store16(at, static_cast<uint16_t>(value));
  store16(at + 2, static_cast<uint16_t>(value >> 16));
}

static uint16_t load16(const uint8_t *at) {
  return static_cast<uint16_t>(at[0] | at[1] << 8);
}

static uint32_t load32(const uint8_t *at) {
  return load16(at) | static_cast<uint32_t>(load16(at + 2)) << 16;
}

//===----------------------------------------------------------------------===//
// The places of the instruction's operands
//===----------------------------------------------------------------------===//

/// Positions 0 and 1 in each of four groups: what padding holds.
static constexpr uint16_t emptyMetadata = 0x4444;

/// Row of the fragment that register half `i` (a0..a7) of `lane` belongs to.
static int64_t registerRow(int64_t lane, int64_t i) {
  return lane / 4 + (i & 2 ? 8 : 0);
}

/// Its stored column, of the 16 that an instruction's depth of 32 has.
static int64_t registerColumn(int64_t lane, int64_t i) {
  return 2 * (lane % 4) + (i & 1) + (i & 4 ? 8 : 0);
}

namespace {
/// The 16 bits of metadata that a lane has for one row: a fragment's row and
/// the 16 dense columns that they are about.
struct MetadataPlace {
  int64_t fragment;
  int64_t row;
  /// Which 16 of the 32 dense columns.
  int64_t quarter;
};
} // namespace

/// `upper`: bits 31:16 of the word.
static MetadataPlace metadataPlace(int64_t pair, int64_t lane, bool upper) {
  return {2 * pair + lane % 4 / 2, lane / 4 + (upper ? 8 : 0), lane % 2};
}

/// Offset in a tile's stream of the index of packed column `k` (also padding,
/// up to 64 * S).
static int64_t indexPlace(const FragmentStreamLayout &layout, int64_t k) {
  int64_t step = k / layout.stepDepth;
  int64_t within = k % layout.stepDepth * 4;
  if (step < layout.lookahead)
    return layout.headerOffset(step) + within;
  return layout.stepOffset(step - layout.lookahead) + layout.indexOffset() +
         within;
}

//===----------------------------------------------------------------------===//
// Packing
//===----------------------------------------------------------------------===//

/// The 16 bits of `place` (a row of the matrix) that begin at dense packed
/// column `k`; a canonical row stores them as two bytes, and may end in them.
static uint16_t metadataBits(const Canonical &matrix, int64_t place,
                             int64_t k) {
  int64_t columns = matrix.pattern.columns;
  int64_t bytes = matrix.pattern.metadataBytesPerRow();
  const uint8_t *row = matrix.metadata.data() + place * bytes;
  uint16_t bits = emptyMetadata;
  for (int64_t group = 0; group < 4 && k + 4 * group < columns; ++group) {
    int64_t index = k / 4 + group;
    uint16_t two = row[index / 2] >> (index % 2 * 4) & 0xf;
    bits =
        static_cast<uint16_t>((bits & ~(0xf << 4 * group)) | two << 4 * group);
  }
  return bits;
}

static void packTile(const Canonical &matrix,
                     const FragmentStreamLayout &layout, int64_t tile,
                     uint8_t *out) {
  const Pattern &pattern = matrix.pattern;
  int64_t stored = pattern.valuesPerRow();
  int64_t firstRow = tile * pattern.vector;
  const int32_t *index = matrix.vectorIndex.data() + tile * pattern.columns;
  // No place of the stream is left out, whatever the caller's memory held.
  std::fill(out, out + layout.tileBytes(), uint8_t(0xff));

  for (int64_t k = 0; k < layout.steps() * layout.stepDepth; ++k)
    store32(out + indexPlace(layout, k),
            static_cast<uint32_t>(k < pattern.columns ? index[k] : -1));

  for (int64_t step = 0; step < layout.steps(); ++step) {
    uint8_t *block = out + layout.stepOffset(step);
    for (int64_t half = 0; half < layout.halves; ++half) {
      int64_t dense = step * layout.stepDepth + half * layout.halfDepth;
      for (int64_t fragment = 0; fragment < layout.fragments(); ++fragment)
        for (int64_t lane = 0; lane < layout.lanes; ++lane) {
          uint8_t *at = block + layout.valueOffset(half, fragment, lane);
          for (int64_t i = 0; i < 8; ++i, at += 2) {
            int64_t row = firstRow + fragment * layout.fragmentRows +
                          registerRow(lane, i);
            int64_t column = dense / 2 + registerColumn(lane, i);
            store16(
                at,
                column < stored
                    ? matrix.values[static_cast<size_t>(row * stored + column)]
                    : 0);
          }
        }
      for (int64_t pair = 0; pair < layout.fragments() / 2; ++pair)
        for (int64_t lane = 0; lane < layout.lanes; ++lane)
          for (int upper = 0; upper < 2; ++upper) {
            MetadataPlace place = metadataPlace(pair, lane, upper);
            store16(block + layout.metadataOffset(pair, lane, half) + 2 * upper,
                    metadataBits(matrix,
                                 firstRow +
                                     place.fragment * layout.fragmentRows +
                                     place.row,
                                 dense + 16 * place.quarter));
          }
    }
  }
}

Expected<std::vector<uint8_t>>
hinm::format::packFragmentStream(const Canonical &canonical, int64_t lookahead,
                                 int threads) {
  if (auto error = verifyFragmentStream(canonical.pattern, lookahead))
    return *error;
  if (auto error = verify(canonical))
    return *error;
  FragmentStreamLayout layout =
      fragmentStreamLayout(canonical.pattern, lookahead);
  std::vector<uint8_t> stream(
      static_cast<size_t>(canonical.tiles() * layout.tileBytes()));
  if (stream.size() < (1 << 17))
    threads = 1;
  parallelFor(canonical.tiles(), threads, [&](int64_t tile) {
    packTile(canonical, layout, tile,
             stream.data() + tile * layout.tileBytes());
  });
  return stream;
}

//===----------------------------------------------------------------------===//
// Unpacking
//===----------------------------------------------------------------------===//

/// Reads one tile; returns what is wrong with its padding, or nothing.
static std::string unpackTile(const uint8_t *in,
                              const FragmentStreamLayout &layout, int64_t tile,
                              Canonical &matrix) {
  const Pattern &pattern = matrix.pattern;
  int64_t stored = pattern.valuesPerRow();
  int64_t firstRow = tile * pattern.vector;
  std::string wrong;

  int64_t steps = layout.steps();
  for (int64_t k = 0; k < (steps + layout.lookahead) * layout.stepDepth; ++k) {
    auto channel = static_cast<int32_t>(load32(in + indexPlace(layout, k)));
    if (k < pattern.columns)
      matrix.vectorIndex[static_cast<size_t>(tile * pattern.columns + k)] =
          channel;
    else if (channel != -1)
      wrong = "index " + text(channel) + " of padding column " + text(k);
  }

  for (int64_t step = 0; step < steps; ++step) {
    const uint8_t *block = in + layout.stepOffset(step);
    for (int64_t half = 0; half < layout.halves; ++half) {
      int64_t dense = step * layout.stepDepth + half * layout.halfDepth;
      for (int64_t fragment = 0; fragment < layout.fragments(); ++fragment)
        for (int64_t lane = 0; lane < layout.lanes; ++lane) {
          const uint8_t *at = block + layout.valueOffset(half, fragment, lane);
          for (int64_t i = 0; i < 8; ++i, at += 2) {
            int64_t row = firstRow + fragment * layout.fragmentRows +
                          registerRow(lane, i);
            int64_t column = dense / 2 + registerColumn(lane, i);
            uint16_t value = load16(at);
            if (column < stored)
              matrix.values[static_cast<size_t>(row * stored + column)] = value;
            else if (value != 0)
              wrong = "value bits " + text(value) + " in padding column " +
                      text(column);
          }
        }
      for (int64_t pair = 0; pair < layout.fragments() / 2; ++pair)
        for (int64_t lane = 0; lane < layout.lanes; ++lane)
          for (int upper = 0; upper < 2; ++upper) {
            MetadataPlace place = metadataPlace(pair, lane, upper);
            uint16_t bits = load16(
                block + layout.metadataOffset(pair, lane, half) + 2 * upper);
            uint8_t *row =
                matrix.metadata.data() +
                (firstRow + place.fragment * layout.fragmentRows + place.row) *
                    pattern.metadataBytesPerRow();
            int64_t firstGroup = (dense + 16 * place.quarter) / 4;
            for (int64_t group = 0; group < 4; ++group) {
              int two = bits >> 4 * group & 0xf;
              int64_t index = firstGroup + group;
              if (index < pattern.groups())
                row[index / 2] |= static_cast<uint8_t>(two << index % 2 * 4);
              else if (two != (emptyMetadata & 0xf))
                wrong = "metadata bits " + text(two) + " in padding group " +
                        text(index);
            }
          }
    }
  }
  return wrong;
}

Expected<Canonical> hinm::format::unpackFragmentStream(
    ArrayView<uint8_t> stream, const Pattern &pattern, int64_t rows,
    int64_t inputs, ElementType type, int64_t lookahead, int threads) {
  if (auto error = verify(pattern, rows, inputs))
    return *error;
  if (auto error = verifyFragmentStream(pattern, lookahead))
    return *error;
  FragmentStreamLayout layout = fragmentStreamLayout(pattern, lookahead);
  Canonical matrix;
  matrix.pattern = pattern;
  matrix.rows = rows;
  matrix.inputs = inputs;
  matrix.type = type;
  if (stream.size() != matrix.tiles() * layout.tileBytes())
    return makeError("fragment stream has " + text(stream.size()) +
                     " bytes, expected " + text(matrix.tiles()) + " tiles of " +
                     text(layout.tileBytes()));
  int64_t places = matrix.paddedRows();
  matrix.values.resize(static_cast<size_t>(places * pattern.valuesPerRow()));
  matrix.metadata.assign(
      static_cast<size_t>(places * pattern.metadataBytesPerRow()), 0);
  matrix.vectorIndex.resize(
      static_cast<size_t>(matrix.tiles() * pattern.columns));
  std::vector<std::string> wrong(static_cast<size_t>(matrix.tiles()));
  if (stream.size() < (1 << 17))
    threads = 1;
  parallelFor(matrix.tiles(), threads, [&](int64_t tile) {
    wrong[static_cast<size_t>(tile)] = unpackTile(
        stream.data() + tile * layout.tileBytes(), layout, tile, matrix);
  });
  for (int64_t tile = 0; tile < matrix.tiles(); ++tile)
    if (!wrong[static_cast<size_t>(tile)].empty())
      return makeError("fragment stream has " +
                       wrong[static_cast<size_t>(tile)] + " of tile " +
                       text(tile) + ", expected it to be empty");
  if (auto error = verify(matrix))
    return *error;
  return matrix;
}

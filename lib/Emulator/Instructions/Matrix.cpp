//===- Matrix.cpp - matrices between shared memory and registers *- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// PTX ISA 9.7.14.5: ldmatrix, stmatrix, movmatrix. A matrix is 8 rows of 16
// bytes; lane 8 m + r gives the address of row r of matrix m. Thread l holds
// elements 2 (l % 4) and 2 (l % 4) + 1 of row l / 4 (of column l / 4 with
// `.trans`).
//
//===----------------------------------------------------------------------===//

#include "Execute/Access.h"
#include "Families.h"
#include "Lanes.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace hinm::emulator::HINM_LANES {

Space takeSpace(Instr &in);

namespace {

#ifdef __SSE2__
inline __m128i loadRow(const uint8_t *row) {
  return _mm_loadu_si128(reinterpret_cast<const __m128i *>(row));
}
#endif

/// Rows of one matrix to its fragment.
void spread(const uint8_t *const *rows, bool trans, uint32_t *fragment) {
  if (!trans) {
    for (unsigned r = 0; r < 8; ++r)
      __builtin_memcpy(fragment + 4 * r, rows[r], 16);
    return;
  }
#ifdef __SSE2__
  // Pairs of rows side by side, then a 4 x 4 transpose of the pairs.
  __m128i pairs[2][4];
  for (unsigned q = 0; q < 4; ++q) {
    __m128i even = loadRow(rows[2 * q]), odd = loadRow(rows[2 * q + 1]);
    pairs[0][q] = _mm_unpacklo_epi16(even, odd);
    pairs[1][q] = _mm_unpackhi_epi16(even, odd);
  }
  for (unsigned h = 0; h < 2; ++h) {
    __m128i a = _mm_unpacklo_epi32(pairs[h][0], pairs[h][1]);
    __m128i b = _mm_unpackhi_epi32(pairs[h][0], pairs[h][1]);
    __m128i c = _mm_unpacklo_epi32(pairs[h][2], pairs[h][3]);
    __m128i d = _mm_unpackhi_epi32(pairs[h][2], pairs[h][3]);
    auto *out = reinterpret_cast<__m128i *>(fragment + 16 * h);
    _mm_storeu_si128(out, _mm_unpacklo_epi64(a, c));
    _mm_storeu_si128(out + 1, _mm_unpackhi_epi64(a, c));
    _mm_storeu_si128(out + 2, _mm_unpacklo_epi64(b, d));
    _mm_storeu_si128(out + 3, _mm_unpackhi_epi64(b, d));
  }
#else
  uint16_t elements[8][8];
  for (unsigned r = 0; r < 8; ++r)
    __builtin_memcpy(elements[r], rows[r], 16);
  for (unsigned l = 0; l < kWarpSize; ++l) {
    unsigned k = 2 * (l % 4), n = l / 4;
    fragment[l] = elements[k][n] | uint32_t(elements[k + 1][n]) << 16;
  }
#endif
}

/// op.a: matrices; the slot behind them is the address. imm: its offset.
template <bool Trans>
void loadMatrix(Warp &warp, const Op &op) {
  unsigned count = op.a;
  uint64_t address[kWarpSize];
  laneAddresses(warp, op, count, address);
  if ((address[0] & kWindowMask) == kSharedWindow)
    for (uint64_t &a : address)
      a &= ~kWindowMask;
  uint32_t lanes = count == 4 ? ~0u : (1u << 8 * count) - 1;
  LanePointers at;
  if (!sharedPointers(warp, op, address, lanes, 16, Access::Read, true, at))
    return;
  for (unsigned m = 0; m < count; ++m)
    spread(at.at + 8 * m, Trans, warp.at<uint32_t>(op.o[m]));
}

/// o: address, then the fragments.
template <bool Trans>
void storeMatrix(Warp &warp, const Op &op) {
  unsigned count = op.a;
  uint64_t address[kWarpSize];
  laneAddresses(warp, op, 0, address);
  if ((address[0] & kWindowMask) == kSharedWindow)
    for (uint64_t &a : address)
      a &= ~kWindowMask;
  uint32_t lanes = count == 4 ? ~0u : (1u << 8 * count) - 1;
  alignas(16) uint8_t rows[kWarpSize][16];
  for (unsigned m = 0; m < count; ++m) {
    const uint32_t *fragment = warp.at<uint32_t>(op.o[1 + m]);
    for (unsigned l = 0; l < kWarpSize; ++l)
      for (unsigned e = 0; e < 2; ++e) {
        unsigned row = Trans ? 2 * (l % 4) + e : l / 4;
        unsigned column = Trans ? l / 4 : 2 * (l % 4) + e;
        uint16_t value = uint16_t(fragment[l] >> 16 * e);
        __builtin_memcpy(rows[8 * m + row] + 2 * column, &value, 2);
      }
  }
  LanePointers at;
  if (!sharedPointers(warp, op, address, lanes, 16, Access::Write, true, at,
                      rows))
    return;
  for (unsigned r = 0; r < 8 * count; ++r)
    __builtin_memcpy(at.at[r], rows[r], 16);
}

void transposeMatrix(Warp &warp, const Op &op) {
  uint16_t elements[8][8];
  __builtin_memcpy(elements, warp.at<uint32_t>(op.o[1]), sizeof elements);
  uint32_t *d = warp.at<uint32_t>(op.o[0]);
  for (unsigned l = 0; l < kWarpSize; ++l) {
    unsigned k = 2 * (l % 4), n = l / 4;
    d[l] = elements[k][n] | uint32_t(elements[k + 1][n]) << 16;
  }
}

bool decodeMatrixMemory(Instr &in, bool isStore) {
  static const char *const counts[] = {"x1", "x2", "x4", nullptr};
  if (!in.has("sync") || !in.has("aligned"))
    return in.fail("'.sync.aligned' is needed");
  if (!in.has("m8n8"))
    return in.unsupported();
  int number = in.oneOf(counts);
  if (number < 0)
    return in.fail("'.x1', '.x2' or '.x4' is needed");
  bool trans = in.has("trans");
  Space space = takeSpace(in);
  if ((space != Space::Shared && space != Space::Generic) ||
      in.type() != Type::B16)
    return in.unsupported();
  unsigned count = 1u << number;
  in.op.a = count;
  in.op.flow = Flow::Sync;
  in.touchesShared(16);
  if (!in.expectOperands(2, 2))
    return false;
  if (isStore)
    return in.address(0, space) && in.sourceVector(1, Type::B32, count) &&
           in.finish(trans ? storeMatrix<true> : storeMatrix<false>,
                     InstructionClass::Ldmatrix);
  return in.resultVector(0, Type::B32, count) && in.address(1, space) &&
         in.finish(trans ? loadMatrix<true> : loadMatrix<false>,
                   InstructionClass::Ldmatrix);
}

bool decodeMoveMatrix(Instr &in) {
  if (!in.has("sync") || !in.has("aligned") || !in.has("m8n8") ||
      !in.has("trans") || in.type() != Type::B16)
    return in.unsupported();
  in.op.flow = Flow::Sync;
  return in.expectOperands(2, 2) && in.result(0, Type::B32) &&
         in.source(1, Type::B32) &&
         in.finish(transposeMatrix, InstructionClass::Warp);
}

} // namespace

const InstructionRow *matrixInstructions() {
  static const InstructionRow rows[] = {
      {"ldmatrix", [](Instr &in) { return decodeMatrixMemory(in, false); }},
      {"stmatrix", [](Instr &in) { return decodeMatrixMemory(in, true); }},
      {"movmatrix", decodeMoveMatrix},
      {nullptr, nullptr},
  };
  return rows;
}

} // namespace hinm::emulator::HINM_LANES

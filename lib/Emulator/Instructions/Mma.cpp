//===- Mma.cpp - matrix multiply-accumulate ---------------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// PTX ISA 9.7.14.5 (mma) and 9.7.14.6 (mma.sp). One description serves all
// shapes with 16 rows and 8 columns. With E elements to a 32-bit register,
// lane l = 4 g + q:
//   A, register r: rows g + 8 (r % 2), columns 4 E (r / 2) + E q + e
//   B, register r: rows 4 E r + E q + e, column g
//   C, D: rows g + 8 i, columns 2 q and 2 q + 1
// A sparse A holds the kept elements of each row in the same way.
//
// Order of accumulation: for every element of D, the products are added to C
// one after the other in rising k, each step a fused multiply-add rounded to
// single precision (products are exact); f16 results are rounded once, at the
// end. Hardware adds in an order and a precision of its own.
//
// Metadata: a group of positions takes 4 bits; a lane's word holds four groups
// of row g in bits 15:0 and of row g + 8 in bits 31:16. The lanes of a quad
// that contribute are those with q in [selector n, selector n + n), n being a
// quarter of the groups in a row, in rising k.
//
//===----------------------------------------------------------------------===//

#include "Execute/Cta.h"
#include "Families.h"
#include "Fragments.h"

namespace hinm::emulator::HINM_LANES {
namespace {

constexpr unsigned kRows = 16, kColumns = 8;
constexpr unsigned kMostDepth = 64;

struct Shape {
  uint8_t aRegisters, bRegisters, cRegisters;
  uint8_t elements; // to a register of A and B
  uint8_t cIsHalf;  // C and D are packed halves
  uint8_t metadata; // contributing lanes of a quad; 0: dense
  uint8_t selector;
  uint8_t flags;
};
enum : uint8_t { kOrdered = 1, kASigned = 2, kBSigned = 4, kSaturate = 8 };
static_assert(sizeof(Shape) == 8, "must fit op.imm");

/// The same, turned round: out[k * 8 + g].
inline void transposeBlock(const float *in, unsigned columns, float *out) {
#ifdef __AVX2__
  if (columns == 8) {
    __m256 r[8], t[8];
    for (unsigned i = 0; i < 8; ++i)
      r[i] = _mm256_loadu_ps(in + 8 * i);
    for (unsigned i = 0; i < 8; i += 2) {
      t[i] = _mm256_unpacklo_ps(r[i], r[i + 1]);
      t[i + 1] = _mm256_unpackhi_ps(r[i], r[i + 1]);
    }
    for (unsigned i = 0; i < 8; i += 4) {
      r[i] = _mm256_shuffle_ps(t[i], t[i + 2], 0x44);
      r[i + 1] = _mm256_shuffle_ps(t[i], t[i + 2], 0xee);
      r[i + 2] = _mm256_shuffle_ps(t[i + 1], t[i + 3], 0x44);
      r[i + 3] = _mm256_shuffle_ps(t[i + 1], t[i + 3], 0xee);
    }
    for (unsigned i = 0; i < 4; ++i) {
      _mm256_storeu_ps(out + 8 * i,
                       _mm256_permute2f128_ps(r[i], r[i + 4], 0x20));
      _mm256_storeu_ps(out + 8 * (i + 4),
                       _mm256_permute2f128_ps(r[i], r[i + 4], 0x31));
    }
    return;
  }
#endif
  for (unsigned k = 0; k < columns; ++k)
    for (unsigned g = 0; g < 8; ++g)
      out[k * 8 + g] = in[g * columns + k];
}

struct Accumulator {
  alignas(32) float at[kRows][kColumns];
};

// Row g of C is the lanes 4 g to 4 g + 3: the two registers interleaved.
void loadC(Warp &warp, const uint32_t *slots, const Shape &shape,
           Accumulator &c) {
  for (unsigned i = 0; i < 2; ++i) {
    float *rows = c.at[8 * i];
    if (shape.cIsHalf) {
      unpackBlock<Halves>(warp.at<uint32_t>(slots[i]), rows, kColumns);
      continue;
    }
    const float *even = warp.at<float>(slots[2 * i]);
    const float *odd = warp.at<float>(slots[2 * i + 1]);
    for (unsigned l = 0; l < kWarpSize; ++l) {
      rows[2 * l] = even[l];
      rows[2 * l + 1] = odd[l];
    }
  }
}

void storeD(Warp &warp, const uint32_t *slots, const Shape &shape,
            const Accumulator &d) {
  for (unsigned i = 0; i < 2; ++i) {
    const float *rows = d.at[8 * i];
    if (shape.cIsHalf) {
      uint32_t *pairs = warp.at<uint32_t>(slots[i]);
      for (unsigned l = 0; l < kWarpSize; ++l)
        pairs[l] = floatToHalf(rows[2 * l]) |
                   uint32_t(floatToHalf(rows[2 * l + 1])) << 16;
      continue;
    }
    float *even = warp.at<float>(slots[2 * i]);
    float *odd = warp.at<float>(slots[2 * i + 1]);
#pragma GCC ivdep
    for (unsigned l = 0; l < kWarpSize; ++l) {
      even[l] = canonical(rows[2 * l]);
      odd[l] = canonical(rows[2 * l + 1]);
    }
  }
}

/// acc[row][*] += sum over j of a[row][j] * b[k(row, j)][*]. Rows are
/// independent; several go side by side.
template <typename Index>
inline void multiply(const float *a, unsigned depth, const float *b,
                     Accumulator &acc, Index index) {
  constexpr unsigned together = 8;
  for (unsigned first = 0; first < kRows; first += together) {
#ifdef __FMA__
    __m256 sum[together];
#pragma GCC unroll 8
    for (unsigned r = 0; r < together; ++r)
      sum[r] = _mm256_load_ps(acc.at[first + r]);
    for (unsigned j = 0; j < depth; ++j)
#pragma GCC unroll 8
      for (unsigned r = 0; r < together; ++r)
        sum[r] = _mm256_fmadd_ps(
            _mm256_broadcast_ss(a + (first + r) * depth + j),
            _mm256_load_ps(b + index(first + r, j) * kColumns), sum[r]);
#pragma GCC unroll 8
    for (unsigned r = 0; r < together; ++r)
      _mm256_store_ps(acc.at[first + r], sum[r]);
#else
    for (unsigned row = first; row < first + together; ++row)
      for (unsigned j = 0; j < depth; ++j) {
        float left = a[row * depth + j];
        const float *right = b + index(row, j) * kColumns;
        for (unsigned n = 0; n < kColumns; ++n)
          acc.at[row][n] = __builtin_fmaf(left, right[n], acc.at[row][n]);
      }
#endif
  }
}

/// The positions that a byte of metadata, two groups of 2:4, stands for, and
/// whether they are legal as plain and as ordered metadata.
struct TwoGroups {
  uint8_t position[4];
  bool plain, ordered;
};
struct TwoGroupsTable {
  TwoGroups at[256];
  constexpr TwoGroupsTable() : at() {
    for (unsigned byte = 0; byte < 256; ++byte) {
      TwoGroups &entry = at[byte];
      entry.plain = entry.ordered = true;
      for (unsigned g = 0; g < 2; ++g) {
        unsigned first = byte >> 4 * g & 3, second = byte >> (4 * g + 2) & 3;
        entry.position[2 * g] = uint8_t(4 * g + first);
        entry.position[2 * g + 1] = uint8_t(4 * g + second);
        entry.plain = entry.plain && first != second;
        entry.ordered = entry.ordered && first < second;
      }
    }
  }
};
constexpr TwoGroupsTable twoGroups;

bool decodeWords(Warp &warp, const Op &op, const Shape &shape,
                 const uint32_t *words, unsigned group,
                 uint8_t (*position)[kMostDepth / 2]) {
  unsigned lanes = shape.metadata;
  bool checks = warp.cta->checks.metadata;
  if (group == 4) {
    bool legal = true;
    for (unsigned g = 0; g < 8; ++g)
      for (unsigned j = 0; j < lanes; ++j) {
        uint32_t word = words[4 * g + shape.selector * lanes + j];
        for (unsigned i = 0; i < 4; ++i) {
          const TwoGroups &entry = twoGroups.at[word >> 8 * i & 255];
          unsigned pair = 2 * j + (i & 1);
          uint32_t bytes;
          __builtin_memcpy(&bytes, entry.position, 4);
          bytes += 0x08080808u * pair;
          __builtin_memcpy(position[g + 8 * (i / 2)] + 4 * pair, &bytes, 4);
          legal &= shape.flags & kOrdered ? entry.ordered : entry.plain;
        }
      }
    if (legal || !checks)
      return true;
  }
  for (unsigned g = 0; g < 8; ++g)
    for (unsigned j = 0; j < lanes; ++j) {
      unsigned lane = 4 * g + shape.selector * lanes + j;
      for (unsigned half = 0; half < 2; ++half)
        for (unsigned i = 0; i < 4; ++i) {
          unsigned code = words[lane] >> (16 * half + 4 * i) & 15;
          unsigned row = g + 8 * half, number = 4 * j + i;
          if (group == 2) {
            if (code != 4 && code != 14) {
              if (checks) {
                warp.cta->fail(
                    warp, op, int(lane),
                    format("metadata of row %u, group %u is 0x%x: a 1:2 code "
                           "must be 0x4 or 0xe",
                           row, number, code));
                return false;
              }
            }
            position[row][number] = uint8_t(2 * number + (code >> 3));
            continue;
          }
          unsigned first = code & 3, second = code >> 2;
          bool legal =
              shape.flags & kOrdered ? first < second : first != second;
          if (!legal && checks) {
            warp.cta->fail(
                warp, op, int(lane),
                format("metadata of row %u, group %u names positions %u and "
                       "%u: they must be %s",
                       row, number, first, second,
                       shape.flags & kOrdered ? "rising" : "different"));
            return false;
          }
          position[row][2 * number] = uint8_t(4 * number + first);
          position[row][2 * number + 1] = uint8_t(4 * number + second);
        }
    }
  return true;
}

/// The positions of the kept elements of every row; false when they are not
/// legal. `group` is 4 with two kept, or 2 with one (codes of 4 bits).
bool decodeMetadata(Warp &warp, const Op &op, const Shape &shape,
                    const uint32_t *words, unsigned group) {
  DecodedMetadata &decoded = warp.cta->metadata;
  if (decoded.form == op.imm &&
      __builtin_memcmp(decoded.words, words, sizeof decoded.words) == 0)
    return true;
  decoded.form = 0;
  auto *position = decoded.position;
  if (!decodeWords(warp, op, shape, words, group, position))
    return false;
  __builtin_memcpy(decoded.words, words, sizeof decoded.words);
  decoded.form = op.imm;
  return true;
}

/// o: D, A, B, C [, metadata].
template <typename Format, typename FormatB = Format>
void multiplyFloat(Warp &warp, const Op &op) {
  Shape shape = bitCast<Shape>(op.imm);
  constexpr unsigned block = 4 * Format::elements;
  unsigned aDepth = shape.aRegisters / 2 * block;
  const uint32_t *slots = op.o + shape.cRegisters;
  alignas(32) float a[kRows * kMostDepth], b[kMostDepth * kColumns];
  for (unsigned r = 0; r < shape.aRegisters; ++r)
    unpackBlock<Format>(warp.at<uint32_t>(slots[r]),
                        a + 8 * (r % 2) * aDepth + r / 2 * block, aDepth);
  slots += shape.aRegisters;
  for (unsigned r = 0; r < shape.bRegisters; ++r) {
    alignas(32) float rows[8 * block];
    unpackBlock<FormatB>(warp.at<uint32_t>(slots[r]), rows, block);
    transposeBlock(rows, block, b + r * block * kColumns);
  }
  slots += shape.bRegisters;
  Accumulator acc;
  loadC(warp, slots, shape, acc);
  if (shape.metadata) {
    if (!decodeMetadata(warp, op, shape,
                        warp.at<uint32_t>(slots[shape.cRegisters]),
                        Format::elements == 1 ? 2 : 4))
      return;
    const auto *position = warp.cta->metadata.position;
    multiply(a, aDepth, b, acc, [&](unsigned row, unsigned j) {
      return unsigned(position[row][j]);
    });
  } else {
    multiply(a, aDepth, b, acc, [](unsigned, unsigned j) { return j; });
  }
  storeD(warp, op.o, shape, acc);
  TensorKind kind = Format::elements == 1   ? TensorKind::Tf32
                    : Format::elements == 4 ? TensorKind::Byte
                    : shape.cIsHalf         ? TensorKind::HalfToHalf
                                            : TensorKind::Half;
  warp.cta->sums.addTensorWork(kind, uint64_t(kRows) * kColumns * aDepth,
                               shape.metadata);
}

/// 8-bit integers; `Rows` is 16, or 8 for m8n8k16.
template <unsigned Rows>
void multiplyInteger(Warp &warp, const Op &op) {
  Shape shape = bitCast<Shape>(op.imm);
  constexpr unsigned blocks = Rows / 8;
  unsigned aDepth = shape.aRegisters / blocks * 16;
  const uint32_t *slots = op.o + shape.cRegisters;
  int32_t a[kRows][kMostDepth], b[kMostDepth][kColumns];
  for (unsigned r = 0; r < shape.aRegisters; ++r) {
    const uint32_t *words = warp.at<uint32_t>(slots[r]);
    for (unsigned l = 0; l < kWarpSize; ++l)
      for (unsigned e = 0; e < 4; ++e)
        a[l / 4 + 8 * (r % blocks)][r / blocks * 16 + 4 * (l % 4) + e] =
            byteOf(words[l], e, shape.flags & kASigned);
  }
  slots += shape.aRegisters;
  for (unsigned r = 0; r < shape.bRegisters; ++r) {
    const uint32_t *words = warp.at<uint32_t>(slots[r]);
    for (unsigned l = 0; l < kWarpSize; ++l)
      for (unsigned e = 0; e < 4; ++e)
        b[16 * r + 4 * (l % 4) + e][l / 4] =
            byteOf(words[l], e, shape.flags & kBSigned);
  }
  slots += shape.bRegisters;
  if (shape.metadata &&
      !decodeMetadata(warp, op, shape,
                      warp.at<uint32_t>(slots[shape.cRegisters]), 4))
    return;
  const auto *position = warp.cta->metadata.position;
  uint32_t d[4][kWarpSize];
  for (unsigned c = 0; c < shape.cRegisters; ++c) {
    const int32_t *from = warp.at<int32_t>(slots[c]);
    for (unsigned l = 0; l < kWarpSize; ++l) {
      unsigned row = l / 4 + 8 * (c / 2), column = 2 * (l % 4) + c % 2;
      int64_t sum = from[l];
      for (unsigned j = 0; j < aDepth; ++j)
        sum += int64_t(a[row][j]) *
               b[shape.metadata ? position[row][j] : j][column];
      if (shape.flags & kSaturate)
        sum = sum > INT32_MAX ? INT32_MAX : sum < INT32_MIN ? INT32_MIN : sum;
      d[c][l] = uint32_t(sum);
    }
  }
  for (unsigned c = 0; c < shape.cRegisters; ++c)
    __builtin_memcpy(warp.at<uint32_t>(op.o[c]), d[c], sizeof d[c]);
  warp.cta->sums.addTensorWork(
      TensorKind::Byte, uint64_t(Rows) * kColumns * aDepth, shape.metadata);
}

/// f64: one element a register. Rows 8 or 16 as A's registers say.
void multiplyDouble(Warp &warp, const Op &op) {
  Shape shape = bitCast<Shape>(op.imm);
  unsigned blocks = shape.cRegisters / 2;
  unsigned depth = shape.bRegisters * 4;
  const uint32_t *slots = op.o + shape.cRegisters;
  double a[kRows][16], b[16][kColumns], d[4][kWarpSize];
  for (unsigned r = 0; r < shape.aRegisters; ++r) {
    const double *values = warp.at<double>(slots[r]);
    for (unsigned l = 0; l < kWarpSize; ++l)
      a[l / 4 + 8 * (r % blocks)][4 * (r / blocks) + l % 4] = values[l];
  }
  slots += shape.aRegisters;
  for (unsigned r = 0; r < shape.bRegisters; ++r) {
    const double *values = warp.at<double>(slots[r]);
    for (unsigned l = 0; l < kWarpSize; ++l)
      b[4 * r + l % 4][l / 4] = values[l];
  }
  slots += shape.bRegisters;
  for (unsigned c = 0; c < shape.cRegisters; ++c) {
    const double *from = warp.at<double>(slots[c]);
    for (unsigned l = 0; l < kWarpSize; ++l) {
      unsigned row = l / 4 + 8 * (c / 2), column = 2 * (l % 4) + c % 2;
      double sum = from[l];
      for (unsigned j = 0; j < depth; ++j)
        sum = __builtin_fma(a[row][j], b[j][column], sum);
      d[c][l] = canonical(sum);
    }
  }
  for (unsigned c = 0; c < shape.cRegisters; ++c)
    __builtin_memcpy(warp.at<double>(op.o[c]), d[c], sizeof d[c]);
  warp.cta->sums.addTensorWork(TensorKind::Double,
                               uint64_t(8) * blocks * kColumns * depth, false);
}

const char *const shapes[] = {"m16n8k4",  "m16n8k8", "m16n8k16", "m16n8k32",
                              "m16n8k64", "m8n8k4",  "m8n8k16",  nullptr};
const unsigned depths[] = {4, 8, 16, 32, 64, 4, 16};

bool decodeMma(Instr &in) {
  Shape shape = {};
  bool sparse = in.has("sp"), ordered = in.has("sp::ordered_metadata");
  if (ordered) {
    sparse = true;
    shape.flags |= kOrdered;
  }
  if (!in.has("sync") || !in.has("aligned"))
    return in.fail("'.sync.aligned' is needed");
  int number = in.oneOf(shapes);
  if (number < 0)
    return in.unsupported();
  unsigned depth = depths[number];
  bool eightRows = number >= 5;
  if (!in.has("row") || !in.has("col"))
    return in.fail("'.row.col' is needed");
  if (in.has("satfinite"))
    shape.flags |= kSaturate;
  Type d = in.type(), a = in.type(), b = in.type(), c = in.type();
  if (c == Type::None || c != d)
    return in.unsupported();

  Handler run = nullptr;
  Type element = Type::B32, result = Type::F32;
  bool integers = (a == Type::S8 || a == Type::U8) &&
                  (b == Type::S8 || b == Type::U8) && d == Type::S32;
  if (integers) {
    shape.elements = 4;
    shape.flags |=
        (a == Type::S8 ? kASigned : 0) | (b == Type::S8 ? kBSigned : 0);
    run = eightRows ? multiplyInteger<8> : multiplyInteger<16>;
    result = Type::S32;
  } else if (is8Bits(a) && is8Bits(b) && in.chip() >= 89 &&
             (d == Type::F32 || d == Type::F16)) {
    shape.elements = 4;
    shape.cIsHalf = d == Type::F16;
    result = d == Type::F16 ? Type::B32 : Type::F32;
    run = HINM_BY_8_BITS(multiplyFloat, a, b);
  } else if (a != b) {
    return in.unsupported();
  } else if (a == Type::F16 && (d == Type::F32 || d == Type::F16)) {
    shape.elements = 2;
    shape.cIsHalf = d == Type::F16;
    result = d == Type::F16 ? Type::B32 : Type::F32;
    run = multiplyFloat<Halves>;
  } else if (a == Type::BF16 && d == Type::F32) {
    shape.elements = 2;
    run = multiplyFloat<Bfloats>;
  } else if (a == Type::TF32 && d == Type::F32) {
    shape.elements = 1;
    run = multiplyFloat<Tf32>;
  } else if (a == Type::F64 && d == Type::F64 && !sparse) {
    shape.elements = 1;
    element = result = Type::F64;
    run = multiplyDouble;
  } else {
    return in.unsupported();
  }
  // m8n8 is for f64 and integers; the f16 form of Volta is laid out otherwise.
  if (eightRows && (sparse || (number == 5 ? a != Type::F64 : !integers)))
    return in.unsupported();
  if ((shape.flags & kSaturate) && !integers)
    return in.fail("'.satfinite' needs integers");
  unsigned block = 4u * shape.elements; // of k, in one register
  unsigned kept = sparse ? depth / 2 : depth;
  unsigned rowBlocks = eightRows ? 1 : 2;
  if (depth % block || kept % block || kept / block > 2 ||
      (a == Type::F64 && depth > 16))
    if (!(a == Type::F64 && depth <= 16 && depth % 4 == 0))
      return in.unsupported();
  shape.aRegisters = uint8_t(kept / block * rowBlocks);
  shape.bRegisters = uint8_t(depth / block);
  shape.cRegisters = uint8_t(shape.cIsHalf ? 2 : 2 * rowBlocks);

  unsigned operands = sparse ? 6 : 4;
  if (!in.expectOperands(operands, operands) ||
      !in.resultVector(0, result, shape.cRegisters) ||
      !in.sourceVector(1, element, shape.aRegisters) ||
      !in.sourceVector(2, element, shape.bRegisters) ||
      !in.sourceVector(3, result, shape.cRegisters))
    return false;
  if (sparse) {
    unsigned groups = depth / (shape.elements == 1 ? 2 : 4);
    if (groups < 4)
      return in.unsupported();
    shape.metadata = uint8_t(groups / 4);
    int64_t selector = 0;
    if (!in.source(4, Type::B32) || !in.immediate(5, selector))
      return false;
    if (selector < 0 || selector >= 4 / shape.metadata)
      return in.fail("the sparsity selector must lie in 0 to %d, but is %lld",
                     4 / shape.metadata - 1, (long long)selector);
    shape.selector = uint8_t(selector);
  }
  in.op.imm = bitCast<int64_t>(shape);
  in.op.flow = Flow::Sync;
  return in.finish(run,
                   sparse ? InstructionClass::MmaSp : InstructionClass::Mma);
}

} // namespace

const InstructionRow *mmaInstructions() {
  static const InstructionRow rows[] = {
      {"mma", decodeMma},
      // `mma.sp::ordered_metadata` in one word.
      {nullptr, nullptr},
  };
  return rows;
}

} // namespace hinm::emulator::HINM_LANES

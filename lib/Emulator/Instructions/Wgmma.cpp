//===- Wgmma.cpp - asynchronous warpgroup products --------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// PTX ISA 9.7.15: wgmma.mma_async (f16, bf16, tf32, e4m3, e5m2, s8, u8; A in
// registers or shared memory), wgmma.fence, commit_group, wait_group.
//
// D has 64 rows; warp w of the group holds rows 16 w to 16 w + 15, each 8
// columns as mma.m16n8 has them. A descriptor's operand is made of units of 16
// bytes, T elements. With W units in a swizzled row (1: no swizzle):
//   K-major:  (8, m) rows of W units, 8 rows apart by the stride offset;
//             without swizzle the two units of k are apart by the leading one
//   MN-major: (W T, m) along M or N, apart by the leading offset (W > 1);
//             (8, 2) along K, apart by the stride offset; the two offsets
//             change places without swizzle
// and the unit's number is XORed with bits 7 and up of the address.
//
// Order of accumulation: as in Mma.cpp.
//
//===----------------------------------------------------------------------===//

#include "Execute/Cta.h"
#include "Execute/Products.h"
#include "Families.h"
#include "Fragments.h"

namespace hinm::emulator::HINM_LANES {
namespace {

constexpr unsigned kRows = 16, kMostColumns = 256, kMostDepth = 32;

/// What op.imm packs.
struct Form {
  uint16_t columns;
  uint8_t flags;
  uint8_t depth;
  uint32_t padding;
};
enum : uint8_t {
  kARegisters = 1,
  kHalfResult = 2,
  kTransA = 4,
  kTransB = 8,
  kNegateA = 16,
  kNegateB = 32,
  kSaturate = 64,
};
static_assert(sizeof(Form) == 8, "must fit op.imm");

struct Descriptor {
  uint32_t start, leading, stride, base, units;
  explicit Descriptor(uint64_t bits)
      : start(uint32_t(bits & 0x3fff) << 4),
        leading(uint32_t(bits >> 16 & 0x3fff) << 4),
        stride(uint32_t(bits >> 32 & 0x3fff) << 4),
        base(uint32_t(bits >> 49 & 7)) {
    static const uint8_t unitsOfMode[] = {1, 8, 4, 2};
    units = unitsOfMode[bits >> 62];
  }
  uint32_t swizzled(uint32_t address) const {
    return address ^ ((((address >> 7) - base) & (units - 1)) << 4);
  }
  /// The unit of row `mn` and k-unit `u`.
  uint32_t kMajor(unsigned mn, unsigned u) const {
    uint32_t row = mn % 8 * 16 * units + mn / 8 * stride;
    return swizzled(start + row + (units == 1 ? u * leading : u * 16));
  }
  /// The unit of column `k` and unit `u` along M or N.
  uint32_t mnMajor(unsigned u, unsigned k) const {
    uint32_t outer = units == 1 ? stride : leading;
    uint32_t along = units == 1 ? leading : stride;
    return swizzled(start + u % units * 16 + u / units * outer +
                    k % 8 * 16 * units + k / 8 * along);
  }
};

/// Rows `first` and on of an operand in shared memory, to out[mn][k] or, turned
/// round, out[k][mn]. `rows` of them.
template <typename Format, bool Turned>
bool loadShared(Warp &warp, const Op &op, uint64_t bits, bool mnMajor,
                unsigned first, unsigned rows, unsigned depth, unsigned pitch,
                bool counts, typename Format::Value *out) {
  Descriptor from(bits);
  constexpr unsigned inWord = Format::elements, elements = 4 * inWord;
  unsigned outer = mnMajor ? depth : rows;
  unsigned inner = (mnMajor ? rows : depth) / elements;
  for (unsigned i = 0; i < outer; ++i)
    for (unsigned u = 0; u < inner; ++u) {
      uint32_t address = mnMajor ? from.mnMajor(first / elements + u, i)
                                 : from.kMajor(first + i, u);
      const uint8_t *unit = readOperand(warp, op, address, counts);
      if (!unit)
        return false;
      uint32_t words[4];
      __builtin_memcpy(words, unit, sizeof words);
      for (unsigned e = 0; e < elements; ++e) {
        unsigned mn = mnMajor ? u * elements + e : i;
        unsigned k = mnMajor ? i : u * elements + e;
        out[Turned ? k * pitch + mn : mn * pitch + k] =
            Format::load(words[e / inWord], e % inWord);
      }
    }
  return true;
}

float step(float a, float b, float sum) { return __builtin_fmaf(a, b, sum); }
int64_t step(int32_t a, int32_t b, int64_t sum) { return sum + int64_t(a) * b; }

/// o: D, then D again as C, A (one descriptor or four registers), B's
/// descriptor, scale-d.
template <typename A, typename B>
void multiply(Warp &warp, const Op &op) {
  using Value = typename A::Value;
  using Sum = std::conditional_t<std::is_same_v<Value, float>, float, int64_t>;
  Form form = bitCast<Form>(op.imm);
  unsigned n = form.columns, depth = form.depth;
  unsigned registers = form.flags & kHalfResult ? n / 4 : n / 2;
  const uint32_t *slots = op.o + 2 * registers;
  bool inRegisters = form.flags & kARegisters;
  const uint32_t *last = slots + (inRegisters ? 4 : 1); // B, scale-d
  if (!beginProduct(warp, op,
                    inRegisters ? nullptr : warp.at<uint64_t>(slots[0]),
                    warp.at<uint64_t>(last[0]), *warp.at<uint32_t>(last[1])))
    return;

  alignas(32) Value a[kRows * kMostDepth];
  alignas(32) Value b[kMostDepth * kMostColumns];
  unsigned rank = warp.id % 4;
  if (inRegisters) {
    constexpr unsigned block = 4 * A::elements;
    for (unsigned r = 0; r < 4; ++r)
      unpackBlock<A>(warp.at<uint32_t>(slots[r]),
                     a + 8 * (r % 2) * depth + r / 2 * block, depth);
  } else if (!loadShared<A, false>(warp, op, warp.at<uint64_t>(slots[0])[0],
                                   form.flags & kTransA, kRows * rank, kRows,
                                   depth, depth, true, a)) {
    return;
  }
  slots += inRegisters ? 4 : 1;
  if (!loadShared<B, true>(warp, op, warp.at<uint64_t>(slots[0])[0],
                           form.flags & kTransB, 0, n, depth, n, rank == 0, b))
    return;
  bool negates = bool(form.flags & kNegateA) != bool(form.flags & kNegateB);
  for (unsigned i = 0; i < kRows * depth && negates; ++i)
    a[i] = -a[i];
  bool accumulates = *warp.at<uint32_t>(slots[1]) & 1;

  // Column 8 j + 2 q + e of row g + 8 h: lane 4 g + q, register 4 j + 2 h + e.
  alignas(32) Sum sums[kMostColumns];
  for (unsigned row = 0; row < kRows; ++row) {
    unsigned g = row % 8, h = row / 8;
    for (unsigned c = 0; c < n; ++c) {
      unsigned j = c / 8, lane = 4 * g + c % 8 / 2, e = c % 2;
      if (!accumulates)
        sums[c] = 0;
      else if (form.flags & kHalfResult)
        sums[c] = Sum(halfToFloat(
            uint16_t(warp.at<uint32_t>(op.o[2 * j + h])[lane] >> 16 * e)));
      else
        sums[c] = Sum(warp.at<Value>(op.o[4 * j + 2 * h + e])[lane]);
    }
    for (unsigned k = 0; k < depth; ++k) {
      Value left = a[row * depth + k];
      const Value *right = b + k * n;
      for (unsigned c = 0; c < n; ++c)
        sums[c] = step(left, right[c], sums[c]);
    }
    for (unsigned c = 0; c < n; ++c) {
      unsigned j = c / 8, lane = 4 * g + c % 8 / 2, e = c % 2;
      if constexpr (std::is_same_v<Value, float>) {
        if (form.flags & kHalfResult) {
          uint32_t &word = warp.at<uint32_t>(op.o[2 * j + h])[lane];
          uint32_t half = floatToHalf(sums[c]);
          word = e ? (word & 0xffffu) | half << 16 : (word & ~0xffffu) | half;
        } else {
          warp.at<float>(op.o[4 * j + 2 * h + e])[lane] = canonical(sums[c]);
        }
      } else {
        int64_t sum = sums[c];
        if (form.flags & kSaturate)
          sum = sum > INT32_MAX ? INT32_MAX : sum < INT32_MIN ? INT32_MIN : sum;
        warp.at<uint32_t>(op.o[4 * j + 2 * h + e])[lane] = uint32_t(sum);
      }
    }
  }
  TensorKind kind = A::elements == 4           ? TensorKind::Byte
                    : A::elements == 1         ? TensorKind::Tf32
                    : form.flags & kHalfResult ? TensorKind::HalfToHalf
                                               : TensorKind::Half;
  warp.cta->sums.addTensorWork(kind, uint64_t(kRows) * n * depth, false);
}

void fence(Warp &warp, const Op &) { ++warp.registerFences; }
void commit(Warp &warp, const Op &) { commitProducts(warp); }
void waitGroup(Warp &warp, const Op &op) {
  warp.cta->noteWait();
  waitProducts(warp, uint32_t(op.imm));
}

/// "64k16" of "m64n64k16".
bool parseShape(Instr &in, unsigned &columns, unsigned &depth) {
  const char *rest;
  unsigned length;
  if (!in.prefixed("m64n", rest, length))
    return false;
  unsigned *into = &columns;
  columns = depth = 0;
  for (unsigned i = 0; i < length; ++i) {
    if (rest[i] == 'k' && into == &columns)
      into = &depth;
    else if (rest[i] >= '0' && rest[i] <= '9' && *into < 1000)
      *into = *into * 10 + unsigned(rest[i] - '0');
    else
      return false;
  }
  return columns % 8 == 0 && columns >= 8 && columns <= kMostColumns;
}

/// The immediate operand `i`, which must be `low` or 1; whether it is `low`.
bool takeFlag(Instr &in, unsigned i, int64_t low, bool &isLow) {
  int64_t value = 0;
  if (!in.immediate(i, value))
    return false;
  isLow = value == low;
  return isLow || value == 1 ||
         in.fail("operand %u must be %lld or 1, not %lld", i + 1,
                 (long long)low, (long long)value);
}

bool decodeProduct(Instr &in) {
  unsigned columns, depth;
  if (!parseShape(in, columns, depth))
    return in.unsupported();
  Form form = {};
  form.columns = uint16_t(columns);
  form.depth = uint8_t(depth);
  if (in.has("satfinite"))
    form.flags |= kSaturate;
  Type d = in.type(), a = in.type(), b = in.type();
  bool integers = (a == Type::S8 || a == Type::U8) &&
                  (b == Type::S8 || b == Type::U8) && d == Type::S32;
  bool eights = is8Bits(a) && is8Bits(b) && depth == 32 &&
                (d == Type::F32 || d == Type::F16);
  bool halves = a == b && (a == Type::F16 || a == Type::BF16);
  Handler run = nullptr;
  if (integers && depth == 32 && (columns <= 32 || columns % 16 == 0))
    run = a == Type::S8
              ? (b == Type::S8 ? multiply<Bytes<true>, Bytes<true>>
                               : multiply<Bytes<true>, Bytes<false>>)
              : (b == Type::S8 ? multiply<Bytes<false>, Bytes<true>>
                               : multiply<Bytes<false>, Bytes<false>>);
  else if (eights)
    run = HINM_BY_8_BITS(multiply, a, b);
  else if (a == Type::F16 && halves && depth == 16 &&
           (d == Type::F32 || d == Type::F16))
    run = multiply<Halves, Halves>;
  else if (a == Type::BF16 && halves && depth == 16 && d == Type::F32)
    run = multiply<Bfloats, Bfloats>;
  else if (a == Type::TF32 && b == a && depth == 8 && d == Type::F32)
    run = multiply<Tf32, Tf32>;
  if (!run || ((form.flags & kSaturate) && !integers))
    return in.unsupported();
  unsigned registers = d == Type::F16 ? columns / 4 : columns / 2;
  Type result = d == Type::F16 ? Type::B32 : d;
  if (d == Type::F16)
    form.flags |= kHalfResult;
  bool inRegisters = in.isVector(1);
  if (inRegisters)
    form.flags |= kARegisters;
  unsigned scales = integers ? 0 : 2, turns = halves ? inRegisters ? 1 : 2 : 0;
  if (!in.expectOperands(4 + scales + turns, 4 + scales + turns) ||
      !in.resultVector(0, result, registers) ||
      !in.sourceVector(0, result, registers))
    return false;
  in.acceptsUndefined(registers);
  if (inRegisters ? !in.sourceVector(1, Type::B32, 4)
                  : !in.source(1, Type::B64))
    return false;
  in.isAsynchronous(inRegisters ? 4 : 0);
  if (!in.source(2, Type::B64) || !in.sourcePredicate(3))
    return false;
  bool negateA = false, negateB = false, plainA = true, plainB = true;
  if (scales &&
      (!takeFlag(in, 4, -1, negateA) || !takeFlag(in, 5, -1, negateB)))
    return false;
  if (turns == 2 && !takeFlag(in, 6, 0, plainA))
    return false;
  if (turns && !takeFlag(in, 5 + turns, 0, plainB))
    return false;
  form.flags |= (negateA ? kNegateA : 0) | (negateB ? kNegateB : 0) |
                (plainA ? 0 : kTransA) | (plainB ? 0 : kTransB);
  in.op.imm = bitCast<int64_t>(form);
  in.touchesShared(16);
  return in.finish(run, InstructionClass::Wgmma);
}

bool decodeWgmma(Instr &in) {
  if (in.chip() < 90)
    return in.fail("needs target sm_90a");
  bool isProduct = in.has("mma_async"), isFence = in.has("fence"),
       isCommit = in.has("commit_group"), isWait = in.has("wait_group");
  if (!in.has("sync") || !in.has("aligned"))
    return in.fail("'.sync.aligned' is needed");
  in.op.flow = Flow::Sync;
  if (isProduct)
    return decodeProduct(in);
  if (isFence)
    return in.expectOperands(0, 0) && in.finish(fence, InstructionClass::Fence);
  if (isCommit)
    return in.expectOperands(0, 0) &&
           in.finish(commit, InstructionClass::Other);
  if (!isWait)
    return in.unsupported();
  if (!in.expectOperands(1, 1) || !in.immediate(0, in.op.imm))
    return false;
  if (in.op.imm < 0 || in.op.imm > UINT32_MAX)
    return in.fail("the number of groups is out of range");
  return in.finish(waitGroup, InstructionClass::Wait);
}

} // namespace

const InstructionRow *wgmmaInstructions() {
  static const InstructionRow rows[] = {
      {"wgmma", decodeWgmma},
      {nullptr, nullptr},
  };
  return rows;
}

} // namespace hinm::emulator::HINM_LANES

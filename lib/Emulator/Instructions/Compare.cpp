//===- Compare.cpp - comparison and selection -------------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// PTX ISA 9.7.6, 9.7.7.
//
//===----------------------------------------------------------------------===//

#include "Families.h"
#include "SmallFloat.h"

namespace hinm::emulator::HINM_LANES {
namespace {

enum Comparison : uint32_t {
  Eq,
  Ne,
  Lt,
  Le,
  Gt,
  Ge,
  Lo,
  Ls,
  Hi,
  Hs,
  Equ,
  Neu,
  Ltu,
  Leu,
  Gtu,
  Geu,
  Num,
  Nan,
};
const char *const comparisons[] = {
    "eq",  "ne",  "lt",  "le",  "gt",  "ge",  "lo",  "ls",  "hi",   "hs",
    "equ", "neu", "ltu", "leu", "gtu", "geu", "num", "nan", nullptr};

/// `unordered` is what a NaN gives.
template <typename T>
uint32_t compareLanes(Comparison kind, const T *a, const T *b) {
  switch (kind) {
  case Eq:
    return lanesWhere(a, b, [](T x, T y) { return x == y; });
  case Ne: // ordered, for floats
    return lanesWhere(a, b, [](T x, T y) { return x < y || x > y; });
  case Lt:
  case Lo:
    return lanesWhere(a, b, [](T x, T y) { return x < y; });
  case Le:
  case Ls:
    return lanesWhere(a, b, [](T x, T y) { return x <= y; });
  case Gt:
  case Hi:
    return lanesWhere(a, b, [](T x, T y) { return x > y; });
  case Ge:
  case Hs:
    return lanesWhere(a, b, [](T x, T y) { return x >= y; });
  case Equ:
    return lanesWhere(a, b, [](T x, T y) { return !(x < y || x > y); });
  case Neu:
    return lanesWhere(a, b, [](T x, T y) { return !(x == y); });
  case Ltu:
    return lanesWhere(a, b, [](T x, T y) { return !(x >= y); });
  case Leu:
    return lanesWhere(a, b, [](T x, T y) { return !(x > y); });
  case Gtu:
    return lanesWhere(a, b, [](T x, T y) { return !(x <= y); });
  case Geu:
    return lanesWhere(a, b, [](T x, T y) { return !(x < y); });
  case Num:
    return lanesWhere(a, b, [](T x, T y) { return x == x && y == y; });
  case Nan:
    return lanesWhere(a, b, [](T x, T y) { return x != x || y != y; });
  }
  return 0;
}

// op.a: the comparison; op.b: its flags.
enum : uint32_t {
  kAnd = 1,
  kOr = 2,
  kXor = 3,
  kCombine = 3,
  kNegateC = 4,
  kFlush = 8,
};

template <typename Format, typename T>
void unpack(const T *from, unsigned shift, bool flushes, float *to) {
  for (unsigned i = 0; i < kWarpSize; ++i) {
    uint16_t bits = uint16_t(from[i] >> shift);
    to[i] = Format::load(flushes ? flushSmall<Format>(bits) : bits);
  }
}

template <typename T>
struct Plain {
  static uint32_t run(Warp &warp, const Op &op, unsigned first) {
    return compareLanes(Comparison(op.a), warp.at<T>(op.o[first]),
                        warp.at<T>(op.o[first + 1]));
  }
};
struct Flushed {
  static uint32_t run(Warp &warp, const Op &op, unsigned first) {
    float a[kWarpSize], b[kWarpSize];
    for (unsigned i = 0; i < kWarpSize; ++i) {
      a[i] = flush<true>(warp.at<float>(op.o[first])[i]);
      b[i] = flush<true>(warp.at<float>(op.o[first + 1])[i]);
    }
    return compareLanes(Comparison(op.a), a, b);
  }
};
template <typename Format>
struct Small {
  static uint32_t run(Warp &warp, const Op &op, unsigned first) {
    float a[kWarpSize], b[kWarpSize];
    unpack<Format>(warp.at<uint16_t>(op.o[first]), 0, op.b & kFlush, a);
    unpack<Format>(warp.at<uint16_t>(op.o[first + 1]), 0, op.b & kFlush, b);
    return compareLanes(Comparison(op.a), a, b);
  }
};

inline uint32_t combine(uint32_t lanes, uint32_t how, uint32_t c) {
  if (how & kNegateC)
    c = ~c;
  switch (how & kCombine) {
  case kAnd:
    return lanes & c;
  case kOr:
    return lanes | c;
  case kXor:
    return lanes ^ c;
  }
  return lanes;
}

/// o: p, q, a, b [, c].
template <typename Source>
void setPredicates(Warp &warp, const Op &op) {
  uint32_t lanes = Source::run(warp, op, 2);
  uint32_t other = ~lanes;
  if (op.b & kCombine) {
    uint32_t c = *warp.at<uint32_t>(op.o[4]);
    lanes = combine(lanes, op.b, c);
    other = combine(other, op.b, c);
  }
  setPredicate(warp, op.o[0], lanes);
  setPredicate(warp, op.o[1], other);
}
/// The same for one result, the usual case: o: p, a, b.
template <typename Source>
void setOnePredicate(Warp &warp, const Op &op) {
  setPredicate(warp, op.o[0], Source::run(warp, op, 1));
}

/// Two halves, two predicates.
template <typename Format>
void setPairPredicates(Warp &warp, const Op &op) {
  for (unsigned h = 0; h < 2; ++h) {
    float a[kWarpSize], b[kWarpSize];
    unpack<Format>(warp.at<uint32_t>(op.o[2]), 16 * h, op.b & kFlush, a);
    unpack<Format>(warp.at<uint32_t>(op.o[3]), 16 * h, op.b & kFlush, b);
    uint32_t lanes = compareLanes(Comparison(op.a), a, b);
    if (op.b & kCombine)
      lanes = combine(lanes, op.b, *warp.at<uint32_t>(op.o[4]));
    setPredicate(warp, op.o[h], lanes);
  }
}

/// set: all ones or 1.0 where it holds. o: d, a, b [, c]; imm: the value.
template <typename D, typename Source>
void setValue(Warp &warp, const Op &op) {
  uint32_t lanes = Source::run(warp, op, 1);
  if (op.b & kCombine)
    lanes = combine(lanes, op.b, *warp.at<uint32_t>(op.o[3]));
  D *d = warp.at<D>(op.o[0]);
  for (unsigned i = 0; i < kWarpSize; ++i)
    if (warp.mask >> i & 1)
      d[i] = lanes >> i & 1 ? D(op.imm) : D(0);
}
/// set of two halves: each half 0xffff or 1.0.
template <typename Format>
void setPairValue(Warp &warp, const Op &op) {
  uint32_t lanes[2];
  for (unsigned h = 0; h < 2; ++h) {
    float a[kWarpSize], b[kWarpSize];
    unpack<Format>(warp.at<uint32_t>(op.o[1]), 16 * h, op.b & kFlush, a);
    unpack<Format>(warp.at<uint32_t>(op.o[2]), 16 * h, op.b & kFlush, b);
    lanes[h] = compareLanes(Comparison(op.a), a, b);
    if (op.b & kCombine)
      lanes[h] = combine(lanes[h], op.b, *warp.at<uint32_t>(op.o[3]));
  }
  uint32_t *d = warp.at<uint32_t>(op.o[0]);
  for (unsigned i = 0; i < kWarpSize; ++i)
    if (warp.mask >> i & 1)
      d[i] = (lanes[0] >> i & 1 ? uint32_t(op.imm) : 0) |
             (lanes[1] >> i & 1 ? uint32_t(op.imm) << 16 : 0);
}

#define HINM_BY_TYPE(type, ftz, run)                                           \
  [&]() -> Handler {                                                           \
    switch (type) {                                                            \
    case Type::B16:                                                            \
    case Type::U16:                                                            \
      return run<Plain<uint16_t>>;                                             \
    case Type::S16:                                                            \
      return run<Plain<int16_t>>;                                              \
    case Type::B32:                                                            \
    case Type::U32:                                                            \
      return run<Plain<uint32_t>>;                                             \
    case Type::S32:                                                            \
      return run<Plain<int32_t>>;                                              \
    case Type::B64:                                                            \
    case Type::U64:                                                            \
      return run<Plain<uint64_t>>;                                             \
    case Type::S64:                                                            \
      return run<Plain<int64_t>>;                                              \
    case Type::F32:                                                            \
      return ftz ? run<Flushed> : run<Plain<float>>;                           \
    case Type::F64:                                                            \
      return run<Plain<double>>;                                               \
    case Type::F16:                                                            \
      return run<Small<Half>>;                                                 \
    case Type::BF16:                                                           \
      return run<Small<Bfloat>>;                                               \
    default:                                                                   \
      return nullptr;                                                          \
    }                                                                          \
  }()

bool isFloat(Type type) {
  return type == Type::F32 || type == Type::F64 || type == Type::F16 ||
         type == Type::BF16 || type == Type::F16x2 || type == Type::BF16x2;
}
bool isUnsigned(Type type) {
  return type == Type::U16 || type == Type::U32 || type == Type::U64;
}

const char *const combinations[] = {"and", "or", "xor", nullptr};

bool comparison(Instr &in, Type type) {
  int kind = in.oneOf(comparisons);
  if (kind < 0)
    return in.fail("a comparison is needed");
  if (kind >= int(Lo) && kind <= int(Hs) && !isUnsigned(type))
    return in.fail("'.%s' needs an unsigned type", comparisons[kind]);
  if (kind >= int(Equ) && !isFloat(type))
    return in.fail("'.%s' needs a floating-point type", comparisons[kind]);
  in.op.a = uint32_t(kind);
  return true;
}

bool decodeSetp(Instr &in) {
  Type type = in.type();
  bool ftz = in.has("ftz");
  int how = in.oneOf(combinations);
  if (!comparison(in, type))
    return false;
  in.op.b = uint32_t(how + 1) | (ftz ? uint32_t(kFlush) : 0u);
  bool combines = how >= 0;
  if (!in.expectOperands(3 + combines, 3 + combines))
    return false;
  bool isPair = type == Type::F16x2 || type == Type::BF16x2;
  bool two = in.hasSecond(0) || combines || isPair;
  if (!in.resultPredicate(0) || (two && !in.resultSecondPredicate(0)) ||
      !in.source(1, type) || !in.source(2, type) ||
      (combines && !in.sourcePredicate(3)))
    return false;
  if (isPair)
    return in.finish(type == Type::F16x2 ? setPairPredicates<Half>
                                         : setPairPredicates<Bfloat>,
                     InstructionClass::Predicate);
  Handler run = two ? HINM_BY_TYPE(type, ftz, setPredicates)
                    : HINM_BY_TYPE(type, ftz, setOnePredicate);
  if (!run)
    return in.unsupported();
  return in.finish(run, InstructionClass::Predicate);
}

template <typename Source>
void setValue32(Warp &warp, const Op &op) {
  setValue<uint32_t, Source>(warp, op);
}
template <typename Source>
void setValue16(Warp &warp, const Op &op) {
  setValue<uint16_t, Source>(warp, op);
}

bool decodeSet(Instr &in) {
  bool ftz = in.has("ftz");
  int how = in.oneOf(combinations);
  Type result = in.type(), type = in.type();
  if (type == Type::None)
    return in.unsupported();
  if (!comparison(in, type))
    return false;
  in.op.b = uint32_t(how + 1) | (ftz ? uint32_t(kFlush) : 0u);
  bool combines = how >= 0;
  if (!in.expectOperands(3 + combines, 3 + combines) || !in.result(0, result) ||
      !in.source(1, type) || !in.source(2, type) ||
      (combines && !in.sourcePredicate(3)))
    return false;
  Handler run = nullptr;
  switch (result) {
  case Type::U32:
  case Type::S32:
    in.op.imm = 0xffffffffll;
    run = HINM_BY_TYPE(type, ftz, setValue32);
    break;
  case Type::F32:
    in.op.imm = 0x3f800000;
    run = HINM_BY_TYPE(type, ftz, setValue32);
    break;
  case Type::U16:
  case Type::S16:
    in.op.imm = 0xffff;
    run = HINM_BY_TYPE(type, ftz, setValue16);
    break;
  case Type::F16:
  case Type::BF16:
    in.op.imm = result == Type::F16 ? 0x3c00 : 0x3f80;
    run = HINM_BY_TYPE(type, ftz, setValue16);
    break;
  case Type::F16x2:
  case Type::BF16x2:
    in.op.imm = result == Type::F16x2 ? 0x3c00 : 0x3f80;
    run = type == Type::F16x2    ? setPairValue<Half>
          : type == Type::BF16x2 ? setPairValue<Bfloat>
                                 : nullptr;
    break;
  default:
    break;
  }
  // Two halves compared into two masks.
  if ((result == Type::U32 || result == Type::S32) &&
      (type == Type::F16x2 || type == Type::BF16x2)) {
    in.op.imm = 0xffff;
    run = type == Type::F16x2 ? setPairValue<Half> : setPairValue<Bfloat>;
  }
  if (!run)
    return in.unsupported();
  return in.finish(run, InstructionClass::Predicate);
}

template <typename T>
void select(Warp &warp, const Op &op) {
  T *d = warp.at<T>(op.o[0]);
  const T *a = warp.at<T>(op.o[1]), *b = warp.at<T>(op.o[2]);
  uint32_t p = *warp.at<uint32_t>(op.o[3]), mask = warp.mask;
  if (warp.full()) {
#pragma GCC ivdep
    for (unsigned i = 0; i < kWarpSize; ++i)
      d[i] = p >> i & 1 ? a[i] : b[i];
    return;
  }
#pragma GCC ivdep
  for (unsigned i = 0; i < kWarpSize; ++i)
    d[i] = mask >> i & 1 ? (p >> i & 1 ? a[i] : b[i]) : d[i];
}

bool decodeSelect(Instr &in) {
  Type type = in.type();
  unsigned bytes = ast::typeBytes(type);
  Handler run = bytes == 2   ? select<uint16_t>
                : bytes == 4 ? select<uint32_t>
                : bytes == 8 ? select<uint64_t>
                             : nullptr;
  if (!run)
    return in.unsupported();
  return in.expectOperands(4, 4) && in.result(0, type) && in.source(1, type) &&
         in.source(2, type) && in.sourcePredicate(3) &&
         in.finish(run, InstructionClass::Move);
}

template <typename T, typename C>
void selectBySign(Warp &warp, const Op &op) {
  // .ftz: a negative subnormal is a zero, and so not negative.
  C least = std::is_same_v<C, float> && op.imm ? C(-0x1p-126f) : C(0);
  map3<T, T, T, C>(warp, op, [least](T a, T b, C c) {
    return c >= 0 || (least != 0 && c > least) ? a : b;
  });
}
bool decodeSlct(Instr &in) {
  in.op.imm = in.has("ftz");
  Type type = in.type(), sign = in.type();
  bool isFloat = sign == Type::F32;
  if (!isFloat && sign != Type::S32)
    return in.unsupported();
  unsigned bytes = ast::typeBytes(type);
  Handler run = bytes == 2   ? (isFloat ? selectBySign<uint16_t, float>
                                        : selectBySign<uint16_t, int32_t>)
                : bytes == 4 ? (isFloat ? selectBySign<uint32_t, float>
                                        : selectBySign<uint32_t, int32_t>)
                : bytes == 8 ? (isFloat ? selectBySign<uint64_t, float>
                                        : selectBySign<uint64_t, int32_t>)
                             : nullptr;
  if (!run)
    return in.unsupported();
  return in.expectOperands(4, 4) && in.result(0, type) && in.source(1, type) &&
         in.source(2, type) && in.source(3, sign) &&
         in.finish(run, InstructionClass::Move);
}

} // namespace

const InstructionRow *compareInstructions() {
  static const InstructionRow rows[] = {
      {"setp", decodeSetp}, {"set", decodeSet}, {"selp", decodeSelect},
      {"slct", decodeSlct}, {nullptr, nullptr},
  };
  return rows;
}

} // namespace hinm::emulator::HINM_LANES

//===- Bits.cpp - logic, shifts and bit fields ------------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// PTX ISA 9.7.1 (bit fields), 9.7.8 (logic and shifts).
//
//===----------------------------------------------------------------------===//

#include "Families.h"
#include "Lanes.h"

namespace hinm::emulator::HINM_LANES {
namespace {

struct And {
  template <typename T>
  static T run(T a, T b) {
    return a & b;
  }
};
struct Or {
  template <typename T>
  static T run(T a, T b) {
    return a | b;
  }
};
struct Xor {
  template <typename T>
  static T run(T a, T b) {
    return a ^ b;
  }
};

template <typename T, typename F>
void logic(Warp &warp, const Op &op) {
  map2<T, T, T>(warp, op, [](T a, T b) { return T(F::run(a, b)); });
}
template <typename F>
void logicPredicate(Warp &warp, const Op &op) {
  setPredicate(
      warp, op.o[0],
      F::run(*warp.at<uint32_t>(op.o[1]), *warp.at<uint32_t>(op.o[2])));
}

template <typename F>
bool decodeLogic(Instr &in) {
  Type type = in.type();
  if (type == Type::Pred)
    return in.expectOperands(3, 3) && in.resultPredicate(0) &&
           in.sourcePredicate(1) && in.sourcePredicate(2) &&
           in.finish(logicPredicate<F>, InstructionClass::Predicate);
  Handler run = type == Type::B16   ? logic<uint16_t, F>
                : type == Type::B32 ? logic<uint32_t, F>
                : type == Type::B64 ? logic<uint64_t, F>
                                    : nullptr;
  if (!run)
    return in.unsupported();
  return in.expectOperands(3, 3) && in.result(0, type) && in.source(1, type) &&
         in.source(2, type) && in.finish(run, InstructionClass::Integer);
}

template <typename T, bool IsLogical>
void invert(Warp &warp, const Op &op) {
  map1<T, T>(warp, op, [](T a) { return IsLogical ? T(a == 0) : T(~a); });
}
void invertPredicate(Warp &warp, const Op &op) {
  setPredicate(warp, op.o[0], ~*warp.at<uint32_t>(op.o[1]));
}

template <bool IsLogical>
bool decodeNot(Instr &in) {
  Type type = in.type();
  if (type == Type::Pred && !IsLogical)
    return in.expectOperands(2, 2) && in.resultPredicate(0) &&
           in.sourcePredicate(1) &&
           in.finish(invertPredicate, InstructionClass::Predicate);
  Handler run = type == Type::B16   ? invert<uint16_t, IsLogical>
                : type == Type::B32 ? invert<uint32_t, IsLogical>
                : type == Type::B64 ? invert<uint64_t, IsLogical>
                                    : nullptr;
  if (!run)
    return in.unsupported();
  return in.expectOperands(2, 2) && in.result(0, type) && in.source(1, type) &&
         in.finish(run, InstructionClass::Integer);
}

/// Amounts beyond the width count as the width.
template <typename T>
void shiftLeft(Warp &warp, const Op &op) {
  map2<T, T, uint32_t>(warp, op, [](T a, uint32_t n) {
    return n >= sizeof(T) * 8 ? T(0) : T(T(a) << (n & (sizeof(T) * 8 - 1)));
  });
}
template <typename T>
void shiftRight(Warp &warp, const Op &op) {
  map2<T, T, uint32_t>(warp, op, [](T a, uint32_t n) {
    constexpr uint32_t top = sizeof(T) * 8 - 1;
    if (std::is_signed_v<T>)
      return T(a >> (n > top ? top : n));
    return n > top ? T(0) : T(a >> (n & top));
  });
}

bool decodeShift(Instr &in) {
  Type type = in.type();
  Handler run = nullptr;
  if (in.isRoot("shl")) {
    run = type == Type::B16   ? shiftLeft<uint16_t>
          : type == Type::B32 ? shiftLeft<uint32_t>
          : type == Type::B64 ? shiftLeft<uint64_t>
                              : nullptr;
  } else {
    switch (type) {
    case Type::B16:
    case Type::U16:
      run = shiftRight<uint16_t>;
      break;
    case Type::S16:
      run = shiftRight<int16_t>;
      break;
    case Type::B32:
    case Type::U32:
      run = shiftRight<uint32_t>;
      break;
    case Type::S32:
      run = shiftRight<int32_t>;
      break;
    case Type::B64:
    case Type::U64:
      run = shiftRight<uint64_t>;
      break;
    case Type::S64:
      run = shiftRight<int64_t>;
      break;
    default:
      break;
    }
  }
  if (!run)
    return in.unsupported();
  return in.expectOperands(3, 3) && in.result(0, type) && in.source(1, type) &&
         in.source(2, Type::U32) && in.finish(run, InstructionClass::Integer);
}

/// a: 0 left, 1 right; b: 0 wrap, 1 clamp.
template <bool IsRight, bool Clamps>
void funnelShift(Warp &warp, const Op &op) {
  map3<uint32_t, uint32_t, uint32_t, uint32_t>(
      warp, op, [](uint32_t low, uint32_t high, uint32_t n) {
        n = Clamps ? (n > 32 ? 32 : n) : n & 31;
        uint64_t both = uint64_t(high) << 32 | low;
        return IsRight ? uint32_t(both >> n) : uint32_t(both << n >> 32);
      });
}

bool decodeFunnel(Instr &in) {
  static const char *const directions[] = {"l", "r", nullptr};
  static const char *const modes[] = {"wrap", "clamp", nullptr};
  int direction = in.oneOf(directions), mode = in.oneOf(modes);
  if (direction < 0 || mode < 0 || in.type() != Type::B32)
    return in.unsupported();
  Handler run =
      direction ? (mode ? funnelShift<true, true> : funnelShift<true, false>)
                : (mode ? funnelShift<false, true> : funnelShift<false, false>);
  return in.expectOperands(4, 4) && in.result(0, Type::B32) &&
         in.source(1, Type::B32) && in.source(2, Type::B32) &&
         in.source(3, Type::U32) && in.finish(run, InstructionClass::Integer);
}

/// Each bit of the result is that of the table which the three bits number.
inline uint32_t combine3(uint32_t table, uint32_t a, uint32_t b, uint32_t c) {
  uint32_t result = 0;
  for (unsigned i = 0; i < 8; ++i) {
    uint32_t wanted = 0u - (table >> i & 1);
    uint32_t here = (i & 4 ? a : ~a) & (i & 2 ? b : ~b) & (i & 1 ? c : ~c);
    result |= here & wanted;
  }
  return result;
}

void lop3(Warp &warp, const Op &op) {
  uint32_t table = uint32_t(op.imm);
  map3<uint32_t, uint32_t, uint32_t, uint32_t>(
      warp, op, [table](uint32_t a, uint32_t b, uint32_t c) {
        return combine3(table, a, b, c);
      });
}

/// o: d, p, a, b, c, q: also p = (d != 0) and, or q. op.a: 1 for or.
void lop3Predicate(Warp &warp, const Op &op) {
  // The registers of d and the sources may be the same.
  uint32_t made[kWarpSize];
  const uint32_t *a = warp.at<uint32_t>(op.o[2]);
  const uint32_t *b = warp.at<uint32_t>(op.o[3]);
  const uint32_t *c = warp.at<uint32_t>(op.o[4]);
  uint32_t q = *warp.at<uint32_t>(op.o[5]), nonzero = 0;
  for (unsigned i = 0; i < kWarpSize; ++i) {
    made[i] = combine3(uint32_t(op.imm), a[i], b[i], c[i]);
    nonzero |= uint32_t(made[i] != 0) << i;
  }
  blend(warp.at<uint32_t>(op.o[0]), made, warp.mask);
  setPredicate(warp, op.o[1], op.a ? nonzero | q : nonzero & q);
}

bool decodeLop3(Instr &in) {
  static const char *const combinations[] = {"and", "or", nullptr};
  int combination = in.oneOf(combinations);
  if (in.type() != Type::B32)
    return in.unsupported();
  if (combination >= 0) {
    in.op.a = uint32_t(combination);
    return in.expectOperands(6, 6) && in.result(0, Type::B32) &&
           in.resultSecondPredicate(0) && in.source(1, Type::B32) &&
           in.source(2, Type::B32) && in.source(3, Type::B32) &&
           in.sourcePredicate(5) && in.immediate(4, in.op.imm) &&
           in.finish(lop3Predicate, InstructionClass::Integer);
  }
  return in.expectOperands(5, 5) && in.result(0, Type::B32) &&
         in.source(1, Type::B32) && in.source(2, Type::B32) &&
         in.source(3, Type::B32) && in.immediate(4, in.op.imm) &&
         in.finish(lop3, InstructionClass::Integer);
}

void permuteBytes(Warp &warp, const Op &op) {
  map3<uint32_t, uint32_t, uint32_t, uint32_t>(
      warp, op, [](uint32_t a, uint32_t b, uint32_t selector) {
        uint64_t both = uint64_t(b) << 32 | a;
        uint32_t result = 0;
        for (unsigned i = 0; i < 4; ++i) {
          uint32_t pick = selector >> 4 * i;
          uint32_t byte = uint32_t(both >> 8 * (pick & 7)) & 0xff;
          uint32_t sign = byte & 0x80 ? 0xffu : 0u;
          result |= (pick & 8 ? sign : byte) << 8 * i;
        }
        return result;
      });
}
/// The modes f4e, b4e, rc8, ecl, ecr, rc16 as selectors; op.imm is the mode.
void permuteBytesMode(Warp &warp, const Op &op) {
  unsigned mode = unsigned(op.imm);
  map3<uint32_t, uint32_t, uint32_t, uint32_t>(
      warp, op, [mode](uint32_t a, uint32_t b, uint32_t c) {
        static const uint16_t selectors[6][4] = {
            {0x3210, 0x4321, 0x5432, 0x6543}, {0x5670, 0x6701, 0x7012, 0x0123},
            {0x0000, 0x1111, 0x2222, 0x3333}, {0x3210, 0x3211, 0x3222, 0x3333},
            {0x0000, 0x1110, 0x2210, 0x3210}, {0x1010, 0x3232, 0x1010, 0x3232}};
        uint32_t selector = selectors[mode][c & 3];
        uint64_t both = uint64_t(b) << 32 | a;
        uint32_t result = 0;
        for (unsigned i = 0; i < 4; ++i)
          result |= (uint32_t(both >> 8 * (selector >> 4 * i & 7)) & 0xff)
                    << 8 * i;
        return result;
      });
}

bool decodePermute(Instr &in) {
  static const char *const modes[] = {"f4e", "b4e",  "rc8",  "ecl",
                                      "ecr", "rc16", nullptr};
  if (in.type() != Type::B32)
    return in.unsupported();
  int mode = in.oneOf(modes);
  in.op.imm = mode;
  return in.expectOperands(4, 4) && in.result(0, Type::B32) &&
         in.source(1, Type::B32) && in.source(2, Type::B32) &&
         in.source(3, Type::B32) &&
         in.finish(mode >= 0 ? permuteBytesMode : permuteBytes,
                   InstructionClass::Move);
}

template <typename T>
void extractField(Warp &warp, const Op &op) {
  map3<T, T, uint32_t, uint32_t>(
      warp, op, [](T a, uint32_t start, uint32_t length) {
        using U = std::make_unsigned_t<T>;
        constexpr uint32_t width = sizeof(T) * 8;
        start &= 0xff;
        length &= 0xff;
        if (length == 0)
          return T(0);
        uint32_t last = start + length - 1;
        last = last > width - 1 ? width - 1 : last;
        U sign = std::is_signed_v<T> ? U(U(a) >> last & 1) : U(0);
        if (start > width - 1)
          return T(0 - sign);
        U field = U(a) >> start;
        uint32_t kept = last - start + 1;
        if (length > kept && std::is_signed_v<T>)
          return T(a >> start);
        if (kept >= width)
          return T(field);
        U mask = (U(1) << kept) - 1;
        return T((field & mask) | (sign ? U(~mask) : U(0)));
      });
}

bool decodeExtract(Instr &in) {
  Type type = in.type();
  Handler run = type == Type::U32   ? extractField<uint32_t>
                : type == Type::S32 ? extractField<int32_t>
                : type == Type::U64 ? extractField<uint64_t>
                : type == Type::S64 ? extractField<int64_t>
                                    : nullptr;
  if (!run)
    return in.unsupported();
  return in.expectOperands(4, 4) && in.result(0, type) && in.source(1, type) &&
         in.source(2, Type::U32) && in.source(3, Type::U32) &&
         in.finish(run, InstructionClass::Integer);
}

template <typename T>
void insertField(Warp &warp, const Op &op) {
  T *d = warp.at<T>(op.o[0]);
  const T *a = warp.at<T>(op.o[1]), *b = warp.at<T>(op.o[2]);
  const uint32_t *c = warp.at<uint32_t>(op.o[3]);
  const uint32_t *n = warp.at<uint32_t>(op.o[4]);
  constexpr uint32_t width = sizeof(T) * 8;
  for (unsigned i = 0; i < kWarpSize; ++i) {
    if (!(warp.mask >> i & 1))
      continue;
    uint32_t start = c[i] & 0xff, length = n[i] & 0xff;
    T mask = length >= width ? T(~T(0)) : T((T(1) << length) - 1);
    mask = start >= width ? T(0) : T(mask << start);
    T field = start >= width ? T(0) : T(a[i] << start);
    d[i] = (b[i] & ~mask) | (field & mask);
  }
}

bool decodeInsert(Instr &in) {
  Type type = in.type();
  if (type != Type::B32 && type != Type::B64)
    return in.unsupported();
  return in.expectOperands(5, 5) && in.result(0, type) && in.source(1, type) &&
         in.source(2, type) && in.source(3, Type::U32) &&
         in.source(4, Type::U32) &&
         in.finish(type == Type::B32 ? insertField<uint32_t>
                                     : insertField<uint64_t>,
                   InstructionClass::Integer);
}

struct PopCount {
  static uint32_t run(uint32_t a) { return uint32_t(__builtin_popcount(a)); }
  static uint32_t run(uint64_t a) { return uint32_t(__builtin_popcountll(a)); }
};
struct LeadingZeros {
  static uint32_t run(uint32_t a) {
    return a ? uint32_t(__builtin_clz(a)) : 32;
  }
  static uint32_t run(uint64_t a) {
    return a ? uint32_t(__builtin_clzll(a)) : 64;
  }
};
template <typename T, typename F>
void count(Warp &warp, const Op &op) {
  map1<uint32_t, T>(warp, op, [](T a) { return F::run(a); });
}
template <typename F>
bool decodeCount(Instr &in) {
  Type type = in.type();
  if (type != Type::B32 && type != Type::B64)
    return in.unsupported();
  return in.expectOperands(2, 2) && in.result(0, Type::U32) &&
         in.source(1, type) &&
         in.finish(type == Type::B32 ? count<uint32_t, F> : count<uint64_t, F>,
                   InstructionClass::Integer);
}

template <typename T>
void reverseBits(Warp &warp, const Op &op) {
  map1<T, T>(warp, op, [](T a) {
    T result = 0;
    for (unsigned i = 0; i < sizeof(T) * 8; ++i)
      result |= T(a >> i & 1) << (sizeof(T) * 8 - 1 - i);
    return result;
  });
}
bool decodeReverse(Instr &in) {
  Type type = in.type();
  if (type != Type::B32 && type != Type::B64)
    return in.unsupported();
  return in.expectOperands(2, 2) && in.result(0, type) && in.source(1, type) &&
         in.finish(type == Type::B32 ? reverseBits<uint32_t>
                                     : reverseBits<uint64_t>,
                   InstructionClass::Integer);
}

/// The highest bit that differs from the sign; imm 1 gives a shift amount.
template <typename T>
void findLeading(Warp &warp, const Op &op) {
  bool shift = op.imm;
  map1<uint32_t, T>(warp, op, [shift](T a) {
    using U = std::make_unsigned_t<T>;
    U bits = U(std::is_signed_v<T> && a < 0 ? ~a : a);
    if (bits == 0)
      return ~0u;
    uint32_t top = 63 - uint32_t(__builtin_clzll(uint64_t(bits)));
    return shift ? uint32_t(sizeof(T) * 8 - 1) - top : top;
  });
}
bool decodeFind(Instr &in) {
  in.op.imm = in.has("shiftamt");
  Type type = in.type();
  Handler run = type == Type::U32   ? findLeading<uint32_t>
                : type == Type::S32 ? findLeading<int32_t>
                : type == Type::U64 ? findLeading<uint64_t>
                : type == Type::S64 ? findLeading<int64_t>
                                    : nullptr;
  if (!run)
    return in.unsupported();
  return in.expectOperands(2, 2) && in.result(0, Type::U32) &&
         in.source(1, type) && in.finish(run, InstructionClass::Integer);
}

template <bool Clamps>
void makeMask(Warp &warp, const Op &op) {
  map2<uint32_t, uint32_t, uint32_t>(warp, op, [](uint32_t a, uint32_t b) {
    a = Clamps ? a : a & 31;
    b = Clamps ? b : b & 31;
    if (a >= 32)
      return 0u;
    uint32_t ones = b >= 32 ? ~0u : (1u << b) - 1;
    return ones << a;
  });
}
bool decodeMask(Instr &in) {
  static const char *const modes[] = {"wrap", "clamp", nullptr};
  int mode = in.oneOf(modes);
  if (mode < 0 || in.type() != Type::B32)
    return in.unsupported();
  return in.expectOperands(3, 3) && in.result(0, Type::B32) &&
         in.source(1, Type::U32) && in.source(2, Type::U32) &&
         in.finish(mode ? makeMask<true> : makeMask<false>,
                   InstructionClass::Integer);
}

/// imm: 1 signed, 2 clamp.
void extend(Warp &warp, const Op &op) {
  bool isSigned = op.imm & 1, clamps = op.imm & 2;
  map2<uint32_t, uint32_t, uint32_t>(warp, op, [=](uint32_t a, uint32_t n) {
    n = clamps ? (n > 32 ? 32 : n) : n & 31;
    if (n == 0)
      return 0u;
    if (n == 32)
      return a;
    uint32_t low = a & ((1u << n) - 1);
    return isSigned && (low >> (n - 1) & 1) ? low | ~0u << n : low;
  });
}
bool decodeExtend(Instr &in) {
  static const char *const modes[] = {"wrap", "clamp", nullptr};
  int mode = in.oneOf(modes);
  Type type = in.type();
  if (mode < 0 || (type != Type::U32 && type != Type::S32))
    return in.unsupported();
  in.op.imm = (type == Type::S32) | mode << 1;
  return in.expectOperands(3, 3) && in.result(0, type) && in.source(1, type) &&
         in.source(2, Type::U32) &&
         in.finish(extend, InstructionClass::Integer);
}

/// The n-th set bit from a base position (PTX ISA 9.7.1.16).
void findNthSet(Warp &warp, const Op &op) {
  map3<uint32_t, uint32_t, uint32_t, int32_t>(
      warp, op, [](uint32_t mask, uint32_t base, int32_t offset) {
        base &= 31;
        if (offset == 0)
          return mask >> base & 1 ? base : ~0u;
        int32_t step = offset > 0 ? 1 : -1;
        int32_t left = offset > 0 ? offset : -offset;
        for (int32_t at = int32_t(base); at >= 0 && at < 32; at += step)
          if (mask >> at & 1)
            if (--left == 0)
              return uint32_t(at);
        return ~0u;
      });
}
bool decodeNthSet(Instr &in) {
  if (in.type() != Type::B32)
    return in.unsupported();
  return in.expectOperands(4, 4) && in.result(0, Type::B32) &&
         in.source(1, Type::B32) && in.source(2, Type::B32) &&
         in.source(3, Type::S32) &&
         in.finish(findNthSet, InstructionClass::Integer);
}

} // namespace

const InstructionRow *bitInstructions() {
  static const InstructionRow rows[] = {
      {"and", decodeLogic<And>},
      {"or", decodeLogic<Or>},
      {"xor", decodeLogic<Xor>},
      {"not", decodeNot<false>},
      {"cnot", decodeNot<true>},
      {"shl", decodeShift},
      {"shr", decodeShift},
      {"shf", decodeFunnel},
      {"lop3", decodeLop3},
      {"prmt", decodePermute},
      {"bfe", decodeExtract},
      {"bfi", decodeInsert},
      {"popc", decodeCount<PopCount>},
      {"clz", decodeCount<LeadingZeros>},
      {"brev", decodeReverse},
      {"bfind", decodeFind},
      {"bmsk", decodeMask},
      {"szext", decodeExtend},
      {"fns", decodeNthSet},
      {nullptr, nullptr},
  };
  return rows;
}

} // namespace hinm::emulator::HINM_LANES

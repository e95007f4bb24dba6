//===- Integer.cpp - integer arithmetic -------------------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// PTX ISA 9.7.1, integer arithmetic instructions.
//
//===----------------------------------------------------------------------===//

#include "Families.h"
#include "Lanes.h"

namespace hinm::emulator::HINM_LANES {
namespace {

template <typename T>
using Unsigned = std::make_unsigned_t<T>;

// The arithmetic is done without sign, where overflow wraps.
struct Add {
  template <typename T>
  static T run(T a, T b) {
    return T(Unsigned<T>(a) + Unsigned<T>(b));
  }
};
struct Sub {
  template <typename T>
  static T run(T a, T b) {
    return T(Unsigned<T>(a) - Unsigned<T>(b));
  }
};
struct MulLo {
  template <typename T>
  static T run(T a, T b) {
    return T(uint64_t(Unsigned<T>(a)) * uint64_t(Unsigned<T>(b)));
  }
};
struct MulHi {
  static uint16_t run(uint16_t a, uint16_t b) {
    return uint16_t(uint32_t(a) * b >> 16);
  }
  static int16_t run(int16_t a, int16_t b) {
    return int16_t(int32_t(a) * b >> 16);
  }
  static uint32_t run(uint32_t a, uint32_t b) {
    return uint32_t(uint64_t(a) * b >> 32);
  }
  static int32_t run(int32_t a, int32_t b) {
    return int32_t(int64_t(a) * b >> 32);
  }
  static uint64_t run(uint64_t a, uint64_t b) {
    return uint64_t((unsigned __int128)a * b >> 64);
  }
  static int64_t run(int64_t a, int64_t b) {
    return int64_t((__int128)a * b >> 64);
  }
};
struct Min {
  template <typename T>
  static T run(T a, T b) {
    return a < b ? a : b;
  }
};
struct Max {
  template <typename T>
  static T run(T a, T b) {
    return a > b ? a : b;
  }
};
/// .relu: no less than 0.
template <typename F>
struct Relu {
  template <typename T>
  static T run(T a, T b) {
    T value = F::run(a, b);
    return value < 0 ? T(0) : value;
  }
};
/// Division by zero is unspecified; hardware gives all ones.
struct Div {
  template <typename T>
  static T run(T a, T b) {
    if (b == 0)
      return T(~Unsigned<T>(0));
    if (std::is_signed_v<T> && b == T(-1))
      return T(0 - Unsigned<T>(a));
    return T(a / b);
  }
};
struct Rem {
  template <typename T>
  static T run(T a, T b) {
    if (b == 0)
      return a;
    if (std::is_signed_v<T> && b == T(-1))
      return 0;
    return T(a % b);
  }
};

template <typename T, typename F>
void binary(Warp &warp, const Op &op) {
  map2<T, T, T>(warp, op, [](T a, T b) { return F::run(a, b); });
}

/// Two 16-bit halves.
template <typename T, typename F>
void binaryPair(Warp &warp, const Op &op) {
  map2<uint32_t, uint32_t, uint32_t>(warp, op, [](uint32_t a, uint32_t b) {
    uint32_t low = uint16_t(F::run(T(a), T(b)));
    uint32_t high = uint16_t(F::run(T(a >> 16), T(b >> 16)));
    return low | high << 16;
  });
}

template <typename F>
Handler binaryOf(Type type) {
  switch (type) {
  case Type::U16:
  case Type::B16:
    return binary<uint16_t, F>;
  case Type::S16:
    return binary<int16_t, F>;
  case Type::U32:
  case Type::B32:
    return binary<uint32_t, F>;
  case Type::S32:
    return binary<int32_t, F>;
  case Type::U64:
  case Type::B64:
    return binary<uint64_t, F>;
  case Type::S64:
    return binary<int64_t, F>;
  default:
    return nullptr;
  }
}

bool isInteger(Type type) {
  return type == Type::U16 || type == Type::S16 || type == Type::U32 ||
         type == Type::S32 || type == Type::U64 || type == Type::S64;
}

Type wider(Type type) {
  switch (type) {
  case Type::U16:
    return Type::U32;
  case Type::S16:
    return Type::S32;
  case Type::U32:
    return Type::U64;
  default:
    return Type::S64;
  }
}

template <typename F>
bool decodeBinary(Instr &in) {
  static const char *const pairs[] = {"u16x2", "s16x2", nullptr};
  int pair = in.oneOf(pairs);
  if (pair >= 0)
    return in.expectOperands(3, 3) && in.result(0, Type::U32) &&
           in.source(1, Type::U32) && in.source(2, Type::U32) &&
           in.finish(pair == 0 ? binaryPair<uint16_t, F>
                               : binaryPair<int16_t, F>,
                     InstructionClass::Integer);
  Type type = in.type();
  if (!isInteger(type))
    return in.unsupported();
  return in.expectOperands(3, 3) && in.result(0, type) && in.source(1, type) &&
         in.source(2, type) &&
         in.finish(binaryOf<F>(type), InstructionClass::Integer);
}

int32_t saturate(int64_t wide) {
  return int32_t(wide > INT32_MAX   ? INT32_MAX
                 : wide < INT32_MIN ? INT32_MIN
                                    : wide);
}

template <bool IsSub>
void saturating(Warp &warp, const Op &op) {
  map2<int32_t, int32_t, int32_t>(warp, op, [](int32_t a, int32_t b) {
    return saturate(IsSub ? int64_t(a) - b : int64_t(a) + b);
  });
}

template <typename D, typename S>
void mulWide(Warp &warp, const Op &op) {
  map2<D, S, S>(warp, op, [](S a, S b) { return D(D(a) * D(b)); });
}

template <typename D, typename S>
void madWide(Warp &warp, const Op &op) {
  map3<D, S, S, D>(warp, op, [](S a, S b, D c) {
    return D(Unsigned<D>(D(a) * D(b)) + Unsigned<D>(c));
  });
}

template <typename T, typename F>
void multiplyAdd(Warp &warp, const Op &op) {
  map3<T, T, T, T>(warp, op, [](T a, T b, T c) {
    return T(Unsigned<T>(F::run(a, b)) + Unsigned<T>(c));
  });
}

/// mad.hi.sat.s32, mad24.hi.sat.s32.
template <typename F>
void multiplyAddSaturating(Warp &warp, const Op &op) {
  map3<int32_t, int32_t, int32_t, int32_t>(
      warp, op, [](int32_t a, int32_t b, int32_t c) {
        return saturate(int64_t(F::run(a, b)) + c);
      });
}

template <typename F>
Handler multiplyAddOf(Type type) {
  switch (type) {
  case Type::U16:
    return multiplyAdd<uint16_t, F>;
  case Type::S16:
    return multiplyAdd<int16_t, F>;
  case Type::U32:
    return multiplyAdd<uint32_t, F>;
  case Type::S32:
    return multiplyAdd<int32_t, F>;
  case Type::U64:
    return multiplyAdd<uint64_t, F>;
  default:
    return multiplyAdd<int64_t, F>;
  }
}

bool decodeMultiply(Instr &in, bool adds) {
  static const char *const parts[] = {"lo", "hi", "wide", nullptr};
  int part = in.oneOf(parts);
  bool saturates = in.has("sat");
  Type type = in.type();
  if (!isInteger(type) || part < 0)
    return in.unsupported();
  if (saturates && (!adds || part != 1 || type != Type::S32))
    return in.fail("'.sat' needs 'mad.hi.s32'");
  if (!in.expectOperands(3 + adds, 3 + adds))
    return false;
  bool isWide = part == 2;
  if (isWide && ast::typeBytes(type) == 8)
    return in.fail("'.wide' needs 16- or 32-bit operands");
  Type result = isWide ? wider(type) : type;
  if (!in.result(0, result) || !in.source(1, type) || !in.source(2, type) ||
      (adds && !in.source(3, result)))
    return false;
  Handler run;
  if (isWide) {
    switch (type) {
    case Type::U16:
      run = adds ? madWide<uint32_t, uint16_t> : mulWide<uint32_t, uint16_t>;
      break;
    case Type::S16:
      run = adds ? madWide<int32_t, int16_t> : mulWide<int32_t, int16_t>;
      break;
    case Type::U32:
      run = adds ? madWide<uint64_t, uint32_t> : mulWide<uint64_t, uint32_t>;
      break;
    default:
      run = adds ? madWide<int64_t, int32_t> : mulWide<int64_t, int32_t>;
    }
  } else if (saturates) {
    run = multiplyAddSaturating<MulHi>;
  } else if (adds) {
    run = part == 0 ? multiplyAddOf<MulLo>(type) : multiplyAddOf<MulHi>(type);
  } else {
    run = part == 0 ? binaryOf<MulLo>(type) : binaryOf<MulHi>(type);
  }
  return in.finish(run, InstructionClass::Integer);
}

struct Mul24Lo {
  static uint32_t run(uint32_t a, uint32_t b) {
    return (a & 0xffffff) * (b & 0xffffff);
  }
  static int32_t run(int32_t a, int32_t b) {
    return int32_t(int64_t(int32_t(uint32_t(a) << 8) >> 8) *
                   int64_t(int32_t(uint32_t(b) << 8) >> 8));
  }
};
struct Mul24Hi {
  static uint32_t run(uint32_t a, uint32_t b) {
    return uint32_t(uint64_t(a & 0xffffff) * (b & 0xffffff) >> 16);
  }
  static int32_t run(int32_t a, int32_t b) {
    return int32_t(int64_t(int32_t(uint32_t(a) << 8) >> 8) *
                       int64_t(int32_t(uint32_t(b) << 8) >> 8) >>
                   16);
  }
};

bool decode24(Instr &in, bool adds) {
  static const char *const parts[] = {"lo", "hi", nullptr};
  int part = in.oneOf(parts);
  bool saturates = in.has("sat");
  Type type = in.type();
  if (part < 0 || (type != Type::U32 && type != Type::S32))
    return in.unsupported();
  bool isSigned = type == Type::S32;
  if (saturates && (!adds || part != 1 || !isSigned))
    return in.fail("'.sat' needs 'mad24.hi.s32'");
  Handler run = saturates ? multiplyAddSaturating<Mul24Hi>
                : adds
                    ? (part == 0 ? (isSigned ? multiplyAdd<int32_t, Mul24Lo>
                                             : multiplyAdd<uint32_t, Mul24Lo>)
                                 : (isSigned ? multiplyAdd<int32_t, Mul24Hi>
                                             : multiplyAdd<uint32_t, Mul24Hi>))
                    : (part == 0 ? (isSigned ? binary<int32_t, Mul24Lo>
                                             : binary<uint32_t, Mul24Lo>)
                                 : (isSigned ? binary<int32_t, Mul24Hi>
                                             : binary<uint32_t, Mul24Hi>));
  return in.expectOperands(3 + adds, 3 + adds) && in.result(0, type) &&
         in.source(1, type) && in.source(2, type) &&
         (!adds || in.source(3, type)) &&
         in.finish(run, InstructionClass::Integer);
}

template <typename T>
void absolute(Warp &warp, const Op &op) {
  map1<T, T>(warp, op, [](T a) { return a < 0 ? T(0 - Unsigned<T>(a)) : a; });
}
template <typename T>
void negate(Warp &warp, const Op &op) {
  map1<T, T>(warp, op, [](T a) { return T(0 - Unsigned<T>(a)); });
}
template <typename T>
void sumOfDifferences(Warp &warp, const Op &op) {
  map3<T, T, T, T>(warp, op, [](T a, T b, T c) {
    Unsigned<T> difference = a < b ? Unsigned<T>(b) - Unsigned<T>(a)
                                   : Unsigned<T>(a) - Unsigned<T>(b);
    return T(Unsigned<T>(c) + difference);
  });
}

bool decodeSad(Instr &in) {
  Type type = in.type();
  Handler run = type == Type::U16   ? sumOfDifferences<uint16_t>
                : type == Type::S16 ? sumOfDifferences<int16_t>
                : type == Type::U32 ? sumOfDifferences<uint32_t>
                : type == Type::S32 ? sumOfDifferences<int32_t>
                : type == Type::U64 ? sumOfDifferences<uint64_t>
                : type == Type::S64 ? sumOfDifferences<int64_t>
                                    : nullptr;
  if (!run)
    return in.unsupported();
  return in.expectOperands(4, 4) && in.result(0, type) && in.source(1, type) &&
         in.source(2, type) && in.source(3, type) &&
         in.finish(run, InstructionClass::Integer);
}

/// dp4a: four 8-bit products; a selects signedness: bit 0 of a's, bit 1 of b's.
template <bool ASigned, bool BSigned>
void dot4(Warp &warp, const Op &op) {
  map3<uint32_t, uint32_t, uint32_t, uint32_t>(
      warp, op, [](uint32_t a, uint32_t b, uint32_t c) {
        for (unsigned i = 0; i < 4; ++i) {
          int32_t x = ASigned ? int8_t(a >> 8 * i) : uint8_t(a >> 8 * i);
          int32_t y = BSigned ? int8_t(b >> 8 * i) : uint8_t(b >> 8 * i);
          c += uint32_t(x * y);
        }
        return c;
      });
}
/// dp2a: two 16-bit by 8-bit products; imm is the first byte of b.
template <bool ASigned, bool BSigned>
void dot2(Warp &warp, const Op &op) {
  unsigned first = unsigned(op.imm);
  map3<uint32_t, uint32_t, uint32_t, uint32_t>(
      warp, op, [first](uint32_t a, uint32_t b, uint32_t c) {
        for (unsigned i = 0; i < 2; ++i) {
          int32_t x = ASigned ? int16_t(a >> 16 * i) : uint16_t(a >> 16 * i);
          uint32_t byte = b >> 8 * (first + i);
          int32_t y = BSigned ? int8_t(byte) : uint8_t(byte);
          c += uint32_t(x * y);
        }
        return c;
      });
}

bool decodeDot(Instr &in, bool isTwo) {
  static const char *const halves[] = {"lo", "hi", nullptr};
  if (isTwo) {
    int half = in.oneOf(halves);
    if (half < 0)
      return in.unsupported();
    in.op.imm = half * 2;
  }
  Type a = in.type(), b = in.type();
  bool as = a == Type::S32, bs = b == Type::S32;
  if ((!as && a != Type::U32) || (!bs && b != Type::U32))
    return in.unsupported();
  Handler run = isTwo ? (as ? (bs ? dot2<true, true> : dot2<true, false>)
                            : (bs ? dot2<false, true> : dot2<false, false>))
                      : (as ? (bs ? dot4<true, true> : dot4<true, false>)
                            : (bs ? dot4<false, true> : dot4<false, false>));
  return in.expectOperands(4, 4) && in.result(0, Type::B32) &&
         in.source(1, Type::B32) && in.source(2, Type::B32) &&
         in.source(3, Type::B32) && in.finish(run, InstructionClass::Integer);
}

} // namespace

/// add, sub: integer, or a float of Float.cpp.
bool decodeIntegerAddSub(Instr &in, bool isSub, Type type) {
  bool saturates = in.has("sat");
  if (saturates && type != Type::S32)
    return in.fail("'.sat' needs '.s32'");
  if (!isInteger(type) && type != Type::None)
    return in.unsupported();
  Handler run = saturates ? (isSub ? saturating<true> : saturating<false>)
                : isSub   ? binaryOf<Sub>(type)
                          : binaryOf<Add>(type);
  if (type == Type::None) {
    if (isSub)
      return decodeBinary<Sub>(in);
    return decodeBinary<Add>(in);
  }
  return in.expectOperands(3, 3) && in.result(0, type) && in.source(1, type) &&
         in.source(2, type) && in.finish(run, InstructionClass::Integer);
}

bool decodeIntegerMul(Instr &in) { return decodeMultiply(in, false); }
bool decodeIntegerMad(Instr &in) { return decodeMultiply(in, true); }

template <typename F>
static bool decodeOf(Instr &in, Type type) {
  if (type == Type::None)
    return decodeBinary<F>(in);
  if (!isInteger(type))
    return in.unsupported();
  return in.expectOperands(3, 3) && in.result(0, type) && in.source(1, type) &&
         in.source(2, type) &&
         in.finish(binaryOf<F>(type), InstructionClass::Integer);
}
bool decodeIntegerMinMax(Instr &in, bool isMax, Type type) {
  if (!in.has("relu"))
    return isMax ? decodeOf<Max>(in, type) : decodeOf<Min>(in, type);
  if (type == Type::S32)
    return isMax ? decodeOf<Relu<Max>>(in, type)
                 : decodeOf<Relu<Min>>(in, type);
  if (!in.has("s16x2") || type != Type::None)
    return in.fail("'.relu' needs '.s32' or '.s16x2'");
  return in.expectOperands(3, 3) && in.result(0, Type::U32) &&
         in.source(1, Type::U32) && in.source(2, Type::U32) &&
         in.finish(isMax ? binaryPair<int16_t, Relu<Max>>
                         : binaryPair<int16_t, Relu<Min>>,
                   InstructionClass::Integer);
}
bool decodeIntegerDiv(Instr &in, Type type) { return decodeOf<Div>(in, type); }

bool decodeIntegerAbsNeg(Instr &in, bool isAbs, Type type) {
  Handler run =
      type == Type::S16   ? (isAbs ? absolute<int16_t> : negate<int16_t>)
      : type == Type::S32 ? (isAbs ? absolute<int32_t> : negate<int32_t>)
      : type == Type::S64 ? (isAbs ? absolute<int64_t> : negate<int64_t>)
                          : nullptr;
  if (!run)
    return in.unsupported();
  return in.expectOperands(2, 2) && in.result(0, type) && in.source(1, type) &&
         in.finish(run, InstructionClass::Integer);
}

const InstructionRow *integerInstructions() {
  static const InstructionRow rows[] = {
      {"rem", decodeBinary<Rem>},
      {"mul24", [](Instr &in) { return decode24(in, false); }},
      {"mad24", [](Instr &in) { return decode24(in, true); }},
      {"sad", decodeSad},
      {"dp4a", [](Instr &in) { return decodeDot(in, false); }},
      {"dp2a", [](Instr &in) { return decodeDot(in, true); }},
      {nullptr, nullptr},
  };
  return rows;
}

} // namespace hinm::emulator::HINM_LANES

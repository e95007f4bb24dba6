//===- Float.cpp - floating-point arithmetic --------------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// PTX ISA 9.7.3 to 9.7.5. Results that are NaN are the GPU's canonical NaN.
// Directed rounding sets the host's mode around the loop.
//
//===----------------------------------------------------------------------===//

#include "Families.h"
#include "SmallFloat.h"

#include <cfenv>
#include <cmath>

namespace hinm::emulator::HINM_LANES {

bool decodeIntegerAddSub(Instr &in, bool isSub, Type type);
bool decodeIntegerMul(Instr &in);
bool decodeIntegerMad(Instr &in);
bool decodeIntegerMinMax(Instr &in, bool isMax, Type type);
bool decodeIntegerDiv(Instr &in, Type type);
bool decodeIntegerAbsNeg(Instr &in, bool isAbs, Type type);
bool decodeCarryOut(Instr &in, bool isSub);
bool decodeMadCarryOut(Instr &in);

namespace {

struct Add {
  template <typename T>
  static T run(T a, T b) {
    return a + b;
  }
};
struct Sub {
  template <typename T>
  static T run(T a, T b) {
    return a - b;
  }
};
struct Mul {
  template <typename T>
  static T run(T a, T b) {
    return a * b;
  }
};
struct Div {
  template <typename T>
  static T run(T a, T b) {
    return a / b;
  }
};
/// The other operand where one is NaN; -0 is less than +0.
struct Min {
  template <typename T>
  static T run(T a, T b) {
    if (a != a)
      return b;
    if (b != b)
      return a;
    if (a == b)
      return std::signbit(a) ? a : b;
    return a < b ? a : b;
  }
};
struct Max {
  template <typename T>
  static T run(T a, T b) {
    if (a != a)
      return b;
    if (b != b)
      return a;
    if (a == b)
      return std::signbit(a) ? b : a;
    return a > b ? a : b;
  }
};
/// NaN where one operand is.
struct MinNaN {
  template <typename T>
  static T run(T a, T b) {
    return a != a ? a : b != b ? b : Min::run(a, b);
  }
};
struct MaxNaN {
  template <typename T>
  static T run(T a, T b) {
    return a != a ? a : b != b ? b : Max::run(a, b);
  }
};
/// The magnitude of the one, the product of the signs.
template <typename F>
struct XorSign {
  static float run(float a, float b) {
    float magnitude = F::run(std::fabs(a), std::fabs(b));
    return std::signbit(a) != std::signbit(b) ? -magnitude : magnitude;
  }
};

template <bool Ftz, bool Sat>
float finish32(float value) {
  value = canonical(flush<Ftz>(value));
  if (Sat)
    value = value > 0 ? (value < 1 ? value : 1.0f) : 0.0f; // NaN gives 0
  return value;
}

template <typename F, bool Ftz, bool Sat>
void binary32(Warp &warp, const Op &op) {
  map2<float, float, float>(warp, op, [](float a, float b) {
    return finish32<Ftz, Sat>(F::run(flush<Ftz>(a), flush<Ftz>(b)));
  });
}
template <typename F>
void binary64(Warp &warp, const Op &op) {
  map2<double, double, double>(
      warp, op, [](double a, double b) { return canonical(F::run(a, b)); });
}

template <bool Ftz, bool Sat>
void fma32(Warp &warp, const Op &op) {
  map3<float, float, float, float>(warp, op, [](float a, float b, float c) {
    return finish32<Ftz, Sat>(
        __builtin_fmaf(flush<Ftz>(a), flush<Ftz>(b), flush<Ftz>(c)));
  });
}
void fma64(Warp &warp, const Op &op) {
  map3<double, double, double, double>(
      warp, op, [](double a, double b, double c) {
        return canonical(__builtin_fma(a, b, c));
      });
}

// 16-bit formats. op.imm bits: 1 ftz, 2 sat, 4 relu.
enum : int { kFtz = 1, kSat = 2, kRelu = 4 };

template <typename Format>
float loadSmall(uint16_t bits, int64_t flags) {
  return Format::load(flags & kFtz ? flushSmall<Format>(bits) : bits);
}
template <typename Format>
uint16_t finishSmall(uint16_t bits, int64_t flags) {
  if (flags & (kSat | kRelu)) {
    float value = Format::load(bits);
    if (value != value)
      return flags & kSat ? 0 : kNaN16;
    if (!(value > 0))
      return 0;
    if ((flags & kSat) && value > 1)
      return Format::store(1.0f);
  }
  if ((bits & ~Format::exponentMask & 0x7fff) &&
      (bits & Format::exponentMask) == Format::exponentMask)
    return kNaN16;
  return flags & kFtz ? flushSmall<Format>(bits) : bits;
}

template <typename Format, typename F>
void binary16(Warp &warp, const Op &op) {
  int64_t flags = op.imm;
  map2<uint16_t, uint16_t, uint16_t>(warp, op, [flags](uint16_t a, uint16_t b) {
    return finishSmall<Format>(
        Format::store(
            F::run(loadSmall<Format>(a, flags), loadSmall<Format>(b, flags))),
        flags);
  });
}
template <typename Format, typename F>
void binary16x2(Warp &warp, const Op &op) {
  int64_t flags = op.imm;
  map2<uint32_t, uint32_t, uint32_t>(warp, op, [flags](uint32_t a, uint32_t b) {
    uint32_t result = 0;
    for (unsigned h = 0; h < 32; h += 16)
      result |=
          uint32_t(finishSmall<Format>(
              Format::store(F::run(loadSmall<Format>(uint16_t(a >> h), flags),
                                   loadSmall<Format>(uint16_t(b >> h), flags))),
              flags))
          << h;
    return result;
  });
}
template <typename Format>
uint16_t fmaOne(uint16_t a, uint16_t b, uint16_t c, int64_t flags) {
  return finishSmall<Format>(
      Format::store(fmaToOdd(loadSmall<Format>(a, flags),
                             loadSmall<Format>(b, flags),
                             loadSmall<Format>(c, flags))),
      flags);
}
template <typename Format>
void fma16(Warp &warp, const Op &op) {
  int64_t flags = op.imm;
  map3<uint16_t, uint16_t, uint16_t, uint16_t>(
      warp, op, [flags](uint16_t a, uint16_t b, uint16_t c) {
        return fmaOne<Format>(a, b, c, flags);
      });
}
template <typename Format>
void fma16x2(Warp &warp, const Op &op) {
  int64_t flags = op.imm;
  map3<uint32_t, uint32_t, uint32_t, uint32_t>(
      warp, op, [flags](uint32_t a, uint32_t b, uint32_t c) {
        uint32_t low =
            fmaOne<Format>(uint16_t(a), uint16_t(b), uint16_t(c), flags);
        uint32_t high = fmaOne<Format>(uint16_t(a >> 16), uint16_t(b >> 16),
                                       uint16_t(c >> 16), flags);
        return low | high << 16;
      });
}

/// op.a is the host's rounding mode.
template <Handler Plain>
void rounded(Warp &warp, const Op &op) {
  std::fesetround(int(op.a));
  Plain(warp, op);
  std::fesetround(FE_TONEAREST);
}

const char *const roundings[] = {"rn", "rz", "rm", "rp", nullptr};
const int hostRoundings[] = {FE_TONEAREST, FE_TOWARDZERO, FE_DOWNWARD,
                             FE_UPWARD};

template <typename F>
Handler choose32(bool directed, bool ftz, bool sat) {
  if (directed)
    return ftz ? (sat ? rounded<binary32<F, true, true>>
                      : rounded<binary32<F, true, false>>)
               : (sat ? rounded<binary32<F, false, true>>
                      : rounded<binary32<F, false, false>>);
  return ftz ? (sat ? binary32<F, true, true> : binary32<F, true, false>)
             : (sat ? binary32<F, false, true> : binary32<F, false, false>);
}

template <typename F>
Handler choose16(Type type) {
  switch (type) {
  case Type::F16:
    return binary16<Half, F>;
  case Type::BF16:
    return binary16<Bfloat, F>;
  case Type::F16x2:
    return binary16x2<Half, F>;
  case Type::BF16x2:
    return binary16x2<Bfloat, F>;
  default:
    return nullptr;
  }
}

bool isSmall(Type type) {
  return type == Type::F16 || type == Type::BF16 || type == Type::F16x2 ||
         type == Type::BF16x2;
}
bool isFloat(Type type) {
  return type == Type::F32 || type == Type::F64 || isSmall(type);
}

bool binaryOperands(Instr &in, Type type) {
  return in.expectOperands(3, 3) && in.result(0, type) && in.source(1, type) &&
         in.source(2, type);
}

template <typename F>
bool decodeArithmetic(Instr &in, Type type) {
  int rounding = in.oneOf(roundings);
  bool ftz = in.has("ftz"), sat = in.has("sat");
  in.op.a = uint32_t(hostRoundings[rounding < 0 ? 0 : rounding]);
  if (!binaryOperands(in, type))
    return false;
  if (type == Type::F32)
    return in.finish(choose32<F>(rounding > 0, ftz, sat),
                     InstructionClass::Float);
  if (type == Type::F64) {
    if (ftz || sat)
      return in.fail("'.ftz' and '.sat' do not go with '.f64'");
    return in.finish(rounding > 0 ? rounded<binary64<F>> : binary64<F>,
                     InstructionClass::Double);
  }
  if (rounding > 0)
    return in.fail("16-bit formats round to nearest only");
  in.op.imm = (ftz ? kFtz : 0) | (sat ? kSat : 0);
  return in.finish(choose16<F>(type), InstructionClass::Half);
}

template <typename F>
bool decodeAddSub(Instr &in, bool isSub) {
  if (in.has("cc"))
    return decodeCarryOut(in, isSub);
  Type type = in.type();
  if (!isFloat(type))
    return decodeIntegerAddSub(in, isSub, type);
  return decodeArithmetic<F>(in, type);
}

bool decodeMul(Instr &in) {
  if (!isFloat(in.peekType()))
    return decodeIntegerMul(in);
  return decodeArithmetic<Mul>(in, in.type());
}

bool decodeDiv(Instr &in) {
  Type type = in.type();
  if (!isFloat(type))
    return decodeIntegerDiv(in, type);
  if (isSmall(type))
    return in.unsupported();
  // The approximate forms are exact here, which their bounds allow.
  if (in.has("approx") || in.has("full")) {
    if (type != Type::F32)
      return in.unsupported();
    bool ftz = in.has("ftz");
    return binaryOperands(in, type) &&
           in.finish(choose32<Div>(false, ftz, false),
                     InstructionClass::Special);
  }
  int rounding = in.oneOf(roundings);
  if (rounding < 0)
    return in.fail("a rounding mode is needed");
  bool ftz = in.has("ftz");
  in.op.a = uint32_t(hostRoundings[rounding]);
  if (!binaryOperands(in, type))
    return false;
  if (type == Type::F32)
    return in.finish(choose32<Div>(rounding > 0, ftz, false),
                     InstructionClass::Special);
  return in.finish(rounding > 0 ? rounded<binary64<Div>> : binary64<Div>,
                   InstructionClass::Double);
}

bool decodeFma(Instr &in) {
  Type type = in.type();
  if (!isFloat(type))
    return in.unsupported();
  int rounding = in.oneOf(roundings);
  bool ftz = in.has("ftz"), sat = in.has("sat"), relu = in.has("relu");
  in.op.a = uint32_t(hostRoundings[rounding < 0 ? 0 : rounding]);
  if (!in.expectOperands(4, 4) || !in.result(0, type) || !in.source(1, type) ||
      !in.source(2, type) || !in.source(3, type))
    return false;
  if (type == Type::F64)
    return in.finish(rounding > 0 ? rounded<fma64> : fma64,
                     InstructionClass::Double);
  if (type == Type::F32) {
    Handler plain = ftz ? (sat ? fma32<true, true> : fma32<true, false>)
                        : (sat ? fma32<false, true> : fma32<false, false>);
    Handler directed =
        ftz ? (sat ? rounded<fma32<true, true>> : rounded<fma32<true, false>>)
            : (sat ? rounded<fma32<false, true>>
                   : rounded<fma32<false, false>>);
    return in.finish(rounding > 0 ? directed : plain, InstructionClass::Float);
  }
  if (rounding > 0)
    return in.fail("16-bit formats round to nearest only");
  in.op.imm = (ftz ? kFtz : 0) | (sat ? kSat : 0) | (relu ? kRelu : 0);
  Handler run = type == Type::F16     ? fma16<Half>
                : type == Type::BF16  ? fma16<Bfloat>
                : type == Type::F16x2 ? fma16x2<Half>
                                      : fma16x2<Bfloat>;
  return in.finish(run, InstructionClass::Half);
}

bool decodeMad(Instr &in) {
  Type type = in.peekType();
  if (isFloat(type))
    return decodeFma(in);
  if (in.has("cc"))
    return decodeMadCarryOut(in);
  return decodeIntegerMad(in);
}

template <typename F, typename FNaN>
bool decodeMinMax(Instr &in, bool isMax) {
  Type type = in.type();
  if (!isFloat(type))
    return decodeIntegerMinMax(in, isMax, type);
  bool ftz = in.has("ftz"), nan = in.has("NaN");
  bool xorSign = in.has("xorsign");
  if (xorSign && !in.has("abs"))
    return in.fail("'.xorsign' needs '.abs'");
  if (!binaryOperands(in, type))
    return false;
  if (type == Type::F64)
    return !nan && !xorSign && !ftz
               ? in.finish(binary64<F>, InstructionClass::Double)
               : in.unsupported();
  if (type == Type::F32) {
    if (xorSign)
      return in.finish(nan ? choose32<XorSign<FNaN>>(false, ftz, false)
                           : choose32<XorSign<F>>(false, ftz, false),
                       InstructionClass::Float);
    return in.finish(nan ? choose32<FNaN>(false, ftz, false)
                         : choose32<F>(false, ftz, false),
                     InstructionClass::Float);
  }
  in.op.imm = ftz ? kFtz : 0;
  if (xorSign)
    return in.finish(nan ? choose16<XorSign<FNaN>>(type)
                         : choose16<XorSign<F>>(type),
                     InstructionClass::Half);
  return in.finish(nan ? choose16<FNaN>(type) : choose16<F>(type),
                   InstructionClass::Half);
}

// Sign operations work on the bits. op.imm holds the bits of the sign.
template <typename T, bool IsAbs>
void sign(Warp &warp, const Op &op) {
  T bits = T(op.imm);
  map1<T, T>(warp, op, [bits](T a) { return T(IsAbs ? a & ~bits : a ^ bits); });
}
template <bool IsAbs>
void signFlushed(Warp &warp, const Op &op) {
  map1<float, float>(warp, op, [](float a) {
    a = flush<true>(a);
    return IsAbs ? std::fabs(a) : -a;
  });
}

/// One or two f16 of a register of type T.
template <typename T, bool IsAbs>
void signHalvesFlushed(Warp &warp, const Op &op) {
  map1<T, T>(warp, op, [](T a) {
    T result = 0;
    for (unsigned h = 0; h < sizeof(T) * 8; h += 16) {
      uint16_t bits = flushSmall<Half>(uint16_t(a >> h));
      bits = IsAbs ? bits & 0x7fff : bits ^ 0x8000;
      result |= T(T(bits) << h);
    }
    return result;
  });
}

template <bool IsAbs>
bool decodeSign(Instr &in) {
  Type type = in.type();
  if (!isFloat(type))
    return decodeIntegerAbsNeg(in, IsAbs, type);
  bool ftz = in.has("ftz");
  if (!in.expectOperands(2, 2) || !in.result(0, type) || !in.source(1, type))
    return false;
  if (ftz && type == Type::F16)
    return in.finish(signHalvesFlushed<uint16_t, IsAbs>,
                     InstructionClass::Half);
  if (ftz && type == Type::F16x2)
    return in.finish(signHalvesFlushed<uint32_t, IsAbs>,
                     InstructionClass::Half);
  if (ftz && type != Type::F32)
    return in.fail("'.ftz' needs '.f32', '.f16' or '.f16x2'");
  switch (type) {
  case Type::F64:
    in.op.imm = INT64_MIN;
    return in.finish(sign<uint64_t, IsAbs>, InstructionClass::Double);
  case Type::F32:
    in.op.imm = 0x80000000ll;
    return in.finish(ftz ? signFlushed<IsAbs> : sign<uint32_t, IsAbs>,
                     InstructionClass::Float);
  case Type::F16:
  case Type::BF16:
    in.op.imm = 0x8000;
    return in.finish(sign<uint16_t, IsAbs>, InstructionClass::Half);
  default:
    in.op.imm = 0x80008000ll;
    return in.finish(sign<uint32_t, IsAbs>, InstructionClass::Half);
  }
}

/// copysign d, a, b: the sign of a, the magnitude of b.
template <typename T>
void copySign(Warp &warp, const Op &op) {
  constexpr T bit = T(1) << (sizeof(T) * 8 - 1);
  map2<T, T, T>(warp, op, [](T a, T b) { return T((a & bit) | (b & ~bit)); });
}
bool decodeCopySign(Instr &in) {
  Type type = in.type();
  if (type != Type::F32 && type != Type::F64)
    return in.unsupported();
  return binaryOperands(in, type) &&
         in.finish(type == Type::F32 ? copySign<uint32_t> : copySign<uint64_t>,
                   type == Type::F32 ? InstructionClass::Float
                                     : InstructionClass::Double);
}

const char *const properties[] = {"finite", "infinite",  "number", "notanumber",
                                  "normal", "subnormal", nullptr};
template <typename T>
void testProperty(Warp &warp, const Op &op) {
  const T *a = warp.at<T>(op.o[1]);
  uint32_t lanes = 0;
  for (unsigned i = 0; i < kWarpSize; ++i) {
    int kind = std::fpclassify(a[i]);
    bool holds = false;
    switch (op.imm) {
    case 0:
      holds = kind != FP_INFINITE && kind != FP_NAN;
      break;
    case 1:
      holds = kind == FP_INFINITE;
      break;
    case 2:
      holds = kind != FP_NAN;
      break;
    case 3:
      holds = kind == FP_NAN;
      break;
    case 4: // zero counts as normal
      holds = kind == FP_NORMAL || kind == FP_ZERO;
      break;
    case 5:
      holds = kind == FP_SUBNORMAL;
      break;
    }
    lanes |= uint32_t(holds) << i;
  }
  setPredicate(warp, op.o[0], lanes);
}
bool decodeTest(Instr &in) {
  in.op.imm = in.oneOf(properties);
  Type type = in.type();
  if (in.op.imm < 0 || (type != Type::F32 && type != Type::F64))
    return in.unsupported();
  return in.expectOperands(2, 2) && in.resultPredicate(0) &&
         in.source(1, type) &&
         in.finish(type == Type::F32 ? testProperty<float>
                                     : testProperty<double>,
                   InstructionClass::Float);
}

} // namespace

const InstructionRow *floatInstructions() {
  static const InstructionRow rows[] = {
      {"add", [](Instr &in) { return decodeAddSub<Add>(in, false); }},
      {"sub", [](Instr &in) { return decodeAddSub<Sub>(in, true); }},
      {"mul", decodeMul},
      {"div", decodeDiv},
      {"fma", decodeFma},
      {"mad", decodeMad},
      {"min", [](Instr &in) { return decodeMinMax<Min, MinNaN>(in, false); }},
      {"max", [](Instr &in) { return decodeMinMax<Max, MaxNaN>(in, true); }},
      {"abs", decodeSign<true>},
      {"neg", decodeSign<false>},
      {"copysign", decodeCopySign},
      {"testp", decodeTest},
      {nullptr, nullptr},
  };
  return rows;
}

} // namespace hinm::emulator::HINM_LANES

//===- Special.cpp - roots, reciprocals, transcendentals --------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// PTX ISA 9.7.3. The approximate forms are computed more exactly than the ISA
// asks: correctly rounded reciprocals and roots, the host's single-precision
// functions for the others.
//
//===----------------------------------------------------------------------===//

#include "Families.h"
#include "SmallFloat.h"

#include <cfenv>
#include <cmath>

namespace hinm::emulator::HINM_LANES {
namespace {

struct Reciprocal {
  template <typename T>
  static T run(T a) {
    return T(1) / a;
  }
};
struct SquareRoot {
  static float run(float a) { return __builtin_sqrtf(a); }
  static double run(double a) { return __builtin_sqrt(a); }
};
struct ReciprocalRoot {
  static float run(float a) {
    return a == 0 ? 1.0f / a : float(1.0 / __builtin_sqrt(double(a)));
  }
  static double run(double a) { return 1.0 / __builtin_sqrt(a); }
};
struct Exp2 {
  static float run(float a) { return std::exp2(a); }
};
struct Log2 {
  static float run(float a) { return std::log2(a); }
};
struct Sine {
  static float run(float a) { return std::sin(a); }
};
struct Cosine {
  static float run(float a) { return std::cos(a); }
};
struct Tanh {
  static float run(float a) { return std::tanh(a); }
};

template <typename F, bool Ftz>
void unary32(Warp &warp, const Op &op) {
  map1<float, float>(warp, op, [](float a) {
    return canonical(flush<Ftz>(F::run(flush<Ftz>(a))));
  });
}
/// Functions that call the library: only for the lanes that ask.
template <typename F, bool Ftz>
void library32(Warp &warp, const Op &op) {
  float *d = warp.at<float>(op.o[0]);
  const float *a = warp.at<float>(op.o[1]);
  for (unsigned i = 0; i < kWarpSize; ++i)
    if (warp.mask >> i & 1)
      d[i] = canonical(flush<Ftz>(F::run(flush<Ftz>(a[i]))));
}
template <typename F>
void unary64(Warp &warp, const Op &op) {
  map1<double, double>(warp, op, [](double a) { return canonical(F::run(a)); });
}
/// .approx.ftz.f64: the upper 32 bits of the operand make those of the result.
template <typename F>
void upper64(Warp &warp, const Op &op) {
  map1<uint64_t, uint64_t>(warp, op, [](uint64_t a) {
    auto flushed = [](uint64_t bits) {
      constexpr uint64_t exponent = 0x7ff0000000000000ull, sign = 1ull << 63;
      return bits & exponent ? bits & ~0xffffffffull : bits & sign;
    };
    double whole = bitCast<double>(a);
    double value = F::run(whole != whole ? whole : bitCast<double>(flushed(a)));
    return flushed(bitCast<uint64_t>(canonical(value)));
  });
}
template <typename Format, typename F>
void library16(Warp &warp, const Op &op) {
  uint16_t *d = warp.at<uint16_t>(op.o[0]);
  const uint16_t *a = warp.at<uint16_t>(op.o[1]);
  for (unsigned i = 0; i < kWarpSize; ++i)
    if (warp.mask >> i & 1)
      d[i] = Format::store(F::run(Format::load(a[i])));
}
template <typename Format, typename F>
void library16x2(Warp &warp, const Op &op) {
  uint32_t *d = warp.at<uint32_t>(op.o[0]);
  const uint32_t *a = warp.at<uint32_t>(op.o[1]);
  for (unsigned i = 0; i < kWarpSize; ++i)
    if (warp.mask >> i & 1) {
      uint32_t low = Format::store(F::run(Format::load(uint16_t(a[i]))));
      uint32_t high = Format::store(F::run(Format::load(uint16_t(a[i] >> 16))));
      d[i] = low | high << 16;
    }
}

template <Handler Plain>
void rounded(Warp &warp, const Op &op) {
  std::fesetround(int(op.a));
  Plain(warp, op);
  std::fesetround(FE_TONEAREST);
}

bool unaryOperands(Instr &in, Type type) {
  return in.expectOperands(2, 2) && in.result(0, type) && in.source(1, type);
}

const char *const roundings[] = {"rn", "rz", "rm", "rp", nullptr};
const int hostRoundings[] = {FE_TONEAREST, FE_TOWARDZERO, FE_DOWNWARD,
                             FE_UPWARD};

template <typename F>
bool decodeRounded(Instr &in) {
  Type type = in.type();
  if (type != Type::F32 && type != Type::F64)
    return in.unsupported();
  bool approximate = in.has("approx");
  int rounding = in.oneOf(roundings);
  if (!approximate && rounding < 0)
    return in.fail("'.approx' or a rounding mode is needed");
  bool ftz = in.has("ftz");
  in.op.a = uint32_t(hostRoundings[rounding < 0 ? 0 : rounding]);
  if (!unaryOperands(in, type))
    return false;
  if (type == Type::F64) {
    if (approximate != ftz)
      return in.fail("'.f64' needs '.approx.ftz' or a rounding mode alone");
    return in.finish(approximate    ? upper64<F>
                     : rounding > 0 ? rounded<unary64<F>>
                                    : unary64<F>,
                     InstructionClass::Double);
  }
  Handler plain = ftz ? unary32<F, true> : unary32<F, false>;
  Handler directed =
      ftz ? rounded<unary32<F, true>> : rounded<unary32<F, false>>;
  return in.finish(rounding > 0 ? directed : plain, InstructionClass::Special);
}

bool decodeReciprocalRoot(Instr &in) {
  Type type = in.type();
  if (!in.has("approx") || (type != Type::F32 && type != Type::F64))
    return in.unsupported();
  bool ftz = in.has("ftz");
  if (!unaryOperands(in, type))
    return false;
  if (type == Type::F64)
    return in.finish(ftz ? upper64<ReciprocalRoot> : unary64<ReciprocalRoot>,
                     InstructionClass::Double);
  return in.finish(ftz ? unary32<ReciprocalRoot, true>
                       : unary32<ReciprocalRoot, false>,
                   InstructionClass::Special);
}

template <typename F>
bool decodeApproximate(Instr &in) {
  Type type = in.type();
  if (!in.has("approx"))
    return in.fail("'.approx' is needed");
  bool ftz = in.has("ftz");
  if (!unaryOperands(in, type))
    return false;
  switch (type) {
  case Type::F32:
    return in.finish(ftz ? library32<F, true> : library32<F, false>,
                     InstructionClass::Special);
  case Type::F16:
    return in.finish(library16<Half, F>, InstructionClass::Special);
  case Type::BF16:
    return in.finish(library16<Bfloat, F>, InstructionClass::Special);
  case Type::F16x2:
    return in.finish(library16x2<Half, F>, InstructionClass::Special);
  case Type::BF16x2:
    return in.finish(library16x2<Bfloat, F>, InstructionClass::Special);
  default:
    return in.unsupported();
  }
}

} // namespace

const InstructionRow *specialInstructions() {
  static const InstructionRow rows[] = {
      {"rcp", decodeRounded<Reciprocal>},
      {"sqrt", decodeRounded<SquareRoot>},
      {"rsqrt", decodeReciprocalRoot},
      {"ex2", decodeApproximate<Exp2>},
      {"lg2", decodeApproximate<Log2>},
      {"sin", decodeApproximate<Sine>},
      {"cos", decodeApproximate<Cosine>},
      {"tanh", decodeApproximate<Tanh>},
      {nullptr, nullptr},
  };
  return rows;
}

} // namespace hinm::emulator::HINM_LANES

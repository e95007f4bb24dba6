//===- SmallFloat.h - 16-bit floating-point formats -------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HINM_LIB_EMULATOR_INSTRUCTIONS_SMALLFLOAT_H
#define HINM_LIB_EMULATOR_INSTRUCTIONS_SMALLFLOAT_H

#include "Lanes.h"

#ifdef __F16C__
#include <immintrin.h>
#endif

namespace hinm::emulator::HINM_LANES {

constexpr uint32_t kNaN32 = 0x7fffffff; // what the GPU's arithmetic gives
constexpr uint16_t kNaN16 = 0x7fff;

enum class Round : uint8_t { Nearest, Zero, Down, Up, Away };

inline float halfToFloat(uint16_t half) {
#ifdef __F16C__
  return _cvtsh_ss(half);
#else
  uint32_t sign = uint32_t(half & 0x8000) << 16;
  uint32_t magnitude = half & 0x7fff;
  if (magnitude >= 0x7c00)
    return bitCast<float>(sign | 0x7f800000u | (magnitude & 0x3ff) << 13);
  if (magnitude < 0x400)
    return bitCast<float>(sign |
                          bitCast<uint32_t>(float(magnitude) * 0x1p-24f));
  return bitCast<float>(sign | ((magnitude << 13) + (112u << 23)));
#endif
}

inline float bfloatToFloat(uint16_t value) {
  return bitCast<float>(uint32_t(value) << 16);
}

/// Rounds a finite or infinite double to a format of `Exponent` and `Mantissa`
/// bits, subnormals included; overflow as the mode has it.
template <unsigned Exponent, unsigned Mantissa>
inline uint32_t roundTo(double value, Round mode) {
  constexpr uint32_t infinity = ((1u << Exponent) - 1) << Mantissa;
  constexpr int bias = (1 << (Exponent - 1)) - 1;
  uint64_t bits = bitCast<uint64_t>(value);
  uint32_t sign = uint32_t(bits >> 63) << (Exponent + Mantissa);
  bits &= ~(1ull << 63);
  if (bits > 0x7ff0000000000000ull)
    return (1u << (Exponent + Mantissa)) - 1; // NaN
  if (bits == 0x7ff0000000000000ull)
    return sign | infinity;
  if (bits == 0)
    return sign;
  int exponent = int(bits >> 52) - 1023;
  uint64_t mantissa = (bits & 0xfffffffffffffull) | 1ull << 52;
  if (bits >> 52 == 0)
    return sign | (mode == Round::Up && !sign) | (mode == Round::Down && sign);
  // Bits to drop: to the format's precision, or to its smallest subnormal.
  int drop = 52 - int(Mantissa);
  if (exponent < 1 - bias)
    drop += 1 - bias - exponent;
  if (drop > 54)
    drop = 54;
  uint64_t kept = mantissa >> drop;
  uint64_t rest = mantissa & ((1ull << drop) - 1);
  uint64_t half = 1ull << (drop - 1);
  bool up = false;
  switch (mode) {
  case Round::Nearest:
    up = rest > half || (rest == half && (kept & 1));
    break;
  case Round::Away:
    up = rest >= half;
    break;
  case Round::Zero:
    break;
  case Round::Down:
    up = rest && sign;
    break;
  case Round::Up:
    up = rest && !sign;
    break;
  }
  kept += up;
  uint32_t magnitude;
  if (exponent < 1 - bias)
    magnitude = uint32_t(kept); // a carry makes the smallest normal number
  else
    magnitude = uint32_t(kept) + (uint32_t(exponent + bias - 1) << Mantissa);
  if (exponent > bias || magnitude >= infinity) {
    bool toInfinity = mode == Round::Nearest || mode == Round::Away ||
                      (mode == Round::Up && !sign) ||
                      (mode == Round::Down && sign);
    magnitude = toInfinity ? infinity : infinity - 1;
  }
  return sign | magnitude;
}

inline uint16_t floatToHalf(float value) {
  if (value != value)
    return kNaN16;
#ifdef __F16C__
  return uint16_t(_cvtss_sh(value, _MM_FROUND_TO_NEAREST_INT));
#else
  return uint16_t(roundTo<5, 10>(double(value), Round::Nearest));
#endif
}

inline uint16_t floatToBfloat(float value) {
  if (value != value)
    return kNaN16;
  uint32_t bits = bitCast<uint32_t>(value);
  return uint16_t((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

/// a * b + c as a double whose rounding to a format of up to 24 bits of
/// precision is that of the exact value (rounded to odd). a * b is exact.
inline double fmaToOdd(float a, float b, float c) {
  double product = double(a) * double(b), addend = c;
  double sum = product + addend;
  if (!(sum - sum == 0)) // infinite or NaN
    return sum;
  double high = sum - product;
  double error = (product - (sum - high)) + (addend - high);
  if (error == 0)
    return sum;
  uint64_t bits = bitCast<uint64_t>(sum);
  if (bits & 1)
    return sum;
  // The exact value lies on the side of `error`; make the last bit odd there.
  bool away = (error > 0) == (sum > 0);
  return bitCast<double>(away ? bits + 1 : bits - 1);
}

/// IEEE half.
struct Half {
  static float load(uint16_t bits) { return halfToFloat(bits); }
  static uint16_t store(float value) { return floatToHalf(value); }
  static uint16_t store(double value) {
    return uint16_t(roundTo<5, 10>(value, Round::Nearest));
  }
  static constexpr uint16_t exponentMask = 0x7c00;
};
/// bfloat16.
struct Bfloat {
  static float load(uint16_t bits) { return bfloatToFloat(bits); }
  static uint16_t store(float value) { return floatToBfloat(value); }
  static uint16_t store(double value) {
    return uint16_t(roundTo<8, 7>(value, Round::Nearest));
  }
  static constexpr uint16_t exponentMask = 0x7f80;
};

// 8-bit formats (OCP 8-bit floating point, 5): e4m3 has no infinity, and one
// magnitude, 0x7f, that is NaN.
inline float e5m2ToFloat(uint8_t bits) {
  return halfToFloat(uint16_t(bits << 8));
}
inline float e4m3ToFloat(uint8_t bits) {
  uint32_t sign = uint32_t(bits & 0x80) << 24, magnitude = bits & 0x7f;
  if (magnitude == 0x7f)
    return bitCast<float>(kNaN32);
  if (magnitude < 8)
    return bitCast<float>(sign | bitCast<uint32_t>(float(magnitude) * 0x1p-9f));
  return bitCast<float>(sign | ((magnitude << 20) + (120u << 23)));
}
/// To nearest, no larger than the largest number.
inline uint8_t floatToE5m2(float value) {
  if (value != value)
    return 0x7f;
  uint32_t bits = roundTo<5, 2>(double(value), Round::Nearest);
  return uint8_t((bits & 0x7f) == 0x7c ? bits - 1 : bits);
}
inline uint8_t floatToE4m3(float value) {
  if (value != value)
    return 0x7f;
  // With a fifth bit of exponent, whose bias is 8 more.
  uint32_t bits = roundTo<5, 3>(double(value) * 0x1p-8, Round::Nearest);
  uint32_t sign = bits >> 8 << 7, magnitude = bits & 0xff;
  return uint8_t(sign | (magnitude > 0x7e ? 0x7e : magnitude));
}

/// The bits with a subnormal number made zero.
template <typename Format>
inline uint16_t flushSmall(uint16_t bits) {
  return bits & Format::exponentMask ? bits : uint16_t(bits & 0x8000);
}

template <bool Ftz>
inline float flush(float value) {
  if (!Ftz)
    return value;
  uint32_t bits = bitCast<uint32_t>(value);
  return bitCast<float>(bits & 0x7f800000 ? bits : bits & 0x80000000);
}

inline float canonical(float value) {
  return value != value ? bitCast<float>(kNaN32) : value;
}
inline double canonical(double value) {
  return value != value ? bitCast<double>(0x7ff8000000000000ull) : value;
}

} // namespace hinm::emulator::HINM_LANES

#endif // HINM_LIB_EMULATOR_INSTRUCTIONS_SMALLFLOAT_H

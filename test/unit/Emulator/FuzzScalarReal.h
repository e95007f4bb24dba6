//===- FuzzScalarReal.h - exact arithmetic and roundings --------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Floating point in integers: a value is unpacked into a sign, a mantissa of
// up to 128 bits and an exponent; sums, products, quotients and roots are exact
// up to a sticky bit; packing rounds once, in any mode, into any format. The
// host's own rounding is not used.
//
//===----------------------------------------------------------------------===//

#ifndef HINM_TEST_UNIT_EMULATOR_FUZZSCALARREAL_H
#define HINM_TEST_UNIT_EMULATOR_FUZZSCALARREAL_H

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <utility>

namespace fuzz_scalar {

using U128 = unsigned __int128;
using S128 = __int128;

/// Bits of the exponent and of the mantissa.
struct Format {
  unsigned exponent, mantissa;
  constexpr unsigned width() const { return 1 + exponent + mantissa; }
  constexpr int bias() const { return (1 << (exponent - 1)) - 1; }
  constexpr uint64_t mantissaMask() const { return (1ull << mantissa) - 1; }
  constexpr uint64_t infinity() const {
    return ((1ull << exponent) - 1) << mantissa;
  }
  constexpr uint64_t leastNormal() const { return 1ull << mantissa; }
  constexpr uint64_t one() const { return uint64_t(bias()) << mantissa; }
  constexpr uint64_t sign() const { return 1ull << (width() - 1); }
  constexpr uint64_t all() const { return sign() - 1 + sign(); }
  bool isNan(uint64_t bits) const { return (bits & ~sign()) > infinity(); }
  bool isZero(uint64_t bits) const { return (bits & ~sign()) == 0; }
  bool isSubnormal(uint64_t bits) const {
    return !isZero(bits) && (bits & infinity()) == 0;
  }
  uint64_t flush(uint64_t bits) const {
    return isSubnormal(bits) ? bits & sign() : bits;
  }
};
inline constexpr Format kF16{5, 10}, kBF16{8, 7}, kTF32{8, 10}, kF32{8, 23},
    kF64{11, 52};

/// An integer type: its values as numbers.
struct Int {
  std::string name;
  unsigned bits;
  bool isSigned;
  uint64_t all() const { return ~0ull >> (64 - bits); }
  S128 least() const { return isSigned ? -(S128(1) << (bits - 1)) : 0; }
  S128 most() const { return (S128(1) << (isSigned ? bits - 1 : bits)) - 1; }
  S128 value(uint64_t x) const {
    x &= all();
    return isSigned && x >> (bits - 1) ? S128(x) - (S128(1) << bits) : S128(x);
  }
  S128 clamp(S128 x) const { return std::min(std::max(x, least()), most()); }
};
inline const Int kInts[] = {{"u8", 8, false},   {"s8", 8, true},
                            {"u16", 16, false}, {"s16", 16, true},
                            {"u32", 32, false}, {"s32", 32, true},
                            {"u64", 64, false}, {"s64", 64, true}};
/// The same without those of eight bits, which only cvt has.
inline const Int &u16 = kInts[2], &s16 = kInts[3], &u32 = kInts[4],
                 &s32 = kInts[5], &u64 = kInts[6], &s64 = kInts[7];
inline const Int kWideInts[] = {u16, s16, u32, s32, u64, s64};

enum class Round { Nearest, Zero, Down, Up, Away };

struct Rounding {
  std::string name;
  Round mode;
};
inline const Rounding kRoundings[] = {{".rn", Round::Nearest},
                                      {".rz", Round::Zero},
                                      {".rm", Round::Down},
                                      {".rp", Round::Up}};

struct Real {
  enum Kind { Zero, Finite, Infinite, Nan } kind = Zero;
  bool sign = false;
  U128 mantissa = 0; // times 2^exponent
  int exponent = 0;
  bool sticky = false; // and a little more
};

inline unsigned bitLength(U128 value) {
  unsigned length = 0;
  for (; value; value >>= 1)
    ++length;
  return length;
}

inline Real unpack(const Format &format, uint64_t bits) {
  Real real;
  real.sign = (bits & format.sign()) != 0;
  uint64_t fraction = bits & format.mantissaMask();
  int exponent = int((bits & format.infinity()) >> format.mantissa);
  if (format.isNan(bits)) {
    real.kind = Real::Nan;
  } else if ((bits & ~format.sign()) == format.infinity()) {
    real.kind = Real::Infinite;
  } else if (!format.isZero(bits)) {
    real.kind = Real::Finite;
    real.mantissa = exponent ? fraction | format.leastNormal() : fraction;
    real.exponent =
        (exponent ? exponent : 1) - format.bias() - int(format.mantissa);
  }
  return real;
}

/// `real` over 2^quantum as an integer, rounded.
inline U128 roundAt(const Real &real, int quantum, Round mode) {
  int shift = quantum - real.exponent;
  if (shift <= 0)
    return real.mantissa << -shift;
  U128 whole = shift > 127 ? 0 : real.mantissa >> shift;
  U128 half = shift > 128 ? 0 : U128(1) << (shift - 1);
  U128 rest =
      shift > 127 ? real.mantissa : real.mantissa & ((U128(1) << shift) - 1);
  bool above = shift <= 128 && (rest > half || (rest == half && real.sticky));
  bool tie = shift <= 128 && rest == half && !real.sticky;
  bool inexact = rest != 0 || real.sticky;
  bool up = false;
  switch (mode) {
  case Round::Nearest:
    up = above || (tie && (whole & 1));
    break;
  case Round::Away:
    up = above || tie;
    break;
  case Round::Zero:
    break;
  case Round::Down:
    up = inexact && real.sign;
    break;
  case Round::Up:
    up = inexact && !real.sign;
    break;
  }
  return whole + up;
}

/// NaNs become the canonical one, all bits of it but the sign set.
inline uint64_t pack(const Format &format, Round mode, const Real &real) {
  uint64_t sign = real.sign ? format.sign() : 0;
  if (real.kind == Real::Nan)
    return format.all() >> 1;
  if (real.kind == Real::Infinite)
    return sign | format.infinity();
  if (real.kind == Real::Zero)
    return sign;
  int top = real.exponent + int(bitLength(real.mantissa)) - 1;
  int quantum = std::max(top, 1 - format.bias()) - int(format.mantissa);
  U128 rounded;
  if (quantum < real.exponent && real.sticky) {
    // Not enough digits: the callers give at least two more than any format.
    std::abort();
  }
  rounded = roundAt(real, quantum, mode);
  // A carry into the exponent comes out right by itself.
  bool subnormal = rounded < format.leastNormal();
  U128 exponent = U128(quantum + int(format.mantissa) + format.bias());
  U128 bits = subnormal ? rounded
                        : (exponent << format.mantissa) +
                              (rounded - format.leastNormal());
  if (bits >= format.infinity()) {
    bool infinite = mode == Round::Nearest || mode == Round::Away ||
                    (mode == Round::Up && !real.sign) ||
                    (mode == Round::Down && real.sign);
    bits = infinite ? format.infinity() : format.infinity() - 1;
  }
  return sign | uint64_t(bits);
}

inline Real product(const Real &a, const Real &b) {
  Real result;
  result.sign = a.sign != b.sign;
  bool zero = a.kind == Real::Zero || b.kind == Real::Zero;
  bool infinite = a.kind == Real::Infinite || b.kind == Real::Infinite;
  if (a.kind == Real::Nan || b.kind == Real::Nan || (zero && infinite)) {
    result.kind = Real::Nan;
  } else if (zero || infinite) {
    result.kind = zero ? Real::Zero : Real::Infinite;
  } else {
    result.kind = Real::Finite;
    result.mantissa = a.mantissa * b.mantissa;
    result.exponent = a.exponent + b.exponent;
  }
  return result;
}

/// `mode` decides the sign of an exact zero only.
inline Real sum(Real a, Real b, Round mode) {
  Real result;
  if (a.kind == Real::Nan || b.kind == Real::Nan ||
      (a.kind == Real::Infinite && b.kind == Real::Infinite &&
       a.sign != b.sign)) {
    result.kind = Real::Nan;
    return result;
  }
  if (a.kind == Real::Infinite || b.kind == Real::Infinite)
    return a.kind == Real::Infinite ? a : b;
  if (a.kind == Real::Zero && b.kind == Real::Zero) {
    result.sign = a.sign == b.sign ? a.sign : mode == Round::Down;
    return result;
  }
  if (a.kind == Real::Zero || b.kind == Real::Zero)
    return a.kind == Real::Zero ? b : a;
  auto normalise = [](Real &real) {
    int shift = 126 - int(bitLength(real.mantissa));
    real.mantissa <<= shift;
    real.exponent -= shift;
  };
  normalise(a);
  normalise(b);
  if (a.exponent < b.exponent ||
      (a.exponent == b.exponent && a.mantissa < b.mantissa))
    std::swap(a, b);
  int gap = a.exponent - b.exponent;
  U128 shifted = gap > 126 ? 0 : b.mantissa >> gap;
  bool lost = gap > 126 || (shifted << gap) != b.mantissa;
  result = a;
  result.sticky = lost;
  if (a.sign == b.sign)
    result.mantissa += shifted;
  else
    result.mantissa -= shifted + lost;
  if (result.mantissa == 0 && !lost) {
    result.kind = Real::Zero;
    result.sign = mode == Round::Down;
  }
  return result;
}

inline Real quotient(const Real &a, const Real &b) {
  Real result;
  result.sign = a.sign != b.sign;
  if (a.kind == Real::Nan || b.kind == Real::Nan ||
      (a.kind == b.kind && a.kind != Real::Finite)) {
    result.kind = Real::Nan;
  } else if (a.kind == Real::Infinite || b.kind == Real::Zero) {
    result.kind = Real::Infinite;
  } else if (a.kind == Real::Finite && b.kind == Real::Finite) {
    int shift = 128 - int(bitLength(a.mantissa));
    U128 dividend = a.mantissa << shift;
    result.kind = Real::Finite;
    result.mantissa = dividend / b.mantissa;
    result.sticky = dividend % b.mantissa != 0;
    result.exponent = a.exponent - shift - b.exponent;
  }
  return result;
}

inline Real root(const Real &a) {
  Real result = a;
  if (a.kind == Real::Finite && a.sign)
    result.kind = Real::Nan;
  if (a.kind == Real::Infinite && a.sign)
    result.kind = Real::Nan;
  if (result.kind != Real::Finite)
    return result;
  int shift = 128 - int(bitLength(a.mantissa));
  if ((a.exponent - shift) % 2)
    --shift;
  U128 radicand = a.mantissa << shift;
  U128 value = 0;
  for (int bit = 63; bit >= 0; --bit) {
    U128 trial = value | U128(1) << bit;
    if (trial * trial <= radicand)
      value = trial;
  }
  result.mantissa = value;
  result.sticky = value * value != radicand;
  result.exponent = (a.exponent - shift) / 2;
  return result;
}

inline Real fromInteger(S128 value) {
  Real real;
  real.kind = value ? Real::Finite : Real::Zero;
  real.sign = value < 0;
  real.mantissa = value < 0 ? -U128(value) : U128(value);
  return real;
}

/// Any format but f64 fits exactly.
inline double toDouble(const Format &format, uint64_t bits) {
  Real real = unpack(format, bits);
  double sign = real.sign ? -1 : 1;
  switch (real.kind) {
  case Real::Zero:
    return sign * 0.0;
  case Real::Infinite:
    return sign * HUGE_VAL;
  case Real::Nan:
    return std::nan("");
  case Real::Finite:
    break;
  }
  return sign * std::ldexp(double(uint64_t(real.mantissa)), real.exponent);
}

} // namespace fuzz_scalar

#endif // HINM_TEST_UNIT_EMULATOR_FUZZSCALARREAL_H

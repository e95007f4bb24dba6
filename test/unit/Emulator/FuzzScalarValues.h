//===- FuzzScalarValues.h - adversarial operands ----------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Random values of each kind of operand, of which many are such that go wrong:
// limits, powers of two and their neighbours, subnormal numbers, infinities,
// NaNs, numbers that cancel one another.
//
//===----------------------------------------------------------------------===//

#ifndef HINM_TEST_UNIT_EMULATOR_FUZZSCALARVALUES_H
#define HINM_TEST_UNIT_EMULATOR_FUZZSCALARVALUES_H

#include "FuzzScalarReal.h"

#include <iterator>
#include <map>
#include <random>

namespace fuzz_scalar {

/// What an operand holds: how it is loaded, and which values are adversarial.
/// Amounts are shifts, positions and lengths; flags are 0 and 1.
enum class In {
  I16,
  I32,
  I64,
  Amount,
  Flag,
  F16,
  BF16,
  F16x2,
  BF16x2,
  F32,
  F64
};

inline unsigned widthOf(In kind) {
  switch (kind) {
  case In::I16:
  case In::F16:
  case In::BF16:
    return 16;
  case In::I64:
  case In::F64:
    return 64;
  default:
    return 32;
  }
}

class Values {
public:
  explicit Values(uint32_t seed) : random(seed) {}
  uint32_t next(uint32_t bound) { return uint32_t(random() % bound); }
  uint64_t bits() { return uint64_t(random()) << 32 | random(); }

  uint64_t of(In kind) {
    switch (kind) {
    case In::I16:
      return integer(16);
    case In::I64:
      return integer(64);
    case In::Amount: {
      static const uint32_t amounts[] = {0,   1,   15,  16,  17,       31,  32,
                                         33,  63,  64,  65,  127,      128, 254,
                                         255, 256, 257, 288, 1u << 31, ~0u};
      return next(4) ? next(70) : amounts[next(std::size(amounts))];
    }
    case In::Flag:
      return next(2);
    case In::F16:
      return real(kF16);
    case In::BF16:
      return real(kBF16);
    case In::F16x2:
      return real(kF16) << 16 | real(kF16);
    case In::BF16x2:
      return real(kBF16) << 16 | real(kBF16);
    case In::F32:
      return real(kF32);
    case In::F64:
      return real(kF64);
    default:
      return integer(32);
    }
  }

private:
  uint64_t integer(unsigned width) {
    uint64_t all = width == 64 ? ~0ull : (1ull << width) - 1;
    switch (next(5)) {
    case 0: // near a power of two
      return ((1ull << next(width)) + next(3) - 1) & all;
    case 1: // the negative of one
      return (0 - (1ull << next(width)) + next(3) - 1) & all;
    case 2: // few bits
      return (bits() & all) >> next(width);
    case 3: {
      static const uint64_t chosen[] = {0,
                                        1,
                                        ~0ull,
                                        0x5555555555555555,
                                        0xaaaaaaaaaaaaaaaa,
                                        0x8080808080808080,
                                        0x7f7f7f7f7f7f7f7f,
                                        0x8000000080000000,
                                        0x7fffffff7fffffff,
                                        0x0123456789abcdef};
      return chosen[next(std::size(chosen))] & all;
    }
    default:
      return bits() & all;
    }
  }

  uint64_t real(const Format &format) {
    uint64_t sign = uint64_t(next(2)) << (format.width() - 1);
    uint64_t one = format.one(), ulp = 1;
    switch (next(8)) {
    case 0: {
      const uint64_t chosen[] = {0,
                                 1,                     // the least subnormal
                                 format.mantissaMask(), // the greatest
                                 format.mantissaMask() >> 1,
                                 format.leastNormal(),
                                 format.leastNormal() + ulp,
                                 format.infinity() -
                                     1, // the greatest finite one
                                 format.infinity(),
                                 format.infinity() + 1, // a signalling NaN
                                 format.infinity() | format.mantissaMask(),
                                 one,
                                 one - ulp,
                                 one + ulp,
                                 one | format.mantissaMask()};
      return sign | chosen[next(std::size(chosen))];
    }
    case 1: // any pattern
      return bits() & format.all();
    case 2: // near one another, for cancellation
      if (last.count(&format))
        return last[&format] ^ (sign | next(2));
      break;
    case 3: { // whole numbers and halves, for roundings to integers
      Real real;
      real.kind = Real::Finite;
      real.sign = sign != 0;
      real.mantissa = next(2) ? next(16) + 1 : (bits() >> next(64)) | 1;
      real.exponent = int(next(4)) - 2;
      return pack(format, Round::Zero, real);
    }
    case 4: // subnormal or little more
      return sign | (bits() & (format.mantissaMask() * 2 + 1));
    default:
      break;
    }
    // Magnitudes about one.
    uint64_t spread = uint64_t(next(24)) << format.mantissa;
    uint64_t value = sign | ((one - (spread >> 1 & ~format.mantissaMask()) +
                              (uint64_t(next(12)) << format.mantissa)) &
                             ~(1ull << (format.width() - 1)));
    value ^= bits() & format.mantissaMask();
    return last[&format] = value & format.all();
  }

  std::mt19937 random;
  std::map<const Format *, uint64_t> last;
};

} // namespace fuzz_scalar

#endif // HINM_TEST_UNIT_EMULATOR_FUZZSCALARVALUES_H

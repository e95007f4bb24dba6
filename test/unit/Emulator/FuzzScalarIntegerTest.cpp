//===- FuzzScalarIntegerTest.cpp - random integers against C++ --*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Every instruction of integer arithmetic that the ISA has for sm_90; the C++
// is written from the ISA's descriptions.
//
//===----------------------------------------------------------------------===//

#include "FuzzScalarSupport.h"

using namespace fuzz_scalar;

namespace {

/// Bits of the product above the low half.
uint64_t high(const Int &t, uint64_t a, uint64_t b) {
  return uint64_t(U128(t.value(a)) * U128(t.value(b)) >> t.bits);
}

/// The same on both halves of 32 bits.
template <typename F>
uint64_t halves(uint64_t a, uint64_t b, F f) {
  return (f(a & 0xffff, b & 0xffff) & 0xffff) |
         (f(a >> 16 & 0xffff, b >> 16 & 0xffff) & 0xffff) << 16;
}

TEST(FuzzScalarInteger, Arithmetic) {
  Fuzzer f;
  for (const Int &t : kWideInts) {
    const std::string &n = t.name;
    In i = inputOf(t);
    f.add("add." + n + " %d, %a, %b;", t.bits, {i, i},
          [](V v) { return v[0] + v[1]; });
    f.add("sub." + n + " %d, %a, %b;", t.bits, {i, i},
          [](V v) { return v[0] - v[1]; });
    f.add("mul.lo." + n + " %d, %a, %b;", t.bits, {i, i},
          [](V v) { return v[0] * v[1]; });
    f.add("mul.hi." + n + " %d, %a, %b;", t.bits, {i, i},
          [t](V v) { return high(t, v[0], v[1]); });
    f.add("mad.lo." + n + " %d, %a, %b, %c;", t.bits, {i, i, i},
          [](V v) { return v[0] * v[1] + v[2]; });
    f.add("mad.hi." + n + " %d, %a, %b, %c;", t.bits, {i, i, i},
          [t](V v) { return high(t, v[0], v[1]) + v[2]; });
    f.add("sad." + n + " %d, %a, %b, %c;", t.bits, {i, i, i}, [t](V v) {
      return (t.value(v[0]) > t.value(v[1]) ? v[0] - v[1] : v[1] - v[0]) + v[2];
    });
    f.add("div." + n + " %d, %a, %b;", t.bits, {i, i},
          [t](V v) { return uint64_t(t.value(v[0]) / t.value(v[1])); });
    f.last().nonzero = true;
    f.add("rem." + n + " %d, %a, %b;", t.bits, {i, i},
          [t](V v) { return uint64_t(t.value(v[0]) % t.value(v[1])); });
    f.last().nonzero = true;
    f.add("min." + n + " %d, %a, %b;", t.bits, {i, i},
          [t](V v) { return t.value(v[0]) < t.value(v[1]) ? v[0] : v[1]; });
    f.add("max." + n + " %d, %a, %b;", t.bits, {i, i},
          [t](V v) { return t.value(v[0]) < t.value(v[1]) ? v[1] : v[0]; });
    if (t.isSigned) {
      f.add("neg." + n + " %d, %a;", t.bits, {i}, [](V v) { return 0 - v[0]; });
      f.add("abs." + n + " %d, %a;", t.bits, {i},
            [t](V v) { return t.value(v[0]) < 0 ? 0 - v[0] : v[0]; });
    }
    if (t.bits == 64)
      continue;
    In wide = t.bits == 16 ? In::I32 : In::I64;
    f.add("mul.wide." + n + " %d, %a, %b;", 2 * t.bits, {i, i},
          [t](V v) { return uint64_t(t.value(v[0]) * t.value(v[1])); });
    f.add("mad.wide." + n + " %d, %a, %b, %c;", 2 * t.bits, {i, i, wide},
          [t](V v) { return uint64_t(t.value(v[0]) * t.value(v[1])) + v[2]; });
  }
  f.add("add.sat.s32 %d, %a, %b;", 32, {In::I32, In::I32}, [](V v) {
    return uint64_t(s32.clamp(s32.value(v[0]) + s32.value(v[1])));
  });
  f.add("sub.sat.s32 %d, %a, %b;", 32, {In::I32, In::I32}, [](V v) {
    return uint64_t(s32.clamp(s32.value(v[0]) - s32.value(v[1])));
  });
  f.add("mad.hi.sat.s32 %d, %a, %b, %c;", 32, {In::I32, In::I32, In::I32},
        [](V v) {
          return uint64_t(s32.clamp((s32.value(v[0]) * s32.value(v[1]) >> 32) +
                                    s32.value(v[2])));
        });
  f.run(100, 24);
}

TEST(FuzzScalarInteger, TwentyFourBitsAndDotProducts) {
  Fuzzer f;
  for (bool isSigned : {false, true}) {
    std::string n = isSigned ? "s32" : "u32";
    auto product = [isSigned](V v) {
      auto part = [isSigned](uint64_t x) {
        x &= 0xffffff;
        return isSigned && x >> 23 ? int64_t(x) - (1 << 24) : int64_t(x);
      };
      return part(v[0]) * part(v[1]);
    };
    f.add("mul24.lo." + n + " %d, %a, %b;", 32, {In::I32, In::I32},
          [=](V v) { return uint64_t(product(v)); });
    f.add("mul24.hi." + n + " %d, %a, %b;", 32, {In::I32, In::I32},
          [=](V v) { return uint64_t(product(v)) >> 16; });
    f.add("mad24.lo." + n + " %d, %a, %b, %c;", 32, {In::I32, In::I32, In::I32},
          [=](V v) { return uint64_t(product(v)) + v[2]; });
    f.add("mad24.hi." + n + " %d, %a, %b, %c;", 32, {In::I32, In::I32, In::I32},
          [=](V v) { return (uint64_t(product(v)) >> 16) + v[2]; });
    if (isSigned)
      f.add("mad24.hi.sat.s32 %d, %a, %b, %c;", 32, {In::I32, In::I32, In::I32},
            [=](V v) {
              return uint64_t(s32.clamp((product(v) >> 16) + s32.value(v[2])));
            });
    for (bool other : {false, true}) {
      std::string types = "." + n + (other ? ".s32" : ".u32");
      auto byte = [](bool isSigned, uint64_t x, unsigned at) {
        x = x >> (8 * at) & 0xff;
        return isSigned && x >> 7 ? int64_t(x) - 256 : int64_t(x);
      };
      auto half = [](bool isSigned, uint64_t x, unsigned at) {
        x = x >> (16 * at) & 0xffff;
        return isSigned && x >> 15 ? int64_t(x) - 65536 : int64_t(x);
      };
      f.add("dp4a" + types + " %d, %a, %b, %c;", 32,
            {In::I32, In::I32, In::I32}, [=](V v) {
              int64_t sum = int64_t(v[2]);
              for (unsigned k = 0; k < 4; ++k)
                sum += byte(isSigned, v[0], k) * byte(other, v[1], k);
              return uint64_t(sum);
            });
      for (unsigned from : {0u, 2u})
        f.add(std::string("dp2a.") + (from ? "hi" : "lo") + types +
                  " %d, %a, %b, %c;",
              32, {In::I32, In::I32, In::I32}, [=](V v) {
                int64_t sum = int64_t(v[2]);
                for (unsigned k = 0; k < 2; ++k)
                  sum += half(isSigned, v[0], k) * byte(other, v[1], from + k);
                return uint64_t(sum);
              });
    }
    const Int t = isSigned ? s16 : u16;
    std::string x2 = t.name + "x2 %d, %a, %b;";
    auto least = [t](uint64_t a, uint64_t b) {
      return t.value(a) < t.value(b) ? a : b;
    };
    auto most = [t](uint64_t a, uint64_t b) {
      return t.value(a) < t.value(b) ? b : a;
    };
    std::vector<In> in{In::I32, In::I32};
    f.add("add." + x2, 32, in, [](V v) {
      return halves(v[0], v[1], [](uint64_t a, uint64_t b) { return a + b; });
    });
    f.last().mayBeLiteral = false;
    f.add("min." + x2, 32, in, [=](V v) { return halves(v[0], v[1], least); });
    f.last().mayBeLiteral = false;
    f.add("max." + x2, 32, in, [=](V v) { return halves(v[0], v[1], most); });
    f.last().mayBeLiteral = false;
    if (!isSigned)
      continue;
    auto positive = [](uint64_t x) { return x >> 15 & 1 ? 0 : x; };
    f.add("min.relu." + x2, 32, in, [=](V v) {
      return halves(v[0], v[1], [=](uint64_t a, uint64_t b) {
        return positive(least(a, b));
      });
    });
    f.last().mayBeLiteral = false;
    f.add("max.relu." + x2, 32, in, [=](V v) {
      return halves(v[0], v[1], [=](uint64_t a, uint64_t b) {
        return positive(most(a, b));
      });
    });
    f.last().mayBeLiteral = false;
    f.add("min.relu.s32 %d, %a, %b;", 32, in, [](V v) {
      return uint64_t(
          std::max<S128>(0, std::min(s32.value(v[0]), s32.value(v[1]))));
    });
    f.add("max.relu.s32 %d, %a, %b;", 32, in, [](V v) {
      return uint64_t(
          std::max<S128>(0, std::max(s32.value(v[0]), s32.value(v[1]))));
    });
  }
  f.run(200, 36);
}

TEST(FuzzScalarInteger, Carries) {
  Fuzzer f;
  // %d: the low part, or the high part with the last carry in its top bit's
  // place, as a sum of both.
  for (unsigned bits : {32u, 64u})
    for (bool isSigned : {false, true}) {
      std::string n = (isSigned ? ".s" : ".u") + std::to_string(bits);
      In i = bits == 32 ? In::I32 : In::I64;
      std::vector<In> in{i, i, i, i};
      std::string r = bits == 32 ? "%r" : "%x";
      // Two words (a, b) and (c, e), the carry behind them as third.
      auto three = [=](bool minus, unsigned part) {
        return [=](V v) {
          uint64_t all = bits == 64 ? ~0ull : (1ull << bits) - 1;
          U128 carry = 0;
          uint64_t words[3];
          for (unsigned k = 0; k < 3; ++k) {
            U128 a = k < 2 ? v[k] : 0, b = k < 2 ? v[2 + k] : 0;
            U128 x = minus ? a - b - carry : a + b + carry;
            words[k] = uint64_t(x) & all;
            carry = x >> bits & 1;
          }
          return words[part];
        };
      };
      for (bool minus : {false, true})
        for (unsigned part = 0; part < 3; ++part) {
          std::string op = minus ? "sub" : "add";
          f.add(op + ".cc" + n + " " + r + "0, %a, %c; " + op + "c.cc" + n +
                    " " + r + "1, %b, %e; " + op + "c" + n + " " + r +
                    "2, 0, 0; mov.b" + std::to_string(bits) + " %d, " + r +
                    std::to_string(part) + ";",
                bits, in, three(minus, part));
        }
      // mad of either half, which takes and leaves a carry.
      for (bool hi : {false, true})
        for (bool outside : {false, true}) {
          const Int t{"", bits, isSigned};
          std::string part = hi ? ".hi" : ".lo";
          std::string one = bits == 32 ? "0xffffffff" : "-1";
          f.add("add.cc" + n + " " + r + "3, %e, " + one + "; madc" + part +
                    ".cc" + n + " " + r + "0, %a, %b, %c; addc" + n + " " + r +
                    "1, 0, 0; mov.b" + std::to_string(bits) + " %d, " + r +
                    (outside ? "1;" : "0;"),
                bits, in, [=](V v) {
                  uint64_t word = hi ? high(t, v[0], v[1]) : v[0] * v[1];
                  U128 x = U128(word & t.all()) + v[2] + (v[3] != 0);
                  return uint64_t(outside ? x >> bits : x);
                });
          f.add("mad" + part + ".cc" + n + " " + r + "0, %a, %b, %c; madc" +
                    part + n + " " + r + "1, %c, %b, %e; mov.b" +
                    std::to_string(bits) + " %d, " + r +
                    (outside ? "1;" : "0;"),
                bits, in, [=](V v) {
                  uint64_t word = hi ? high(t, v[0], v[1]) : v[0] * v[1];
                  U128 x = U128(word & t.all()) + v[2];
                  uint64_t next = hi ? high(t, v[2], v[1]) : v[2] * v[1];
                  return outside ? next + v[3] + uint64_t(x >> bits & 1)
                                 : uint64_t(x);
                });
        }
    }
  f.run(500, 30);
}

} // namespace

//===- FuzzScalarConvertTest.cpp - random conversions -----------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// cvt between all integer and floating-point types with all modifiers, bit for
// bit; and the approximate functions, within the errors that the ISA states.
//
//===----------------------------------------------------------------------===//

#include "FuzzScalarSupport.h"

using namespace fuzz_scalar;

namespace {

struct Float {
  std::string name;
  Format format;
  In in;
};
const Float kFloats[] = {{"f16", kF16, In::F16},
                         {"bf16", kBF16, In::BF16},
                         {"f32", kF32, In::F32},
                         {"f64", kF64, In::F64}};

Accept anyNan(const Format &format) {
  return [=](uint64_t got, uint64_t want) {
    return format.isNan(got) && format.isNan(want);
  };
}
Accept anyZero(const Format &format) {
  return [=](uint64_t got, uint64_t want) {
    return (format.isNan(got) && format.isNan(want)) ||
           (format.isZero(got) && format.isZero(want));
  };
}
uint64_t saturate(const Format &format, uint64_t x) {
  return format.isNan(x) || x & format.sign() ? 0 : std::min(x, format.one());
}

TEST(FuzzScalarConvert, IntegersToIntegers) {
  Fuzzer f;
  for (const Int &to : kInts)
    for (const Int &from : kInts)
      for (bool sat : {false, true}) {
        // .sat is for conversions that it could make a difference to.
        if (sat && to.least() <= from.least() && to.most() >= from.most())
          continue;
        // Registers may be wider than the type: the upper bits of a source are
        // not looked at, a result is extended by the sign of its type.
        for (In d : {inputOf(to), In::I64})
          for (In a : {inputOf(from), In::I64})
            f.add(std::string("cvt") + (sat ? ".sat." : ".") + to.name + "." +
                      from.name + " %d, %a;",
                  widthOf(d), {a}, [=](V v) {
                    S128 x = from.value(v[0]);
                    return uint64_t(to.value(uint64_t(sat ? to.clamp(x) : x)));
                  });
      }
  for (const char *name : {"u16", "s16", "u8", "s8", "u4", "s4", "u2", "s2"}) {
    unsigned bits = unsigned(std::stoi(name + 1));
    Int to{name, bits, name[0] == 's'};
    auto packed = [=](V v) {
      auto part = [&](uint64_t x) {
        return uint64_t(to.clamp(int32_t(x))) & ((1u << bits) - 1);
      };
      return part(v[0]) << bits | part(v[1]);
    };
    if (bits == 16)
      f.add("cvt.pack.sat." + to.name + ".s32 %d, %a, %b;", 32,
            {In::I32, In::I32}, packed);
    else
      f.add("cvt.pack.sat." + to.name + ".s32.b32 %d, %a, %b, %c;", 32,
            {In::I32, In::I32, In::I32},
            [=](V v) { return packed(v) | v[2] << (2 * bits); });
    f.last().mayBeLiteral = false;
  }
  f.run(2000, 6);
}

TEST(FuzzScalarConvert, FloatsToIntegers) {
  Fuzzer f;
  for (const Float &from : kFloats)
    for (const Int &to : kInts)
      for (const Rounding &rounding : kRoundings)
        for (bool ftz : {false, true})
          for (bool sat : {false, true}) {
            // bf16 has no .sat here, and none of eight bits in ptxas.
            bool brain = from.name == "bf16";
            if ((ftz && from.name != "f32") || (brain && (sat || to.bits == 8)))
              continue;
            Format format = from.format;
            Round mode = rounding.mode;
            bool zeroForNan = from.name != "f64" && to.bits != 64;
            f.add("cvt" + rounding.name + (ftz ? "i.ftz" : "i") +
                      (sat ? ".sat." : ".") + to.name + "." + from.name +
                      " %d, %a;",
                  widthOf(inputOf(to)), {from.in}, [=](V v) {
                    Real x = unpack(format, ftz ? format.flush(v[0]) : v[0]);
                    if (x.kind == Real::Nan)
                      return uint64_t(
                          zeroForNan ? 0 : to.value(1ull << (to.bits - 1)));
                    // Beyond 2^100 as good as infinite.
                    S128 whole = 0;
                    if (x.kind == Real::Infinite ||
                        (x.kind == Real::Finite && x.exponent > 60))
                      whole = S128(1) << 100;
                    else if (x.kind == Real::Finite)
                      whole = S128(roundAt(x, 0, mode));
                    return uint64_t(to.clamp(x.sign ? -whole : whole));
                  });
          }
  f.run(2100, 12);
}

TEST(FuzzScalarConvert, IntegersToFloats) {
  Fuzzer f;
  for (const Int &from : kInts)
    for (const Float &to : kFloats)
      for (const Rounding &rounding : kRoundings)
        for (bool sat : {false, true}) {
          bool brain = to.name == "bf16";
          if (brain && (sat || from.bits == 8))
            continue;
          Format format = to.format;
          Round mode = rounding.mode;
          f.add("cvt" + rounding.name + (sat ? ".sat." : ".") + to.name + "." +
                    from.name + " %d, %a;",
                format.width(), {inputOf(from)}, [=](V v) {
                  uint64_t x =
                      pack(format, mode, fromInteger(from.value(v[0])));
                  return sat ? saturate(format, x) : x;
                });
        }
  f.run(2200, 12);
}

TEST(FuzzScalarConvert, FloatsToFloats) {
  Fuzzer f;
  for (const Float &from : kFloats)
    for (const Float &to : kFloats)
      for (bool ftz : {false, true})
        for (bool sat : {false, true}) {
          bool single = from.name == "f32" || to.name == "f32";
          bool brain = from.name == "bf16" || to.name == "bf16";
          if ((ftz && (!single || brain)) || (sat && brain))
            continue;
          Format a = from.format, d = to.format;
          std::string tail = std::string(ftz ? ".ftz" : "") +
                             (sat ? ".sat." : ".") + to.name + "." + from.name +
                             " %d, %a;";
          // .ftz is for single precision only, whichever side that is.
          auto flush = [=](const Format &format, uint64_t x) {
            return ftz && format.width() == 32 ? format.flush(x) : x;
          };
          auto finish = [=](uint64_t x) {
            x = flush(d, x);
            return sat ? saturate(d, x) : x;
          };
          Accept accept = sat ? anyZero(d) : anyNan(d);
          bool same = from.name == to.name;
          bool wider = d.exponent >= a.exponent && d.mantissa >= a.mantissa;
          if (wider)
            f.add(
                "cvt" + tail, d.width(), {from.in},
                [=](V v) {
                  return finish(
                      pack(d, Round::Nearest, unpack(a, flush(a, v[0]))));
                },
                accept);
          for (const Rounding &rounding : kRoundings) {
            Round mode = rounding.mode;
            if (same)
              f.add(
                  "cvt" + rounding.name + "i" + tail, d.width(), {from.in},
                  [=](V v) {
                    Real x = unpack(a, flush(a, v[0]));
                    if (x.kind == Real::Finite && x.exponent < 0) {
                      x.mantissa = roundAt(x, 0, mode);
                      x.exponent = 0;
                      if (!x.mantissa)
                        x.kind = Real::Zero;
                    }
                    return finish(pack(d, Round::Nearest, x));
                  },
                  accept);
            else if (!wider)
              f.add(
                  "cvt" + rounding.name + tail, d.width(), {from.in},
                  [=](V v) {
                    return finish(pack(d, mode, unpack(a, flush(a, v[0]))));
                  },
                  accept);
          }
        }
  f.run(2300, 30);
}

/// f32 to f16, bf16 and tf32 with .relu and .satfinite, one and two at a time.
TEST(FuzzScalarConvert, SinglesToShortFormats) {
  Fuzzer f;
  for (const Float &to :
       {kFloats[0], kFloats[1], Float{"tf32", kTF32, In::F32}})
    for (const Rounding &rounding :
         {kRoundings[0], kRoundings[1], Rounding{".rna", Round::Away}})
      for (bool relu : {false, true})
        for (bool finite : {false, true}) {
          bool tf32 = to.name == "tf32", away = rounding.mode == Round::Away;
          // tf32 has .satfinite with .rna only, which has no .relu.
          if ((away && (!tf32 || relu)) || (tf32 && finite && !away))
            continue;
          Format d = to.format;
          auto convert = [=, mode = rounding.mode](uint64_t a) {
            uint64_t x = pack(d, mode, unpack(kF32, a));
            if (finite && (x & ~d.sign()) == d.infinity())
              x -= 1;
            return relu && x & d.sign() ? 0 : x;
          };
          // With .relu or .satfinite NaNs are canonical.
          auto alike = [=](uint64_t got, uint64_t want) {
            return got == want || (!relu && !finite && anyNan(d)(got, want)) ||
                   (relu && d.isZero(got) && d.isZero(want));
          };
          std::string name = "cvt" + rounding.name + (relu ? ".relu" : "") +
                             (finite ? ".satfinite." : ".") + to.name;
          if (tf32) {
            // Sixteen bits and three; the rest are not part of the format.
            f.add(
                name + ".f32 %d, %a;", 32, {In::F32},
                [=](V v) { return convert(v[0]) << 13; },
                [=](uint64_t got, uint64_t want) {
                  return alike(got >> 13, want >> 13);
                });
            continue;
          }
          f.add(
              name + ".f32 %d, %a;", 16, {In::F32},
              [=](V v) { return convert(v[0]); }, alike);
          f.add(
              name + "x2.f32 %d, %a, %b;", 32, {In::F32, In::F32},
              [=](V v) { return convert(v[0]) << 16 | convert(v[1]); },
              [=](uint64_t got, uint64_t want) {
                return alike(got & 0xffff, want & 0xffff) &&
                       alike(got >> 16, want >> 16);
              });
          f.last().mayBeLiteral = false;
        }
  f.run(2400, 60);
}

double fromF64(uint64_t bits) {
  double value;
  std::memcpy(&value, &bits, 8);
  return value;
}
uint64_t toF64(double value) {
  uint64_t bits;
  std::memcpy(&bits, &value, 8);
  return bits;
}
double valueOf(const Format &format, uint64_t bits) {
  return format.width() == 64 ? fromF64(bits) : toDouble(format, bits);
}

/// `expected` in double precision; the result may be off by `relative` of it,
/// or by `absolute`, besides the expectation's own rounding to the format.
void approximate(Fuzzer &f, const std::string &name, const Float &type,
                 bool pair, bool ftz, unsigned inputs, double relative,
                 double absolute,
                 const std::function<double(double, double)> &expected) {
  Format format = type.format;
  unsigned mask = pair ? 2 : 1;
  In in = !pair ? type.in : type.name == "f16" ? In::F16x2 : In::BF16x2;
  auto one = [=](uint64_t a, uint64_t b) {
    double x = expected(valueOf(format, ftz ? format.flush(a) : a),
                        valueOf(format, ftz ? format.flush(b) : b));
    uint64_t bits = pack(format, Round::Nearest, unpack(kF64, toF64(x)));
    return ftz ? format.flush(bits) : bits;
  };
  auto near = [=](uint64_t got, uint64_t want) {
    double g = valueOf(format, got), w = valueOf(format, want);
    if (std::isnan(w) || std::isinf(w))
      return std::isnan(w) ? std::isnan(g) : g == w;
    if (w == 0 && g == 0 && absolute == 0)
      return std::signbit(w) == std::signbit(g);
    double least = std::ldexp(1.0, 1 - format.bias()); // normal
    double step = std::ldexp(least, -int(format.mantissa));
    double allowed =
        absolute + std::fabs(w) * relative +
        std::max(step, std::fabs(w) * std::ldexp(0.5, -int(format.mantissa)));
    // What is flushed may be so on either side of the least normal number.
    if (ftz && std::fabs(w) <= least * 1.001 && std::fabs(g) <= least * 1.001)
      return true;
    return std::fabs(g - w) <= allowed;
  };
  std::string text = name + "." + type.name + (pair ? "x2" : "") +
                     (inputs == 2 ? " %d, %a, %b;" : " %d, %a;");
  f.add(
      text, widthOf(in), std::vector<In>(inputs, in),
      [=](V v) {
        uint64_t b = inputs == 2 ? v[1] : 0;
        if (mask == 1)
          return one(v[0], b);
        return one(v[0] & 0xffff, b & 0xffff) | one(v[0] >> 16, b >> 16) << 16;
      },
      [=](uint64_t got, uint64_t want) {
        if (mask == 1)
          return near(got, want);
        return near(got & 0xffff, want & 0xffff) && near(got >> 16, want >> 16);
      });
}

TEST(FuzzScalarApproximate, WithinTheStatedErrors) {
  Fuzzer f;
  const Float &f16 = kFloats[0], &bf16 = kFloats[1], &f32 = kFloats[2],
              &f64 = kFloats[3];
  auto far = [](V v) { // outside of the range that an error is stated for
    return !(std::fabs(toDouble(kF32, v[0])) <= 2 * M_PI);
  };
  for (bool ftz : {false, true}) {
    std::string z = ftz ? ".approx.ftz" : ".approx";
    auto single = [&](const char *name, double relative, double absolute,
                      double (*expected)(double)) {
      approximate(f, name + z, f32, false, ftz, 1, relative, absolute,
                  [=](double a, double) { return expected(a); });
    };
    single("rcp", 0x1p-23, 0, [](double a) { return 1 / a; });
    single("sqrt", 0x1p-23, 0, [](double a) { return std::sqrt(a); });
    single("rsqrt", 0x1p-22, 0, [](double a) { return 1 / std::sqrt(a); });
    single("ex2", 0x1p-22, 0, [](double a) { return std::exp2(a); });
    single("lg2", 0x1p-22, 0x1p-22, [](double a) { return std::log2(a); });
    single("sin", 0, 0x1p-20, [](double a) { return std::sin(a); });
    f.last().open = far;
    single("cos", 0, 0x1p-20, [](double a) { return std::cos(a); });
    f.last().open = far;
    auto divide = [](double a, double b) { return a / b; };
    approximate(f, "div" + z, f32, false, ftz, 2, 0x1p-22, 0, divide);
    f.last().open = [](V v) {
      double b = std::fabs(toDouble(kF32, v[1]));
      return b > 0x1p126 && b < 0x1p128;
    };
    approximate(f, ftz ? "div.full.ftz" : "div.full", f32, false, ftz, 2,
                0x1p-22, 0, divide);
  }
  auto tanh = [](double a, double) { return std::tanh(a); };
  auto exp2 = [](double a, double) { return std::exp2(a); };
  approximate(f, "tanh.approx", f32, false, false, 1, 0x1p-11, 0, tanh);
  for (bool pair : {false, true}) {
    approximate(f, "tanh.approx", f16, pair, false, 1, 0, 0x1.03p-11, tanh);
    approximate(f, "tanh.approx", bf16, pair, false, 1, 0, 0x1p-8, tanh);
    approximate(f, "ex2.approx", f16, pair, false, 1, 0x1.13p-10, 0, exp2);
    approximate(f, "ex2.approx.ftz", bf16, pair, true, 1, 0x1p-7, 0, exp2);
  }
  approximate(f, "rcp.approx.ftz", f64, false, true, 1, 0x1p-20, 0,
              [](double a, double) { return 1 / a; });
  approximate(f, "rsqrt.approx.ftz", f64, false, true, 1, 0x1p-20, 0,
              [](double a, double) { return 1 / std::sqrt(a); });
  approximate(f, "rsqrt.approx", f64, false, false, 1, 0x1p-20, 0,
              [](double a, double) { return 1 / std::sqrt(a); });
  f.run(2500, 80);
}

} // namespace

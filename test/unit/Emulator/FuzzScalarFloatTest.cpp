//===- FuzzScalarFloatTest.cpp - random floats against C++ ------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Floating-point arithmetic and comparisons of every format in every rounding
// mode, against exact arithmetic rounded once. Where the ISA leaves a NaN's
// payload open any NaN will do; where it names the canonical NaN only that one.
// Saturation and .relu leave the sign of a zero open.
//
//===----------------------------------------------------------------------===//

#include "FuzzScalarSupport.h"

using namespace fuzz_scalar;

namespace {

/// A format, one or two to a register.
struct Type {
  std::string name;
  Format format;
  In in;
  bool pair = false;
  unsigned bits() const { return widthOf(in); }
  bool half() const { return format.width() == 16; }
};
const Type f32{"f32", kF32, In::F32}, f64{"f64", kF64, In::F64},
    f16{"f16", kF16, In::F16}, bf16{"bf16", kBF16, In::BF16},
    f16x2{"f16x2", kF16, In::F16x2, true},
    bf16x2{"bf16x2", kBF16, In::BF16x2, true};
const Type kTypes[] = {f32, f64, f16, bf16, f16x2, bf16x2};
const Type kHalves[] = {f16, bf16, f16x2, bf16x2};

/// Applies `f`, a function of single values, to each element.
template <typename F>
auto each(const Type &type, F f) {
  return [=](V v) -> uint64_t {
    if (!type.pair)
      return f(v);
    uint64_t low[4], high[4];
    for (unsigned i = 0; i < 4; ++i) {
      low[i] = v[i] & 0xffff;
      high[i] = v[i] >> 16 & 0xffff;
    }
    return f(low) | f(high) << 16;
  };
}
Accept eachAccept(const Type &type, Accept accept) {
  if (!type.pair)
    return accept;
  return [=](uint64_t got, uint64_t want) {
    auto same = [&](uint64_t a, uint64_t b) { return a == b || accept(a, b); };
    return same(got & 0xffff, want & 0xffff) && same(got >> 16, want >> 16);
  };
}
Accept anyNan(const Type &type) {
  Format format = type.format;
  return eachAccept(type, [=](uint64_t got, uint64_t want) {
    return format.isNan(got) && format.isNan(want);
  });
}
Accept anyZero(const Type &type) {
  Format format = type.format;
  return eachAccept(type, [=](uint64_t got, uint64_t want) {
    return (format.isNan(got) && format.isNan(want)) ||
           (format.isZero(got) && format.isZero(want));
  });
}

uint64_t saturate(const Format &format, uint64_t x) {
  if (format.isNan(x) || (x & format.sign()))
    return 0;
  return std::min(x, format.one());
}
uint64_t relu(const Format &format, uint64_t x) {
  return !format.isNan(x) && (x & format.sign()) ? 0 : x;
}

enum class Operation { Add, Sub, Mul, Fma, Div };

uint64_t compute(Operation operation, const Format &format, Round mode,
                 bool ftz, V v) {
  Real in[3];
  for (unsigned i = 0; i < 3; ++i)
    in[i] = unpack(format, ftz ? format.flush(v[i]) : v[i]);
  Real result;
  switch (operation) {
  case Operation::Add:
    result = sum(in[0], in[1], mode);
    break;
  case Operation::Sub:
    in[1].sign = !in[1].sign;
    result = sum(in[0], in[1], mode);
    break;
  case Operation::Mul:
    result = product(in[0], in[1]);
    break;
  case Operation::Fma:
    result = sum(product(in[0], in[1]), in[2], mode);
    break;
  case Operation::Div:
    result = quotient(in[0], in[1]);
    break;
  }
  uint64_t bits = pack(format, mode, result);
  return ftz ? format.flush(bits) : bits;
}

/// All forms of one operation that `modifiers` allows: of .ftz and .sat.
void addOperation(Fuzzer &f, const Type &type, const char *name,
                  Operation operation, const Rounding &rounding, bool mayFtz,
                  bool maySat) {
  unsigned count = operation == Operation::Fma ? 3 : 2;
  for (bool ftz : {false, true})
    for (bool sat : {false, true}) {
      if ((ftz && !mayFtz) || (sat && !maySat))
        continue;
      Format format = type.format;
      Round mode = rounding.mode;
      f.add(std::string(name) + rounding.name + (ftz ? ".ftz" : "") +
                (sat ? ".sat" : "") + "." + type.name + " %d, %a, %b" +
                (count == 3 ? ", %c;" : ";"),
            type.bits(), std::vector<In>(count, type.in),
            each(type,
                 [=](V v) {
                   uint64_t x = compute(operation, format, mode, ftz, v);
                   return sat ? saturate(format, x) : x;
                 }),
            sat ? anyZero(type) : anyNan(type));
    }
}

TEST(FuzzScalarFloat, Arithmetic) {
  Fuzzer f;
  for (const Type &type : {f32, f64}) {
    bool single = type.name == "f32";
    for (const Rounding &rounding : kRoundings) {
      addOperation(f, type, "add", Operation::Add, rounding, single, single);
      addOperation(f, type, "sub", Operation::Sub, rounding, single, single);
      addOperation(f, type, "mul", Operation::Mul, rounding, single, single);
      addOperation(f, type, "fma", Operation::Fma, rounding, single, single);
      addOperation(f, type, "mad", Operation::Fma, rounding, single, single);
      addOperation(f, type, "div", Operation::Div, rounding, single, false);
      for (bool ftz : {false, true}) {
        if (ftz && !single)
          continue;
        Format format = type.format;
        Round mode = rounding.mode;
        std::string tail = std::string(rounding.name) + (ftz ? ".ftz." : ".") +
                           type.name + " %d, %a;";
        f.add(
            "rcp" + tail, type.bits(), {type.in},
            [=](V v) {
              uint64_t operands[] = {format.one(), v[0], 0};
              return compute(Operation::Div, format, mode, ftz, operands);
            },
            anyNan(type));
        f.add(
            "sqrt" + tail, type.bits(), {type.in},
            [=](V v) {
              uint64_t a = ftz ? format.flush(v[0]) : v[0];
              uint64_t x = pack(format, mode, root(unpack(format, a)));
              return ftz ? format.flush(x) : x;
            },
            anyNan(type));
      }
    }
    const Rounding none{"", Round::Nearest};
    addOperation(f, type, "add", Operation::Add, none, single, single);
    addOperation(f, type, "sub", Operation::Sub, none, single, single);
    addOperation(f, type, "mul", Operation::Mul, none, single, single);
  }
  f.run(1000, 30);
}

TEST(FuzzScalarFloat, Halves) {
  Fuzzer f;
  for (const Type &type : kHalves) {
    bool ftz = type.format.exponent == 5; // f16 only, and so .sat
    for (const Rounding &rounding :
         {kRoundings[0], Rounding{"", Round::Nearest}}) {
      addOperation(f, type, "add", Operation::Add, rounding, ftz, ftz);
      addOperation(f, type, "sub", Operation::Sub, rounding, ftz, ftz);
      addOperation(f, type, "mul", Operation::Mul, rounding, ftz, ftz);
    }
    addOperation(f, type, "fma", Operation::Fma, kRoundings[0], ftz, ftz);
    Format format = type.format;
    for (bool flushing : {false, true}) {
      if (flushing && !ftz)
        continue;
      auto fused = [=](V v) {
        return compute(Operation::Fma, format, Round::Nearest, flushing, v);
      };
      std::vector<In> in{type.in, type.in, type.in};
      f.add(std::string("fma.rn") + (flushing ? ".ftz" : "") + ".relu." +
                type.name + " %d, %a, %b, %c;",
            type.bits(), in,
            each(type, [=](V v) { return relu(format, fused(v)); }),
            // NaNs become canonical; the sign of a zero is open.
            eachAccept(type, [=](uint64_t got, uint64_t want) {
              return format.isZero(got) && format.isZero(want);
            }));
    }
  }
  f.run(1100, 30);
}

/// Signs, and minima by the ISA's pseudo-code.
TEST(FuzzScalarFloat, SignsAndMinima) {
  Fuzzer f;
  for (const Type &type : kTypes) {
    Format format = type.format;
    bool brain = format.exponent == 8 && type.half();
    for (bool ftz : {false, true}) {
      if (ftz && (brain || type.name == "f64"))
        continue;
      std::string z = ftz ? ".ftz." : ".";
      auto in = [=](uint64_t x) { return ftz ? format.flush(x) : x; };
      f.add("neg" + z + type.name + " %d, %a;", type.bits(), {type.in},
            each(type, [=](V v) { return in(v[0]) ^ format.sign(); }),
            anyNan(type));
      f.add("abs" + z + type.name + " %d, %a;", type.bits(), {type.in},
            each(type, [=](V v) { return in(v[0]) & ~format.sign(); }),
            anyNan(type));
      for (bool greater : {false, true})
        for (bool nan : {false, true})
          for (bool signs : {false, true}) {
            if (type.name == "f64" && (nan || signs))
              continue;
            std::string name = greater ? "max" : "min";
            name += (ftz ? ".ftz" : "") + std::string(nan ? ".NaN" : "") +
                    (signs ? ".xorsign.abs." : ".");
            auto choose = [=](V v) -> uint64_t {
              uint64_t a = in(v[0]), b = in(v[1]);
              uint64_t sign = (a ^ b) & format.sign();
              if (signs) {
                a &= ~format.sign();
                b &= ~format.sign();
              }
              bool na = format.isNan(a), nb = format.isNan(b);
              uint64_t d;
              if ((na && nb) || (nan && (na || nb)))
                return format.all() >> 1;
              if (na || nb) {
                d = na ? b : a;
              } else {
                // By sign and magnitude: -0 lies below +0.
                auto key = [&](uint64_t x) {
                  return x & format.sign() ? -S128(x & ~format.sign()) - 1
                                           : S128(x);
                };
                d = (key(a) < key(b)) != greater ? a : b;
              }
              return signs ? (d & ~format.sign()) | sign : d;
            };
            f.add(name + type.name + " %d, %a, %b;", type.bits(),
                  {type.in, type.in}, each(type, choose),
                  type.name == "f64" ? anyNan(type) : nullptr);
          }
    }
    if (type.half())
      continue;
    f.add("copysign." + type.name + " %d, %a, %b;", type.bits(),
          {type.in, type.in}, [=](V v) {
            return (v[1] & ~format.sign()) | (v[0] & format.sign());
          });
    for (const char *kind : {"finite", "infinite", "number", "notanumber",
                             "normal", "subnormal"}) {
      std::string k = kind;
      f.add("testp." + k + "." + type.name + " %p, %a; selp.u32 %d, 1, 0, %p;",
            32, {type.in}, [=](V v) {
              uint64_t x = v[0] & ~format.sign();
              bool finite = x < format.infinity();
              bool is = k == "finite"       ? finite
                        : k == "infinite"   ? x == format.infinity()
                        : k == "number"     ? !format.isNan(x)
                        : k == "notanumber" ? format.isNan(x)
                        : k == "normal"
                            ? finite && !format.isSubnormal(x) // or 0
                            : format.isSubnormal(x);
              return uint64_t(is);
            });
    }
  }
  f.run(1200, 30);
}

bool compare(const std::string &kind, const Format &format, uint64_t a,
             uint64_t b) {
  if (format.isNan(a) || format.isNan(b))
    return kind == "nan" || (kind.size() == 3 && kind.back() == 'u');
  if (kind == "num" || kind == "nan")
    return kind == "num";
  // Signs and magnitudes; both zeros are 0.
  auto key = [&](uint64_t x) {
    S128 magnitude = S128(x & ~format.sign());
    return x & format.sign() ? -magnitude : magnitude;
  };
  S128 x = key(a), y = key(b);
  std::string k = kind.substr(0, 2);
  return k == "eq"   ? x == y
         : k == "ne" ? x != y
         : k == "lt" ? x < y
         : k == "le" ? x <= y
         : k == "gt" ? x > y
                     : x >= y;
}

TEST(FuzzScalarFloat, Comparisons) {
  Fuzzer f;
  const char *const ops[] = {"", ".and", ".or", ".xor"};
  auto combine = [](unsigned op, bool t, uint64_t c) {
    return op == 0 ? t : op == 1 ? t && c : op == 2 ? t || c : t != bool(c);
  };
  for (const Type &type : kTypes)
    for (const char *kind : {"eq", "ne", "lt", "le", "gt", "ge", "equ", "neu",
                             "ltu", "leu", "gtu", "geu", "num", "nan"})
      for (unsigned op = 0; op < 4; ++op)
        for (bool ftz : {false, true}) {
          Format format = type.format;
          if (ftz && (type.name == "f64" || type.name == "bf16" ||
                      type.name == "bf16x2"))
            continue;
          std::string k = kind;
          auto test = [=](V v, unsigned at) {
            uint64_t a = v[0] >> at & format.all(),
                     b = v[1] >> at & format.all();
            return compare(k, format, ftz ? format.flush(a) : a,
                           ftz ? format.flush(b) : b);
          };
          std::vector<In> in{type.in, type.in, In::Flag};
          std::string c = op ? "setp.ne.u32 %s, %c, 0; " : "";
          std::string tail = op ? ", !%s;" : ";";
          std::string name = k + ops[op] + (ftz ? ".ftz." : ".");
          // A pair's predicates are those of the halves, a wider format's q is
          // that of the negated comparison; a single half has no q.
          bool one = type.half() && !type.pair;
          f.add(c + "setp." + name + type.name + (one ? " %p" : " %p|%q") +
                    ", %a, %b" + tail + "selp.u32 %d, 1, 0, %p;" +
                    (one ? "" : "@%q or.b32 %d, %d, 2;"),
                32, in, [=](V v) {
                  if (one)
                    return uint64_t(combine(op, test(v, 0), !v[2]));
                  bool second = type.pair ? test(v, 16) : !test(v, 0);
                  return uint64_t(combine(op, test(v, 0), !v[2])) |
                         uint64_t(combine(op, second, !v[2])) << 1;
                });
          auto set = [&](const std::string &d, unsigned bits, uint64_t yes) {
            f.add(c + "set." + name + d + "." + type.name + " %d, %a, %b" +
                      tail,
                  bits, in, [=](V v) -> uint64_t {
                    if (!type.pair)
                      return combine(op, test(v, 0), !v[2]) ? yes : 0;
                    return (combine(op, test(v, 0), !v[2]) ? yes & 0xffff : 0) |
                           (combine(op, test(v, 16), !v[2]) ? yes << 16 : 0);
                  });
          };
          set("u32", 32, 0xffffffff);
          set("s32", 32, 0xffffffff);
          if (type.pair)
            set(type.name, 32, format.one());
          if (!type.half()) {
            set("f32", 32, kF32.one());
            set("f16", 16, kF16.one());
            if (!ftz)
              set("bf16", 16, kBF16.one());
          } else if (!type.pair) {
            set("u16", 16, 0xffff);
            set("s16", 16, 0xffff);
            set(type.name, 16, format.one());
          }
        }
  f.run(1300, 4);
}

} // namespace

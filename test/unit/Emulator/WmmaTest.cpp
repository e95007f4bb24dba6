//===- WmmaTest.cpp - wmma from memory to memory ----------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The ISA (9.7.14.4) leaves open how a fragment lies in registers, so each test
// loads, multiplies and stores, and compares all bytes around D with a plain
// loop. Sums in the order of docs/Emulator.md: C, then products in rising k.
//
//===----------------------------------------------------------------------===//

#include "TestSupport.h"

#include <algorithm>
#include <cmath>
#include <random>

using namespace emulator_test;

namespace {

using Bytes = std::vector<uint8_t>;

/// `text` with each $0, $1, ... replaced.
std::string put(const std::string &text, const std::vector<std::string> &by) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i)
    out += text[i] == '$' ? by[text[++i] - '0'] : std::string(1, text[i]);
  return out;
}
std::string str(int value) { return std::to_string(value); }

struct Form {
  int m, n, k;
  std::string in, c, d;
  bool saturates = false;
  bool isInteger() const { return d == "s32"; }
  std::string shape() const {
    return put("m$0n$1k$2", {str(m), str(n), str(k)});
  }
  std::string name() const {
    return shape() + "_" + d + "_" + in + "_" + c +
           (saturates ? "_satfinite" : "");
  }
};
void PrintTo(const Form &form, std::ostream *out) { *out << form.name(); }

std::vector<Form> allForms() {
  std::vector<Form> all = {{16, 16, 8, "tf32", "f32", "f32"}};
  const int extents[][2] = {{16, 16}, {32, 8}, {8, 32}};
  for (auto [m, n] : extents) {
    for (const char *c : {"f16", "f32"})
      for (const char *d : {"f16", "f32"})
        all.push_back({m, n, 16, "f16", c, d});
    all.push_back({m, n, 16, "bf16", "f32", "f32"});
    for (const char *in : {"s8", "u8"})
      for (bool saturates : {false, true})
        all.push_back({m, n, 16, in, "s32", "s32", saturates});
  }
  return all;
}

double valueOf(const std::string &type, uint32_t bits) {
  if (type == "f16") {
    int exponent = bits >> 10 & 31, mantissa = bits & 1023;
    double sign = bits >> 15 & 1 ? -1 : 1;
    if (exponent == 31)
      return mantissa ? NAN : sign * INFINITY;
    return sign * std::ldexp(exponent ? 1024 + mantissa : mantissa,
                             std::max(exponent, 1) - 25);
  }
  return type == "bf16"   ? floatOf(bits << 16)
         : type == "tf32" ? floatOf(bits & 0xffffe000u)
         : type == "f32"  ? floatOf(bits)
         : type == "s8"   ? int8_t(bits)
         : type == "u8"   ? uint8_t(bits)
                          : int32_t(bits);
}

/// Rounds to the nearest half, ties to even.
uint32_t halfBits(float value) {
  if (std::isnan(value))
    return 0x7fff;
  uint32_t sign = std::signbit(value) ? 0x8000 : 0;
  double size = std::fabs(value);
  if (size >= 65520)
    return sign | 0x7c00;
  int exponent = size == 0 ? -14 : std::max(std::ilogb(size), -14);
  double steps = std::nearbyint(std::ldexp(size, 10 - exponent));
  return sign | uint32_t((exponent + 14) * 1024 + int(steps));
}

/// One operand: its extents, and how memory holds it.
struct Operand {
  char name; // a to d
  int rows, columns;
  std::string type;
  bool isColumn;
  int pad;   // 0: without a stride; else rows are multiples of so many bytes
  int space; // global, shared, each by name and by generic address

  int bytes() const {
    return type.back() == '8' ? 1 : type.find("16") != type.npos ? 2 : 4;
  }
  /// A and B of f16 hold each element twice.
  int registers() const {
    return name < 'c' && type == "f16" ? 8 : rows * columns * bytes() / 128;
  }
  int stride() const {
    int leading = isColumn ? rows : columns;
    return pad ? (leading * bytes() / pad + 2) * pad / bytes() : leading;
  }
  int start() const { return pad ? 32 : 0; }
  int at(int row, int column) const {
    int place = isColumn ? column * stride() + row : row * stride() + column;
    return start() + bytes() * place;
  }
  /// Of the whole buffer: what a warp copies in words.
  int total() const {
    return (at(rows - 1, columns - 1) + bytes() + 127) / 128 * 128;
  }
  uint32_t get(const Bytes &image, int row, int column) const {
    uint32_t bits = 0;
    std::memcpy(&bits, &image[at(row, column)], bytes());
    return bits;
  }
  void set(Bytes &image, int row, int column, uint32_t bits) const {
    std::memcpy(&image[at(row, column)], &bits, bytes());
  }
  /// `code` for all registers of the fragment: `@` stands for each.
  std::string each(const std::string &code) const {
    std::string text;
    for (int r = 0; r < registers(); ++r)
      for (char c : code)
        text += c == '@' ? put("%$0$1", {{name}, str(r)}) : std::string(1, c);
    return text;
  }
  std::string list() const {
    std::string text = each("@,");
    return "{" + text.substr(0, text.size() - 1) + "}";
  }
  std::string layout() const { return isColumn ? "col" : "row"; }
  /// `wmma.load` or `wmma.store`.
  std::string access(const std::string &shape) const {
    const char *const spaces[] = {".global", ".shared", "", ""};
    return put(
        name == 'd' ? "wmma.store.d.$2 [%$0d+$1], $3$4;\n"
                    : "wmma.load.$5.$2 $3, [%$0$5+$1]$4;\n",
        {space == 1 ? "s" : "x",
         str(start()),
         put("sync.aligned.$0.$1$2.$3", {layout(), shape, spaces[space], type}),
         list(),
         pad ? ", " + str(stride()) : "",
         {name}});
  }
  /// Between the buffer and shared memory.
  std::string copy(bool isBack) const {
    std::string text = put("ld.param.u64 %x, [p$0]; add.u64 %x, %x, %o;\n"
                           "add.u32 %u, %s$1, %t;\n",
                           {str(name - 'a'), {name}});
    for (int i = 0; i < total(); i += 128)
      text += put(isBack ? "ld.shared.b32 %w, [%u+$0];\n"
                           "st.global.b32 [%x+$0], %w;\n"
                         : "ld.global.b32 %w, [%x+$0];\n"
                           "st.shared.b32 [%u+$0], %w;\n",
                  {str(i)});
    return text;
  }
};

struct Problem {
  Form form;
  Operand a, b, c, d;
  bool scales = false; // negates A, doubles D
  int products = 1;    // D + A B once more in the same registers

  /// Bits of `layouts`: which of A to D are column-major. `spaces`: where A
  /// lies; each other operand lies in the next kind of space.
  Problem(const Form &f, int layouts, int spaces, int pad)
      : form(f), a{'a', f.m, f.k, f.in, (layouts & 1) != 0, pad, spaces % 4},
        b{'b', f.k, f.n, f.in, (layouts & 2) != 0, pad, (spaces + 1) % 4},
        c{'c', f.m, f.n, f.c, (layouts & 4) != 0, pad, (spaces + 2) % 4},
        d{'d', f.m, f.n, f.d, (layouts & 8) != 0, pad, (spaces + 3) % 4} {}

  std::string ptx() const {
    std::string shared, body = R"(.reg .b32 %a<8>, %b<8>, %c<8>, %d<8>, %t, %w;
      .reg .b32 %sa, %sb, %sc, %sd, %u;
      .reg .b64 %x, %o, %xa, %xb, %xc, %xd;
      mov.u32 %t, %tid.x; mul.lo.u32 %t, %t, 4; cvt.u64.u32 %o, %t;
)";
    for (const Operand *o : {&a, &b, &c, &d}) {
      shared +=
          put(".shared .align 32 .b8 m$0[$1];\n", {{o->name}, str(o->total())});
      body += put(o->space % 2 ? "mov.u32 %s$0, m$0;\n"
                                 "cvta.shared.u64 %x$0, m$0;\n"
                               : "ld.param.u64 %x$0, [p$1];\n",
                  {{o->name}, str(o->name - 'a')});
      if (o->space % 2)
        body += o->copy(false);
    }
    body += "bar.sync 0;\n" + a.access(form.shape()) + b.access(form.shape()) +
            c.access(form.shape());
    if (scales && !form.isInteger())
      body += a.each(form.in == "tf32" ? "neg.f32 @, @;\n"
                                       : "neg." + form.in + "x2 @, @;\n");
    for (int i = 0; i < products; ++i) {
      const Operand &old = i ? d : c;
      body += put("wmma.mma.sync.aligned.$0.$1.$2.$3$4.$5$6 $7, $8, $9, ",
                  {a.layout(), b.layout(), form.shape(), form.d,
                   form.in == "f16" ? "" : put(".$0.$0", {form.in}), old.type,
                   form.saturates ? ".satfinite" : "", d.list(), a.list(),
                   b.list()}) +
              old.list() + ";\n";
    }
    if (scales)
      body += d.each(
          put("add.$0 @, @, @;\n", {form.d == "f16" ? "f16x2" : form.d}));
    body += d.access(form.shape()) + "bar.sync 0;\n";
    if (d.space % 2)
      body += d.copy(true);
    return kernel(shared + body + "ret;", 4);
  }

  /// D's buffer afterwards, from all four before.
  Bytes expected(const Bytes (&images)[4]) const {
    Bytes out = images[3];
    for (int row = 0; row < form.m; ++row)
      for (int column = 0; column < form.n; ++column) {
        uint32_t bits = c.get(images[2], row, column);
        for (int i = 0; i < products; ++i) {
          float sum = float(valueOf(i ? form.d : form.c, bits));
          int64_t integer = int32_t(bits);
          for (int k = 0; k < form.k; ++k) {
            double x = valueOf(form.in, a.get(images[0], row, k));
            double y = valueOf(form.in, b.get(images[1], k, column));
            if (form.isInteger())
              integer += int64_t(x * y);
            else
              sum = std::fma(float(scales ? -x : x), float(y), sum);
          }
          if (form.saturates)
            integer = std::min<int64_t>(std::max<int64_t>(integer, INT32_MIN),
                                        INT32_MAX);
          bits = form.isInteger()  ? uint32_t(integer)
                 : form.d == "f16" ? halfBits(sum)
                 : std::isnan(sum) ? 0x7fffffffu
                                   : bitsOf(sum);
        }
        if (scales)
          bits = form.isInteger()  ? bits * 2
                 : form.d == "f16" ? halfBits(float(2 * valueOf("f16", bits)))
                                   : bitsOf(2 * floatOf(bits));
        d.set(out, row, column, bits);
      }
    return out;
  }
};

enum Values { Plain, AnyBits, Special, Cancelling };

uint32_t encode(const std::string &type, float value) {
  return type == "f16"    ? halfBits(value)
         : type == "bf16" ? bitsOf(value) >> 16
                          : bitsOf(value);
}

uint32_t element(Values values, const std::string &type, bool isC,
                 std::mt19937 &random) {
  std::uniform_real_distribution<float> uniform(-2, 2);
  if (values == AnyBits)
    return uint32_t(random());
  if (type.back() == '8')
    return values == Plain ? random() : random() % 2 ? 0x7f : 0x80;
  if (type == "s32")
    return values == Plain ? uint32_t(random()) >> 8
           : random() % 2  ? 0x7fffff00u
                           : 0x80000100u;
  if (values == Cancelling)
    return encode(type, isC            ? random() % 2 ? 3e4f : -3e4f
                        : random() % 2 ? 100 * uniform(random)
                                       : 0.001f * uniform(random));
  if (values == Plain || random() % 16)
    return encode(type, uniform(random));
  // Rare, so that most sums stay numbers: largest, smallest, denormal, zero,
  // and seldom infinite or none.
  const float limits[] = {type == "f16" ? 65504.0f : 0x1.fp+127f,
                          type == "f16" ? 0x1p-14f : 0x1p-126f,
                          type == "f16" ? 0x1p-24f : 0x1p-133f, 0.0f};
  float sign = random() % 2 ? 1 : -1;
  return encode(type, random() % 16  ? sign * limits[random() % 4]
                      : random() % 2 ? sign * INFINITY
                                     : NAN);
}

void check(const Problem &problem, Values values, unsigned seed) {
  std::mt19937 random(seed);
  Machine machine;
  Bytes images[4];
  std::vector<uint64_t> params;
  for (const Operand *o : {&problem.a, &problem.b, &problem.c, &problem.d}) {
    // Between the rows: no numbers, which nothing may read.
    Bytes &image = images[o->name - 'a'];
    image.assign(o->total(), o->name == 'd' ? 0xa5 : 0xff);
    for (int row = 0; o->name != 'd' && row < o->rows; ++row)
      for (int column = 0; column < o->columns; ++column)
        o->set(image, row, column,
               element(values, o->type, o->name == 'c', random));
    params.push_back(machine.buffer(image));
  }
  std::string ptx = problem.ptx();
  Result<Counters> counters = machine.run(ptx, params);
  ASSERT_TRUE(counters.ok()) << counters.message() << "\n" << ptx;
  const Form &form = problem.form;
  EXPECT_EQ(counters->mma(), unsigned(problem.products));
  EXPECT_EQ(counters->tensorFlops,
            2u * form.m * form.n * form.k * problem.products);
  Bytes got = machine.read<uint8_t>(params[3], images[3].size());
  Bytes wanted = problem.expected(images);
  for (size_t i = 0; i < got.size(); ++i)
    ASSERT_EQ(got[i], wanted[i]) << "byte " << i << " of D\n" << ptx;
}

class Wmma : public ::testing::TestWithParam<Form> {};

TEST_P(Wmma, LayoutsSpacesAndStrides) {
  // Each operand meets every layout in every space with and without a stride.
  for (int layouts = 0; layouts < 16; ++layouts)
    for (int spaces = 0; spaces < 4; ++spaces) {
      int bits = layouts ^ layouts >> 2;
      int pad = (bits ^ bits >> 1 ^ spaces) & 1 ? 32 : 0;
      ASSERT_NO_FATAL_FAILURE(check(Problem(GetParam(), layouts, spaces, pad),
                                    Plain, unsigned(layouts * 4 + spaces)));
    }
}

TEST_P(Wmma, ValuesOfEveryKind) {
  // Strides of 16 bytes beside those of 32: CUDA C++ asks for no more.
  for (Values values : {AnyBits, Special, Cancelling})
    for (int i = 0; i < 8; ++i)
      ASSERT_NO_FATAL_FAILURE(check(Problem(GetParam(), i * 5, i, i % 3 * 16),
                                    values, unsigned(i)));
}

TEST_P(Wmma, ElementsAreScaledInRegisters) {
  Problem problem(GetParam(), 6, 0, 16);
  problem.scales = true;
  check(problem, Plain, 1);
}

TEST_P(Wmma, AccumulatesInPlace) {
  Problem problem(GetParam(), 9, 1, 0);
  problem.products = 3;
  check(problem, Plain, 2);
  check(problem, Cancelling, 3);
}

INSTANTIATE_TEST_SUITE_P(Forms, Wmma, ::testing::ValuesIn(allForms()),
                         [](const auto &info) { return info.param.name(); });

} // namespace

//===- MmaTest.cpp - tensor-core instructions against the ISA ---*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The reference is written from the tables of the PTX ISA (9.7.14.5, "Matrix
// Fragments for mma...", and "Sparse matrix storage"), shape by shape, with
// plain loops; it shares nothing with the emulator.
//
//===----------------------------------------------------------------------===//

#include "TestSupport.h"

#include <cmath>
#include <functional>
#include <random>

using namespace emulator_test;

namespace {

using Matrix = std::vector<std::vector<double>>;

/// Where a thread's element lies: (row, column).
using Place = std::function<std::pair<int, int>(int lane, int element)>;

struct ShapeCase {
  const char *name;  // behind `mma.` or `mma.sp::ordered_metadata.`
  const char *types; // the modifiers' end
  int k;             // logical depth
  int aElements;     // of A a thread holds
  int bElements;
  int perRegister; // elements in 32 bits of A and B
  bool sparse;
  int selectors; // legal values
  Place a, b;
  char format; // h, b, t, i, u; 4 and 5 for e4m3 and e5m2
  bool halfResult = false;
};

double halfValue(uint16_t h) {
  int exponent = h >> 10 & 31, mantissa = h & 1023;
  double sign = h >> 15 ? -1 : 1;
  if (exponent == 31)
    return mantissa ? NAN : sign * INFINITY;
  if (exponent == 0)
    return sign * std::ldexp(mantissa, -24);
  return sign * std::ldexp(1024 + mantissa, exponent - 25);
}

double decode(char format, uint32_t bits) {
  switch (format) {
  case 'h':
    return halfValue(uint16_t(bits));
  case 'b':
    return floatOf(bits << 16);
  case 't':
    return floatOf(bits & 0xffffe000u);
  case '4': {
    int exponent = bits >> 3 & 15, mantissa = bits & 7;
    double sign = bits & 0x80 ? -1 : 1;
    if ((bits & 0x7f) == 0x7f)
      return NAN;
    return sign * std::ldexp(exponent ? 8 + mantissa : mantissa,
                             std::max(exponent, 1) - 10);
  }
  case '5':
    return halfValue(uint16_t(bits << 8));
  case 'i':
    return int8_t(bits);
  default:
    return uint8_t(bits);
  }
}

// ISA: groupID = lane >> 2, threadID_in_group = lane % 4.
int group(int lane) { return lane >> 2; }
int inGroup(int lane) { return lane % 4; }

// A of m16n8k8 f16/bf16: a0,a1 row groupID; a2,a3 row groupID + 8.
std::pair<int, int> aHalf8(int lane, int i) {
  return {i < 2 ? group(lane) : group(lane) + 8, inGroup(lane) * 2 + (i & 1)};
}
// A of m16n8k16: a0 a1 a4 a5 row groupID; the column + 8 for i >= 4.
std::pair<int, int> aHalf16(int lane, int i) {
  bool upper = (i >= 0 && i < 2) || (i >= 4 && i < 6);
  return {upper ? group(lane) : group(lane) + 8,
          inGroup(lane) * 2 + (i & 1) + (i < 4 ? 0 : 8)};
}
std::pair<int, int> bHalf8(int lane, int i) {
  return {inGroup(lane) * 2 + i, group(lane)};
}
std::pair<int, int> bHalf16(int lane, int i) {
  return {inGroup(lane) * 2 + (i & 1) + (i < 2 ? 0 : 8), group(lane)};
}
// B of the sparse m16n8k32: b0..b7, eight rows further for each pair.
std::pair<int, int> bHalf32(int lane, int i) {
  return {inGroup(lane) * 2 + (i & 1) + 8 * (i / 2), group(lane)};
}
// tf32.
std::pair<int, int> aTf4(int lane, int i) {
  return {i == 0 ? group(lane) : group(lane) + 8, inGroup(lane)};
}
std::pair<int, int> aTf8(int lane, int i) {
  return {i % 2 == 0 ? group(lane) : group(lane) + 8,
          i < 2 ? inGroup(lane) : inGroup(lane) + 4};
}
std::pair<int, int> bTf(int lane, int i) {
  return {inGroup(lane) + 4 * i, group(lane)};
}
// 8-bit: m16n8k16 and m16n8k32.
std::pair<int, int> aByte16(int lane, int i) {
  return {i < 4 ? group(lane) : group(lane) + 8, inGroup(lane) * 4 + (i & 3)};
}
std::pair<int, int> aByte32(int lane, int i) {
  bool upper = i < 4 || (i >= 8 && i < 12);
  return {upper ? group(lane) : group(lane) + 8,
          inGroup(lane) * 4 + (i & 3) + (i < 8 ? 0 : 16)};
}
std::pair<int, int> bByte(int lane, int i) {
  return {inGroup(lane) * 4 + (i & 3) + 16 * (i / 4), group(lane)};
}
// C and D: c0 c1 row groupID, c2 c3 row groupID + 8.
std::pair<int, int> cPlace(int lane, int i) {
  return {i < 2 ? group(lane) : group(lane) + 8, inGroup(lane) * 2 + (i & 1)};
}

const std::vector<ShapeCase> &cases() {
  static const std::vector<ShapeCase> all = {
      {"m16n8k8", "f32.f16.f16.f32", 8, 4, 2, 2, false, 1, aHalf8, bHalf8, 'h'},
      {"m16n8k16", "f32.f16.f16.f32", 16, 8, 4, 2, false, 1, aHalf16, bHalf16,
       'h'},
      {"m16n8k16", "f16.f16.f16.f16", 16, 8, 4, 2, false, 1, aHalf16, bHalf16,
       'h', true},
      {"m16n8k8", "f32.bf16.bf16.f32", 8, 4, 2, 2, false, 1, aHalf8, bHalf8,
       'b'},
      {"m16n8k16", "f32.bf16.bf16.f32", 16, 8, 4, 2, false, 1, aHalf16, bHalf16,
       'b'},
      {"m16n8k4", "f32.tf32.tf32.f32", 4, 2, 1, 1, false, 1, aTf4, bTf, 't'},
      {"m16n8k8", "f32.tf32.tf32.f32", 8, 4, 2, 1, false, 1, aTf8, bTf, 't'},
      {"m16n8k16", "s32.s8.s8.s32", 16, 8, 4, 4, false, 1, aByte16, bByte, 'i'},
      {"m16n8k32", "s32.s8.s8.s32", 32, 16, 8, 4, false, 1, aByte32, bByte,
       'i'},
      {"m16n8k32", "s32.u8.u8.s32", 32, 16, 8, 4, false, 1, aByte32, bByte,
       'u'},
      {"m16n8k16", "f32.f16.f16.f32", 16, 4, 4, 2, true, 4, aHalf8, bHalf16,
       'h'},
      {"m16n8k32", "f32.f16.f16.f32", 32, 8, 8, 2, true, 2, aHalf16, bHalf32,
       'h'},
      {"m16n8k32", "f16.f16.f16.f16", 32, 8, 8, 2, true, 2, aHalf16, bHalf32,
       'h', true},
      {"m16n8k16", "f32.bf16.bf16.f32", 16, 4, 4, 2, true, 4, aHalf8, bHalf16,
       'b'},
      {"m16n8k32", "f32.bf16.bf16.f32", 32, 8, 8, 2, true, 2, aHalf16, bHalf32,
       'b'},
      {"m16n8k8", "f32.tf32.tf32.f32", 8, 2, 2, 1, true, 4, aTf4, bTf, 't'},
      {"m16n8k16", "f32.tf32.tf32.f32", 16, 4, 4, 1, true, 2, aTf8, bTf, 't'},
      {"m16n8k32", "s32.s8.s8.s32", 32, 8, 8, 4, true, 2, aByte16, bByte, 'i'},
      {"m16n8k64", "s32.s8.s8.s32", 64, 16, 16, 4, true, 1, aByte32, bByte,
       'i'},
      {"m16n8k32", "f32.e4m3.e4m3.f32", 32, 16, 8, 4, false, 1, aByte32, bByte,
       '4'},
      {"m16n8k32", "f32.e5m2.e5m2.f32", 32, 16, 8, 4, false, 1, aByte32, bByte,
       '5'},
      {"m16n8k32", "f16.e4m3.e4m3.f16", 32, 16, 8, 4, false, 1, aByte32, bByte,
       '4', true},
      {"m16n8k64", "f32.e5m2.e5m2.f32", 64, 16, 16, 4, true, 1, aByte32, bByte,
       '5'},
  };
  return all;
}

/// What the instruction must compute, in the documented order: C first, then
/// products in rising k, each step fused and rounded to single precision.
struct Reference {
  std::vector<float> d; // [16][8]
  std::vector<int32_t> integers;
};

class MmaCase : public ::testing::TestWithParam<int> {
protected:
  const ShapeCase &shape() const { return cases()[GetParam()]; }
  bool isInteger() const {
    return shape().format == 'i' || shape().format == 'u';
  }
  int aRegisters() const { return shape().aElements / shape().perRegister; }
  int bRegisters() const { return shape().bElements / shape().perRegister; }
  int cRegisters() const { return shape().halfResult ? 2 : 4; }

  std::string ptx(int selector) const {
    // p0: A registers [r][lane], p1: B, p2: C, p3: metadata [lane], p4: D.
    std::string body = ".reg .b32 %a<8>, %b<8>, %c<8>, %d<8>, %e, %t;\n"
                       ".reg .b64 %x<8>, %o;\n"
                       "mov.u32 %t, %tid.x; mul.wide.u32 %o, %t, 4;\n";
    for (int i = 0; i < 5; ++i)
      body += "ld.param.u64 %x" + std::to_string(i) + ", [p" +
              std::to_string(i) + "]; add.u64 %x" + std::to_string(i) + ", %x" +
              std::to_string(i) + ", %o;\n";
    auto loads = [&](char name, int count, int pointer) {
      for (int r = 0; r < count; ++r)
        body += std::string("ld.global.b32 %") + name + std::to_string(r) +
                ", [%x" + std::to_string(pointer) + "+" +
                std::to_string(128 * r) + "];\n";
    };
    auto list = [](char name, int count) {
      std::string text = "{";
      for (int r = 0; r < count; ++r)
        text += (r ? ",%" : "%") + std::string(1, name) + std::to_string(r);
      return text + "}";
    };
    loads('a', aRegisters(), 0);
    loads('b', bRegisters(), 1);
    loads('c', cRegisters(), 2);
    body += "ld.global.b32 %e, [%x3];\n";
    body += std::string("mma") +
            (shape().sparse ? ".sp::ordered_metadata" : "") + ".sync.aligned." +
            shape().name + ".row.col." + shape().types + " " +
            list('d', cRegisters()) + ", " + list('a', aRegisters()) + ", " +
            list('b', bRegisters()) + ", " + list('c', cRegisters());
    if (shape().sparse)
      body += ", %e, " + std::to_string(selector);
    body += ";\n";
    for (int r = 0; r < cRegisters(); ++r)
      body += "st.global.b32 [%x4+" + std::to_string(128 * r) + "], %d" +
              std::to_string(r) + ";\n";
    return kernel(body + "ret;", 5, "", "sm_89");
  }

  /// Runs with the given raw elements and compares. kept[row][j]: the column
  /// of the j-th stored element.
  void check(const std::vector<std::vector<uint32_t>> &a,
             const std::vector<std::vector<uint32_t>> &b,
             const std::vector<std::vector<uint32_t>> &c,
             const std::vector<std::vector<int>> &kept, int selector) {
    const ShapeCase &s = shape();
    int bits = 32 / s.perRegister;
    auto pack = [&](int registers, const Place &place,
                    const std::vector<std::vector<uint32_t>> &m) {
      std::vector<uint32_t> out(registers * 32, 0);
      for (int lane = 0; lane < 32; ++lane)
        for (int e = 0; e < registers * s.perRegister; ++e) {
          auto [row, column] = place(lane, e);
          uint32_t value = m[row][column];
          if (bits < 32)
            value &= (1u << bits) - 1;
          out[e / s.perRegister * 32 + lane] |= value
                                                << e % s.perRegister * bits;
        }
      return out;
    };
    std::vector<uint32_t> cWords(cRegisters() * 32, 0);
    for (int lane = 0; lane < 32; ++lane)
      for (int e = 0; e < 4; ++e) {
        auto [row, column] = cPlace(lane, e);
        if (s.halfResult)
          cWords[e / 2 * 32 + lane] |= (c[row][column] & 0xffff) << e % 2 * 16;
        else
          cWords[e * 32 + lane] = c[row][column];
      }
    // Metadata: 16 bits a row and contributing thread. What the others hold
    // must not matter.
    std::vector<uint32_t> metadata(32, 0xdeadbeef);
    if (s.sparse) {
      int size = s.perRegister == 1 ? 2 : 4;
      int contributors = s.k / size / 4;
      for (int row = 0; row < 16; ++row)
        for (int j = 0; j < contributors; ++j) {
          int lane = 4 * (row % 8) + selector * contributors + j;
          uint32_t word = 0;
          for (int g = 0; g < 4; ++g) {
            int number = 4 * j + g;
            if (size == 2)
              word |= (kept[row][number] % 2 ? 0xeu : 0x4u) << 4 * g;
            else
              word |= uint32_t(kept[row][2 * number] % 4 |
                               kept[row][2 * number + 1] % 4 << 2)
                      << 4 * g;
          }
          uint32_t clear = row < 8 ? 0xffff0000u : 0x0000ffffu;
          metadata[lane] = (metadata[lane] & clear) | word
                                                          << (row < 8 ? 0 : 16);
        }
    }
    Machine machine;
    DevicePtr d = machine.buffer(std::vector<uint32_t>(cRegisters() * 32));
    Result<Counters> counters = machine.run(
        ptx(selector), {machine.buffer(pack(aRegisters(), s.a, a)),
                        machine.buffer(pack(bRegisters(), s.b, b)),
                        machine.buffer(cWords), machine.buffer(metadata), d});
    ASSERT_TRUE(counters.ok()) << counters.message();
    EXPECT_EQ(s.sparse ? counters->mmaSp() : counters->mma(), 1u);
    EXPECT_EQ(counters->tensorFlops, 2u * 16 * 8 * s.k);
    std::vector<uint32_t> got = machine.read<uint32_t>(d, cRegisters() * 32);

    for (int lane = 0; lane < 32; ++lane)
      for (int e = 0; e < 4; ++e) {
        auto [row, column] = cPlace(lane, e);
        uint32_t word = s.halfResult
                            ? got[e / 2 * 32 + lane] >> e % 2 * 16 & 0xffff
                            : got[e * 32 + lane];
        if (isInteger()) {
          int64_t sum = int32_t(c[row][column]);
          for (size_t j = 0; j < kept[row].size(); ++j)
            sum += int64_t(decode(s.format, a[row][j]) *
                           decode(s.format, b[kept[row][j]][column]));
          ASSERT_EQ(int32_t(word), int32_t(uint32_t(sum)));
          continue;
        }
        float sum = s.halfResult ? float(halfValue(uint16_t(c[row][column])))
                                 : floatOf(c[row][column]);
        for (size_t j = 0; j < kept[row].size(); ++j)
          sum = std::fma(float(decode(s.format, a[row][j])),
                         float(decode(s.format, b[kept[row][j]][column])), sum);
        if (s.halfResult) {
          double value = halfValue(uint16_t(word));
          if (std::isnan(sum)) {
            ASSERT_TRUE(std::isnan(value));
            continue;
          }
          // The nearest half: no neighbour is nearer.
          if (std::isinf(value)) {
            ASSERT_GE(std::fabs(sum), 65520.0f);
            continue;
          }
          double step = std::ldexp(
              1.0,
              std::max(std::ilogb(value == 0 ? 0x1p-24 : value) - 10, -24));
          ASSERT_LE(std::fabs(value - sum), step / 2);
          continue;
        }
        if (std::isnan(sum))
          ASSERT_EQ(word, 0x7fffffffu);
        else
          ASSERT_EQ(word, bitsOf(sum)) << "row " << row << " column " << column;
      }
  }

  /// Random matrices from `element`, which gives raw bits.
  template <typename Element, typename Accumulator>
  void sweep(unsigned seed, Element element, Accumulator accumulator) {
    std::mt19937 random(seed);
    const ShapeCase &s = shape();
    int stored = s.sparse ? s.k / 2 : s.k;
    for (int selector = 0; selector < s.selectors; ++selector) {
      std::vector<std::vector<uint32_t>> a(16, std::vector<uint32_t>(stored)),
          b(s.k, std::vector<uint32_t>(8)), c(16, std::vector<uint32_t>(8));
      for (auto *m : {&a, &b})
        for (auto &row : *m)
          for (uint32_t &value : row)
            value = element(random);
      for (auto &row : c)
        for (uint32_t &value : row)
          value = accumulator(random);
      std::vector<std::vector<int>> kept(16);
      for (auto &row : kept) {
        int size = s.perRegister == 1 ? 2 : 4;
        for (int g = 0; g < s.k / size; ++g) {
          if (!s.sparse) {
            for (int i = 0; i < size; ++i)
              row.push_back(g * size + i);
          } else if (size == 2) {
            row.push_back(g * 2 + int(random() % 2));
          } else {
            int first = int(random() % 3);
            int second = first + 1 + int(random() % unsigned(3 - first));
            row.push_back(g * 4 + first);
            row.push_back(g * 4 + second);
          }
        }
      }
      check(a, b, c, kept, selector);
    }
  }

  /// Raw bits of a float in the shape's format, rounded towards zero.
  uint32_t encode(float value) const {
    uint32_t bits = bitsOf(value);
    switch (shape().format) {
    case 'b':
      return bits >> 16;
    case 't':
      return bits;
    case '4': {
      int exponent = std::min(int(bits >> 23 & 255) - 120, 14);
      return (bits >> 24 & 0x80) |
             (exponent <= 0 ? 0 : uint32_t(exponent) << 3 | (bits >> 20 & 7));
    }
    default: {
      int exponent = int(bits >> 23 & 255) - 112;
      if (exponent <= 0)
        return bits >> 16 & 0x8000;
      if (exponent > 30)
        exponent = 30;
      uint32_t half = (bits >> 16 & 0x8000) | uint32_t(exponent) << 10 |
                      (bits >> 13 & 1023);
      return shape().format == '5' ? half >> 8 : half;
    }
    }
  }
};

TEST_P(MmaCase, RandomValues) {
  std::uniform_real_distribution<float> uniform(-2, 2);
  sweep(
      7,
      [&](std::mt19937 &random) {
        return isInteger() ? random() & 255 : encode(uniform(random));
      },
      [&](std::mt19937 &random) -> uint32_t {
        if (isInteger())
          return uint32_t(random()) >> 8;
        float value = uniform(random);
        return shape().halfResult ? 0x3c00 + (random() & 255) : bitsOf(value);
      });
}

TEST_P(MmaCase, AnyBits) {
  // Denormals, infinities and NaN among all patterns.
  sweep(
      11, [](std::mt19937 &random) { return uint32_t(random()); },
      [&](std::mt19937 &random) {
        return shape().halfResult ? random() & 0xffff : uint32_t(random());
      });
}

TEST_P(MmaCase, Cancellation) {
  // Large terms of both signs beside small ones.
  std::uniform_real_distribution<float> uniform(-1, 1);
  sweep(
      13,
      [&](std::mt19937 &random) -> uint32_t {
        if (isInteger())
          return random() % 2 ? 127 : 128;
        float scale = random() % 2 ? 100.0f : 0.001f;
        return encode(uniform(random) * scale);
      },
      [&](std::mt19937 &random) -> uint32_t {
        if (isInteger())
          return random() % 2 ? 0x7fffff00u : 0x80000010u;
        return shape().halfResult ? 0xd000 : bitsOf(uniform(random) * 1e4f);
      });
}

std::string caseName(const ::testing::TestParamInfo<int> &info) {
  const ShapeCase &s = cases()[info.param];
  std::string name =
      std::string(s.sparse ? "sp_" : "") + s.name + "_" + s.types;
  for (char &c : name)
    if (c == '.')
      c = '_';
  return name;
}

INSTANTIATE_TEST_SUITE_P(Shapes, MmaCase,
                         ::testing::Range(0, int(cases().size())), caseName);

TEST(Mma, DoublePrecision) {
  // m8n8k4: a row groupID, column threadID_in_group; b the other way round.
  std::mt19937 random(3);
  std::uniform_real_distribution<double> uniform(-1, 1);
  std::vector<double> a(32), b(32), c(64);
  for (auto *m : {&a, &b, &c})
    for (double &value : *m)
      value = uniform(random);
  Machine machine;
  DevicePtr d = machine.room(512);
  std::string body = R"(
    .reg .b32 %t; .reg .b64 %x<5>, %o, %o2; .reg .f64 %a, %b, %c<2>, %d<2>;
    mov.u32 %t, %tid.x; mul.wide.u32 %o, %t, 8; mul.wide.u32 %o2, %t, 16;
    ld.param.u64 %x0, [p0]; add.u64 %x0, %x0, %o; ld.global.f64 %a, [%x0];
    ld.param.u64 %x1, [p1]; add.u64 %x1, %x1, %o; ld.global.f64 %b, [%x1];
    ld.param.u64 %x2, [p2]; add.u64 %x2, %x2, %o2;
    ld.global.v2.f64 {%c0, %c1}, [%x2];
    mma.sync.aligned.m8n8k4.row.col.f64.f64.f64.f64 {%d0, %d1}, {%a}, {%b}, {%c0, %c1};
    ld.param.u64 %x3, [p3]; add.u64 %x3, %x3, %o2;
    st.global.v2.f64 [%x3], {%d0, %d1};
    ret;)";
  Result<Counters> counters =
      machine.run(kernel(body, 4),
                  {machine.buffer(a), machine.buffer(b), machine.buffer(c), d});
  ASSERT_TRUE(counters.ok()) << counters.message();
  std::vector<double> got = machine.read<double>(d, 64);
  for (int row = 0; row < 8; ++row)
    for (int column = 0; column < 8; ++column) {
      double sum = c[row * 8 + column];
      for (int k = 0; k < 4; ++k)
        sum = std::fma(a[row * 4 + k], b[column * 4 + k], sum);
      EXPECT_EQ(got[row * 8 + column], sum);
    }
}

std::string sparseKernel(const char *form) {
  return kernel(std::string(R"(
    .reg .b32 %e, %z; .reg .f32 %d<4>;
    ld.param.u32 %e, [p0];
    mov.b32 %z, 0;
    mma.)") + form +
                R"(.sync.aligned.m16n8k32.row.col.f32.f16.f16.f32
      {%d0, %d1, %d2, %d3}, {%z, %z, %z, %z}, {%z, %z, %z, %z},
      {0f00000000, 0f00000000, 0f00000000, 0f00000000}, %e, 0;
    ret;)");
}

TEST(MmaMetadata, OrderedMustRise) {
  Machine machine;
  EXPECT_TRUE(
      machine.run(sparseKernel("sp::ordered_metadata"), {0x44444444}).ok());
  // 0b0001: first position 1, second 0.
  std::string message =
      machine.refuse(sparseKernel("sp::ordered_metadata"), {0x44444441});
  EXPECT_TRUE(contains(message, "metadata of row 0, group 0 names positions 1 "
                                "and 0: they must be rising"));
  EXPECT_TRUE(contains(message, "PTX line 11"));
  machine.options.checks.metadata = false;
  EXPECT_TRUE(
      machine.run(sparseKernel("sp::ordered_metadata"), {0x44444441}).ok());
}

TEST(MmaMetadata, PlainMayFallButNotRepeat) {
  Machine machine;
  EXPECT_TRUE(machine.run(sparseKernel("sp"), {0x44444441}).ok());
  EXPECT_TRUE(contains(machine.refuse(sparseKernel("sp"), {0x44444440}),
                       "positions 0 and 0: they must be different"));
}

TEST(MmaMetadata, SelectorOutOfRange) {
  std::string text = sparseKernel("sp");
  text.replace(text.find("%e, 0;"), 6, "%e, 2;");
  Result<Module> module = Module::load(text, "m.ptx");
  ASSERT_FALSE(module.ok());
  EXPECT_TRUE(contains(module.message(),
                       "m.ptx:11: error: 'mma.sp.sync.aligned.m16n8k32.row."
                       "col.f32.f16.f16.f32': the sparsity selector must lie "
                       "in 0 to 1, but is 2"));
}

} // namespace

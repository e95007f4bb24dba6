//===- FuzzScalarBitsTest.cpp - random bits against C++ ---------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Bits, shifts, selections and comparisons of integers; the C++ is written from
// the ISA's descriptions.
//
//===----------------------------------------------------------------------===//

#include "FuzzScalarSupport.h"

using namespace fuzz_scalar;

namespace {

TEST(FuzzScalarBits, Bits) {
  Fuzzer f;
  for (unsigned bits : {16u, 32u, 64u}) {
    std::string n = "b" + std::to_string(bits);
    In i = bits == 16 ? In::I16 : bits == 32 ? In::I32 : In::I64;
    f.add("and." + n + " %d, %a, %b;", bits, {i, i},
          [](V v) { return v[0] & v[1]; });
    f.add("or." + n + " %d, %a, %b;", bits, {i, i},
          [](V v) { return v[0] | v[1]; });
    f.add("xor." + n + " %d, %a, %b;", bits, {i, i},
          [](V v) { return v[0] ^ v[1]; });
    f.add("not." + n + " %d, %a;", bits, {i}, [](V v) { return ~v[0]; });
    f.add("cnot." + n + " %d, %a;", bits, {i},
          [](V v) { return uint64_t(v[0] == 0); });
    f.add("shl." + n + " %d, %a, %b;", bits, {i, In::Amount},
          [=](V v) { return v[1] >= bits ? 0 : v[0] << v[1]; });
    f.add("shr." + n + " %d, %a, %b;", bits, {i, In::Amount},
          [=](V v) { return v[1] >= bits ? 0 : v[0] >> v[1]; });
    if (bits == 16)
      continue;
    f.add("popc." + n + " %d, %a;", 32, {i}, [](V v) {
      uint64_t count = 0;
      for (uint64_t x = v[0]; x; x &= x - 1)
        ++count;
      return count;
    });
    f.add("clz." + n + " %d, %a;", 32, {i},
          [=](V v) { return uint64_t(bits - bitLength(v[0])); });
    f.add("brev." + n + " %d, %a;", bits, {i}, [=](V v) {
      uint64_t result = 0;
      for (unsigned k = 0; k < bits; ++k)
        result |= (v[0] >> k & 1) << (bits - 1 - k);
      return result;
    });
    f.add("bfi." + n + " %d, %a, %b, %c, %e;", bits,
          {i, i, In::Amount, In::Amount}, [=](V v) {
            uint64_t pos = v[2] & 0xff, length = v[3] & 0xff, result = v[1];
            for (uint64_t k = 0; k < length && pos + k < bits; ++k) {
              result &= ~(1ull << (pos + k));
              result |= (v[0] >> k & 1) << (pos + k);
            }
            return result;
          });
  }
  for (const Int &t : kWideInts) {
    const std::string &n = t.name;
    f.add("shr." + n + " %d, %a, %b;", t.bits, {inputOf(t), In::Amount},
          [t](V v) {
            return uint64_t(t.value(v[0]) >> std::min<uint64_t>(v[1], 64));
          });
    if (t.bits == 16)
      continue;
    auto find = [t](V v) {
      S128 x = t.value(v[0]);
      return uint64_t(int64_t(bitLength(U128(x < 0 ? ~x : x))) - 1);
    };
    f.add("bfind." + n + " %d, %a;", 32, {inputOf(t)}, find);
    f.add("bfind.shiftamt." + n + " %d, %a;", 32, {inputOf(t)}, [=](V v) {
      uint64_t at = find(v);
      return at == ~0ull ? at : t.bits - 1 - at;
    });
    f.add("bfe." + n + " %d, %a, %b, %c;", t.bits,
          {inputOf(t), In::Amount, In::Amount}, [t](V v) {
            uint64_t pos = v[1] & 0xff, length = v[2] & 0xff, result = 0;
            uint64_t last = std::min<uint64_t>(pos + length - 1, t.bits - 1);
            bool fill = t.isSigned && length && (v[0] >> last & 1);
            for (unsigned k = 0; k < t.bits; ++k)
              result |= uint64_t(k < length && pos + k < t.bits
                                     ? v[0] >> (pos + k) & 1
                                     : fill)
                        << k;
            return result;
          });
  }
  f.add("fns.b32 %d, %a, %b, %c;", 32, {In::I32, In::Amount, In::Amount},
        [](V v) {
          // Base in 0..31; the offset of either sign.
          int base = int(v[1] & 31), offset = int(v[2] & 31) - 16;
          if (offset == 0)
            return v[0] >> base & 1 ? uint64_t(base) : ~uint64_t(0);
          int step = offset > 0 ? 1 : -1, count = std::abs(offset) - 1;
          for (int at = base; at >= 0 && at < 32; at += step)
            if (v[0] >> at & 1 && count-- == 0)
              return uint64_t(at);
          return ~uint64_t(0);
        });
  f.last().text = "and.b32 %r0, %b, 31; and.b32 %r1, %c, 31; "
                  "sub.s32 %r1, %r1, 16; fns.b32 %d, %a, %r0, %r1;";
  for (bool clamp : {false, true}) {
    std::string mode = clamp ? "clamp" : "wrap";
    f.add("bmsk." + mode + ".b32 %d, %a, %b;", 32, {In::Amount, In::Amount},
          [=](V v) {
            uint64_t from = v[0] & 31, to = from + (v[1] & 31);
            uint64_t above = from == to ? ~0ull : ~0ull << to; // to < 63
            if (to >= 32 || (clamp && (v[0] >= 32 || v[1] >= 32)))
              above = 0;
            return clamp && v[0] >= 32 ? 0 : (~0ull << from) & ~above;
          });
    for (bool isSigned : {false, true})
      f.add("szext." + mode + (isSigned ? ".s32" : ".u32") + " %d, %a, %b;", 32,
            {In::I32, In::Amount}, [=](V v) {
              if (clamp && v[1] >= 32)
                return v[0];
              uint64_t width = v[1] & 31, low = (1ull << width) - 1;
              bool fill = isSigned && width && (v[0] >> (width - 1) & 1);
              return (v[0] & low) | (fill ? ~low : 0);
            });
    for (bool left : {false, true})
      f.add(std::string("shf.") + (left ? "l." : "r.") + mode +
                ".b32 %d, %a, %b, %c;",
            32, {In::I32, In::I32, In::Amount}, [=](V v) {
              uint64_t by = clamp ? std::min<uint64_t>(v[2], 32) : v[2] & 31;
              uint64_t both = v[1] << 32 | v[0];
              return left ? uint64_t(U128(both) << by >> 32) : both >> by;
            });
  }
  f.run(300, 30);
}

TEST(FuzzScalarBits, Lop3AndPrmt) {
  Fuzzer f;
  for (unsigned table : {0u, 1u, 0x80u, 0xe8u, 0x96u, 0xcau, 0x3du, 0xf0u,
                         0xccu, 0xaau, 0xfeu, 0xffu, 0x40u, 0x1bu}) {
    auto look = [table](V v) {
      uint64_t result = 0;
      for (unsigned k = 0; k < 32; ++k)
        result |= uint64_t(table >> ((v[0] >> k & 1) * 4 + (v[1] >> k & 1) * 2 +
                                     (v[2] >> k & 1)) &
                           1)
                  << k;
      return result;
    };
    std::string number = std::to_string(table);
    std::vector<In> in{In::I32, In::I32, In::I32, In::Flag};
    f.add("lop3.b32 %d, %a, %b, %c, " + number + ";", 32,
          {In::I32, In::I32, In::I32}, look);
    for (bool conjunction : {false, true}) {
      auto bit = [=](V v) {
        return uint64_t(conjunction ? look(v) && v[3] : look(v) || v[3]);
      };
      std::string before = std::string("setp.ne.u32 %q, %e, 0; lop3.") +
                           (conjunction ? "and" : "or") + ".b32 ";
      f.add(before + "%r0|%p, %a, %b, %c, " + number +
                ", %q; selp.u32 %d, 1, 0, %p;",
            32, in, bit);
      f.add(before + "_|%p, %a, %b, %c, " + number +
                ", !%q; selp.u32 %d, 1, 0, %p;",
            32, in, [=](V v) {
              uint64_t flipped[] = {v[0], v[1], v[2], v[3] ^ 1};
              return bit(flipped);
            });
    }
  }
  auto byte = [](V v, unsigned at) {
    return (at < 4 ? v[0] >> (8 * at) : v[1] >> (8 * (at - 4))) & 0xff;
  };
  f.add("prmt.b32 %d, %a, %b, %c;", 32, {In::I32, In::I32, In::I32}, [=](V v) {
    uint64_t result = 0;
    for (unsigned k = 0; k < 4; ++k) {
      unsigned selector = unsigned(v[2] >> (4 * k)) & 15;
      uint64_t chosen = byte(v, selector & 7);
      if (selector & 8)
        chosen = chosen >> 7 ? 0xff : 0;
      result |= chosen << (8 * k);
    }
    return result;
  });
  // The ISA's table: for each value of c, the bytes from the highest down.
  struct Mode {
    const char *name;
    unsigned bytes[4][4];
  } modes[] = {
      {"f4e", {{3, 2, 1, 0}, {4, 3, 2, 1}, {5, 4, 3, 2}, {6, 5, 4, 3}}},
      {"b4e", {{5, 6, 7, 0}, {6, 7, 0, 1}, {7, 0, 1, 2}, {0, 1, 2, 3}}},
      {"rc8", {{0, 0, 0, 0}, {1, 1, 1, 1}, {2, 2, 2, 2}, {3, 3, 3, 3}}},
      {"ecl", {{3, 2, 1, 0}, {3, 2, 1, 1}, {3, 2, 2, 2}, {3, 3, 3, 3}}},
      {"ecr", {{0, 0, 0, 0}, {1, 1, 1, 0}, {2, 2, 1, 0}, {3, 2, 1, 0}}},
      {"rc16", {{1, 0, 1, 0}, {3, 2, 3, 2}, {1, 0, 1, 0}, {3, 2, 3, 2}}}};
  for (const Mode &mode : modes)
    f.add(std::string("prmt.b32.") + mode.name + " %d, %a, %b, %c;", 32,
          {In::I32, In::I32, In::I32}, [=](V v) {
            uint64_t result = 0;
            for (unsigned k = 0; k < 4; ++k)
              result = result << 8 | byte(v, mode.bytes[v[2] & 3][k]);
            return result;
          });
  f.run(400, 30);
}

TEST(FuzzScalarBits, Selections) {
  Fuzzer f;
  for (const char *n : {"b16", "u16", "s16", "b32", "u32", "s32", "f32", "b64",
                        "u64", "s64", "f64"}) {
    unsigned bits = unsigned(std::stoi(n + 1));
    In i = bits == 16 ? In::I16 : bits == 32 ? In::I32 : In::I64;
    f.add(std::string("setp.ne.u32 %p, %c, 0; selp.") + n + " %d, %a, %b, %p;",
          bits, {i, i, In::Flag}, [](V v) { return v[2] ? v[0] : v[1]; });
    f.add(std::string("slct.") + n + ".s32 %d, %a, %b, %c;", bits,
          {i, i, In::I32},
          [](V v) { return s32.value(v[2]) >= 0 ? v[0] : v[1]; });
    f.last().mayBeLiteral = false;
    for (bool ftz : {false, true}) {
      f.add(std::string("slct.") + (ftz ? "ftz." : "") + n +
                ".f32 %d, %a, %b, %c;",
            bits, {i, i, In::F32}, [=](V v) {
              uint64_t c = ftz ? kF32.flush(v[2]) : v[2];
              return toDouble(kF32, c) >= 0 ? v[0] : v[1];
            });
      f.last().mayBeLiteral = false;
    }
  }
  f.add("setp.ne.u32 %p, %a, 0; setp.ne.u32 %q, %b, 0; and.pred %s, %p, %q;\n"
        "selp.u32 %d, 1, 0, %s; or.pred %s, %p, %q; @%s or.b32 %d, %d, 2;\n"
        "xor.pred %s, %p, %q; @%s or.b32 %d, %d, 4; not.pred %s, %p;\n"
        "@%s or.b32 %d, %d, 8; mov.pred %s, %q; @!%s or.b32 %d, %d, 16;",
        32, {In::Flag, In::Flag}, [](V v) {
          return (v[0] & v[1]) | (v[0] | v[1]) << 1 | (v[0] ^ v[1]) << 2 |
                 (v[0] ^ 1) << 3 | (v[1] ^ 1) << 4;
        });
  f.run(600, 18);
}

/// 0, 1 or 2 for and, or, xor; %s is c.
uint64_t combine(unsigned op, uint64_t t, uint64_t c) {
  return op == 0 ? t & c : op == 1 ? t | c : t ^ c;
}

TEST(FuzzScalarBits, Comparisons) {
  Fuzzer f;
  const char *const ops[] = {"and", "or", "xor"};
  const Int bitTypes[] = {
      {"b16", 16, false}, {"b32", 32, false}, {"b64", 64, false}};
  std::vector<Int> types(std::begin(kWideInts), std::end(kWideInts));
  types.insert(types.end(), std::begin(bitTypes), std::end(bitTypes));
  for (const Int &t : types)
    for (const char *kind :
         {"eq", "ne", "lt", "le", "gt", "ge", "lo", "ls", "hi", "hs"}) {
      std::string k = kind;
      if ((t.name[0] == 'b' && k != "eq" && k != "ne") ||
          (t.isSigned && (k == "lo" || k == "ls" || k == "hi" || k == "hs")))
        continue;
      auto test = [=](V v) {
        S128 a = t.value(v[0]), b = t.value(v[1]);
        bool result = k == "eq"                ? a == b
                      : k == "ne"              ? a != b
                      : k == "lt" || k == "lo" ? a < b
                      : k == "le" || k == "ls" ? a <= b
                      : k == "gt" || k == "hi" ? a > b
                                               : a >= b;
        return uint64_t(result);
      };
      std::vector<In> in{inputOf(t), inputOf(t), In::Flag};
      std::string both = "selp.u32 %d, 1, 0, %p; @%q or.b32 %d, %d, 2;";
      f.add("setp." + k + "." + t.name + " %p|%q, %a, %b; " + both, 32, in,
            [=](V v) { return test(v) | (test(v) ^ 1) << 1; });
      for (unsigned op = 0; op < 3; ++op)
        for (uint64_t no : {0, 1}) {
          std::string tail = std::string(no ? ", !%s;" : ", %s;");
          std::string c = "setp.ne.u32 %s, %c, 0; ";
          std::string name = k + "." + ops[op] + ".";
          f.add(c + "setp." + name + t.name + " %p|%q, %a, %b" + tail + both,
                32, in, [=](V v) {
                  return combine(op, test(v), v[2] ^ no) |
                         combine(op, test(v) ^ 1, v[2] ^ no) << 1;
                });
          f.add(c + "set." + name + "u32." + t.name + " %d, %a, %b" + tail, 32,
                in, [=](V v) { return 0 - combine(op, test(v), v[2] ^ no); });
        }
      f.add("set." + k + ".s32." + t.name + " %d, %a, %b;", 32, in,
            [=](V v) { return 0 - test(v); });
      f.add("set." + k + ".f32." + t.name + " %d, %a, %b;", 32, in,
            [=](V v) { return test(v) * kF32.one(); });
      f.add("set." + k + ".f16." + t.name + " %d, %a, %b;", 16, in,
            [=](V v) { return test(v) * kF16.one(); });
      f.add("set." + k + ".bf16." + t.name + " %d, %a, %b;", 16, in,
            [=](V v) { return test(v) * kBF16.one(); });
    }
  f.run(700, 6);
}

} // namespace

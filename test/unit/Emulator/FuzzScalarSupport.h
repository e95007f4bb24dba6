//===- FuzzScalarSupport.h - random scalar instructions ---------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A Case is the text of an instruction and what it computes, in C++. Some
// sixty of them at a time, in random order, become one straight kernel whose
// inputs are random and adversarial values; every lane's result is compared.
// Now and then an operand is a literal, the result lies over an operand, or
// the instruction stands behind a predicate that holds in some lanes only.
//
//===----------------------------------------------------------------------===//

#ifndef HINM_TEST_UNIT_EMULATOR_FUZZSCALARSUPPORT_H
#define HINM_TEST_UNIT_EMULATOR_FUZZSCALARSUPPORT_H

#include "FuzzScalarValues.h"
#include "TestSupport.h"

#include <algorithm>
#include <functional>
#include <map>

namespace fuzz_scalar {

using namespace emulator_test;

/// The register of a type; eight bits lie in thirty-two.
inline In inputOf(const Int &type) {
  return type.bits == 16 ? In::I16 : type.bits == 64 ? In::I64 : In::I32;
}

using V = const uint64_t *; // the inputs
using Accept = std::function<bool(uint64_t got, uint64_t want)>;

/// %d is the result; %a, %b, %c, %e are the inputs; %h0..7 (16 bits), %r0..7
/// (32), %x0..7 (64), %p, %q and %s (predicates) are free.
struct Case {
  std::string text;
  unsigned bits; // of %d
  std::vector<In> inputs;
  std::function<uint64_t(V)> expect;
  /// Whether `got` will do where `want` was expected.
  Accept accept;
  bool nonzero = false;     // %b is not 0
  bool mayBeLiteral = true; // %b or %c
  /// Lanes whose result the ISA leaves open.
  std::function<bool(V)> open = nullptr;
};

/// Runs cases and reports, for each text, how many lanes were wrong.
class Fuzzer {
public:
  void add(std::string text, unsigned bits, std::vector<In> inputs,
           std::function<uint64_t(V)> expect, Accept accept = nullptr) {
    cases.push_back({std::move(text), bits, std::move(inputs),
                     std::move(expect), std::move(accept)});
  }
  Case &last() { return cases.back(); }

  void run(uint32_t seed, unsigned rounds) {
    for (unsigned round = 0; round < rounds; ++round) {
      Values values(seed + round);
      std::vector<const Case *> order;
      for (const Case &one : cases)
        if (!refused.count(one.text))
          order.push_back(&one);
      for (size_t i = order.size(); i > 1; --i)
        std::swap(order[i - 1], order[values.next(uint32_t(i))]);
      for (size_t at = 0; at < order.size(); at += kCases)
        runKernel({order.begin() + long(at),
                   order.begin() + long(std::min(at + kCases, order.size()))},
                  values, seed + round);
    }
    std::string report;
    unsigned bad = 0;
    for (const auto &[text, message] : refused)
      if (++bad <= kReported)
        report += "refused: " + text + "\n  " + message + "\n";
    for (const auto &[text, tally] : tallies)
      if (tally.wrong && ++bad <= kReported)
        report += std::to_string(tally.wrong) + " of " +
                  std::to_string(tally.lanes) + " lanes are wrong: " + text +
                  "\n  " + tally.first + "\n";
    EXPECT_EQ(bad, 0u) << "of " << cases.size() << " instructions\n" << report;
  }

private:
  static constexpr unsigned kReported = 40;
  static constexpr size_t kCases = 60;
  static constexpr unsigned kThreads = 64;
  struct Tally {
    uint64_t lanes = 0, wrong = 0;
    std::string first;
  };
  /// A case as it stands in a kernel.
  struct Placed {
    const Case *of;
    std::string text;
    int literal = -1; // the operand that is one
    uint64_t value = 0;
    bool over = false; // %a is the result
    bool guarded = false;
  };
  static constexpr uint64_t kBefore = 0x123456789abcdef1; // what %d held

  static void replace(std::string &text, const std::string &what,
                      const std::string &with) {
    for (size_t at = 0; (at = text.find(what, at)) != std::string::npos;
         at += with.size())
      text.replace(at, what.size(), with);
  }
  static uint64_t mask(uint64_t value, unsigned bits) {
    return bits == 64 ? value : value & ((1ull << bits) - 1);
  }
  static std::string hex(uint64_t value) {
    char text[24];
    std::snprintf(text, sizeof text, "0x%llx", (unsigned long long)value);
    return text;
  }
  static std::string literal(In kind, uint64_t value) {
    char text[24];
    if (kind == In::F32)
      std::snprintf(text, sizeof text, "0f%08x", unsigned(value));
    else if (kind == In::F64)
      std::snprintf(text, sizeof text, "0d%016llx", (unsigned long long)value);
    else if (kind == In::I32 && (value & 1) != 0)
      std::snprintf(text, sizeof text, "%d", int32_t(value));
    else
      std::snprintf(text, sizeof text, "0x%llx", (unsigned long long)value);
    return text;
  }

  static Placed place(const Case &one, Values &values) {
    Placed placed{&one, one.text};
    bool single = one.text.find(';') == one.text.size() - 1;
    if (!single)
      return placed;
    size_t count = one.inputs.size();
    unsigned choice = values.next(8);
    if (choice == 0 && count > 1 && one.mayBeLiteral) {
      unsigned at = 1 + values.next(uint32_t(std::min<size_t>(count, 3) - 1));
      In kind = one.inputs[at];
      if (kind == In::I32 || kind == In::I64 || kind == In::Amount ||
          kind == In::F32 || kind == In::F64) {
        placed.literal = int(at);
        placed.value = values.of(kind);
        if (one.nonzero && !placed.value)
          placed.value = 1;
        replace(placed.text, std::string("%") + "abce"[at],
                literal(kind, placed.value));
      }
    } else if (choice == 1 && widthOf(one.inputs[0]) == one.bits) {
      placed.over = true;
      replace(placed.text, "%d", "%a");
    } else if (choice == 2) {
      placed.guarded = true;
      placed.text = "@%g " + placed.text;
    }
    return placed;
  }

  static std::string text(const std::vector<Placed> &all) {
    std::string body =
        ".reg .b32 %t; .reg .b64 %in, %out, %off; .reg .pred %g;\n"
        "ld.param.u64 %in, [p0]; ld.param.u64 %out, [p1];\n"
        "mov.u32 %t, %tid.x; mul.wide.u32 %off, %t, 8;\n"
        "add.u64 %in, %in, %off; add.u64 %out, %out, %off;\n"
        "and.b32 %t, %t, 5; setp.ne.u32 %g, %t, 0;\n";
    for (size_t k = 0; k < all.size(); ++k) {
      const Case &one = *all[k].of;
      std::string type = ".b" + std::to_string(one.bits);
      body += "{ .reg " + type +
              " %d; .reg .b16 %h<8>; .reg .b32 %r<8>; .reg .b64 %x<8>;\n"
              ".reg .pred %p, %q, %s;\n";
      for (size_t i = 0; i < one.inputs.size(); ++i) {
        std::string width = ".b" + std::to_string(widthOf(one.inputs[i]));
        std::string name = std::string("%") + "abce"[i];
        body += ".reg " + width + " " + name + "; ld.global" + width + " " +
                name + ", [%in+" + std::to_string((4 * k + i) * kThreads * 8) +
                "];\n";
      }
      if (all[k].guarded)
        body += "mov" + type + " %d, " + hex(mask(kBefore, one.bits)) + ";\n";
      body += all[k].text + "\nst.global" + type + " [%out+" +
              std::to_string(k * kThreads * 8) + "], " +
              (all[k].over ? "%a" : "%d") + "; }\n";
    }
    return kernel(body + "ret;", 2, "", "sm_90");
  }

  void runKernel(const std::vector<const Case *> &group, Values &values,
                 uint32_t seed) {
    std::vector<Placed> all;
    for (const Case *one : group)
      all.push_back(place(*one, values));
    std::string ptx = text(all);
    if (!Module::load(ptx).ok()) {
      // Find which, and go on with the others.
      std::vector<Placed> rest;
      for (const Placed &placed : all) {
        Result<Module> alone = Module::load(text({placed}));
        if (alone.ok())
          rest.push_back(placed);
        else
          refused[placed.of->text] = placed.text + ": " + alone.message();
      }
      if (rest.size() == all.size()) {
        ADD_FAILURE() << "refused together only\n" << ptx;
        return;
      }
      all = std::move(rest);
      ptx = text(all);
    }
    std::vector<uint64_t> in(all.size() * 4 * kThreads);
    for (size_t k = 0; k < all.size(); ++k)
      for (size_t i = 0; i < all[k].of->inputs.size(); ++i)
        for (unsigned lane = 0; lane < kThreads; ++lane) {
          uint64_t value = values.of(all[k].of->inputs[i]);
          if (i == 1 && all[k].of->nonzero && !value)
            value = 1;
          in[(4 * k + i) * kThreads + lane] =
              int(i) == all[k].literal ? all[k].value : value;
        }
    Machine machine;
    machine.options.threads = 1;
    size_t count = all.size() * kThreads;
    DevicePtr out = machine.buffer(std::vector<uint64_t>(count));
    Result<Counters> counters = machine.run(ptx, {machine.buffer(in), out},
                                            {1, 1, 1}, {kThreads, 1, 1});
    ASSERT_TRUE(counters.ok()) << counters.message() << "\n" << ptx;
    std::vector<uint64_t> got = machine.read<uint64_t>(out, count);
    for (size_t k = 0; k < all.size(); ++k)
      for (unsigned lane = 0; lane < kThreads; ++lane)
        compare(all[k], &in[4 * k * kThreads], lane, got[k * kThreads + lane],
                seed);
  }

  void compare(const Placed &placed, const uint64_t *in, unsigned lane,
               uint64_t got, uint32_t seed) {
    const Case &one = *placed.of;
    uint64_t operands[4];
    for (unsigned i = 0; i < 4; ++i)
      operands[i] = in[i * kThreads + lane];
    bool skipped = placed.guarded && (lane & 5) == 0;
    uint64_t want = mask(skipped ? kBefore : one.expect(operands), one.bits);
    Tally &tally = tallies[one.text];
    ++tally.lanes;
    if (got == want || (!skipped && ((one.accept && one.accept(got, want)) ||
                                     (one.open && one.open(operands)))))
      return;
    if (++tally.wrong > 1)
      return;
    tally.first = "seed " + std::to_string(seed) + ", " + placed.text + " of";
    for (size_t i = 0; i < one.inputs.size(); ++i)
      tally.first += " " + hex(operands[i]);
    tally.first += ": got " + hex(got) + ", expected " + hex(want) +
                   (skipped ? " (not executed)" : "");
  }

  std::vector<Case> cases;
  std::map<std::string, std::string> refused;
  std::map<std::string, Tally> tallies;
};

} // namespace fuzz_scalar

#endif // HINM_TEST_UNIT_EMULATOR_FUZZSCALARSUPPORT_H

//===- FuzzParserLimitsTest.cpp - deep, long and large PTX ------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Text that nests deeply, has long names and lines, or declares very much.
//
//===----------------------------------------------------------------------===//

#include "FuzzParserSupport.h"

using namespace fuzz_parser;

namespace {

std::string repeated(const std::string &what, unsigned count) {
  std::string result;
  for (unsigned i = 0; i < count; ++i)
    result += what;
  return result;
}

TEST(FuzzParserLimits, DeepNestingIsAnswered) {
  Target target;
  constexpr unsigned deep = 200000;
  auto run = [&](const std::string &text) {
    answer(target.device, target.buffer, text);
  };
  run(kernel(repeated("{", deep)));
  run(kernel(repeated("{", deep) + repeated("}", deep) + "ret;"));
  std::string add = ".reg .b32 %r; add.u32 %r, 1, ";
  run(kernel(add + repeated("(", deep) + "1" + repeated(")", deep) + ";"));
  run(kernel(add + repeated("-", deep) + "1;"));
  run(kernel(add + repeated("!", deep) + "1;"));
  run(kernel(add + repeated("~", deep) + "1;"));
  run(kernel(add + "1" + repeated("+1", deep) + ";"));
  run(kernel(add + "1" + repeated("?1:1", deep) + ";"));
  run(kernel("mov.b32 %r, " + repeated("{", deep) + "1;"));
  run(kernel("ld.u32 %r, " + repeated("[", deep) + "1;"));
  run(kernel("ret;", 1, ".global .b8 a[4] = " + repeated("{", deep) + "1"));
  run(kernel("ret;", 1, ".global .b8 a" + repeated("[1]", deep) + ";"));
  run(kernel("ret;", 1, ".section .x " + repeated("{", deep)));
  run(kernel("ret;", 1, repeated("/*", deep)));
  run(kernel("ret;", 1, repeated(".visible .extern .weak ", deep)));
  run(kernel(repeated("@%p ", deep) + "ret;"));
  run(kernel(repeated("A: ", deep) + "ret;"));
  run(kernel("ret" + repeated(".x", deep) + ";"));
  run(kernel(repeated(";", deep) + "ret;"));
  // A chain of calls, each function inlined in the next: long, and doubling.
  for (unsigned calls : {1u, 2u})
    for (unsigned length : {30u, 3000u}) {
      std::string chain = ".func f0() { ret; }\n";
      for (unsigned i = 1; i < length; ++i)
        chain += ".func f" + std::to_string(i) + "() { " +
                 repeated("call f" + std::to_string(i - 1) + ", (); ", calls) +
                 "ret; }\n";
      run(kernel("call f" + std::to_string(length - 1) + ", (); ret;", 1,
                 chain));
    }
}

TEST(FuzzParserLimits, LongNamesAndLinesAreAnswered) {
  Target target;
  auto run = [&](const std::string &text) {
    answer(target.device, target.buffer, text);
  };
  constexpr unsigned lots = 1 << 20;
  std::string name(lots, 'n');
  run(kernel(".reg .b32 %" + name + "; mov.u32 %" + name + ", 1; ret;"));
  run(kernel("bra " + name + "; " + name + ": ret;"));
  run(kernel(name + ".u32 %r, 1;"));
  run(kernel("add." + name + " %r, 1;"));
  run(kernel(".reg .b32 %r; mov.u32 %r, " + std::string(lots, '9') + ";"));
  run(kernel(".reg .b32 %r; mov.u32 %r, 0x" + std::string(lots, 'f') + ";"));
  run(kernel(".reg .f32 %r; mov.f32 %r, 1." + std::string(lots, '3') + ";"));
  run(kernel(".reg .f32 %r; mov.f32 %r, 1e" + std::string(lots, '3') + ";"));
  run(kernel(".pragma \"" + name + "\"; ret;"));
  run(kernel("ret;" + std::string(lots, ' ')));
  run(kernel("ret;" + std::string(lots, '\n') + "x"));
  run(std::string(lots, '\0'));
  run(std::string(lots, '\xff'));
  std::string operands = "{1";
  for (unsigned i = 0; i < lots / 8; ++i)
    operands += ", 1";
  run(kernel(".reg .b64 %x; mov.b64 %x, " + operands + "}; ret;"));
  run(kernel("ret;", 1, ".global .b8 a[4] = " + operands + "};"));
}

TEST(FuzzParserLimits, ExtremeSizesAreAnswered) {
  Target target;
  for (const char *size : {"0", "1", "-1", "65536", "16777216", "1073741824",
                           "2147483647", "2147483648", "4294967295",
                           "4294967296", "1099511627776", "9223372036854775807",
                           "18446744073709551615", "18446744073709551616"}) {
    std::string n = size;
    auto run = [&](const std::string &body, const std::string &before = "") {
      answer(target.device, target.buffer, kernel(body, 1, before, "sm_90"));
    };
    for (const char *space : {".shared", ".local", ".global", ".const"})
      for (const char *type : {".b8", ".b64"}) {
        std::string variable = std::string(space) + " .align 8 " + type;
        std::string use =
            ".reg .b32 %r; ld" + std::string(space) + ".u32 %r, [a]; ret;";
        if (space != std::string(".global") && space != std::string(".const"))
          run(variable + " a[" + n + "]; " + use);
        run(use, variable + " a[" + n + "];\n");
        run(use, variable + " a[" + n + "] = {1, 2};\n");
        run(use, variable + " a[" + n + "][" + n + "];\n");
        run("ret;", variable + " a[" + n + "];\n");
      }
    run("ret;", ".global .align " + n + " .b8 a[8];\n");
    run(".shared .align " + n + " .b8 a[8]; ret;");
    run(".reg .b32 %r<" + n + ">; mov.u32 %r0, 1; ret;");
    run(".reg .b32 %r<" + n + ">, %s<" + n + ">; .reg .b64 %x<" + n + ">;");
    run(".reg .b32 %r; ld.shared.u32 %r, [" + n + "]; ret;");
    run(".reg .b32 %r; .shared .b32 s; ld.shared.u32 %r, [s+" + n + "]; ret;");
    run(".reg .b64 %x; ld.param.u64 %x, [p0+" + n + "]; ret;");
    run("bar.sync " + n + "; ret;");
    run("bar.sync 0, " + n + "; ret;");
    run("cp.async.wait_group " + n + "; ret;");
    run(".maxntid " + n + ", 1, 1; ret;");
    run(".loc " + n + " " + n + " " + n + "\nret;");
    std::string head = ".version 8.5\n.target sm_90\n.address_size 64\n";
    auto whole = [&](const std::string &text) {
      answer(target.device, target.buffer, text);
    };
    whole(head + ".entry k(.param .align 8 .b8 p[" + n + "]) { ret; }");
    whole(head + ".entry k(.param .align " + n + " .b8 p[8]) { ret; }");
    whole(head + ".entry k() .maxntid " + n + ", " + n + ", " + n +
          " { ret; }");
    whole(head + ".entry k() .reqntid " + n + " { ret; }");
    whole(head + ".func f(.param .b8 a[" + n + "]) { ret; }\n.entry k() {" +
          "{ .param .b8 x[" + n + "]; call f, (x); } ret; }");
    whole(".version " + n + "." + n + "\n.target sm_90\n.entry k() { ret; }");
    whole(".version 8.5\n.target sm_" + n + "\n.entry k() { ret; }");
    whole(".version 8.5\n.target sm_90\n.address_size " + n +
          "\n.entry k() { ret; }");
  }
}

} // namespace

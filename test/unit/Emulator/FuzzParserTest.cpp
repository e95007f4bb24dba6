//===- FuzzParserTest.cpp - damaged PTX text --------------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Mutants of valid modules, their prefixes, and random bytes. Two variables
// help to look further: HINM_FUZZ_ROUNDS is the number of mutants, and each is
// left in the file HINM_FUZZ_KEEP before it is tried.
//
//===----------------------------------------------------------------------===//

#include "FuzzParserSupport.h"

#include <cctype>
#include <cstdlib>
#include <random>

using namespace fuzz_parser;

namespace {

/// Valid modules that between them have the main constructs.
std::vector<std::string> corpus() {
  std::vector<std::string> texts;
  texts.push_back(kernel(
      R"(.reg .b32 %r<8>; .reg .b64 %x<4>; .reg .pred %p, %q; .reg .f32 %f<4>;
.shared .align 16 .b8 s[256]; .local .align 8 .b8 l[32];
ld.param.u64 %x0, [p0]; mov.u32 %r0, %tid.x; setp.lt.u32 %p|%q, %r0, 16;
mul.wide.u32 %x1, %r0, 4; add.u64 %x1, %x0, %x1; mov.u32 %r7, 0;
LOOP: add.u32 %r7, %r7, 1; setp.lt.u32 %q, %r7, 5; @%q bra.uni LOOP;
@%p bra L; ld.global.u32 %r1, [%x1+16]; st.global.u32 [%x1], %r1;
L: bar.sync 0; mov.u32 %r2, s; shl.b32 %r6, %r0, 2;
add.u32 %r2, %r2, %r6; st.shared.u32 [%r2+4], 0x7f; bar.sync 0;
ld.shared.u32 %r3, [s+4];
cvta.local.u64 %x2, %x1; st.local.v2.u32 [l+8], {%r3, %r0};
{ .param .b32 a; .param .b32 b; st.param.b32 [a], %r3; call.uni (b), f, (a);
ld.param.b32 %r4, [b]; } @!%p st.global.u32 [%x1], %r4; ret;)",
      1,
      ".func (.param .b32 w) f(.param .b32 v) { .reg .b32 %r<2>;\n"
      "ld.param.b32 %r0, [v]; add.u32 %r1, %r0, -1; st.param.b32 [w], %r1;\n"
      "ret; }"));
  texts.push_back(kernel(
      R"(.reg .b32 %r<20>; .reg .b64 %x<4>; .reg .f32 %f<8>; .reg .b16 %h<4>;
.reg .f64 %d<4>; .shared .align 128 .b8 s[1024];
mov.u32 %r0, %laneid; mov.b32 %r1, {%h0, %h1}; mov.f32 %f0, 0f3F800000;
mov.f64 %d0, 0d4000000000000000; fma.rn.f64 %d1, %d0, %d0, 0d3FF0000000000000;
cvt.rn.f16x2.f32 %r2, %f0, %f0; mov.f32 %f1, %f0;
mov.f32 %f2, %f0; mov.f32 %f3, %f0;
mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%f0, %f1, %f2, %f3},
 {%r2, %r2, %r2, %r2}, {%r2, %r2}, {%f0, %f1, %f2, %f3};
ld.param.u64 %x0, [p0]; cvta.to.global.u64 %x0, %x0; mov.u32 %r3, s;
shl.b32 %r4, %r0, 4; add.u32 %r3, %r3, %r4; mul.wide.u32 %x1, %r0, 16;
add.u64 %x1, %x0, %x1; cp.async.cg.shared.global [%r3], [%x1], 16;
cp.async.commit_group; cp.async.wait_group 0; bar.warp.sync -1;
ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%r5, %r6, %r7, %r8}, [%r3];
shfl.sync.bfly.b32 %r9, %r5, 1, 31, -1; vote.sync.ballot.b32 %r10, 1, -1;
atom.global.add.u32 %r11, [%x0], 1; red.shared.max.s32 [s], 3;
lop3.b32 %r12, %r9, %r10, %r11, 0x96; prmt.b32 %r13, %r12, %r9, 0x5410;
dp4a.s32.s32 %r14, %r12, %r13, %r9; ex2.approx.ftz.f32 %f4, %f0;
selp.b32 %r15, %r14, %r13, 1; st.global.v4.b32 [%x1], {%r12, %r13, %r14, %r15};
ret;)",
      1, "", "sm_90"));
  texts.push_back(kernel(
      R"(.reg .b32 %r<20>; .reg .b64 %x<9>; .reg .f32 %f<8>; .reg .pred %p, %q;
.shared .align 128 .b8 s[2048]; .shared .align 8 .b64 bar;
ld.param.u64 %x0, [p0]; mov.u32 %r0, %tid.x; mov.u32 %r1, bar; mov.u32 %r15, s;
setp.eq.u32 %p, %r0, 0; @%p mbarrier.init.shared::cta.b64 [%r1], 32;
bar.sync 0; mbarrier.arrive.shared::cta.b64 %x1, [%r1];
WAIT: mbarrier.try_wait.parity.shared::cta.b64 %q, [%r1], 0; @!%q bra WAIT;
redux.sync.add.u32 %r2, %r0, -1; match.any.sync.b32 %r3, %r2, -1;
shl.b32 %r4, %r0, 4; add.u32 %r4, %r15, %r4;
stmatrix.sync.aligned.m8n8.x1.shared.b16 [%r4], {%r2};
movmatrix.sync.aligned.m8n8.trans.b16 %r5, %r2; membar.gl; fence.proxy.async;
atom.global.cas.b32 %r6, [%x0], 0, 1; atom.add.noftz.f16x2 %r7, [%x0+4], %r2;
red.global.add.f32 [%x0+8], 0f3F800000; isspacep.global %p, %x0;
mov.b32 %r16, 0x44444444; mov.f32 %f0, 0f00000000; mov.f32 %f1, %f0;
mov.f32 %f2, %f0; mov.f32 %f3, %f0;
wgmma.fence.sync.aligned; wgmma.commit_group.sync.aligned;
wgmma.wait_group.sync.aligned 0; shf.l.wrap.b32 %r8, %r2, %r3, 7;
mma.sp::ordered_metadata.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32
 {%f0, %f1, %f2, %f3}, {%r2, %r2}, {%r2, %r2}, {%f0, %f1, %f2, %f3},
 %r16, 0x0; bfe.u32 %r9, %r8, 3, 5; fns.b32 %r10, %r9, 0, 1;
add.cc.u32 %r11, %r9, %r10; addc.u32 %r12, %r11, 0; cvt.rni.s32.f32 %r13, %f0;
vote.sync.all.pred %p, %q, -1; elect.sync %r14|%p, -1; activemask.b32 %r14;
prefetch.global.L2 [%x0]; nanosleep.u32 1; exit;)",
      1, "", "sm_90a"));
  texts.push_back(R"(// A comment
.version 8.5
.target sm_90a, debug
.address_size 64
/* two
   lines */
.file 1 "a.cu", 1234, 56
.extern .func (.param .b32 result) vprintf (.param .b64 a, .param .b64 b);
.visible .global .align 4 .b8 g[16] = {1, 2, 0xff, 0b101, 010};
.const .align 4 .f32 c[2] = {0f3F800000, 2.5};
.global .align 8 .u64 pointers[2] = {g, generic(g)+8};
.global .align 1 .b8 text[12] = {37, 100, 10, 0};
.extern .shared .align 16 .b8 dynamic[];
.visible .entry k(
  .param .u64 .ptr .global .align 16 p0,
  .param .align 8 .b8 q[24]
)
.maxntid 128, 1, 1
.minnctapersm 2
{
  .loc 1 3 7
  .pragma "nounroll";
  .reg .pred %p<3>;
  .reg .b32 %r<9>, %single;
  .reg .b64 %x<9>;
  ld.param.u32 %single, [q+8];
  .loc 1 4 5, function_name $L__info, inlined_at 1 3 7
  setp.eq.s32 %p1, %single, -5;
  @!%p1 bra $L__BB0_1;
  trap;
$L__BB0_1:
  { .reg .b32 %r1; mov.u32 %r1, 3; add.s32 %single, %r1, -4; }
  and.b32 %r2, %single, 1;
  $table: .branchtargets $T0, $T1;
  brx.idx %r2, $table;
$T0: mov.u64 %x1, pointers; ld.global.u64 %x2, [%x1]; ld.u8 %r3, [%x2+1];
$T1: ld.const.u32 %r4, [c+4]; ld.global.u32 %r5, [g];
  mov.u32 %r6, %tid.x; setp.eq.u32 %p2, %r6, 0;
  @%p2 mbarrier.init.shared.b64 [dynamic], 32;
  exit;
}
.section .debug_info { .b32 1 .b8 2, 3 }
)");
  return texts;
}

/// Pieces of words, numbers, spaces and single marks.
std::vector<std::string> tokens(const std::string &text) {
  std::vector<std::string> result;
  auto kind = [](char c) {
    return std::isalnum((unsigned char)c) || c == '_' || c == '$' || c == '%'
               ? 1
           : std::isspace((unsigned char)c) ? 2
                                            : 3;
  };
  for (size_t i = 0; i < text.size();) {
    size_t end = i + 1;
    while (end < text.size() && kind(text[i]) != 3 &&
           kind(text[end]) == kind(text[i]))
      ++end;
    result.push_back(text.substr(i, end - i));
    i = end;
  }
  return result;
}

class Mutator {
public:
  explicit Mutator(uint32_t seed) : random(seed) {
    for (const std::string &text : corpus()) {
      split.push_back(tokens(text));
      words.insert(words.end(), split.back().begin(), split.back().end());
    }
  }

  std::string next() {
    std::vector<std::string> text = split[random() % split.size()];
    for (unsigned edits = random() % 2 ? 1 : 1 + random() % 5; edits; --edits) {
      size_t at = random() % text.size(), other = random() % text.size();
      switch (random() % 9) {
      case 0:
        text.erase(text.begin() + long(at));
        break;
      case 1:
        text.insert(text.begin() + long(at), text[other]);
        break;
      case 2:
        std::swap(text[at], text[other]);
        break;
      case 3: // a word of any text
        text[at] = words[random() % words.size()];
        break;
      case 4:
        number(text);
        break;
      case 5:
        text[at] = oddWord();
        break;
      case 6: { // a byte
        std::string &word = text[at];
        word[random() % word.size()] = char(random());
        break;
      }
      case 7:
        if (random() % 4 == 0)
          text.resize(at + 1);
        break;
      case 8: { // a run of words again elsewhere
        size_t length = std::min<size_t>(random() % 30, text.size() - at);
        std::vector<std::string> run(text.begin() + long(at),
                                     text.begin() + long(at + length));
        text.insert(text.begin() + long(other), run.begin(), run.end());
        break;
      }
      }
      if (text.empty())
        break;
      for (std::string &word : text)
        if (word.empty())
          word = " ";
    }
    std::string result;
    for (const std::string &word : text)
      result += word;
    return result;
  }

private:
  /// Replaces a number by an extreme one.
  void number(std::vector<std::string> &text) {
    static const char *const extremes[] = {"0",
                                           "1",
                                           "2147483647",
                                           "2147483648",
                                           "4294967295",
                                           "4294967296",
                                           "-1",
                                           "9223372036854775807",
                                           "-9223372036854775808",
                                           "18446744073709551615",
                                           "18446744073709551616",
                                           "0xffffffffffffffffffff",
                                           "1000000000",
                                           "65536",
                                           "0f7fffffff",
                                           "0dfff0000000000000",
                                           "1e999999",
                                           "0x",
                                           "0b2",
                                           "3U"};
    for (unsigned tries = 0; tries < 50; ++tries) {
      std::string &word = text[random() % text.size()];
      if (std::isdigit((unsigned char)word[0])) {
        word = extremes[random() % std::size(extremes)];
        return;
      }
    }
  }
  std::string oddWord() {
    static const char *const odd[] = {"{",
                                      "}",
                                      "[",
                                      "]",
                                      ";",
                                      ",",
                                      "(",
                                      ")",
                                      ":",
                                      "=",
                                      "|",
                                      "@",
                                      "!",
                                      "-",
                                      "<",
                                      ">",
                                      "\"",
                                      "'",
                                      "/*",
                                      "*/",
                                      "//",
                                      "\\",
                                      "#",
                                      "_",
                                      ".reg",
                                      ".b8",
                                      ".func",
                                      ".entry",
                                      ".shared",
                                      ".align",
                                      ".param",
                                      ".v4",
                                      ".branchtargets",
                                      "%r<4294967295>",
                                      "%tid.x",
                                      "bra",
                                      "call",
                                      "ret;",
                                      "\xff\xfe",
                                      "\xc3\xa4",
                                      "\xe2\x82\xac"};
    if (random() % 12 == 0)
      return std::string(random() % 5000, "a%.$_{(-\xc3"[random() % 9]);
    if (random() % 12 == 0)
      return std::string(1, '\0');
    return odd[random() % std::size(odd)];
  }

  std::mt19937 random;
  std::vector<std::vector<std::string>> split;
  std::vector<std::string> words;
};

TEST(FuzzParser, TheCorpusIsValid) {
  Target target;
  for (const std::string &text : corpus()) {
    Result<Module> module = Module::load(text, "x.ptx");
    EXPECT_TRUE(module.ok()) << module.message();
    std::string fault;
    answer(target.device, target.buffer, text, &fault);
    EXPECT_EQ(fault, "");
  }
}

TEST(FuzzParser, MutantsAreAnswered) {
  unsigned rounds = 100000;
  if (const char *more = std::getenv("HINM_FUZZ_ROUNDS"))
    rounds = unsigned(std::atoi(more));
  Mutator mutator(4711);
  Target target;
  unsigned loaded = 0;
  for (unsigned round = 0; round < rounds; ++round) {
    std::string text = mutator.next();
    if (const char *file = std::getenv("HINM_FUZZ_KEEP")) {
      // The last text is the one that went wrong.
      FILE *out = std::fopen(file, "wb");
      std::fwrite(text.data(), 1, text.size(), out);
      std::fclose(out);
    }
    loaded += answer(target.device, target.buffer, text);
  }
  // Enough of them must get beyond the parser, and not all may.
  EXPECT_GT(loaded, rounds / 20);
  EXPECT_LT(loaded, rounds);
}

TEST(FuzzParser, EveryPrefixIsAnswered) {
  Target target;
  for (const std::string &text : corpus())
    for (size_t length = 0; length < text.size(); length += 3)
      answer(target.device, target.buffer, text.substr(0, length));
}

TEST(FuzzParser, RandomBytesAreAnswered) {
  std::mt19937 random(99);
  Target target;
  for (unsigned round = 0; round < 2000; ++round) {
    std::string text = round % 2 ? kernel("@") : "";
    size_t at = text.find('@');
    std::string bytes;
    for (unsigned i = random() % 300; i; --i)
      bytes += char(round % 4 < 2 ? random() : 32 + random() % 95);
    if (round % 2)
      text.replace(at, 1, bytes);
    else
      text = bytes;
    answer(target.device, target.buffer, text);
  }
}

} // namespace

//===- Sass.cpp - reads what nvdisasm prints --------------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Sass.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

#include <tuple>

using namespace llvm;
using namespace ptx_emulate;

const char *ptx_emulate::sassClassName(SassClass kind) {
  static const char *const names[kSassClasses] = {
      "tensor", "shared",  "async", "global", "spill", "sync",
      "branch", "integer", "float", "other",  "empty"};
  return names[unsigned(kind)];
}

static const StringMap<SassClass> &opcodeClasses() {
  static const std::pair<SassClass, const char *> rows[] = {
      {SassClass::Shared, "LDS LDSM STS STSM ATOMS"},
      {SassClass::Async, "LDGSTS UTMALDG UTMASTG UTMAREDG UTMAPF UBLKCP UBLKPF "
                         "UBLKRED"},
      {SassClass::Global, "LDG LD STG ST ATOM ATOMG RED REDG"},
      {SassClass::Spill, "LDL STL"},
      {SassClass::Sync,
       "BAR DEPBAR LDGDEPBAR WARPSYNC WARPGROUP WARPGROUPSET SYNCS ARRIVES "
       "MEMBAR FENCE ERRBAR CGAERRBAR CCTL UTMACCTL UTMACMDFLUSH ACQBULK "
       "UCGABAR_ARV UCGABAR_WAIT NANOSLEEP USETMAXREG B2R R2B ELECT PREEXIT"},
      {SassClass::Branch, "BRA BRX BRXU JMP JMX BSSY BSYNC BREAK BMOV CALL RET "
                          "EXIT KILL BPT YIELD RPCMOV"},
      {SassClass::Integer,
       "IMAD IMUL IADD IADD3 IADD32I VIADD ISCADD LEA LOP LOP3 LOP32I PLOP3 "
       "SHF SHL SHR ISETP ISET ICMP IABS IMNMX VIMNMX VIMNMX3 VIADDMNMX "
       "VABSDIFF VABSDIFF4 BMSK SGXT POPC FLO BREV IDP I2I LEPC"},
      {SassClass::Float,
       "FADD FMUL FFMA FFMA32I FADD2 FMUL2 FFMA2 FMNMX FMNMX3 FSETP FSET FCHK "
       "MUFU HADD2 HMUL2 HFMA2 HMNMX2 HSETP2 HSET2 DADD DMUL DFMA DSETP DMNMX "
       "F2F F2I F2FP F2IP I2F I2FP I2IP FRND"},
      {SassClass::Other, "UMOV USEL UPRMT ULDC UP2UR UR2UP S2UR CS2UR VOTEU "
                         "REDUX"},
      {SassClass::Empty, "NOP"}};
  static const StringMap<SassClass> classes = [] {
    StringMap<SassClass> map;
    for (const auto &[kind, names] : rows)
      for (StringRef name : split(names, ' '))
        map[name] = kind;
    return map;
  }();
  return classes;
}

static SassClass classify(const Instruction &op) {
  static const char *const tensor[] = {"HMMA",  "IMMA", "DMMA",  "BMMA",
                                       "QMMA",  "OMMA", "HGMMA", "IGMMA",
                                       "QGMMA", "BGMMA"};
  StringRef name = op.name();
  if (op.guard == "!PT" || op.guard == "!UPT")
    return SassClass::Empty;
  if (is_contained(tensor, name) ||
      (name.starts_with("UTC") && name.ends_with("MMA")))
    return SassClass::Tensor;
  // Moves that use the multipliers, which are less busy.
  StringRef sources = op.operands.split(',').second.trim();
  if ((name == "IMAD" && sources.starts_with("RZ, RZ,")) ||
      (name == "HFMA2" && sources.starts_with("-RZ, RZ,")))
    return SassClass::Other;
  auto found = opcodeClasses().find(name);
  if (found != opcodeClasses().end())
    return found->second;
  return name.starts_with("U") ? SassClass::Integer : SassClass::Other;
}

/// `/*0cb0*/  @!P0 BRA P1, `(.L_x_1) ;`
static bool parseInstruction(StringRef text, Instruction &op) {
  if (!text.consume_front("/*") || text.consumeInteger(16, op.address) ||
      !text.consume_front("*/"))
    return false;
  text = text.ltrim(" \t{");
  if (text.consume_front("@"))
    std::tie(op.guard, text) = text.split(' ');
  text = text.ltrim();
  op.opcode = text.take_while(
      [](char c) { return isAlnum(c) || c == '.' || c == '_'; });
  op.operands = text.drop_front(op.opcode.size()).trim(" \t;}");
  if (op.opcode.empty() || !isUpper(op.opcode[0]))
    return false;
  op.kind = classify(op);
  return true;
}

Code ptx_emulate::parseCode(StringRef text, StringRef kernel) {
  Code code;
  unsigned line = 0;
  bool isInside = false;
  for (StringRef row : split(text, '\n')) {
    if (row.starts_with(".text."))
      isInside = row.rtrim(" \r:").drop_front(6) == kernel;
    else if (row.ltrim().starts_with(".section"))
      isInside = false;
    if (!isInside)
      continue;
    Instruction op;
    StringRef label = row.rtrim();
    if ((label.starts_with(".") || label.starts_with("$")) &&
        label.consume_back(":")) {
      code.labels[label] = code.instructions.size();
    } else if (row.ltrim().starts_with("//## File")) {
      if (row.rsplit(", line ").second.trim().getAsInteger(10, line))
        line = 0;
    } else if (parseInstruction(row.ltrim(), op)) {
      op.line = line;
      code.instructions.push_back(op);
    }
  }
  // Behind the last instruction stand a branch to itself and NOPs.
  std::vector<Instruction> &all = code.instructions;
  while (!all.empty() && all.back().name() == "NOP")
    all.pop_back();
  if (!all.empty() && all.back().name() == "BRA" && !all.back().isGuarded())
    for (const auto &label : code.labels)
      if (label.second == all.size() - 1 &&
          all.back().operands == ("`(" + label.first() + ")").str()) {
        all.pop_back();
        break;
      }
  return code;
}

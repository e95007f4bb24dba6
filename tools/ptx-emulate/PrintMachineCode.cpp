//===- PrintMachineCode.cpp - the report on machine code --------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "MachineCode.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace ptx_emulate;

std::string ptx_emulate::machineCodeTable(const MachineCode &code) {
  std::string text;
  raw_string_ostream out(text);
  out << "machine code of " << code.kernel << " for " << code.chip << ": ";
  if (!code.isAssembled) {
    out << code.note << "\n";
    return text;
  }
  out << code.registers << " registers, " << code.spillStoreBytes
      << " bytes of spill stores, " << code.spillLoadBytes
      << " of spill loads\n  " << code.stackBytes << " bytes of stack, "
      << code.staticSharedBytes << " of static shared memory, " << code.barriers
      << (code.barriers == 1 ? " barrier" : " barriers");
  if (code.code.instructions)
    out << ", " << code.code.instructions << " instructions";
  out << "\n";
  if (!code.note.empty())
    out << "  main loop: " << code.note << "\n";
  if (!code.code.mainLoop)
    return text;
  const MainLoop &loop = *code.code.mainLoop;
  out << formatv("  main loop: {0} instructions, {1:x} to {2:x}",
                 loop.instructions, loop.first, loop.last);
  if (loop.line)
    out << ", closed by line " << loop.line << " of the PTX";
  out << "\n";
  for (unsigned kind = 0; kind < kSassClasses; ++kind) {
    if (!loop.byClass[kind])
      continue;
    out << formatv("    {0,-8} {1,6} ", sassClassName(SassClass(kind)),
                   loop.byClass[kind]);
    const char *separator = " ";
    for (const auto &[opcode, count] : loop.opcodes[kind]) {
      out << separator << opcode << " " << count;
      separator = ", ";
    }
    out << "\n";
  }
  return text;
}

json::Object ptx_emulate::machineCodeJson(const MachineCode &code) {
  json::Object object{{"chip", code.chip}};
  if (!code.note.empty())
    object["note"] = code.note;
  if (!code.isAssembled)
    return object;
  object["registers"] = code.registers;
  object["spill_store_bytes"] = code.spillStoreBytes;
  object["spill_load_bytes"] = code.spillLoadBytes;
  object["stack_bytes"] = code.stackBytes;
  object["static_shared_bytes"] = code.staticSharedBytes;
  object["barriers"] = code.barriers;
  if (code.code.instructions)
    object["instructions"] = code.code.instructions;
  if (!code.code.mainLoop)
    return object;
  const MainLoop &loop = *code.code.mainLoop;
  json::Object classes, opcodes;
  for (unsigned kind = 0; kind < kSassClasses; ++kind) {
    classes[sassClassName(SassClass(kind))] = loop.byClass[kind];
    if (SassClass(kind) == SassClass::Empty)
      continue; // an LDS that loads nothing is none
    for (const auto &[opcode, count] : loop.opcodes[kind])
      opcodes[opcode] = opcodes.getInteger(opcode).value_or(0) + count;
  }
  json::Object main{{"first_address", "0x" + utohexstr(loop.first, true)},
                    {"last_address", "0x" + utohexstr(loop.last, true)},
                    {"instructions", loop.instructions},
                    {"classes", std::move(classes)},
                    {"opcodes", std::move(opcodes)}};
  if (loop.line)
    main["ptx_line"] = loop.line;
  object["main_loop"] = std::move(main);
  return object;
}

std::string ptx_emulate::addMachineCode(StringRef launch,
                                        const MachineCode &code) {
  // Its last line is the closing brace, two columns left of the members.
  auto [members, end] = launch.rsplit('\n');
  std::string pad(end.find('}') + 2, ' '), text;
  raw_string_ostream out(text);
  out << members << ",\n" << pad << "\"machine_code\": ";
  for (char c : formatv("{0:2}", json::Value(machineCodeJson(code))).str()) {
    out << c;
    if (c == '\n')
      out << pad;
  }
  out << '\n' << end;
  return text;
}

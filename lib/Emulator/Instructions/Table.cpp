//===- Table.cpp - finding an instruction by its name -----------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Families.h"

#include <cstdlib>
#include <string_view>
#include <unordered_map>

using namespace hinm::emulator;

/// HINM_EMULATOR_PORTABLE=1 in the environment chooses the portable path.
static bool usesAvx2() {
#ifdef HINM_EMULATOR_AVX2
  const char *portable = std::getenv("HINM_EMULATOR_PORTABLE");
  if (portable && *portable && *portable != '0')
    return false;
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
         __builtin_cpu_supports("f16c");
#else
  return false;
#endif
}

using Table = std::unordered_map<std::string_view, const InstructionRow *>;

static void add(Table &table, const InstructionRow *rows) {
  for (; rows->root; ++rows)
    table.emplace(rows->root, rows);
}

static Table makeTable() {
  Table table;
#ifdef HINM_EMULATOR_AVX2
  if (usesAvx2()) {
#define HINM_ADD_FAMILY(name) add(table, avx2::name());
    HINM_FAMILIES(HINM_ADD_FAMILY)
#undef HINM_ADD_FAMILY
    return table;
  }
#endif
#define HINM_ADD_FAMILY(name) add(table, portable::name());
  HINM_FAMILIES(HINM_ADD_FAMILY)
#undef HINM_ADD_FAMILY
  return table;
}

const InstructionRow *hinm::emulator::findInstruction(std::string_view root) {
  static const Table table = makeTable();
  auto found = table.find(root);
  return found == table.end() ? nullptr : found->second;
}

const char *hinm::emulator::hostInstructionSet() {
  static const bool avx2 = usesAvx2();
  return avx2 ? "avx2" : "portable";
}

//===- Chips.cpp - GPUs and PTX versions that are known ---------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Chips.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"

#include <algorithm>

using namespace llvm;

namespace {
/// A GPU and the first PTX version that knows it, times ten.
struct Chip {
  StringLiteral name;
  unsigned ptx;
};
} // namespace

/// Source: PTX ISA, "Release Notes", table of versions and targets.
static constexpr Chip chips[] = {
    {"sm_80", 70},  {"sm_86", 71},  {"sm_87", 74},  {"sm_89", 78},
    {"sm_90", 78},  {"sm_90a", 80}, {"sm_100", 86}, {"sm_100a", 86},
    {"sm_120", 87}, {"sm_120a", 87}};

/// `mma.sp::ordered_metadata` came with PTX 8.5.
static constexpr unsigned neededPtx = 85;
/// Versions that LLVM's NVPTX back end writes.
static constexpr unsigned ptxVersions[] = {85, 86, 87, 88, 90};

static std::string print(unsigned version) {
  return std::to_string(version / 10) + "." + std::to_string(version % 10);
}

Expected<std::string> mlir::hinm::getPtxFeature(StringRef name,
                                                StringRef version) {
  const Chip *chip =
      llvm::find_if(chips, [&](const Chip &c) { return c.name == name; });
  if (chip == std::end(chips)) {
    SmallVector<StringRef> names;
    for (const Chip &known : chips)
      names.push_back(known.name);
    return createStringError("unknown chip '" + name + "', expected one of " +
                             llvm::join(names, ", "));
  }
  unsigned oldest = std::max(chip->ptx, neededPtx);
  if (version.empty())
    return "+ptx" + std::to_string(oldest);
  auto [major, minor] = version.split('.');
  unsigned majorNumber, minorNumber;
  if (major.getAsInteger(10, majorNumber) ||
      minor.getAsInteger(10, minorNumber) || minorNumber > 9 ||
      !llvm::is_contained(ptxVersions, majorNumber * 10 + minorNumber)) {
    SmallVector<std::string> known;
    for (unsigned number : ptxVersions)
      known.push_back(print(number));
    return createStringError("unknown PTX version '" + version +
                             "', expected one of " + llvm::join(known, ", "));
  }
  unsigned number = majorNumber * 10 + minorNumber;
  if (number < oldest)
    return createStringError("kernels for '" + name + "' need PTX " +
                             print(oldest) + " or later, but version " +
                             version + " was asked for");
  return "+ptx" + std::to_string(number);
}

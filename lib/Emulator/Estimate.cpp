//===- Estimate.cpp - how fast a launch could be at best --------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hinm/Emulator/Estimate.h"

#include <algorithm>
#include <cstdio>

using namespace hinm::emulator;

// Tensor rates are the published dense TFLOPS over 2 x SMs x boost clock, so
// that the product gives them back. Hopper's are those of wgmma: mma.sync
// reaches less there. The L2 figure of A100 is its whitepaper's; that of the
// others is the 64 bytes a clock that an SM's port takes.
const std::vector<Chip> &hinm::emulator::knownChips() {
  static const std::vector<Chip> chips = {
      {"A100",
       108,
       1410,
       2039,
       5120,
       {1024, 1024, 512, 2048, 64},
       2,
       "NVIDIA A100 Tensor Core GPU Architecture (2020), SXM4 80 GB"},
      {"RTX3090",
       82,
       1695,
       936,
       64.0 * 82,
       {256, 512, 128, 1024, 1},
       4,
       "NVIDIA Ampere GA102 GPU Architecture (2020)"},
      {"RTX4090",
       128,
       2520,
       1008,
       64.0 * 128,
       {256, 512, 128, 1024, 1},
       4,
       "NVIDIA Ada GPU Architecture (2022)"},
      {"H100",
       132,
       1830,
       3352,
       64.0 * 132,
       {2048, 2048, 1024, 4096, 128},
       4,
       "NVIDIA H100 Tensor Core GPU Architecture (2022), SXM5"},
      {"H200",
       132,
       1830,
       4800,
       64.0 * 132,
       {2048, 2048, 1024, 4096, 128},
       4,
       "NVIDIA H200 data sheet (2024); cores as H100 SXM5"},
  };
  return chips;
}

Result<Chip> hinm::emulator::findChip(std::string_view name) {
  std::string names;
  for (const Chip &chip : knownChips()) {
    if (name == chip.name)
      return chip;
    names += (names.empty() ? "" : ", ") + std::string(chip.name);
  }
  return Status::failure("unknown chip '" + std::string(name) +
                         "', expected one of " + names);
}

std::vector<Bound> hinm::emulator::estimate(const Counters &counters,
                                            const Chip &chip) {
  double ctas = double(counters.grid[0]) * counters.grid[1] * counters.grid[2];
  double sms = std::max(1.0, std::min<double>(chip.sms, ctas));
  auto of = [&](InstructionClass kind) { return double(counters.of(kind)); };

  double tensorCycles = 0, tensorWork = 0;
  for (unsigned kind = 0; kind < kTensorKinds; ++kind) {
    tensorWork += double(counters.tensorMultiplyAdds[kind]);
    tensorCycles +=
        double(counters.tensorMultiplyAdds[kind]) / chip.tensor[kind] / sms;
  }
  double integer = of(InstructionClass::Integer) +
                   of(InstructionClass::Predicate) + of(InstructionClass::Move);
  double single = of(InstructionClass::Float) + of(InstructionClass::Half);
  double special =
      of(InstructionClass::Special) + of(InstructionClass::Convert);
  double wavefronts =
      double(counters.sharedLoads.asked + counters.sharedStores.asked +
             counters.sharedAtomics.asked + counters.asyncShared.asked +
             counters.wgmmaShared.asked);
  double l2 = double(counters.l2BytesLeast());
  double dram = double(counters.uniqueReadBytes + counters.uniqueWriteBytes);
  double dramPerClock = chip.dramGigabytes * 1e9 / (chip.megahertz * 1e6);
  double issued = double(counters.warpInstructions);

  std::vector<Bound> bounds = {
      {"tensor cores", "multiply-adds", tensorWork, tensorCycles},
      {"instruction issue", "warp instructions", issued, issued / 4 / sms},
      {"integer units", "warp instructions", integer, integer / 2 / sms},
      {"float units", "warp instructions", single,
       single / chip.floatWarps / sms},
      {"special functions", "warp instructions", special, special / 0.5 / sms},
      {"shared memory", "wavefronts", wavefronts, wavefronts / sms},
      {"L2 to SM", "bytes", l2, l2 / std::min(chip.l2BytesPerClock, 64 * sms)},
      {"DRAM", "bytes", dram, dram / dramPerClock},
  };
  std::stable_sort(
      bounds.begin(), bounds.end(),
      [](const Bound &a, const Bound &b) { return a.cycles > b.cycles; });
  return bounds;
}

std::string hinm::emulator::estimateTable(const Counters &counters,
                                          const Chip &chip) {
  std::vector<Bound> bounds = estimate(counters, chip);
  char line[256];
  std::snprintf(
      line, sizeof line,
      "%s on %s: at least %.0f cycles (%.2f us at %.0f MHz), bound by "
      "%s\n",
      counters.kernel.c_str(), chip.name, bounds[0].cycles,
      bounds[0].cycles / chip.megahertz, chip.megahertz, bounds[0].resource);
  std::string text = line;
  for (const Bound &bound : bounds) {
    std::snprintf(line, sizeof line, "  %-18s %14.0f cycles  %16.0f %s\n",
                  bound.resource, bound.cycles, bound.amount, bound.unit);
    text += line;
  }
  return text + "  figures of " + chip.name + ": " + chip.source + "\n";
}

//===- Schedule.cpp - how a kernel divides its work -------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hinm/Dialect/HINM/IR/Schedule.h"

#include "hinm/Format/FragmentStream.h"

#include "llvm/ADT/StringSwitch.h"

using namespace mlir;
using namespace mlir::hinm;

using Layout = ::hinm::format::FragmentStreamLayout;

static int64_t ceilDiv(int64_t a, int64_t b) { return (a + b - 1) / b; }

StageLayout::StageLayout(int64_t vector, int64_t tokens) {
  Layout layout;
  layout.vector = vector;
  blockBytes = layout.stepBytes();
  rowPitch = (tokens / 8) % 2 == 1 ? tokens : tokens + 8;
  rowsBytes = Layout::stepDepth * rowPitch * 2;
  stageBytes = blockBytes + rowsBytes;
}

ChipLimits mlir::hinm::getChipLimits(StringRef chip) {
  // An architecture's suffix (sm_90a, sm_100f) changes none of these.
  StringRef family = chip.rtrim("af");
  constexpr int64_t kib = 1024;
  return llvm::StringSwitch<ChipLimits>(family)
      .Case("sm_80", {163 * kib, 164 * kib, 108})
      .Case("sm_86", {99 * kib, 100 * kib, 84})
      .Case("sm_87", {163 * kib, 164 * kib, 16})
      .Case("sm_89", {99 * kib, 100 * kib, 128})
      .Case("sm_90", {227 * kib, 228 * kib, 132})
      .Cases({"sm_100", "sm_101", "sm_103"}, {227 * kib, 228 * kib, 148})
      .Case("sm_120", {99 * kib, 100 * kib, 170})
      .Default({99 * kib, 100 * kib, 84});
}

namespace {
/// One way to divide the work, with what it costs.
struct Candidate {
  int64_t tokens = 0, warpRows = 0, warpColumns = 0, stages = 0;
  double cycles = 0;
};

/// The problem: T tiles of V rows, S steps, N columns of activations.
struct Problem {
  int64_t vector, tiles, steps, columns;
  ChipLimits chip;
};
} // namespace

/// Estimated cycles of the whole product, or a negative number if the kernel
/// does not fit the chip. All that a multiprocessor does for its resident
/// thread blocks in one step happens at once, so the slowest resource counts:
/// - the tensor cores: 8 cycles for an m16n8k32 on each of four quarters, on
///   which whole warps are spread;
/// - shared memory: the wavefronts of docs/kernels.md for each m16n8k32;
/// - the way from L2: step block and gathered rows at some 48 bytes a cycle;
/// - latency: a step cannot take less than a fetch divided by the steps that
///   are in flight.
/// The last wave counts whole. These are proportions, not measured times.
static double estimateCycles(const Problem &problem, const Candidate &c) {
  constexpr double mmaCycles = 8, bytesPerCycle = 48, fetchCycles = 800,
                   barrierCycles = 30, registersPerProcessor = 65536;
  int64_t warps = problem.vector / c.warpRows * (c.tokens / c.warpColumns);
  StageLayout stage(problem.vector, c.tokens);
  int64_t sharedBytes = stage.stageBytes * c.stages;
  if (sharedBytes > problem.chip.sharedBytesPerBlock)
    return -1;

  // Registers: sums, held and streamed fragments, addresses.
  int64_t sums = c.warpRows * c.warpColumns / 32;
  int64_t held = 4 * std::max(c.warpRows / 16, c.warpColumns / 8);
  int64_t registers = std::min<int64_t>(255, sums + held + 80);
  int64_t blocks = problem.tiles * ceilDiv(problem.columns, c.tokens);
  int64_t resident = std::min<int64_t>(
      {problem.chip.sharedBytesPerProcessor / (sharedBytes + 1024),
       static_cast<int64_t>(registersPerProcessor / (registers * warps * 32)),
       ceilDiv(blocks, problem.chip.processors)});
  if (resident < 1)
    return -1;

  double mmasPerWarp = (c.warpRows / 16) * (c.warpColumns / 8) * 2;
  double mmas = mmasPerWarp * warps;
  double wavefrontsPerMma = 64.0 / problem.vector + 64.0 / c.warpRows +
                            36.0 / c.warpColumns + 37.0 / c.tokens;
  double tensor = mmasPerWarp * mmaCycles * ceilDiv(resident * warps, 4);
  double shared = mmas * wavefrontsPerMma * resident;
  double traffic = (stage.blockBytes + Layout::stepDepth * c.tokens * 2) *
                   resident / bytesPerCycle;
  double latency = fetchCycles / (c.stages - 1);
  double step = std::max({tensor, shared, traffic, latency}) + barrierCycles;
  int64_t waves = ceilDiv(blocks, problem.chip.processors * resident);
  return waves * (step * problem.steps + fetchCycles);
}

ScheduleAttr mlir::hinm::chooseSchedule(MLIRContext *context, int64_t vector,
                                        int64_t columns, int64_t outputs,
                                        int64_t tokens, StringRef chip) {
  if (vector < 1 || vector % 32 != 0)
    return {};
  constexpr int64_t assumedTokens = 2048;
  Layout layout;
  layout.columns = columns;
  Problem problem{
      vector, ceilDiv(outputs, vector), layout.steps(),
      paddedTokens(ShapedType::isDynamic(tokens) ? assumedTokens : tokens),
      getChipLimits(chip)};
  Candidate best;
  for (int64_t tileTokens : {8, 16, 32, 64, 128, 256}) {
    for (int64_t warpRows : {64, 32}) {
      for (int64_t warpColumns : {64, 32, 16, 8}) {
        if (vector % warpRows != 0 || tileTokens % warpColumns != 0)
          continue;
        int64_t warps = vector / warpRows * (tileTokens / warpColumns);
        if (warps > 8)
          continue;
        for (int64_t stages : {3, 4, 5, 6, 2}) {
          Candidate candidate{tileTokens, warpRows, warpColumns, stages, 0};
          candidate.cycles = estimateCycles(problem, candidate);
          if (candidate.cycles >= 0 &&
              (best.tokens == 0 || candidate.cycles < best.cycles))
            best = candidate;
        }
      }
    }
  }
  if (best.tokens == 0)
    return {};
  return ScheduleAttr::get(
      context, {vector, best.tokens},
      {vector / best.warpRows, best.tokens / best.warpColumns}, best.stages);
}

//===- Cta.cpp - one CTA from start to end ----------------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Cta.h"

#include <cstdarg>
#include <cstdlib>
#include <cstring>

using namespace hinm::emulator;

std::string hinm::emulator::format(const char *text, ...) {
  char buffer[1024];
  va_list arguments;
  va_start(arguments, text);
  std::vsnprintf(buffer, sizeof buffer, text, arguments);
  va_end(arguments);
  return buffer;
}

std::string hinm::emulator::lanesText(uint32_t lanes) {
  return format("0x%08x", lanes);
}

/// Room behind shared memory, so that vector moves may read past its end.
static constexpr size_t kSlack = 64;

Cta::Cta(LaunchState &launch)
    : launch(launch), program(*launch.program), checks(launch.options->checks) {
  size_t registers = program.registerBytes;
  storage.resize(program.constantBytes + registers * launch.warps + kSlack);
  auto address = reinterpret_cast<uintptr_t>(storage.data());
  constants = storage.data() + (kSlack - address % kSlack) % kSlack;
  std::copy(launch.constants.begin(), launch.constants.end(), constants);
  uint8_t *files = constants + program.constantBytes;
  warps.resize(launch.warps);
  for (unsigned w = 0; w < launch.warps; ++w) {
    warps[w].base[0] = files + registers * w;
    warps[w].base[1] = constants;
    warps[w].id = w;
    warps[w].cta = this;
    warps[w].counters = &counters;
  }
  sharedStorage.resize(launch.sharedBytes + 2 * kSlack);
  address = reinterpret_cast<uintptr_t>(sharedStorage.data());
  shared = sharedStorage.data() + (kSlack - address % kSlack) % kSlack;
  local.resize(size_t(program.localBytes) * launch.threads);
  localValid.resize(local.size());
  lastAllocation.resize(program.ops.size(), nullptr);
}

Cta::~Cta() = default;

AsyncCopy *Cta::newCopy() {
  if (freeCopies.empty()) {
    allCopies.push_back(std::make_unique<AsyncCopy>());
    return allCopies.back().get();
  }
  AsyncCopy *copy = freeCopies.back();
  freeCopies.pop_back();
  return copy;
}

std::string Cta::place(uint32_t index) const {
  const Op &op = program.ops[index];
  std::string text = "PTX line " + std::to_string(op.line);
  const SourceLocation &source = program.locations[op.source];
  if (source.line == 0)
    return text;
  auto file = launch.module->tree.files.find(source.file);
  std::string name = file == launch.module->tree.files.end()
                         ? std::string("?")
                         : std::string(file->second);
  return text + " (" + name + ":" + std::to_string(source.line) + ")";
}

std::string Cta::threadName(ThreadId thread) const {
  uint32_t x = thread % launch.block[0];
  uint32_t y = thread / launch.block[0] % launch.block[1];
  uint32_t z = thread / launch.block[0] / launch.block[1];
  return format("(%u,%u,%u)", x, y, z);
}

void Cta::fail(const Warp &warp, const Op &op, int lane, std::string message) {
  if (faulted)
    return;
  faulted = true;
  std::string who =
      lane >= 0 ? "thread " + threadName(ThreadId(warp.id * kWarpSize + lane))
                : "warp " + std::to_string(warp.id);
  fault = "kernel '" + program.info.name + "', " + place(op.index) +
          format(", CTA (%u,%u,%u), ", id[0], id[1], id[2]) + who + ": " +
          message;
}

static uint64_t specialValue(const Cta &cta, const Warp &warp, unsigned lane,
                             Special kind) {
  const LaunchState &launch = cta.launch;
  uint32_t thread = warp.id * kWarpSize + lane;
  switch (kind) {
  case Special::TidX:
    return thread % launch.block[0];
  case Special::TidY:
    return thread / launch.block[0] % launch.block[1];
  case Special::TidZ:
    return thread / launch.block[0] / launch.block[1];
  case Special::NtidX:
  case Special::NtidY:
  case Special::NtidZ:
    return launch.block[unsigned(kind) - unsigned(Special::NtidX)];
  case Special::CtaidX:
  case Special::CtaidY:
  case Special::CtaidZ:
    return cta.id[unsigned(kind) - unsigned(Special::CtaidX)];
  case Special::NctaidX:
  case Special::NctaidY:
  case Special::NctaidZ:
    return launch.grid[unsigned(kind) - unsigned(Special::NctaidX)];
  case Special::LaneId:
    return lane;
  case Special::WarpId:
    return warp.id;
  case Special::NWarpId:
    return launch.warps;
  case Special::SmId:
  case Special::GridId:
    return 0;
  case Special::NSmId:
    return 1;
  case Special::LanemaskEq:
    return 1ull << lane;
  case Special::LanemaskLt:
    return (1ull << lane) - 1;
  case Special::LanemaskLe:
    return (2ull << lane) - 1;
  case Special::LanemaskGe:
    return ~0u << lane;
  case Special::LanemaskGt:
    return lane == 31 ? 0 : ~0u << (lane + 1);
  case Special::DynamicSmemSize:
    return launch.dynamicShared;
  case Special::TotalSmemSize:
    return launch.sharedBytes;
  // Without clusters each CTA is one.
  case Special::ClusterCtaRank:
  case Special::ClusterCtaIdX:
  case Special::ClusterCtaIdY:
  case Special::ClusterCtaIdZ:
    return 0;
  case Special::ClusterNctaRank:
  case Special::ClusterNctaIdX:
  case Special::ClusterNctaIdY:
  case Special::ClusterNctaIdZ:
    return 1;
  case Special::ClusterIdX:
  case Special::ClusterIdY:
  case Special::ClusterIdZ:
    return cta.id[unsigned(kind) - unsigned(Special::ClusterIdX)];
  case Special::NClusterIdX:
  case Special::NClusterIdY:
  case Special::NClusterIdZ:
    return launch.grid[unsigned(kind) - unsigned(Special::NClusterIdX)];
  case Special::WarpSz:
    return kWarpSize;
  }
  return 0;
}

void Cta::startWarp(Warp &warp) {
  uint32_t first = warp.id * kWarpSize;
  uint32_t count = std::min(launch.threads - first, kWarpSize);
  warp.launched = warp.alive = count == 32 ? ~0u : (1u << count) - 1;
  warp.state = Warp::Running;
  warp.splits.assign(1, Split{0, warp.alive, false});
  for (AsyncCopy *copy : warp.copies)
    recycle(copy);
  warp.copies.clear();
  std::memset(warp.groups, 0, sizeof warp.groups);
  std::memset(warp.at<uint8_t>(program.initBegin), 0,
              program.initEnd - program.initBegin);
  for (const SpecialSlot &special : program.specials)
    for (unsigned lane = 0; lane < kWarpSize; ++lane) {
      uint64_t value = specialValue(*this, warp, lane, special.kind);
      std::memcpy(warp.at<uint8_t>(special.slot) + lane * special.bytes, &value,
                  special.bytes);
    }
}

void Cta::start(uint64_t index) {
  linear = index;
  id[0] = uint32_t(index % launch.grid[0]);
  id[1] = uint32_t(index / launch.grid[0] % launch.grid[1]);
  id[2] = uint32_t(index / launch.grid[0] / launch.grid[1]);
  executed = 0;
  bool wantsShadow =
      checks.uninitialised || checks.sharedRaces || checks.asyncCopies;
  shadow.reset(wantsShadow ? launch.sharedBytes : 0, program.sharedGranule,
               launch.warps);
  std::fill(localValid.begin(), localValid.end(), 0);
  for (Barrier &barrier : barriers)
    barrier = Barrier();
  for (Warp &warp : warps)
    startWarp(warp);
}

bool Cta::run(uint64_t index) {
  start(index);
  uint64_t budget = launch.options->instructionBudget;
  while (true) {
    bool ran = false, done = true;
    for (Warp &warp : warps) {
      if (warp.state == Warp::Running) {
        ran = true;
        runWarp(warp);
        if (faulted)
          return false;
        if (budget && executed > budget) {
          const Op &at =
              program.ops[warp.splits.empty() ? 0 : warp.splits[0].pc];
          fail(warp, at, -1,
               "the CTA has executed its budget of " + std::to_string(budget) +
                   " warp instructions without coming to an end");
          return false;
        }
      }
      done &= warp.state == Warp::Done;
    }
    if (done)
      return true;
    if (!ran) {
      reportStall();
      return false;
    }
  }
}

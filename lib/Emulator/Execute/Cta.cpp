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
  }
  sharedStorage.resize(launch.sharedBytes + 2 * kSlack);
  address = reinterpret_cast<uintptr_t>(sharedStorage.data());
  shared = sharedStorage.data() + (kSlack - address % kSlack) % kSlack;
  local.resize(size_t(program.localBytes) * launch.threads);
  localValid.resize(local.size());
  lastTouched.resize(program.ops.size(), nullptr);
  patterns.resize(2 * program.ops.size());
  executedAt.resize(program.ops.size() + 1, 0);
  traffic.resize(program.ops.size());
  products.resize((launch.warps + 3) / 4);
}

Cta::~Cta() = default;

Touched &Cta::touched(Allocation &allocation) {
  Touched *&place = touchedHere[&allocation];
  if (!place)
    place = &launch.shadow.of(allocation);
  return *place;
}

AsyncCopy *Cta::newCopy() {
  if (freeCopies.empty()) {
    allCopies.push_back(std::make_unique<AsyncCopy>());
    return allCopies.back().get();
  }
  AsyncCopy *copy = freeCopies.back();
  freeCopies.pop_back();
  return copy;
}

std::string Cta::sourceName(uint32_t location) const {
  const SourceLocation &source = program.locations[location];
  auto file = launch.module->tree.files.find(source.file);
  std::string name = file == launch.module->tree.files.end()
                         ? std::string("?")
                         : std::string(file->second);
  return name + ":" + std::to_string(source.line);
}

std::string Cta::place(uint32_t index) const {
  const Op &op = program.ops[index];
  std::string text = "PTX line " + std::to_string(op.line);
  if (program.locations[op.source].line == 0)
    return text;
  text += " (" + sourceName(op.source);
  for (uint32_t at = program.locations[op.source].caller; at;
       at = program.locations[at].caller)
    text += ", inlined at " + sourceName(at);
  return text + ")";
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
  warp.fenced = warp.fencedWide = warp.hasPending = false;
  warp.parked = warp.timedOut = false;
  warp.incomplete = 0;
  warp.openGroup = 1;
  warp.finishedGroup = warp.registerFences = warp.products = 0;
  warp.inFlight.clear();
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
               launch.warps, checks.sharedRaces || program.usesAgents);
  if (uint32_t bytes = program.zeroedSharedBytes) {
    std::memset(shared + program.zeroedShared, 0, bytes);
    if (wantsShadow)
      shadow.landAsync(program.zeroedShared, bytes);
  }
  std::fill(localValid.begin(), localValid.end(), 0);
  for (Barrier &barrier : barriers)
    barrier = Barrier();
  for (auto &[address, barrier] : mbarriers)
    for (AsyncCopy *copy : barrier.copies)
      recycle(copy);
  mbarriers.clear();
  hasFailed.assign(program.usesAgents ? program.ops.size() : 0, 0);
  releasedClocks.clear();
  acquired.clear();
  pendingAcquired.clear();
  copyBytes = 0;
  for (std::vector<IssuedProduct> &group : products)
    group.clear();
  for (Warp &warp : warps)
    startWarp(warp);
}

/// Rounds that others run before a parked warp's wait comes back, and attempts
/// of parked warps alone until it is called a deadlock.
static constexpr uint64_t kPatience = 64;
static constexpr unsigned kMostStalls = 1000;

bool Cta::unpark(Warp &warp, uint64_t round, bool stalled) {
  bool isNews = warp.parkedEvents != events;
  if (!isNews && !stalled && round - warp.parkedRound < kPatience)
    return false;
  warp.timedOut = !isNews;
  warp.parked = false;
  for (Split &split : warp.splits)
    if (split.waits)
      split.blocked = split.waits = false;
  return true;
}

bool Cta::run(uint64_t index) {
  start(index);
  uint64_t budget = launch.options->instructionBudget;
  uint64_t round = 0, lastEvents = 0;
  unsigned stalls = 0;
  bool stalled = false;
  while (true) {
    bool ran = false, done = true, parked = false;
    ++round;
    for (Warp &warp : warps) {
      done &= warp.state == Warp::Done;
      if (warp.state != Warp::Running)
        continue;
      if (warp.parked && !unpark(warp, round, stalled)) {
        parked = true;
        continue;
      }
      ran = true;
      runWarp(warp);
      if (faulted)
        return false;
      if (warp.parked) {
        warp.parkedEvents = events;
        warp.parkedRound = round;
      }
      done &= warp.state == Warp::Done;
      if (budget && executed > budget) {
        const Op &at = program.ops[warp.splits.empty() ? 0 : warp.splits[0].pc];
        fail(warp, at, -1,
             "the CTA has executed its budget of " + std::to_string(budget) +
                 " warp instructions without coming to an end");
        return false;
      }
    }
    if (done)
      return checkEnd();
    stalled = false;
    if (ran)
      continue;
    // Only waits are left: they come back without success, now and then.
    if (events != lastEvents)
      stalls = 0;
    lastEvents = events;
    if (!parked || ++stalls > kMostStalls) {
      reportStall();
      return false;
    }
    stalled = true;
  }
}

/// What must be over when all threads have exited.
bool Cta::checkEnd() {
  if (!checks.barriers)
    return true;
  for (const Warp &warp : warps)
    if (warp.products != products[warp.id / 4].size()) {
      fail(warp, program.ops[products[warp.id / 4][warp.products].op], -1,
           "wgmma is executed by some warps of the warpgroup only: warp " +
               std::to_string(warp.id) + " exits without it");
      return false;
    }
  return true;
}

static MemoryTraffic &globalTraffic(Counters &counters, const Op &op) {
  switch (op.kind) {
  case InstructionClass::Store:
    return counters.globalStores;
  case InstructionClass::Atomic:
    return counters.globalAtomics;
  case InstructionClass::CpAsync:
    return counters.asyncGlobal;
  default:
    return counters.globalLoads;
  }
}

static MemoryTraffic &sharedTraffic(Counters &counters, const Op &op) {
  switch (op.kind) {
  case InstructionClass::Atomic:
    return counters.sharedAtomics;
  case InstructionClass::CpAsync:
    return counters.asyncShared;
  case InstructionClass::Wgmma:
    return counters.wgmmaShared;
  default: // loads, stores, ldmatrix, stmatrix
    return op.resultCount ? counters.sharedLoads : counters.sharedStores;
  }
}

void Cta::addCounts(Counters &counters) const {
  counters.add(sums);
  for (const Op &op : program.ops) {
    if (!op.counted)
      continue;
    uint64_t count = executedAt[op.index];
    const OpTraffic &moved = traffic[op.index];
    counters.warpInstructions += count;
    counters.byClass[unsigned(op.kind)] += count;
    globalTraffic(counters, op) += moved.global;
    sharedTraffic(counters, op) += moved.shared;
    bool isRead = op.kind == InstructionClass::Load ||
                  op.kind == InstructionClass::CpAsync;
    if (op.bypassesL1 && isRead)
      counters.bypassingSectors += moved.global.asked;
    if (!launch.options->countLines || !count)
      continue;
    LineCounts line;
    line.line = op.line;
    line.executed = count;
    line.global = moved.global;
    line.shared = moved.shared;
    const SourceLocation &source = program.locations[op.source];
    if (source.line)
      line.source = sourceName(op.source);
    counters.addLine(line);
  }
}

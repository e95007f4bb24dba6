//===- Launch.cpp - CTAs over host threads ----------------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Cta.h"

#include <algorithm>
#include <atomic>
#include <thread>

using namespace hinm::emulator;

static std::string runCtas(LaunchState &launch, Counters &counters,
                           uint64_t total, bool oneByOne) {
  uint64_t workers = launch.options->threads
                         ? launch.options->threads
                         : std::max(1u, std::thread::hardware_concurrency());
  if (oneByOne)
    workers = 1;
  workers = std::min<uint64_t>({workers, total, 256});

  // CTAs are handed out in order, so that all before a faulty one have run
  // when it is reported: the first fault is the same for any thread count.
  std::atomic<uint64_t> next{0}, limit{total};
  std::mutex mutex;
  uint64_t faultAt = total;
  std::string fault;
  auto run = [&] {
    Cta cta(launch);
    while (true) {
      uint64_t index = next.fetch_add(1);
      if (index >= limit.load())
        break;
      if (cta.run(index))
        continue;
      std::lock_guard<std::mutex> lock(mutex);
      if (index < faultAt) {
        faultAt = index;
        fault = cta.fault;
        limit.store(index);
      }
      break;
    }
    std::lock_guard<std::mutex> lock(mutex);
    cta.addCounts(counters);
  };
  auto work = [&] {
    try {
      run();
    } catch (const std::bad_alloc &) {
      std::lock_guard<std::mutex> lock(mutex);
      faultAt = 0;
      limit.store(0);
      fault = "kernel '" + launch.program->info.name +
              "': the host has no memory for the state of a CTA";
    }
  };
  std::vector<std::thread> threads;
  for (uint64_t i = 1; i < workers; ++i)
    threads.emplace_back(work);
  work();
  for (std::thread &thread : threads)
    thread.join();
  return fault;
}

std::string hinm::emulator::runLaunch(LaunchState &launch, Counters &counters) {
  uint64_t total = uint64_t(launch.grid[0]) * launch.grid[1] * launch.grid[2];
  bool ordered = launch.program->ordered;
  bool races =
      launch.options->checks.globalRaces && total > 1 && total < (1u << 30);
  uint32_t granule = launch.program->globalGranule;
  launch.shadow.start(granule, races, ordered);
  std::string fault = runCtas(launch, counters, total, ordered);
  if (!fault.empty())
    return fault;
  std::string race = launch.shadow.findRace();
  if (race.empty()) {
    launch.shadow.countUnique(counters);
    return "";
  }
  // Once more, one by one, to name both parties; memory is lost anyway.
  LaunchOptions silent = *launch.options;
  silent.print = [](std::string_view) {};
  const LaunchOptions *options = launch.options;
  launch.options = &silent;
  launch.shadow.start(granule, true, true);
  Counters ignored;
  fault = runCtas(launch, ignored, total, true);
  launch.options = options;
  // Memory is not what it was, so it may stumble over something else.
  bool isRace = fault.find("data race between CTAs") != std::string::npos;
  return isRace ? fault : "kernel '" + launch.program->info.name + "': " + race;
}

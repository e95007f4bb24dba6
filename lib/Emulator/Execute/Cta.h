//===- Cta.h - one running CTA and its launch -------------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HINM_LIB_EMULATOR_EXECUTE_CTA_H
#define HINM_LIB_EMULATOR_EXECUTE_CTA_H

#include "Decode/ModuleData.h"
#include "GlobalShadow.h"
#include "Mbarriers.h"
#include "Memory.h"
#include "Pattern.h"
#include "Shadow.h"
#include "Warp.h"

#include <algorithm>

namespace hinm::emulator {

/// Windows of generic addresses. Global memory is its own window.
constexpr uint64_t kSharedWindow = 0x0500'0000'0000'0000ull;
constexpr uint64_t kLocalWindow = 0x0600'0000'0000'0000ull;
constexpr uint64_t kParamWindow = 0x0700'0000'0000'0000ull;
constexpr uint64_t kWindowMask = 0xff00'0000'0000'0000ull;

/// What all CTAs of a launch share.
struct LaunchState {
  const ModuleData *module = nullptr;
  const Program *program = nullptr;
  Memory *memory = nullptr;
  const LaunchOptions *options = nullptr;
  uint32_t grid[3], block[3];
  uint32_t threads = 0, warps = 0;
  uint32_t dynamicShared = 0, sharedBytes = 0;
  std::vector<uint8_t> params;
  std::mutex atomicMutex;         // of global atomics
  std::vector<uint8_t> constants; // the program's pool, with addresses
  std::mutex printMutex;
  GlobalShadow shadow;
};

/// Traffic of one operation.
struct OpTraffic {
  MemoryTraffic global, shared;
};

/// A 16-entry file of CTA barriers.
struct Barrier {
  uint32_t expected = 0; // threads
  uint32_t arrived = 0;
  uint32_t waiting = 0; // warps
  uint32_t present = 0; // warps that arrived, waiting or not
  bool counted = false; // the instruction gives the number of threads
  uint32_t reduceOr = 0, reduceAnd = ~0u, reduceCount = 0;
  Clock clock = {}; // of what those that do not wait have released
};

/// The metadata of the last sparse product, decoded: products for several tiles
/// of columns follow one another with the same.
struct DecodedMetadata {
  uint32_t words[kWarpSize];
  int64_t form = 0; // Op::imm of the product; 0 for none
  uint8_t position[16][32];
};

/// One wgmma as the first warp of its warpgroup issued it.
struct IssuedProduct {
  uint32_t op;
  uint64_t a, b; // descriptors
  bool scale;    // scale-d
};

struct Cta {
  explicit Cta(LaunchState &launch);
  ~Cta();
  /// Runs CTA number `index` to its end. False after a fault.
  bool run(uint64_t index);

  /// Records a fault, if it is the first. `lane` -1 for the whole warp.
  void fail(const Warp &warp, const Op &op, int lane, std::string message);
  /// "PTX line 12 (a.cu:7)".
  std::string place(uint32_t op) const;
  /// "a.cu:7" of an entry of Program::locations.
  std::string sourceName(uint32_t location) const;
  std::string threadName(ThreadId thread) const;

  LaunchState &launch;
  const Program &program;
  const Checks &checks;
  uint64_t linear = 0;
  uint32_t id[3] = {0, 0, 0};

  // Counts: by operation, and what no operation of its own stands for.
  std::vector<uint64_t> executedAt;
  std::vector<OpTraffic> traffic;
  Counters sums;
  uint64_t executed = 0; // of this CTA
  uint64_t copyBytes = 0;
  /// Adds all counts of the CTAs that were run here.
  void addCounts(Counters &counters) const;
  void addCopyBytes(int64_t bytes) {
    copyBytes += uint64_t(bytes);
    sums.asyncPeakBytes = std::max(sums.asyncPeakBytes, copyBytes);
  }
  void noteWait() {
    ++sums.asyncWaits;
    sums.asyncBytesAtWaits += copyBytes;
  }

  std::vector<Warp> warps;
  uint8_t *shared = nullptr;
  Shadow shadow;
  Barrier barriers[16];
  std::vector<uint8_t> local;      // a thread after the other
  std::vector<uint8_t> localValid; // likewise, 1 where written
  /// How each operation's lanes were apart last, in global and in shared
  /// memory.
  std::vector<std::unique_ptr<Pattern>> patterns;
  /// The pattern of an access by all lanes: known, or made by the functions
  /// that look for faults and count, `check` and `count`.
  template <typename Check, typename Count>
  const Pattern *pattern(const Op &op, bool isShared, const uint64_t *address,
                         uint32_t bytes, Check check, Count count);
  /// What each operation touched last.
  std::vector<Touched *> lastTouched;
  Touched &touched(Allocation &allocation);

  std::unordered_map<uint32_t, Mbarrier> mbarriers; // by address
  uint64_t events = 0;                              // phases that have ended
  std::vector<uint8_t> hasFailed; // by operation: whether a wait did

  // Fences and strong accesses (Sync.h).
  std::unordered_map<uint64_t, Clock> releasedClocks;
  CtaSet acquired, pendingAcquired;

  /// What each warpgroup issues: the operation of its n-th wgmma.
  std::vector<std::vector<IssuedProduct>> products;
  DecodedMetadata metadata;

  bool faulted = false;
  std::string fault;

  // Copies in flight, recycled.
  AsyncCopy *newCopy();
  void recycle(AsyncCopy *copy) { freeCopies.push_back(copy); }

private:
  void start(uint64_t index);
  void startWarp(Warp &warp);
  /// Until it waits, ends, faults or has had its slice.
  void runWarp(Warp &warp);
  /// Chooses the lanes that run next, as splits[0]; false if none can.
  /// `limit` is the place at which others may join them.
  bool pick(Warp &warp, bool rotate, uint32_t &limit);
  bool gather(Warp &warp, const Op &op, uint32_t &mask);
  bool arrive(Warp &warp, const Op &op, bool wait);
  /// The warp's lanes are at barriers that need not be one instruction, and
  /// arrive together. False if they are not, or after a fault.
  bool arriveApart(Warp &warp);
  void completeIfFull(unsigned number);
  void reportBlocked(Warp &warp);
  void reportStall();
  bool checkEnd();
  /// Lets a parked warp try again; false if it should not yet.
  bool unpark(Warp &warp, uint64_t round, bool stalled);

  std::unordered_map<Allocation *, Touched *> touchedHere;
  std::vector<uint8_t> storage; // register files and constants
  uint8_t *constants = nullptr;
  std::vector<uint8_t> sharedStorage;
  std::vector<std::unique_ptr<AsyncCopy>> allCopies;
  std::vector<AsyncCopy *> freeCopies;
};

/// "0x0000ffff" of a set of lanes.
std::string lanesText(uint32_t lanes);

std::string format(const char *text, ...) __attribute__((format(printf, 1, 2)));

/// Runs the launch over host threads; the message of the first fault (by CTA
/// number), or nothing.
std::string runLaunch(LaunchState &launch, Counters &counters);

} // namespace hinm::emulator

#endif // HINM_LIB_EMULATOR_EXECUTE_CTA_H

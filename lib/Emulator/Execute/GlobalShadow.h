//===- GlobalShadow.h - which CTA touched global memory ---------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What one launch touches of each allocation: a bit for each 32-byte sector,
// and for each granule which CTA wrote it and which read it.
//
// A launch whose CTAs could learn of one another (strong accesses, atomics
// whose result is used) runs them one by one; then every access is judged at
// once, and a CTA knows those from which it acquired. In any other launch two
// CTAs that touch a granule, one of them writing, are a race whatever the
// order: it is found when all have run, so that the outcome does not depend on
// the number of host threads. The launch is then run once more, one by one, to
// name both parties.
//
//===----------------------------------------------------------------------===//

#ifndef HINM_LIB_EMULATOR_EXECUTE_GLOBALSHADOW_H
#define HINM_LIB_EMULATOR_EXECUTE_GLOBALSHADOW_H

#include "Memory.h"
#include "Shadow.h"

#include <map>
#include <unordered_map>

namespace hinm::emulator {

/// A set of CTA numbers; few intervals, as CTAs run in order.
class CtaSet {
public:
  void insert(uint32_t cta);
  void unite(const CtaSet &other);
  bool has(uint32_t cta) const;
  /// Whether all CTAs below `cta` are in it.
  bool hasAllBelow(uint32_t cta) const;
  void clear() { intervals.clear(); }

private:
  std::map<uint32_t, uint32_t> intervals; // begin to end
};

/// One allocation during one launch. Arrays are zero where nothing happened.
struct Touched {
  Allocation *allocation = nullptr;
  uint64_t *readSectors = nullptr, *writtenSectors = nullptr;
  uint32_t *writer = nullptr, *reader = nullptr;     // CTA + 1, or below
  uint32_t *writerOp = nullptr, *readerOp = nullptr; // one by one only
  std::atomic<uint64_t> firstRace{~0ull};            // of two writers
  std::atomic<bool> anyWrite{false};
  ~Touched();
};

class GlobalShadow {
public:
  /// `granule`: the smallest access of the kernel, in bytes. `races`: whether
  /// they are looked for; `named`: CTAs run one by one.
  void start(uint32_t granule, bool races, bool named);

  Touched &of(Allocation &allocation);
  /// Notes that bytes are touched, and judges. False after a fault.
  bool touch(Warp &warp, const Op &op, int lane, Touched &touched,
             uint64_t offset, uint64_t bytes, Access kind);

  /// Adds the bytes of all sectors that were touched.
  void countUnique(Counters &counters) const;
  /// Names the first place where any CTAs race, or nothing.
  std::string findRace() const;
  bool judgesAtOnce() const { return races && named; }

  /// A release to, or an acquire from, `address` by the running CTA.
  void release(uint64_t address, const CtaSet &known, uint32_t cta);
  const CtaSet *released(uint64_t address) const;

private:
  void noteRead(Touched &touched, size_t first, size_t last, uint32_t me);
  void noteWrite(Touched &touched, size_t first, size_t last, uint32_t me,
                 bool atomic);
  bool judge(Warp &warp, const Op &op, int lane, Touched &touched, size_t first,
             size_t last, Access kind);

  unsigned shift = 2;
  bool races = false, named = false;
  std::mutex mutex;
  std::map<Allocation *, std::unique_ptr<Touched>> all;
  std::unordered_map<uint64_t, CtaSet> releases;
};

} // namespace hinm::emulator

#endif // HINM_LIB_EMULATOR_EXECUTE_GLOBALSHADOW_H

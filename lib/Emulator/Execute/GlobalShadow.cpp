//===- GlobalShadow.cpp - which CTA touched global memory -------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GlobalShadow.h"
#include "Cta.h"

#include <algorithm>
#include <cstdlib>

using namespace hinm::emulator;

// What stands in `writer` and `reader` besides a CTA's number and 1.
static constexpr uint32_t kAtomic = 0x80000000u; // with the number of a writer
static constexpr uint32_t kSwaps = 0x40000000u;  // with kAtomic: no others
static constexpr uint32_t kMany = 0x3fffffffu;
static constexpr uint32_t kManyAtomic = kAtomic | kMany;

//===----------------------------------------------------------------------===//
// CtaSet
//===----------------------------------------------------------------------===//

void CtaSet::insert(uint32_t cta) {
  CtaSet one;
  one.intervals[cta] = cta + 1;
  unite(one);
}

void CtaSet::unite(const CtaSet &other) {
  for (const auto &interval : other.intervals) {
    uint32_t begin = interval.first, end = interval.second;
    auto at = intervals.upper_bound(begin);
    if (at != intervals.begin() && std::prev(at)->second >= begin) {
      --at;
      begin = at->first;
    }
    while (at != intervals.end() && at->first <= end) {
      end = std::max(end, at->second);
      at = intervals.erase(at);
    }
    intervals[begin] = end;
  }
}

bool CtaSet::has(uint32_t cta) const {
  auto at = intervals.upper_bound(cta);
  return at != intervals.begin() && std::prev(at)->second > cta;
}

bool CtaSet::hasAllBelow(uint32_t cta) const {
  auto at = intervals.find(0);
  return cta == 0 || (at != intervals.end() && at->second >= cta);
}

//===----------------------------------------------------------------------===//
// Marking
//===----------------------------------------------------------------------===//

template <typename T>
static T *zeros(size_t count) {
  return static_cast<T *>(std::calloc(std::max<size_t>(count, 1), sizeof(T)));
}

Touched::~Touched() {
  for (void *array :
       {static_cast<void *>(readSectors), static_cast<void *>(writtenSectors),
        static_cast<void *>(writer), static_cast<void *>(reader),
        static_cast<void *>(writerOp), static_cast<void *>(readerOp)})
    std::free(array);
}

void GlobalShadow::start(uint32_t granule, bool races, bool named) {
  shift = unsigned(__builtin_ctz(granule));
  this->races = races;
  this->named = named;
  all.clear();
  releases.clear();
}

Touched &GlobalShadow::of(Allocation &allocation) {
  std::lock_guard<std::mutex> lock(mutex);
  std::unique_ptr<Touched> &place = all[&allocation];
  if (place)
    return *place;
  place = std::make_unique<Touched>();
  place->allocation = &allocation;
  size_t words = (allocation.size + 32 * 64 - 1) / (32 * 64);
  place->readSectors = zeros<uint64_t>(words);
  place->writtenSectors = zeros<uint64_t>(words);
  if (races) {
    size_t granules = (allocation.size >> shift) + 1;
    place->writer = zeros<uint32_t>(granules);
    place->reader = zeros<uint32_t>(granules);
    if (named) {
      place->writerOp = zeros<uint32_t>(granules);
      place->readerOp = zeros<uint32_t>(granules);
    }
  }
  return *place;
}

static void markSectors(uint64_t *bits, uint64_t offset, uint64_t bytes) {
  uint64_t first = offset / 32, last = (offset + bytes - 1) / 32;
  for (uint64_t word = first / 64; word <= last / 64; ++word) {
    uint64_t low = word == first / 64 ? first % 64 : 0;
    uint64_t high = word == last / 64 ? last % 64 : 63;
    uint64_t mask = (~0ull >> (63 - high)) & (~0ull << low);
    if ((__atomic_load_n(&bits[word], __ATOMIC_RELAXED) & mask) != mask)
      __atomic_fetch_or(&bits[word], mask, __ATOMIC_RELAXED);
  }
}

void GlobalShadow::noteRead(Touched &touched, size_t first, size_t last,
                            uint32_t me) {
  constexpr uint64_t manyTwice = uint64_t(kMany) << 32 | kMany;
  uint64_t meTwice = uint64_t(me) << 32 | me;
  for (size_t i = first; i <= last; ++i) {
    // The usual case, two granules at a time: nothing new.
    for (; i % 2 == 0 && i < last; i += 2) {
      uint64_t both = __atomic_load_n(
          reinterpret_cast<uint64_t *>(touched.reader + i), __ATOMIC_RELAXED);
      if (both != meTwice && both != manyTwice)
        break;
    }
    if (i > last)
      break;
    uint32_t *place = &touched.reader[i];
    uint32_t old = __atomic_load_n(place, __ATOMIC_RELAXED);
    if (old == me || old == kMany)
      continue;
    if (old == 0 &&
        __atomic_compare_exchange_n(place, &old, me, false, __ATOMIC_RELAXED,
                                    __ATOMIC_RELAXED))
      continue;
    __atomic_store_n(place, kMany, __ATOMIC_RELAXED);
  }
}

void GlobalShadow::noteWrite(Touched &touched, size_t first, size_t last,
                             uint32_t me, bool atomic) {
  touched.anyWrite = true;
  for (size_t i = first; i <= last; ++i) {
    uint32_t *place = &touched.writer[i];
    uint32_t old = __atomic_load_n(place, __ATOMIC_RELAXED);
    uint32_t made = atomic ? me | kAtomic : me;
    bool raced = false;
    do {
      if (old == made || (atomic && (old == me || old == kManyAtomic)))
        break;
      uint32_t owner = old & ~kAtomic;
      raced = old != 0 && owner != me && !(atomic && (old & kAtomic));
      uint32_t next = atomic && old != 0 && owner != me ? kManyAtomic : made;
      if (__atomic_compare_exchange_n(place, &old, next, false,
                                      __ATOMIC_RELAXED, __ATOMIC_RELAXED))
        break;
    } while (true);
    if (!raced)
      continue;
    uint64_t seen = touched.firstRace.load();
    while (i < seen && !touched.firstRace.compare_exchange_weak(seen, i)) {
    }
  }
}

//===----------------------------------------------------------------------===//
// Judging
//===----------------------------------------------------------------------===//

bool GlobalShadow::judge(Warp &warp, const Op &op, int lane, Touched &touched,
                         size_t first, size_t last, Access kind) {
  Cta &cta = *warp.cta;
  uint32_t me = uint32_t(cta.linear) + 1;
  bool reads = !isWrite(kind), strong = isStrong(kind);
  auto report = [&](size_t granule, uint32_t other, uint32_t otherOp,
                    const char *how) {
    uint64_t number = other - 1;
    const uint32_t *grid = cta.launch.grid;
    std::string who =
        other == kMany
            ? std::string("others ") + how
            : format("CTA (%u,%u,%u) %ss", uint32_t(number % grid[0]),
                     uint32_t(number / grid[0] % grid[1]),
                     uint32_t(number / grid[0] / grid[1]), how);
    cta.fail(warp, op, lane,
             format("data race between CTAs at byte %llu of %s: this one %s "
                    "it, %s it at %s, and nothing orders the two",
                    (unsigned long long)(granule << shift),
                    touched.allocation->label().c_str(),
                    isUpdate(kind) ? "updates"
                    : reads        ? "reads"
                                   : "writes",
                    who.c_str(), cta.place(otherOp).c_str()));
    return false;
  };
  auto knows = [&](uint32_t other) {
    return other == kMany ? cta.acquired.hasAllBelow(me - 1)
                          : cta.acquired.has(other - 1);
  };
  for (size_t i = first; i <= last; ++i) {
    uint32_t writer = touched.writer[i], owner = writer & ~(kAtomic | kSwaps);
    if (writer && owner != me && !(strong && (writer & kAtomic)) &&
        !(kind == Access::Read && (writer & kSwaps)) && !knows(owner))
      return report(i, owner, touched.writerOp[i],
                    writer & kAtomic ? "update" : "write");
    uint32_t reader = touched.reader[i], who = reader & ~kAtomic;
    if (reads) {
      // kAtomic stays where all reads were strong.
      uint32_t mine = strong ? me | kAtomic : me;
      if (who != me || (!strong && (reader & kAtomic))) {
        uint32_t mixed = reader & mine & kAtomic;
        touched.reader[i] = !reader || who == me ? mine : kMany | mixed;
        touched.readerOp[i] = op.index;
      }
      continue;
    }
    if (reader && who != me && kind != Access::Swap &&
        !(strong && (reader & kAtomic)) && !knows(who))
      return report(i, who, touched.readerOp[i], "read");
    bool swaps = kind == Access::Swap && (!writer || (writer & kSwaps));
    // Of several that update it, each has a part in what is there.
    bool others = strong && (writer & kAtomic) && owner != me && !knows(owner);
    touched.writer[i] =
        (strong ? kAtomic : 0) | (others ? kMany : me) | (swaps ? kSwaps : 0);
    touched.writerOp[i] = op.index;
    touched.reader[i] = 0;
  }
  return true;
}

bool GlobalShadow::touch(Warp &warp, const Op &op, int lane, Touched &touched,
                         uint64_t offset, uint64_t bytes, Access kind) {
  if (isRead(kind))
    markSectors(touched.readSectors, offset, bytes);
  if (isWrite(kind))
    markSectors(touched.writtenSectors, offset, bytes);
  if (!races)
    return true;
  size_t first = offset >> shift, last = (offset + bytes - 1) >> shift;
  if (named)
    return judge(warp, op, lane, touched, first, last, kind);
  uint32_t me = uint32_t(warp.cta->linear) + 1;
  if (kind == Access::Read)
    noteRead(touched, first, last, me);
  else if (isWrite(kind))
    noteWrite(touched, first, last, me, isStrong(kind));
  return true;
}

void GlobalShadow::countUnique(Counters &counters) const {
  auto bytes = [](const uint64_t *bits, uint64_t size) {
    uint64_t total = 0;
    for (uint64_t i = 0; i < (size + 2047) / 2048; ++i)
      total += 32 * uint64_t(__builtin_popcountll(bits[i]));
    return total;
  };
  for (const auto &[allocation, touched] : all) {
    counters.uniqueReadBytes += bytes(touched->readSectors, allocation->size);
    counters.uniqueWriteBytes +=
        bytes(touched->writtenSectors, allocation->size);
  }
}

std::string GlobalShadow::findRace() const {
  if (!races || named)
    return "";
  const Touched *best = nullptr;
  uint64_t where = 0;
  for (const auto &[allocation, touched] : all) {
    if (!touched->anyWrite ||
        (best && best->allocation->base < allocation->base))
      continue;
    uint64_t first = touched->firstRace;
    size_t granules =
        std::min<uint64_t>((allocation->size >> shift) + 1, first);
    for (size_t i = 0; i < granules; ++i) {
      uint32_t writer = touched->writer[i], reader = touched->reader[i];
      bool many = writer == kManyAtomic || reader == kMany;
      if (!writer || !reader || (!many && (writer & ~kAtomic) == reader))
        continue;
      first = i;
      break;
    }
    if (first == ~0ull)
      continue;
    best = touched.get();
    where = first << shift;
  }
  if (!best)
    return "";
  return format("data race between CTAs at byte %llu of %s",
                (unsigned long long)where, best->allocation->label().c_str());
}

void GlobalShadow::release(uint64_t address, const CtaSet &known,
                           uint32_t cta) {
  CtaSet &set = releases[address];
  set.unite(known);
  set.insert(cta);
}

const CtaSet *GlobalShadow::released(uint64_t address) const {
  auto found = releases.find(address);
  return found == releases.end() ? nullptr : &found->second;
}

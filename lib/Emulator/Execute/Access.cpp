//===- Access.cpp - checked access to every state space ---------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Access.h"
#include "Sync.h"

#include <algorithm>
#include <cstring>

using namespace hinm::emulator;

static const char *verb(Access kind) {
  return isUpdate(kind) ? "update" : isRead(kind) ? "read" : "write";
}

/// Whether all lanes take part and touch one piece, one behind the other.
static bool isOnePiece(const uint64_t *address, uint32_t mask, uint32_t bytes) {
  bool contiguous = mask == ~0u;
  for (unsigned i = 0; i < kWarpSize; ++i)
    contiguous &= address[i] == address[0] + uint64_t(i) * bytes;
  return contiguous;
}

/// Sectors of a piece, which the lanes ask for and need alike.
static void countPiece(uint64_t address, uint64_t bytes,
                       MemoryTraffic &traffic) {
  ++traffic.requests;
  traffic.bytes += bytes;
  traffic.asked += (address + bytes - 1) / 32 - address / 32 + 1;
  traffic.needed += (bytes + 31) / 32;
}

static bool checkAlignment(Warp &warp, const Op &op, const uint64_t *address,
                           uint32_t mask, uint32_t bytes, Access kind) {
  uint64_t low = 0;
  for (unsigned i = 0; i < kWarpSize; ++i)
    low |= mask >> i & 1 ? address[i] : 0;
  if ((low & (bytes - 1)) == 0)
    return true;
  for (unsigned i = 0; i < kWarpSize; ++i)
    if ((mask >> i & 1) && (address[i] & (bytes - 1))) {
      warp.cta->fail(warp, op, int(i),
                     format("misaligned %s of %u bytes at 0x%llx", verb(kind),
                            bytes, (unsigned long long)address[i]));
      return false;
    }
  return true;
}

template <typename Check, typename Count>
inline const Pattern *Cta::pattern(const Op &op, bool isShared,
                                   const uint64_t *address, uint32_t bytes,
                                   Check check, Count count) {
  std::unique_ptr<Pattern> &place = patterns[2 * op.index + isShared];
  uint64_t period = isShared ? Pattern::kBank : Pattern::kSector;
  if (place && place->matches(address, period))
    return place.get();
  if (!check())
    return nullptr;
  if (!place)
    place = std::make_unique<Pattern>();
  place->set(address, period, bytes);
  place->traffic = MemoryTraffic();
  count(place->traffic);
  return place.get();
}

bool hinm::emulator::globalPointers(Warp &warp, const Op &op,
                                    const uint64_t *address, uint32_t mask,
                                    uint32_t bytes, Access kind, bool counts,
                                    LanePointers &out) {
  Cta &cta = *warp.cta;
  uint64_t low = ~0ull, high = 0;
  const Pattern *pattern = nullptr;
  auto isAligned = [&] {
    return checkAlignment(warp, op, address, mask, bytes, kind);
  };
  if (mask == ~0u && counts) {
    pattern = cta.pattern(op, false, address, bytes, isAligned,
                          [&](MemoryTraffic &traffic) {
                            countSectors(address, mask, bytes, traffic);
                          });
    if (!pattern)
      return false;
    low = address[0] + uint64_t(pattern->least);
    high = address[0] + uint64_t(pattern->most);
    out.contiguous = pattern->contiguous;
  } else {
    if (!isAligned())
      return false;
    for (unsigned i = 0; i < kWarpSize; ++i) {
      low = std::min<uint64_t>(low, mask >> i & 1 ? address[i] : ~0ull);
      high = std::max<uint64_t>(high, mask >> i & 1 ? address[i] : 0);
    }
    out.contiguous = isOnePiece(address, mask, bytes);
  }
  Touched *&last = cta.lastTouched[op.index];
  Touched *whole = last;
  if (!whole || !whole->allocation->holds(low, bytes) ||
      !whole->allocation->holds(high, bytes)) {
    Allocation *found = cta.launch.memory->find(low, bytes);
    whole = found && found->holds(high, bytes) ? &cta.touched(*found) : nullptr;
    if (whole)
      last = whole;
  }
  GlobalShadow &shadow = cta.launch.shadow;
  if (whole && out.contiguous && !isStrong(kind)) {
    // One piece: judged as a whole.
    Allocation &here = *whole->allocation;
    uint64_t offset = low - here.base;
    uint64_t total = uint64_t(kWarpSize) * bytes;
    bool good = !(isWrite(kind) && here.readOnly) &&
                !(isRead(kind) && cta.checks.uninitialised &&
                  !here.isValid(offset, total));
    if (good) {
      for (unsigned i = 0; i < kWarpSize; ++i)
        out.at[i] = here.data + offset + uint64_t(i) * bytes;
      if (!shadow.touch(warp, op, -1, *whole, offset, total, kind))
        return false;
      if (isWrite(kind))
        here.markValid(offset, total);
      if (pattern)
        cta.traffic[op.index].global += pattern->traffic;
      else if (counts)
        countPiece(low, total, cta.traffic[op.index].global);
      return true;
    }
  }
  for (unsigned i = 0; i < kWarpSize; ++i) {
    if (!(mask >> i & 1))
      continue;
    Touched *touched = whole;
    if (!touched) {
      Allocation *found = cta.launch.memory->find(address[i], bytes);
      if (!found) {
        cta.fail(warp, op, int(i),
                 format("%s of %u bytes at 0x%llx: ", verb(kind), bytes,
                        (unsigned long long)address[i]) +
                     cta.launch.memory->explain(address[i], bytes));
        return false;
      }
      touched = &cta.touched(*found);
    }
    Allocation &here = *touched->allocation;
    uint64_t offset = address[i] - here.base;
    out.at[i] = here.data + offset;
    if (isRead(kind) && cta.checks.uninitialised &&
        !here.isValid(offset, bytes)) {
      cta.fail(warp, op, int(i),
               format("read of %u bytes of global memory at 0x%llx, which "
                      "were never written (byte %llu of %s)",
                      bytes, (unsigned long long)address[i],
                      (unsigned long long)offset, here.label().c_str()));
      return false;
    }
    if (!shadow.touch(warp, op, int(i), *touched, offset, bytes, kind))
      return false;
    if (isWrite(kind)) {
      if (here.readOnly) {
        cta.fail(warp, op, int(i),
                 format("write to constant memory at 0x%llx",
                        (unsigned long long)address[i]));
        return false;
      }
      here.markValid(offset, bytes);
    }
  }
  if (pattern)
    cta.traffic[op.index].global += pattern->traffic;
  else if (counts)
    countSectors(address, mask, bytes, cta.traffic[op.index].global);
  if (isStrong(kind))
    noteStrongAccess(warp, op, address, mask, kind, true);
  return true;
}

bool hinm::emulator::sharedPointers(Warp &warp, const Op &op,
                                    const uint64_t *address, uint32_t mask,
                                    uint32_t bytes, Access kind, bool counts,
                                    LanePointers &out,
                                    const uint8_t (*values)[16]) {
  Cta &cta = *warp.cta;
  uint64_t size = cta.launch.sharedBytes;
  uint64_t high = 0;
  const Pattern *pattern = nullptr;
  auto isAligned = [&] {
    return checkAlignment(warp, op, address, mask, bytes, kind);
  };
  if (mask == ~0u && counts) {
    pattern = cta.pattern(op, true, address, bytes, isAligned,
                          [&](MemoryTraffic &traffic) {
                            countWavefronts(address, mask, bytes, traffic);
                          });
    if (!pattern)
      return false;
    // The highest of all, as an address below 0 is a very high one.
    high = std::max(address[0] + uint64_t(pattern->most),
                    address[0] + uint64_t(pattern->least));
    out.contiguous = pattern->contiguous;
  } else {
    if (!isAligned())
      return false;
    for (unsigned i = 0; i < kWarpSize; ++i)
      high = std::max<uint64_t>(high, mask >> i & 1 ? address[i] : 0);
    out.contiguous = isOnePiece(address, mask, bytes);
  }
  if (bytes > size || high > size - bytes)
    for (unsigned i = 0; i < kWarpSize; ++i)
      if ((mask >> i & 1) && (bytes > size || address[i] > size - bytes)) {
        cta.fail(warp, op, int(i),
                 format("%s of %u bytes at shared address 0x%llx: out of "
                        "bounds, the CTA has %llu bytes of shared memory",
                        verb(kind), bytes, (unsigned long long)address[i],
                        (unsigned long long)size));
        return false;
      }
  for (unsigned i = 0; i < kWarpSize; ++i)
    out.at[i] = cta.shared + address[i];
  if (cta.shadow.enabled() &&
      !cta.shadow.accessLanes(warp, op, address, mask, bytes, kind,
                              out.contiguous, values))
    return false;
  if (pattern)
    cta.traffic[op.index].shared += pattern->traffic;
  else if (counts)
    countWavefronts(address, mask, bytes, cta.traffic[op.index].shared);
  if (isStrong(kind))
    noteStrongAccess(warp, op, address, mask, kind, false);
  return true;
}

bool hinm::emulator::localPointers(Warp &warp, const Op &op,
                                   const uint64_t *address, uint32_t mask,
                                   uint32_t bytes, Access kind,
                                   LanePointers &out) {
  if (!checkAlignment(warp, op, address, mask, bytes, kind))
    return false;
  Cta &cta = *warp.cta;
  uint64_t size = cta.program.localBytes;
  out.contiguous = false;
  for (unsigned i = 0; i < kWarpSize; ++i) {
    if (!(mask >> i & 1))
      continue;
    if (bytes > size || address[i] > size - bytes) {
      cta.fail(warp, op, int(i),
               format("%s of %u bytes at local address 0x%llx: out of bounds, "
                      "the thread has %llu bytes of local memory",
                      verb(kind), bytes, (unsigned long long)address[i],
                      (unsigned long long)size));
      return false;
    }
    size_t offset = size * (warp.id * kWarpSize + i) + address[i];
    out.at[i] = cta.local.data() + offset;
    uint8_t *valid = cta.localValid.data() + offset;
    if (isRead(kind) && cta.checks.uninitialised)
      for (uint32_t b = 0; b < bytes; ++b)
        if (!valid[b]) {
          cta.fail(warp, op, int(i),
                   format("read of local memory at 0x%llx, which was never "
                          "written",
                          (unsigned long long)address[i]));
          return false;
        }
    if (isWrite(kind))
      std::memset(valid, 1, bytes);
  }
  cta.sums.localBytes += uint64_t(__builtin_popcount(mask)) * bytes;
  return true;
}

bool hinm::emulator::paramPointers(Warp &warp, const Op &op,
                                   const uint64_t *address, uint32_t mask,
                                   uint32_t bytes, LanePointers &out) {
  if (!checkAlignment(warp, op, address, mask, bytes, Access::Read))
    return false;
  Cta &cta = *warp.cta;
  uint64_t size = cta.program.paramBytes;
  out.contiguous = false;
  for (unsigned i = 0; i < kWarpSize; ++i) {
    if (!(mask >> i & 1))
      continue;
    if (bytes > size || address[i] > size - bytes) {
      cta.fail(warp, op, int(i),
               format("read of %u bytes at parameter offset 0x%llx: out of "
                      "bounds, the parameters take %llu bytes",
                      bytes, (unsigned long long)address[i],
                      (unsigned long long)size));
      return false;
    }
    out.at[i] = cta.launch.params.data() + address[i];
  }
  return true;
}

/// The active lanes' addresses in rising order; how many.
static unsigned sorted(const uint64_t *address, uint32_t mask,
                       uint64_t (&out)[kWarpSize]) {
  unsigned count = 0;
  bool rising = true;
  for (unsigned i = 0; i < kWarpSize; ++i) {
    if (!(mask >> i & 1))
      continue;
    out[count] = address[i];
    rising &= count == 0 || out[count - 1] <= out[count];
    ++count;
  }
  if (!rising)
    std::sort(out, out + count);
  return count;
}

/// Bytes in the union of [address, address + bytes).
static uint64_t distinctBytes(const uint64_t *rising, unsigned count,
                              uint32_t bytes) {
  uint64_t total = 0, end = 0;
  for (unsigned i = 0; i < count; ++i) {
    uint64_t begin = std::max(rising[i], end);
    end = rising[i] + bytes;
    total += end - begin;
  }
  return total;
}

void hinm::emulator::countSectors(const uint64_t *address, uint32_t mask,
                                  uint32_t bytes, MemoryTraffic &traffic) {
  if (isOnePiece(address, mask, bytes))
    return countPiece(address[0], uint64_t(kWarpSize) * bytes, traffic);
  uint64_t rising[kWarpSize];
  unsigned count = sorted(address, mask, rising);
  uint64_t asked = 0, last = ~0ull;
  for (unsigned i = 0; i < count; ++i) {
    uint64_t begin = rising[i] / 32, end = (rising[i] + bytes - 1) / 32;
    if (last != ~0ull && begin <= last)
      begin = last + 1;
    if (end >= begin || last == ~0ull) {
      asked += end - begin + 1;
      last = end;
    }
  }
  ++traffic.requests;
  traffic.bytes += uint64_t(count) * bytes;
  traffic.asked += asked;
  traffic.needed += (distinctBytes(rising, count, bytes) + 31) / 32;
}

namespace {
/// Different numbers among up to 64.
class SmallSet {
public:
  /// False when it was there already.
  bool insert(uint64_t number) {
    unsigned at = unsigned(number * 0x9e3779b97f4a7c15ull >> 58);
    while ((used >> at & 1) && table[at] != number)
      at = (at + 1) & 63;
    bool isNew = !(used >> at & 1);
    used |= 1ull << at;
    table[at] = number;
    return isNew;
  }

private:
  uint64_t used = 0, table[64];
};
} // namespace

/// Wavefronts of the lanes that one pass serves: as many as the busiest bank
/// has different words.
static unsigned passWavefronts(const uint64_t *address, uint32_t lanes,
                               uint32_t bytes) {
  if (!lanes)
    return 0;
  // The usual case: aligned pieces that all lie in banks of their own.
  unsigned words = bytes >= 4 ? bytes / 4 : 1, pieces = 32 / words;
  unsigned shift = unsigned(__builtin_ctz(words * 4));
  uint32_t taken = 0, twice = 0;
  for (uint32_t rest = lanes; rest; rest &= rest - 1) {
    uint32_t bit = 1u << (address[__builtin_ctz(rest)] >> shift & (pieces - 1));
    twice |= taken & bit;
    taken |= bit;
  }
  if (!twice)
    return 1;
  SmallSet seen;
  uint8_t load[32] = {};
  unsigned most = 0;
  for (uint32_t rest = lanes; rest; rest &= rest - 1) {
    uint64_t piece = address[__builtin_ctz(rest)] >> shift;
    if (seen.insert(piece))
      most = std::max<unsigned>(most, ++load[piece & (pieces - 1)]);
  }
  return most;
}

/// How many different pieces there are; aligned, they are equal or apart.
static unsigned distinctPieces(const uint64_t *address, uint32_t mask,
                               uint32_t bytes) {
  unsigned shift = unsigned(__builtin_ctz(bytes)), count = 0;
  SmallSet seen;
  for (uint32_t rest = mask; rest; rest &= rest - 1)
    count += seen.insert(address[__builtin_ctz(rest)] >> shift);
  return count;
}

void hinm::emulator::countWavefronts(const uint64_t *address, uint32_t mask,
                                     uint32_t bytes, MemoryTraffic &traffic) {
  if (bytes >= 4 && isOnePiece(address, mask, bytes)) {
    // Aligned to its size, so each pass meets all banks once.
    ++traffic.requests;
    traffic.bytes += kWarpSize * bytes;
    traffic.asked += bytes / 4;
    traffic.needed += bytes / 4;
    return;
  }
  // 8-byte accesses are served a half warp at a time, 16-byte ones a quarter.
  unsigned all = 0;
  unsigned lanesAPass = bytes <= 4 ? 32 : bytes == 8 ? 16 : 8;
  for (unsigned first = 0; first < kWarpSize; first += lanesAPass) {
    uint32_t lanes =
        lanesAPass == 32 ? mask : mask & (((1u << lanesAPass) - 1) << first);
    unsigned wavefronts = passWavefronts(address, lanes, bytes);
    traffic.asked += wavefronts;
    all += wavefronts;
  }
  ++traffic.requests;
  uint64_t count = uint64_t(__builtin_popcount(mask));
  traffic.bytes += count * bytes;
  // One pass without conflicts: all words lie in banks of their own.
  uint64_t distinct =
      bytes *
      (all == 1 && bytes == 4 ? count : distinctPieces(address, mask, bytes));
  traffic.needed += (distinct + 127) / 128;
}

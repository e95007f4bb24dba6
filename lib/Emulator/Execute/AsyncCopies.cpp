//===- AsyncCopies.cpp - cp.async between issue and wait --------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AsyncCopies.h"

#include <cstring>

using namespace hinm::emulator;

void hinm::emulator::issueCopy(Warp &warp, const Op &op,
                               const uint64_t *destination,
                               const uint64_t *source,
                               const uint32_t *sourceBytes, uint32_t bytes) {
  Cta &cta = *warp.cta;
  uint32_t reads = 0;
  for (unsigned i = 0; i < kWarpSize; ++i)
    if (warp.mask >> i & 1) {
      if (sourceBytes[i] > bytes) {
        cta.fail(warp, op, int(i),
                 format("the source size %u is larger than the copy's %u bytes",
                        sourceBytes[i], bytes));
        return;
      }
      if (source[i] % bytes) {
        cta.fail(warp, op, int(i),
                 format("misaligned copy of %u bytes from 0x%llx", bytes,
                        (unsigned long long)source[i]));
        return;
      }
      reads |= uint32_t(sourceBytes[i] > 0) << i;
    }
  LanePointers from, to;
  // Every lane's own size: lanes that copy less than all are looked at alone.
  uint32_t whole = 0;
  for (unsigned i = 0; i < kWarpSize; ++i)
    whole |= uint32_t(sourceBytes[i] == bytes) << i;
  whole &= reads;
  if (whole &&
      !globalPointers(warp, op, source, whole, bytes, Access::Read, true, from))
    return;
  for (uint32_t rest = reads & ~whole; rest; rest &= rest - 1) {
    // A part of the bytes: checked one by one, as the size may be odd.
    unsigned i = unsigned(__builtin_ctz(rest));
    uint8_t *first = nullptr;
    for (uint32_t b = 0; b < sourceBytes[i]; ++b) {
      uint64_t address[kWarpSize] = {};
      address[i] = source[i] + b;
      if (!globalPointers(warp, op, address, 1u << i, 1, Access::Read, false,
                          from))
        return;
      if (b == 0)
        first = from.at[i];
    }
    from.at[i] = first;
    countSectors(source, 1u << i, sourceBytes[i], cta.traffic[op.index].global);
  }
  if (!sharedPointers(warp, op, destination, warp.mask, bytes,
                      Access::AsyncWrite, true, to))
    return;

  AsyncCopy *copy = cta.newCopy();
  copy->lanes = warp.mask;
  copy->bytes = bytes;
  copy->op = &op;
  copy->warp = warp.id;
  std::memcpy(copy->group, warp.groups, sizeof copy->group);
  for (unsigned i = 0; i < kWarpSize; ++i) {
    if (!(warp.mask >> i & 1))
      continue;
    copy->destination[i] = uint32_t(destination[i]);
    copy->sourceBytes[i] = sourceBytes[i];
    copy->source[i] = sourceBytes[i] ? from.at[i] : nullptr;
    if (sourceBytes[i] == 16) {
      std::memcpy(copy->data[i], from.at[i], 16);
      continue;
    }
    std::memset(copy->data[i], 0, 16);
    if (sourceBytes[i])
      std::memcpy(copy->data[i], from.at[i], sourceBytes[i]);
  }
  warp.copies.push_back(copy);
  cta.addCopyBytes(int64_t(bytes) * __builtin_popcount(warp.mask));
}

void hinm::emulator::commitCopies(Warp &warp) {
  for (unsigned i = 0; i < kWarpSize; ++i)
    warp.groups[i] += warp.mask >> i & 1;
}

static bool differ(const uint8_t *a, const uint8_t *b, uint32_t bytes) {
  return bytes == 16 ? std::memcmp(a, b, 16) != 0
                     : std::memcmp(a, b, bytes) != 0;
}

/// Whether the lane's source is still what it was when the copy was issued;
/// `op` is where the copy is waited for.
static bool checkSource(Cta &cta, const Op &op, const AsyncCopy &copy,
                        unsigned i) {
  if (!cta.checks.asyncCopies || !copy.source[i] ||
      !differ(copy.source[i], copy.data[i], copy.sourceBytes[i]))
    return true;
  cta.fail(cta.warps[copy.warp], op, int(i),
           format("the source of the asynchronous copy to shared address 0x%x "
                  "of ",
                  copy.destination[i]) +
               cta.place(copy.op->index) +
               " was overwritten while it was in flight");
  return false;
}

static void land(Warp &warp, const Op &op, AsyncCopy &copy, uint32_t lanes) {
  Cta &cta = *warp.cta;
  for (uint32_t rest = lanes; rest; rest &= rest - 1) {
    unsigned i = unsigned(__builtin_ctz(rest));
    if (!checkSource(cta, op, copy, i))
      return;
    if (copy.bytes == 16)
      std::memcpy(cta.shared + copy.destination[i], copy.data[i], 16);
    else
      std::memcpy(cta.shared + copy.destination[i], copy.data[i], copy.bytes);
    if (cta.shadow.enabled())
      cta.shadow.land(warp, i, copy.destination[i], copy.bytes);
  }
  copy.lanes &= ~lanes;
  cta.addCopyBytes(-int64_t(copy.bytes) * __builtin_popcount(lanes));
}

/// Lands in order of issue; `done` tells for which lanes.
template <typename Function>
static void landWhere(Warp &warp, const Op &op, Function done) {
  warp.cta->noteWait();
  size_t kept = 0;
  for (AsyncCopy *copy : warp.copies) {
    uint32_t lanes = copy->lanes & warp.mask & done(*copy);
    if (lanes && !warp.cta->faulted)
      land(warp, op, *copy, lanes);
    if (copy->lanes)
      warp.copies[kept++] = copy;
    else
      warp.cta->recycle(copy);
  }
  warp.copies.resize(kept);
}

void hinm::emulator::waitCopies(Warp &warp, const Op &op, uint32_t pending) {
  landWhere(warp, op, [&](const AsyncCopy &copy) {
    uint32_t lanes = 0;
    for (unsigned i = 0; i < kWarpSize; ++i)
      lanes |= uint32_t(uint64_t(copy.group[i]) + pending < warp.groups[i])
               << i;
    return lanes;
  });
}

void hinm::emulator::waitAllCopies(Warp &warp, const Op &op) {
  landWhere(warp, op, [](const AsyncCopy &) { return ~0u; });
}

void hinm::emulator::handCopiesTo(Warp &warp, unsigned lane,
                                  std::vector<AsyncCopy *> &copies) {
  size_t kept = 0;
  for (AsyncCopy *copy : warp.copies) {
    if (copy->lanes >> lane & 1) {
      // A lane's part becomes a copy of its own, unless it is all that is left.
      if (copy->lanes == 1u << lane) {
        copies.push_back(copy);
        continue;
      }
      AsyncCopy *part = warp.cta->newCopy();
      *part = *copy;
      part->lanes = 1u << lane;
      copy->lanes &= ~(1u << lane);
      copies.push_back(part);
    }
    warp.copies[kept++] = copy;
  }
  warp.copies.resize(kept);
}

void hinm::emulator::landForMbarrier(Cta &cta, AsyncCopy *copy) {
  for (uint32_t rest = copy->lanes; rest; rest &= rest - 1) {
    unsigned i = unsigned(__builtin_ctz(rest));
    if (!checkSource(cta, *copy->op, *copy, i))
      return;
    std::memcpy(cta.shared + copy->destination[i], copy->data[i], copy->bytes);
    if (cta.shadow.enabled())
      cta.shadow.landAsync(copy->destination[i], copy->bytes);
  }
  cta.addCopyBytes(-int64_t(copy->bytes) * __builtin_popcount(copy->lanes));
  copy->lanes = 0;
  cta.recycle(copy);
}

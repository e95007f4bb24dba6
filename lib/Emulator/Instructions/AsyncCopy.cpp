//===- AsyncCopy.cpp - asynchronous copies ----------------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// PTX ISA 9.7.9.25: cp.async and its groups.
//
//===----------------------------------------------------------------------===//

#include "Execute/AsyncCopies.h"
#include "Execute/Mbarriers.h"
#include "Families.h"
#include "Lanes.h"

namespace hinm::emulator::HINM_LANES {
namespace {

/// o: destination, source [, size or predicate]. op.a: bytes; op.b: low byte
/// the width of the destination's address, then of the source's, then what the
/// third operand is.
enum ThirdOperand : uint32_t { None, Size, Ignore, Keep };

void addresses(const Warp &warp, uint32_t slot, unsigned width, int64_t offset,
               uint64_t *out) {
  if (width == 8) {
    const uint64_t *base = warp.at<uint64_t>(slot);
    for (unsigned i = 0; i < kWarpSize; ++i)
      out[i] = base[i] + uint64_t(offset);
  } else {
    const uint32_t *base = warp.at<uint32_t>(slot);
    for (unsigned i = 0; i < kWarpSize; ++i)
      out[i] = uint32_t(base[i] + uint32_t(offset));
  }
}

void copy(Warp &warp, const Op &op) {
  uint64_t to[kWarpSize], from[kWarpSize];
  uint32_t sizes[kWarpSize];
  // Offsets of both addresses fit in 32 bits; the decoder checks it.
  addresses(warp, op.o[0], op.b & 0xff, int32_t(op.imm), to);
  addresses(warp, op.o[1], op.b >> 8 & 0xff, op.imm >> 32, from);
  uint32_t third = op.b >> 16;
  for (unsigned i = 0; i < kWarpSize; ++i)
    sizes[i] = op.a;
  if (third == Size)
    for (unsigned i = 0; i < kWarpSize; ++i)
      sizes[i] = warp.at<uint32_t>(op.o[2])[i];
  if (third == Ignore) {
    uint32_t ignored = *warp.at<uint32_t>(op.o[2]);
    for (unsigned i = 0; i < kWarpSize; ++i)
      sizes[i] = ignored >> i & 1 ? 0 : op.a;
  }
  issueCopy(warp, op, to, from, sizes, op.a);
}

void commit(Warp &warp, const Op &) { commitCopies(warp); }
void waitGroup(Warp &warp, const Op &op) {
  waitCopies(warp, op, uint32_t(op.imm));
}
void waitAll(Warp &warp, const Op &op) { waitAllCopies(warp, op); }

bool decodeWait(Instr &in, bool all) {
  if (all)
    return in.expectOperands(0, 0) &&
           in.finish(waitAll, InstructionClass::Wait);
  if (!in.expectOperands(1, 1) || !in.immediate(0, in.op.imm))
    return false;
  if (in.op.imm < 0 || in.op.imm > UINT32_MAX)
    return in.fail("the number of groups is out of range");
  return in.finish(waitGroup, InstructionClass::Wait);
}

/// cp.async.mbarrier.arrive; whether the arrival is counted beforehand.
template <bool CountsItself>
void arriveBehind(Warp &warp, const Op &op) {
  forLanes(warp, op, 0, [&](unsigned lane, uint64_t address) {
    return arriveBehindCopies(warp, op, lane, address, CountsItself);
  });
}

bool decodeArrival(Instr &in) {
  if (!in.has("arrive"))
    return in.unsupported();
  bool counted = in.has("noinc");
  Space space = Space::Generic;
  if (in.has("shared") || in.has("shared::cta"))
    space = Space::Shared;
  if (in.type() != Type::B64)
    return in.unsupported();
  return in.expectOperands(1, 1) && in.address(0, space) &&
         in.finish(counted ? arriveBehind<false> : arriveBehind<true>,
                   InstructionClass::Mbarrier);
}

bool decodeCopy(Instr &in) {
  if (!in.has("async"))
    return in.unsupported();
  if (in.has("mbarrier"))
    return decodeArrival(in);
  if (in.has("commit_group"))
    return in.expectOperands(0, 0) &&
           in.finish(commit, InstructionClass::Other);
  if (in.has("wait_group"))
    return decodeWait(in, false);
  if (in.has("wait_all"))
    return decodeWait(in, true);
  static const char *const caches[] = {"ca", "cg", nullptr};
  static const char *const prefetches[] = {"L2::64B", "L2::128B", "L2::256B",
                                           nullptr};
  int cache = in.oneOf(caches);
  if (cache < 0 || (!in.has("shared") && !in.has("shared::cta")) ||
      !in.has("global"))
    return in.unsupported();
  in.oneOf(prefetches);
  in.op.bypassesL1 = cache == 1;
  bool hasPolicy = in.has("L2::cache_hint");
  int64_t bytes = 0;
  Space to = Space::Shared, from = Space::Global;
  if (!in.expectOperands(3 + hasPolicy, 4 + hasPolicy) || !in.address(0, to))
    return false;
  int64_t toOffset = in.op.imm;
  uint32_t widths = in.op.b;
  if (!in.address(1, from) || !in.immediate(2, bytes))
    return false;
  int64_t fromOffset = in.op.imm;
  if (toOffset != int32_t(toOffset) || fromOffset != int32_t(fromOffset))
    return in.fail("the offset of an address does not fit in 32 bits");
  if (bytes != 16 && (cache == 1 || (bytes != 4 && bytes != 8)))
    return in.fail(cache == 1 ? "'.cg' copies 16 bytes, not %lld"
                              : "the size must be 4, 8 or 16, not %lld",
                   (long long)bytes);
  widths |= in.op.b << 8;
  uint32_t third = None;
  if (in.operands() - hasPolicy == 4) {
    third = in.isPredicate(3) ? Ignore : Size;
    if (third == Ignore ? !in.sourcePredicate(3) : !in.source(3, Type::B32))
      return false;
  }
  if (hasPolicy && !in.source(in.operands() - 1, Type::B64))
    return false;
  in.op.imm = (fromOffset << 32) | int64_t(uint32_t(toOffset));
  in.op.a = uint32_t(bytes);
  in.op.b = widths | third << 16;
  in.touchesShared(uint32_t(bytes));
  // A source size may be odd.
  in.touchesGlobal(third == Size ? 1 : uint32_t(bytes));
  return in.finish(copy, InstructionClass::CpAsync);
}

} // namespace

const InstructionRow *asyncCopyInstructions() {
  static const InstructionRow rows[] = {
      {"cp", decodeCopy},
      {nullptr, nullptr},
  };
  return rows;
}

} // namespace hinm::emulator::HINM_LANES

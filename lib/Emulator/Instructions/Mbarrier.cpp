//===- Mbarrier.cpp - mbarrier instructions ---------------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// PTX ISA 9.7.13.15: init, inval, expect_tx, complete_tx, arrive, arrive_drop,
// test_wait, try_wait, pending_count. A wait that fails is tried again when a
// phase has ended, so that spinning costs nothing; see Flow::Wait.
//
//===----------------------------------------------------------------------===//

#include "Execute/Access.h"
#include "Execute/Mbarriers.h"
#include "Families.h"
#include "Lanes.h"

namespace hinm::emulator::HINM_LANES {
namespace {

// op.a
constexpr uint32_t kKind = 3; // of Arrival
constexpr uint32_t kReleases = 4, kParity = 8, kAcquires = 16, kHasCount = 32;

void init(Warp &warp, const Op &op) {
  const uint32_t *count = warp.at<uint32_t>(op.o[1]);
  forLanes(warp, op, 0, [&](unsigned lane, uint64_t address) {
    return initMbarrier(warp, op, lane, address, count[lane]);
  });
}

void invalidate(Warp &warp, const Op &op) {
  forLanes(warp, op, 0, [&](unsigned lane, uint64_t address) {
    return invalidateMbarrier(warp, op, lane, address);
  });
}

template <int Sign>
void transfer(Warp &warp, const Op &op) {
  const uint32_t *bytes = warp.at<uint32_t>(op.o[1]);
  forLanes(warp, op, 0, [&](unsigned lane, uint64_t address) {
    return expectBytes(warp, op, lane, address, Sign * int64_t(bytes[lane]));
  });
}

/// o: [state,] address [, count or bytes].
void arrive(Warp &warp, const Op &op) {
  unsigned first = op.resultCount;
  Arrival kind = Arrival(op.a & kKind);
  bool expects = kind == Arrival::Expect || kind == Arrival::ExpectDrop;
  const uint32_t *number =
      op.a & kHasCount ? warp.at<uint32_t>(op.o[first + 1]) : nullptr;
  forLanes(warp, op, first, [&](unsigned lane, uint64_t address) {
    uint32_t value = number ? number[lane] : 1;
    uint64_t state = 0;
    bool good = arriveAt(warp, op, lane, address, expects ? 1 : value, kind,
                         expects ? value : 0, op.a & kReleases, state);
    if (good && first)
      warp.at<uint64_t>(op.o[0])[lane] = state;
    return good;
  });
}

/// o: done, address, state or parity.
void wait(Warp &warp, const Op &op) {
  bool isParity = op.a & kParity;
  uint32_t over = 0;
  forLanes(warp, op, 1, [&](unsigned lane, uint64_t address) {
    uint64_t state = isParity ? warp.at<uint32_t>(op.o[2])[lane]
                              : warp.at<uint64_t>(op.o[2])[lane];
    bool done = false;
    bool good = testWait(warp, op, lane, address, state, isParity,
                         op.a & kAcquires, done);
    over |= uint32_t(done) << lane;
    return good;
  });
  warp.incomplete = warp.mask & ~over;
  setPredicate(warp, op.o[0], over);
}

void pendingCount(Warp &warp, const Op &op) {
  map1<uint32_t, uint64_t>(warp, op,
                           [](uint64_t state) { return pendingOf(state); });
}

/// Takes the space, scope and order that most forms may name; whether the
/// order is not `.relaxed`.
bool takeOrder(Instr &in, Space &space, bool &isRelaxed) {
  static const char *const scopes[] = {"cta", "cluster", nullptr};
  isRelaxed = in.has("relaxed");
  in.has("release");
  in.has("acquire");
  in.oneOf(scopes);
  space = in.has("shared") || in.has("shared::cta") || in.has("shared::cluster")
              ? Space::Shared
              : Space::Generic;
  if (in.type() == Type::B64)
    return true;
  return in.fail("'.b64' is needed");
}

bool decodeArrive(Instr &in, bool drops) {
  bool expects = in.has("expect_tx"), noComplete = in.has("noComplete");
  Space space;
  bool isRelaxed;
  if (!takeOrder(in, space, isRelaxed))
    return false;
  Arrival kind = expects ? drops ? Arrival::ExpectDrop : Arrival::Expect
                 : drops ? Arrival::Drop
                         : Arrival::Plain;
  in.op.a = uint32_t(kind) | (isRelaxed ? 0 : kReleases);
  // Without a state there is one operand less to begin with.
  unsigned first = in.isAddress(0) ? 0 : 1;
  bool needsNumber = expects || noComplete;
  if (!in.expectOperands(first + 1 + needsNumber, first + 2))
    return false;
  if (first && !in.isName(0, "_") && !in.result(0, Type::B64))
    return false;
  if (!in.address(first, space))
    return false;
  if (in.operands() == first + 2) {
    in.op.a |= kHasCount;
    if (!in.source(first + 1, Type::U32))
      return false;
  }
  return in.finish(arrive, InstructionClass::Mbarrier);
}

bool decodeWait(Instr &in, bool canSuspend) {
  bool isParity = in.has("parity");
  Space space;
  bool isRelaxed;
  if (!takeOrder(in, space, isRelaxed))
    return false;
  in.op.a = (isParity ? kParity : 0) | (isRelaxed ? 0 : kAcquires);
  in.op.flow = Flow::Wait;
  if (!in.expectOperands(3, canSuspend ? 4 : 3) || !in.resultPredicate(0) ||
      !in.address(1, space) ||
      !in.source(2, isParity ? Type::U32 : Type::B64) ||
      (in.operands() == 4 && !in.source(3, Type::U32)))
    return false;
  return in.finish(wait, InstructionClass::Wait);
}

bool decodeMbarrier(Instr &in) {
  if (in.has("arrive"))
    return decodeArrive(in, false);
  if (in.has("arrive_drop"))
    return decodeArrive(in, true);
  if (in.has("test_wait"))
    return decodeWait(in, false);
  if (in.has("try_wait"))
    return decodeWait(in, true);
  if (in.has("pending_count"))
    return in.type() == Type::B64 && in.expectOperands(2, 2) &&
           in.result(0, Type::U32) && in.source(1, Type::B64) &&
           in.finish(pendingCount, InstructionClass::Mbarrier);
  static const char *const kinds[] = {"init", "inval", "expect_tx",
                                      "complete_tx", nullptr};
  static const Handler handlers[] = {init, invalidate, transfer<1>,
                                     transfer<-1>};
  int kind = in.oneOf(kinds);
  if (kind < 0)
    return in.unsupported();
  Space space;
  bool isRelaxed;
  if (!takeOrder(in, space, isRelaxed))
    return false;
  unsigned operands = kind == 1 ? 1 : 2;
  if (!in.expectOperands(operands, operands) || !in.address(0, space) ||
      (kind != 1 && !in.source(1, Type::U32)))
    return false;
  // The shadow must be able to tell the object's bytes from its neighbours'.
  in.touchesShared(8);
  return in.finish(handlers[kind], InstructionClass::Mbarrier);
}

} // namespace

const InstructionRow *mbarrierInstructions() {
  static const InstructionRow rows[] = {
      {"mbarrier", decodeMbarrier},
      {nullptr, nullptr},
  };
  return rows;
}

} // namespace hinm::emulator::HINM_LANES

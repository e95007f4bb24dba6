//===- Control.cpp - barriers, fences and traps -----------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// PTX ISA 9.7.12, 9.7.13, 9.7.19.
//
//===----------------------------------------------------------------------===//

#include "Execute/Sync.h"
#include "Families.h"
#include "Lanes.h"

namespace hinm::emulator::HINM_LANES {
namespace {

void warpBarrier(Warp &warp, const Op &) {
  if (warp.cta->shadow.enabled())
    warp.cta->shadow.stepWarp(warp.id);
}

template <typename T>
void reducedValue(Warp &warp, const Op &op) {
  if (sizeof(T) == 1) {
    setPredicate(warp, op.o[0], warp.barrierResult ? ~0u : 0u);
    return;
  }
  uint32_t *d = warp.at<uint32_t>(op.o[0]);
  for (unsigned i = 0; i < kWarpSize; ++i)
    if (warp.mask >> i & 1)
      d[i] = warp.barrierResult;
}

bool decodeBarrier(Instr &in) {
  if (in.has("warp")) {
    in.op.flow = Flow::Sync;
    in.op.maskOperand = 0;
    return in.has("sync") && in.expectOperands(1, 1) &&
           in.source(0, Type::B32) &&
           in.finish(warpBarrier, InstructionClass::Barrier);
  }
  if (in.has("cluster")) // a cluster of one CTA, whose warps meet
    return in.unsupported();
  in.has("cta");
  bool isAligned = in.has("aligned") || in.isRoot("bar");
  static const char *const kinds[] = {"sync", "arrive", "red", nullptr};
  int kind = in.oneOf(kinds);
  if (kind < 0)
    return in.unsupported();
  in.op.b = 0xffff;
  if (kind < 2) {
    unsigned count = in.operands();
    in.op.flow = kind == 0 ? Flow::Barrier : Flow::Arrive;
    in.op.mayDiverge = !isAligned;
    if (!in.expectOperands(kind == 0 ? 1 : 2, 2) || !in.source(0, Type::U32))
      return false;
    in.op.a = 0;
    if (count == 2) {
      in.op.b = 1;
      if (!in.source(1, Type::U32))
        return false;
    }
    return in.finish(nullptr, InstructionClass::Barrier);
  }
  static const char *const reductions[] = {"popc", "and", "or", nullptr};
  int reduction = in.oneOf(reductions);
  Type type = in.type();
  if (reduction < 0 || type != (reduction == 0 ? Type::U32 : Type::Pred))
    return in.unsupported();
  in.op.flow = Flow::Barrier;
  in.op.imm = reduction;
  in.op.a = 1;
  if (!in.expectOperands(3, 4) || !in.result(0, type) ||
      !in.source(1, Type::U32))
    return false;
  bool hasCount = in.operands() == 4;
  if (hasCount) {
    in.op.b = 2;
    if (!in.source(2, Type::U32))
      return false;
  }
  return in.sourcePredicate(2 + hasCount) &&
         in.finish(reduction == 0 ? reducedValue<uint32_t>
                                  : reducedValue<uint8_t>,
                   InstructionClass::Barrier);
}

/// Memory is always up to date here; what fences order, the race check knows.
void fence(Warp &warp, const Op &op) { runFence(warp, op.imm != 0); }

void proxyFence(Warp &warp, const Op &) {
  if (warp.cta->shadow.enabled())
    warp.cta->shadow.fenceProxy(warp.id, warp.mask);
}

/// fence.proxy: `.async` orders the generic proxy's accesses before those of
/// the asynchronous one; the others order what is not modelled.
bool decodeProxyFence(Instr &in) {
  static const char *const kinds[] = {"async", "alias", "tensormap::generic",
                                      nullptr};
  static const char *const spaces[] = {"global", "shared::cta",
                                       "shared::cluster", nullptr};
  static const char *const words[] = {"acquire", "release", "cta",  "cluster",
                                      "gpu",     "sys",     nullptr};
  int kind = in.oneOf(kinds);
  if (kind < 0)
    kind = in.has("async::generic") ? 0 : -1;
  if (kind < 0)
    return in.unsupported();
  int space = in.oneOf(spaces);
  while (in.oneOf(words) >= 0) {
  }
  bool orders = kind == 0 && space != 0;
  // fence.proxy.tensormap has an address and a size.
  return in.expectOperands(0, kind == 2 ? 2 : 0) &&
         in.finish(orders ? proxyFence : nullptr, InstructionClass::Fence);
}

bool decodeFence(Instr &in) {
  if (in.has("proxy"))
    return decodeProxyFence(in);
  static const char *const words[] = {
      "sc",   "acq_rel", "acquire", "release", "mbarrier_init", "sync_restrict",
      nullptr};
  static const char *const scopes[] = {"cta", "cluster", "gpu",
                                       "sys", "gl",      nullptr};
  while (in.oneOf(words) >= 0) {
  }
  int scope = in.oneOf(scopes);
  in.op.imm = scope != 0 && scope != 1;
  return in.expectOperands(0, 0) && in.finish(fence, InstructionClass::Fence);
}

/// setmaxnreg: how many registers a warp has is not modelled.
bool decodeRegisterCount(Instr &in) {
  int64_t count = 0;
  if ((!in.has("inc") && !in.has("dec")) || !in.has("sync") ||
      !in.has("aligned") || in.type() != Type::U32)
    return in.unsupported();
  if (!in.expectOperands(1, 1) || !in.immediate(0, count))
    return false;
  if (count < 24 || count > 256 || count % 8)
    return in.fail("the count must be a multiple of 8 in 24 to 256, not %lld",
                   (long long)count);
  in.op.flow = Flow::Sync;
  return in.finish(nullptr, InstructionClass::Other);
}

bool decodeSleep(Instr &in) {
  if (in.type() != Type::U32)
    return in.unsupported();
  return in.expectOperands(1, 1) && in.source(0, Type::U32) &&
         in.finish(nullptr, InstructionClass::Other);
}

void trap(Warp &warp, const Op &op) {
  warp.cta->fail(warp, op, __builtin_ctz(warp.mask), "trap");
}
bool decodeTrap(Instr &in) {
  return in.expectOperands(0, 0) && in.finish(trap, InstructionClass::Control);
}
bool decodeNothing(Instr &in) {
  return in.expectOperands(0, 1) && in.finish(nullptr, InstructionClass::Other);
}
bool decodeGridControl(Instr &in) {
  static const char *const words[] = {"launch_dependents", "wait", nullptr};
  if (in.oneOf(words) < 0)
    return in.unsupported();
  return in.expectOperands(0, 0) && in.finish(nullptr, InstructionClass::Other);
}

} // namespace

const InstructionRow *controlInstructions() {
  static const InstructionRow rows[] = {
      {"bar", decodeBarrier},
      {"barrier", decodeBarrier},
      {"membar", decodeFence},
      {"fence", decodeFence},
      {"setmaxnreg", decodeRegisterCount},
      {"nanosleep", decodeSleep},
      {"trap", decodeTrap},
      {"brkpt", decodeTrap},
      {"pmevent", decodeNothing},
      {"griddepcontrol", decodeGridControl},
      {nullptr, nullptr},
  };
  return rows;
}

} // namespace hinm::emulator::HINM_LANES

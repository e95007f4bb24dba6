//===- Products.cpp - wgmma between issue and wait --------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Products.h"
#include "Cta.h"
#include "Decode/AsyncRegisters.h"

using namespace hinm::emulator;

bool hinm::emulator::beginProduct(Warp &warp, const Op &op, const uint64_t *a,
                                  const uint64_t *b, uint32_t scale) {
  Cta &cta = *warp.cta;
  for (unsigned lane = 1; lane < kWarpSize; ++lane)
    if ((a && a[lane] != a[0]) || b[lane] != b[0] ||
        (scale >> lane & 1) != (scale & 1)) {
      cta.fail(warp, op, int(lane),
               "a descriptor or scale-d of wgmma differs from that of lane 0");
      return false;
    }
  IssuedProduct mine = {op.index, a ? a[0] : 0, b[0], bool(scale & 1)};
  if (warp.id / 4 * 4 + 4 > cta.launch.warps) {
    cta.fail(warp, op, -1,
             format("wgmma needs four warps, but the block has %u behind warp "
                    "%u",
                    cta.launch.warps - warp.id / 4 * 4, warp.id / 4 * 4));
    return false;
  }
  if (warp.registerFences == 0) {
    cta.fail(warp, op, -1, "wgmma without a wgmma.fence before the first");
    return false;
  }
  std::vector<IssuedProduct> &issued = cta.products[warp.id / 4];
  if (warp.products == issued.size())
    issued.push_back(mine);
  const IssuedProduct &other = issued[warp.products];
  if (other.op != mine.op) {
    cta.fail(
        warp, op, -1,
        "the warps of a warpgroup execute different wgmma: another is at " +
            cta.place(other.op));
    return false;
  }
  if (other.a != mine.a || other.b != mine.b || other.scale != mine.scale) {
    cta.fail(warp, op, -1,
             "a descriptor or scale-d of wgmma differs between the warps of a "
             "warpgroup");
    return false;
  }
  ++warp.products;
  cta.traffic[op.index].shared.requests += warp.id % 4 == 0;
  AsyncProduct product;
  product.op = op.index;
  product.group = warp.openGroup;
  warp.inFlight.push_back(std::move(product));
  return true;
}

const uint8_t *hinm::emulator::readOperand(Warp &warp, const Op &op,
                                           uint32_t address, bool counts) {
  Cta &cta = *warp.cta;
  uint64_t end = uint64_t(address) + 16;
  if (end > cta.launch.sharedBytes) {
    cta.fail(warp, op, -1,
             format("wgmma reads 16 bytes at shared address 0x%x: out of "
                    "bounds, the CTA has %u bytes of shared memory",
                    address, cta.launch.sharedBytes));
    return nullptr;
  }
  if (cta.shadow.enabled()) {
    if (!cta.shadow.beginAsyncRead(warp, op, address, 16))
      return nullptr;
    warp.inFlight.back().pieces.push_back(address);
  }
  if (counts) {
    MemoryTraffic &traffic = cta.traffic[op.index].shared;
    traffic.bytes += 16;
    // Eight pieces fill the banks, whatever the layout: see docs/Emulator.md.
    traffic.asked = traffic.needed = traffic.bytes / 128;
  }
  return cta.shared + address;
}

void hinm::emulator::commitProducts(Warp &warp) { ++warp.openGroup; }

void hinm::emulator::waitProducts(Warp &warp, uint32_t pending) {
  Cta &cta = *warp.cta;
  // Groups rise in order of issue: what is over stands in front.
  auto product = warp.inFlight.begin();
  for (; product != warp.inFlight.end() &&
         uint64_t(product->group) + pending < warp.openGroup;
       ++product)
    for (uint32_t address : product->pieces)
      cta.shadow.endAsyncRead(warp, product->op, address, 16);
  warp.inFlight.erase(warp.inFlight.begin(), product);
  if (warp.openGroup > pending)
    warp.finishedGroup =
        std::max(warp.finishedGroup, warp.openGroup - pending - 1);
}

//===----------------------------------------------------------------------===//
// Registers
//===----------------------------------------------------------------------===//

static bool isInFlight(const Warp &warp, const RegisterState &state) {
  return state.group > warp.finishedGroup;
}

/// "the wgmma at PTX line 7", of those in flight.
static std::string productOf(const Warp &warp, const RegisterState &state) {
  for (size_t i = warp.inFlight.size(); i-- > 0;)
    if (warp.inFlight[i].group == state.group)
      return "the wgmma at " + warp.cta->place(warp.inFlight[i].op);
  return "a wgmma";
}

static bool judgeRead(Warp &warp, const Op &op, const RegisterState &state) {
  if (!isInFlight(warp, state) || !state.isResult)
    return true;
  warp.cta->fail(warp, op, -1,
                 "reads an accumulator of " + productOf(warp, state) +
                     ", which no wgmma.wait_group has waited for");
  return false;
}

static bool judgeWrite(Warp &warp, const Op &op, const RegisterState &state) {
  if (!isInFlight(warp, state))
    return true;
  warp.cta->fail(warp, op, -1,
                 "changes a register of " + productOf(warp, state) +
                     ", which no wgmma.wait_group has waited for");
  return false;
}

void hinm::emulator::runStartAsync(Warp &warp, const Op &op) {
  if (!warp.cta->checks.asyncCopies)
    return;
  for (unsigned i = 0; i < op.operandCount; ++i) {
    RegisterState &state = *warp.at<RegisterState>(op.o[i]);
    bool isResult = i < op.imm;
    if (state.changed > warp.registerFences) {
      warp.cta->fail(warp, op, -1,
                     format("%s was changed after the last wgmma.fence",
                            isResult ? "an accumulator" : "a register of A"));
      return;
    }
    if (!isResult && !judgeRead(warp, op, state))
      return;
    state.isResult = isResult;
    state.group = warp.openGroup;
  }
}

void hinm::emulator::runTouchAsync(Warp &warp, const Op &op) {
  if (!warp.cta->checks.asyncCopies)
    return;
  for (unsigned i = 0; i < op.operandCount; ++i) {
    RegisterState &state = *warp.at<RegisterState>(op.o[i]);
    if (i < op.imm ? !judgeRead(warp, op, state) : !judgeWrite(warp, op, state))
      return;
    if (i >= op.imm)
      state.changed = warp.registerFences + 1;
  }
}

void hinm::emulator::runMoveAsync(Warp &warp, const Op &op) {
  if (!warp.cta->checks.asyncCopies)
    return;
  RegisterState moved = {0, 0, 0};
  for (unsigned i = 0; i < op.imm; ++i) {
    const RegisterState &source = *warp.at<RegisterState>(op.o[i]);
    moved.group = std::max(moved.group, source.group);
    moved.isResult |= source.isResult;
    moved.changed = std::max(moved.changed, source.changed);
  }
  for (unsigned i = unsigned(op.imm); i < op.operandCount; ++i) {
    RegisterState &state = *warp.at<RegisterState>(op.o[i]);
    // A value that goes round a loop comes back to where it was.
    if (!isInFlight(warp, moved) && !judgeWrite(warp, op, state))
      return;
    state = moved;
  }
}

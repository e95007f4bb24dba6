//===- Products.cpp - wgmma between issue and wait --------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Products.h"
#include "Cta.h"

using namespace hinm::emulator;

bool hinm::emulator::beginProduct(Warp &warp, const Op &op) {
  Cta &cta = *warp.cta;
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
  std::vector<uint32_t> &issued = cta.products[warp.id / 4];
  if (warp.products == issued.size()) {
    issued.push_back(op.index);
  } else if (issued[warp.products] != op.index) {
    cta.fail(
        warp, op, -1,
        "the warps of a warpgroup execute different wgmma: another is at " +
            cta.place(issued[warp.products]));
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
    // Eight pieces fill the banks, whatever the layout: see docs/emulator.md.
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
}

//===- Sync.h - order by fences and strong accesses -------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// PTX ISA 8 (memory consistency): a release is a strong write with .release, or
// one behind a fence; an acquire is a strong read with .acquire, or one before
// a fence. What a warp did before its release happens before what another does
// behind the acquire that reads it.
//
//===----------------------------------------------------------------------===//

#ifndef HINM_LIB_EMULATOR_EXECUTE_SYNC_H
#define HINM_LIB_EMULATOR_EXECUTE_SYNC_H

#include "Cta.h"

namespace hinm::emulator {

/// Bits of Op::order.
enum : uint8_t { kAcquire = 1, kRelease = 2 };

/// membar and fence; `wide`: their scope is more than the CTA.
void runFence(Warp &warp, bool wide);
/// A strong access or atomic of the lanes, which was judged already.
void noteStrongAccess(Warp &warp, const Op &op, const uint64_t *address,
                      uint32_t mask, Access kind, bool isGlobal);

} // namespace hinm::emulator

#endif // HINM_LIB_EMULATOR_EXECUTE_SYNC_H

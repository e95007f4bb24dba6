//===- AsyncCopies.h - cp.async between issue and wait ----------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The bytes of a copy are taken from global memory when it issues, and appear
// in shared memory only at the wait that guarantees them. Until then its
// destination may not be touched; that its source was not altered is seen when
// it lands.
//
//===----------------------------------------------------------------------===//

#ifndef HINM_LIB_EMULATOR_EXECUTE_ASYNCCOPIES_H
#define HINM_LIB_EMULATOR_EXECUTE_ASYNCCOPIES_H

#include "Access.h"

namespace hinm::emulator {

/// `sourceBytes` of the `bytes` come from `source`, the rest are zeros.
void issueCopy(Warp &warp, const Op &op, const uint64_t *destination,
               const uint64_t *source, const uint32_t *sourceBytes,
               uint32_t bytes);
void commitCopies(Warp &warp);
/// All but the `pending` newest groups of the lanes in the mask land.
void waitCopies(Warp &warp, const Op &op, uint32_t pending);
/// All copies of those lanes land, committed or not.
void waitAllCopies(Warp &warp, const Op &op);
/// The lane's copies that have not landed now belong to an mbarrier's phase ...
void handCopiesTo(Warp &warp, unsigned lane, std::vector<AsyncCopy *> &copies);
/// ... and land when it ends, at the agent's clock.
void landForMbarrier(Cta &cta, AsyncCopy *copy);

} // namespace hinm::emulator

#endif // HINM_LIB_EMULATOR_EXECUTE_ASYNCCOPIES_H

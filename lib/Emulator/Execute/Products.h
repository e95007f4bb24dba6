//===- Products.h - wgmma between issue and wait ----------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// PTX ISA 9.7.15. A product reads its operands when it issues; until the wait
// for its group, nothing may write to them. Each of the four warps of a
// warpgroup computes its 16 rows by itself; that they all issue the same
// products is checked.
//
//===----------------------------------------------------------------------===//

#ifndef HINM_LIB_EMULATOR_EXECUTE_PRODUCTS_H
#define HINM_LIB_EMULATOR_EXECUTE_PRODUCTS_H

#include "Warp.h"

namespace hinm::emulator {

/// Begins the warp's next product; false after a fault. The descriptors and
/// scale-d, by lane, must be the same in all lanes of the four warps; `a` is
/// null for A in registers.
bool beginProduct(Warp &warp, const Op &op, const uint64_t *a,
                  const uint64_t *b, uint32_t scale);
/// 16 bytes of an operand, from now until the wait. Null after a fault.
/// `counts`: whether they are traffic (the first warp reads for all).
const uint8_t *readOperand(Warp &warp, const Op &op, uint32_t address,
                           bool counts);
void commitProducts(Warp &warp);
/// All but the `pending` newest groups are over.
void waitProducts(Warp &warp, uint32_t pending);

} // namespace hinm::emulator

#endif // HINM_LIB_EMULATOR_EXECUTE_PRODUCTS_H

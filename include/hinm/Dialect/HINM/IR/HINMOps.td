//===- HINMOps.td - all ops of the hinm dialect -------------*- tablegen -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HINM_DIALECT_HINM_IR_HINMOPS_TD
#define HINM_DIALECT_HINM_IR_HINMOPS_TD

include "hinm/Dialect/HINM/IR/HINMDeviceOps.td"
include "hinm/Dialect/HINM/IR/HINMEncodedOps.td"
include "hinm/Dialect/HINM/IR/HINMStorageOps.td"

#endif // HINM_DIALECT_HINM_IR_HINMOPS_TD

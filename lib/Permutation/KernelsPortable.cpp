//===- KernelsPortable.cpp - the inner loops for any machine ----*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#define HINM_KERNEL_TABLE portableKernels
#define HINM_KERNEL_NAME "portable"
#define HINM_NATIVE_LANES 4
#include "KernelsBody.h"

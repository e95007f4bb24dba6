//===- KernelsAVX2.cpp - the inner loops for AVX2 ---------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#define HINM_KERNEL_TABLE avx2Kernels
#define HINM_KERNEL_NAME "avx2"
#define HINM_NATIVE_LANES 8
#include "KernelsBody.h"

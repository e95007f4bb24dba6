//===- KernelsAVX512.cpp - the inner loops for AVX-512 ----------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#define HINM_KERNEL_TABLE avx512Kernels
#define HINM_KERNEL_NAME "avx512"
#define HINM_NATIVE_LANES 16
#include "KernelsBody.h"

//===- Kernels.cpp - which instruction set runs -----------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Kernels.h"

#include <cstring>

using namespace hinm::permutation;

static const KernelTable *overriding = nullptr;

static bool supported(const KernelTable *table) {
#ifdef HINM_X86_KERNELS
  if (table == &avx512Kernels)
    return __builtin_cpu_supports("avx512f") &&
           __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512bw");
  if (table == &avx2Kernels)
    return __builtin_cpu_supports("avx2");
#endif
  return table == &portableKernels;
}

static const KernelTable *const tables[] = {
#ifdef HINM_X86_KERNELS
    &avx512Kernels, &avx2Kernels,
#endif
    &portableKernels};

const KernelTable *hinm::permutation::kernelsNamed(const char *name) {
  for (const KernelTable *table : tables)
    if (std::strcmp(table->name, name) == 0)
      return supported(table) ? table : nullptr;
  return nullptr;
}

const KernelTable &hinm::permutation::kernels() {
  if (overriding)
    return *overriding;
  static const KernelTable *const best = [] {
    for (const KernelTable *table : tables)
      if (supported(table))
        return table;
    return &portableKernels;
  }();
  return *best;
}

void hinm::permutation::overrideKernels(const KernelTable *table) {
  overriding = table;
}

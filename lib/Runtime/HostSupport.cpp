//===- HostSupport.cpp - what compiled host code needs besides GPUs -*- C++
//-*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hinm/Runtime/Mgpu.h"

#include <cstring>
#include <vector>

namespace {
/// MLIR's unranked memref, and a ranked descriptor's words.
struct UnrankedMemRef {
  int64_t rank;
  int64_t *descriptor;
};

struct Strided {
  explicit Strided(const UnrankedMemRef &memref, int64_t elementBytes)
      : sizes(memref.descriptor + 3),
        strides(memref.descriptor + 3 + memref.rank),
        base(reinterpret_cast<char *>(memref.descriptor[1]) +
             memref.descriptor[2] * elementBytes) {}
  const int64_t *sizes;
  const int64_t *strides;
  char *base;
};
} // namespace

void memrefCopy(int64_t elementBytes, void *from, void *to) {
  const auto &source = *static_cast<const UnrankedMemRef *>(from);
  const auto &target = *static_cast<const UnrankedMemRef *>(to);
  int64_t rank = source.rank;
  Strided in(source, elementBytes), out(target, elementBytes);
  for (int64_t i = 0; i < rank; ++i)
    if (in.sizes[i] == 0)
      return;
  auto bytes = static_cast<size_t>(elementBytes);
  // Counts through all indices, the last one fastest.
  std::vector<int64_t> index(static_cast<size_t>(rank), 0);
  char *read = in.base, *write = out.base;
  while (true) {
    std::memcpy(write, read, bytes);
    int64_t dim = rank - 1;
    for (; dim >= 0; --dim) {
      auto place = static_cast<size_t>(dim);
      read += in.strides[dim] * elementBytes;
      write += out.strides[dim] * elementBytes;
      if (++index[place] != in.sizes[dim])
        break;
      read -= in.sizes[dim] * in.strides[dim] * elementBytes;
      write -= in.sizes[dim] * out.strides[dim] * elementBytes;
      index[place] = 0;
    }
    if (dim < 0)
      return;
  }
}

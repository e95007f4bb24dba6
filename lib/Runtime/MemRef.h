//===- MemRef.h - MLIR's ranked memref descriptors --------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HINM_LIB_RUNTIME_MEMREF_H
#define HINM_LIB_RUNTIME_MEMREF_H

#include "hinm/Runtime/ElementType.h"

#include <vector>

namespace hinm::runtime {

/// {allocated, aligned, offset, sizes[rank], strides[rank]}, all of 8 bytes, of
/// a packed row-major array.
class MemRef {
public:
  MemRef(const void *data, const Shape &shape) : words(3 + 2 * shape.size()) {
    words[0] = words[1] = reinterpret_cast<int64_t>(data);
    int64_t stride = 1;
    for (size_t i = shape.size(); i-- > 0;) {
      words[3 + i] = shape[i];
      words[3 + shape.size() + i] = stride;
      stride *= shape[i];
    }
  }
  void *descriptor() { return words.data(); }

private:
  std::vector<int64_t> words;
};

/// The argument array of an ABI function: each element points to a pointer to a
/// descriptor (or to another argument).
class Arguments {
public:
  explicit Arguments(size_t count) { pointers.reserve(count); }
  void add(void *pointer) {
    // The elements of `args` point into `pointers`, which must not move.
    pointers.push_back(pointer);
    args.push_back(&pointers.back());
  }
  void **data() { return args.data(); }

private:
  std::vector<void *> pointers;
  std::vector<void *> args;
};

} // namespace hinm::runtime

#endif // HINM_LIB_RUNTIME_MEMREF_H

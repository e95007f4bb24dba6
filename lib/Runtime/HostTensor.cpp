//===- HostTensor.cpp - an array in host memory -----------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hinm/Runtime/HostTensor.h"

#include <cstring>

using namespace hinm::runtime;

Result<AlignedBuffer> AlignedBuffer::allocate(size_t size) {
  constexpr size_t kAlignment = 64;
  AlignedBuffer buffer;
  buffer.size_ = size;
  // aligned_alloc wants a multiple of the alignment; an empty buffer has an
  // address too.
  size_t rounded = (size / kAlignment + 1) * kAlignment;
  buffer.data_.reset(
      static_cast<std::byte *>(std::aligned_alloc(kAlignment, rounded)));
  if (!buffer.data_)
    return failure("out of memory: cannot allocate ", size, " bytes");
  std::memset(buffer.data_.get(), 0, size);
  return buffer;
}

Result<HostTensor> HostTensor::create(ElementType type, Shape shape) {
  std::optional<int64_t> bytes = byteCount(type, shape);
  if (!bytes)
    return failure("an array of ", describe(shape, type),
                   " does not fit into memory");
  Result<AlignedBuffer> buffer =
      AlignedBuffer::allocate(static_cast<size_t>(*bytes));
  if (buffer.failed())
    return buffer.status();
  HostTensor tensor;
  tensor.type_ = type;
  tensor.count_ = *elementCount(shape);
  tensor.shape_ = std::move(shape);
  tensor.buffer_ = buffer.take();
  return tensor;
}

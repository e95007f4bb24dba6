//===- HostTensor.h - an array in host memory -------------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HINM_RUNTIME_HOSTTENSOR_H
#define HINM_RUNTIME_HOSTTENSOR_H

#include "hinm/Runtime/ElementType.h"
#include "hinm/Runtime/Error.h"

#include <cstddef>
#include <cstdlib>
#include <memory>

namespace hinm::runtime {

/// Bytes aligned to 64, zero-initialised, owned.
class AlignedBuffer {
public:
  AlignedBuffer() = default;
  /// Allocates; the failure says how many bytes were asked for.
  static Result<AlignedBuffer> allocate(size_t size);

  std::byte *data() { return data_.get(); }
  const std::byte *data() const { return data_.get(); }
  size_t size() const { return size_; }

private:
  struct Free {
    void operator()(std::byte *pointer) const { std::free(pointer); }
  };
  std::unique_ptr<std::byte[], Free> data_;
  size_t size_ = 0;
};

/// A row-major array in host memory, owned.
class HostTensor {
public:
  HostTensor() = default;
  /// A zero-filled array.
  static Result<HostTensor> create(ElementType type, Shape shape);

  ElementType type() const { return type_; }
  const Shape &shape() const { return shape_; }
  std::byte *data() { return buffer_.data(); }
  const std::byte *data() const { return buffer_.data(); }
  /// Elements, and bytes of all of them.
  int64_t count() const { return count_; }
  size_t bytes() const { return static_cast<size_t>(count_) * byteSize(type_); }

private:
  ElementType type_ = ElementType::F32;
  Shape shape_;
  int64_t count_ = 0;
  AlignedBuffer buffer_;
};

} // namespace hinm::runtime

#endif // HINM_RUNTIME_HOSTTENSOR_H

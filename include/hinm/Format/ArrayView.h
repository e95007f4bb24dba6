//===- ArrayView.h - a borrowed run of elements -----------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Arguments of the format and permutation libraries. They own nothing, so that
// a caller may pass std::vector, llvm::ArrayRef or a mapped file alike.
//
//===----------------------------------------------------------------------===//

#ifndef HINM_FORMAT_ARRAYVIEW_H
#define HINM_FORMAT_ARRAYVIEW_H

#include <cassert>
#include <cstdint>
#include <type_traits>
#include <utility>

namespace hinm::format {

/// `size` elements at `data`, owned by somebody else.
template <typename T>
class ArrayView {
public:
  ArrayView() = default;
  ArrayView(const T *data, int64_t size) : first(data), count(size) {}

  /// From anything contiguous with data() and size().
  template <typename Container,
            typename = std::enable_if_t<std::is_convertible_v<
                decltype(std::declval<const Container &>().data()), const T *>>>
  ArrayView(const Container &container)
      : first(container.data()), count(static_cast<int64_t>(container.size())) {
  }

  const T *data() const { return first; }
  int64_t size() const { return count; }
  bool empty() const { return count == 0; }
  const T *begin() const { return first; }
  const T *end() const { return first + count; }
  const T &operator[](int64_t i) const {
    assert(i >= 0 && i < count && "index out of range");
    return first[i];
  }

private:
  const T *first = nullptr;
  int64_t count = 0;
};

/// A row-major f32 matrix, `rows` x `columns` (for a weight: output channels x
/// input channels), owned by somebody else.
struct MatrixView {
  const float *data = nullptr;
  int64_t rows = 0;
  int64_t columns = 0;

  const float *row(int64_t r) const {
    assert(r >= 0 && r < rows && "row out of range");
    return data + r * columns;
  }
  float at(int64_t r, int64_t c) const {
    assert(c >= 0 && c < columns && "column out of range");
    return row(r)[c];
  }
};

} // namespace hinm::format

#endif // HINM_FORMAT_ARRAYVIEW_H

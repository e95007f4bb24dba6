//===- SafeTensors.h - named arrays in one file -----------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The safetensors format: a little-endian u64 with the header's length, a JSON
// header `{name: {"dtype", "shape", "data_offsets": [begin, end]}}`, then the
// data without holes. Element types F16, BF16, F32, F64, I8, I16, I32, I64, U8
// and BOOL.
//
//===----------------------------------------------------------------------===//

#ifndef HINM_RUNTIME_SAFETENSORS_H
#define HINM_RUNTIME_SAFETENSORS_H

#include "hinm/Runtime/ElementType.h"
#include "hinm/Runtime/Error.h"
#include "hinm/Runtime/FileIO.h"

#include <map>
#include <string>
#include <vector>

namespace hinm::runtime {

/// A named array whose bytes belong to somebody else.
struct TensorView {
  ElementType type = ElementType::F32;
  Shape shape;
  const std::byte *data = nullptr;
  size_t bytes = 0;
};

/// A safetensors file, mapped and validated in full when it is opened: header
/// length, JSON, element types, shapes, and offsets that cover the data without
/// a hole or an overlap.
class SafeTensors {
public:
  static Result<SafeTensors> open(const std::string &path);

  /// The arrays by name; their bytes live as long as this object does.
  const std::map<std::string, TensorView> &tensors() const { return tensors_; }
  /// The array with that name, or null.
  const TensorView *find(const std::string &name) const;
  /// The `__metadata__` entry.
  const std::map<std::string, std::string> &metadata() const {
    return metadata_;
  }
  const std::string &path() const { return path_; }

private:
  std::string path_;
  MappedFile file_;
  std::map<std::string, TensorView> tensors_;
  std::map<std::string, std::string> metadata_;
};

/// One array to be written.
struct NamedTensor {
  std::string name;
  TensorView tensor;
};

/// Writes the arrays, atomically. Data are laid out by descending element size,
/// then in the given order, from an offset that is a multiple of 64: every
/// array is aligned to its element size. Names must be unique.
Status
writeSafeTensors(const std::string &path,
                 const std::vector<NamedTensor> &tensors,
                 const std::map<std::string, std::string> &metadata = {});

} // namespace hinm::runtime

#endif // HINM_RUNTIME_SAFETENSORS_H

//===- Weight.cpp - matrices from .npy and .safetensors files ---*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Weight.h"

#include "hinm/Runtime/Npy.h"
#include "hinm/Runtime/SafeTensors.h"

#include <cstring>

using namespace hinm::tool;
using namespace hinm::runtime;

static Result<Matrix> toMatrix(const std::string &source, const char *what,
                               ElementType type, const Shape &shape,
                               const void *data) {
  if (shape.size() != 2 || !isFloat(type))
    return failure(what, " '", source, "' is ", describe(shape, type),
                   ", expected a matrix of floating-point numbers");
  Matrix matrix;
  matrix.rows = shape[0];
  matrix.columns = shape[1];
  matrix.data.resize(static_cast<size_t>(shape[0] * shape[1]));
  if (type == ElementType::F32)
    std::memcpy(matrix.data.data(), data, 4 * matrix.data.size());
  else
    for (size_t i = 0; i < matrix.data.size(); ++i)
      matrix.data[i] = static_cast<float>(elementAsDouble(type, data, i));
  return matrix;
}

Result<Matrix> hinm::tool::readMatrix(const std::string &source,
                                      const char *what) {
  static const std::string suffix = ".safetensors";
  size_t at = source.rfind(suffix);
  bool inSafeTensors =
      at != std::string::npos && (at + suffix.size() == source.size() ||
                                  source[at + suffix.size()] == ':');
  if (!inSafeTensors) {
    Result<HostTensor> tensor = readNpy(source);
    if (tensor.failed())
      return tensor.status();
    return toMatrix(source, what, tensor->type(), tensor->shape(),
                    tensor->data());
  }
  std::string path = source.substr(0, at + suffix.size());
  std::string name = source.size() > path.size()
                         ? source.substr(path.size() + 1)
                         : std::string();
  Result<SafeTensors> file = SafeTensors::open(path);
  if (file.failed())
    return file.status();
  const TensorView *tensor = file->find(name);
  if (!tensor) {
    std::string known;
    int64_t listed = 0;
    for (const auto &[other, view] : file->tensors()) {
      if (view.shape.size() != 2 || !isFloat(view.type))
        continue;
      if (++listed > 5) {
        known += ", ...";
        break;
      }
      known += (known.empty() ? "" : ", ") + other;
    }
    return failure(what, " '", source, "' names no array of ", path,
                   ", expected ", path, ":NAME with a matrix such as ",
                   known.empty() ? "(there is none)" : known);
  }
  return toMatrix(source, what, tensor->type, tensor->shape, tensor->data);
}

//===- Weight.h - matrices from .npy and .safetensors files -----*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HINM_TOOLS_HINM_SEARCH_WEIGHT_H
#define HINM_TOOLS_HINM_SEARCH_WEIGHT_H

#include "hinm/Format/ArrayView.h"
#include "hinm/Runtime/Error.h"

#include <string>
#include <vector>

namespace hinm::tool {

/// A row-major matrix of our own.
struct Matrix {
  std::vector<float> data;
  int64_t rows = 0;
  int64_t columns = 0;

  format::MatrixView view() const { return {data.data(), rows, columns}; }
};

/// Reads a floating-point matrix as f32. `what` names it in messages.
runtime::Result<Matrix> readMatrix(const std::string &source, const char *what);

} // namespace hinm::tool

#endif // HINM_TOOLS_HINM_SEARCH_WEIGHT_H

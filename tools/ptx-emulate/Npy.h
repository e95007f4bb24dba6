//===- Npy.h - arrays in .npy files -----------------------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HINM_TOOLS_PTX_EMULATE_NPY_H
#define HINM_TOOLS_PTX_EMULATE_NPY_H

#include "hinm/Emulator/Result.h"

#include <cstdint>
#include <string>
#include <vector>

namespace ptx_emulate {

struct Array {
  /// numpy's type, such as "<f2".
  std::string type;
  std::vector<uint64_t> shape;
  std::vector<uint8_t> data;
};

/// C order, little-endian; versions 1 to 3 of the format.
hinm::emulator::Result<Array> readNpy(const std::string &path);
/// The file's contents.
std::string npyFile(const Array &array);
/// numpy's name and size of an element type such as "f16"; bf16 becomes "<u2".
bool elementType(const std::string &name, std::string &numpyName,
                 uint64_t &bytes);

} // namespace ptx_emulate

#endif // HINM_TOOLS_PTX_EMULATE_NPY_H

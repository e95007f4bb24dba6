//===- Npy.h - NumPy array files --------------------------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Reads and writes `.npy` files (NumPy enhancement proposal 1, format versions
// 1.0 to 3.0): little-endian, C order, element types f16, f32, f64, bool, i8,
// i16, i32, i64, u8. bf16 is the two-byte void type (`<V2`) that NumPy writes
// for ml_dtypes' bfloat16.
//
//===----------------------------------------------------------------------===//

#ifndef HINM_RUNTIME_NPY_H
#define HINM_RUNTIME_NPY_H

#include "hinm/Runtime/HostTensor.h"

#include <string>

namespace hinm::runtime {

/// Reads an array. A file that is no array, is truncated or too long, is in
/// Fortran order or big-endian, or holds another element type, gives one
/// message that names the file, what was found and what was expected.
Result<HostTensor> readNpy(const std::string &path);

/// Writes an array, atomically (version 1.0, or 2.0 for a huge header).
Status writeNpy(const std::string &path, ElementType type, const Shape &shape,
                const void *data);

} // namespace hinm::runtime

#endif // HINM_RUNTIME_NPY_H

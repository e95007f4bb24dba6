//===- Sha256.h - SHA-256 of bytes and files --------------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HINM_RUNTIME_SHA256_H
#define HINM_RUNTIME_SHA256_H

#include "hinm/Runtime/Error.h"

#include <cstddef>
#include <string>

namespace hinm::runtime {

/// The digest in 64 lower-case hexadecimal digits (FIPS 180-4).
std::string sha256(const void *data, size_t size);

/// The digest of a file's bytes.
Result<std::string> sha256File(const std::string &path);

} // namespace hinm::runtime

#endif // HINM_RUNTIME_SHA256_H

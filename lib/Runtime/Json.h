//===- Json.h - JSON text to values, without exceptions ---------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HINM_LIB_RUNTIME_JSON_H
#define HINM_LIB_RUNTIME_JSON_H

#include "hinm/Runtime/Error.h"

#include <nlohmann/json.hpp>

#include <string_view>

namespace hinm::runtime {

/// Parses JSON text; a key that occurs twice in one object is an error. The
/// failure says at which byte and why, without naming the file.
Result<nlohmann::json> parseJson(std::string_view text);

/// The kind of a value for messages, such as "a string".
const char *describeKind(const nlohmann::json &value);

/// The value as a non-negative integer that fits into 63 bits, or nothing.
std::optional<int64_t> asSize(const nlohmann::json &value);

} // namespace hinm::runtime

#endif // HINM_LIB_RUNTIME_JSON_H

//===- ElementType.h - element types, shapes and their names ----*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HINM_RUNTIME_ELEMENTTYPE_H
#define HINM_RUNTIME_ELEMENTTYPE_H

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hinm::runtime {

/// Element types of arrays at the boundary of an artifact. All are stored
/// little-endian. I1 takes one byte that is 0 or 1.
enum class ElementType : uint8_t {
  F16,
  BF16,
  F32,
  F64,
  I1,
  I8,
  I16,
  I32,
  I64,
  U8
};

/// A dimension whose size is known only at run time, `?` in a manifest.
constexpr int64_t kDynamic = -1;

using Shape = std::vector<int64_t>;

/// Bytes of one element.
size_t byteSize(ElementType type);

/// MLIR's name of a type: f16, bf16, f32, f64, i1, i8, i16, i32, i64, and u8.
const char *name(ElementType type);

/// The type with that name, or nothing.
std::optional<ElementType> parseElementType(std::string_view name);

/// True for f16, bf16, f32 and f64.
bool isFloat(ElementType type);

/// Number of elements of a static shape; nothing when it is negative or does
/// not fit into 63 bits.
std::optional<int64_t> elementCount(const Shape &shape);

/// Bytes of a row-major array; nothing when they do not fit into 63 bits.
std::optional<int64_t> byteCount(ElementType type, const Shape &shape);

/// The shape and type in MLIR's notation, such as `?x384xf32`.
std::string describe(const Shape &shape, ElementType type);

/// The shape alone, such as `128x384`; `scalar` for rank 0.
std::string describe(const Shape &shape);

/// True when `found` has the rank of `expected` and its sizes wherever
/// `expected` is static.
bool matches(const Shape &found, const Shape &expected);

/// Element `index` of a packed array, converted to double. (An i64 beyond 2^53
/// is rounded.)
double elementAsDouble(ElementType type, const void *data, size_t index);

/// IEEE binary16 and bfloat16 bit patterns, converted exactly.
float halfToFloat(uint16_t bits);
float bfloat16ToFloat(uint16_t bits);

} // namespace hinm::runtime

#endif // HINM_RUNTIME_ELEMENTTYPE_H

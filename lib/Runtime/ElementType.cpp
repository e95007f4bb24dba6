//===- ElementType.cpp - element types, shapes and their names --*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hinm/Runtime/ElementType.h"

#include <cstring>

using namespace hinm::runtime;

namespace {
struct TypeInfo {
  ElementType type;
  const char *name;
  size_t bytes;
};

constexpr TypeInfo kTypes[] = {
    {ElementType::F16, "f16", 2}, {ElementType::BF16, "bf16", 2},
    {ElementType::F32, "f32", 4}, {ElementType::F64, "f64", 8},
    {ElementType::I1, "i1", 1},   {ElementType::I8, "i8", 1},
    {ElementType::I16, "i16", 2}, {ElementType::I32, "i32", 4},
    {ElementType::I64, "i64", 8}, {ElementType::U8, "u8", 1},
};

/// Reads a T at a place that need not be aligned.
template <typename T>
T load(const void *data, size_t index) {
  T value;
  std::memcpy(&value, static_cast<const char *>(data) + index * sizeof(T),
              sizeof(T));
  return value;
}
} // namespace

size_t hinm::runtime::byteSize(ElementType type) {
  return kTypes[static_cast<size_t>(type)].bytes;
}

const char *hinm::runtime::name(ElementType type) {
  return kTypes[static_cast<size_t>(type)].name;
}

std::optional<ElementType>
hinm::runtime::parseElementType(std::string_view name) {
  for (const TypeInfo &info : kTypes)
    if (name == info.name)
      return info.type;
  return std::nullopt;
}

bool hinm::runtime::isFloat(ElementType type) {
  return type == ElementType::F16 || type == ElementType::BF16 ||
         type == ElementType::F32 || type == ElementType::F64;
}

std::optional<int64_t> hinm::runtime::elementCount(const Shape &shape) {
  for (int64_t size : shape)
    if (size < 0)
      return std::nullopt;
  for (int64_t size : shape)
    if (size == 0)
      return 0;
  int64_t count = 1;
  for (int64_t size : shape)
    if (__builtin_mul_overflow(count, size, &count))
      return std::nullopt;
  return count;
}

std::optional<int64_t> hinm::runtime::byteCount(ElementType type,
                                                const Shape &shape) {
  std::optional<int64_t> count = elementCount(shape);
  int64_t bytes = 0;
  if (!count || __builtin_mul_overflow(
                    *count, static_cast<int64_t>(byteSize(type)), &bytes))
    return std::nullopt;
  return bytes;
}

static std::string joinSizes(const Shape &shape) {
  std::string text;
  for (int64_t size : shape) {
    if (!text.empty())
      text += 'x';
    text += size == kDynamic ? "?" : std::to_string(size);
  }
  return text;
}

std::string hinm::runtime::describe(const Shape &shape, ElementType type) {
  std::string sizes = joinSizes(shape);
  return sizes.empty() ? name(type) : sizes + 'x' + name(type);
}

std::string hinm::runtime::describe(const Shape &shape) {
  return shape.empty() ? "scalar" : joinSizes(shape);
}

bool hinm::runtime::matches(const Shape &found, const Shape &expected) {
  if (found.size() != expected.size())
    return false;
  for (size_t i = 0; i < found.size(); ++i)
    if (expected[i] != kDynamic && expected[i] != found[i])
      return false;
  return true;
}

float hinm::runtime::halfToFloat(uint16_t bits) {
  uint32_t sign = static_cast<uint32_t>(bits & 0x8000) << 16;
  uint32_t exponent = (bits >> 10) & 0x1f;
  uint32_t mantissa = bits & 0x3ff;
  if (exponent == 0) {
    // Zero and subnormals: mantissa * 2^-24, exact in binary32.
    float magnitude = static_cast<float>(mantissa) * 0x1p-24f;
    return sign ? -magnitude : magnitude;
  }
  // 112 = 127 - 15 moves the bias; infinities and NaNs get all ones.
  uint32_t wide = exponent == 31 ? 255 : exponent + 112;
  uint32_t pattern = sign | wide << 23 | mantissa << 13;
  return load<float>(&pattern, 0);
}

float hinm::runtime::bfloat16ToFloat(uint16_t bits) {
  uint32_t wide = static_cast<uint32_t>(bits) << 16;
  return load<float>(&wide, 0);
}

double hinm::runtime::elementAsDouble(ElementType type, const void *data,
                                      size_t index) {
  switch (type) {
  case ElementType::F16:
    return halfToFloat(load<uint16_t>(data, index));
  case ElementType::BF16:
    return bfloat16ToFloat(load<uint16_t>(data, index));
  case ElementType::F32:
    return load<float>(data, index);
  case ElementType::F64:
    return load<double>(data, index);
  case ElementType::I1:
  case ElementType::U8:
    return load<uint8_t>(data, index);
  case ElementType::I8:
    return load<int8_t>(data, index);
  case ElementType::I16:
    return load<int16_t>(data, index);
  case ElementType::I32:
    return load<int32_t>(data, index);
  case ElementType::I64:
    return static_cast<double>(load<int64_t>(data, index));
  }
  return 0;
}

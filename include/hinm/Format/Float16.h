//===- Float16.h - the 16-bit element types ---------------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Conversions in integer arithmetic: the same bits on every machine, whatever
// its rounding mode or flush-to-zero setting.
//
//===----------------------------------------------------------------------===//

#ifndef HINM_FORMAT_FLOAT16_H
#define HINM_FORMAT_FLOAT16_H

#include <cstdint>

namespace hinm::format {

/// Type of a stored value: IEEE binary16, or bfloat16.
enum class ElementType : uint8_t { F16, BF16 };

/// "f16" or "bf16".
const char *name(ElementType type);

/// Round to nearest, ties to even. Beyond the largest finite value: infinity.
/// NaN stays NaN (quiet, the upper bits of its payload kept).
uint16_t floatToHalf(float value);
uint16_t floatToBFloat16(float value);

/// Exact.
float halfToFloat(uint16_t bits);
float bfloat16ToFloat(uint16_t bits);

/// The same, by element type.
uint16_t fromFloat(float value, ElementType type);
float toFloat(uint16_t bits, ElementType type);

/// Whether `bits` is neither infinite nor NaN.
bool isFinite(uint16_t bits, ElementType type);

} // namespace hinm::format

#endif // HINM_FORMAT_FLOAT16_H

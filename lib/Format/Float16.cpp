//===- Float16.cpp - rounding to 16-bit floats and back ---------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hinm/Format/Float16.h"

#include <cstring>

using namespace hinm::format;

static uint32_t bitsOf(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}

static float floatOf(uint32_t bits) {
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

/// value >> shift, rounded to nearest, ties to even. 1 <= shift <= 31.
static uint32_t shiftRounded(uint32_t value, int shift) {
  uint32_t kept = value >> shift;
  uint32_t rest = value & ((1u << shift) - 1);
  uint32_t half = 1u << (shift - 1);
  return kept + (rest > half || (rest == half && (kept & 1)));
}

const char *hinm::format::name(ElementType type) {
  return type == ElementType::F16 ? "f16" : "bf16";
}

uint16_t hinm::format::floatToHalf(float value) {
  uint32_t bits = bitsOf(value);
  auto sign = static_cast<uint16_t>(bits >> 16 & 0x8000);
  uint32_t magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) // NaN
    return sign | 0x7e00 | static_cast<uint16_t>(magnitude >> 13 & 0x1ff);
  // From 65520 on (the middle between the largest half and 2^16): infinity.
  if (magnitude >= 0x477ff000)
    return sign | 0x7c00;
  if (magnitude >= 0x38800000) // at least 2^-14: normal; move the bias by 112
    return sign |
           static_cast<uint16_t>(shiftRounded(magnitude - (112u << 23), 13));
  if (magnitude < 0x33000000) // below 2^-25: zero
    return sign;
  // Denormal: units of 2^-24. The mantissa with its hidden bit is in units of
  // 2^(exponent - 150).
  int exponent = static_cast<int>(magnitude >> 23);
  uint32_t mantissa = (magnitude & 0x7fffff) | 0x800000;
  return sign | static_cast<uint16_t>(shiftRounded(mantissa, 126 - exponent));
}

uint16_t hinm::format::floatToBFloat16(float value) {
  uint32_t bits = bitsOf(value);
  if ((bits & 0x7fffffff) > 0x7f800000) // NaN: quiet, never rounded
    return static_cast<uint16_t>(bits >> 16 | 0x40);
  auto sign = static_cast<uint16_t>(bits >> 16 & 0x8000);
  return sign | static_cast<uint16_t>(shiftRounded(bits & 0x7fffffff, 16));
}

float hinm::format::halfToFloat(uint16_t half) {
  uint32_t sign = static_cast<uint32_t>(half & 0x8000) << 16;
  uint32_t exponent = half >> 10 & 0x1f;
  uint32_t mantissa = half & 0x3ff;
  if (exponent == 0x1f) // infinity, NaN
    return floatOf(sign | 0x7f800000 | mantissa << 13);
  if (exponent != 0)
    return floatOf(sign | (exponent + 112) << 23 | mantissa << 13);
  if (mantissa == 0)
    return floatOf(sign);
  // Denormal: shift its leading one to the hidden bit's place.
  uint32_t biased = 113;
  while (!(mantissa & 0x400)) {
    mantissa <<= 1;
    --biased;
  }
  return floatOf(sign | biased << 23 | (mantissa & 0x3ff) << 13);
}

float hinm::format::bfloat16ToFloat(uint16_t bits) {
  return floatOf(static_cast<uint32_t>(bits) << 16);
}

uint16_t hinm::format::fromFloat(float value, ElementType type) {
  return type == ElementType::F16 ? floatToHalf(value) : floatToBFloat16(value);
}

float hinm::format::toFloat(uint16_t bits, ElementType type) {
  return type == ElementType::F16 ? halfToFloat(bits) : bfloat16ToFloat(bits);
}

bool hinm::format::isFinite(uint16_t bits, ElementType type) {
  uint16_t exponent = type == ElementType::F16 ? 0x7c00 : 0x7f80;
  return (bits & exponent) != exponent;
}

//===- Fragments.h - elements of the tensor cores' registers ----*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What mma and wgmma share: `Format::load` takes a 32-bit word and the number
// of one of the `Format::elements` in it.
//
//===----------------------------------------------------------------------===//

#ifndef HINM_LIB_EMULATOR_INSTRUCTIONS_FRAGMENTS_H
#define HINM_LIB_EMULATOR_INSTRUCTIONS_FRAGMENTS_H

#include "SmallFloat.h"

namespace hinm::emulator::HINM_LANES {

struct Halves {
  using Value = float;
  static constexpr unsigned elements = 2;
  static float load(uint32_t word, unsigned e) {
    return halfToFloat(uint16_t(word >> 16 * e));
  }
};
struct Bfloats {
  using Value = float;
  static constexpr unsigned elements = 2;
  static float load(uint32_t word, unsigned e) {
    return bitCast<float>(e ? word & 0xffff0000u : word << 16);
  }
};
struct Tf32 {
  using Value = float;
  static constexpr unsigned elements = 1;
  static float load(uint32_t word, unsigned) {
    return bitCast<float>(word & 0xffffe000u);
  }
};

struct E4m3s {
  using Value = float;
  static constexpr unsigned elements = 4;
  static float load(uint32_t word, unsigned e) {
    return e4m3ToFloat(uint8_t(word >> 8 * e));
  }
};
struct E5m2s {
  using Value = float;
  static constexpr unsigned elements = 4;
  static float load(uint32_t word, unsigned e) {
    return e5m2ToFloat(uint8_t(word >> 8 * e));
  }
};

inline int32_t byteOf(uint32_t word, unsigned e, bool isSigned) {
  uint8_t byte = uint8_t(word >> 8 * e);
  return isSigned ? int32_t(int8_t(byte)) : int32_t(byte);
}
template <bool IsSigned>
struct Bytes {
  using Value = int32_t;
  static constexpr unsigned elements = 4;
  static int32_t load(uint32_t word, unsigned e) {
    return byteOf(word, e, IsSigned);
  }
};

/// One register as 8 rows of 4 * elements values.
template <typename Format>
inline void unpackBlock(const uint32_t *words, typename Format::Value *out,
                        unsigned pitch) {
  constexpr unsigned n = Format::elements;
  for (unsigned g = 0; g < 8; ++g)
    for (unsigned q = 0; q < 4; ++q)
      for (unsigned e = 0; e < n; ++e)
        out[g * pitch + q * n + e] = Format::load(words[4 * g + q], e);
}
#ifdef __F16C__
template <>
inline void unpackBlock<Halves>(const uint32_t *words, float *out,
                                unsigned pitch) {
  for (unsigned g = 0; g < 8; ++g) {
    __m128i row =
        _mm_loadu_si128(reinterpret_cast<const __m128i *>(words + 4 * g));
    _mm256_storeu_ps(out + g * pitch, _mm256_cvtph_ps(row));
  }
}
#endif

/// run<A, B> of the two 8-bit formats.
#define HINM_BY_8_BITS(run, a, b)                                              \
  (a == Type::E4M3                                                             \
       ? (b == Type::E4M3 ? run<E4m3s, E4m3s> : run<E4m3s, E5m2s>)             \
       : (b == Type::E4M3 ? run<E5m2s, E4m3s> : run<E5m2s, E5m2s>))

inline bool is8Bits(Type type) {
  return type == Type::E4M3 || type == Type::E5M2;
}

} // namespace hinm::emulator::HINM_LANES

#endif // HINM_LIB_EMULATOR_INSTRUCTIONS_FRAGMENTS_H

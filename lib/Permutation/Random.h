//===- Random.h - a small generator with a fixed sequence -------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// xoshiro256** (Blackman and Vigna), seeded by SplitMix64. The standard
// library's distributions and shuffle differ between implementations; a seed of
// ours means the same everywhere.
//
//===----------------------------------------------------------------------===//

#ifndef HINM_LIB_PERMUTATION_RANDOM_H
#define HINM_LIB_PERMUTATION_RANDOM_H

#include <cstdint>
#include <utility>
#include <vector>

namespace hinm::permutation {

class Random {
public:
  /// Independent sequences for different (seed, stream, substream).
  explicit Random(uint64_t seed, uint64_t stream = 0, uint64_t substream = 0) {
    uint64_t mix = seed;
    mix = splitMix(mix) ^ stream * 0xd1342543de82ef95u;
    mix = splitMix(mix) ^ substream * 0xaf251af3b0f025b5u;
    for (uint64_t &word : state)
      word = splitMix(mix);
  }

  uint64_t next() {
    uint64_t result = rotate(state[1] * 5, 7) * 9;
    uint64_t shifted = state[1] << 17;
    state[2] ^= state[0];
    state[3] ^= state[1];
    state[1] ^= state[2];
    state[0] ^= state[3];
    state[2] ^= shifted;
    state[3] = rotate(state[3], 45);
    return result;
  }

  /// 0 .. bound-1; bound below 2^32.
  int64_t below(int64_t bound) {
    return static_cast<int64_t>((next() >> 32) * static_cast<uint64_t>(bound) >>
                                32);
  }

  /// In (0, 1].
  double unit() {
    return (static_cast<double>(next() >> 11) + 1) / 9007199254740992.0;
  }

  /// Puts `count` random elements at the front, in random order.
  template <typename T>
  void choose(std::vector<T> &elements, int64_t count) {
    auto size = static_cast<int64_t>(elements.size());
    for (int64_t i = 0; i < count && i < size - 1; ++i)
      std::swap(elements[static_cast<size_t>(i)],
                elements[static_cast<size_t>(i + below(size - i))]);
  }
  template <typename T>
  void shuffle(std::vector<T> &elements) {
    choose(elements, static_cast<int64_t>(elements.size()));
  }

private:
  static uint64_t rotate(uint64_t x, int by) {
    return x << by | x >> (64 - by);
  }
  static uint64_t splitMix(uint64_t &x) {
    uint64_t z = x += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
  }
  uint64_t state[4];
};

} // namespace hinm::permutation

#endif // HINM_LIB_PERMUTATION_RANDOM_H

//===- Lanes.h - loops over the lanes of a warp -----------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The files of this folder are compiled once for each instruction set of the
// host, each time into a namespace of its own, HINM_LANES. The loops are plain
// and of fixed length, so that the compiler turns them into vector code.
//
//===----------------------------------------------------------------------===//

#ifndef HINM_LIB_EMULATOR_INSTRUCTIONS_LANES_H
#define HINM_LIB_EMULATOR_INSTRUCTIONS_LANES_H

#include "Decode/Instr.h"
#include "Execute/Warp.h"

#include <cstdint>
#include <cstring>

#ifndef HINM_LANES
#define HINM_LANES portable
#endif

namespace hinm::emulator::HINM_LANES {

/// The value's bits as another type of the same size.
template <typename To, typename From>
inline To bitCast(From from) {
  static_assert(sizeof(To) == sizeof(From), "sizes differ");
  To to;
  __builtin_memcpy(&to, &from, sizeof to);
  return to;
}

/// Stores what a loop has made where the mask allows.
template <typename D>
inline void blend(D *d, const D *made, uint32_t mask) {
  for (unsigned i = 0; i < kWarpSize; ++i)
    d[i] = mask >> i & 1 ? made[i] : d[i];
}

/// o[0] = f(o[1]) for each lane.
template <typename D, typename A, typename F>
inline void map1(Warp &warp, const Op &op, F f) {
  D *d = warp.at<D>(op.o[0]);
  const A *a = warp.at<A>(op.o[1]);
  if (warp.full()) {
#pragma GCC ivdep
    for (unsigned i = 0; i < kWarpSize; ++i)
      d[i] = f(a[i]);
    return;
  }
  alignas(64) D made[kWarpSize];
  for (unsigned i = 0; i < kWarpSize; ++i)
    made[i] = f(a[i]);
  blend(d, made, warp.mask);
}

/// o[0] = f(o[1], o[2]).
template <typename D, typename A, typename B, typename F>
inline void map2(Warp &warp, const Op &op, F f) {
  D *d = warp.at<D>(op.o[0]);
  const A *a = warp.at<A>(op.o[1]);
  const B *b = warp.at<B>(op.o[2]);
  if (warp.full()) {
#pragma GCC ivdep
    for (unsigned i = 0; i < kWarpSize; ++i)
      d[i] = f(a[i], b[i]);
    return;
  }
  alignas(64) D made[kWarpSize];
  for (unsigned i = 0; i < kWarpSize; ++i)
    made[i] = f(a[i], b[i]);
  blend(d, made, warp.mask);
}

/// o[0] = f(o[1], o[2], o[3]).
template <typename D, typename A, typename B, typename C, typename F>
inline void map3(Warp &warp, const Op &op, F f) {
  D *d = warp.at<D>(op.o[0]);
  const A *a = warp.at<A>(op.o[1]);
  const B *b = warp.at<B>(op.o[2]);
  const C *c = warp.at<C>(op.o[3]);
  if (warp.full()) {
#pragma GCC ivdep
    for (unsigned i = 0; i < kWarpSize; ++i)
      d[i] = f(a[i], b[i], c[i]);
    return;
  }
  alignas(64) D made[kWarpSize];
  for (unsigned i = 0; i < kWarpSize; ++i)
    made[i] = f(a[i], b[i], c[i]);
  blend(d, made, warp.mask);
}

/// The lanes for which f holds, as a mask.
template <typename A, typename B, typename F>
inline uint32_t lanesWhere(const A *a, const B *b, F f) {
  uint32_t lanes = 0;
  for (unsigned i = 0; i < kWarpSize; ++i)
    lanes |= uint32_t(f(a[i], b[i])) << i;
  return lanes;
}

inline void setPredicate(Warp &warp, uint32_t slot, uint32_t lanes) {
  uint32_t *p = warp.at<uint32_t>(slot);
  *p = (*p & ~warp.mask) | (lanes & warp.mask);
}

} // namespace hinm::emulator::HINM_LANES

#endif // HINM_LIB_EMULATOR_INSTRUCTIONS_LANES_H

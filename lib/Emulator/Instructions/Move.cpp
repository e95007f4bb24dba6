//===- Move.cpp - moves and address conversions -----------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// PTX ISA 9.7.9: mov, cvta, isspacep.
//
//===----------------------------------------------------------------------===//

#include "Execute/Cta.h"
#include "Families.h"
#include "Lanes.h"

namespace hinm::emulator::HINM_LANES {
namespace {

template <typename T>
void copy(Warp &warp, const Op &op) {
  map1<T, T>(warp, op, [](T a) { return a; });
}
void copyPredicate(Warp &warp, const Op &op) {
  setPredicate(warp, op.o[0], *warp.at<uint32_t>(op.o[1]));
}
struct Wide {
  uint64_t low, high;
};

Handler copyOf(unsigned bytes) {
  return bytes == 2   ? copy<uint16_t>
         : bytes == 4 ? copy<uint32_t>
         : bytes == 8 ? copy<uint64_t>
                      : copy<Wide>;
}

/// Lanes of registers, parts of `bytes` each; op.a parts, op.b bytes. A part of
/// one byte lies in a register of two.
void pack(Warp &warp, const Op &op) {
  unsigned parts = op.a, bytes = op.b, stride = bytes < 2 ? 2 : bytes;
  alignas(64) uint8_t made[kWarpSize * 16];
  for (unsigned p = 0; p < parts; ++p) {
    const uint8_t *from = warp.at<uint8_t>(op.o[1 + p]);
    for (unsigned i = 0; i < kWarpSize; ++i)
      __builtin_memcpy(made + (i * parts + p) * bytes, from + i * stride,
                       bytes);
  }
  uint8_t *d = warp.at<uint8_t>(op.o[0]);
  unsigned lane = parts * bytes;
  for (unsigned i = 0; i < kWarpSize; ++i)
    if (warp.mask >> i & 1)
      __builtin_memcpy(d + i * lane, made + i * lane, lane);
}
template <typename Part, typename Whole>
void packTwo(Warp &warp, const Op &op) {
  map2<Whole, Part, Part>(warp, op, [](Part low, Part high) {
    return Whole(Whole(low) | Whole(high) << sizeof(Part) * 8);
  });
}

void unpack(Warp &warp, const Op &op) {
  unsigned parts = op.a, bytes = op.b, lane = parts * bytes;
  unsigned stride = bytes < 2 ? 2 : bytes;
  const uint8_t *from = warp.at<uint8_t>(op.o[parts]);
  alignas(64) uint8_t whole[kWarpSize * 16];
  __builtin_memcpy(whole, from, kWarpSize * lane);
  for (unsigned p = 0; p < parts; ++p) {
    uint8_t *d = warp.at<uint8_t>(op.o[p]);
    for (unsigned i = 0; i < kWarpSize; ++i)
      if (warp.mask >> i & 1) {
        __builtin_memset(d + i * stride, 0, stride);
        __builtin_memcpy(d + i * stride, whole + i * lane + p * bytes, bytes);
      }
  }
}
template <typename Part, typename Whole>
void unpackTwo(Warp &warp, const Op &op) {
  Part *low = warp.at<Part>(op.o[0]), *high = warp.at<Part>(op.o[1]);
  const Whole *from = warp.at<Whole>(op.o[2]);
  uint32_t mask = warp.mask;
  for (unsigned i = 0; i < kWarpSize; ++i) {
    Whole whole = from[i];
    low[i] = mask >> i & 1 ? Part(whole) : low[i];
    high[i] = mask >> i & 1 ? Part(whole >> sizeof(Part) * 8) : high[i];
  }
}

Type partType(unsigned bytes) {
  return bytes == 1   ? Type::B8
         : bytes == 2 ? Type::B16
         : bytes == 4 ? Type::B32
                      : Type::B64;
}

/// Executed warp instructions stand for time.
template <typename T>
void readClock(Warp &warp, const Op &op) {
  T *d = warp.at<T>(op.o[0]);
  uint64_t now = warp.cta->executed;
  for (unsigned i = 0; i < kWarpSize; ++i)
    if (warp.mask >> i & 1)
      d[i] = T(now >> op.imm);
}

bool decodeMove(Instr &in) {
  Type type = in.type();
  if (type == Type::None || ast::typeBytes(type) == 1)
    if (type != Type::Pred)
      return in.unsupported();
  if (!in.expectOperands(2, 2))
    return false;
  unsigned bytes = ast::typeBytes(type);
  in.copiesUndefined();
  if (type == Type::Pred)
    return in.resultPredicate(0) && in.sourcePredicate(1) &&
           in.finish(copyPredicate, InstructionClass::Move);
  if (in.isVector(1)) { // d = {a, b}
    unsigned parts = in.vectorSize(1);
    if (parts < 2 || bytes % parts)
      return in.unsupported();
    in.op.a = parts;
    in.op.b = bytes / parts;
    Handler run = parts == 2 && bytes == 4   ? packTwo<uint16_t, uint32_t>
                  : parts == 2 && bytes == 8 ? packTwo<uint32_t, uint64_t>
                                             : pack;
    return in.result(0, type) &&
           in.sourceVector(1, partType(bytes / parts), parts) &&
           in.finish(run, InstructionClass::Move);
  }
  if (in.isVector(0)) {
    unsigned parts = in.vectorSize(0);
    if (parts < 2 || bytes % parts)
      return in.unsupported();
    in.op.a = parts;
    in.op.b = bytes / parts;
    Handler run = parts == 2 && bytes == 4   ? unpackTwo<uint16_t, uint32_t>
                  : parts == 2 && bytes == 8 ? unpackTwo<uint32_t, uint64_t>
                                             : unpack;
    return in.resultVector(0, partType(bytes / parts), parts) &&
           in.source(1, type) && in.finish(run, InstructionClass::Move);
  }
  bool isHigh = in.isName(1, "%clock_hi") || in.isName(1, "%globaltimer_hi");
  if (isHigh || in.isName(1, "%clock") || in.isName(1, "%clock64") ||
      in.isName(1, "%globaltimer") || in.isName(1, "%globaltimer_lo")) {
    in.op.imm = isHigh ? 32 : 0;
    return in.result(0, type) &&
           in.finish(bytes == 4 ? readClock<uint32_t> : readClock<uint64_t>,
                     InstructionClass::Move);
  }
  return in.result(0, type) && in.sourceMove(1, type) &&
         in.finish(copyOf(bytes), InstructionClass::Move);
}

/// op.imm is what the window adds.
void offsetAddress(Warp &warp, const Op &op) {
  uint64_t offset = uint64_t(op.imm);
  map1<uint64_t, uint64_t>(warp, op,
                           [offset](uint64_t a) { return a + offset; });
}

const char *const spaces[] = {"global",          "shared",       "local",
                              "const",           "param",        "shared::cta",
                              "shared::cluster", "param::entry", nullptr};

uint64_t window(int space) {
  switch (space) {
  case 1:
  case 5:
  case 6:
    return kSharedWindow;
  case 2:
    return kLocalWindow;
  case 4:
  case 7:
    return kParamWindow;
  default:
    return 0;
  }
}

bool decodeAddressConversion(Instr &in) {
  bool toSpace = in.has("to");
  int space = in.oneOf(spaces);
  Type type = in.type();
  if (space < 0 || type != Type::U64)
    return in.unsupported();
  uint64_t offset = window(space);
  in.op.imm = int64_t(toSpace ? 0 - offset : offset);
  return in.expectOperands(2, 2) && in.result(0, type) &&
         in.sourceMove(1, type) &&
         in.finish(offset ? offsetAddress : copy<uint64_t>,
                   InstructionClass::Move);
}

/// op.a is the space's number.
void isInSpace(Warp &warp, const Op &op) {
  const uint64_t *a = warp.at<uint64_t>(op.o[1]);
  uint32_t lanes = 0;
  uint64_t base = window(int(op.a));
  for (unsigned i = 0; i < kWarpSize; ++i) {
    uint64_t top = a[i] & kWindowMask;
    bool here = base ? top == base
                     : top != kSharedWindow && top != kLocalWindow &&
                           top != kParamWindow;
    lanes |= uint32_t(here) << i;
  }
  setPredicate(warp, op.o[0], lanes);
}

bool decodeIsSpace(Instr &in) {
  int space = in.oneOf(spaces);
  if (space < 0)
    return in.unsupported();
  in.op.a = uint32_t(space);
  return in.expectOperands(2, 2) && in.resultPredicate(0) &&
         in.source(1, Type::B64) &&
         in.finish(isInSpace, InstructionClass::Predicate);
}

} // namespace

const InstructionRow *moveInstructions() {
  static const InstructionRow rows[] = {
      {"mov", decodeMove},
      {"cvta", decodeAddressConversion},
      {"isspacep", decodeIsSpace},
      {nullptr, nullptr},
  };
  return rows;
}

} // namespace hinm::emulator::HINM_LANES

//===- WarpWide.cpp - exchange between the lanes of a warp ------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// PTX ISA 9.7.9.6 (shfl), 9.7.13 (vote, match, activemask, redux, elect).
//
//===----------------------------------------------------------------------===//

#include "Execute/Cta.h"
#include "Families.h"
#include "Lanes.h"

namespace hinm::emulator::HINM_LANES {
namespace {

enum Shuffle : uint32_t { UpMode, DownMode, ButterflyMode, IndexMode };

/// Which lane each lane reads, and which of these are in range; false after a
/// fault. o: d, p, a, b, c, members. op.a: the mode.
bool findSources(Warp &warp, const Op &op, uint8_t (&from)[kWarpSize],
                 uint32_t &inRange) {
  const uint32_t *b = warp.at<uint32_t>(op.o[3]);
  const uint32_t *c = warp.at<uint32_t>(op.o[4]);
  inRange = 0;
  for (unsigned i = 0; i < kWarpSize; ++i) {
    int lane = int(i), value = int(b[i] & 31);
    int segment = int(c[i] >> 8 & 31), clamp = int(c[i] & 31);
    int top = (lane & segment) | (clamp & ~segment);
    int bottom = lane & segment;
    int source = lane;
    bool good = false;
    switch (op.a) {
    case UpMode:
      source = lane - value;
      good = source >= top;
      break;
    case DownMode:
      source = lane + value;
      good = source <= top;
      break;
    case ButterflyMode:
      source = lane ^ value;
      good = source <= top;
      break;
    case IndexMode:
      source = bottom | (value & ~segment);
      good = source <= top;
      break;
    }
    if (!good)
      source = lane;
    if ((warp.mask >> i & 1) && !(warp.mask >> source & 1)) {
      warp.cta->fail(warp, op, lane,
                     format("reads lane %d, which does not take part", source));
      return false;
    }
    from[i] = uint8_t(source);
    inRange |= uint32_t(good) << i;
  }
  return true;
}

void shuffle(Warp &warp, const Op &op) {
  uint8_t from[kWarpSize];
  uint32_t inRange, made[kWarpSize];
  if (!findSources(warp, op, from, inRange))
    return;
  const uint32_t *a = warp.at<uint32_t>(op.o[2]);
  for (unsigned i = 0; i < kWarpSize; ++i)
    made[i] = a[from[i]];
  blend(warp.at<uint32_t>(op.o[0]), made, warp.mask);
  setPredicate(warp, op.o[1], inRange);
}

/// The same with masks of written lanes for d and a.
void shuffleWritten(Warp &warp, const Op &op) {
  uint8_t from[kWarpSize];
  uint32_t inRange, made = 0;
  if (!findSources(warp, op, from, inRange))
    return;
  uint32_t written = *warp.at<uint32_t>(op.o[2]);
  for (unsigned i = 0; i < kWarpSize; ++i)
    made |= (written >> from[i] & 1) << i;
  setPredicate(warp, op.o[0], made);
}

bool decodeShuffle(Instr &in) {
  static const char *const names[] = {"up", "down", "bfly", "idx", nullptr};
  if (!in.has("sync"))
    return in.unsupported();
  int mode = in.oneOf(names);
  if (mode < 0 || in.type() != Type::B32)
    return in.unsupported();
  in.op.a = uint32_t(mode);
  in.op.flow = Flow::Sync;
  in.op.maskOperand = 5;
  in.passesUndefined(shuffleWritten);
  return in.expectOperands(5, 5) && in.result(0, Type::B32) &&
         in.resultSecondPredicate(0) && in.source(1, Type::B32) &&
         in.source(2, Type::B32) && in.source(3, Type::B32) &&
         in.source(4, Type::B32) && in.finish(shuffle, InstructionClass::Warp);
}

enum Vote : uint32_t { All, Any, Uniform, Ballot };

/// o: d, p, members. op.a: the vote; op.b: 1 flips p.
void vote(Warp &warp, const Op &op) {
  uint32_t lanes = *warp.at<uint32_t>(op.o[1]) & warp.mask;
  if (op.a == Ballot) {
    uint32_t *d = warp.at<uint32_t>(op.o[0]);
    for (unsigned i = 0; i < kWarpSize; ++i)
      if (warp.mask >> i & 1)
        d[i] = lanes;
    return;
  }
  bool holds = op.a == All   ? lanes == warp.mask
               : op.a == Any ? lanes != 0
                             : lanes == 0 || lanes == warp.mask;
  setPredicate(warp, op.o[0], holds ? ~0u : 0u);
}

bool decodeVote(Instr &in) {
  static const char *const names[] = {"all", "any", "uni", "ballot", nullptr};
  if (!in.has("sync"))
    return in.unsupported();
  int mode = in.oneOf(names);
  Type type = in.type();
  if (mode < 0 || type != (mode == Ballot ? Type::B32 : Type::Pred))
    return in.unsupported();
  in.op.a = uint32_t(mode);
  in.op.flow = Flow::Sync;
  in.op.maskOperand = 2;
  return in.expectOperands(3, 3) && in.result(0, type) &&
         in.sourcePredicate(1) && in.source(2, Type::B32) &&
         in.finish(vote, InstructionClass::Warp);
}

/// o: d, p, a, members; op.a: 1 for match.all.
template <typename T>
void match(Warp &warp, const Op &op) {
  T a[kWarpSize];
  __builtin_memcpy(a, warp.at<T>(op.o[2]), sizeof a);
  uint32_t *d = warp.at<uint32_t>(op.o[0]);
  uint32_t all = 0;
  for (unsigned i = 0; i < kWarpSize; ++i) {
    if (!(warp.mask >> i & 1))
      continue;
    uint32_t same = 0;
    for (unsigned o = 0; o < kWarpSize; ++o)
      same |= uint32_t((warp.mask >> o & 1) && a[o] == a[i]) << o;
    if (op.a) {
      d[i] = same == warp.mask ? warp.mask : 0;
      all |= uint32_t(same == warp.mask) << i;
    } else {
      d[i] = same;
    }
  }
  setPredicate(warp, op.o[1], all);
}

bool decodeMatch(Instr &in) {
  static const char *const names[] = {"any", "all", nullptr};
  int mode = in.oneOf(names);
  if (mode < 0 || !in.has("sync"))
    return in.unsupported();
  Type type = in.type();
  if (type != Type::B32 && type != Type::B64)
    return in.unsupported();
  in.op.a = uint32_t(mode);
  in.op.flow = Flow::Sync;
  in.op.maskOperand = 3;
  return in.expectOperands(3, 3) && in.result(0, Type::B32) &&
         in.resultSecondPredicate(0) && in.source(1, type) &&
         in.source(2, Type::B32) &&
         in.finish(type == Type::B32 ? match<uint32_t> : match<uint64_t>,
                   InstructionClass::Warp);
}

enum Reduction : uint32_t { Add, Min, Max, And, Or, Xor };

/// o: d, a, members; op.a: the reduction.
template <typename T>
void reduce(Warp &warp, const Op &op) {
  const T *a = warp.at<T>(op.o[1]);
  bool first = true;
  T total = 0;
  for (unsigned i = 0; i < kWarpSize; ++i) {
    if (!(warp.mask >> i & 1))
      continue;
    T value = a[i];
    if (first) {
      total = value;
      first = false;
      continue;
    }
    switch (op.a) {
    case Add:
      total = T(uint32_t(total) + uint32_t(value));
      break;
    case Min:
      total = value < total ? value : total;
      break;
    case Max:
      total = value > total ? value : total;
      break;
    case And:
      total &= value;
      break;
    case Or:
      total |= value;
      break;
    case Xor:
      total ^= value;
      break;
    }
  }
  T *d = warp.at<T>(op.o[0]);
  for (unsigned i = 0; i < kWarpSize; ++i)
    if (warp.mask >> i & 1)
      d[i] = total;
}

bool decodeReduce(Instr &in) {
  static const char *const names[] = {"add", "min", "max",  "and",
                                      "or",  "xor", nullptr};
  if (!in.has("sync"))
    return in.unsupported();
  int kind = in.oneOf(names);
  Type type = in.type();
  bool isBits = kind >= int(And);
  if (kind < 0 ||
      (isBits ? type != Type::B32 : type != Type::U32 && type != Type::S32))
    return in.unsupported();
  in.op.a = uint32_t(kind);
  in.op.flow = Flow::Sync;
  in.op.maskOperand = 2;
  return in.expectOperands(3, 3) && in.result(0, type) && in.source(1, type) &&
         in.source(2, Type::B32) &&
         in.finish(type == Type::S32 ? reduce<int32_t> : reduce<uint32_t>,
                   InstructionClass::Warp);
}

void activeMask(Warp &warp, const Op &op) {
  uint32_t *d = warp.at<uint32_t>(op.o[0]);
  for (unsigned i = 0; i < kWarpSize; ++i)
    if (warp.mask >> i & 1)
      d[i] = warp.mask;
}
bool decodeActiveMask(Instr &in) {
  if (in.type() != Type::B32)
    return in.unsupported();
  return in.expectOperands(1, 1) && in.result(0, Type::B32) &&
         in.finish(activeMask, InstructionClass::Warp);
}

/// o: d, p, members: the lowest member leads.
void elect(Warp &warp, const Op &op) {
  unsigned leader = unsigned(__builtin_ctz(warp.mask));
  uint32_t *d = warp.at<uint32_t>(op.o[0]);
  for (unsigned i = 0; i < kWarpSize; ++i)
    if (warp.mask >> i & 1)
      d[i] = leader;
  setPredicate(warp, op.o[1], 1u << leader);
}
bool decodeElect(Instr &in) {
  if (!in.has("sync"))
    return in.unsupported();
  in.op.flow = Flow::Sync;
  in.op.maskOperand = 2;
  return in.expectOperands(2, 2) && in.result(0, Type::B32) &&
         in.resultSecondPredicate(0) && in.source(1, Type::B32) &&
         in.finish(elect, InstructionClass::Warp);
}

} // namespace

const InstructionRow *warpInstructions() {
  static const InstructionRow rows[] = {
      {"shfl", decodeShuffle},
      {"vote", decodeVote},
      {"match", decodeMatch},
      {"redux", decodeReduce},
      {"activemask", decodeActiveMask},
      {"elect", decodeElect},
      {nullptr, nullptr},
  };
  return rows;
}

} // namespace hinm::emulator::HINM_LANES

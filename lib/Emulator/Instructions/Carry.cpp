//===- Carry.cpp - arithmetic on many words ---------------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// PTX ISA 9.7.2, extended-precision arithmetic. The condition code is one bit
// a lane, kept in the warp.
//
//===----------------------------------------------------------------------===//

#include "Families.h"
#include "Lanes.h"

namespace hinm::emulator::HINM_LANES {
namespace {

/// imm bits: 1 takes the carry in, 2 gives it out, 4 subtracts. The flag of a
/// subtraction is the carry of a + ~b + 1, so the opposite of a borrow.
template <typename T>
void addCarry(Warp &warp, const Op &op) {
  T *d = warp.at<T>(op.o[0]);
  const T *a = warp.at<T>(op.o[1]), *b = warp.at<T>(op.o[2]);
  bool takes = op.imm & 1, gives = op.imm & 2, subtracts = op.imm & 4;
  for (unsigned i = 0; i < kWarpSize; ++i) {
    if (!(warp.mask >> i & 1))
      continue;
    bool flag = warp.carry >> i & 1;
    T in = takes ? T(flag != subtracts) : T(0);
    T x = a[i], y = b[i];
    T sum = subtracts ? x - y : x + y;
    T result = subtracts ? sum - in : sum + in;
    bool out = subtracts ? !(x < y || sum < in) : sum < x || result < sum;
    d[i] = result;
    if (gives)
      warp.carry = (warp.carry & ~(1u << i)) | uint32_t(out) << i;
  }
}

/// imm bits: as above; 8 is the high half, 16 is signed.
template <typename T, typename S, typename Wide>
void madCarry(Warp &warp, const Op &op) {
  T *d = warp.at<T>(op.o[0]);
  const T *a = warp.at<T>(op.o[1]), *b = warp.at<T>(op.o[2]);
  const T *c = warp.at<T>(op.o[3]);
  bool takes = op.imm & 1, gives = op.imm & 2;
  for (unsigned i = 0; i < kWarpSize; ++i) {
    if (!(warp.mask >> i & 1))
      continue;
    Wide product =
        op.imm & 16 ? Wide(S(a[i])) * Wide(S(b[i])) : Wide(a[i]) * Wide(b[i]);
    T part = op.imm & 8 ? T(product >> sizeof(T) * 8) : T(product);
    T in = takes ? T(warp.carry >> i & 1) : T(0);
    T sum = part + c[i], result = sum + in;
    bool out = sum < part || result < sum;
    d[i] = result;
    if (gives)
      warp.carry = (warp.carry & ~(1u << i)) | uint32_t(out) << i;
  }
}

bool is32(Type type) {
  return type == Type::U32 || type == Type::S32 || type == Type::B32;
}
bool is64(Type type) {
  return type == Type::U64 || type == Type::S64 || type == Type::B64;
}

bool decodeAddWith(Instr &in, int flags) {
  if (in.has("cc"))
    flags |= 2;
  Type type = in.type();
  if (!is32(type) && !is64(type))
    return in.unsupported();
  in.op.imm = flags;
  return in.expectOperands(3, 3) && in.result(0, type) && in.source(1, type) &&
         in.source(2, type) &&
         in.finish(is32(type) ? addCarry<uint32_t> : addCarry<uint64_t>,
                   InstructionClass::Integer);
}

bool decodeMadWith(Instr &in, int flags) {
  static const char *const parts[] = {"lo", "hi", nullptr};
  if (in.has("cc"))
    flags |= 2;
  int part = in.oneOf(parts);
  Type type = in.type();
  if (part < 0 || (!is32(type) && !is64(type)))
    return in.unsupported();
  bool isSigned = type == Type::S32 || type == Type::S64;
  in.op.imm = flags | part << 3 | int(isSigned) << 4;
  return in.expectOperands(4, 4) && in.result(0, type) && in.source(1, type) &&
         in.source(2, type) && in.source(3, type) &&
         in.finish(is32(type) ? madCarry<uint32_t, int32_t, uint64_t>
                              : madCarry<uint64_t, int64_t, unsigned __int128>,
                   InstructionClass::Integer);
}

} // namespace

bool decodeCarryOut(Instr &in, bool isSub) {
  return decodeAddWith(in, isSub ? 6 : 2);
}
bool decodeMadCarryOut(Instr &in) { return decodeMadWith(in, 2); }

const InstructionRow *carryInstructions() {
  static const InstructionRow rows[] = {
      {"addc", [](Instr &in) { return decodeAddWith(in, 1); }},
      {"subc", [](Instr &in) { return decodeAddWith(in, 5); }},
      {"madc", [](Instr &in) { return decodeMadWith(in, 1); }},
      {nullptr, nullptr},
  };
  return rows;
}

} // namespace hinm::emulator::HINM_LANES

//===- Convert.cpp - conversions --------------------------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// PTX ISA 9.7.9, cvt. Integer to integer and the conversions of inner loops
// have handlers of their own; all others go through one general one.
//
//===----------------------------------------------------------------------===//

#include "Families.h"
#include "SmallFloat.h"

#include <cfenv>
#include <cmath>

namespace hinm::emulator::HINM_LANES {
bool decodeConvert8(Instr &in, Type to, Type from, bool relu, bool saturates);

namespace {

/// How the general handler converts, packed into op.imm.
struct Recipe {
  uint8_t to, from;           // Type
  uint8_t toBytes, fromBytes; // of the registers
  uint8_t round;              // Round
  bool integral : 1;          // rni, rzi, rmi, rpi
  bool ftz : 1, sat : 1, relu : 1, satfinite : 1;
  uint16_t unused;
};
static_assert(sizeof(Recipe) == 8, "must fit op.imm");

struct Value {
  bool isFloat;
  bool isUnsigned;
  double real;
  int64_t integer;
};

Value load(const Recipe &how, uint64_t bits) {
  Value value = {false, false, 0, 0};
  switch (Type(how.from)) {
  case Type::U8:
  case Type::B8:
    value.integer = uint8_t(bits);
    break;
  case Type::S8:
    value.integer = int8_t(bits);
    break;
  case Type::U16:
  case Type::B16:
    value.integer = uint16_t(bits);
    break;
  case Type::S16:
    value.integer = int16_t(bits);
    break;
  case Type::U32:
  case Type::B32:
    value.integer = uint32_t(bits);
    break;
  case Type::S32:
    value.integer = int32_t(bits);
    break;
  case Type::U64:
  case Type::B64:
    value.integer = int64_t(bits);
    value.isUnsigned = true;
    break;
  case Type::S64:
    value.integer = int64_t(bits);
    break;
  case Type::F16:
    value.isFloat = true;
    value.real = halfToFloat(uint16_t(bits));
    break;
  case Type::BF16:
    value.isFloat = true;
    value.real = bfloatToFloat(uint16_t(bits));
    break;
  case Type::F64:
    value.isFloat = true;
    value.real = bitCast<double>(bits);
    break;
  default: {
    value.isFloat = true;
    float single = bitCast<float>(uint32_t(bits));
    value.real = how.ftz ? flush<true>(single) : single;
  }
  }
  return value;
}

/// An integer as a double: rounded by `mode`, or to odd where another rounding
/// follows, so that the double rounds like the integer itself.
double toReal(const Value &value, bool isLast, Round mode) {
  constexpr uint64_t exact = 1ull << 53;
  bool negative = !value.isUnsigned && value.integer < 0;
  uint64_t magnitude =
      negative ? 0 - uint64_t(value.integer) : uint64_t(value.integer);
  if (magnitude <= exact)
    return negative ? -double(magnitude) : double(magnitude);
  unsigned drop = 11 - unsigned(__builtin_clzll(magnitude));
  uint64_t kept = magnitude >> drop;
  uint64_t rest = magnitude & ((1ull << drop) - 1), half = 1ull << (drop - 1);
  if (!isLast)
    kept |= rest != 0;
  else if (mode == Round::Up || mode == Round::Down)
    kept += rest != 0 && negative == (mode == Round::Down);
  else if (mode != Round::Zero)
    kept += rest > half || (rest == half && (kept & 1));
  double real = std::ldexp(double(kept), int(drop));
  return negative ? -real : real;
}

double toIntegral(double value, Round mode) {
  switch (mode) {
  case Round::Zero:
    return std::trunc(value);
  case Round::Down:
    return std::floor(value);
  case Round::Up:
    return std::ceil(value);
  default:
    return std::nearbyint(value);
  }
}

bool isSigned(Type type) {
  return type == Type::S8 || type == Type::S16 || type == Type::S32 ||
         type == Type::S64;
}

/// PTX clamps; NaN becomes 0, or the smallest number where 64 bits are in it.
int64_t realToInteger(const Recipe &how, double value) {
  Type type = Type(how.to);
  unsigned width = ast::typeBytes(type) * 8;
  if (value != value)
    return width == 64 || Type(how.from) == Type::F64
               ? int64_t(1ull << (width - 1))
               : 0;
  double rounded = toIntegral(value, Round(how.round));
  if (isSigned(type)) {
    double limit = std::ldexp(1.0, int(width) - 1);
    if (rounded >= limit)
      return int64_t((1ull << (width - 1)) - 1);
    if (rounded < -limit)
      return int64_t(~0ull << (width - 1));
    return int64_t(rounded);
  }
  double limit = std::ldexp(1.0, int(width));
  if (rounded >= limit)
    return int64_t(width == 64 ? ~0ull : (1ull << width) - 1);
  return rounded <= 0 ? 0 : int64_t(uint64_t(rounded));
}

int64_t clampInteger(const Recipe &how, const Value &value) {
  Type type = Type(how.to);
  unsigned width = ast::typeBytes(type) * 8;
  __int128 wide = value.isUnsigned ? __int128(uint64_t(value.integer))
                                   : __int128(value.integer);
  __int128 low = isSigned(type) ? -(__int128(1) << (width - 1)) : 0;
  __int128 high = isSigned(type) ? (__int128(1) << (width - 1)) - 1
                                 : (__int128(1) << width) - 1;
  return int64_t(wide < low ? low : wide > high ? high : wide);
}

uint64_t extendInteger(Type type, int64_t value) {
  switch (ast::typeBytes(type)) {
  case 1:
    return isSigned(type) ? uint64_t(int8_t(value)) : uint8_t(value);
  case 2:
    return isSigned(type) ? uint64_t(int16_t(value)) : uint16_t(value);
  case 4:
    return isSigned(type) ? uint64_t(int32_t(value)) : uint32_t(value);
  default:
    return uint64_t(value);
  }
}

uint64_t storeReal(const Recipe &how, double value) {
  Type type = Type(how.to);
  Round mode = Round(how.round);
  if (how.integral && value == value)
    value = toIntegral(value, mode);
  if (how.sat)
    value = value > 0 ? (value < 1 ? value : 1.0) : 0.0;
  if (how.relu && value == value && !(value > 0))
    value = 0;
  bool isNaN = value != value;
  auto finite = [&](uint32_t bits, uint32_t infinity, uint32_t sign) {
    if (how.satfinite && !isNaN && (bits & ~sign) == infinity)
      return bits - 1;
    return bits;
  };
  switch (type) {
  case Type::F16:
    return isNaN ? kNaN16 : finite(roundTo<5, 10>(value, mode), 0x7c00, 0x8000);
  case Type::BF16:
    return isNaN ? kNaN16 : finite(roundTo<8, 7>(value, mode), 0x7f80, 0x8000);
  case Type::TF32: {
    if (isNaN)
      return kNaN32;
    uint32_t bits = roundTo<8, 10>(value, mode) << 13;
    return finite(bits, 0x7f800000, 0x80000000);
  }
  case Type::F64:
    return bitCast<uint64_t>(canonical(value));
  default: {
    if (isNaN)
      return kNaN32;
    uint32_t bits = roundTo<8, 23>(value, mode);
    if (how.ftz && !(bits & 0x7f800000))
      bits &= 0x80000000;
    return bits;
  }
  }
}

bool isReal(Type type) {
  return type == Type::F16 || type == Type::BF16 || type == Type::TF32 ||
         type == Type::F32 || type == Type::F64;
}

uint64_t convertOne(const Recipe &how, uint64_t bits) {
  Value value = load(how, bits);
  Type type = Type(how.to);
  if (!isReal(type)) {
    int64_t integer = value.isFloat ? realToInteger(how, value.real)
                      : how.sat     ? clampInteger(how, value)
                                    : value.integer;
    return extendInteger(type, integer);
  }
  if (value.isFloat)
    return storeReal(how, value.real);
  return storeReal(how, toReal(value, type == Type::F64, Round(how.round)));
}

uint64_t readLane(Warp &warp, uint32_t slot, unsigned bytes, unsigned lane) {
  uint64_t value = 0;
  __builtin_memcpy(&value, warp.at<uint8_t>(slot) + lane * bytes,
                   bytes == 2   ? 2
                   : bytes == 4 ? 4
                                : 8);
  return value;
}
void writeLane(Warp &warp, uint32_t slot, unsigned bytes, unsigned lane,
               uint64_t value) {
  __builtin_memcpy(warp.at<uint8_t>(slot) + lane * bytes, &value,
                   bytes == 2   ? 2
                   : bytes == 4 ? 4
                                : 8);
}

void convert(Warp &warp, const Op &op) {
  Recipe how = bitCast<Recipe>(op.imm);
  for (unsigned i = 0; i < kWarpSize; ++i)
    if (warp.mask >> i & 1)
      writeLane(warp, op.o[0], how.toBytes, i,
                convertOne(how, readLane(warp, op.o[1], how.fromBytes, i)));
}

/// Two sources into two halves: o[1] is the upper, o[2] the lower.
void convertPair(Warp &warp, const Op &op) {
  Recipe how = bitCast<Recipe>(op.imm);
  uint32_t *d = warp.at<uint32_t>(op.o[0]);
  const uint32_t *upper = warp.at<uint32_t>(op.o[1]);
  const uint32_t *lower = warp.at<uint32_t>(op.o[2]);
  for (unsigned i = 0; i < kWarpSize; ++i)
    if (warp.mask >> i & 1)
      d[i] = uint32_t(convertOne(how, lower[i])) |
             uint32_t(convertOne(how, upper[i])) << 16;
}

// Fast ways.
template <typename Reg, typename S, typename SReg>
void widen(Warp &warp, const Op &op) {
  map1<Reg, SReg>(warp, op, [](SReg a) { return Reg(S(a)); });
}
void floatOfHalf(Warp &warp, const Op &op) {
  map1<float, uint16_t>(warp, op,
                        [](uint16_t a) { return canonical(halfToFloat(a)); });
}
void halfOfFloat(Warp &warp, const Op &op) {
  map1<uint16_t, float>(warp, op, [](float a) { return floatToHalf(a); });
}
void halvesOfFloats(Warp &warp, const Op &op) {
  map2<uint32_t, float, float>(warp, op, [](float upper, float lower) {
    return uint32_t(floatToHalf(upper)) << 16 | floatToHalf(lower);
  });
}
template <typename S>
void floatOfInteger(Warp &warp, const Op &op) {
  map1<float, S>(warp, op, [](S a) { return float(a); });
}

template <typename S, typename SReg>
Handler widenTo(unsigned bytes) {
  return bytes == 2   ? widen<uint16_t, S, SReg>
         : bytes == 4 ? widen<uint32_t, S, SReg>
                      : widen<uint64_t, S, SReg>;
}
template <typename S>
Handler widenFrom(unsigned fromBytes, unsigned toBytes) {
  return fromBytes == 2   ? widenTo<S, uint16_t>(toBytes)
         : fromBytes == 4 ? widenTo<S, uint32_t>(toBytes)
                          : widenTo<S, uint64_t>(toBytes);
}

/// Integer to integer without saturation, where the result fills its
/// register.
Handler plainInteger(Type to, Type from, unsigned toBytes, unsigned fromBytes) {
  if (ast::typeBytes(to) != toBytes)
    return nullptr;
  switch (from) {
  case Type::U8:
    return widenFrom<uint8_t>(fromBytes, toBytes);
  case Type::S8:
    return widenFrom<int8_t>(fromBytes, toBytes);
  case Type::U16:
    return widenFrom<uint16_t>(fromBytes, toBytes);
  case Type::S16:
    return widenFrom<int16_t>(fromBytes, toBytes);
  case Type::U32:
    return widenFrom<uint32_t>(fromBytes, toBytes);
  case Type::S32:
    return widenFrom<int32_t>(fromBytes, toBytes);
  case Type::U64:
  case Type::S64:
    return widenFrom<uint64_t>(fromBytes, toBytes);
  default:
    return nullptr;
  }
}

const char *const roundings[] = {"rn",  "rz",  "rm",  "rp",  "rna",
                                 "rni", "rzi", "rmi", "rpi", nullptr};
const Round modes[] = {Round::Nearest, Round::Zero, Round::Down,
                       Round::Up,      Round::Away, Round::Nearest,
                       Round::Zero,    Round::Down, Round::Up};

/// Bits that the value of a type surely fits into.
unsigned precision(Type type) {
  switch (type) {
  case Type::F16:
    return 11;
  case Type::BF16:
    return 8;
  case Type::TF32:
    return 11;
  case Type::F32:
    return 24;
  default:
    return 53;
  }
}

/// cvt.pack.sat: o: d, a, b [, c]. op.a: bits of an element, op.b: whether it
/// is signed. a and b, clamped, are the low bits of d, a above b; c is shifted
/// up by them.
void convertPack(Warp &warp, const Op &op) {
  unsigned bits = op.a;
  int32_t low = op.b ? -(1 << (bits - 1)) : 0;
  int32_t high = (1 << (bits - op.b)) - 1;
  auto clamp = [&](uint32_t raw) {
    int32_t value = int32_t(raw);
    value = value < low ? low : value > high ? high : value;
    return uint32_t(value) & ((1u << bits) - 1);
  };
  uint32_t *d = warp.at<uint32_t>(op.o[0]);
  const uint32_t *a = warp.at<uint32_t>(op.o[1]);
  const uint32_t *b = warp.at<uint32_t>(op.o[2]);
  const uint32_t *c =
      op.operandCount > 3 ? warp.at<uint32_t>(op.o[3]) : nullptr;
  for (unsigned i = 0; i < kWarpSize; ++i)
    if (warp.mask >> i & 1) {
      uint32_t both = clamp(a[i]) << bits | clamp(b[i]);
      d[i] = c ? c[i] << 2 * bits | both : both;
    }
}

bool decodePack(Instr &in) {
  if (!in.has("sat"))
    return in.fail("'.sat' is needed");
  static const char *const elements[] = {"u2", "s2",  "u4",  "s4",   "u8",
                                         "s8", "u16", "s16", nullptr};
  int element = in.oneOf(elements);
  Type from = in.type(), rest = in.type();
  bool narrow = element < 6;
  if (element < 0 || from != Type::S32 ||
      rest != (narrow ? Type::B32 : Type::None))
    return in.unsupported();
  in.op.a = 2u << element / 2;
  in.op.b = uint32_t(element % 2);
  unsigned count = narrow ? 4 : 3;
  return in.expectOperands(count, count) && in.result(0, Type::B32) &&
         in.source(1, Type::S32) && in.source(2, Type::S32) &&
         (!narrow || in.source(3, Type::B32)) &&
         in.finish(convertPack, InstructionClass::Convert);
}

bool decodeConvert(Instr &in) {
  if (in.has("pack"))
    return decodePack(in);
  int rounding = in.oneOf(roundings);
  Recipe how = {};
  how.ftz = in.has("ftz");
  how.sat = in.has("sat");
  how.relu = in.has("relu");
  how.satfinite = in.has("satfinite");
  Type to = in.type(), from = in.type();
  if (from == Type::None)
    return in.unsupported();
  how.round = uint8_t(modes[rounding < 0 ? 0 : rounding]);
  how.integral = rounding >= 5;

  auto isEight = [](Type type) {
    return type == Type::E4M3x2 || type == Type::E5M2x2;
  };
  if (isEight(to) || (isEight(from) && to == Type::F16x2)) {
    if (rounding != 0 || how.ftz || how.sat)
      return in.fail("'.rn' is needed, and '.relu' alone may go with it");
    return decodeConvert8(in, to, from, how.relu, how.satfinite);
  }
  bool isPair = to == Type::F16x2 || to == Type::BF16x2;
  if (isPair) {
    if (from != Type::F32 || rounding < 0 || rounding > 1)
      return in.unsupported();
    how.to = uint8_t(to == Type::F16x2 ? Type::F16 : Type::BF16);
    how.from = uint8_t(Type::F32);
    how.toBytes = how.fromBytes = 4;
    in.op.imm = bitCast<int64_t>(how);
    bool plain = to == Type::F16x2 && rounding == 0 && !how.relu &&
                 !how.satfinite && !how.ftz;
    return in.expectOperands(3, 3) && in.result(0, Type::B32) &&
           in.source(1, Type::F32) && in.source(2, Type::F32) &&
           in.finish(plain ? halvesOfFloats : convertPair,
                     InstructionClass::Convert);
  }
  if (to == Type::Pred || from == Type::Pred || from == Type::F16x2 ||
      from == Type::BF16x2 || from == Type::TF32)
    return in.unsupported();

  bool toReal = isReal(to), fromReal = isReal(from);
  if (fromReal && !toReal && !how.integral)
    return in.fail("a rounding mode such as '.rzi' is needed");
  if (!fromReal && toReal && (rounding < 0 || how.integral))
    return in.fail("a rounding mode such as '.rn' is needed");
  if (!fromReal && !toReal && rounding >= 0)
    return in.fail("integers are not rounded");
  // cvt.bf16.f16 stands for .rn.
  if (fromReal && toReal && rounding < 0 && precision(to) < precision(from) &&
      !(to == Type::BF16 && from == Type::F16))
    return in.fail("a rounding mode such as '.rn' is needed");
  unsigned toBytes = 0, fromBytes = 0;
  if (!in.expectOperands(2, 2) || !in.resultWide(0, to, toBytes) ||
      !in.sourceWide(1, from, fromBytes))
    return false;
  if (toReal && toBytes != ast::typeBytes(to))
    return in.fail("the result's register must be as wide as its type");
  how.to = uint8_t(to);
  how.from = uint8_t(from);
  how.toBytes = uint8_t(toBytes);
  how.fromBytes = uint8_t(fromBytes);
  in.op.imm = bitCast<int64_t>(how);

  bool modified = how.ftz || how.sat || how.relu || how.satfinite;
  Handler run = nullptr;
  if (!modified && !toReal && !fromReal)
    run = plainInteger(to, from, toBytes, fromBytes);
  if (!modified && to == Type::F32 && from == Type::F16 && rounding < 0 &&
      fromBytes == 2)
    run = floatOfHalf;
  if (!modified && to == Type::F16 && from == Type::F32 && rounding == 0)
    run = halfOfFloat;
  if (!modified && to == Type::F32 && rounding == 0 && fromBytes == 4) {
    if (from == Type::S32)
      run = floatOfInteger<int32_t>;
    if (from == Type::U32)
      run = floatOfInteger<uint32_t>;
  }
  return in.finish(run ? run : convert, InstructionClass::Convert);
}

} // namespace

const InstructionRow *convertInstructions() {
  static const InstructionRow rows[] = {
      {"cvt", decodeConvert},
      {nullptr, nullptr},
  };
  return rows;
}

} // namespace hinm::emulator::HINM_LANES

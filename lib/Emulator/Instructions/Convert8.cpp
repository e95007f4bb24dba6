//===- Convert8.cpp - conversions of 8-bit floats ---------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// PTX ISA 9.7.9.21: cvt between pairs of e4m3 or e5m2 and f16x2 or two f32,
// sm_89 and later. They round to nearest; what is too large becomes the largest
// number (.satfinite), NaN stays NaN.
//
//===----------------------------------------------------------------------===//

#include "Families.h"
#include "SmallFloat.h"

namespace hinm::emulator::HINM_LANES {
namespace {

struct E4m3 {
  static uint8_t store(float value) { return floatToE4m3(value); }
  static float load(uint8_t bits) { return e4m3ToFloat(bits); }
};
struct E5m2 {
  static uint8_t store(float value) { return floatToE5m2(value); }
  static float load(uint8_t bits) { return e5m2ToFloat(bits); }
};

float noLess(float value, bool relu) { return relu && value < 0 ? 0 : value; }

/// o: d, a, b: a is the upper one. op.imm: relu.
template <typename Format>
void ofFloats(Warp &warp, const Op &op) {
  bool relu = op.imm;
  map2<uint16_t, float, float>(warp, op, [relu](float a, float b) {
    return uint16_t(Format::store(noLess(a, relu)) << 8 |
                    Format::store(noLess(b, relu)));
  });
}
template <typename Format>
void ofHalves(Warp &warp, const Op &op) {
  bool relu = op.imm;
  map1<uint16_t, uint32_t>(warp, op, [relu](uint32_t a) {
    float low = halfToFloat(uint16_t(a)), high = halfToFloat(uint16_t(a >> 16));
    return uint16_t(Format::store(noLess(high, relu)) << 8 |
                    Format::store(noLess(low, relu)));
  });
}
template <typename Format>
void toHalves(Warp &warp, const Op &op) {
  bool relu = op.imm;
  map1<uint32_t, uint16_t>(warp, op, [relu](uint16_t a) {
    uint32_t low = floatToHalf(noLess(Format::load(uint8_t(a)), relu));
    uint32_t high = floatToHalf(noLess(Format::load(uint8_t(a >> 8)), relu));
    return low | high << 16;
  });
}

} // namespace

/// The types are taken; `relu` and the rounding mode likewise.
bool decodeConvert8(Instr &in, Type to, Type from, bool relu, bool saturates) {
  if (in.chip() < 89)
    return in.fail("needs target sm_89 or later");
  in.op.imm = relu;
  bool isE4m3 = to == Type::E4M3x2 || from == Type::E4M3x2;
  if (to == Type::F16x2)
    return in.expectOperands(2, 2) && in.result(0, Type::B32) &&
           in.source(1, Type::B16) &&
           in.finish(isE4m3 ? toHalves<E4m3> : toHalves<E5m2>,
                     InstructionClass::Convert);
  if (!saturates)
    return in.fail("'.satfinite' is needed");
  if (from == Type::F32)
    return in.expectOperands(3, 3) && in.result(0, Type::B16) &&
           in.source(1, Type::F32) && in.source(2, Type::F32) &&
           in.finish(isE4m3 ? ofFloats<E4m3> : ofFloats<E5m2>,
                     InstructionClass::Convert);
  if (from != Type::F16x2)
    return in.unsupported();
  return in.expectOperands(2, 2) && in.result(0, Type::B16) &&
         in.source(1, Type::B32) &&
         in.finish(isE4m3 ? ofHalves<E4m3> : ofHalves<E5m2>,
                   InstructionClass::Convert);
}

} // namespace hinm::emulator::HINM_LANES

//===- Ast.cpp - names and sizes of PTX types -------------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Ast.h"

using namespace hinm::emulator::ast;

namespace {
struct TypeRow {
  Type type;
  const char *name;
  uint32_t bytes;
};
} // namespace

static const TypeRow types[] = {
    {Type::None, "none", 0},     {Type::Pred, "pred", 1},
    {Type::B8, "b8", 1},         {Type::B16, "b16", 2},
    {Type::B32, "b32", 4},       {Type::B64, "b64", 8},
    {Type::B128, "b128", 16},    {Type::U8, "u8", 1},
    {Type::U16, "u16", 2},       {Type::U32, "u32", 4},
    {Type::U64, "u64", 8},       {Type::S8, "s8", 1},
    {Type::S16, "s16", 2},       {Type::S32, "s32", 4},
    {Type::S64, "s64", 8},       {Type::F16, "f16", 2},
    {Type::F16x2, "f16x2", 4},   {Type::BF16, "bf16", 2},
    {Type::BF16x2, "bf16x2", 4}, {Type::TF32, "tf32", 4},
    {Type::F32, "f32", 4},       {Type::F64, "f64", 8},
    {Type::E4M3, "e4m3", 1},     {Type::E5M2, "e5m2", 1},
    {Type::E4M3x2, "e4m3x2", 2}, {Type::E5M2x2, "e5m2x2", 2},
};

Type hinm::emulator::ast::typeNamed(std::string_view name) {
  for (const TypeRow &row : types)
    if (row.type != Type::None && name == row.name)
      return row.type;
  return Type::None;
}

const char *hinm::emulator::ast::typeName(Type type) {
  return types[unsigned(type)].name;
}

uint32_t hinm::emulator::ast::typeBytes(Type type) {
  return types[unsigned(type)].bytes;
}

const char *hinm::emulator::ast::spaceName(Space space) {
  switch (space) {
  case Space::Generic:
    return "generic";
  case Space::Register:
    return "reg";
  case Space::Param:
    return "param";
  case Space::Shared:
    return "shared";
  case Space::Global:
    return "global";
  case Space::Const:
    return "const";
  case Space::Local:
    return "local";
  }
  return "";
}

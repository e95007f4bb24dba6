//===- Ast.h - a parsed PTX module ------------------------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The tree holds views into the module's text, which outlives it.
//
//===----------------------------------------------------------------------===//

#ifndef HINM_LIB_EMULATOR_SYNTAX_AST_H
#define HINM_LIB_EMULATOR_SYNTAX_AST_H

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace hinm::emulator::ast {

/// The scalar types of PTX. A `B` type is untyped bits.
enum class Type : uint8_t {
  None,
  Pred,
  B8,
  B16,
  B32,
  B64,
  B128,
  U8,
  U16,
  U32,
  U64,
  S8,
  S16,
  S32,
  S64,
  F16,
  F16x2,
  BF16,
  BF16x2,
  TF32,
  F32,
  F64,
  E4M3,
  E5M2,
  E4M3x2,
  E5M2x2,
};
/// The type of that name ("u32", without a dot), or None.
Type typeNamed(std::string_view name);
const char *typeName(Type type);
/// Bytes of a type in memory; 1 for Pred.
uint32_t typeBytes(Type type);

enum class Space : uint8_t {
  Generic,
  Register,
  Param,
  Shared,
  Global,
  Const,
  Local,
};
const char *spaceName(Space space);

/// A constant expression's value.
struct ConstantValue {
  uint64_t bits = 0;
  bool isUnsigned = false;
};

struct Operand {
  enum Kind : uint8_t {
    Name,    // register, variable, label, function
    Integer, // `value`
    Float32, // `value` holds the bits
    Float64,
    Vector,  // {a, b}
    Address, // [base + value]; `elements` holds the base if there is one
    List,    // (a, b) of a call
  };
  Kind kind = Name;
  bool negated = false; // !p
  std::string_view name;
  uint64_t value = 0;
  std::vector<Operand> elements;
  /// The second destination of `p|q`, or nothing.
  std::vector<Operand> second;
};

struct Instruction {
  std::string_view opcode; // the whole dotted name
  std::vector<Operand> operands;
  std::string_view guard; // the predicate, or empty
  bool guardNegated = false;
};

struct InitialValue {
  uint64_t value = 0; // an integer, or the addend of a symbol
  Operand::Kind kind = Operand::Integer;
  std::string_view symbol;
};

struct Variable {
  Space space = Space::Register;
  std::string_view name;
  Type type = Type::None;
  uint32_t vectorWidth = 1;
  uint32_t alignment = 0;
  uint64_t bytes = 0;   // of the whole variable
  bool unsized = false; // `name[]`
  bool isExtern = false;
  uint32_t rangeCount = 0; // `%r<17>`: 17; 0 for a plain name
  bool isArray = false;
  std::vector<InitialValue> initial;
  uint32_t line = 0;
};

/// A place in a source text; line 0 for none.
struct SourcePlace {
  uint32_t file = 0, line = 0, column = 0;
};

struct Statement {
  enum Kind : uint8_t {
    Code,
    Label,
    Declaration,
    ScopeBegin,
    ScopeEnd,
    Location,
    Targets // of brx.idx: `label`, and their names as the code's operands
  };
  Kind kind = Code;
  uint32_t line = 0;
  Instruction code;
  std::string_view label;
  Variable variable;
  // Location: the place, and the call there that it was inlined for.
  SourcePlace place, inlinedAt;
};

struct Function {
  bool isEntry = false;
  bool hasBody = false;
  std::string_view name;
  uint32_t line = 0;
  std::vector<Variable> results;
  std::vector<Variable> params;
  std::vector<Statement> body;
  uint32_t maxThreads[3] = {0, 0, 0};
  uint32_t requiredThreads[3] = {0, 0, 0};
};

struct Module {
  int version = 0;
  std::string_view target;
  std::vector<Variable> variables;
  std::vector<Function> functions;
  std::map<uint32_t, std::string_view> files;
};

} // namespace hinm::emulator::ast

#endif // HINM_LIB_EMULATOR_SYNTAX_AST_H

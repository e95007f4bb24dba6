//===- Instr.cpp - operands and modifiers of an instruction -----*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Instr.h"
#include "Lowering.h"

#include <cstdarg>
#include <cstring>

using namespace hinm::emulator;

Instr::Instr(Lowering &lowering, const ast::Instruction &in, Draft &draft)
    : op(draft.op), lowering(lowering), in(in), draft(draft) {
  std::string_view rest = in.opcode;
  size_t dot = rest.find('.');
  rootName = rest.substr(0, dot);
  while (dot != std::string_view::npos) {
    rest.remove_prefix(dot + 1);
    dot = rest.find('.');
    modifiers.push_back(rest.substr(0, dot));
  }
  // `mma.sp::ordered_metadata` and `cp.async` have their second name among
  // the modifiers; a `::` directly behind the root belongs to it.
}

bool Instr::has(const char *name) {
  for (size_t i = 0; i < modifiers.size(); ++i)
    if (modifiers[i] == name) {
      modifiers.erase(modifiers.begin() + i);
      return true;
    }
  return false;
}

int Instr::oneOf(const char *const *names) {
  for (size_t i = 0; i < modifiers.size(); ++i)
    for (int n = 0; names[n]; ++n)
      if (modifiers[i] == names[n]) {
        modifiers.erase(modifiers.begin() + i);
        return n;
      }
  return -1;
}

Type Instr::type() {
  for (size_t i = 0; i < modifiers.size(); ++i)
    if (Type type = ast::typeNamed(modifiers[i]); type != Type::None) {
      modifiers.erase(modifiers.begin() + i);
      return type;
    }
  return Type::None;
}

Type Instr::peekType() const {
  for (std::string_view modifier : modifiers)
    if (Type type = ast::typeNamed(modifier); type != Type::None)
      return type;
  return Type::None;
}

bool Instr::prefixed(const char *prefix, const char *&rest, unsigned &length) {
  size_t size = std::strlen(prefix);
  for (size_t i = 0; i < modifiers.size(); ++i)
    if (modifiers[i].substr(0, size) == prefix) {
      rest = modifiers[i].data() + size;
      length = unsigned(modifiers[i].size() - size);
      modifiers.erase(modifiers.begin() + i);
      return true;
    }
  return false;
}

unsigned Instr::operands() const { return unsigned(in.operands.size()); }
bool Instr::isRoot(const char *name) const { return rootName == name; }
unsigned Instr::chip() const { return lowering.module.chip; }

bool Instr::fail(const char *text, ...) {
  char buffer[512];
  va_list arguments;
  va_start(arguments, text);
  std::vsnprintf(buffer, sizeof buffer, text, arguments);
  va_end(arguments);
  return lowering.fail("'" + std::string(in.opcode) + "': " + buffer);
}

bool Instr::unsupported() {
  return lowering.fail("'" + std::string(in.opcode) + "' is not supported");
}

bool Instr::expectOperands(unsigned least, unsigned most) {
  if (operands() >= least && operands() <= most)
    return true;
  if (least == most)
    return fail("expected %u operands, but found %u", least, operands());
  return fail("expected %u to %u operands, but found %u", least, most,
              operands());
}

void Instr::push(uint32_t reference, bool isResult) {
  draft.operands.push_back(reference);
  if (isResult)
    ++draft.op.resultCount;
}

static unsigned registerBytes(Type type) {
  return type == Type::Pred ? 0 : std::max(2u, ast::typeBytes(type));
}

/// The bits of a literal as a value of that type.
static bool literalBits(const ast::Operand &operand, Type type,
                        uint64_t &bits) {
  bits = operand.value;
  switch (operand.kind) {
  case ast::Operand::Integer:
    return type != Type::F32 && type != Type::F64;
  case ast::Operand::Float32:
    if (type == Type::F64) {
      float single;
      uint32_t low = uint32_t(bits);
      std::memcpy(&single, &low, 4);
      double wide = single;
      std::memcpy(&bits, &wide, 8);
      return true;
    }
    return ast::typeBytes(type) == 4;
  case ast::Operand::Float64:
    if (ast::typeBytes(type) == 8)
      return true;
    if (type == Type::F32 || type == Type::B32) {
      double wide;
      std::memcpy(&wide, &bits, 8);
      float single = float(wide);
      uint32_t low;
      std::memcpy(&low, &single, 4);
      bits = low;
      return true;
    }
    return false;
  default:
    return false;
  }
}

bool Instr::resolve(const ast::Operand &operand, Type type, bool isResult,
                    unsigned *bytes) {
  unsigned wanted = registerBytes(type);
  if (operand.kind == ast::Operand::Name) {
    std::string text(operand.name);
    if (operand.name == "_") {
      if (bytes)
        *bytes = wanted;
      if (isResult) {
        push(lowering.newRegister(wanted, "_"), true);
        return true;
      }
      sourceConstant(0, wanted);
      return true;
    }
    if (operand.value != 0)
      return fail("unexpected offset behind '%s'", text.c_str());
    auto entity = lowering.lookup(operand.name);
    if (!entity) {
      if (!isResult)
        if (auto slot = lowering.special(operand.name, wanted)) {
          if (bytes)
            *bytes = wanted;
          push(*slot, false);
          return true;
        }
      return fail("unknown name '%s'", text.c_str());
    }
    if (entity->kind != Entity::Register)
      return fail("'%s' is not a register", text.c_str());
    unsigned found = lowering.registers[entity->index].bytes;
    bool isPredicate = entity->type == Type::Pred;
    if (isPredicate != (type == Type::Pred))
      return fail(isPredicate ? "'%s' is a predicate, expected a value"
                              : "'%s' is not a predicate",
                  text.c_str());
    if (bytes ? found < wanted : found != wanted)
      return fail("register '%s' has %u bits, but .%s needs %u", text.c_str(),
                  found * 8, ast::typeName(type), wanted * 8);
    if (bytes)
      *bytes = found;
    if (operand.negated) {
      if (isResult || type != Type::Pred)
        return fail("unexpected '!'");
      return fail("a negated predicate is not allowed here");
    }
    push(entity->index, isResult);
    return true;
  }
  if (isResult)
    return fail("the result must be a register");
  uint64_t bits;
  if (type == Type::Pred || !literalBits(operand, type, bits))
    return fail("the operand does not fit type .%s", ast::typeName(type));
  if (bytes)
    *bytes = wanted;
  sourceConstant(bits, wanted);
  return true;
}

void Instr::sourceConstant(uint64_t bits, unsigned bytes) {
  Constant value;
  value.bytes = uint8_t(bytes);
  value.bits = bytes >= 8 ? bits : bits & ((1ull << bytes * 8) - 1);
  if (bytes == 0)
    value.bits = bits;
  push(lowering.constant(value), false);
}

void Instr::scratchResult(unsigned bytes) {
  push(lowering.newRegister(bytes, "_"), true);
}

bool Instr::result(unsigned i, Type type) {
  if (i >= operands())
    return expectOperands(i + 1, i + 1);
  return resolve(in.operands[i], type, true, nullptr);
}

bool Instr::source(unsigned i, Type type) {
  if (i >= operands())
    return expectOperands(i + 1, i + 1);
  return resolve(in.operands[i], type, false, nullptr);
}

bool Instr::resultWide(unsigned i, Type type, unsigned &bytes) {
  if (i >= operands())
    return expectOperands(i + 1, i + 1);
  return resolve(in.operands[i], type, true, &bytes);
}

bool Instr::sourceWide(unsigned i, Type type, unsigned &bytes) {
  if (i >= operands())
    return expectOperands(i + 1, i + 1);
  return resolve(in.operands[i], type, false, &bytes);
}

bool Instr::resultPredicate(unsigned i) { return result(i, Type::Pred); }

bool Instr::hasSecond(unsigned i) const {
  return i < operands() && !in.operands[i].second.empty();
}

bool Instr::resultSecondPredicate(unsigned i) {
  if (!hasSecond(i)) {
    scratchResult(0);
    return true;
  }
  return resolve(in.operands[i].second[0], Type::Pred, true, nullptr);
}

bool Instr::sourcePredicate(unsigned i) {
  if (i >= operands())
    return expectOperands(i + 1, i + 1);
  const ast::Operand &operand = in.operands[i];
  if (operand.kind == ast::Operand::Integer) {
    sourceConstant(operand.value ? ~0u : 0u, 0);
    return true;
  }
  if (!operand.negated)
    return resolve(operand, Type::Pred, false, nullptr);
  ast::Operand plain = operand;
  plain.negated = false;
  if (!resolve(plain, Type::Pred, false, nullptr))
    return false;
  // The lowering puts a `not` before this operation.
  draft.operands.back() = lowering.negated(draft.operands.back());
  return true;
}

bool Instr::isVector(unsigned i) const {
  return i < operands() && in.operands[i].kind == ast::Operand::Vector;
}

unsigned Instr::vectorSize(unsigned i) const {
  return isVector(i) ? unsigned(in.operands[i].elements.size()) : 0;
}

bool Instr::resultVectorWide(unsigned i, Type type, unsigned count,
                             unsigned &bytes) {
  if (i >= operands())
    return expectOperands(i + 1, i + 1);
  if (!isVector(i) && count == 1)
    return resultWide(i, type, bytes);
  if (vectorSize(i) != count)
    return fail("operand %u must be a vector of %u registers", i + 1, count);
  unsigned first = 0;
  for (unsigned e = 0; e < count; ++e) {
    if (!resolve(in.operands[i].elements[e], type, true, &bytes))
      return false;
    if (in.operands[i].elements[e].name == "_")
      continue;
    if (first && bytes != first)
      return fail("the registers of a vector must be equally wide");
    first = bytes;
  }
  bytes = first ? first : bytes;
  // Places for nothing must be as wide as their neighbours.
  for (unsigned e = 0; e < count; ++e) {
    uint32_t reference = draft.operands[draft.operands.size() - count + e];
    lowering.registers[reference].bytes =
        std::max<uint8_t>(lowering.registers[reference].bytes, bytes);
  }
  return true;
}

bool Instr::sourceVectorWide(unsigned i, Type type, unsigned count,
                             unsigned &bytes) {
  if (i >= operands())
    return expectOperands(i + 1, i + 1);
  if (!isVector(i) && count == 1)
    return sourceWide(i, type, bytes);
  if (vectorSize(i) != count)
    return fail("operand %u must be a vector of %u elements", i + 1, count);
  // Literals take the width of the registers beside them.
  unsigned wide = registerBytes(type);
  for (const ast::Operand &element : in.operands[i].elements)
    if (element.kind == ast::Operand::Name)
      if (auto entity = lowering.lookup(element.name))
        if (entity->kind == Entity::Register)
          wide =
              std::max<unsigned>(wide, lowering.registers[entity->index].bytes);
  for (const ast::Operand &element : in.operands[i].elements) {
    if (element.kind != ast::Operand::Name) {
      uint64_t bits;
      if (!literalBits(element, type, bits))
        return fail("the operand does not fit type .%s", ast::typeName(type));
      sourceConstant(bits, wide);
      continue;
    }
    if (!resolve(element, type, false, &bytes))
      return false;
    if (bytes != wide)
      return fail("the registers of a vector must be equally wide");
  }
  bytes = wide;
  return true;
}

bool Instr::resultVector(unsigned i, Type type, unsigned count) {
  unsigned bytes = 0;
  if (!resultVectorWide(i, type, count, bytes))
    return false;
  return bytes == registerBytes(type) ||
         fail("operand %u must have registers of %u bits", i + 1,
              registerBytes(type) * 8);
}

bool Instr::sourceVector(unsigned i, Type type, unsigned count) {
  unsigned bytes = 0;
  if (!sourceVectorWide(i, type, count, bytes))
    return false;
  return bytes == registerBytes(type) ||
         fail("operand %u must have registers of %u bits", i + 1,
              registerBytes(type) * 8);
}

bool Instr::isImmediate(unsigned i) const {
  return i < operands() && in.operands[i].kind == ast::Operand::Integer;
}

bool Instr::isName(unsigned i, const char *name) const {
  return i < operands() && in.operands[i].kind == ast::Operand::Name &&
         in.operands[i].name == name;
}

bool Instr::isAddress(unsigned i) const {
  return i < operands() && in.operands[i].kind == ast::Operand::Address;
}

bool Instr::isPredicate(unsigned i) const {
  if (i >= operands() || in.operands[i].kind != ast::Operand::Name)
    return false;
  auto entity = lowering.lookup(in.operands[i].name);
  return entity && entity->type == Type::Pred;
}

bool Instr::immediate(unsigned i, int64_t &value) {
  if (!isImmediate(i))
    return fail("operand %u must be an integer literal", i + 1);
  value = int64_t(in.operands[i].value);
  return true;
}

bool Instr::address(unsigned i, Space &space) {
  if (i >= operands())
    return expectOperands(i + 1, i + 1);
  const ast::Operand &operand = in.operands[i];
  if (operand.kind != ast::Operand::Address)
    return fail("operand %u must be an address", i + 1);
  op.imm = int64_t(operand.value);
  op.b = 8;
  if (operand.elements.empty()) {
    sourceConstant(operand.value, 8);
    op.imm = 0;
    return true;
  }
  std::string_view name = operand.elements[0].name;
  auto entity = lowering.lookup(name);
  std::string text(name);
  if (!entity)
    return fail("unknown name '%s'", text.c_str());
  if (entity->kind == Entity::Register) {
    unsigned bytes = lowering.registers[entity->index].bytes;
    if (bytes < 4 || bytes > 8)
      return fail("'%s' cannot hold an address", text.c_str());
    op.b = bytes;
    // A function's parameters are variables of its caller's.
    if (space == Space::Param && !lowering.inlining.empty())
      space = Space::Local;
    push(entity->index, false);
    return true;
  }
  Constant base;
  base.bytes = 8;
  Space found = Space::Generic;
  switch (entity->kind) {
  case Entity::Shared:
    base.bits = entity->index;
    found = Space::Shared;
    break;
  case Entity::DynamicShared:
    base.kind = Constant::DynamicShared;
    found = Space::Shared;
    break;
  case Entity::Module:
    base.kind = Constant::Symbol;
    base.symbol = entity->index;
    found = entity->isConst ? Space::Const : Space::Global;
    break;
  case Entity::Local:
    base.bits = entity->index;
    found = Space::Local;
    break;
  case Entity::KernelParam:
    base.bits = entity->index;
    found = Space::Param;
    break;
  default:
    return fail("'%s' is not a variable", text.c_str());
  }
  if (space == Space::Param && found == Space::Local)
    space = Space::Local;
  else if (space == Space::Generic)
    space = found;
  if (space != found)
    return fail("'%s' lies in .%s, not in .%s", text.c_str(),
                ast::spaceName(found), ast::spaceName(space));
  push(lowering.constant(base), false);
  return true;
}

bool Instr::sourceMove(unsigned i, Type type) {
  if (i >= operands())
    return expectOperands(i + 1, i + 1);
  const ast::Operand &operand = in.operands[i];
  if (operand.kind != ast::Operand::Name)
    return source(i, type);
  unsigned wanted = registerBytes(type);
  auto entity = lowering.lookup(operand.name);
  if (!entity || entity->kind == Entity::Register)
    return source(i, type);
  Constant value;
  value.bytes = uint8_t(wanted);
  value.bits = operand.value;
  std::string text(operand.name);
  if (wanted < 4)
    return fail("an address does not fit type .%s", ast::typeName(type));
  switch (entity->kind) {
  case Entity::Shared:
  case Entity::Local:
  case Entity::KernelParam:
    value.bits += entity->index;
    break;
  case Entity::DynamicShared:
    value.kind = Constant::DynamicShared;
    break;
  case Entity::Module:
    if (wanted != 8)
      return fail("the address of '%s' needs 64 bits", text.c_str());
    value.kind = Constant::Symbol;
    value.symbol = entity->index;
    break;
  default:
    return fail("the address of '%s' cannot be taken", text.c_str());
  }
  push(lowering.constant(value), false);
  return true;
}

void Instr::touchesShared(unsigned bytes) {
  uint32_t &granule = lowering.program.sharedGranule;
  granule = std::min<uint32_t>(granule, bytes);
}

void Instr::touchesGlobal(unsigned bytes) {
  uint32_t &granule = lowering.program.globalGranule;
  granule = std::min<uint32_t>(granule, bytes);
}

void Instr::makeOrdered() { lowering.program.ordered = true; }
void Instr::acceptsUndefined(unsigned count) { draft.optionalSources = count; }
void Instr::isAsynchronous(unsigned sources) {
  draft.isAsync = true;
  draft.asyncSourcesBegin = uint32_t(draft.operands.size()) - sources;
  draft.asyncSources = sources;
}
void Instr::copiesUndefined() { draft.copiesUndefined = true; }
void Instr::passesUndefined(Handler marks) { draft.passesUndefined = marks; }

bool Instr::finish(Handler run, InstructionClass kind) {
  if (!modifiers.empty())
    return fail("unknown modifier '.%s'", std::string(modifiers[0]).c_str());
  draft.op.run = run;
  draft.op.kind = kind;
  lowering.program.usesAgents |=
      kind == InstructionClass::Mbarrier || kind == InstructionClass::Wgmma;
  return true;
}

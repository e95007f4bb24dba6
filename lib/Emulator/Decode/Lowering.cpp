//===- Lowering.cpp - names, scopes and branches of a kernel ----*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Lowering.h"

#include <algorithm>
#include <cstring>

using namespace hinm::emulator;

// The most bytes of variables: PTX ISA 5.1 (local, parameters), and ptxas
// (static shared memory; dynamic may be more).
static constexpr uint64_t kMostLocal = 512 << 10;
static constexpr uint64_t kMostParams = 32764;
static constexpr uint64_t kMostShared = 48 << 10;
static constexpr size_t kMostInstructions = 1 << 19;

Lowering::Lowering(ModuleData &module,
                   const std::unordered_map<std::string_view, Entity> &globals,
                   Program &program)
    : program(program), module(module), globals(globals) {}

bool Lowering::fail(std::string message) {
  if (!error)
    error = DecodeError{line, std::move(message)};
  return false;
}

int Lowering::openScope(int parent) {
  scopes.emplace_back();
  scopes.back().parent = parent;
  return int(scopes.size()) - 1;
}

uint32_t Lowering::newRegister(unsigned bytes, std::string_view name) {
  VirtualRegister reg;
  reg.bytes = uint8_t(bytes);
  reg.name = name;
  registers.push_back(reg);
  return uint32_t(registers.size()) - 1;
}

Draft &Lowering::newDraft() {
  drafts.emplace_back();
  drafts.back().op.line = line;
  drafts.back().op.source = source;
  return drafts.back();
}

uint32_t Lowering::constant(const Constant &value) {
  if (value.kind == Constant::Bits) {
    auto [place, isNew] = bitConstants.try_emplace(
        {value.bytes, value.bits}, uint32_t(program.constants.size()));
    if (!isNew)
      return place->second | kConstantBit;
  }
  program.constants.push_back(value);
  return (uint32_t(program.constants.size()) - 1) | kConstantBit;
}

uint32_t Lowering::allocate(uint32_t &top, uint64_t bytes, uint32_t alignment,
                            const char *space, uint64_t most) {
  uint64_t begin = (uint64_t(top) + alignment - 1) / alignment * alignment;
  if (begin + bytes > most) {
    fail(std::string("the kernel's ") + space + " variables take " +
         std::to_string(begin + bytes) + " bytes, but " + std::to_string(most) +
         " is the most");
    return 0;
  }
  top = uint32_t(begin + bytes);
  return uint32_t(begin);
}

std::optional<Entity> Lowering::lookupIn(std::string_view name,
                                         int from) const {
  // `%r12` is element 12 of the range `%r<...>`.
  size_t prefix = name.size();
  while (prefix > 0 && name[prefix - 1] >= '0' && name[prefix - 1] <= '9')
    --prefix;
  uint32_t number = 0;
  bool hasNumber = prefix < name.size() && name.size() - prefix < 9 &&
                   (name[prefix] != '0' || name.size() - prefix == 1);
  if (hasNumber)
    for (size_t i = prefix; i < name.size(); ++i)
      number = number * 10 + uint32_t(name[i] - '0');
  for (int at = from; at >= 0; at = scopes[at].parent) {
    const Scope &here = scopes[at];
    if (auto found = here.names.find(name); found != here.names.end())
      return found->second;
    if (!hasNumber)
      continue;
    auto range = here.ranges.find(name.substr(0, prefix));
    if (range == here.ranges.end() || number >= range->second.count)
      continue;
    Entity entity = range->second;
    entity.kind = Entity::Register;
    entity.index += number;
    return entity;
  }
  if (auto found = sharedGlobals.find(name); found != sharedGlobals.end())
    return found->second;
  if (auto found = globals.find(name); found != globals.end())
    return found->second;
  return std::nullopt;
}

std::optional<Entity> Lowering::lookup(std::string_view name) const {
  return lookupIn(name, scope);
}

bool Lowering::placeShared(const ast::Variable &variable, Entity &entity) {
  entity.type = variable.type;
  entity.bytes = variable.bytes;
  program.sharedAlignment =
      std::max(program.sharedAlignment, variable.alignment);
  if (variable.unsized || (variable.isExtern && variable.bytes == 0)) {
    entity.kind = Entity::DynamicShared;
    program.usesDynamicShared = true;
    return true;
  }
  entity.kind = Entity::Shared;
  entity.index = allocate(program.staticShared, variable.bytes,
                          variable.alignment, ".shared", kMostShared);
  return !error;
}

bool Lowering::declare(const ast::Variable &variable, bool isParam) {
  Entity entity;
  entity.type = variable.type;
  entity.bytes = variable.bytes;
  auto &names = scopes[scope].names;
  switch (variable.space) {
  case ast::Space::Register: {
    unsigned bytes = variable.type == Type::Pred
                         ? 0
                         : std::max(2u, ast::typeBytes(variable.type));
    if (variable.isArray)
      return fail("arrays of registers are not supported");
    if (variable.rangeCount) {
      entity.kind = Entity::Range;
      entity.index = uint32_t(registers.size());
      entity.count = variable.rangeCount;
      if (registers.size() + variable.rangeCount > (1u << 24))
        return fail("too many registers");
      for (uint32_t i = 0; i < variable.rangeCount; ++i)
        newRegister(bytes, variable.name);
    } else {
      entity.index = newRegister(bytes, variable.name);
    }
    break;
  }
  case ast::Space::Shared:
    if (!placeShared(variable, entity))
      return false;
    break;
  case ast::Space::Param:
  case ast::Space::Local:
    if (variable.unsized)
      return fail("'" + std::string(variable.name) + "' needs a size");
    if (isParam && inlining.empty()) {
      entity.kind = Entity::KernelParam;
      entity.index = allocate(program.paramBytes, variable.bytes,
                              variable.alignment, ".param", kMostParams);
    } else {
      entity.kind = Entity::Local;
      entity.index = allocate(program.localBytes, variable.bytes,
                              variable.alignment, ".local", kMostLocal);
    }
    if (error)
      return false;
    break;
  case ast::Space::Global:
  case ast::Space::Const: {
    // A function's static variable; the module collected it by its address.
    auto found = globals.find(variable.name);
    if (found == globals.end())
      return fail("variables of this space are not supported here");
    entity = found->second;
    break;
  }
  case ast::Space::Generic:
    return fail("a variable needs a state space");
  }
  (entity.kind == Entity::Range ? scopes[scope].ranges : names)[variable.name] =
      entity;
  return true;
}

std::optional<DecodeError> Lowering::run(const ast::Function &kernel) {
  line = kernel.line;
  KernelInfo &info = program.info;
  info.name = std::string(kernel.name);
  std::copy_n(kernel.maxThreads, 3, info.maxThreads);
  std::copy_n(kernel.requiredThreads, 3, info.requiredThreads);
  program.locations.emplace_back();

  scope = openScope(-1);
  for (const ast::Variable &param : kernel.params) {
    line = param.line;
    if (!declare(param, true))
      return error;
    ParamInfo out;
    out.name = std::string(param.name);
    out.type = ast::typeName(param.type);
    out.size = uint32_t(param.bytes);
    out.alignment = param.alignment;
    out.offset = scopes[scope].names[param.name].index;
    info.params.push_back(out);
  }
  // Shared variables of the module exist in each kernel that names them.
  for (const ast::Variable &variable : module.tree.variables)
    if (variable.space == ast::Space::Shared) {
      Entity entity;
      bool isUsed = false;
      for (const ast::Function &function : module.tree.functions)
        for (const ast::Statement &statement : function.body)
          for (const ast::Operand &operand : statement.code.operands)
            isUsed |= operand.name == variable.name ||
                      (operand.kind == ast::Operand::Address &&
                       !operand.elements.empty() &&
                       operand.elements[0].name == variable.name);
      if (!isUsed)
        continue;
      line = variable.line;
      if (!placeShared(variable, entity))
        return error;
      sharedGlobals[variable.name] = entity;
    }

  if (!lowerBody(kernel, 0) || !resolveLabels())
    return error;
  // Falling off the end is a return.
  newDraft().op.flow = Flow::Exit;
  drafts.back().op.kind = InstructionClass::Control;
  drafts.back().op.counted = 0;
  info.staticSharedBytes = program.staticShared;
  info.localBytes = program.localBytes;
  info.instructions = uint32_t(drafts.size()) - 1;
  return error;
}

bool Lowering::lowerBody(const ast::Function &function, int depth) {
  int outer = scope;
  for (const ast::Statement &statement : function.body) {
    if (statement.kind != ast::Statement::Location)
      line = statement.line;
    switch (statement.kind) {
    case ast::Statement::Code:
      if (!lowerCode(statement.code, depth))
        return false;
      break;
    case ast::Statement::Label:
      if (!scopes[scope]
               .labels.try_emplace(statement.label, uint32_t(drafts.size()))
               .second)
        return fail("label '" + std::string(statement.label) +
                    "' is defined twice");
      break;
    case ast::Statement::Targets:
      scopes[scope].targets[statement.label] = statement.code.operands;
      break;
    case ast::Statement::Declaration:
      if (!declare(statement.variable, false))
        return false;
      break;
    case ast::Statement::ScopeBegin:
      scope = openScope(scope);
      break;
    case ast::Statement::ScopeEnd:
      scope = scopes[scope].parent;
      break;
    case ast::Statement::Location:
      source = location(statement.place, statement.inlinedAt);
      break;
    }
  }
  scope = outer;
  return true;
}

uint32_t Lowering::location(const ast::SourcePlace &place,
                            const ast::SourcePlace &inlinedAt) {
  auto key = [](const ast::SourcePlace &p) {
    return std::make_tuple(p.file, p.line, p.column);
  };
  uint32_t caller = 0;
  if (inlinedAt.line) {
    // The call's own `.loc` stands before, and may be of an inlined one too.
    auto found = lastLocation.find(key(inlinedAt));
    caller =
        found != lastLocation.end() ? found->second : location(inlinedAt, {});
  }
  auto [index, isNew] =
      locationIndex.try_emplace(std::make_tuple(place.file, place.line, caller),
                                uint32_t(program.locations.size()));
  if (isNew)
    program.locations.push_back({place.file, place.line, caller});
  return lastLocation[key(place)] = index->second;
}

bool Lowering::guard(const ast::Instruction &in, Draft &draft) {
  if (in.guard.empty())
    return true;
  auto entity = lookup(in.guard);
  if (!entity || entity->kind != Entity::Register || entity->type != Type::Pred)
    return fail("'" + std::string(in.guard) + "' is not a predicate");
  draft.guard = entity->index;
  draft.op.guardFlip = in.guardNegated ? ~0u : 0u;
  return true;
}

uint32_t Lowering::negated(uint32_t reference) {
  uint32_t result = newRegister(0, "!");
  negations.push_back({result, reference});
  return result;
}

bool Lowering::lowerCode(const ast::Instruction &in, int depth) {
  if (drafts.size() > kMostInstructions)
    return fail("the kernel has more than " +
                std::to_string(kMostInstructions) +
                " instructions, those of inlined functions included");
  std::string_view root = in.opcode.substr(0, in.opcode.find('.'));
  if (root == "bra")
    return lowerBranch(in);
  if (root == "brx")
    return lowerIndexedBranch(in);
  if (root == "ret" || root == "exit")
    return lowerReturn(in, depth);
  if (root == "call")
    return lowerCall(in, depth);

  const InstructionRow *row = findInstruction(root);
  if (!row)
    return fail("unknown instruction '" + std::string(in.opcode) + "'");
  Draft draft;
  draft.op.line = line;
  draft.op.source = source;
  if (!guard(in, draft))
    return false;
  negations.clear();
  Instr instr(*this, in, draft);
  if (!row->decode(instr))
    return error ? false
                 : fail("cannot decode '" + std::string(in.opcode) + "'");
  for (auto [result, from] : negations) {
    Draft &flip = newDraft();
    flip.op.run = runNegatePredicate;
    flip.op.counted = 0;
    flip.op.resultCount = 1;
    flip.operands = {result, from};
  }
  drafts.push_back(std::move(draft));
  return true;
}

bool Lowering::lowerBranch(const ast::Instruction &in) {
  if (in.opcode != "bra" && in.opcode != "bra.uni")
    return fail("unknown instruction '" + std::string(in.opcode) + "'");
  if (in.operands.size() != 1 || in.operands[0].kind != ast::Operand::Name)
    return fail("'bra' needs one label");
  fixups.push_back({uint32_t(drafts.size()), in.operands[0].name, scope, line});
  Draft &draft = newDraft();
  draft.op.flow = Flow::Branch;
  draft.op.kind = InstructionClass::Control;
  return guard(in, draft);
}

/// A comparison and a branch for each target in turn.
bool Lowering::lowerIndexedBranch(const ast::Instruction &in) {
  if (in.opcode != "brx.idx" && in.opcode != "brx.idx.uni")
    return fail("unknown instruction '" + std::string(in.opcode) + "'");
  if (in.operands.size() != 2 || in.operands[0].kind != ast::Operand::Name ||
      in.operands[1].kind != ast::Operand::Name)
    return fail("'brx.idx' needs an index and a list of targets");
  auto index = lookup(in.operands[0].name);
  if (!index || index->kind != Entity::Register ||
      registers[index->index].bytes != 4)
    return fail("'" + std::string(in.operands[0].name) +
                "' is not a register of 32 bits");
  const std::vector<ast::Operand> *targets = nullptr;
  for (int at = scope; at >= 0 && !targets; at = scopes[at].parent)
    if (auto found = scopes[at].targets.find(in.operands[1].name);
        found != scopes[at].targets.end())
      targets = &found->second;
  if (!targets)
    return fail("'" + std::string(in.operands[1].name) +
                "' is no list of .branchtargets declared before");
  std::optional<uint32_t> around;
  if (!in.guard.empty()) {
    around = uint32_t(drafts.size());
    Draft &skip = newDraft();
    skip.op.flow = Flow::Branch;
    skip.op.counted = 0;
    if (!guard(in, skip))
      return false;
    skip.op.guardFlip = ~skip.op.guardFlip;
  }
  for (size_t i = 0; i < targets->size(); ++i) {
    uint32_t matches = newRegister(0, "brx");
    Draft &compare = newDraft();
    compare.op.run = runIndexIs;
    compare.op.kind = InstructionClass::Control;
    compare.op.counted = i == 0; // the whole is one instruction
    compare.op.imm = int64_t(i);
    compare.op.resultCount = 1;
    compare.operands = {matches, index->index};
    fixups.push_back(
        {uint32_t(drafts.size()), (*targets)[i].name, scope, line});
    Draft &jump = newDraft();
    jump.op.flow = Flow::Branch;
    jump.op.counted = 0;
    jump.guard = matches;
  }
  Draft &lost = newDraft();
  lost.op.run = runNoTarget;
  lost.op.counted = 0;
  lost.op.imm = int64_t(targets->size());
  lost.operands = {index->index};
  if (around)
    drafts[*around].op.target = uint32_t(drafts.size());
  return true;
}

bool Lowering::lowerReturn(const ast::Instruction &in, int depth) {
  bool isReturn = in.opcode == "ret" || in.opcode == "ret.uni";
  if (!isReturn && in.opcode != "exit")
    return fail("unknown instruction '" + std::string(in.opcode) + "'");
  if (!in.operands.empty())
    return fail("'" + std::string(in.opcode) + "' takes no operands");
  if (isReturn && depth > 0)
    returns.back().push_back(uint32_t(drafts.size()));
  Draft &draft = newDraft();
  draft.op.flow = isReturn && depth > 0 ? Flow::Branch : Flow::Exit;
  draft.op.kind = InstructionClass::Control;
  return guard(in, draft);
}

bool Lowering::resolveLabels() {
  for (const Fixup &fixup : fixups) {
    bool found = false;
    for (int at = fixup.scope; at >= 0 && !found; at = scopes[at].parent)
      if (auto label = scopes[at].labels.find(fixup.label);
          label != scopes[at].labels.end()) {
        drafts[fixup.draft].op.target = label->second;
        found = true;
      }
    if (!found) {
      line = fixup.line;
      return fail("unknown label '" + std::string(fixup.label) + "'");
    }
  }
  return true;
}

/// Shared memory that the system keeps for itself and clears, in a kernel that
/// asks where it is: as much as CUDA's headers use of it.
static constexpr uint32_t kReservedShared = 1024;

std::optional<uint32_t> Lowering::special(std::string_view name,
                                          unsigned bytes) {
  static const std::unordered_map<std::string_view, Special> names = {
      {"%tid.x", Special::TidX},
      {"%tid.y", Special::TidY},
      {"%tid.z", Special::TidZ},
      {"%ntid.x", Special::NtidX},
      {"%ntid.y", Special::NtidY},
      {"%ntid.z", Special::NtidZ},
      {"%ctaid.x", Special::CtaidX},
      {"%ctaid.y", Special::CtaidY},
      {"%ctaid.z", Special::CtaidZ},
      {"%nctaid.x", Special::NctaidX},
      {"%nctaid.y", Special::NctaidY},
      {"%nctaid.z", Special::NctaidZ},
      {"%laneid", Special::LaneId},
      {"%warpid", Special::WarpId},
      {"%nwarpid", Special::NWarpId},
      {"%smid", Special::SmId},
      {"%nsmid", Special::NSmId},
      {"%gridid", Special::GridId},
      {"%lanemask_eq", Special::LanemaskEq},
      {"%lanemask_le", Special::LanemaskLe},
      {"%lanemask_lt", Special::LanemaskLt},
      {"%lanemask_ge", Special::LanemaskGe},
      {"%lanemask_gt", Special::LanemaskGt},
      {"%dynamic_smem_size", Special::DynamicSmemSize},
      {"%total_smem_size", Special::TotalSmemSize},
      {"%cluster_ctarank", Special::ClusterCtaRank},
      {"%cluster_nctarank", Special::ClusterNctaRank},
      {"%clusterid.x", Special::ClusterIdX},
      {"%clusterid.y", Special::ClusterIdY},
      {"%clusterid.z", Special::ClusterIdZ},
      {"%nclusterid.x", Special::NClusterIdX},
      {"%nclusterid.y", Special::NClusterIdY},
      {"%nclusterid.z", Special::NClusterIdZ},
      {"%cluster_ctaid.x", Special::ClusterCtaIdX},
      {"%cluster_ctaid.y", Special::ClusterCtaIdY},
      {"%cluster_ctaid.z", Special::ClusterCtaIdZ},
      {"%cluster_nctaid.x", Special::ClusterNctaIdX},
      {"%cluster_nctaid.y", Special::ClusterNctaIdY},
      {"%cluster_nctaid.z", Special::ClusterNctaIdZ},
      {"WARP_SZ", Special::WarpSz},
  };
  if (bytes != 2 && bytes != 4 && bytes != 8)
    return std::nullopt;
  auto numbered = [&](std::string_view prefix) {
    return name.size() > prefix.size() && name.size() < prefix.size() + 3 &&
           name.substr(0, prefix.size()) == prefix &&
           name.find_first_not_of("0123456789", prefix.size()) == name.npos;
  };
  Constant value;
  value.bytes = uint8_t(bytes);
  // The driver's words and the profiler's counters: nobody sets them here.
  if (numbered("%envreg") || numbered("%pm"))
    return constant(value);
  if (name.substr(0, 22) == "%reserved_smem_offset_") {
    if (!reservedShared)
      reservedShared = allocate(program.staticShared, kReservedShared, 128,
                                ".shared", kMostShared);
    std::string_view which = name.substr(22);
    program.zeroedShared = *reservedShared;
    program.zeroedSharedBytes = kReservedShared;
    if (which == "cap" || which == "end")
      value.bits = *reservedShared + kReservedShared;
    else if (which == "begin" || which == "0" || which == "1")
      value.bits = *reservedShared;
    else
      return std::nullopt;
    return constant(value);
  }
  auto found = names.find(name);
  if (found == names.end())
    return std::nullopt;
  auto [place, isNew] =
      specialRegisters.try_emplace({found->second, uint8_t(bytes)}, 0);
  if (isNew) {
    place->second = newRegister(bytes, name);
    registers.back().isSpecial = true;
    program.specials.push_back({found->second, uint8_t(bytes), place->second});
  }
  return place->second;
}

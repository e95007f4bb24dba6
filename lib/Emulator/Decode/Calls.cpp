//===- Calls.cpp - calls, inlined -------------------------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A call becomes the callee's body with names of its own. A formal parameter
// that meets a `.param` variable of the caller is that variable; registers are
// moved.
//
//===----------------------------------------------------------------------===//

#include "Lowering.h"

using namespace hinm::emulator;

/// Deeper than any call tree without recursion that compilers leave.
static constexpr int kMaxCallDepth = 64;

bool Lowering::bindArgument(const ast::Variable &formal,
                            const ast::Operand &actual, Scope &callee,
                            std::vector<ast::Variable> &moves) {
  (void)moves;
  std::string formalName(formal.name);
  if (actual.kind != ast::Operand::Name)
    return fail("literal arguments of calls are not supported");
  auto entity = lookup(actual.name);
  if (!entity)
    return fail("unknown name '" + std::string(actual.name) + "'");
  bool wantsRegister = formal.space == ast::Space::Register;
  if (wantsRegister != (entity->kind == Entity::Register))
    return fail("argument '" + std::string(actual.name) +
                "' does not fit parameter '" + formalName + "'");
  if (!wantsRegister &&
      (entity->kind != Entity::Local || entity->bytes < formal.bytes))
    return fail("argument '" + std::string(actual.name) +
                "' does not fit parameter '" + formalName + "'");
  if (wantsRegister &&
      registers[entity->index].bytes !=
          std::max(2u, ast::typeBytes(formal.type)) &&
      formal.type != Type::Pred)
    return fail("argument '" + std::string(actual.name) +
                "' does not fit parameter '" + formalName + "'");
  callee.names[formal.name] = *entity;
  return true;
}

bool Lowering::lowerCall(const ast::Instruction &in, int depth) {
  if (in.opcode != "call" && in.opcode != "call.uni")
    return fail("unknown instruction '" + std::string(in.opcode) + "'");
  std::vector<ast::Operand> results, args;
  size_t at = 0;
  const auto &operands = in.operands;
  if (at < operands.size() && operands[at].kind == ast::Operand::List)
    results = operands[at++].elements;
  if (at >= operands.size() || operands[at].kind != ast::Operand::Name)
    return fail("'call' needs a function's name");
  std::string_view name = operands[at++].name;
  if (at < operands.size() && operands[at].kind == ast::Operand::List)
    args = operands[at++].elements;
  // A prototype may follow a direct call as well; it says nothing new.

  auto entity = lookup(name);
  if (!entity || entity->kind != Entity::Function)
    return fail(entity && entity->kind == Entity::Register
                    ? std::string("indirect calls are not supported")
                    : "unknown function '" + std::string(name) + "'");
  const ast::Function *function = &module.tree.functions[entity->index];
  // A prototype may stand before the definition.
  for (const ast::Function &other : module.tree.functions)
    if (other.hasBody && other.name == name)
      function = &other;
  if (!function->hasBody)
    return lowerBuiltin(in, name, results, args);
  if (function->isEntry)
    return fail("a kernel cannot be called");
  if (depth >= kMaxCallDepth)
    return fail("calls are nested too deeply");
  for (std::string_view active : inlining)
    if (active == name)
      return fail("recursive calls are not supported ('" + std::string(name) +
                  "')");
  if (function->params.size() != args.size() ||
      function->results.size() != results.size())
    return fail("'" + std::string(name) + "' takes " +
                std::to_string(function->params.size()) + " arguments and " +
                std::to_string(function->results.size()) +
                " results, but the call has " + std::to_string(args.size()) +
                " and " + std::to_string(results.size()));

  // @p call: lanes whose guard is false branch around it.
  std::optional<uint32_t> around;
  Draft &call = newDraft();
  call.op.kind = InstructionClass::Control;
  call.op.flow = Flow::Next;
  if (!in.guard.empty()) {
    call.op.flow = Flow::Branch;
    around = uint32_t(drafts.size()) - 1;
    if (!guard(in, call))
      return false;
    call.op.guardFlip = ~call.op.guardFlip;
  }

  int caller = scope;
  int inner = openScope(-1);
  std::vector<ast::Variable> moves;
  for (size_t i = 0; i < args.size(); ++i)
    if (!bindArgument(function->params[i], args[i], scopes[inner], moves))
      return false;
  for (size_t i = 0; i < results.size(); ++i)
    if (!bindArgument(function->results[i], results[i], scopes[inner], moves))
      return false;
  scope = inner;
  inlining.push_back(name);
  returns.emplace_back();
  bool good = lowerBody(*function, depth + 1);
  for (uint32_t leave : returns.back())
    drafts[leave].op.target = uint32_t(drafts.size());
  if (around)
    drafts[*around].op.target = uint32_t(drafts.size());
  returns.pop_back();
  inlining.pop_back();
  scope = caller;
  return good;
}

bool Lowering::lowerBuiltin(const ast::Instruction &in, std::string_view name,
                            const std::vector<ast::Operand> &results,
                            const std::vector<ast::Operand> &args) {
  Handler run = nullptr;
  size_t argCount = 0, resultCount = 0;
  if (name == "vprintf") {
    run = runVprintf;
    argCount = 2;
    resultCount = 1;
  } else if (name == "__assertfail") {
    run = runAssertFail;
    argCount = 5;
  } else {
    return fail("function '" + std::string(name) + "' has no body" +
                (name.substr(0, 5) == "__nv_"
                     ? ": libdevice was not linked into the module"
                     : ""));
  }
  if (args.size() != argCount || results.size() > resultCount)
    return fail("'" + std::string(name) + "' takes " +
                std::to_string(argCount) + " arguments");
  Draft &draft = newDraft();
  draft.op.run = run;
  draft.op.kind = InstructionClass::Control;
  if (!guard(in, draft))
    return false;
  // The offsets of the variables in local memory.
  std::vector<ast::Operand> all = args;
  all.insert(all.end(), results.begin(), results.end());
  std::vector<uint32_t> slots;
  for (const ast::Operand &operand : all) {
    auto entity = lookup(operand.name);
    if (!entity || entity->kind != Entity::Local)
      return fail("'" + std::string(operand.name) + "' must be a .param");
    Constant offset;
    offset.bytes = 8;
    offset.bits = entity->index;
    slots.push_back(constant(offset));
  }
  draft.operands = slots;
  return true;
}

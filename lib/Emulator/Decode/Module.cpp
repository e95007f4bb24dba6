//===- Module.cpp - loading a module ----------------------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hinm/Emulator/Module.h"

#include "Lowering.h"
#include "Syntax/Parser.h"

#include <cstring>

using namespace hinm::emulator;

static Status failure(std::string_view name, uint32_t line,
                      const std::string &message) {
  return Status::failure(std::string(name) + ":" + std::to_string(line) +
                         ": error: " + message);
}

/// The most bytes of a module's variables: PTX ISA 5.1.3 (constant), and what
/// no device has.
static constexpr uint64_t kMostConst = 64 << 10;
static constexpr uint64_t kMostGlobal = 1ull << 40;

/// 80 of "sm_80", 90 of "sm_90a"; 0 if it is no such name.
static unsigned chipNumber(std::string_view target) {
  if (target.substr(0, 3) != "sm_")
    return 0;
  unsigned number = 0;
  size_t i = 3;
  for (; i < target.size() && target[i] >= '0' && target[i] <= '9' && i < 7;
       ++i)
    number = number * 10 + unsigned(target[i] - '0');
  if (i < target.size() && target.substr(i) != "a" && target.substr(i) != "f")
    return 0;
  return number;
}

namespace {
class VariableCollector {
public:
  VariableCollector(ModuleData &data,
                    std::unordered_map<std::string_view, Entity> &names)
      : data(data), names(names) {}

  std::optional<DecodeError> collect();

private:
  std::optional<DecodeError> declare(const ast::Variable &variable);
  std::optional<DecodeError> fill(const ast::Variable &variable);

  ModuleData &data;
  std::unordered_map<std::string_view, Entity> &names;
  uint64_t constBytes = 0, globalBytes = 0;
};
} // namespace

static bool isModuleVariable(const ast::Variable &variable) {
  return variable.space == ast::Space::Global ||
         variable.space == ast::Space::Const;
}

std::optional<DecodeError>
VariableCollector::declare(const ast::Variable &variable) {
  if (!isModuleVariable(variable))
    return std::nullopt;
  std::string text(variable.name);
  // A name without a variable; what names it will not find it.
  if (variable.isExtern || variable.unsized)
    return std::nullopt;
  if (names.count(variable.name))
    return DecodeError{variable.line, "'" + text + "' is defined twice"};
  bool isConst = variable.space == ast::Space::Const;
  uint64_t &used = isConst ? constBytes : globalBytes;
  used += variable.bytes;
  uint64_t most = isConst ? kMostConst : kMostGlobal;
  if (variable.bytes > most || used > most)
    return DecodeError{variable.line, "with '" + text + "' the module's " +
                                          (isConst ? ".const" : ".global") +
                                          " variables take more than " +
                                          std::to_string(most) + " bytes"};
  Entity entity;
  entity.kind = Entity::Module;
  entity.type = variable.type;
  entity.bytes = variable.bytes;
  entity.index = uint32_t(data.variables.size());
  entity.isConst = isConst;
  names[variable.name] = entity;
  ModuleVariable out;
  out.name = text;
  out.bytes = variable.bytes;
  out.alignment = variable.alignment;
  out.isConst = entity.isConst;
  if (!variable.initial.empty())
    out.initial.resize(variable.initial.size() * ast::typeBytes(variable.type),
                       0);
  data.variables.push_back(std::move(out));
  return std::nullopt;
}

std::optional<DecodeError>
VariableCollector::fill(const ast::Variable &variable) {
  if (!isModuleVariable(variable) || variable.isExtern || variable.unsized)
    return std::nullopt;
  ModuleVariable &out = data.variables[names[variable.name].index];
  uint32_t width = ast::typeBytes(variable.type);
  uint64_t offset = 0;
  for (const ast::InitialValue &value : variable.initial) {
    uint64_t bits = value.value;
    if (value.kind == ast::Operand::Name) {
      auto target = names.find(value.symbol);
      if (target == names.end() || target->second.kind != Entity::Module)
        return DecodeError{variable.line, "initial value '" +
                                              std::string(value.symbol) +
                                              "' is not a variable"};
      out.relocations.push_back(
          {offset, width, target->second.index, value.value});
      bits = 0;
    } else if (value.kind == ast::Operand::Float64 && width == 4) {
      double wide;
      std::memcpy(&wide, &bits, 8);
      float single = float(wide);
      uint32_t low;
      std::memcpy(&low, &single, 4);
      bits = low;
    }
    std::memcpy(out.initial.data() + offset, &bits, std::min(width, 8u));
    offset += width;
  }
  return std::nullopt;
}

std::optional<DecodeError> VariableCollector::collect() {
  auto all = [&](auto method) -> std::optional<DecodeError> {
    for (const ast::Variable &variable : data.tree.variables)
      if (auto error = (this->*method)(variable))
        return error;
    for (const ast::Function &function : data.tree.functions)
      for (const ast::Statement &statement : function.body)
        if (statement.kind == ast::Statement::Declaration)
          if (auto error = (this->*method)(statement.variable))
            return error;
    return std::nullopt;
  };
  if (auto error = all(&VariableCollector::declare))
    return error;
  return all(&VariableCollector::fill);
}

Result<Module> Module::load(std::string_view ptx, std::string_view name) {
  auto data = std::make_shared<ModuleData>();
  data->name = std::string(name);
  data->text = std::string(ptx);
  Parser parser(data->text, data->tree);
  if (auto error = parser.run())
    return failure(name, error->line, error->message);
  data->target = std::string(data->tree.target);
  data->chip = chipNumber(data->target);
  if (data->chip < 20)
    return failure(name, 1, "unknown target '" + data->target + "'");

  std::unordered_map<std::string_view, Entity> names;
  if (auto error = VariableCollector(*data, names).collect())
    return failure(name, error->line, error->message);
  for (size_t i = 0; i < data->tree.functions.size(); ++i) {
    const ast::Function &function = data->tree.functions[i];
    Entity entity;
    entity.kind = Entity::Function;
    entity.index = uint32_t(i);
    auto [place, isNew] = names.try_emplace(function.name, entity);
    if (isNew)
      continue;
    bool both = place->second.kind == Entity::Function &&
                data->tree.functions[place->second.index].hasBody &&
                function.hasBody;
    if (place->second.kind != Entity::Function || both)
      return failure(name, function.line,
                     "'" + std::string(function.name) + "' is defined twice");
  }
  for (const ast::Function &function : data->tree.functions) {
    if (!function.isEntry || !function.hasBody)
      continue;
    auto program = std::make_unique<Program>();
    Lowering lowering(*data, names, *program);
    if (auto error = lowering.run(function))
      return failure(name, error->line, error->message);
    placeRegisters(lowering);
    data->kernels.push_back(program->info);
    data->programs.push_back(std::move(program));
  }
  return Module(std::move(data));
}

const std::vector<KernelInfo> &Module::kernels() const { return impl->kernels; }

const KernelInfo *Module::findKernel(std::string_view name) const {
  for (const KernelInfo &kernel : impl->kernels)
    if (kernel.name == name)
      return &kernel;
  return nullptr;
}

const std::string &Module::target() const { return impl->target; }
int Module::version() const { return impl->tree.version; }

//===- Context.cpp - the device that mgpu functions act on ------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hinm/Runtime/Context.h"

#include <set>

using namespace hinm::runtime;

//===----------------------------------------------------------------------===//
// Errors
//===----------------------------------------------------------------------===//

void ErrorSlot::keep(const std::string &message) {
  std::lock_guard<std::mutex> lock(mutex);
  if (!first)
    first = message;
}

bool ErrorSlot::pending() const {
  std::lock_guard<std::mutex> lock(mutex);
  return first.has_value();
}

Status ErrorSlot::take() {
  std::lock_guard<std::mutex> lock(mutex);
  if (!first)
    return Status::success();
  Status status = Status::failure(std::move(*first));
  first.reset();
  return status;
}

Status ErrorSlot::peek() const {
  std::lock_guard<std::mutex> lock(mutex);
  return first ? Status::failure(*first) : Status::success();
}

//===----------------------------------------------------------------------===//
// Modules
//===----------------------------------------------------------------------===//

namespace {
/// Everything that the process shares. Never destroyed: host code unloads its
/// modules when it is unloaded itself, which may be while the process ends.
struct Registry {
  std::mutex mutex;
  std::map<const void *, std::unique_ptr<ModuleRecord>> records;
  std::set<Context *> contexts;

  std::mutex defaultsMutex;
  std::map<std::string, Result<std::unique_ptr<Context>>> defaults;
  ErrorSlot defaultErrors;

  static Registry &get() {
    static Registry &registry = *new Registry;
    return registry;
  }
};
} // namespace

const ModuleRecord *hinm::runtime::recordModule(ModuleSource source) {
  auto record = std::make_unique<ModuleRecord>();
  record->source = std::move(source);
  const ModuleRecord *handle = record.get();
  Registry &registry = Registry::get();
  std::lock_guard<std::mutex> lock(registry.mutex);
  registry.records.emplace(handle, std::move(record));
  return handle;
}

const ModuleRecord *hinm::runtime::findModule(const void *handle) {
  Registry &registry = Registry::get();
  std::lock_guard<std::mutex> lock(registry.mutex);
  auto found = registry.records.find(handle);
  return found == registry.records.end() ? nullptr : found->second.get();
}

Status hinm::runtime::forgetModule(const ModuleRecord *record) {
  Registry &registry = Registry::get();
  std::lock_guard<std::mutex> lock(registry.mutex);
  Status status = Status::success();
  for (Context *context : registry.contexts) {
    Status unloaded = context->unload(record);
    if (status.succeeded())
      status = unloaded;
  }
  registry.records.erase(record);
  return status;
}

Context::Context(std::unique_ptr<Device> device) : device_(std::move(device)) {
  Registry &registry = Registry::get();
  std::lock_guard<std::mutex> lock(registry.mutex);
  registry.contexts.insert(this);
}

Context::~Context() {
  {
    Registry &registry = Registry::get();
    std::lock_guard<std::mutex> lock(registry.mutex);
    registry.contexts.erase(this);
  }
  for (auto &[record, module] : modules)
    if (module.handle.succeeded())
      (void)device_->unloadModule(*module.handle);
}

Result<LoadedFunction *> Context::function(const ModuleRecord *record,
                                           const char *name) {
  std::lock_guard<std::mutex> lock(mutex);
  auto found = modules.find(record);
  if (found == modules.end())
    found = modules
                .emplace(record,
                         LoadedModule{device_->loadModule(record->source), {}})
                .first;
  LoadedModule &module = found->second;
  if (module.handle.failed())
    return module.handle.status();
  auto &function = module.functions[name];
  if (!function) {
    Result<void *> handle = device_->getFunction(*module.handle, name);
    if (handle.failed())
      return failure("'", record->source.origin, "': ", handle.message());
    function =
        std::make_unique<LoadedFunction>(LoadedFunction{this, *handle, name});
  }
  return function.get();
}

Status Context::unload(const ModuleRecord *record) {
  std::lock_guard<std::mutex> lock(mutex);
  auto found = modules.find(record);
  if (found == modules.end())
    return Status::success();
  Result<void *> handle = std::move(found->second.handle);
  modules.erase(found);
  return handle.failed() ? Status::success() : device_->unloadModule(*handle);
}

//===----------------------------------------------------------------------===//
// What the calling thread acts on
//===----------------------------------------------------------------------===//

static thread_local Scope *currentScope = nullptr;
static thread_local LoaderScope *currentLoader = nullptr;
static thread_local int defaultOrdinal = -1;

Scope::Scope(Context &context, ErrorSlot &errors)
    : context(context), errors(errors), outer(currentScope) {
  currentScope = this;
}

Scope::~Scope() { currentScope = outer; }

Scope *Scope::current() { return currentScope; }

LoaderScope::LoaderScope(std::string origin, std::string cubin,
                         std::optional<Chip> chip)
    : origin(std::move(origin)), cubin(std::move(cubin)), chip(chip),
      outer(currentLoader) {
  currentLoader = this;
}

LoaderScope::~LoaderScope() { currentLoader = outer; }

LoaderScope *LoaderScope::current() { return currentLoader; }

Result<Context *> hinm::runtime::defaultContext() {
  Registry &registry = Registry::get();
  std::lock_guard<std::mutex> lock(registry.defaultsMutex);
  // The environment is read once; a thread may choose another number.
  static const std::string &chosen = *new std::string(defaultDeviceSpec());
  std::string spec = chosen;
  if (defaultOrdinal >= 0) {
    std::string kind = spec.substr(0, spec.find(':'));
    if (kind == "cuda")
      spec = concat("cuda:", defaultOrdinal);
    else if (defaultOrdinal != 0)
      return failure("there is no device ", defaultOrdinal, ", '", kind,
                     "' is one device, 0");
  }
  auto found = registry.defaults.find(spec);
  if (found == registry.defaults.end()) {
    auto create = [&]() -> Result<std::unique_ptr<Context>> {
      Result<std::unique_ptr<Device>> device = createDevice(spec);
      if (device.failed())
        return device.status();
      return std::make_unique<Context>(device.take());
    };
    found = registry.defaults.emplace(spec, create()).first;
  }
  if (found->second.failed())
    return found->second.status();
  return found->second->get();
}

void hinm::runtime::setDefaultOrdinal(int ordinal) { defaultOrdinal = ordinal; }

ErrorSlot &hinm::runtime::defaultErrors() {
  return Registry::get().defaultErrors;
}

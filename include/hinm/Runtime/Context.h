//===- Context.h - the device that mgpu functions act on --------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Compiled host code calls the `mgpu*` functions (Mgpu.h), which return no
// status and do not say on which device they act. A Scope says it for the
// calling thread, and where the first error is kept. Outside of any scope they
// act on the default device (`defaultDeviceSpec`).
//
// Modules are recorded when host code announces them, which happens while it is
// being loaded, before any device is chosen; a Context loads them into its
// device when their first function is asked for.
//
//===----------------------------------------------------------------------===//

#ifndef HINM_RUNTIME_CONTEXT_H
#define HINM_RUNTIME_CONTEXT_H

#include "hinm/Runtime/Device.h"

#include <map>
#include <mutex>
#include <vector>

namespace hinm::runtime {

/// Keeps the first error until it is taken. Thread-safe.
class ErrorSlot {
public:
  void keep(const std::string &message);
  bool pending() const;
  /// The error kept, or success; forgets it.
  Status take();
  /// The error kept, or success.
  Status peek() const;

private:
  mutable std::mutex mutex;
  std::optional<std::string> first;
};

/// A module that host code announced.
struct ModuleRecord {
  ModuleSource source;
};

/// A kernel of a module that was loaded into a context's device.
struct LoadedFunction {
  class Context *context = nullptr;
  void *handle = nullptr;
  std::string name;
};

/// A device and the modules that were loaded into it. Thread-safe.
class Context {
public:
  explicit Context(std::unique_ptr<Device> device);
  ~Context();
  Context(const Context &) = delete;
  Context &operator=(const Context &) = delete;

  Device &device() { return *device_; }

  /// The kernel of that name; loads the module at its first use.
  Result<LoadedFunction *> function(const ModuleRecord *record,
                                    const char *name);
  /// Unloads the module, if it was loaded.
  Status unload(const ModuleRecord *record);

private:
  struct LoadedModule {
    /// The device's handle, or why loading failed.
    Result<void *> handle;
    std::map<std::string, std::unique_ptr<LoadedFunction>> functions;
  };
  std::unique_ptr<Device> device_;
  std::mutex mutex;
  std::map<const ModuleRecord *, LoadedModule> modules;
};

/// Records a module and gives its handle; `forgetModule` unloads it from every
/// context. `findModule` gives null for what is no handle.
const ModuleRecord *recordModule(ModuleSource source);
const ModuleRecord *findModule(const void *handle);
Status forgetModule(const ModuleRecord *record);

/// While it lives, the calling thread's mgpu functions act on `context` and
/// keep their first error in `errors`. Scopes nest.
class Scope {
public:
  Scope(Context &context, ErrorSlot &errors);
  ~Scope();
  Scope(const Scope &) = delete;
  Scope &operator=(const Scope &) = delete;

  Context &context;
  ErrorSlot &errors;
  /// The calling thread's innermost scope, or null.
  static Scope *current();

private:
  Scope *outer;
};

/// While it lives, modules that the calling thread records in PTX form get this
/// machine code beside it. The artifact loader sets it around `dlopen`.
class LoaderScope {
public:
  LoaderScope(std::string origin, std::string cubin, std::optional<Chip> chip);
  ~LoaderScope();
  LoaderScope(const LoaderScope &) = delete;
  LoaderScope &operator=(const LoaderScope &) = delete;

  const std::string origin;
  const std::string cubin;
  const std::optional<Chip> chip;
  static LoaderScope *current();

private:
  LoaderScope *outer;
};

/// The context of the default device for the calling thread, made at its first
/// use; lives as long as the process.
Result<Context *> defaultContext();
/// Chooses the default device's number for the calling thread.
void setDefaultOrdinal(int ordinal);
/// Where errors outside of any scope are kept.
ErrorSlot &defaultErrors();

} // namespace hinm::runtime

#endif // HINM_RUNTIME_CONTEXT_H

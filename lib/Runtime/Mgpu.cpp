//===- Mgpu.cpp - the functions that compiled host code calls ---*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hinm/Runtime/Mgpu.h"

#include "ExitOnError.h"
#include "hinm/Runtime/Context.h"

#include <cstring>

using namespace hinm::runtime;

namespace {

/// What the calling thread's functions act on: its scope, or else the default
/// device. `context` is null when there is none; the error is then kept.
struct Current {
  Context *context = nullptr;
  ErrorSlot *errors = nullptr;

  Current() {
    if (Scope *scope = Scope::current()) {
      context = &scope->context;
      errors = &scope->errors;
      return;
    }
    errors = &defaultErrors();
    Result<Context *> fallback = defaultContext();
    if (fallback.succeeded())
      context = *fallback;
    else
      keep(fallback.status());
  }

  Device *device() { return context ? &context->device() : nullptr; }

  void keep(const Status &status) {
    if (!status.failed())
      return;
    errors->keep(status.message());
    if (!Scope::current())
      watchUnreportedErrors();
  }

  /// The value, or null with the error kept.
  template <typename T>
  T *keep(const Result<T *> &result) {
    if (result.succeeded())
      return *result;
    keep(result.status());
    return nullptr;
  }
};

/// Ends the process if it is to and an error was kept outside of any scope.
void synchronised() {
  if (!Scope::current())
    exitIfError();
}

/// Where a host memref's elements lie.
struct HostRange {
  char *begin;
  size_t bytes;
};
HostRange rangeOf(int64_t rank, const void *descriptor, int64_t elementBytes) {
  const auto *words = static_cast<const int64_t *>(descriptor);
  int64_t count = 1;
  for (int64_t i = 0; i < rank; ++i)
    count *= words[3 + i];
  return {reinterpret_cast<char *>(words[1]) + words[2] * elementBytes,
          static_cast<size_t>(count * elementBytes)};
}

} // namespace

//===----------------------------------------------------------------------===//
// Streams and events
//===----------------------------------------------------------------------===//

void *mgpuStreamCreate() {
  Current current;
  Device *device = current.device();
  return device ? current.keep(device->createStream()) : nullptr;
}

void mgpuStreamDestroy(void *stream) {
  Current current;
  if (Device *device = current.device(); device && stream)
    current.keep(device->destroyStream(stream));
  synchronised();
}

void mgpuStreamSynchronize(void *stream) {
  Current current;
  if (Device *device = current.device())
    current.keep(device->synchronize(stream));
  synchronised();
}

void mgpuStreamWaitEvent(void *stream, void *event) {
  Current current;
  if (Device *device = current.device(); device && event)
    current.keep(device->waitEvent(stream, event));
}

void *mgpuEventCreate() {
  Current current;
  Device *device = current.device();
  return device ? current.keep(device->createEvent()) : nullptr;
}

void mgpuEventDestroy(void *event) {
  Current current;
  if (Device *device = current.device(); device && event)
    current.keep(device->destroyEvent(event));
}

void mgpuEventSynchronize(void *event) {
  Current current;
  if (Device *device = current.device(); device && event)
    current.keep(device->synchronizeEvent(event));
  synchronised();
}

void mgpuEventRecord(void *event, void *stream) {
  Current current;
  if (Device *device = current.device(); device && event)
    current.keep(device->recordEvent(event, stream));
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

void *mgpuMemAlloc(uint64_t bytes, void *, uint8_t isHostShared) {
  Current current;
  Device *device = current.device();
  return device ? current.keep(device->allocate(bytes, isHostShared)) : nullptr;
}

void mgpuMemFree(void *address, void *) {
  Current current;
  if (Device *device = current.device())
    current.keep(device->free(address));
}

void mgpuMemcpy(void *to, void *from, size_t bytes, void *stream) {
  Current current;
  // After an error buffers may be null; the copy would only hide its cause.
  if (Device *device = current.device(); device && !current.errors->pending())
    current.keep(device->copy(to, from, bytes, stream));
}

static void fill(void *to, unsigned value, unsigned width, size_t count,
                 void *stream) {
  Current current;
  if (Device *device = current.device(); device && !current.errors->pending())
    current.keep(device->fill(to, value, width, count, stream));
}

void mgpuMemset32(void *to, unsigned int value, size_t count, void *stream) {
  fill(to, value, 4, count, stream);
}

void mgpuMemset16(void *to, unsigned short value, size_t count, void *stream) {
  fill(to, value, 2, count, stream);
}

void mgpuMemHostRegister(void *address, uint64_t bytes) {
  Current current;
  if (Device *device = current.device())
    current.keep(device->registerHost(address, bytes));
}

void mgpuMemHostUnregister(void *address) {
  Current current;
  if (Device *device = current.device())
    current.keep(device->unregisterHost(address));
}

void mgpuMemHostRegisterMemRef(int64_t rank, void *descriptor,
                               int64_t elementBytes) {
  HostRange range = rangeOf(rank, descriptor, elementBytes);
  mgpuMemHostRegister(range.begin, range.bytes);
}

void mgpuMemHostUnregisterMemRef(int64_t rank, void *descriptor,
                                 int64_t elementBytes) {
  mgpuMemHostUnregister(rangeOf(rank, descriptor, elementBytes).begin);
}

void mgpuSetDefaultDevice(int32_t ordinal) {
  Scope *scope = Scope::current();
  if (scope)
    scope->errors.keep("a program that runs in a session cannot choose its "
                       "device: the session has one");
  else
    setDefaultOrdinal(ordinal);
}

//===----------------------------------------------------------------------===//
// Modules
//===----------------------------------------------------------------------===//

static void *record(ModuleSource source) {
  if (LoaderScope *loader = LoaderScope::current()) {
    source.origin = loader->origin;
    // Machine code of its own comes first; else that of the artifact serves.
    if (source.binary.empty()) {
      source.binary = loader->cubin;
      source.binaryChip = loader->chip;
    }
  } else {
    source.origin = "GPU module";
  }
  return const_cast<ModuleRecord *>(recordModule(std::move(source)));
}

void *mgpuModuleLoad(void *data, size_t bytes) {
  const char *text = static_cast<const char *>(data);
  ModuleSource source;
  // Cubins are ELF files, fatbins begin with 0xBA55ED50; PTX is text.
  bool isElf = bytes >= 4 && std::memcmp(text,
                                         "\x7f"
                                         "ELF",
                                         4) == 0;
  bool isFatbin = bytes >= 4 && std::memcmp(text, "\x50\xed\x55\xba", 4) == 0;
  if (isElf || isFatbin)
    source.binary.assign(text, bytes);
  else
    source.ptx.assign(text, strnlen(text, bytes));
  return record(std::move(source));
}

void *mgpuModuleLoadJIT(void *data, int32_t optLevel) {
  ModuleSource source;
  source.ptx = static_cast<const char *>(data);
  source.optLevel = optLevel;
  return record(std::move(source));
}

void mgpuModuleUnload(void *module) {
  // It runs while host code is unloaded: no device is made for it.
  const ModuleRecord *record = findModule(module);
  if (!record)
    return;
  Status status = forgetModule(record);
  Scope *scope = Scope::current();
  if (status.failed())
    (scope ? scope->errors : defaultErrors()).keep(status.message());
}

void *mgpuModuleGetFunction(void *module, const char *name) {
  Current current;
  if (!current.context || !module)
    return nullptr;
  const ModuleRecord *record = findModule(module);
  if (!record) {
    current.keep(failure("kernel '", name,
                         "' is asked of a module that is not "
                         "loaded"));
    return nullptr;
  }
  return current.keep(current.context->function(record, name));
}

//===----------------------------------------------------------------------===//
// Launches
//===----------------------------------------------------------------------===//

static void launch(void *handle, const LaunchShape &shape, void *stream,
                   void **params, void **extra, int64_t paramCount) {
  Current current;
  auto *function = static_cast<LoadedFunction *>(handle);
  // Without a function its error is kept already, and after an error kernels
  // would read what was never written.
  if (!current.context || !function || current.errors->pending())
    return;
  if (function->context != current.context) {
    current.keep(
        failure("kernel '", function->name, "' was loaded on another device"));
    return;
  }
  current.keep(current.context->device().launch(function->handle, shape, stream,
                                                params, extra, paramCount));
}

void mgpuLaunchKernel(void *function, intptr_t gridX, intptr_t gridY,
                      intptr_t gridZ, intptr_t blockX, intptr_t blockY,
                      intptr_t blockZ, int32_t sharedBytes, void *stream,
                      void **params, void **extra, size_t paramCount) {
  LaunchShape shape{
      {gridX, gridY, gridZ}, {1, 1, 1}, {blockX, blockY, blockZ}, sharedBytes};
  launch(function, shape, stream, params, extra,
         static_cast<int64_t>(paramCount));
}

void mgpuLaunchClusterKernel(void *function, intptr_t clusterX,
                             intptr_t clusterY, intptr_t clusterZ,
                             intptr_t gridX, intptr_t gridY, intptr_t gridZ,
                             intptr_t blockX, intptr_t blockY, intptr_t blockZ,
                             int32_t sharedBytes, void *stream, void **params,
                             void **extra) {
  LaunchShape shape{{gridX, gridY, gridZ},
                    {clusterX, clusterY, clusterZ},
                    {blockX, blockY, blockZ},
                    sharedBytes};
  launch(function, shape, stream, params, extra, -1);
}

void *mgpuTensorMapEncodeTiledMemref(int64_t rank, void *descriptor,
                                     int32_t dataType, int32_t interleave,
                                     int32_t swizzle, int32_t l2Promotion,
                                     int32_t oobFill, int64_t *boxSizes) {
  Current current;
  Device *device = current.device();
  if (!device)
    return nullptr;
  return current.keep(device->encodeTensorMap(
      {rank, static_cast<const int64_t *>(descriptor), dataType, interleave,
       swizzle, l2Promotion, oobFill, boxSizes}));
}

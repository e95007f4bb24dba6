//===- CudaDriver.cpp - the CUDA driver's functions, found at run time -*- C++
//-*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CudaDriver.h"

#include <dlfcn.h>
#include <map>
#include <memory>
#include <mutex>

using namespace hinm::runtime;

/// Finds a function; true when it is there.
template <typename F>
static bool resolve(void *library, const char *name, F &function) {
  function = reinterpret_cast<F>(dlsym(library, name));
  return function != nullptr;
}

/// Fills the table; returns the name of a function that is missing, or null.
static const char *resolveAll(void *library, CudaDriver &driver) {
// Functions whose ABI changed once carry the version in their symbol.
#define HINM_RESOLVE(function, symbol)                                         \
  if (!resolve(library, symbol, driver.function))                              \
    return symbol;
  HINM_RESOLVE(cuInit, "cuInit")
  HINM_RESOLVE(cuGetErrorName, "cuGetErrorName")
  HINM_RESOLVE(cuGetErrorString, "cuGetErrorString")
  HINM_RESOLVE(cuDeviceGetCount, "cuDeviceGetCount")
  HINM_RESOLVE(cuDeviceGet, "cuDeviceGet")
  HINM_RESOLVE(cuDeviceGetName, "cuDeviceGetName")
  HINM_RESOLVE(cuDeviceGetAttribute, "cuDeviceGetAttribute")
  HINM_RESOLVE(cuDevicePrimaryCtxRetain, "cuDevicePrimaryCtxRetain")
  HINM_RESOLVE(cuDevicePrimaryCtxRelease, "cuDevicePrimaryCtxRelease_v2")
  HINM_RESOLVE(cuCtxPushCurrent, "cuCtxPushCurrent_v2")
  HINM_RESOLVE(cuCtxPopCurrent, "cuCtxPopCurrent_v2")
  HINM_RESOLVE(cuMemAlloc, "cuMemAlloc_v2")
  HINM_RESOLVE(cuMemAllocManaged, "cuMemAllocManaged")
  HINM_RESOLVE(cuMemFree, "cuMemFree_v2")
  HINM_RESOLVE(cuMemcpyAsync, "cuMemcpyAsync")
  HINM_RESOLVE(cuMemsetD32Async, "cuMemsetD32Async")
  HINM_RESOLVE(cuMemsetD16Async, "cuMemsetD16Async")
  HINM_RESOLVE(cuMemHostRegister, "cuMemHostRegister_v2")
  HINM_RESOLVE(cuMemHostUnregister, "cuMemHostUnregister")
  HINM_RESOLVE(cuMemHostGetDevicePointer, "cuMemHostGetDevicePointer_v2")
  HINM_RESOLVE(cuStreamCreate, "cuStreamCreate")
  HINM_RESOLVE(cuStreamDestroy, "cuStreamDestroy_v2")
  HINM_RESOLVE(cuStreamSynchronize, "cuStreamSynchronize")
  HINM_RESOLVE(cuStreamWaitEvent, "cuStreamWaitEvent")
  HINM_RESOLVE(cuEventCreate, "cuEventCreate")
  HINM_RESOLVE(cuEventDestroy, "cuEventDestroy_v2")
  HINM_RESOLVE(cuEventRecord, "cuEventRecord")
  HINM_RESOLVE(cuEventSynchronize, "cuEventSynchronize")
  HINM_RESOLVE(cuEventElapsedTime, "cuEventElapsedTime")
  HINM_RESOLVE(cuModuleLoadDataEx, "cuModuleLoadDataEx")
  HINM_RESOLVE(cuModuleUnload, "cuModuleUnload")
  HINM_RESOLVE(cuModuleGetFunction, "cuModuleGetFunction")
  HINM_RESOLVE(cuFuncGetAttribute, "cuFuncGetAttribute")
  HINM_RESOLVE(cuFuncSetAttribute, "cuFuncSetAttribute")
  HINM_RESOLVE(cuLaunchKernel, "cuLaunchKernel")
#undef HINM_RESOLVE
  resolve(library, "cuLaunchKernelEx", driver.cuLaunchKernelEx);
  resolve(library, "cuTensorMapEncodeTiled", driver.cuTensorMapEncodeTiled);
  return nullptr;
}

static Result<std::unique_ptr<CudaDriver>> load(const std::string &path) {
  void *library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!library)
    return failure("no CUDA driver is installed: ", dlerror(),
                   " (without a GPU, use the device 'emulator' or 'cpu')");
  auto driver = std::make_unique<CudaDriver>();
  const char *missing = resolveAll(library, *driver);
  Status status = Status::success();
  if (missing)
    status =
        failure("the CUDA driver '", path, "' is too old: it has no ", missing);
  else
    status = driver->check(driver->cuInit(0), "cuInit");
  if (status.succeeded())
    return driver;
  dlclose(library);
  return status;
}

Result<const CudaDriver *> CudaDriver::get(const std::string &path) {
  // Never destroyed: host code may still unload modules while the process ends.
  static auto &mutex = *new std::mutex;
  static auto &drivers =
      *new std::map<std::string, Result<std::unique_ptr<CudaDriver>>>;
  std::lock_guard<std::mutex> lock(mutex);
  auto found = drivers.find(path);
  if (found == drivers.end())
    found = drivers.emplace(path, load(path)).first;
  if (found->second.failed())
    return found->second.status();
  return static_cast<const CudaDriver *>(found->second->get());
}

int CudaDriver::deviceCount() const {
  int count = 0;
  return cuDeviceGetCount(&count) == 0 ? count : 0;
}

Status CudaDriver::check(CuResult result, const char *call) const {
  if (result == 0)
    return Status::success();
  const char *name = nullptr, *text = nullptr;
  cuGetErrorName(result, &name);
  cuGetErrorString(result, &text);
  return failure(call, " failed: ", name ? name : "unknown error", " (",
                 text ? text : concat("code ", result), ")");
}

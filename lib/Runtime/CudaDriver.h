//===- CudaDriver.h - the CUDA driver's functions, found at run time -*- C++
//-*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Declares what the runtime needs of the driver API (CUDA driver API reference,
// version 12), so that no CUDA installation is needed to build, and none to
// run without a GPU.
//
//===----------------------------------------------------------------------===//

#ifndef HINM_LIB_RUNTIME_CUDADRIVER_H
#define HINM_LIB_RUNTIME_CUDADRIVER_H

#include "hinm/Runtime/Error.h"

#include <cstddef>
#include <cstdint>
#include <string>

namespace hinm::runtime {

/// CUresult; 0 is success.
using CuResult = int;
using CuDevice = int;
using CuContext = void *;
using CuStream = void *;
using CuEvent = void *;
using CuModule = void *;
using CuFunction = void *;
using CuAddress = unsigned long long;

/// The enumerators that are used, by their names in cuda.h.
enum CuConstants : int {
  CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR = 75,
  CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR = 76,
  CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN = 97,
  CU_EVENT_DEFAULT = 0,
  CU_EVENT_DISABLE_TIMING = 2,
  CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES = 1,
  CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES = 8,
  CU_FUNC_ATTRIBUTE_NON_PORTABLE_CLUSTER_SIZE_ALLOWED = 14,
  CU_JIT_ERROR_LOG_BUFFER = 5,
  CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES = 6,
  CU_JIT_OPTIMIZATION_LEVEL = 7,
  CU_LAUNCH_ATTRIBUTE_CLUSTER_DIMENSION = 4,
  CU_MEM_ATTACH_GLOBAL = 1,
  CU_STREAM_NON_BLOCKING = 1,
};

/// CUlaunchAttribute and CUlaunchConfig.
struct CuLaunchAttribute {
  int id;
  int padding;
  union {
    unsigned clusterDim[3];
    char bytes[64];
  };
};
struct CuLaunchConfig {
  unsigned grid[3];
  unsigned block[3];
  unsigned sharedBytes;
  CuStream stream;
  CuLaunchAttribute *attributes;
  unsigned attributeCount;
};
static_assert(sizeof(CuLaunchAttribute) == 72 && sizeof(CuLaunchConfig) == 56,
              "as in cuda.h");

/// The driver's functions; each keeps its name in the API. One table for each
/// library, initialised once and never unloaded.
struct CudaDriver {
  /// Loads the library and initialises the driver. The failure says what is
  /// missing.
  static Result<const CudaDriver *> get(const std::string &library);

  int deviceCount() const;
  /// `call failed: CUDA_ERROR_NAME (text)`, or success.
  Status check(CuResult result, const char *call) const;

  CuResult (*cuInit)(unsigned);
  CuResult (*cuGetErrorName)(CuResult, const char **);
  CuResult (*cuGetErrorString)(CuResult, const char **);
  CuResult (*cuDeviceGetCount)(int *);
  CuResult (*cuDeviceGet)(CuDevice *, int);
  CuResult (*cuDeviceGetName)(char *, int, CuDevice);
  CuResult (*cuDeviceGetAttribute)(int *, int, CuDevice);
  CuResult (*cuDevicePrimaryCtxRetain)(CuContext *, CuDevice);
  CuResult (*cuDevicePrimaryCtxRelease)(CuDevice);
  CuResult (*cuCtxPushCurrent)(CuContext);
  CuResult (*cuCtxPopCurrent)(CuContext *);
  CuResult (*cuMemAlloc)(CuAddress *, size_t);
  CuResult (*cuMemAllocManaged)(CuAddress *, size_t, unsigned);
  CuResult (*cuMemFree)(CuAddress);
  CuResult (*cuMemcpyAsync)(CuAddress, CuAddress, size_t, CuStream);
  CuResult (*cuMemsetD32Async)(CuAddress, unsigned, size_t, CuStream);
  CuResult (*cuMemsetD16Async)(CuAddress, unsigned short, size_t, CuStream);
  CuResult (*cuMemHostRegister)(void *, size_t, unsigned);
  CuResult (*cuMemHostUnregister)(void *);
  CuResult (*cuMemHostGetDevicePointer)(CuAddress *, void *, unsigned);
  CuResult (*cuStreamCreate)(CuStream *, unsigned);
  CuResult (*cuStreamDestroy)(CuStream);
  CuResult (*cuStreamSynchronize)(CuStream);
  CuResult (*cuStreamWaitEvent)(CuStream, CuEvent, unsigned);
  CuResult (*cuEventCreate)(CuEvent *, unsigned);
  CuResult (*cuEventDestroy)(CuEvent);
  CuResult (*cuEventRecord)(CuEvent, CuStream);
  CuResult (*cuEventSynchronize)(CuEvent);
  CuResult (*cuEventElapsedTime)(float *, CuEvent, CuEvent);
  CuResult (*cuModuleLoadDataEx)(CuModule *, const void *, unsigned, int *,
                                 void **);
  CuResult (*cuModuleUnload)(CuModule);
  CuResult (*cuModuleGetFunction)(CuFunction *, CuModule, const char *);
  CuResult (*cuFuncGetAttribute)(int *, int, CuFunction);
  CuResult (*cuFuncSetAttribute)(CuFunction, int, int);
  CuResult (*cuLaunchKernel)(CuFunction, unsigned, unsigned, unsigned, unsigned,
                             unsigned, unsigned, unsigned, CuStream, void **,
                             void **);
  /// Null where the driver is too old to know them.
  CuResult (*cuLaunchKernelEx)(const CuLaunchConfig *, CuFunction, void **,
                               void **);
  CuResult (*cuTensorMapEncodeTiled)(void *, int, unsigned, void *,
                                     const uint64_t *, const uint64_t *,
                                     const uint32_t *, const uint32_t *, int,
                                     int, int, int);
};

} // namespace hinm::runtime

#endif // HINM_LIB_RUNTIME_CUDADRIVER_H

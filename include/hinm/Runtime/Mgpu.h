//===- Mgpu.h - the functions that compiled host code calls -----*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// MLIR's GPU runtime ABI, as `gpu-to-llvm` and the translation of
// `gpu.binary` emit calls to it. The functions act on the calling thread's
// current device (Context.h). They return no status: the first error is kept
// for the caller, results of failed functions are null, and null handles are
// passed over without a second error.
//
// In a program that uses no HiNM session, such as one under mlir-runner, an
// error ends the process with a message and status 1 at the next
// synchronisation (hinmSetExitOnError in Runtime.h).
//
//===----------------------------------------------------------------------===//

#ifndef HINM_RUNTIME_MGPU_H
#define HINM_RUNTIME_MGPU_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

void *mgpuStreamCreate(void);
void mgpuStreamDestroy(void *stream);
void mgpuStreamSynchronize(void *stream);
void mgpuStreamWaitEvent(void *stream, void *event);

void *mgpuEventCreate(void);
void mgpuEventDestroy(void *event);
void mgpuEventSynchronize(void *event);
void mgpuEventRecord(void *event, void *stream);

void *mgpuMemAlloc(uint64_t bytes, void *stream, uint8_t isHostShared);
void mgpuMemFree(void *address, void *stream);
void mgpuMemcpy(void *to, void *from, size_t bytes, void *stream);
void mgpuMemset32(void *to, unsigned int value, size_t count, void *stream);
void mgpuMemset16(void *to, unsigned short value, size_t count, void *stream);

/// `descriptor` is {allocated, aligned, offset, sizes[rank], strides[rank]} of
/// a contiguous row-major array.
void mgpuMemHostRegister(void *address, uint64_t bytes);
void mgpuMemHostUnregister(void *address);
void mgpuMemHostRegisterMemRef(int64_t rank, void *descriptor,
                               int64_t elementBytes);
void mgpuMemHostUnregisterMemRef(int64_t rank, void *descriptor,
                                 int64_t elementBytes);

void mgpuSetDefaultDevice(int32_t device);

/// A cubin or fatbin (or PTX text) of that many bytes.
void *mgpuModuleLoad(void *data, size_t bytes);
/// PTX text that ends in a zero byte.
void *mgpuModuleLoadJIT(void *data, int32_t optLevel);
void mgpuModuleUnload(void *module);
void *mgpuModuleGetFunction(void *module, const char *name);

void mgpuLaunchKernel(void *function, intptr_t gridX, intptr_t gridY,
                      intptr_t gridZ, intptr_t blockX, intptr_t blockY,
                      intptr_t blockZ, int32_t sharedBytes, void *stream,
                      void **params, void **extra, size_t paramCount);
void mgpuLaunchClusterKernel(void *function, intptr_t clusterX,
                             intptr_t clusterY, intptr_t clusterZ,
                             intptr_t gridX, intptr_t gridY, intptr_t gridZ,
                             intptr_t blockX, intptr_t blockY, intptr_t blockZ,
                             int32_t sharedBytes, void *stream, void **params,
                             void **extra);

/// CUDA only: needs a driver that knows tensor maps.
void *mgpuTensorMapEncodeTiledMemref(int64_t rank, void *descriptor,
                                     int32_t dataType, int32_t interleave,
                                     int32_t swizzle, int32_t l2Promotion,
                                     int32_t oobFill, int64_t *boxSizes);

/// Copies between two unranked memrefs {rank, descriptor} in host memory whose
/// shapes are equal; MLIR calls it for copies between strided layouts.
void memrefCopy(int64_t elementBytes, void *from, void *to);

#ifdef __cplusplus
} // extern "C"
#endif

#endif // HINM_RUNTIME_MGPU_H

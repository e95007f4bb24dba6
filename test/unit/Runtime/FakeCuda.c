//===- FakeCuda.c - a CUDA driver that computes on the host -------*- C -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Stands in for libcuda.so.1 where there is no GPU: memory is the host's, and
// the two kernels of the test model are computed when they are launched. It
// checks what callers must do (a current context, opting in to shared memory)
// and counts what is alive. The environment shapes the device:
// FAKE_CUDA_CAPABILITY (default 80), FAKE_CUDA_DEVICES (default 1).
//
//===----------------------------------------------------------------------===//

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
  SUCCESS = 0,
  INVALID = 1,
  NO_CONTEXT = 201,
  BAD_IMAGE = 200,
  BAD_PTX = 218,
  NOT_FOUND = 500,
  LAUNCH = 719
};

/// What is alive, and what happened; tests read it.
struct FakeCudaState {
  int allocations, streams, events, modules, contexts, depth;
  int launches, binaryLoads, textLoads, copies, lastShared, lastCluster;
} fakeCudaState;

struct Module {
  int isBinary;
};
struct Function {
  char name[64];
  int limit;
};
static struct Function functions[8];
static int functionCount;
static __thread int current;

#define REQUIRE_CONTEXT                                                        \
  if (current == 0)                                                            \
  return NO_CONTEXT
#define ADD(field, amount)                                                     \
  __atomic_add_fetch(&fakeCudaState.field, amount, __ATOMIC_SEQ_CST)

static int fromEnvironment(const char *name, int fallback) {
  const char *text = getenv(name);
  return text ? atoi(text) : fallback;
}

int cuInit(unsigned flags) { return (int)flags; }
int cuGetErrorName(int code, const char **name) {
  *name = code == BAD_PTX     ? "CUDA_ERROR_INVALID_PTX"
          : code == NOT_FOUND ? "CUDA_ERROR_NOT_FOUND"
          : code == LAUNCH    ? "CUDA_ERROR_LAUNCH_FAILED"
                              : "CUDA_ERROR_OTHER";
  return SUCCESS;
}
int cuGetErrorString(int code, const char **text) {
  (void)code;
  *text = "as the fake driver says";
  return SUCCESS;
}
int cuDeviceGetCount(int *count) {
  *count = fromEnvironment("FAKE_CUDA_DEVICES", 1);
  return SUCCESS;
}
int cuDeviceGet(int *device, int ordinal) {
  *device = ordinal;
  return SUCCESS;
}
int cuDeviceGetName(char *name, int size, int device) {
  snprintf(name, (size_t)size, "Fake GPU %d", device);
  return SUCCESS;
}
int cuDeviceGetAttribute(int *value, int attribute, int device) {
  int capability = fromEnvironment("FAKE_CUDA_CAPABILITY", 80);
  (void)device;
  *value = attribute == 75   ? capability / 10
           : attribute == 76 ? capability % 10
           : attribute == 97 ? 100 * 1024
                             : 0;
  return SUCCESS;
}
int cuDevicePrimaryCtxRetain(void **context, int device) {
  (void)device;
  *context = &fakeCudaState;
  ADD(contexts, 1);
  return SUCCESS;
}
int cuDevicePrimaryCtxRelease_v2(int device) {
  (void)device;
  ADD(contexts, -1);
  return SUCCESS;
}
int cuCtxPushCurrent_v2(void *context) {
  if (context != &fakeCudaState)
    return INVALID;
  ++current;
  ADD(depth, 1);
  return SUCCESS;
}
int cuCtxPopCurrent_v2(void **context) {
  *context = &fakeCudaState;
  --current;
  ADD(depth, -1);
  return SUCCESS;
}

int cuMemAlloc_v2(unsigned long long *address, size_t size) {
  REQUIRE_CONTEXT;
  if (size == 0 || size > (1ull << 40))
    return INVALID;
  *address = (uintptr_t)malloc(size);
  ADD(allocations, 1);
  return SUCCESS;
}
int cuMemAllocManaged(unsigned long long *address, size_t size, unsigned flag) {
  return flag == 1 ? cuMemAlloc_v2(address, size) : INVALID;
}
int cuMemFree_v2(unsigned long long address) {
  REQUIRE_CONTEXT;
  free((void *)(uintptr_t)address);
  ADD(allocations, -1);
  return SUCCESS;
}
int cuMemcpyAsync(unsigned long long to, unsigned long long from, size_t size,
                  void *stream) {
  REQUIRE_CONTEXT;
  (void)stream;
  memcpy((void *)(uintptr_t)to, (void *)(uintptr_t)from, size);
  ADD(copies, 1);
  return SUCCESS;
}
int cuMemsetD32Async(unsigned long long to, unsigned value, size_t count,
                     void *stream) {
  REQUIRE_CONTEXT;
  (void)stream;
  for (size_t i = 0; i < count; ++i)
    ((unsigned *)(uintptr_t)to)[i] = value;
  return SUCCESS;
}
int cuMemsetD16Async(unsigned long long to, unsigned short value, size_t count,
                     void *stream) {
  REQUIRE_CONTEXT;
  (void)stream;
  for (size_t i = 0; i < count; ++i)
    ((unsigned short *)(uintptr_t)to)[i] = value;
  return SUCCESS;
}
int cuMemHostRegister_v2(void *address, size_t size, unsigned flags) {
  REQUIRE_CONTEXT;
  return address && size && flags == 0 ? SUCCESS : INVALID;
}
int cuMemHostUnregister(void *address) {
  REQUIRE_CONTEXT;
  return address ? SUCCESS : INVALID;
}
int cuMemHostGetDevicePointer_v2(unsigned long long *device, void *host,
                                 unsigned flags) {
  REQUIRE_CONTEXT;
  *device = (uintptr_t)host;
  return (int)flags;
}

int cuStreamCreate(void **stream, unsigned flags) {
  REQUIRE_CONTEXT;
  if (flags != 1)
    return INVALID;
  *stream = malloc(1);
  ADD(streams, 1);
  return SUCCESS;
}
int cuStreamDestroy_v2(void *stream) {
  REQUIRE_CONTEXT;
  free(stream);
  ADD(streams, -1);
  return SUCCESS;
}
int cuStreamSynchronize(void *stream) {
  REQUIRE_CONTEXT;
  (void)stream;
  return SUCCESS;
}
int cuStreamWaitEvent(void *stream, void *event, unsigned flags) {
  REQUIRE_CONTEXT;
  (void)stream;
  return event && flags == 0 ? SUCCESS : INVALID;
}
int cuEventCreate(void **event, unsigned flags) {
  REQUIRE_CONTEXT;
  *event = malloc(sizeof(unsigned));
  *(unsigned *)*event = flags;
  ADD(events, 1);
  return SUCCESS;
}
int cuEventDestroy_v2(void *event) {
  REQUIRE_CONTEXT;
  free(event);
  ADD(events, -1);
  return SUCCESS;
}
int cuEventRecord(void *event, void *stream) {
  REQUIRE_CONTEXT;
  (void)stream;
  return event ? SUCCESS : INVALID;
}
int cuEventSynchronize(void *event) { return event ? SUCCESS : INVALID; }
int cuEventElapsedTime(float *milliseconds, void *begin, void *end) {
  REQUIRE_CONTEXT;
  *milliseconds = 0.25f;
  // Events without timing have none.
  return *(unsigned *)begin == 0 && *(unsigned *)end == 0 ? SUCCESS : INVALID;
}

int cuModuleLoadDataEx(void **module, const void *image, unsigned count,
                       int *options, void **values) {
  REQUIRE_CONTEXT;
  int isBinary = memcmp(image,
                        "\x7f"
                        "ELF",
                        4) == 0;
  if (isBinary)
    ADD(binaryLoads, 1);
  else
    ADD(textLoads, 1);
  if (isBinary && strstr((const char *)image + 4, "broken"))
    return BAD_IMAGE;
  if (!isBinary && !strstr(image, ".entry")) {
    for (unsigned i = 0; i < count; ++i)
      if (options[i] == 5)
        strcpy(values[i], "ptxas fatal: no entry");
    return BAD_PTX;
  }
  struct Module *loaded = malloc(sizeof(*loaded));
  loaded->isBinary = isBinary;
  *module = loaded;
  ADD(modules, 1);
  return SUCCESS;
}
int cuModuleUnload(void *module) {
  REQUIRE_CONTEXT;
  free(module);
  ADD(modules, -1);
  return SUCCESS;
}
int cuModuleGetFunction(void **function, void *module, const char *name) {
  REQUIRE_CONTEXT;
  (void)module;
  if (strcmp(name, "scale") != 0 && strcmp(name, "shift") != 0)
    return NOT_FOUND;
  struct Function *slot = &functions[functionCount++ % 8];
  strcpy(slot->name, name);
  slot->limit = 48 * 1024 - 1024;
  *function = slot;
  return SUCCESS;
}
int cuFuncGetAttribute(int *value, int attribute, void *function) {
  (void)function;
  *value = attribute == 1 ? 1024 : 0;
  return SUCCESS;
}
int cuFuncSetAttribute(void *function, int attribute, int value) {
  if (attribute == 8)
    ((struct Function *)function)->limit = value;
  return SUCCESS;
}
int cuLaunchKernel(void *handle, unsigned gridX, unsigned gridY, unsigned gridZ,
                   unsigned blockX, unsigned blockY, unsigned blockZ,
                   unsigned shared, void *stream, void **params, void **extra) {
  REQUIRE_CONTEXT;
  struct Function *function = handle;
  (void)stream;
  if (extra || gridY != 1 || gridZ != 1 || blockY != 1 || blockZ != 1)
    return INVALID;
  if ((int)shared > function->limit)
    return LAUNCH;
  float *x = *(float **)params[0], *w = *(float **)params[1];
  float *y = *(float **)params[2];
  int count = *(int *)params[3], covered = (int)(gridX * blockX);
  for (int i = 0; i < count && i < covered; ++i)
    y[i] = strcmp(function->name, "scale") == 0 ? x[i] * w[i % 4]
                                                : x[i] + w[i % 4];
  fakeCudaState.lastShared = (int)shared;
  ADD(launches, 1);
  return SUCCESS;
}

struct Attribute {
  int id, padding;
  unsigned cluster[16];
};
struct Config {
  unsigned grid[3], block[3], shared;
  void *stream;
  struct Attribute *attributes;
  unsigned count;
};
int cuLaunchKernelEx(const struct Config *config, void *function, void **params,
                     void **extra) {
  if (config->count != 1 || config->attributes[0].id != 4)
    return INVALID;
  fakeCudaState.lastCluster = (int)config->attributes[0].cluster[0];
  return cuLaunchKernel(function, config->grid[0], config->grid[1],
                        config->grid[2], config->block[0], config->block[1],
                        config->block[2], config->shared, config->stream,
                        params, extra);
}

/// Writes what it was asked for into the map, for the test to compare.
int cuTensorMapEncodeTiled(uint64_t *map, int type, unsigned rank, void *base,
                           const uint64_t *sizes, const uint64_t *strides,
                           const uint32_t *box, const uint32_t *elementStrides,
                           int interleave, int swizzle, int promotion,
                           int fill) {
  if (rank != 2 || elementStrides[0] != 1 || elementStrides[1] != 1)
    return INVALID;
  uint64_t words[] = {
      (uint64_t)type,
      (uintptr_t)base,
      sizes[0],
      sizes[1],
      strides[0],
      box[0],
      box[1],
      (uint64_t)(interleave * 1000 + swizzle * 100 + promotion * 10 + fill)};
  memcpy(map, words, sizeof(words));
  return SUCCESS;
}

//===- CApiTest.c - the C API, used from C ------------------------*- C -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hinm/Runtime/Runtime.h"

#include <stdio.h>
#include <string.h>

#define CHECK(condition)                                                       \
  do {                                                                         \
    if (!(condition)) {                                                        \
      fprintf(stderr, "line %d: %s: %s\n", __LINE__, #condition,               \
              hinmGetLastError());                                             \
      return 1;                                                                \
    }                                                                          \
  } while (0)

/* The model of TestModel.h with its default weights. */
static const float scale[4] = {1, 2, 3, 4}, shift[4] = {0.5f, 0, -1, 8};

static int isRight(const float *x, const float *y, int count) {
  for (int i = 0; i < count; ++i)
    if (y[i] != x[i] * scale[i % 4] + shift[i % 4])
      return 0;
  return 1;
}

/* Runs on arrays of the host, then on those of the device. */
static int testRuns(HinmSession *session, HinmDevice *device) {
  float x[12], y[12];
  for (int i = 0; i < 12; ++i)
    x[i] = (float)(i - 5);
  const int64_t shape[2] = {3, 4};
  HinmTensor in = {x, HINM_F32, 2, shape, 0};
  HinmTensor out = {y, HINM_F32, 2, shape, 0};
  CHECK(hinmSessionRun(session, &in, 1, &out, 1) == HINM_SUCCESS);
  CHECK(isRight(x, y, 12));

  uint64_t workspace = 0;
  int64_t rows = 0;
  CHECK(hinmSessionPlan(session, &in, 1, &workspace, &rows, 1) == 0);
  CHECK(workspace == 48 && rows == 3);
  CHECK(hinmSessionPlan(session, &in, 1, &workspace, &rows, 2) != 0);
  CHECK(strstr(hinmGetLastError(), "1 dynamic output dimensions"));

  void *stream = hinmStreamCreate(device);
  void *deviceX = hinmDeviceAllocate(device, sizeof(x));
  void *deviceY = hinmDeviceAllocate(device, sizeof(y));
  void *space = hinmDeviceAllocate(device, workspace);
  CHECK(stream && deviceX && deviceY && space);
  CHECK(hinmDeviceCopy(device, deviceX, x, sizeof(x), stream) == 0);
  HinmTensor inThere = {deviceX, HINM_F32, 2, shape, 1};
  HinmTensor outThere = {deviceY, HINM_F32, 2, shape, 1};
  CHECK(hinmSessionEnqueue(session, stream, &inThere, 1, &outThere, 1, space,
                           workspace) == 0);
  memset(y, 0, sizeof(y));
  CHECK(hinmDeviceCopy(device, y, deviceY, sizeof(y), stream) == 0);
  CHECK(hinmStreamSynchronize(device, stream) == 0);
  CHECK(isRight(x, y, 12));
  CHECK(hinmSessionEnqueue(session, stream, &inThere, 1, &outThere, 1, space,
                           workspace - 1) != 0);
  CHECK(strstr(hinmGetLastError(), "47 bytes, expected 48"));
  CHECK(hinmDeviceFree(device, deviceX) == 0);
  CHECK(hinmDeviceFree(device, deviceY) == 0);
  CHECK(hinmDeviceFree(device, space) == 0);
  CHECK(hinmStreamDestroy(device, stream) == 0);
  return 0;
}

static int testErrors(HinmSession *session) {
  float x[4] = {0};
  const int64_t shape[2] = {1, 4}, wrong[2] = {1, 3};
  HinmTensor good = {x, HINM_F32, 2, shape, 0};
  HinmTensor narrow = {x, HINM_F32, 2, wrong, 0};
  HinmTensor none = {NULL, HINM_F32, 2, shape, 0};
  HinmTensor strange = {x, (HinmType)77, 2, shape, 0};
  CHECK(hinmSessionRun(session, &narrow, 1, &good, 1) == HINM_FAILURE);
  CHECK(strstr(hinmGetLastError(), "input 0 of entry 'main' is 1x3xf32"));
  CHECK(hinmSessionRun(session, &none, 1, &good, 1) == HINM_FAILURE);
  CHECK(strstr(hinmGetLastError(), "null pointer"));
  CHECK(hinmSessionRun(session, &good, 1, &strange, 1) == HINM_FAILURE);
  CHECK(strstr(hinmGetLastError(), "type 77"));
  CHECK(hinmSessionRun(session, &good, 1, NULL, 0) == HINM_FAILURE);
  CHECK(strstr(hinmGetLastError(), "1 output, but 0 were given"));
  hinmClearError();
  CHECK(strcmp(hinmGetLastError(), "") == 0);
  return 0;
}

static int testCounters(HinmSession *session, HinmDevice *device) {
  float x[4] = {0}, y[4];
  const int64_t shape[2] = {1, 4};
  HinmTensor in = {x, HINM_F32, 2, shape, 0};
  HinmTensor out = {y, HINM_F32, 2, shape, 0};
  CHECK(hinmDeviceCollectCounters(device, 1) == 0);
  CHECK(hinmSessionRun(session, &in, 1, &out, 1) == 0);
  char *json = hinmDeviceTakeCounters(device);
  CHECK(json && strstr(json, "\"scale\"") && strstr(json, "\"shift\""));
  hinmStringRelease(json);
  return 0;
}

/* Called by the C++ test; gives 0 when all is well. */
int hinmTestCApi(const char *folder, const char *deviceName) {
  CHECK(!hinmDeviceCreate("abacus"));
  CHECK(strstr(hinmGetLastError(), "unknown device 'abacus'"));
  CHECK(!hinmArtifactLoad(NULL) && !hinmArtifactLoad("/nowhere"));
  CHECK(strstr(hinmGetLastError(), "'/nowhere'"));
  HinmDevice *device = hinmDeviceCreate(deviceName);
  HinmArtifact *artifact = hinmArtifactLoad(folder);
  CHECK(device && artifact);
  CHECK(hinmArtifactEntryCount(artifact) == 1);
  CHECK(strcmp(hinmArtifactEntryName(artifact, 0), "main") == 0);
  CHECK(!hinmArtifactEntryName(artifact, 1));
  CHECK(!hinmSessionCreate(artifact, NULL, device, NULL));
  CHECK(!hinmSessionCreate(artifact, "main", device, "sm_10"));
  CHECK(strstr(hinmGetLastError(), "sm_10"));
  HinmSession *session = hinmSessionCreate(artifact, "main", device, NULL);
  CHECK(session);
  /* A session keeps what it needs. */
  hinmArtifactRelease(artifact);
  CHECK(hinmSessionInputCount(session) == 1);
  HinmTensorSpec spec = hinmSessionInput(session, 0);
  CHECK(spec.type == HINM_F32 && spec.rank == 2);
  CHECK(spec.shape[0] == HINM_DYNAMIC && spec.shape[1] == 4);
  CHECK(hinmSessionOutputCount(session) == 1);
  CHECK(hinmSessionOutput(session, 0).shape[1] == 4);
  int isCpu = strcmp(deviceName, "cpu") == 0;
  CHECK(strcmp(hinmSessionChip(session), isCpu ? "cpu" : "sm_80") == 0);
  CHECK(strstr(hinmDeviceName(device), isCpu ? "CPU" : "emulator"));
  if (testRuns(session, device) || testErrors(session))
    return 1;
  if (!isCpu && testCounters(session, device))
    return 1;
  if (isCpu)
    CHECK(!hinmDeviceTakeCounters(device));
  hinmDeviceRelease(device);
  hinmSessionRelease(session);
  return 0;
}

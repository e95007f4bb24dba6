//===- Runtime.h - the C API of the runtime -----------------------*- C -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Load an artifact, create a session of one of its entries on a device (which
// uploads the weights once), and run it:
//
//   HinmDevice *device = hinmDeviceCreate("emulator");
//   HinmArtifact *artifact = hinmArtifactLoad("model.hinm");
//   HinmSession *session = hinmSessionCreate(artifact, "main", device, NULL);
//   if (!session || hinmSessionRun(session, &x, 1, &y, 1) != HINM_SUCCESS)
//     fprintf(stderr, "%s\n", hinmGetLastError());
//
// A function that fails returns NULL or HINM_FAILURE, and hinmGetLastError says
// why. Objects may be released in any order: each keeps what it needs. All
// functions may be called from any thread. An artifact holds native code: it is
// as trusted as a shared library.
//
//===----------------------------------------------------------------------===//

#ifndef HINM_RUNTIME_RUNTIME_H
#define HINM_RUNTIME_RUNTIME_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct HinmDevice HinmDevice;
typedef struct HinmArtifact HinmArtifact;
typedef struct HinmSession HinmSession;

typedef enum { HINM_SUCCESS = 0, HINM_FAILURE = 1 } HinmStatus;

typedef enum {
  HINM_F16 = 0,
  HINM_BF16 = 1,
  HINM_F32 = 2,
  HINM_F64 = 3,
  HINM_I1 = 4,
  HINM_I8 = 5,
  HINM_I16 = 6,
  HINM_I32 = 7,
  HINM_I64 = 8
} HinmType;

/// A dimension whose size is known only at run time.
#define HINM_DYNAMIC (-1)

/// A row-major array that belongs to the caller.
typedef struct {
  void *data;
  HinmType type;
  int64_t rank;
  const int64_t *shape;
  /// Whether `data` is an address of the session's device.
  int onDevice;
} HinmTensor;

/// The type and shape of an input or output; `shape` lives as long as the
/// artifact.
typedef struct {
  HinmType type;
  int64_t rank;
  const int64_t *shape;
} HinmTensorSpec;

//===----------------------------------------------------------------------===//
// Errors
//===----------------------------------------------------------------------===//

/// Why the last function of this API that failed on the calling thread did so;
/// if none did, the first error that the mgpu functions kept outside of any
/// session; else an empty string. Valid until the next call on this thread.
const char *hinmGetLastError(void);

/// Forgets both.
void hinmClearError(void);

/// Whether an error of the mgpu functions outside of any session ends the
/// process at the next synchronisation, with a message and status 1. On (1) at
/// first: such programs have no other way to notice.
void hinmSetExitOnError(int enable);

//===----------------------------------------------------------------------===//
// Devices
//===----------------------------------------------------------------------===//

/// `cpu`, `emulator`, `cuda` or `cuda:N`; NULL means what HINM_DEVICE says, or
/// else a GPU where there is one, or else the emulator.
HinmDevice *hinmDeviceCreate(const char *spec);
void hinmDeviceRelease(HinmDevice *device);
/// Such as `NVIDIA H100 (sm_90)`; lives as long as the device.
const char *hinmDeviceName(const HinmDevice *device);

void *hinmDeviceAllocate(HinmDevice *device, size_t bytes);
HinmStatus hinmDeviceFree(HinmDevice *device, void *address);
/// Copies between host and device memory, in either direction or within one;
/// with a stream (which may be NULL) in its order, not waiting.
HinmStatus hinmDeviceCopy(HinmDevice *device, void *to, const void *from,
                          size_t bytes, void *stream);

void *hinmStreamCreate(HinmDevice *device);
HinmStatus hinmStreamDestroy(HinmDevice *device, void *stream);
HinmStatus hinmStreamSynchronize(HinmDevice *device, void *stream);

/// Emulator: starts or stops keeping counters of launches.
HinmStatus hinmDeviceCollectCounters(HinmDevice *device, int enable);
/// Emulator: the counters kept so far as a JSON array with one object for each
/// launched kernel, and forgets them. Release with hinmStringRelease.
char *hinmDeviceTakeCounters(HinmDevice *device);
void hinmStringRelease(char *string);

//===----------------------------------------------------------------------===//
// Artifacts
//===----------------------------------------------------------------------===//

/// Reads the folder's manifest and checks all its files.
HinmArtifact *hinmArtifactLoad(const char *folder);
void hinmArtifactRelease(HinmArtifact *artifact);

size_t hinmArtifactEntryCount(const HinmArtifact *artifact);
/// NULL when there is none of that number.
const char *hinmArtifactEntryName(const HinmArtifact *artifact, size_t index);

//===----------------------------------------------------------------------===//
// Sessions
//===----------------------------------------------------------------------===//

/// Binds an entry to a device. `chip` chooses one of the artifact's forms, NULL
/// the best one for the device. Weights are uploaded unless a session of the
/// same artifact on the same device has them.
HinmSession *hinmSessionCreate(HinmArtifact *artifact, const char *entry,
                               HinmDevice *device, const char *chip);
void hinmSessionRelease(HinmSession *session);

size_t hinmSessionInputCount(const HinmSession *session);
size_t hinmSessionOutputCount(const HinmSession *session);
/// `index` must be below the count.
HinmTensorSpec hinmSessionInput(const HinmSession *session, size_t index);
HinmTensorSpec hinmSessionOutput(const HinmSession *session, size_t index);
/// The form that was chosen, such as `sm_80`.
const char *hinmSessionChip(const HinmSession *session);

/// For inputs of these shapes (`data` is not looked at): bytes of workspace,
/// and the size of every dynamic dimension of the outputs, in order.
/// `dynamicSizes` has room for `dynamicCount` of them, which must be right.
HinmStatus hinmSessionPlan(HinmSession *session, const HinmTensor *inputs,
                           size_t inputCount, uint64_t *workspaceBytes,
                           int64_t *dynamicSizes, size_t dynamicCount);

/// Runs to the end. Arrays in host memory are copied; others are used in place.
HinmStatus hinmSessionRun(HinmSession *session, const HinmTensor *inputs,
                          size_t inputCount, const HinmTensor *outputs,
                          size_t outputCount);

/// Starts a run on `stream`. All arrays and the workspace lie in device memory
/// and must stay there until the stream has come so far. Allocates nothing.
HinmStatus hinmSessionEnqueue(HinmSession *session, void *stream,
                              const HinmTensor *inputs, size_t inputCount,
                              const HinmTensor *outputs, size_t outputCount,
                              void *workspace, uint64_t workspaceBytes);

#ifdef __cplusplus
} // extern "C"
#endif

#endif // HINM_RUNTIME_RUNTIME_H

//===- CApi.cpp - the C API of the runtime ----------------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ExitOnError.h"
#include "hinm/Runtime/Runtime.h"
#include "hinm/Runtime/Session.h"

#include <cstring>

using namespace hinm::runtime;

struct HinmDevice {
  std::shared_ptr<Context> context;
};
struct HinmArtifact {
  std::shared_ptr<Artifact> artifact;
};
struct HinmSession {
  std::unique_ptr<Session> session;
};

static_assert(HINM_F16 == static_cast<int>(ElementType::F16) &&
                  HINM_I64 == static_cast<int>(ElementType::I64),
              "HinmType is ElementType");

/// What hinmGetLastError gives: the text lives until the next call.
static thread_local std::string lastError;
static thread_local std::string lastErrorText;

static HinmStatus finish(const Status &status) {
  if (!status.failed())
    return HINM_SUCCESS;
  lastError = status.message();
  return HINM_FAILURE;
}

/// The value, or null with the message kept.
template <typename T>
static T *finish(const Result<T *> &result) {
  if (result.succeeded())
    return *result;
  lastError = result.message();
  return nullptr;
}

static Status isNull(const char *what) {
  return failure(what, " is a null pointer");
}

const char *hinmGetLastError() {
  lastErrorText = lastError;
  if (lastErrorText.empty())
    if (Status kept = defaultErrors().peek(); kept.failed())
      lastErrorText = kept.message();
  return lastErrorText.c_str();
}

void hinmClearError() {
  lastError.clear();
  (void)defaultErrors().take();
}

void hinmSetExitOnError(int enable) { setExitOnError(enable != 0); }

//===----------------------------------------------------------------------===//
// Devices
//===----------------------------------------------------------------------===//

HinmDevice *hinmDeviceCreate(const char *spec) {
  Result<std::unique_ptr<Device>> device =
      createDevice(spec ? spec : defaultDeviceSpec());
  if (device.failed())
    return finish(Result<HinmDevice *>(device.status()));
  return new HinmDevice{std::make_shared<Context>(device.take())};
}

void hinmDeviceRelease(HinmDevice *device) { delete device; }

const char *hinmDeviceName(const HinmDevice *device) {
  return device->context->device().traits().name.c_str();
}

void *hinmDeviceAllocate(HinmDevice *device, size_t bytes) {
  return finish(device->context->device().allocate(bytes));
}

HinmStatus hinmDeviceFree(HinmDevice *device, void *address) {
  return finish(device->context->device().free(address));
}

HinmStatus hinmDeviceCopy(HinmDevice *device, void *to, const void *from,
                          size_t bytes, void *stream) {
  return finish(device->context->device().copy(to, from, bytes, stream));
}

void *hinmStreamCreate(HinmDevice *device) {
  return finish(device->context->device().createStream());
}

HinmStatus hinmStreamDestroy(HinmDevice *device, void *stream) {
  return finish(device->context->device().destroyStream(stream));
}

HinmStatus hinmStreamSynchronize(HinmDevice *device, void *stream) {
  return finish(device->context->device().synchronize(stream));
}

HinmStatus hinmDeviceCollectCounters(HinmDevice *device, int enable) {
  return finish(device->context->device().collectCounters(enable != 0));
}

char *hinmDeviceTakeCounters(HinmDevice *device) {
  Result<std::string> counters = device->context->device().takeCounters();
  if (counters.failed())
    return finish(Result<char *>(counters.status()));
  return strdup(counters->c_str());
}

void hinmStringRelease(char *string) { std::free(string); }

//===----------------------------------------------------------------------===//
// Artifacts
//===----------------------------------------------------------------------===//

HinmArtifact *hinmArtifactLoad(const char *folder) {
  Result<std::shared_ptr<Artifact>> artifact =
      folder ? Artifact::load(folder)
             : Result<std::shared_ptr<Artifact>>(isNull("the folder"));
  if (artifact.failed())
    return finish(Result<HinmArtifact *>(artifact.status()));
  return new HinmArtifact{artifact.take()};
}

void hinmArtifactRelease(HinmArtifact *artifact) { delete artifact; }

size_t hinmArtifactEntryCount(const HinmArtifact *artifact) {
  return artifact->artifact->manifest().entries.size();
}

const char *hinmArtifactEntryName(const HinmArtifact *artifact, size_t index) {
  const auto &entries = artifact->artifact->manifest().entries;
  return index < entries.size() ? entries[index].name.c_str() : nullptr;
}

//===----------------------------------------------------------------------===//
// Sessions
//===----------------------------------------------------------------------===//

HinmSession *hinmSessionCreate(HinmArtifact *artifact, const char *entry,
                               HinmDevice *device, const char *chip) {
  Status missing = !artifact ? isNull("the artifact")
                   : !entry  ? isNull("the entry's name")
                   : !device ? isNull("the device")
                             : Status::success();
  if (missing.failed())
    return finish(Result<HinmSession *>(missing));
  Result<std::unique_ptr<Session>> session = Session::create(
      artifact->artifact, entry, device->context, chip ? chip : "");
  if (session.failed())
    return finish(Result<HinmSession *>(session.status()));
  return new HinmSession{session.take()};
}

void hinmSessionRelease(HinmSession *session) { delete session; }

size_t hinmSessionInputCount(const HinmSession *session) {
  return session->session->entry().inputs.size();
}

size_t hinmSessionOutputCount(const HinmSession *session) {
  return session->session->entry().outputs.size();
}

static HinmTensorSpec toC(const TensorSpec &spec) {
  return {static_cast<HinmType>(spec.type),
          static_cast<int64_t>(spec.shape.size()), spec.shape.data()};
}

HinmTensorSpec hinmSessionInput(const HinmSession *session, size_t index) {
  return toC(session->session->entry().inputs.at(index));
}

HinmTensorSpec hinmSessionOutput(const HinmSession *session, size_t index) {
  return toC(session->session->entry().outputs.at(index));
}

const char *hinmSessionChip(const HinmSession *session) {
  return session->session->target().chip.c_str();
}

/// Checks what the type system of C does not.
static Result<std::vector<Buffer>> toBuffers(const HinmTensor *tensors,
                                             size_t count) {
  std::vector<Buffer> buffers;
  for (size_t i = 0; i < count; ++i) {
    const HinmTensor &tensor = tensors[i];
    // C lets an enumeration hold any number, C++ does not.
    static_assert(sizeof(tensor.type) == sizeof(int), "as in C");
    int type = 0;
    std::memcpy(&type, &tensor.type, sizeof(type));
    if (type < HINM_F16 || type > HINM_I64 || tensor.rank < 0 ||
        (tensor.rank > 0 && !tensor.shape))
      return failure("array ", i, " has type ", type, " and rank ", tensor.rank,
                     ", expected a HinmType and a shape");
    Buffer buffer;
    buffer.data = tensor.data;
    buffer.type = static_cast<ElementType>(type);
    buffer.shape.assign(tensor.shape, tensor.shape + tensor.rank);
    buffer.onDevice = tensor.onDevice != 0;
    buffers.push_back(std::move(buffer));
  }
  return buffers;
}

HinmStatus hinmSessionPlan(HinmSession *session, const HinmTensor *inputs,
                           size_t inputCount, uint64_t *workspaceBytes,
                           int64_t *dynamicSizes, size_t dynamicCount) {
  Result<std::vector<Buffer>> buffers = toBuffers(inputs, inputCount);
  if (buffers.failed())
    return finish(buffers.status());
  std::vector<Shape> shapes;
  for (const Buffer &buffer : *buffers)
    shapes.push_back(buffer.shape);
  Result<Plan> plan = session->session->plan(shapes);
  if (plan.failed())
    return finish(plan.status());
  const EntrySpec &entry = session->session->entry();
  if (dynamicCount != entry.dynamicOutputDims())
    return finish(failure("entry '", entry.name, "' has ",
                          entry.dynamicOutputDims(),
                          " dynamic output dimensions, but room for ",
                          dynamicCount, " was given"));
  *workspaceBytes = plan->workspaceBytes;
  for (size_t i = 0; i < entry.outputs.size(); ++i)
    for (size_t dim = 0; dim < entry.outputs[i].shape.size(); ++dim)
      if (entry.outputs[i].shape[dim] == kDynamic)
        *dynamicSizes++ = plan->outputs[i][dim];
  return HINM_SUCCESS;
}

HinmStatus hinmSessionRun(HinmSession *session, const HinmTensor *inputs,
                          size_t inputCount, const HinmTensor *outputs,
                          size_t outputCount) {
  Result<std::vector<Buffer>> in = toBuffers(inputs, inputCount);
  if (in.failed())
    return finish(in.status());
  Result<std::vector<Buffer>> out = toBuffers(outputs, outputCount);
  if (out.failed())
    return finish(out.status());
  return finish(session->session->run(*in, *out));
}

HinmStatus hinmSessionEnqueue(HinmSession *session, void *stream,
                              const HinmTensor *inputs, size_t inputCount,
                              const HinmTensor *outputs, size_t outputCount,
                              void *workspace, uint64_t workspaceBytes) {
  Result<std::vector<Buffer>> in = toBuffers(inputs, inputCount);
  if (in.failed())
    return finish(in.status());
  Result<std::vector<Buffer>> out = toBuffers(outputs, outputCount);
  if (out.failed())
    return finish(out.status());
  Buffer space{
      workspace, ElementType::I8, {static_cast<int64_t>(workspaceBytes)}, true};
  return finish(session->session->enqueue(stream, *in, *out, space));
}

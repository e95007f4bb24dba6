//===- Session.h - running an entry of an artifact on a device --*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef HINM_RUNTIME_SESSION_H
#define HINM_RUNTIME_SESSION_H

#include "hinm/Runtime/Artifact.h"
#include "hinm/Runtime/HostTensor.h"

#include <memory>
#include <string>
#include <vector>

namespace hinm::runtime {

/// A row-major array that belongs to the caller, in host or device memory.
struct Buffer {
  void *data = nullptr;
  ElementType type = ElementType::F32;
  Shape shape;
  bool onDevice = false;
};

/// What a call with given input shapes needs and gives.
struct Plan {
  size_t workspaceBytes = 0;
  std::vector<Shape> outputs;
};

struct RunOptions {
  /// How often the entry is called.
  unsigned repeat = 1;
  /// Receives the milliseconds of each call without copies between host and
  /// device: by events on a GPU, else by a clock.
  std::vector<double> *milliseconds = nullptr;
  /// Receives the counters of the last call's launches, a JSON array
  /// (emulator only).
  std::string *counters = nullptr;
};

/// An entry, bound to a device and its weights there. A session may be used
/// from any thread; calls of one session wait for each other.
class Session {
public:
  /// Chooses the artifact's target for the device (or takes `chip`), loads its
  /// library and uploads the entry's weights, unless a session on that device
  /// has done so.
  static Result<std::unique_ptr<Session>>
  create(std::shared_ptr<Artifact> artifact, const std::string &entry,
         std::shared_ptr<Context> context, const std::string &chip = "");
  ~Session();

  const EntrySpec &entry() const { return *entry_; }
  const TargetSpec &target() const { return *target_; }
  Device &device() { return context->device(); }

  /// Bytes of workspace and shapes of the outputs for these input shapes;
  /// touches no device.
  Result<Plan> plan(const std::vector<Shape> &inputs);

  /// Calls the entry on `stream`. All arrays, the workspace of at least
  /// `plan().workspaceBytes` too, lie in device memory (for the CPU: host
  /// memory). Allocates nothing on the device and does not wait for it.
  Status enqueue(void *stream, const std::vector<Buffer> &inputs,
                 const std::vector<Buffer> &outputs, const Buffer &workspace);

  /// Runs the entry to its end. Arrays in host memory are copied to and from
  /// buffers that the session keeps.
  Status run(const std::vector<Buffer> &inputs,
             const std::vector<Buffer> &outputs,
             const RunOptions &options = {});

  /// The same with arrays of the host; the outputs are created.
  Result<std::vector<HostTensor>> run(const std::vector<HostTensor> &inputs,
                                      const RunOptions &options = {});

  /// What the last run of the CPU form found of finite numbers that overflowed
  /// to infinity where it converted to f16 or bf16: how many, and where in the
  /// model. Empty if none did, and for other devices.
  std::vector<std::pair<uint64_t, std::string>> overflows() const;

private:
  struct State;
  Session();
  const std::vector<std::string> &overflowSites() const;
  Status bindWeights(Artifact &artifact);
  Status checkInputs(const std::vector<Buffer> &inputs) const;
  Status checkOutputs(const std::vector<Buffer> &outputs,
                      const Plan &plan) const;
  Result<Plan> planLocked(const std::vector<Shape> &inputs);
  Status call(void *stream, const std::vector<Buffer> &inputs,
              const std::vector<Buffer> &outputs, const Buffer &workspace);
  Status callRepeatedly(const std::vector<Buffer> &inputs,
                        const std::vector<Buffer> &outputs,
                        const Buffer &workspace, const RunOptions &options);
  Status runLocked(const std::vector<Buffer> &inputs,
                   const std::vector<Buffer> &outputs, const Plan &plan,
                   const RunOptions &options);

  const EntrySpec *entry_ = nullptr;
  const TargetSpec *target_ = nullptr;
  std::shared_ptr<Context> context;
  std::unique_ptr<State> state;
};

} // namespace hinm::runtime

#endif // HINM_RUNTIME_SESSION_H

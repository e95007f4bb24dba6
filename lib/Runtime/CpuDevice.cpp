//===- CpuDevice.cpp - the host as a device ---------------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hinm/Runtime/Device.h"

#include <chrono>
#include <cstring>

using namespace hinm::runtime;

namespace {

using Clock = std::chrono::steady_clock;

/// Memory is the host's, everything is done at once, and there are no kernels.
class CpuDevice final : public Device {
public:
  CpuDevice() : Device({DeviceTraits::Kind::Cpu, 0, "the CPU"}) {}

  bool isHost() const override { return true; }

  Result<void *> allocate(size_t bytes, bool, std::string_view) override {
    void *address = std::aligned_alloc(64, (bytes / 64 + 1) * 64);
    if (!address)
      return failure("out of memory: cannot allocate ", bytes, " bytes");
    return address;
  }
  Status free(void *address) override {
    std::free(address);
    return Status::success();
  }
  Status copy(void *to, const void *from, size_t bytes, void *) override {
    if (bytes)
      std::memmove(to, from, bytes);
    return Status::success();
  }
  Status fill(void *to, uint32_t value, unsigned width, size_t count,
              void *) override {
    for (size_t i = 0; i < count; ++i)
      std::memcpy(static_cast<char *>(to) + i * width, &value, width);
    return Status::success();
  }
  Status registerHost(void *, size_t) override { return Status::success(); }
  Status unregisterHost(void *) override { return Status::success(); }
  Result<void *> hostToDevice(void *address) override { return address; }

  Result<void *> createStream() override {
    return static_cast<void *>(new char);
  }
  Status destroyStream(void *stream) override {
    delete static_cast<char *>(stream);
    return Status::success();
  }
  Status synchronize(void *) override { return Status::success(); }

  Result<void *> createEvent(bool) override {
    return static_cast<void *>(new Clock::time_point(Clock::now()));
  }
  Status destroyEvent(void *event) override {
    delete static_cast<Clock::time_point *>(event);
    return Status::success();
  }
  Status recordEvent(void *event, void *) override {
    *static_cast<Clock::time_point *>(event) = Clock::now();
    return Status::success();
  }
  Status synchronizeEvent(void *) override { return Status::success(); }
  Status waitEvent(void *, void *) override { return Status::success(); }
  Result<double> elapsed(void *begin, void *end) override {
    return std::chrono::duration<double, std::milli>(
               *static_cast<Clock::time_point *>(end) -
               *static_cast<Clock::time_point *>(begin))
        .count();
  }

  Result<void *> loadModule(const ModuleSource &source) override {
    return failure("'", source.origin,
                   "' holds GPU kernels, which do not run on the CPU");
  }
  Status unloadModule(void *) override { return Status::success(); }
  Result<void *> getFunction(void *, const char *name) override {
    return failure("kernel '", name, "' does not run on the CPU");
  }
  Status launch(void *, const LaunchShape &, void *, void **, void **,
                int64_t) override {
    return failure("GPU kernels do not run on the CPU");
  }
  Result<void *> encodeTensorMap(const TensorMapRequest &) override {
    return failure("tensor maps are not supported on the CPU");
  }
};

} // namespace

std::unique_ptr<Device> hinm::runtime::createCpuDevice() {
  return std::make_unique<CpuDevice>();
}

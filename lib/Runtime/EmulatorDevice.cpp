//===- EmulatorDevice.cpp - the PTX emulator as a device --------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The emulator runs each launch to its end before it returns, so streams and
// events have nothing to order; they are objects only so that using one twice
// or after its end is found by memory checkers.
//
//===----------------------------------------------------------------------===//

#include "hinm/Emulator/Device.h"
#include "hinm/Runtime/Device.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <vector>

using namespace hinm::runtime;
namespace emulator = hinm::emulator;

namespace {

using Clock = std::chrono::steady_clock;

emulator::DevicePtr toDevice(const void *address) {
  return reinterpret_cast<emulator::DevicePtr>(address);
}
bool isDevice(const void *address) {
  return emulator::isDeviceAddress(toDevice(address));
}

Status convert(const emulator::Status &status) {
  return status ? Status::success() : Status::failure(status.message());
}

/// A loaded module, and its functions by name.
struct EmulatorModule;
struct EmulatorFunction {
  const EmulatorModule *module;
  std::string name;
};
struct EmulatorModule {
  emulator::Module module;
  std::string origin;
  std::map<std::string, std::unique_ptr<EmulatorFunction>> functions;
};

class EmulatorDevice final : public Device {
public:
  explicit EmulatorDevice(const DeviceOptions &options)
      : Device({DeviceTraits::Kind::Emulator, 0, "the emulator"}) {
    launchOptions.threads = options.threads;
  }
  Status relax(const std::string &checks) {
    return convert(emulator::relaxChecks(checks, launchOptions.checks));
  }

  Result<void *> allocate(size_t bytes, bool hostShared,
                          std::string_view name) override {
    if (hostShared)
      return allocateShared(bytes, name);
    auto address = device.allocate(bytes, name);
    if (!address)
      return Status::failure(address.message());
    return reinterpret_cast<void *>(*address);
  }
  Status free(void *address) override {
    if (address && !isDevice(address))
      return freeShared(address);
    return convert(device.free(toDevice(address)));
  }
  Status copy(void *to, const void *from, size_t bytes, void *) override {
    if (bytes == 0)
      return Status::success();
    if (isDevice(to) && isDevice(from))
      return convert(
          device.copyDeviceToDevice(toDevice(to), toDevice(from), bytes));
    if (isDevice(to))
      return convert(device.copyToDevice(toDevice(to), from, bytes));
    if (isDevice(from))
      return convert(device.copyFromDevice(to, toDevice(from), bytes));
    std::memmove(to, from, bytes);
    return Status::success();
  }
  Status fill(void *to, uint32_t value, unsigned width, size_t count,
              void *) override {
    return convert(device.set(toDevice(to), value, width, count));
  }
  // Registered memory has the same address on both sides.
  Status registerHost(void *address, size_t bytes) override {
    return convert(device.registerHost(address, bytes));
  }
  Status unregisterHost(void *address) override {
    return convert(device.unregisterHost(address));
  }
  Result<void *> hostToDevice(void *address) override { return address; }
  Result<uint64_t> unwrittenBytes(void *address, size_t bytes) override {
    auto count = device.uninitialised(toDevice(address), bytes);
    if (!count)
      return Status::failure(count.message());
    return *count;
  }

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
    if (source.ptx.empty())
      return failure("'", source.origin,
                     "' holds machine code only, but the emulator runs PTX: "
                     "translate the GPU module with format=isa");
    auto module = emulator::Module::load(source.ptx, source.origin);
    if (!module)
      return Status::failure(module.message());
    return static_cast<void *>(
        new EmulatorModule{std::move(*module), source.origin, {}});
  }
  Status unloadModule(void *handle) override {
    auto *module = static_cast<EmulatorModule *>(handle);
    device.unload(module->module);
    delete module;
    return Status::success();
  }
  Result<void *> getFunction(void *handle, const char *name) override {
    auto *module = static_cast<EmulatorModule *>(handle);
    if (!module->module.findKernel(name)) {
      std::string known;
      for (const emulator::KernelInfo &kernel : module->module.kernels())
        known += (known.empty() ? "" : ", ") + kernel.name;
      return failure("the module has no kernel '", name, "', it holds ",
                     known.empty() ? "none" : known);
    }
    std::lock_guard<std::mutex> lock(mutex);
    auto &function = module->functions[name];
    if (!function)
      function =
          std::make_unique<EmulatorFunction>(EmulatorFunction{module, name});
    return static_cast<void *>(function.get());
  }

  Status launch(void *handle, const LaunchShape &shape, void *, void **params,
                void **extra, int64_t paramCount) override;

  Result<void *> encodeTensorMap(const TensorMapRequest &) override {
    return failure("tensor maps are not supported by the emulator");
  }

  Status collectCounters(bool enable) override {
    std::lock_guard<std::mutex> lock(mutex);
    collecting = enable;
    return Status::success();
  }
  Result<std::string> takeCounters() override {
    std::lock_guard<std::mutex> lock(mutex);
    std::string json = emulator::toJson(launches);
    launches.clear();
    return json;
  }

private:
  Result<void *> allocateShared(size_t bytes, std::string_view name);
  Status freeShared(void *address);

  emulator::Device device;
  emulator::LaunchOptions launchOptions;
  std::mutex mutex;
  bool collecting = false;
  std::vector<emulator::Counters> launches;
  struct Free {
    void operator()(void *memory) const { std::free(memory); }
  };
  std::map<void *, std::unique_ptr<void, Free>> shared;
};

} // namespace

Result<void *> EmulatorDevice::allocateShared(size_t bytes,
                                              std::string_view name) {
  std::lock_guard<std::mutex> lock(mutex);
  std::unique_ptr<void, Free> memory(
      std::calloc(std::max<size_t>(bytes, 1), 1));
  if (!memory)
    return failure("the host has no memory for ", bytes, " bytes");
  void *address = memory.get();
  if (auto status = device.registerHost(address, bytes, name); !status)
    return convert(status);
  shared[address] = std::move(memory);
  return address;
}

Status EmulatorDevice::freeShared(void *address) {
  std::lock_guard<std::mutex> lock(mutex);
  auto found = shared.find(address);
  if (found == shared.end())
    return failure("free of an address that is not the device's");
  Status status = convert(device.unregisterHost(address));
  shared.erase(found);
  return status;
}

Status EmulatorDevice::launch(void *handle, const LaunchShape &shape, void *,
                              void **params, void **extra, int64_t paramCount) {
  auto *function = static_cast<EmulatorFunction *>(handle);
  std::string where = concat("'", function->module->origin, "': kernel '",
                             function->name, "': ");
  if (extra)
    return failure(where, "parameters in one buffer are not supported by the "
                          "emulator");
  if (shape.cluster[0] * shape.cluster[1] * shape.cluster[2] != 1)
    return failure(where, "clusters are not supported by the emulator");
  emulator::Dim3 extents[2];
  for (bool isBlock : {false, true}) {
    const int64_t *sizes = isBlock ? shape.block : shape.grid;
    for (int i = 0; i < 3; ++i)
      if (sizes[i] < 1 || sizes[i] > INT32_MAX)
        return failure(where, isBlock ? "block" : "grid", " is ", sizes[0], "x",
                       sizes[1], "x", sizes[2],
                       ", expected sizes between 1 and 2^31 - 1");
    extents[isBlock] = {static_cast<uint32_t>(sizes[0]),
                        static_cast<uint32_t>(sizes[1]),
                        static_cast<uint32_t>(sizes[2])};
  }
  if (shape.sharedBytes < 0 || shape.sharedBytes > INT32_MAX)
    return failure(where, shape.sharedBytes, " bytes of shared memory");
  auto counters =
      device.launch(function->module->module, function->name, extents[0],
                    extents[1], static_cast<uint32_t>(shape.sharedBytes),
                    params, static_cast<int>(paramCount), launchOptions);
  if (!counters)
    return failure("'", function->module->origin, "': ", counters.message());
  std::lock_guard<std::mutex> lock(mutex);
  if (collecting)
    launches.push_back(std::move(*counters));
  return Status::success();
}

Result<std::unique_ptr<Device>>
hinm::runtime::createEmulatorDevice(const DeviceOptions &options) {
  auto device = std::make_unique<EmulatorDevice>(options);
  if (Status status = device->relax(options.relaxed); status.failed())
    return status;
  return std::unique_ptr<Device>(std::move(device));
}

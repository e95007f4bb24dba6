//===- Device.cpp - an emulated GPU -----------------------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hinm/Emulator/Device.h"

#include "Cta.h"

#include <cstring>
#include <map>
#include <shared_mutex>

using namespace hinm::emulator;

namespace {
/// A module's variables on a device. It keeps the module alive, so that the
/// key stays its own.
struct Instance {
  std::shared_ptr<const ModuleData> module;
  std::vector<DevicePtr> addresses;
};
} // namespace

struct Device::Impl {
  explicit Impl(uint64_t bytes) : memory(bytes) {}

  Memory memory;
  std::mutex mutex; // of instances
  std::map<const ModuleData *, Instance> instances;
  /// Launches share it; what moves or frees memory has it alone.
  std::shared_mutex running;

  Result<const Instance *> instance(const Module &module);
  Status check(DevicePtr address, uint64_t bytes, const char *what,
               Allocation *&out);
};

Device::Device(DeviceOptions options)
    : impl(std::make_unique<Impl>(options.memoryBytes)) {}
Device::~Device() = default;

Result<DevicePtr> Device::allocate(uint64_t bytes, std::string_view name) {
  std::unique_lock<std::shared_mutex> lock(impl->running);
  return impl->memory.allocate(bytes, name);
}

Status Device::free(DevicePtr address) {
  std::unique_lock<std::shared_mutex> lock(impl->running);
  return impl->memory.free(address);
}

Status Device::registerHost(void *address, uint64_t bytes,
                            std::string_view name) {
  std::unique_lock<std::shared_mutex> lock(impl->running);
  return impl->memory.registerHost(address, bytes, name);
}

Status Device::unregisterHost(void *address) {
  std::unique_lock<std::shared_mutex> lock(impl->running);
  return impl->memory.unregisterHost(address);
}

Status Device::Impl::check(DevicePtr address, uint64_t bytes, const char *what,
                           Allocation *&out) {
  out = memory.find(address, bytes);
  if (out)
    return Status::success();
  return Status::failure(format("%s of %llu bytes at 0x%llx: ", what,
                                (unsigned long long)bytes,
                                (unsigned long long)address) +
                         memory.explain(address, bytes));
}

Status Device::copyToDevice(DevicePtr to, const void *from, uint64_t bytes) {
  std::unique_lock<std::shared_mutex> lock(impl->running);
  if (bytes == 0)
    return Status::success();
  Allocation *target;
  if (Status status = impl->check(to, bytes, "copy to the device", target);
      !status)
    return status;
  std::memcpy(target->data + (to - target->base), from, bytes);
  target->markValid(to - target->base, bytes);
  return Status::success();
}

Status Device::copyFromDevice(void *to, DevicePtr from, uint64_t bytes) {
  std::unique_lock<std::shared_mutex> lock(impl->running);
  if (bytes == 0)
    return Status::success();
  Allocation *source;
  if (Status status = impl->check(from, bytes, "copy from the device", source);
      !status)
    return status;
  std::memcpy(to, source->data + (from - source->base), bytes);
  return Status::success();
}

Status Device::copyDeviceToDevice(DevicePtr to, DevicePtr from,
                                  uint64_t bytes) {
  std::unique_lock<std::shared_mutex> lock(impl->running);
  if (bytes == 0)
    return Status::success();
  Allocation *source, *target;
  if (Status status = impl->check(from, bytes, "copy on the device", source);
      !status)
    return status;
  if (Status status = impl->check(to, bytes, "copy on the device", target);
      !status)
    return status;
  uint64_t at = to - target->base, begin = from - source->base;
  std::memmove(target->data + at, source->data + begin, bytes);
  // What was never written stays so.
  if (source->allValid)
    target->markValid(at, bytes);
  else if (!target->allValid)
    std::memmove(target->valid + at, source->valid + begin, bytes);
  return Status::success();
}

Status Device::set(DevicePtr to, uint32_t value, unsigned width,
                   uint64_t count) {
  std::unique_lock<std::shared_mutex> lock(impl->running);
  if (width != 1 && width != 2 && width != 4)
    return Status::failure("set needs elements of 1, 2 or 4 bytes");
  if (count == 0)
    return Status::success();
  Allocation *target;
  uint64_t bytes = count > ~0ull / width ? ~0ull : count * width;
  if (Status status = impl->check(to, bytes, "set", target); !status)
    return status;
  uint8_t *at = target->data + (to - target->base);
  if (width == 1)
    std::memset(at, int(value & 0xff), bytes);
  else
    for (uint64_t i = 0; i < count; ++i)
      std::memcpy(at + i * width, &value, width);
  target->markValid(to - target->base, bytes);
  return Status::success();
}

Result<uint64_t> Device::uninitialised(DevicePtr from, uint64_t bytes) const {
  std::unique_lock<std::shared_mutex> lock(impl->running);
  Allocation *source;
  if (Status status = impl->check(from, bytes, "query", source); !status)
    return status;
  uint64_t missing = 0;
  for (uint64_t i = 0; i < bytes && !source->allValid; ++i)
    missing += !source->valid[from - source->base + i];
  return missing;
}

Result<const Instance *> Device::Impl::instance(const Module &module) {
  std::lock_guard<std::mutex> lock(mutex);
  const std::shared_ptr<const ModuleData> &data = module.data();
  auto found = instances.find(data.get());
  if (found != instances.end())
    return &found->second;
  Instance made;
  made.module = data;
  for (const ModuleVariable &variable : data->variables) {
    Result<DevicePtr> address =
        memory.allocate(variable.bytes, variable.name, variable.isConst);
    if (!address)
      return Status::failure(address.message());
    made.addresses.push_back(*address);
  }
  for (size_t i = 0; i < data->variables.size(); ++i) {
    const ModuleVariable &variable = data->variables[i];
    Allocation *target = memory.below(made.addresses[i]);
    // The rest is 0, as new memory is.
    if (!variable.initial.empty())
      std::memcpy(target->data, variable.initial.data(),
                  variable.initial.size());
    for (const ModuleVariable::Relocation &relocation : variable.relocations) {
      uint64_t value = made.addresses[relocation.variable] + relocation.addend;
      std::memcpy(target->data + relocation.offset, &value,
                  std::min(relocation.width, 8u));
    }
    target->markValid(0, variable.bytes);
  }
  return &(instances[data.get()] = std::move(made));
}

Result<DevicePtr> Device::symbolAddress(const Module &module,
                                        std::string_view name) {
  std::unique_lock<std::shared_mutex> lock(impl->running);
  Result<const Instance *> instance = impl->instance(module);
  if (!instance)
    return Status::failure(instance.message());
  const ModuleData &data = *module.data();
  for (size_t i = 0; i < data.variables.size(); ++i)
    if (data.variables[i].name == name)
      return (*instance)->addresses[i];
  return Status::failure("the module has no variable '" + std::string(name) +
                         "'");
}

void Device::unload(const Module &module) {
  std::unique_lock<std::shared_mutex> lock(impl->running);
  std::lock_guard<std::mutex> guard(impl->mutex);
  auto found = impl->instances.find(module.data().get());
  if (found == impl->instances.end())
    return;
  for (DevicePtr address : found->second.addresses)
    (void)impl->memory.free(address);
  impl->instances.erase(found);
}

/// The most shared memory that a CTA of that chip may have.
static uint32_t sharedLimit(unsigned chip) {
  switch (chip) {
  case 70:
  case 72:
    return 96 << 10;
  case 75:
    return 64 << 10;
  case 80:
  case 87:
    return 163 << 10;
  case 86:
  case 89:
    return 99 << 10;
  case 90:
  case 100:
  case 101:
  case 103:
  case 110:
    return 227 << 10;
  case 120:
  case 121:
    return 99 << 10;
  default:
    return 48 << 10;
  }
}

static Status checkShape(const LaunchState &launch) {
  const KernelInfo &info = launch.program->info;
  const uint32_t *grid = launch.grid, *block = launch.block;
  auto text = [](const uint32_t *d) {
    return format("(%u,%u,%u)", d[0], d[1], d[2]);
  };
  if (!grid[0] || !grid[1] || !grid[2] || grid[0] > 0x7fffffff ||
      grid[1] > 65535 || grid[2] > 65535)
    return Status::failure("grid " + text(grid) +
                           " is not within (1,1,1) to (2147483647,65535,"
                           "65535)");
  uint64_t threads = uint64_t(block[0]) * block[1] * block[2];
  if (!block[0] || !block[1] || !block[2] || block[0] > 1024 ||
      block[1] > 1024 || block[2] > 64 || threads > 1024)
    return Status::failure("block " + text(block) +
                           " is not within (1,1,1) to (1024,1024,64) with at "
                           "most 1024 threads");
  const uint32_t *required = info.requiredThreads, *most = info.maxThreads;
  if (required[0] && std::memcmp(required, block, sizeof launch.block))
    return Status::failure("block " + text(block) +
                           " is not what the kernel requires, " +
                           text(required));
  if (most[0] && threads > uint64_t(most[0]) * most[1] * most[2])
    return Status::failure(
        format("block %s has %llu threads, but the kernel was compiled for at "
               "most %llu",
               text(block).c_str(), (unsigned long long)threads,
               (unsigned long long)most[0] * most[1] * most[2]));
  return Status::success();
}

static void fillConstants(LaunchState &launch,
                          const std::vector<DevicePtr> &addresses,
                          uint32_t dynamicOffset) {
  const Program &program = *launch.program;
  launch.constants.resize(program.constantBytes);
  for (const Constant &constant : program.constants) {
    uint64_t bits = constant.bits;
    if (constant.kind == Constant::Symbol)
      bits += addresses[constant.symbol];
    if (constant.kind == Constant::DynamicShared)
      bits += dynamicOffset;
    uint8_t *to = launch.constants.data() + constant.offset;
    if (constant.bytes == 0) {
      uint32_t mask = uint32_t(bits);
      std::memcpy(to, &mask, 4);
      continue;
    }
    for (unsigned lane = 0; lane < kWarpSize; ++lane)
      std::memcpy(to + lane * constant.bytes, &bits,
                  std::min<unsigned>(constant.bytes, 8));
  }
}

Result<Counters> Device::launch(const Module &module, std::string_view kernel,
                                Dim3 grid, Dim3 block,
                                uint32_t dynamicSharedBytes,
                                void *const *params, int paramCount,
                                const LaunchOptions &options) {
  const ModuleData &data = *module.data();
  LaunchState launch;
  std::string name(kernel);
  for (const std::unique_ptr<Program> &program : data.programs)
    if (program->info.name == kernel)
      launch.program = program.get();
  if (!launch.program)
    return Status::failure("the module '" + data.name + "' has no kernel '" +
                           name + "'");
  const Program &program = *launch.program;
  auto fail = [&](const std::string &message) {
    return Status::failure("kernel '" + name + "': " + message);
  };
  if (paramCount >= 0 && size_t(paramCount) != program.info.params.size())
    return fail(format("takes %zu arguments, but %d were given",
                       program.info.params.size(), paramCount));
  launch.module = &data;
  launch.memory = &impl->memory;
  launch.options = &options;
  uint32_t gridDims[3] = {grid.x, grid.y, grid.z};
  uint32_t blockDims[3] = {block.x, block.y, block.z};
  std::memcpy(launch.grid, gridDims, sizeof gridDims);
  std::memcpy(launch.block, blockDims, sizeof blockDims);
  if (Status status = checkShape(launch); !status)
    return fail(status.message());
  launch.threads = block.x * block.y * block.z;
  launch.warps = (launch.threads + kWarpSize - 1) / kWarpSize;

  uint32_t alignment = program.sharedAlignment;
  uint32_t dynamicOffset =
      (program.staticShared + alignment - 1) / alignment * alignment;
  uint64_t sharedBytes = dynamicSharedBytes
                             ? uint64_t(dynamicOffset) + dynamicSharedBytes
                             : program.staticShared;
  if (sharedBytes > sharedLimit(data.chip))
    return fail(format("needs %llu bytes of shared memory, but a CTA of %s "
                       "has at most %u",
                       (unsigned long long)sharedBytes, data.target.c_str(),
                       sharedLimit(data.chip)));
  launch.dynamicShared = dynamicSharedBytes;
  launch.sharedBytes = uint32_t(sharedBytes);
  launch.params.resize(program.paramBytes + 16);
  for (size_t i = 0; i < program.info.params.size(); ++i) {
    const ParamInfo &param = program.info.params[i];
    if (!params || !params[i])
      return fail("argument " + std::to_string(i) + " ('" + param.name +
                  "') is missing");
    std::memcpy(launch.params.data() + param.offset, params[i], param.size);
  }

  Counters counters;
  counters.kernel = name;
  std::memcpy(counters.grid, gridDims, sizeof gridDims);
  std::memcpy(counters.block, blockDims, sizeof blockDims);
  counters.staticSharedBytes = program.staticShared;
  counters.dynamicSharedBytes = dynamicSharedBytes;
  std::vector<DevicePtr> addresses;
  {
    std::unique_lock<std::shared_mutex> lock(impl->running);
    Result<const Instance *> instance = impl->instance(module);
    if (!instance)
      return fail(instance.message());
    addresses = (*instance)->addresses;
  }
  fillConstants(launch, addresses, dynamicOffset);
  {
    std::shared_lock<std::shared_mutex> lock(impl->running);
    if (std::string fault = runLaunch(launch, counters); !fault.empty())
      return Status::failure(fault);
  }
  std::unique_lock<std::shared_mutex> lock(impl->running);
  impl->memory.promote();
  return counters;
}

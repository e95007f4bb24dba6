//===- Device.cpp - what can hold arrays and run kernels --------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hinm/Runtime/Device.h"

#include "CudaDriver.h"

#include <cstdlib>

using namespace hinm::runtime;

Device::~Device() = default;

Result<uint64_t> Device::unwrittenBytes(void *, size_t) { return uint64_t(0); }

Status Device::collectCounters(bool enable) {
  if (!enable)
    return Status::success();
  return failure("counters are kept by the emulator only, not by ",
                 traits().name);
}

Result<std::string> Device::takeCounters() {
  return failure("counters are kept by the emulator only, not by ",
                 traits().name);
}

Result<std::unique_ptr<Device>>
hinm::runtime::createDevice(const std::string &spec,
                            const DeviceOptions &options) {
  if (spec == "cpu")
    return createCpuDevice();
  if (spec == "emulator")
    return createEmulatorDevice(options);
  if (spec == "cuda")
    return createCudaDevice(0, options);
  if (spec.compare(0, 5, "cuda:") == 0 && spec.size() > 5 && spec.size() < 10 &&
      spec.find_first_not_of("0123456789", 5) == std::string::npos)
    return createCudaDevice(std::atoi(spec.c_str() + 5), options);
  return failure("unknown device '", spec,
                 "', expected cpu, emulator, cuda or cuda:N");
}

std::string hinm::runtime::defaultDeviceSpec() {
  if (const char *chosen = std::getenv("HINM_DEVICE"); chosen && *chosen)
    return chosen;
  Result<const CudaDriver *> driver =
      CudaDriver::get(DeviceOptions().cudaDriver);
  return driver.succeeded() && (*driver)->deviceCount() > 0 ? "cuda"
                                                            : "emulator";
}

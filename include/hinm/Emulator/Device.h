//===- Device.h - an emulated GPU -------------------------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A Device owns memory and runs kernels. Device addresses lie in a range of
// their own in which no host pointer can lie, are never given out twice, and
// have gaps between allocations; so an access out of bounds, to freed memory
// or through a host pointer is always found and named.
//
// Every method may be called from any thread. Launches run to completion
// before they return: whatever order a caller wants, it has.
//
//===----------------------------------------------------------------------===//

#ifndef HINM_EMULATOR_DEVICE_H
#define HINM_EMULATOR_DEVICE_H

#include "hinm/Emulator/Counters.h"
#include "hinm/Emulator/Module.h"
#include "hinm/Emulator/Result.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace hinm::emulator {

/// An address in a device's memory. 0 is null.
using DevicePtr = uint64_t;

/// Global memory lies in [kGlobalBase, kGlobalEnd).
constexpr DevicePtr kGlobalBase = 0x0400'0000'0000'0000ull;
constexpr DevicePtr kGlobalEnd = 0x0480'0000'0000'0000ull;

/// Whether `address` lies in the range of device addresses (allocated or not).
inline bool isDeviceAddress(uint64_t address) {
  return address >= kGlobalBase && address < kGlobalEnd;
}

struct Dim3 {
  uint32_t x = 1, y = 1, z = 1;
};

/// What the emulator refuses. All checks are on unless turned off. Bounds,
/// alignment, deadlock and limits are always checked.
struct Checks {
  /// Reads of registers, shared, local or global memory never written.
  bool uninitialised = true;
  /// Data races between the threads of a CTA in shared memory.
  bool sharedRaces = true;
  /// Data races between CTAs of a launch in global memory.
  bool globalRaces = true;
  /// Races in shared memory between lanes of one warp (missing bar.warp.sync).
  bool warpRaces = true;
  /// Shared memory touched while an asynchronous copy to it is in flight, or
  /// its source altered; or while wgmma may still read it.
  bool asyncCopies = true;
  /// Shared memory that wgmma reads without a fence.proxy.async behind its
  /// write.
  bool proxies = true;
  /// Barriers that some threads of the CTA have left for good.
  bool barriers = true;
  /// Sparse metadata that is not legal.
  bool metadata = true;
};

/// Turns off the checks that a list such as "races,uninit" names. The failure
/// says which word is none of `relaxableChecks`.
Status relaxChecks(std::string_view names, Checks &checks);
/// "races, warp-races, ...".
std::string relaxableChecks();

struct LaunchOptions {
  Checks checks;
  /// Host threads that run CTAs; 0 means as many as the machine has.
  unsigned threads = 0;
  /// Warp instructions that one CTA may execute; 0 means no limit.
  uint64_t instructionBudget = 1ull << 32;
  /// Whether Counters::lines is wanted.
  bool countLines = false;
  /// Receives what the kernel prints. Default: standard output.
  std::function<void(std::string_view)> print;
};

struct DeviceOptions {
  /// Bytes that may be allocated at a time.
  uint64_t memoryBytes = 64ull << 30;
};

class Device {
public:
  explicit Device(DeviceOptions options = {});
  ~Device();
  Device(const Device &) = delete;
  Device &operator=(const Device &) = delete;

  /// At least 256-byte aligned, contents uninitialised. 0 bytes give a valid
  /// address that nothing may be read from. `name` appears in diagnostics.
  Result<DevicePtr> allocate(uint64_t bytes, std::string_view name = "");
  /// `address` must be what `allocate` returned; 0 does nothing.
  Status free(DevicePtr address);
  /// Lets kernels use `bytes` of the host's memory at its own address, until
  /// it is unregistered; the caller keeps it alive. All of it counts as
  /// written. Ranges must not overlap; one that begins where an earlier one
  /// did takes its place.
  Status registerHost(void *address, uint64_t bytes,
                      std::string_view name = "");
  /// `address` must be one that was registered.
  Status unregisterHost(void *address);

  Status copyToDevice(DevicePtr to, const void *from, uint64_t bytes);
  /// Bytes that were never written arrive as they are; see `uninitialised`.
  Status copyFromDevice(void *to, DevicePtr from, uint64_t bytes);
  Status copyDeviceToDevice(DevicePtr to, DevicePtr from, uint64_t bytes);
  /// Writes `count` times the `width` (1, 2 or 4) low bytes of `value`.
  Status set(DevicePtr to, uint32_t value, unsigned width, uint64_t count);
  /// How many of those bytes were never written.
  Result<uint64_t> uninitialised(DevicePtr from, uint64_t bytes) const;

  /// The address of a `.global` or `.const` variable of the module, which is
  /// placed on the device at its first use.
  Result<DevicePtr> symbolAddress(const Module &module, std::string_view name);
  /// Frees the module's variables on this device.
  void unload(const Module &module);

  /// Runs one kernel. `params[i]` points to the value of the i-th parameter,
  /// of the size that the PTX declares (`KernelInfo::params`), as
  /// cuLaunchKernel has it; `paramCount`, when not negative, is how many the
  /// caller gives and must match. On failure no counter is returned and the
  /// contents of memory that the kernel writes are unspecified.
  Result<Counters> launch(const Module &module, std::string_view kernel,
                          Dim3 grid, Dim3 block, uint32_t dynamicSharedBytes,
                          void *const *params, int paramCount = -1,
                          const LaunchOptions &options = {});

  struct Impl;

private:
  std::unique_ptr<Impl> impl;
};

} // namespace hinm::emulator

#endif // HINM_EMULATOR_DEVICE_H

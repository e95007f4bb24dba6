//===- Device.h - what can hold arrays and run kernels ----------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A Device is a GPU (through the CUDA driver), the PTX emulator, or the CPU,
// where memory is the host's and there are no kernels. Addresses, streams,
// events, modules and functions are opaque pointers that are valid for the
// device that gave them. Every method may be called from any thread.
//
//===----------------------------------------------------------------------===//

#ifndef HINM_RUNTIME_DEVICE_H
#define HINM_RUNTIME_DEVICE_H

#include "hinm/Runtime/Error.h"
#include "hinm/Runtime/Target.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace hinm::runtime {

/// The code of a module in the forms that are at hand. At least one of `ptx`
/// and `binary` is not empty.
struct ModuleSource {
  /// PTX text.
  std::string ptx;
  /// A cubin or fatbin.
  std::string binary;
  /// The chip that `binary` was made for; 0 when unknown.
  std::optional<Chip> binaryChip;
  /// Optimization level for compiling the PTX, 0 to 4.
  int optLevel = 4;
  /// Where it comes from, for messages.
  std::string origin;
};

/// The shape of a launch. Extents count blocks (grid, cluster) and threads
/// (block); x, y, z.
struct LaunchShape {
  int64_t grid[3] = {1, 1, 1};
  int64_t cluster[3] = {1, 1, 1};
  int64_t block[3] = {1, 1, 1};
  /// Bytes of dynamic shared memory of each block.
  int64_t sharedBytes = 0;
};

/// Arguments of mgpuTensorMapEncodeTiledMemref; the integers are the CUDA
/// driver's enumerations (CUtensorMapDataType and so on).
struct TensorMapRequest {
  int64_t rank;
  /// {allocated, aligned, offset, sizes[rank], strides[rank]}.
  const int64_t *descriptor;
  int32_t dataType, interleave, swizzle, l2Promotion, oobFill;
  const int64_t *boxSizes;
};

class Device {
public:
  virtual ~Device();

  const DeviceTraits &traits() const { return traits_; }
  /// Whether device addresses are host addresses.
  virtual bool isHost() const { return false; }

  /// Bytes of uninitialised memory, aligned to 64 at least. `hostShared`
  /// memory can be used by host code as well; `name` serves diagnostics.
  virtual Result<void *> allocate(size_t bytes, bool hostShared = false,
                                  std::string_view name = {}) = 0;
  /// Null does nothing.
  virtual Status free(void *address) = 0;
  /// Copies between any of host and device memory; the addresses tell which.
  virtual Status copy(void *to, const void *from, size_t bytes,
                      void *stream) = 0;
  /// Writes `count` elements of `width` bytes (2 or 4).
  virtual Status fill(void *to, uint32_t value, unsigned width, size_t count,
                      void *stream) = 0;
  /// Makes host memory usable by kernels, and undoes it.
  virtual Status registerHost(void *address, size_t bytes) = 0;
  virtual Status unregisterHost(void *address) = 0;
  /// The device's address of registered host memory.
  virtual Result<void *> hostToDevice(void *address) = 0;
  /// How many of these bytes were never written, where the device knows.
  virtual Result<uint64_t> unwrittenBytes(void *address, size_t bytes);

  virtual Result<void *> createStream() = 0;
  virtual Status destroyStream(void *stream) = 0;
  virtual Status synchronize(void *stream) = 0;

  virtual Result<void *> createEvent(bool timing = false) = 0;
  virtual Status destroyEvent(void *event) = 0;
  virtual Status recordEvent(void *event, void *stream) = 0;
  virtual Status synchronizeEvent(void *event) = 0;
  virtual Status waitEvent(void *stream, void *event) = 0;
  /// Milliseconds between two events that were made with `timing` and have
  /// happened.
  virtual Result<double> elapsed(void *begin, void *end) = 0;

  virtual Result<void *> loadModule(const ModuleSource &source) = 0;
  virtual Status unloadModule(void *module) = 0;
  virtual Result<void *> getFunction(void *module, const char *name) = 0;
  /// `params[i]` points to the value of parameter i; `paramCount` is negative
  /// when unknown. `extra` is the driver's other way to pass parameters.
  virtual Status launch(void *function, const LaunchShape &shape, void *stream,
                        void **params, void **extra, int64_t paramCount) = 0;
  /// A tensor map in device memory; freed with the device.
  virtual Result<void *> encodeTensorMap(const TensorMapRequest &request) = 0;

  /// Starts or stops keeping counters of launches.
  virtual Status collectCounters(bool enable);
  /// The counters kept so far, a JSON array; forgets them.
  virtual Result<std::string> takeCounters();

protected:
  explicit Device(DeviceTraits traits) : traits_(std::move(traits)) {}

private:
  DeviceTraits traits_;
};

struct DeviceOptions {
  /// Emulator: host threads that run blocks; 0 means as many as there are
  /// processors.
  unsigned threads = 0;
  /// Emulator: checks that are turned off, such as "races,uninit".
  std::string relaxed;
  /// Cuda: the driver's library.
  std::string cudaDriver = "libcuda.so.1";
};

/// A device by name: `cpu`, `emulator`, `cuda` or `cuda:N`. The failure says
/// why there is none.
Result<std::unique_ptr<Device>> createDevice(const std::string &spec,
                                             const DeviceOptions &options = {});

/// What the environment variable HINM_DEVICE says; without it `cuda` where a
/// driver and a device are found, else `emulator`.
std::string defaultDeviceSpec();

/// The kinds of devices; for tests and embedders. `createDevice` uses them.
std::unique_ptr<Device> createCpuDevice();
/// Fails where `relaxed` names an unknown check.
Result<std::unique_ptr<Device>>
createEmulatorDevice(const DeviceOptions &options);
Result<std::unique_ptr<Device>> createCudaDevice(int ordinal,
                                                 const DeviceOptions &options);

} // namespace hinm::runtime

#endif // HINM_RUNTIME_DEVICE_H

//===- CudaDevice.cpp - a GPU through the CUDA driver -----------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CudaDriver.h"
#include "hinm/Runtime/Device.h"

#include <map>
#include <mutex>
#include <vector>

using namespace hinm::runtime;

namespace {

CuAddress toDevice(const void *address) {
  return reinterpret_cast<CuAddress>(address);
}

/// A kernel, and what was asked of the driver for it.
struct CudaFunction {
  CuFunction handle = nullptr;
  std::string name;
  /// Dynamic shared memory that it may use without a further request.
  int64_t sharedLimit = 0;
  int64_t staticShared = 0;
  bool largeClusters = false;
};

struct CudaModule {
  CuModule handle = nullptr;
  std::map<std::string, CudaFunction> functions;
};

class CudaDevice final : public Device {
public:
  CudaDevice(DeviceTraits traits, const CudaDriver &driver, CuDevice device,
             CuContext context, int64_t maxShared)
      : Device(std::move(traits)), driver(driver), device(device),
        context(context), maxShared(maxShared) {}
  ~CudaDevice() override;

  Result<void *> allocate(size_t bytes, bool hostShared,
                          std::string_view name) override;
  Status free(void *address) override;
  Status copy(void *to, const void *from, size_t bytes, void *stream) override;
  Status fill(void *to, uint32_t value, unsigned width, size_t count,
              void *stream) override;
  Status registerHost(void *address, size_t bytes) override;
  Status unregisterHost(void *address) override;
  Result<void *> hostToDevice(void *address) override;

  Result<void *> createStream() override;
  Status destroyStream(void *stream) override;
  Status synchronize(void *stream) override;
  Result<void *> createEvent(bool timing) override;
  Status destroyEvent(void *event) override;
  Status recordEvent(void *event, void *stream) override;
  Status synchronizeEvent(void *event) override;
  Status waitEvent(void *stream, void *event) override;
  Result<double> elapsed(void *begin, void *end) override;

  Result<void *> loadModule(const ModuleSource &source) override;
  Status unloadModule(void *module) override;
  Result<void *> getFunction(void *module, const char *name) override;
  Status launch(void *function, const LaunchShape &shape, void *stream,
                void **params, void **extra, int64_t paramCount) override;
  Result<void *> encodeTensorMap(const TensorMapRequest &request) override;

private:
  /// Runs a driver call with this device's context current on the thread.
  template <typename F>
  Status call(const char *name, F body) {
    Status status =
        driver.check(driver.cuCtxPushCurrent(context), "cuCtxPushCurrent");
    if (status.failed())
      return status;
    status = driver.check(body(), name);
    CuContext popped = nullptr;
    driver.cuCtxPopCurrent(&popped);
    return status;
  }
  Status loadImage(const char *image, int optLevel, CuModule &module);
  Status allowShared(CudaFunction &function, int64_t bytes);
  Status launchCluster(CudaFunction &function, const LaunchShape &shape,
                       void *stream, void **params, void **extra);

  const CudaDriver &driver;
  CuDevice device;
  CuContext context;
  /// Most shared memory that a block may opt in to.
  int64_t maxShared;
  std::mutex mutex;
  std::vector<void *> tensorMaps;
};

} // namespace

CudaDevice::~CudaDevice() {
  for (void *map : tensorMaps)
    (void)free(map);
  driver.cuDevicePrimaryCtxRelease(device);
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

Result<void *> CudaDevice::allocate(size_t bytes, bool hostShared,
                                    std::string_view) {
  // The driver refuses 0 bytes; a null pointer could not be told from failure.
  CuAddress address = 0;
  size_t size = bytes ? bytes : 1;
  Status status =
      hostShared ? call("cuMemAllocManaged",
                        [&] {
                          return driver.cuMemAllocManaged(&address, size,
                                                          CU_MEM_ATTACH_GLOBAL);
                        })
                 : call("cuMemAlloc",
                        [&] { return driver.cuMemAlloc(&address, size); });
  if (status.failed())
    return failure(status.message(), ", asked for ", bytes, " bytes on ",
                   traits().name);
  return reinterpret_cast<void *>(address);
}

Status CudaDevice::free(void *address) {
  if (!address)
    return Status::success();
  return call("cuMemFree", [&] { return driver.cuMemFree(toDevice(address)); });
}

Status CudaDevice::copy(void *to, const void *from, size_t bytes,
                        void *stream) {
  if (bytes == 0)
    return Status::success();
  return call("cuMemcpyAsync", [&] {
    return driver.cuMemcpyAsync(toDevice(to), toDevice(from), bytes, stream);
  });
}

Status CudaDevice::fill(void *to, uint32_t value, unsigned width, size_t count,
                        void *stream) {
  if (count == 0)
    return Status::success();
  return call("cuMemsetAsync", [&] {
    return width == 2
               ? driver.cuMemsetD16Async(toDevice(to),
                                         static_cast<unsigned short>(value),
                                         count, stream)
               : driver.cuMemsetD32Async(toDevice(to), value, count, stream);
  });
}

Status CudaDevice::registerHost(void *address, size_t bytes) {
  return call("cuMemHostRegister",
              [&] { return driver.cuMemHostRegister(address, bytes, 0); });
}

Status CudaDevice::unregisterHost(void *address) {
  return call("cuMemHostUnregister",
              [&] { return driver.cuMemHostUnregister(address); });
}

Result<void *> CudaDevice::hostToDevice(void *address) {
  CuAddress result = 0;
  Status status = call("cuMemHostGetDevicePointer", [&] {
    return driver.cuMemHostGetDevicePointer(&result, address, 0);
  });
  if (status.failed())
    return status;
  return reinterpret_cast<void *>(result);
}

//===----------------------------------------------------------------------===//
// Streams and events
//===----------------------------------------------------------------------===//

Result<void *> CudaDevice::createStream() {
  CuStream stream = nullptr;
  Status status = call("cuStreamCreate", [&] {
    return driver.cuStreamCreate(&stream, CU_STREAM_NON_BLOCKING);
  });
  if (status.failed())
    return status;
  return stream;
}

Status CudaDevice::destroyStream(void *stream) {
  return call("cuStreamDestroy",
              [&] { return driver.cuStreamDestroy(stream); });
}

Status CudaDevice::synchronize(void *stream) {
  return call("cuStreamSynchronize",
              [&] { return driver.cuStreamSynchronize(stream); });
}

Result<void *> CudaDevice::createEvent(bool timing) {
  CuEvent event = nullptr;
  Status status = call("cuEventCreate", [&] {
    return driver.cuEventCreate(&event, timing ? CU_EVENT_DEFAULT
                                               : CU_EVENT_DISABLE_TIMING);
  });
  if (status.failed())
    return status;
  return event;
}

Status CudaDevice::destroyEvent(void *event) {
  return call("cuEventDestroy", [&] { return driver.cuEventDestroy(event); });
}

Status CudaDevice::recordEvent(void *event, void *stream) {
  return call("cuEventRecord",
              [&] { return driver.cuEventRecord(event, stream); });
}

Status CudaDevice::synchronizeEvent(void *event) {
  return call("cuEventSynchronize",
              [&] { return driver.cuEventSynchronize(event); });
}

Status CudaDevice::waitEvent(void *stream, void *event) {
  return call("cuStreamWaitEvent",
              [&] { return driver.cuStreamWaitEvent(stream, event, 0); });
}

Result<double> CudaDevice::elapsed(void *begin, void *end) {
  float milliseconds = 0;
  Status status = call("cuEventElapsedTime", [&] {
    return driver.cuEventElapsedTime(&milliseconds, begin, end);
  });
  if (status.failed())
    return status;
  return static_cast<double>(milliseconds);
}

//===----------------------------------------------------------------------===//
// Modules and launches
//===----------------------------------------------------------------------===//

Status CudaDevice::loadImage(const char *image, int optLevel,
                             CuModule &module) {
  std::vector<char> log(8192);
  int options[] = {CU_JIT_ERROR_LOG_BUFFER, CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES,
                   CU_JIT_OPTIMIZATION_LEVEL};
  void *values[] = {log.data(), reinterpret_cast<void *>(log.size() - 1),
                    reinterpret_cast<void *>(static_cast<intptr_t>(optLevel))};
  Status status = call("cuModuleLoadDataEx", [&] {
    return driver.cuModuleLoadDataEx(&module, image, 3, options, values);
  });
  if (status.failed() && log[0])
    return failure(status.message(), "\n", log.data());
  return status;
}

Result<void *> CudaDevice::loadModule(const ModuleSource &source) {
  auto module = std::make_unique<CudaModule>();
  int optLevel =
      source.optLevel < 0 || source.optLevel > 4 ? 4 : source.optLevel;
  bool fits = !source.binaryChip ||
              cubinRunsOn(*source.binaryChip, traits().capability);
  Status status = failure("machine code for sm_",
                          source.binaryChip ? source.binaryChip->number : 0,
                          " does not run on ", traits().name);
  if (!source.binary.empty() && (fits || source.ptx.empty()))
    status = loadImage(source.binary.data(), optLevel, module->handle);
  // The driver compiles the PTX where the machine code does not suit it.
  if (status.failed() && !source.ptx.empty())
    status = loadImage(source.ptx.c_str(), optLevel, module->handle);
  if (status.failed())
    return failure("cannot load the kernels of '", source.origin, "' on ",
                   traits().name, ": ", status.message());
  return static_cast<void *>(module.release());
}

Status CudaDevice::unloadModule(void *handle) {
  std::unique_ptr<CudaModule> module(static_cast<CudaModule *>(handle));
  return call("cuModuleUnload",
              [&] { return driver.cuModuleUnload(module->handle); });
}

Result<void *> CudaDevice::getFunction(void *handle, const char *name) {
  auto *module = static_cast<CudaModule *>(handle);
  std::lock_guard<std::mutex> lock(mutex);
  auto found = module->functions.find(name);
  if (found != module->functions.end())
    return static_cast<void *>(&found->second);
  CudaFunction function;
  function.name = name;
  Status status = call("cuModuleGetFunction", [&] {
    return driver.cuModuleGetFunction(&function.handle, module->handle, name);
  });
  int staticShared = 0;
  if (status.succeeded())
    status = call("cuFuncGetAttribute", [&] {
      return driver.cuFuncGetAttribute(
          &staticShared, CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES, function.handle);
    });
  if (status.failed())
    return failure("kernel '", name, "': ", status.message());
  // Without opting in, a block has 48 KB for both kinds.
  function.staticShared = staticShared;
  function.sharedLimit = 48 * 1024 - staticShared;
  auto place = module->functions.emplace(name, std::move(function)).first;
  return static_cast<void *>(&place->second);
}

Status CudaDevice::allowShared(CudaFunction &function, int64_t bytes) {
  std::lock_guard<std::mutex> lock(mutex);
  if (bytes <= function.sharedLimit)
    return Status::success();
  if (bytes + function.staticShared > maxShared)
    return failure("it asks for ", bytes, " bytes of dynamic and ",
                   function.staticShared, " of static shared memory, but ",
                   traits().name, " gives a block ", maxShared);
  Status status = call("cuFuncSetAttribute", [&] {
    return driver.cuFuncSetAttribute(
        function.handle, CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES,
        static_cast<int>(bytes));
  });
  if (status.succeeded())
    function.sharedLimit = bytes;
  return status;
}

Status CudaDevice::launchCluster(CudaFunction &function,
                                 const LaunchShape &shape, void *stream,
                                 void **params, void **extra) {
  if (!driver.cuLaunchKernelEx)
    return failure("the CUDA driver is too old for clusters");
  int64_t blocks = 1;
  CuLaunchAttribute attribute{};
  attribute.id = CU_LAUNCH_ATTRIBUTE_CLUSTER_DIMENSION;
  CuLaunchConfig config{};
  for (int i = 0; i < 3; ++i) {
    attribute.clusterDim[i] = static_cast<unsigned>(shape.cluster[i]);
    config.grid[i] = static_cast<unsigned>(shape.grid[i]);
    config.block[i] = static_cast<unsigned>(shape.block[i]);
    blocks *= shape.cluster[i];
  }
  config.sharedBytes = static_cast<unsigned>(shape.sharedBytes);
  config.stream = stream;
  config.attributes = &attribute;
  config.attributeCount = 1;
  // Above 8 blocks a kernel has to opt in.
  if (blocks > 8 && !function.largeClusters) {
    Status status = call("cuFuncSetAttribute", [&] {
      return driver.cuFuncSetAttribute(
          function.handle, CU_FUNC_ATTRIBUTE_NON_PORTABLE_CLUSTER_SIZE_ALLOWED,
          1);
    });
    if (status.failed())
      return status;
    function.largeClusters = true;
  }
  return call("cuLaunchKernelEx", [&] {
    return driver.cuLaunchKernelEx(&config, function.handle, params, extra);
  });
}

Status CudaDevice::launch(void *handle, const LaunchShape &shape, void *stream,
                          void **params, void **extra, int64_t) {
  auto &function = *static_cast<CudaFunction *>(handle);
  Status status = Status::success();
  for (const int64_t *sizes : {shape.grid, shape.cluster, shape.block})
    for (int i = 0; i < 3 && status.succeeded(); ++i)
      if (sizes[i] < 1 || sizes[i] > INT32_MAX)
        status = failure("a grid, cluster or block has size ", sizes[i],
                         ", expected 1 to 2^31 - 1");
  if (status.succeeded())
    status = allowShared(function, shape.sharedBytes);
  if (status.succeeded()) {
    auto size = [](int64_t extent) { return static_cast<unsigned>(extent); };
    if (shape.cluster[0] * shape.cluster[1] * shape.cluster[2] != 1)
      status = launchCluster(function, shape, stream, params, extra);
    else
      status = call("cuLaunchKernel", [&] {
        return driver.cuLaunchKernel(
            function.handle, size(shape.grid[0]), size(shape.grid[1]),
            size(shape.grid[2]), size(shape.block[0]), size(shape.block[1]),
            size(shape.block[2]), size(shape.sharedBytes), stream, params,
            extra);
      });
  }
  if (status.failed())
    return failure("kernel '", function.name, "': ", status.message());
  return status;
}

Result<void *> CudaDevice::encodeTensorMap(const TensorMapRequest &request) {
  constexpr int64_t kMaxRank = 5;
  if (!driver.cuTensorMapEncodeTiled)
    return failure("the CUDA driver is too old for tensor maps");
  if (request.rank < 1 || request.rank > kMaxRank)
    return failure("a tensor map has rank ", request.rank, ", expected 1 to ",
                   kMaxRank);
  // Bytes of CUtensorMapDataType: u8, u16, u32, i32, u64, i64, f16, f32, f64,
  // bf16, f32 flushed, tf32, tf32 flushed.
  constexpr uint64_t kBytes[] = {1, 2, 4, 4, 8, 8, 2, 4, 8, 2, 4, 4, 4};
  if (request.dataType < 0 || request.dataType >= 13)
    return failure("a tensor map has element type ", request.dataType,
                   ", expected 0 to 12");
  // The driver counts dimensions from the innermost, and leaves out the
  // innermost stride.
  uint64_t bytes = kBytes[request.dataType];
  uint64_t sizes[kMaxRank], strides[kMaxRank] = {};
  uint32_t box[kMaxRank], elementStrides[kMaxRank];
  const int64_t *memref = request.descriptor;
  for (int64_t i = 0; i < request.rank; ++i) {
    int64_t dim = request.rank - 1 - i;
    sizes[i] = static_cast<uint64_t>(memref[3 + dim]);
    box[i] = static_cast<uint32_t>(request.boxSizes[dim]);
    elementStrides[i] = 1;
    if (i > 0)
      strides[i - 1] =
          static_cast<uint64_t>(memref[3 + request.rank + dim]) * bytes;
  }
  auto *base = reinterpret_cast<char *>(memref[1]) +
               memref[2] * static_cast<int64_t>(bytes);
  alignas(64) char map[128];
  Status status = call("cuTensorMapEncodeTiled", [&] {
    return driver.cuTensorMapEncodeTiled(
        map, request.dataType, static_cast<unsigned>(request.rank), base, sizes,
        strides, box, elementStrides, request.interleave, request.swizzle,
        request.l2Promotion, request.oobFill);
  });
  if (status.failed())
    return status;
  Result<void *> address = allocate(sizeof(map), false, "");
  if (address.failed())
    return address;
  {
    std::lock_guard<std::mutex> lock(mutex);
    tensorMaps.push_back(*address);
  }
  status = copy(*address, map, sizeof(map), nullptr);
  if (status.succeeded())
    status = synchronize(nullptr);
  if (status.failed())
    return status;
  return address;
}

Result<std::unique_ptr<Device>>
hinm::runtime::createCudaDevice(int ordinal, const DeviceOptions &options) {
  Result<const CudaDriver *> loaded = CudaDriver::get(options.cudaDriver);
  if (loaded.failed())
    return loaded.status();
  const CudaDriver &driver = **loaded;
  int count = driver.deviceCount();
  if (count == 0)
    return failure("the CUDA driver finds no device (without a GPU, use the "
                   "device 'emulator' or 'cpu')");
  if (ordinal >= count)
    return failure("there is no CUDA device ", ordinal, ", the driver finds ",
                   count, count == 1 ? " device" : " devices",
                   ", counted from 0");
  CuDevice device = 0;
  int major = 0, minor = 0, maxShared = 0;
  char name[256] = "";
  CuContext context = nullptr;
  Status status =
      driver.check(driver.cuDeviceGet(&device, ordinal), "cuDeviceGet");
  auto attribute = [&](int &value, int which) {
    if (status.succeeded())
      status = driver.check(driver.cuDeviceGetAttribute(&value, which, device),
                            "cuDeviceGetAttribute");
  };
  attribute(major, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR);
  attribute(minor, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR);
  attribute(maxShared, CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN);
  if (status.succeeded())
    status = driver.check(driver.cuDeviceGetName(name, sizeof(name), device),
                          "cuDeviceGetName");
  if (status.succeeded())
    status = driver.check(driver.cuDevicePrimaryCtxRetain(&context, device),
                          "cuDevicePrimaryCtxRetain");
  if (status.failed())
    return failure("CUDA device ", ordinal, ": ", status.message());
  DeviceTraits traits;
  traits.kind = DeviceTraits::Kind::Cuda;
  traits.capability = 10 * major + minor;
  traits.name = concat(name, " (sm_", traits.capability, ")");
  return std::unique_ptr<Device>(std::make_unique<CudaDevice>(
      std::move(traits), driver, device, context, maxShared));
}

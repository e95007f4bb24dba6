//===- CudaTest.cpp - the CUDA device against a driver on the host -*- C++
//-*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// FakeCuda.c is the driver. What it cannot show is what a GPU computes.
//
//===----------------------------------------------------------------------===//

#include "TestModel.h"
#include "hinm/Runtime/Session.h"

#include <cstring>
#include <dlfcn.h>

using namespace hinm::runtime;
using namespace hinm::test;

/// As in FakeCuda.c.
struct FakeCudaState {
  int allocations, streams, events, modules, contexts, depth;
  int launches, binaryLoads, textLoads, copies, lastShared, lastCluster;
};

namespace {
class Cuda : public ::testing::Test {
protected:
  void SetUp() override {
    void *library = dlopen(HINM_FAKE_CUDA, RTLD_NOW);
    ASSERT_TRUE(library) << dlerror();
    state = static_cast<FakeCudaState *>(dlsym(library, "fakeCudaState"));
    ASSERT_TRUE(state);
    *state = {};
  }
  void TearDown() override {
    unsetenv("FAKE_CUDA_CAPABILITY");
    unsetenv("FAKE_CUDA_DEVICES");
    // Everything was given back.
    EXPECT_EQ(state->allocations, 0);
    EXPECT_EQ(state->streams, 0);
    EXPECT_EQ(state->events, 0);
    EXPECT_EQ(state->modules, 0);
    EXPECT_EQ(state->contexts, 0);
    EXPECT_EQ(state->depth, 0);
  }
  static Result<std::unique_ptr<Device>> create(const char *spec = "cuda") {
    DeviceOptions options;
    options.cudaDriver = HINM_FAKE_CUDA;
    return createDevice(spec, options);
  }
  Status runModel(const ModelOptions &options) {
    std::string path = folder / ("model" + std::to_string(count++));
    buildModel(path, options);
    auto artifact = Artifact::load(path);
    if (artifact.failed())
      return artifact.status();
    auto session = Session::create(*artifact, "main",
                                   std::make_shared<Context>(create().take()));
    if (session.failed())
      return session.status();
    std::vector<HostTensor> x;
    x.push_back(tensorOf({2, 4}, {1, 2, 3, 4, 5, 6, 7, 8}));
    auto y = (*session)->run(x);
    if (y.succeeded()) {
      EXPECT_EQ(valuesOf((*y)[0]),
                modelResult(options, {1, 2, 3, 4, 5, 6, 7, 8}));
    }
    return y.status();
  }
  FakeCudaState *state = nullptr;
  TempFolder folder;
  int count = 0;
};
} // namespace

TEST_F(Cuda, SaysWhyThereIsNoDevice) {
  DeviceOptions options;
  options.cudaDriver = folder / "libcuda.so.1";
  EXPECT_FAILS(createDevice("cuda", options), "no CUDA driver is installed",
               "libcuda.so.1", "'emulator'");
  // A library that is no driver.
  buildModel(folder / "m");
  options.cudaDriver = folder / "m/cpu/model.so";
  EXPECT_FAILS(createDevice("cuda", options), "too old", "cuInit");
  setenv("FAKE_CUDA_DEVICES", "0", 1);
  EXPECT_FAILS(create(), "finds no device");
  setenv("FAKE_CUDA_DEVICES", "2", 1);
  EXPECT_FAILS(create("cuda:2"), "no CUDA device 2", "finds 2 devices",
               "counted from 0");
  EXPECT_FAILS(createDevice("cuda:x"), "unknown device 'cuda:x'",
               "cpu, emulator, cuda or cuda:N");
  EXPECT_FAILS(createDevice(""), "unknown device ''");
}

TEST_F(Cuda, DescribesItself) {
  setenv("FAKE_CUDA_DEVICES", "2", 1);
  setenv("FAKE_CUDA_CAPABILITY", "90", 1);
  auto device = create("cuda:1");
  ASSERT_SUCCEEDS(device);
  EXPECT_EQ((*device)->traits().name, "Fake GPU 1 (sm_90)");
  EXPECT_EQ((*device)->traits().capability, 90);
  EXPECT_EQ(state->contexts, 1);
}

TEST_F(Cuda, CopiesAndFills) {
  auto device = create();
  ASSERT_SUCCEEDS(device);
  void *memory = *(*device)->allocate(16);
  ASSERT_SUCCEEDS((*device)->fill(memory, 0x01020304, 4, 4, nullptr));
  ASSERT_SUCCEEDS((*device)->fill(memory, 0xabcd, 2, 2, nullptr));
  uint32_t words[4];
  ASSERT_SUCCEEDS((*device)->copy(words, memory, 16, nullptr));
  EXPECT_EQ(words[0], 0xabcdabcdu);
  EXPECT_EQ(words[3], 0x01020304u);
  ASSERT_SUCCEEDS((*device)->free(memory));
  ASSERT_SUCCEEDS((*device)->free(nullptr));
  EXPECT_FAILS((*device)->allocate(size_t(1) << 41), "cuMemAlloc failed",
               "as the fake driver says", "2199023255552 bytes", "Fake GPU 0");
  void *empty = *(*device)->allocate(0, /*hostShared=*/true);
  EXPECT_TRUE(empty);
  ASSERT_SUCCEEDS((*device)->free(empty));
}

TEST_F(Cuda, PrefersTheCubinThatSuitsIt) {
  ModelOptions options;
  options.withCubin = true;
  ASSERT_SUCCEEDS(runModel(options));
  EXPECT_EQ(state->binaryLoads, 1);
  EXPECT_EQ(state->textLoads, 0);
  EXPECT_EQ(state->launches, 2);
  // Another major number: the driver compiles the PTX.
  setenv("FAKE_CUDA_CAPABILITY", "90", 1);
  ASSERT_SUCCEEDS(runModel(options));
  EXPECT_EQ(state->binaryLoads, 1);
  EXPECT_EQ(state->textLoads, 1);
}

TEST_F(Cuda, FallsBackToPtx) {
  ASSERT_SUCCEEDS(runModel({}));
  EXPECT_EQ(state->textLoads, 1);
  // A cubin that the driver refuses.
  auto device = create();
  ASSERT_SUCCEEDS(device);
  ModuleSource source;
  source.ptx = modelPtx();
  source.binary = "\x7f"
                  "ELF broken";
  source.binaryChip = Chip{80, 0};
  auto module = (*device)->loadModule(source);
  ASSERT_SUCCEEDS(module);
  EXPECT_EQ(state->binaryLoads, 1);
  EXPECT_EQ(state->textLoads, 2);
  ASSERT_SUCCEEDS((*device)->unloadModule(*module));
}

TEST_F(Cuda, ReportsTheJitLog) {
  ModelOptions options;
  options.ptx = ".version 8.5\n";
  EXPECT_FAILS(runModel(options), "cannot load the kernels of",
               "sm_80/kernels.ptx", "Fake GPU 0 (sm_80)",
               "CUDA_ERROR_INVALID_PTX", "ptxas fatal: no entry");
}

TEST_F(Cuda, NamesAMissingKernel) {
  ModelOptions options;
  options.entryBody = R"(run("none", x->data, w0->data, y->data, 8, stream);)";
  EXPECT_FAILS(runModel(options), "kernel 'none'", "cuModuleGetFunction",
               "CUDA_ERROR_NOT_FOUND");
}

TEST_F(Cuda, ChipMustFitTheDevice) {
  setenv("FAKE_CUDA_CAPABILITY", "75", 1);
  EXPECT_FAILS(runModel({}), "no form for Fake GPU 0 (sm_75)",
               "it holds cpu, sm_80");
}

TEST_F(Cuda, OptsInToSharedMemory) {
  auto device = create();
  ASSERT_SUCCEEDS(device);
  ModuleSource source;
  source.ptx = modelPtx();
  void *module = *(*device)->loadModule(source);
  void *function = *(*device)->getFunction(module, "scale");
  float x[4] = {1, 2, 3, 4}, y[4];
  void *in = x, *out = y;
  int count = 4;
  void *params[] = {&in, &in, &out, &count};
  LaunchShape shape;
  shape.block[0] = 32;
  // 1024 bytes are static, 100 KB is the most.
  for (int64_t bytes : {0, 47 * 1024, 48 * 1024, 99 * 1024, 60 * 1024}) {
    shape.sharedBytes = bytes;
    ASSERT_SUCCEEDS(
        (*device)->launch(function, shape, nullptr, params, nullptr, 4));
    EXPECT_EQ(state->lastShared, bytes);
  }
  EXPECT_EQ(y[3], 16);
  shape.sharedBytes = 100 * 1024;
  EXPECT_FAILS((*device)->launch(function, shape, nullptr, params, nullptr, 4),
               "kernel 'scale'", "102400 bytes of dynamic", "1024 of static",
               "Fake GPU 0");
  shape.sharedBytes = 0;
  shape.cluster[0] = 16;
  ASSERT_SUCCEEDS(
      (*device)->launch(function, shape, nullptr, params, nullptr, 4));
  EXPECT_EQ(state->lastCluster, 16);
  shape.grid[1] = 0;
  EXPECT_FAILS((*device)->launch(function, shape, nullptr, params, nullptr, 4),
               "size 0", "expected 1 to");
  ASSERT_SUCCEEDS((*device)->unloadModule(module));
}

TEST_F(Cuda, EncodesTensorMaps) {
  auto device = create();
  ASSERT_SUCCEEDS(device);
  // memref<64x128xf16, strided<[136, 1], offset: 8>>, boxes of 16x32.
  int64_t base = 0x1000;
  int64_t descriptor[] = {base, base, 8, 64, 128, 136, 1};
  int64_t box[] = {16, 32};
  auto map = (*device)->encodeTensorMap({2, descriptor, 6, 1, 2, 3, 4, box});
  ASSERT_SUCCEEDS(map);
  uint64_t words[8];
  ASSERT_SUCCEEDS((*device)->copy(words, *map, sizeof(words), nullptr));
  uint64_t expected[] = {6, 0x1010, 128, 64, 272, 32, 16, 1234};
  EXPECT_EQ(std::memcmp(words, expected, sizeof(words)), 0);
  EXPECT_FAILS((*device)->encodeTensorMap({7, descriptor, 6, 0, 0, 0, 0, box}),
               "rank 7", "1 to 5");
  EXPECT_FAILS((*device)->encodeTensorMap({2, descriptor, 99, 0, 0, 0, 0, box}),
               "element type 99");
}

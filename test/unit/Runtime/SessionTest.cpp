//===- SessionTest.cpp - running artifacts on every kind of device -*- C++
//-*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hinm/Runtime/Session.h"
#include "TestModel.h"

#include <thread>

using namespace hinm::runtime;
using namespace hinm::test;

static std::shared_ptr<Context> contextFor(const std::string &spec) {
  DeviceOptions options;
  options.cudaDriver = HINM_FAKE_CUDA;
  auto device = createDevice(spec, options);
  EXPECT_TRUE(device.succeeded()) << (device.failed() ? device.message() : "");
  return std::make_shared<Context>(device.take());
}

/// 0.25, 0.5, ...: exact in f32 whatever the model does with them.
static std::vector<float> rampOf(size_t count) {
  std::vector<float> values(count);
  for (size_t i = 0; i < count; ++i)
    values[i] = 0.25f * static_cast<float>(i + 1);
  return values;
}

static std::vector<HostTensor> inputOf(int64_t tokens) {
  std::vector<HostTensor> inputs;
  inputs.push_back(
      tensorOf({tokens, 4}, rampOf(static_cast<size_t>(tokens) * 4)));
  return inputs;
}

/// Kinds of devices; `cuda` is the driver of FakeCuda.c.
class OnDevice : public ::testing::TestWithParam<const char *> {
protected:
  Result<std::unique_ptr<Session>> open(const ModelOptions &options = {}) {
    buildModel(folder / "model", options);
    auto artifact = Artifact::load(folder / "model");
    if (artifact.failed())
      return artifact.status();
    return Session::create(*artifact, "main", context);
  }
  TempFolder folder;
  std::shared_ptr<Context> context = contextFor(GetParam());
};
INSTANTIATE_TEST_SUITE_P(Devices, OnDevice,
                         ::testing::Values("cpu", "emulator", "cuda"),
                         [](const auto &info) {
                           return std::string(info.param);
                         });

TEST_P(OnDevice, ComputesTheModel) {
  ModelOptions options;
  auto session = open(options);
  ASSERT_SUCCEEDS(session);
  for (int64_t tokens : {1, 5, 130, 2}) {
    auto results = (*session)->run(inputOf(tokens));
    ASSERT_SUCCEEDS(results);
    ASSERT_EQ(results->size(), 1u);
    EXPECT_EQ((*results)[0].shape(), (Shape{tokens, 4}));
    EXPECT_EQ(valuesOf((*results)[0]),
              modelResult(options, rampOf(static_cast<size_t>(tokens) * 4)));
  }
}

TEST_P(OnDevice, PlansWithoutTheDevice) {
  auto session = open();
  ASSERT_SUCCEEDS(session);
  auto plan = (*session)->plan({{7, 4}});
  ASSERT_SUCCEEDS(plan);
  EXPECT_EQ(plan->workspaceBytes, 7u * 16);
  EXPECT_EQ(plan->outputs, (std::vector<Shape>{{7, 4}}));
  EXPECT_FAILS((*session)->plan({{7, 5}}), "input 0", "7x5", "?x4");
  EXPECT_FAILS((*session)->plan({{0, 4}}), "0x4", "1 at least");
  EXPECT_FAILS((*session)->plan({}), "1 input,", "0 were given");
}

TEST_P(OnDevice, RefusesABadPlan) {
  ModelOptions options;
  options.planError = -100;
  auto session = open(options);
  ASSERT_SUCCEEDS(session);
  EXPECT_FAILS((*session)->plan({{1, 4}}), "hinm_plan_main", "-84");
}

TEST_P(OnDevice, EnqueuesOnTheCallersBuffers) {
  ModelOptions options;
  auto session = open(options);
  ASSERT_SUCCEEDS(session);
  Device &device = context->device();
  std::vector<float> x = rampOf(12), y(12);
  void *stream = *device.createStream();
  Buffer in{*device.allocate(48), ElementType::F32, {3, 4}, true};
  Buffer out{*device.allocate(48), ElementType::F32, {3, 4}, true};
  Buffer work{*device.allocate(48), ElementType::I8, {48}, true};
  ASSERT_SUCCEEDS(device.copy(in.data, x.data(), 48, stream));
  ASSERT_SUCCEEDS((*session)->enqueue(stream, {in}, {out}, work));
  ASSERT_SUCCEEDS(device.copy(y.data(), out.data, 48, stream));
  ASSERT_SUCCEEDS(device.synchronize(stream));
  EXPECT_EQ(y, modelResult(options, x));
  Buffer small = work;
  small.shape = {47};
  EXPECT_FAILS((*session)->enqueue(stream, {in}, {out}, small), "47 bytes",
               "expected 48");
  Buffer wrong = out;
  wrong.shape = {4, 4};
  EXPECT_FAILS((*session)->enqueue(stream, {in}, {wrong}, work), "output 0",
               "4x4xf32", "3x4xf32");
  for (const Buffer &buffer : {in, out, work})
    ASSERT_SUCCEEDS(device.free(buffer.data));
  ASSERT_SUCCEEDS(device.destroyStream(stream));
}

TEST_P(OnDevice, RefusesWrongInputs) {
  auto session = open();
  ASSERT_SUCCEEDS(session);
  std::vector<HostTensor> inputs = inputOf(2);
  inputs.push_back(tensorOf({1}, {1}));
  EXPECT_FAILS((*session)->run(inputs), "'main' has 1 input", "2 were given");
  inputs.clear();
  inputs.push_back(tensorOf({2, 3}, {1, 2, 3, 4, 5, 6}));
  EXPECT_FAILS((*session)->run(inputs), "input 0 of entry 'main' is 2x3xf32",
               "expected ?x4xf32");
  inputs.clear();
  inputs.push_back(HostTensor::create(ElementType::F16, {2, 4}).take());
  EXPECT_FAILS((*session)->run(inputs), "2x4xf16", "expected ?x4xf32");
}

TEST_P(OnDevice, TimesEachCall) {
  auto session = open();
  ASSERT_SUCCEEDS(session);
  RunOptions run;
  std::vector<double> times;
  run.repeat = 3;
  run.milliseconds = &times;
  ASSERT_SUCCEEDS((*session)->run(inputOf(2), run));
  EXPECT_EQ(times.size(), 3u);
  for (double time : times)
    EXPECT_GE(time, 0);
}

TEST_P(OnDevice, SessionsShareLibraryAndWeights) {
  ModelOptions options;
  auto first = open(options);
  ASSERT_SUCCEEDS(first);
  auto artifact = Artifact::load(folder / "model");
  ASSERT_SUCCEEDS(artifact);
  auto second = Session::create(*artifact, "main", context);
  auto third = Session::create(*artifact, "main", context);
  ASSERT_SUCCEEDS(second);
  ASSERT_SUCCEEDS(third);
  // Both parts are there once as long as a session uses them.
  const TargetSpec &target = (*second)->target();
  EXPECT_EQ(*(*artifact)->weights(target, context),
            *(*artifact)->weights(target, context));
  first->reset();
  second->reset();
  auto results = (*third)->run(inputOf(3));
  ASSERT_SUCCEEDS(results);
  EXPECT_EQ(valuesOf((*results)[0]), modelResult(options, rampOf(12)));
}

TEST_P(OnDevice, SessionsOnThreadsDoNotMix) {
  // Two artifacts with other weights, two sessions of each, four threads.
  std::vector<std::unique_ptr<Session>> sessions;
  std::vector<ModelOptions> models(2);
  models[1].scale = {-1, 5, 0.5f, 2};
  for (size_t i = 0; i < 2; ++i) {
    std::string path = folder / ("model" + std::to_string(i));
    buildModel(path, models[i]);
    auto artifact = Artifact::load(path);
    ASSERT_SUCCEEDS(artifact);
    for (int copy = 0; copy < 2; ++copy) {
      auto session = Session::create(*artifact, "main",
                                     copy ? context : contextFor(GetParam()));
      ASSERT_SUCCEEDS(session);
      sessions.push_back(session.take());
    }
  }
  std::vector<int> wrong(4, 0);
  std::vector<std::thread> threads;
  for (size_t i = 0; i < 4; ++i)
    threads.emplace_back([&, i] {
      for (int64_t round = 1; round <= 8; ++round) {
        auto results = sessions[i]->run(inputOf(round));
        if (results.failed() ||
            valuesOf((*results)[0]) !=
                modelResult(models[i / 2],
                            rampOf(static_cast<size_t>(round) * 4)))
          ++wrong[i];
      }
    });
  for (std::thread &thread : threads)
    thread.join();
  EXPECT_EQ(wrong, std::vector<int>(4, 0));
}

TEST_P(OnDevice, OneSessionServesManyThreads) {
  ModelOptions options;
  auto session = open(options);
  ASSERT_SUCCEEDS(session);
  std::vector<int> wrong(4, 0);
  std::vector<std::thread> threads;
  for (size_t i = 0; i < 4; ++i)
    threads.emplace_back([&, i] {
      auto tokens = static_cast<int64_t>(i) + 1;
      for (int round = 0; round < 5; ++round) {
        auto results = (*session)->run(inputOf(tokens));
        if (results.failed() || valuesOf((*results)[0]) !=
                                    modelResult(options, rampOf((i + 1) * 4)))
          ++wrong[i];
      }
    });
  for (std::thread &thread : threads)
    thread.join();
  EXPECT_EQ(wrong, std::vector<int>(4, 0));
}

//===----------------------------------------------------------------------===//
// Kernels that fail
//===----------------------------------------------------------------------===//

class OnEmulator : public ::testing::Test {
protected:
  Result<std::vector<HostTensor>> run(const ModelOptions &options,
                                      int64_t tokens = 2) {
    std::string path = folder / ("model" + std::to_string(count++));
    buildModel(path, options);
    auto artifact = Artifact::load(path);
    if (artifact.failed())
      return artifact.status();
    auto session = Session::create(*artifact, "main", contextFor("emulator"));
    if (session.failed())
      return session.status();
    auto results = (*session)->run(inputOf(tokens));
    // An error is handed over once; the session stays usable.
    if (results.failed()) {
      auto again = (*session)->run(inputOf(tokens));
      EXPECT_TRUE(again.failed());
      // Addresses are never given out twice.
      auto upToAddress = [](const std::string &message) {
        return message.substr(0, message.find(" at 0x"));
      };
      EXPECT_EQ(upToAddress(again.message()), upToAddress(results.message()));
    }
    return results;
  }
  TempFolder folder;
  int count = 0;
};

static std::string replaceIn(std::string text, const std::string &from,
                             const std::string &to) {
  size_t place = text.find(from);
  EXPECT_NE(place, std::string::npos) << from;
  return text.replace(place, from.size(), to);
}

TEST_F(OnEmulator, UnknownInstructionIsNamedWithItsLine) {
  ModelOptions options;
  options.ptx = replaceIn(modelPtx(), "mul.rn.f32", "frob.f32");
  EXPECT_FAILS(run(options), "sm_80/kernels.ptx:", "frob");
}

TEST_F(OnEmulator, MissingKernelIsNamed) {
  ModelOptions options;
  options.ptx = replaceIn(modelPtx(), ".entry shift", ".entry other");
  EXPECT_FAILS(run(options), "kernels.ptx", "no kernel 'shift'",
               "scale, other");
}

TEST_F(OnEmulator, FirstErrorIsKept) {
  ModelOptions options;
  options.entryBody = R"(
  run("nothing", x->data, w0->data, work->data, 4, stream);
  run("nowhere", x->data, w0->data, work->data, 4, stream);
)";
  EXPECT_FAILS(run(options), "'nothing'");
}

TEST_F(OnEmulator, AccessOutOfBoundsIsFound) {
  ModelOptions options;
  options.entryBody = R"(
  run("scale", x->data, w0->data, y->data, x->sizes[0] * 4 + 1, stream);
)";
  EXPECT_FAILS(run(options), "kernels.ptx'", "kernel 'scale'", "line 30",
               "out of bounds");
}

TEST_F(OnEmulator, HostPointerInAKernelIsFound) {
  ModelOptions options;
  options.entryBody = R"(
  float onHost[8] = {0};
  run("scale", onHost, w0->data, y->data, 8, stream);
)";
  EXPECT_FAILS(run(options), "kernel 'scale'", "line 30");
}

TEST_F(OnEmulator, UnwrittenOutputIsFound) {
  ModelOptions options;
  options.entryBody = R"(
  run("scale", x->data, w0->data, y->data, x->sizes[0] * 4 - 1, stream);
)";
  EXPECT_FAILS(run(options), "output 0 of entry 'main'",
               "4 of its 32 bytes were never written");
}

TEST_F(OnEmulator, UnwrittenWorkspaceIsFoundInEveryCall) {
  ModelOptions options;
  options.entryBody = R"(
  run("shift", work->data, w1->data, y->data, x->sizes[0] * 4, stream);
)";
  EXPECT_FAILS(run(options), "kernel 'shift'", "never written", "workspace");
}

TEST_F(OnEmulator, SessionsDeviceCannotBeChanged) {
  ModelOptions options;
  options.entryBody = "mgpuSetDefaultDevice(0);";
  EXPECT_FAILS(run(options), "cannot choose its device");
}

TEST_F(OnEmulator, EmptyGridIsRefused) {
  ModelOptions options;
  options.entryBody =
      R"(run("scale", x->data, w0->data, y->data, -40, stream);)";
  EXPECT_FAILS(run(options), "kernel 'scale'", "grid is 0x1x1");
}

TEST_F(OnEmulator, CountersHaveAnObjectPerLaunchOfTheLastCall) {
  buildModel(folder / "m");
  auto artifact = Artifact::load(folder / "m");
  ASSERT_SUCCEEDS(artifact);
  auto session = Session::create(*artifact, "main", contextFor("emulator"));
  ASSERT_SUCCEEDS(session);
  std::string counters;
  RunOptions run;
  run.repeat = 3;
  run.counters = &counters;
  ASSERT_SUCCEEDS((*session)->run(inputOf(9), run));
  // 36 elements are two blocks of one warp each.
  auto count = [&](const std::string &part) {
    size_t found = 0;
    for (size_t i = counters.find(part); i != std::string::npos;
         i = counters.find(part, i + 1))
      ++found;
    return found;
  };
  EXPECT_EQ(count("\"kernel\""), 2u) << counters;
  EXPECT_EQ(count("\"scale\""), 1u);
  EXPECT_EQ(count("\"shift\""), 1u);
  EXPECT_EQ(count("\"warp_instructions\""), 2u);
  EXPECT_EQ(count("[2, 1, 1]") + count("[2,1,1]"), 2u) << counters;
  // The CPU and a GPU count nothing.
  auto cpu = Session::create(*artifact, "main", contextFor("cpu"));
  ASSERT_SUCCEEDS(cpu);
  EXPECT_FAILS((*cpu)->run(inputOf(9), run), "emulator only", "the CPU");
}

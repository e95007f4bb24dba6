//===- RunTest.cpp - hinm-run and the C API as their users see them -*- C++
//-*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestModel.h"
#include "hinm/Runtime/Npy.h"

#include <cstdlib>
#include <sys/wait.h>

using namespace hinm::runtime;
using namespace hinm::test;

extern "C" int hinmTestCApi(const char *folder, const char *deviceName);

TEST(CApi, OnTheCpu) {
  TempFolder folder;
  buildModel(folder / "m");
  EXPECT_EQ(hinmTestCApi((folder / "m").c_str(), "cpu"), 0);
}

TEST(CApi, OnTheEmulator) {
  TempFolder folder;
  buildModel(folder / "m");
  EXPECT_EQ(hinmTestCApi((folder / "m").c_str(), "emulator"), 0);
}

namespace {
/// What a command printed, and its status.
struct Outcome {
  int status;
  std::string out, err;
};

class Run : public ::testing::Test {
protected:
  void SetUp() override {
    buildModel(folder / "m", options);
    write("x.npy", {3, 4}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
  }
  void write(const std::string &name, const Shape &shape,
             const std::vector<float> &values) {
    ASSERT_SUCCEEDS(
        writeNpy(folder / name, ElementType::F32, shape, values.data()));
  }
  /// Runs `hinm-run ARGUMENTS` in the test's folder.
  Outcome run(const std::string &arguments,
              const std::string &environment = "") {
    std::string command =
        concat("cd '", folder.path, "' && env ", environment, " '",
               HINM_TEST_HINM_RUN, "' ", arguments, " >out 2>err </dev/null");
    int status = std::system(command.c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1,
            readText(folder / "out"), readText(folder / "err")};
  }
  /// It fails with exactly one diagnostic that holds all parts, and writes no
  /// output.
  void expectError(const std::string &arguments,
                   std::initializer_list<const char *> parts,
                   const std::string &environment = "") {
    Outcome outcome = run(arguments, environment);
    EXPECT_EQ(outcome.status, 1) << arguments;
    EXPECT_EQ(outcome.err.find("hinm-run: error: "), 0u) << outcome.err;
    EXPECT_EQ(outcome.err.find("error:", 17), std::string::npos) << outcome.err;
    for (const char *part : parts)
      EXPECT_TRUE(contains(outcome.err, part))
          << arguments << "\n'" << part << "' is not in: " << outcome.err;
    EXPECT_FALSE(std::filesystem::exists(folder / "y.npy")) << arguments;
  }
  std::vector<float> output() {
    auto y = readNpy(folder / "y.npy");
    EXPECT_TRUE(y.succeeded());
    return y.succeeded() ? valuesOf(*y) : std::vector<float>();
  }
  TempFolder folder;
  ModelOptions options;
  std::vector<float> expected =
      modelResult(options, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
};
} // namespace

TEST_F(Run, WritesTheResult) {
  for (const char *device : {"cpu", "emulator"}) {
    Outcome outcome =
        run(concat("m --input x.npy --output y.npy --device=", device));
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_EQ(outcome.err, "");
    EXPECT_TRUE(contains(outcome.out, "wrote output 0 to 'y.npy': 3x4xf32"));
    EXPECT_EQ(output(), expected);
  }
}

TEST_F(Run, TakesTheDeviceFromTheEnvironment) {
  Outcome outcome = run("m --input=x.npy", "HINM_DEVICE=emulator");
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "ran 'main' (sm_80) on the emulator\n");
  expectError("m --input=x.npy", {"unknown device 'tpu'"}, "HINM_DEVICE=tpu");
}

TEST_F(Run, UsesADriverThatItFinds) {
  std::filesystem::create_symlink(HINM_FAKE_CUDA, folder / "libcuda.so.1");
  std::string environment =
      concat("-u HINM_DEVICE LD_LIBRARY_PATH='", folder.path, "'");
  Outcome outcome =
      run("m --input=x.npy --output=y.npy --check --repeat=5", environment);
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_TRUE(contains(outcome.out, "(sm_80) on Fake GPU 0 (sm_80)"));
  EXPECT_TRUE(contains(outcome.out, "median 0.25 ms of 5"));
  EXPECT_EQ(output(), expected);
}

TEST_F(Run, ChecksAgainstTheCpuForm) {
  Outcome outcome = run("m --input x.npy --device=emulator --check");
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_TRUE(contains(outcome.out, "check: output 0: largest absolute error "
                                    "0.000e+00, relative 0.000e+00"));
  EXPECT_TRUE(contains(outcome.out, ": passed"));
  options.cpuFactor = 1.01f;
  buildModel(folder / "n", options);
  outcome = run("n --input x.npy --output y.npy --device=emulator --check");
  EXPECT_EQ(outcome.status, 1);
  EXPECT_TRUE(contains(outcome.out, "relative 9.901e-03")) << outcome.out;
  EXPECT_TRUE(contains(outcome.out, ": FAILED"));
  EXPECT_TRUE(contains(outcome.err, "check: output 0 at [2, 3]: found 56, "
                                    "expected 56.56"))
      << outcome.err;
  // What was computed is kept for a closer look.
  EXPECT_EQ(output(), expected);
}

TEST_F(Run, ComparesWithAReference) {
  write("r.npy", {3, 4}, expected);
  EXPECT_EQ(run("m --input x.npy --device=cpu --reference=r.npy").status, 0);
  expected[5] += 5;
  write("r.npy", {3, 4}, expected);
  Outcome outcome = run("m --input x.npy --device=cpu --reference=r.npy");
  EXPECT_EQ(outcome.status, 1);
  EXPECT_TRUE(contains(outcome.err, "reference: output 0 at [1, 1]: found 12, "
                                    "expected 17"))
      << outcome.err;
}

TEST_F(Run, WritesCounters) {
  Outcome outcome = run("m --input x.npy --device emulator --threads 2 "
                        "--counters c.json");
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  std::string json = readText(folder / "c.json");
  EXPECT_EQ(json.find('['), 0u);
  EXPECT_TRUE(contains(json, "\"scale\"") && contains(json, "\"shift\""));
  expectError("m --input x.npy --device=cpu --counters=c.json",
              {"--counters needs --device=emulator", "'cpu'"});
  expectError("m --input x.npy --device=cpu --threads=2",
              {"--threads needs --device=emulator"});
}

TEST_F(Run, PrintsTheTimeOfACall) {
  Outcome outcome = run("m --input x.npy --device=cpu --repeat=10");
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_TRUE(contains(outcome.out, "time of a call on the CPU: median "));
  EXPECT_TRUE(contains(outcome.out, " ms of 10 "));
}

TEST_F(Run, RefusesWrongInputs) {
  std::string rest = " --output y.npy --device=cpu";
  write("bad.npy", {3, 5}, std::vector<float>(15));
  expectError("m --input bad.npy" + rest,
              {"input 0 ('bad.npy') is 3x5xf32", "expected ?x4xf32"});
  write("bad.npy", {12}, std::vector<float>(12));
  expectError("m --input bad.npy" + rest, {"12xf32", "expected ?x4xf32"});
  write("bad.npy", {0, 4}, {});
  expectError("m --input bad.npy" + rest, {"0x4xf32", "1 at least"});
  double wide[4] = {};
  ASSERT_SUCCEEDS(writeNpy(folder / "bad.npy", ElementType::F64, {1, 4}, wide));
  expectError("m --input bad.npy" + rest, {"1x4xf64", "expected ?x4xf32"});
  writeText(folder / "bad.npy", "hello");
  expectError("m --input bad.npy" + rest,
              {"input 0: 'bad.npy' is not a NumPy array"});
  std::string fortran = readText(folder / "x.npy");
  fortran.replace(fortran.find("False"), 5, "True ");
  writeText(folder / "bad.npy", fortran);
  expectError("m --input bad.npy" + rest, {"input 0:", "Fortran"});
  expectError("m --input none.npy" + rest, {"cannot open 'none.npy'"});
  expectError("m" + rest, {"'main' has 1 input, but 0 files were given"});
  expectError("m --input x.npy --input x.npy" + rest,
              {"1 input, but 2 files were given"});
  expectError("m --input x.npy --output y.npy" + rest,
              {"1 output, but 2 files were given"});
  write("bad.npy", {3, 5}, std::vector<float>(15));
  expectError("m --input x.npy --reference=bad.npy" + rest,
              {"reference 0 ('bad.npy') is 3x5xf32"});
}

TEST_F(Run, RefusesWhatItCannotWrite) {
  expectError("m --input x.npy --output no/y.npy --device=cpu",
              {"cannot write 'no/y.npy'", "No such file"});
}

TEST_F(Run, RefusesDamagedArtifacts) {
  std::string rest = " --input x.npy --output y.npy --device=cpu";
  expectError("none" + rest, {"cannot open artifact 'none'"});
  expectError("m --entry=test" + rest, {"no entry 'test'", "it holds main"});
  std::string text = readText(folder / "m/cpu/model.so");
  text.back() ^= 1;
  writeText(folder / "m/cpu/model.so", text);
  expectError("m" + rest, {"m/cpu/model.so' was altered", "SHA-256"});
  std::filesystem::remove(folder / "m/sm_80/kernels.ptx");
  expectError("m" + rest, {"m/sm_80/kernels.ptx' is missing"});
  options.withCpu = false;
  buildModel(folder / "n", options);
  expectError("n" + rest, {"no form for the CPU", "it holds sm_80"});
  expectError("n --check --input x.npy --device=emulator",
              {"--check: ", "no form for the CPU"});
}

TEST_F(Run, RefusesBadCommandLines) {
  expectError("", {"no artifact", "--help"});
  expectError("m m", {"one artifact", "'m' and 'm'"});
  expectError("m --imput x.npy", {"unknown option '--imput'", "'--input'?"});
  expectError("m -output=y.npy", {"unknown option '-output'", "'--output'?"});
  expectError("m --frobnicate", {"unknown option '--frobnicate'", "--help"});
  expectError("m --input", {"'--input' needs a value"});
  expectError("m --input --check", {"'--input' needs a value"});
  expectError("m --input=", {"'--input' has an empty value"});
  expectError("m --check=yes", {"'--check' takes no value"});
  expectError("m --device=cpu --device=cuda", {"'--device' is given twice"});
  for (const char *bad : {"0", "-1", "many", "99999999999"})
    expectError(concat("m --repeat=", bad), {"'--repeat' is", "a number from"});
  expectError("m --input x.npy --device=gpu", {"unknown device 'gpu'", "cuda"});
  expectError("m --input x.npy --device=cpu --chip=sm_80",
              {"'sm_80' does not run on the CPU"});
}

TEST_F(Run, ExplainsItself) {
  Outcome outcome = run("--help");
  EXPECT_EQ(outcome.status, 0);
  EXPECT_TRUE(contains(outcome.out, "usage: hinm-run ARTIFACT"));
  EXPECT_TRUE(contains(outcome.out, "native\ncode"));
  EXPECT_EQ(run("--version").out.find("hinm-run "), 0u);
}

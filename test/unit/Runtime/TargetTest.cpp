//===- TargetTest.cpp - which form of a program runs where ------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hinm/Runtime/Target.h"
#include "TestFiles.h"
#include "hinm/Runtime/FileIO.h"
#include "hinm/Runtime/Sha256.h"

using namespace hinm::runtime;
using namespace hinm::test;

static Manifest manifestWith(const std::vector<std::string> &chips,
                             bool withCubin = true) {
  Manifest manifest;
  for (const std::string &chip : chips) {
    TargetSpec target;
    target.chip = chip;
    target.kind = chip == "cpu" ? TargetKind::Cpu : TargetKind::Cuda;
    target.cubin = withCubin ? chip + "/kernels.cubin" : "";
    manifest.targets[chip] = target;
  }
  return manifest;
}

static DeviceTraits gpu(int capability) {
  return {DeviceTraits::Kind::Cuda, capability,
          "a GPU (sm_" + std::to_string(capability) + ")"};
}

/// The chip that is chosen, with `+cubin` where its machine code is used.
static std::string choose(const std::vector<std::string> &chips,
                          const DeviceTraits &device,
                          const std::string &chip = "", bool withCubin = true) {
  Manifest manifest = manifestWith(chips, withCubin);
  auto choice = selectTarget(manifest, device, chip);
  if (choice.failed())
    return choice.message();
  return choice->target->chip + (choice->useCubin ? "+cubin" : "");
}

TEST(Target, ParsesChips) {
  EXPECT_EQ(parseChip("sm_80")->number, 80);
  EXPECT_EQ(parseChip("sm_90a")->suffix, 'a');
  EXPECT_EQ(parseChip("sm_120f")->number, 120);
  for (const char *bad :
       {"", "sm_", "sm_8", "sm_90b", "sm_90aa", "cpu", "80", "sm_99999999999"})
    EXPECT_FALSE(parseChip(bad)) << bad;
}

TEST(Target, GpuTakesExactElseHighest) {
  std::vector<std::string> all = {"sm_80", "sm_86", "sm_90", "sm_90a", "cpu"};
  EXPECT_EQ(choose(all, gpu(80)), "sm_80+cubin");
  EXPECT_EQ(choose(all, gpu(86)), "sm_86+cubin");
  EXPECT_EQ(choose(all, gpu(89)), "sm_86+cubin");
  EXPECT_EQ(choose(all, gpu(90)), "sm_90a+cubin");
  // Machine code ends with its major number, PTX does not; `a` is one chip's.
  EXPECT_EQ(choose(all, gpu(100)), "sm_90");
  EXPECT_EQ(choose({"sm_80"}, gpu(90)), "sm_80");
  EXPECT_EQ(choose({"sm_80"}, gpu(86), "", false), "sm_80");
  EXPECT_EQ(choose({"sm_100f"}, gpu(103)), "sm_100f+cubin");
}

TEST(Target, SaysWhatTheArtifactHolds) {
  EXPECT_EQ(choose({"sm_80", "cpu"}, gpu(75)),
            "the artifact has no form for a GPU (sm_75), it holds cpu, sm_80");
  EXPECT_EQ(choose({"sm_90a"}, gpu(100)),
            "the artifact has no form for a GPU (sm_100), it holds sm_90a");
  EXPECT_EQ(choose({"sm_80"}, gpu(80), "sm_90"),
            "the artifact has no form for chip 'sm_90', it holds sm_80");
  EXPECT_EQ(choose({"sm_80", "sm_90"}, gpu(80), "sm_90"),
            "the form for chip 'sm_90' does not run on a GPU (sm_80)");
  EXPECT_EQ(choose({"sm_80"}, {}),
            "the artifact has no form for the CPU, it holds sm_80");
}

TEST(Target, EmulatorTakesTheHighestPlainChip) {
  DeviceTraits emulator{DeviceTraits::Kind::Emulator, 0, "the emulator"};
  EXPECT_EQ(choose({"sm_80", "sm_90a", "sm_90", "cpu"}, emulator), "sm_90");
  EXPECT_EQ(choose({"sm_90a"}, emulator), "sm_90a");
  EXPECT_EQ(choose({"sm_80", "sm_90"}, emulator, "sm_80"), "sm_80");
  EXPECT_EQ(choose({"sm_80", "cpu"}, emulator, "cpu"),
            "the form for chip 'cpu' does not run on the emulator");
  EXPECT_EQ(choose({"sm_80", "cpu"}, {}), "cpu");
}

// Examples of FIPS 180-4 as NIST publishes them.
TEST(Sha256, KnownDigests) {
  EXPECT_EQ(sha256("", 0), "e3b0c44298fc1c149afbf4c8996fb924"
                           "27ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256("abc", 3), "ba7816bf8f01cfea414140de5dae2223"
                              "b00361a396177a9cb410ff61f20015ad");
  TempFolder folder;
  writeText(folder / "x", std::string(1000000, 'a'));
  EXPECT_EQ(*sha256File(folder / "x"), "cdc76e5c9914fb9281a1c7e284d73e67"
                                       "f1809a48a497200e046d39ccc7112cd0");
  EXPECT_FAILS(sha256File(folder / "y"), "cannot open");
}

TEST(FileIO, WritesAtomically) {
  TempFolder folder;
  writeText(folder / "x", "old");
  ASSERT_SUCCEEDS(
      writeFileAtomically(folder / "x", {{"ab", 2}, {nullptr, 0}, {"c", 1}}));
  EXPECT_EQ(readText(folder / "x"), "abc");
  EXPECT_EQ(folder.fileCount(), 1u);
  // A folder cannot be replaced by a file; the temporary file goes again.
  std::filesystem::create_directories(folder / "d/e");
  EXPECT_FAILS(writeFileAtomically(folder / "d", {{"x", 1}}), "cannot write");
  EXPECT_EQ(folder.fileCount(), 2u);
}

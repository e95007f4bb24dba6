//===- ArtifactTest.cpp - artifacts that are damaged or do not fit -*- C++
//-*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestModel.h"
#include "hinm/Runtime/Session.h"

using namespace hinm::runtime;
using namespace hinm::test;

namespace {
class DamagedArtifact : public ::testing::Test {
protected:
  void SetUp() override { buildModel(path); }

  Result<std::shared_ptr<Artifact>> load() { return Artifact::load(path); }
  Manifest manifest() { return readManifest(path + "/manifest.json").take(); }
  Status open(const std::string &spec = "cpu", const std::string &chip = "") {
    auto artifact = load();
    if (artifact.failed())
      return artifact.status();
    auto context = std::make_shared<Context>(createDevice(spec).take());
    return Session::create(*artifact, "main", context, chip).status();
  }
  TempFolder folder;
  std::string path = folder / "model";
};
} // namespace

TEST_F(DamagedArtifact, IntactOneLoads) {
  ASSERT_SUCCEEDS(load());
  ASSERT_SUCCEEDS(Artifact::load(path + "//"));
  ASSERT_SUCCEEDS(open("cpu"));
  ASSERT_SUCCEEDS(open("emulator"));
}

TEST_F(DamagedArtifact, NoFolderOrManifest) {
  EXPECT_FAILS(Artifact::load(folder / "none"), "none'", "No such file");
  EXPECT_FAILS(Artifact::load(path + "/manifest.json"), "not an artifact",
               "expected a folder");
  EXPECT_FAILS(Artifact::load(folder.path), "not an artifact",
               "manifest.json'");
  writeText(path + "/manifest.json", "{");
  EXPECT_FAILS(load(), "not valid JSON");
}

TEST_F(DamagedArtifact, MissingFile) {
  std::filesystem::remove(path + "/sm_80/weights.safetensors");
  EXPECT_FAILS(load(), "model/sm_80/weights.safetensors' is missing",
               "expected a file of");
}

TEST_F(DamagedArtifact, FileOfAnotherSize) {
  std::string expected =
      concat("expected ", std::filesystem::file_size(path + "/cpu/model.so"));
  writeText(path + "/cpu/model.so", "abc");
  EXPECT_FAILS(load(), "cpu/model.so' was altered: it has 3 bytes",
               expected.c_str());
}

TEST_F(DamagedArtifact, AlteredFile) {
  std::string text = readText(path + "/sm_80/kernels.ptx");
  text[0] ^= 1;
  writeText(path + "/sm_80/kernels.ptx", text);
  std::string digest = manifest().files.at("sm_80/kernels.ptx").sha256;
  EXPECT_FAILS(load(), "sm_80/kernels.ptx' was altered: its SHA-256 is",
               digest.c_str());
}

TEST_F(DamagedArtifact, UnknownEntryAndChip) {
  auto context = std::make_shared<Context>(createCpuDevice());
  auto artifact = load();
  ASSERT_SUCCEEDS(artifact);
  EXPECT_FAILS(Session::create(*artifact, "train", context), "no entry 'train'",
               "it holds main");
  EXPECT_FAILS(open("emulator", "sm_90"), "no form for chip 'sm_90'",
               "it holds cpu, sm_80");
}

TEST_F(DamagedArtifact, LibraryThatIsNone) {
  writeText(path + "/cpu/model.so", "not an ELF file, but long enough");
  rewriteManifest(path, manifest());
  EXPECT_FAILS(open(), "cannot load", "cpu/model.so");
}

TEST_F(DamagedArtifact, LibraryWithoutTheEntry) {
  Manifest changed = manifest();
  EntrySpec other = changed.entries[0];
  other.name = "other";
  changed.entries.push_back(other);
  for (auto &[chip, target] : changed.targets)
    target.entryWeights["other"] = {};
  rewriteManifest(path, changed);
  auto artifact = load();
  ASSERT_SUCCEEDS(artifact);
  EXPECT_FAILS(Session::create(*artifact, "other",
                               std::make_shared<Context>(createCpuDevice())),
               "cpu/model.so' has no function 'hinm_entry_other'");
}

TEST_F(DamagedArtifact, LibraryWithAnUnknownSymbol) {
  ModelOptions options;
  options.entryBody = "extern void frobnicate(void); frobnicate();";
  buildModel(folder / "unresolved", options);
  path = folder / "unresolved";
  EXPECT_FAILS(open("emulator"), "cannot load", "frobnicate");
}

TEST_F(DamagedArtifact, WeightsWithoutAnArray) {
  Manifest changed = manifest();
  changed.targets.at("cpu").entryWeights["main"] = {"w0", "w7"};
  rewriteManifest(path, changed);
  EXPECT_FAILS(open(), "cpu/weights.safetensors' has no array 'w7'");
}

TEST_F(DamagedArtifact, WeightsThatAreNone) {
  writeText(path + "/cpu/weights.safetensors", "abc");
  rewriteManifest(path, manifest());
  EXPECT_FAILS(open(), "cpu/weights.safetensors", "not a valid safetensors");
}

TEST_F(DamagedArtifact, ReplacedWhileInUse) {
  auto context = std::make_shared<Context>(createCpuDevice());
  auto before = load();
  ASSERT_SUCCEEDS(before);
  auto old = Session::create(*before, "main", context);
  ASSERT_SUCCEEDS(old);
  // The same path gets another program, as when a model is compiled again.
  std::filesystem::remove_all(path);
  ModelOptions doubled;
  doubled.cpuFactor = 2;
  buildModel(path, doubled);
  auto after = load();
  ASSERT_SUCCEEDS(after);
  auto fresh = Session::create(*after, "main", context);
  ASSERT_SUCCEEDS(fresh);
  std::vector<HostTensor> x;
  x.push_back(tensorOf({1, 4}, {1, 1, 1, 1}));
  auto first = (*old)->run(x), second = (*fresh)->run(x);
  ASSERT_SUCCEEDS(first);
  ASSERT_SUCCEEDS(second);
  EXPECT_EQ(valuesOf((*first)[0]), (std::vector<float>{1.5f, 2, 2, 12}));
  EXPECT_EQ(valuesOf((*second)[0]), (std::vector<float>{3, 4, 4, 24}));
}

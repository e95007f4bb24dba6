//===- ManifestTest.cpp - what an artifact's manifest.json says -*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hinm/Runtime/Manifest.h"
#include "TestFiles.h"

using namespace hinm::runtime;
using namespace hinm::test;

static const std::string kDigest(64, 'a');

/// A manifest with everything that version 1 knows.
static std::string example() {
  return R"({"format":"hinm-artifact","version":1,
 "producer":{"hinm":"0.1.0","llvm":"22.1.8"},
 "entries":[{"name":"main","inputs":[{"shape":["?",384],"type":"f32"}],
   "outputs":[{"shape":["?",1536],"type":"f32"}],"reduction":384}],
 "targets":{
   "sm_80":{"kind":"cuda","ptx":"sm_80/k.ptx","cubin":"sm_80/k.cubin",
     "library":"sm_80/model.so","weights":"sm_80/w.safetensors",
     "features":"+ptx85","entry_weights":{"main":["main.w0","main.w1"]}},
   "cpu":{"kind":"cpu","cpu":"x86-64-v3","library":"cpu/model.so",
     "weights":"cpu/w.safetensors","entry_weights":{"main":["main.w0"]}}},
 "files":{"sm_80/k.ptx":{"bytes":1,"sha256":")" +
         kDigest + R"("},"sm_80/k.cubin":{"bytes":2,"sha256":")" + kDigest +
         R"("},"sm_80/model.so":{"bytes":3,"sha256":")" + kDigest +
         R"("},"sm_80/w.safetensors":{"bytes":4,"sha256":")" + kDigest +
         R"("},"cpu/model.so":{"bytes":5,"sha256":")" + kDigest +
         R"("},"cpu/w.safetensors":{"bytes":6,"sha256":")" + kDigest +
         R"("}}})";
}

/// The example with one piece of its text replaced.
static Result<Manifest> replaced(const std::string &from,
                                 const std::string &to) {
  std::string text = example();
  size_t place = text.find(from);
  EXPECT_NE(place, std::string::npos) << from;
  return parseManifest(text.replace(place, from.size(), to), "m.json");
}

static void expectExample(const Manifest &manifest) {
  EXPECT_EQ(manifest.producer.at("llvm"), "22.1.8");
  ASSERT_EQ(manifest.entries.size(), 1u);
  const EntrySpec &entry = manifest.entries[0];
  EXPECT_EQ(entry.name, "main");
  EXPECT_EQ(entry.inputs[0].shape, (Shape{kDynamic, 384}));
  EXPECT_EQ(entry.outputs[0].shape, (Shape{kDynamic, 1536}));
  EXPECT_EQ(entry.outputs[0].type, ElementType::F32);
  EXPECT_EQ(entry.reduction, 384);
  EXPECT_EQ(entry.operands, ElementType::F16);
  EXPECT_EQ(entry.dynamicOutputDims(), 1u);
  EXPECT_EQ(manifest.targetNames(), "cpu, sm_80");
  const TargetSpec &gpu = manifest.targets.at("sm_80");
  EXPECT_EQ(gpu.kind, TargetKind::Cuda);
  EXPECT_EQ(gpu.ptx, "sm_80/k.ptx");
  EXPECT_EQ(gpu.cubin, "sm_80/k.cubin");
  EXPECT_EQ(gpu.library, "sm_80/model.so");
  EXPECT_EQ(gpu.weights, "sm_80/w.safetensors");
  EXPECT_EQ(gpu.features, "+ptx85");
  EXPECT_EQ(gpu.entryWeights.at("main"),
            (std::vector<std::string>{"main.w0", "main.w1"}));
  EXPECT_EQ(manifest.targets.at("cpu").kind, TargetKind::Cpu);
  EXPECT_EQ(manifest.targets.at("cpu").cpu, "x86-64-v3");
  EXPECT_EQ(manifest.files.size(), 6u);
  EXPECT_EQ(manifest.files.at("sm_80/model.so").bytes, 3);
  EXPECT_EQ(manifest.files.at("sm_80/model.so").sha256, kDigest);
}

TEST(Manifest, ReadsEveryField) {
  auto manifest = parseManifest(example(), "m.json");
  ASSERT_SUCCEEDS(manifest);
  expectExample(*manifest);
}

TEST(Manifest, PrintsWhatItReads) {
  auto manifest = parseManifest(example(), "m.json");
  ASSERT_SUCCEEDS(manifest);
  auto again = parseManifest(printManifest(*manifest), "m.json");
  ASSERT_SUCCEEDS(again);
  expectExample(*again);
}

TEST(Manifest, CubinAndProducerAreOptionalAndUnknownKeysIgnored) {
  ASSERT_SUCCEEDS(replaced(R"("cubin":"sm_80/k.cubin",)", ""));
  ASSERT_SUCCEEDS(replaced(R"("version":1,)", R"("version":1,"later":[{}],)"));
}

TEST(Manifest, SaysWhatIsWrong) {
  EXPECT_FAILS(parseManifest("{", "m.json"), "'m.json' is not valid JSON",
               "parse error");
  EXPECT_FAILS(parseManifest("[]", "m.json"), "the manifest is an array",
               "expected an object");
  EXPECT_FAILS(parseManifest("{}", "m.json"), "'m.json'", "no 'format'");
  EXPECT_FAILS(replaced("hinm-artifact", "onnx"), "'onnx'", "'hinm-artifact'");
  EXPECT_FAILS(replaced(R"("version":1)", R"("version":2)"), "version is 2",
               "expected 1");
  EXPECT_FAILS(replaced(R"("version":1)", R"("version":1,"version":1)"),
               "'version' occurs twice");
}

TEST(Manifest, ChecksEntries) {
  EXPECT_FAILS(replaced(R"(["?",384])", R"(["*",384])"),
               "entries[0].inputs[0].shape", R"("*")", R"("?")");
  EXPECT_FAILS(replaced(R"(["?",384])", "[-1,384]"), "holds -1");
  EXPECT_FAILS(replaced(R"(["?",384])", "7"), "is an integer",
               "expected an array");
  EXPECT_FAILS(replaced(R"("type":"f32")", R"("type":"f8")"),
               "entries[0].inputs[0].type is 'f8'", "expected f16");
  EXPECT_FAILS(replaced(R"(,"reduction":384)", ""), "entries[0]",
               "no 'reduction'");
  EXPECT_FAILS(replaced(R"("reduction":384)",
                        R"("reduction":384,"operands":"f8")"),
               "entries[0].operands is 'f8'", "'f16' or 'bf16'");
  EXPECT_FAILS(replaced(R"("name":"main")", R"("name":"ma in")"), "'ma in'",
               "letters, digits and '_'");
  EXPECT_FAILS(replaced(R"("entries":[)",
                        R"("entries":[{"name":"main","inputs":[],"outputs":[],)"
                        R"("reduction":1},)"),
               "entries[1].name", "earlier entry");
}

TEST(Manifest, ChecksTargets) {
  EXPECT_FAILS(replaced(R"("kind":"cuda")", R"("kind":"rocm")"),
               "targets.sm_80.kind is 'rocm'", "'cuda' or 'cpu'");
  EXPECT_FAILS(replaced(R"("sm_80":{)", R"("gfx90":{)"), "targets.gfx90",
               "sm_80");
  EXPECT_FAILS(replaced(R"("ptx":"sm_80/k.ptx")", R"("ptx":"k.ptx")"),
               "targets.sm_80.ptx is 'k.ptx'", "'files' does not list");
  EXPECT_FAILS(replaced(R"("library":"sm_80/model.so",)", ""), "targets.sm_80",
               "no 'library'");
  EXPECT_FAILS(replaced(R"({"main":["main.w0","main.w1"]})", "{}"),
               "targets.sm_80.entry_weights", "no 'main'");
  EXPECT_FAILS(replaced(R"(["main.w0","main.w1"])", R"([0])"), "is an integer",
               "a string");
}

TEST(Manifest, ChecksFiles) {
  for (const char *path : {"/etc/passwd", "../x", "a/../../x", "a//x", "./x"})
    EXPECT_FAILS(replaced(R"("files":{)", std::string(R"("files":{")") + path +
                                              R"(":{"bytes":1,"sha256":")" +
                                              kDigest + R"("},)"),
                 path, "not a path inside the artifact");
  EXPECT_FAILS(replaced(R"({"bytes":1,)", R"({"bytes":-1,)"),
               "files['sm_80/k.ptx'].bytes is -1");
  EXPECT_FAILS(replaced(kDigest, "AA"), "'AA'", "64 lower-case");
}

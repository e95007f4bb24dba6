//===- TestModel.cpp - a small artifact, built at test time -----*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestModel.h"

#include "hinm/Runtime/SafeTensors.h"
#include "hinm/Runtime/Sha256.h"

#include <cstdlib>
#include <cstring>

using namespace hinm::runtime;
using namespace hinm::test;

std::string hinm::test::modelPtx() {
  // Both kernels take (x, w, y, count); w has 4 elements.
  auto kernel = [](const std::string &name, const std::string &op) {
    return ".visible .entry " + name + R"((
  .param .u64 p_x, .param .u64 p_w, .param .u64 p_y, .param .u32 p_n)
{
  .reg .pred %p<2>;
  .reg .f32 %f<4>;
  .reg .b32 %r<8>;
  .reg .b64 %rd<12>;
  ld.param.u64 %rd1, [p_x];
  ld.param.u64 %rd2, [p_w];
  ld.param.u64 %rd3, [p_y];
  ld.param.u32 %r1, [p_n];
  mov.u32 %r2, %ctaid.x;
  mov.u32 %r3, %ntid.x;
  mov.u32 %r4, %tid.x;
  mad.lo.s32 %r5, %r2, %r3, %r4;
  setp.ge.s32 %p1, %r5, %r1;
  @%p1 bra DONE;
  cvta.to.global.u64 %rd4, %rd1;
  cvta.to.global.u64 %rd5, %rd2;
  cvta.to.global.u64 %rd6, %rd3;
  and.b32 %r6, %r5, 3;
  mul.wide.s32 %rd7, %r5, 4;
  mul.wide.s32 %rd8, %r6, 4;
  add.s64 %rd9, %rd4, %rd7;
  add.s64 %rd10, %rd5, %rd8;
  add.s64 %rd11, %rd6, %rd7;
  ld.global.f32 %f1, [%rd9];
  ld.global.f32 %f2, [%rd10];
  )" + op + R"( %f3, %f1, %f2;
  st.global.f32 [%rd11], %f3;
DONE:
  ret;
}
)";
  };
  return ".version 8.5\n.target sm_80\n.address_size 64\n" +
         kernel("scale", "mul.rn.f32") + kernel("shift", "add.rn.f32");
}

/// `text` as a C string literal.
static std::string quote(const std::string &text) {
  std::string result = "\"";
  for (char c : text)
    result += c == '\n' ? "\\n\"\n\"" : c == '"' ? "\\\"" : std::string(1, c);
  return result + "\"";
}

static const char kCommonSource[] = R"(
#include <stddef.h>
#include <stdint.h>
typedef struct { float *base, *data; int64_t offset, sizes[2], strides[2]; } M2;
typedef struct { char *base, *data; int64_t offset, sizes[1], strides[1]; } M1;
#define DESCRIPTOR(type, i) (*(type **)args[i])
)";

static std::string planSource(const ModelOptions &options) {
  return concat(R"(
void hinm_plan_main(void **args) {
  M2 *x = DESCRIPTOR(M2, 0);
  int64_t *plan = (int64_t *)DESCRIPTOR(M1, 1)->data;
  plan[0] = x->sizes[0] * 16 + )",
                options.planError, ";\n  plan[1] = x->sizes[0] + ",
                options.planError, ";\n}\n");
}

static std::string gpuSource(const ModelOptions &options) {
  std::string body = options.entryBody;
  if (body.empty())
    body = R"(
  int64_t count = x->sizes[0] * x->sizes[1];
  run("scale", x->data + x->offset, w0->data, work->data, count, stream);
  run("shift", work->data, w1->data, y->data + y->offset, count, stream);
)";
  std::string ptx = options.ptx.empty() ? modelPtx() : options.ptx;
  return concat(kCommonSource, R"(
void *mgpuModuleLoadJIT(void *, int);
void mgpuModuleUnload(void *);
void *mgpuModuleGetFunction(void *, const char *);
void mgpuLaunchKernel(void *, intptr_t, intptr_t, intptr_t, intptr_t, intptr_t,
                      intptr_t, int32_t, void *, void **, void **, size_t);
void mgpuSetDefaultDevice(int32_t);
static const char ptx[] = )",
                quote(ptx), R"(;
static void *module;
__attribute__((constructor)) static void load(void) {
  module = mgpuModuleLoadJIT((void *)ptx, 2);
}
__attribute__((destructor)) static void unload(void) {
  mgpuModuleUnload(module);
}
static void run(const char *name, void *in, void *weights, void *out,
                int64_t count, void *stream) {
  int32_t n = (int32_t)count;
  void *params[] = {&in, &weights, &out, &n};
  mgpuLaunchKernel(mgpuModuleGetFunction(module, name), (n + 31) / 32, 1, 1, 32,
                   1, 1, 0, stream, params, NULL, 4);
}
void hinm_entry_main(void **args) {
  void *stream = *(void **)args[0];
  M1 *w0 = DESCRIPTOR(M1, 1), *w1 = DESCRIPTOR(M1, 2);
  M2 *x = DESCRIPTOR(M2, 3), *y = DESCRIPTOR(M2, 4);
  M1 *work = DESCRIPTOR(M1, 5);
  (void)stream, (void)w0, (void)w1, (void)x, (void)y, (void)work, (void)run;
)",
                body, "}\n", planSource(options));
}

static std::string cpuSource(const ModelOptions &options) {
  return concat(kCommonSource, R"(
void hinm_entry_main(void **args) {
  M1 *w0 = DESCRIPTOR(M1, 0), *w1 = DESCRIPTOR(M1, 1);
  M2 *x = DESCRIPTOR(M2, 2), *y = DESCRIPTOR(M2, 3);
  for (int64_t t = 0; t < x->sizes[0]; ++t)
    for (int64_t c = 0; c < 4; ++c)
      y->data[t * y->strides[0] + c] = )",
                std::to_string(options.cpuFactor), R"(f * (
          x->data[t * x->strides[0] + c] * ((float *)w0->data)[c] +
          ((float *)w1->data)[c]);
}
)",
                planSource(options));
}

static void compile(const std::string &source, const std::string &library) {
  writeText(library + ".c", source);
  std::string command = concat(HINM_TEST_CC, " -std=c99 -O1 -fPIC -shared '",
                               library, ".c' -o '", library, "'");
  ASSERT_EQ(std::system(command.c_str()), 0) << source;
  std::filesystem::remove(library + ".c");
}

static void writeWeights(const std::string &path, const ModelOptions &options) {
  auto view = [](const std::vector<float> &values) {
    return TensorView{ElementType::F32,
                      {static_cast<int64_t>(values.size())},
                      reinterpret_cast<const std::byte *>(values.data()),
                      values.size() * 4};
  };
  ASSERT_SUCCEEDS(writeSafeTensors(
      path, {{"w0", view(options.scale)}, {"w1", view(options.shift)}}));
}

void hinm::test::rewriteManifest(const std::string &folder,
                                 const Manifest &manifest) {
  Manifest full = manifest;
  full.files.clear();
  for (const auto &[chip, target] : manifest.targets)
    for (const std::string &file :
         {target.library, target.weights, target.ptx, target.cubin}) {
      if (file.empty())
        continue;
      std::string text = readText(folder + "/" + file);
      full.files[file] = {static_cast<int64_t>(text.size()),
                          sha256(text.data(), text.size())};
    }
  writeText(folder + "/manifest.json", printManifest(full));
}

void hinm::test::buildModel(const std::string &folder,
                            const ModelOptions &options) {
  Manifest manifest;
  EntrySpec entry;
  entry.name = "main";
  entry.inputs = {{{kDynamic, 4}, ElementType::F32}};
  entry.outputs = {{{kDynamic, 4}, ElementType::F32}};
  entry.reduction = 4;
  manifest.entries = {entry};
  std::vector<std::string> chips = options.chips;
  if (options.withCpu)
    chips.push_back("cpu");
  for (const std::string &chip : chips) {
    std::filesystem::create_directories(folder + "/" + chip);
    TargetSpec target;
    target.chip = chip;
    target.kind = chip == "cpu" ? TargetKind::Cpu : TargetKind::Cuda;
    target.library = chip + "/model.so";
    target.weights = chip + "/weights.safetensors";
    target.entryWeights["main"] = {"w0", "w1"};
    bool isCuda = target.kind == TargetKind::Cuda;
    compile(isCuda ? gpuSource(options) : cpuSource(options),
            folder + "/" + target.library);
    writeWeights(folder + "/" + target.weights, options);
    if (isCuda) {
      target.ptx = chip + "/kernels.ptx";
      writeText(folder + "/" + target.ptx,
                options.ptx.empty() ? modelPtx() : options.ptx);
      if (options.withCubin) {
        target.cubin = chip + "/kernels.cubin";
        writeText(folder + "/" + target.cubin, "\x7f"
                                               "ELF scale shift " +
                                                   chip);
      }
    }
    manifest.targets[chip] = target;
  }
  rewriteManifest(folder, manifest);
}

std::vector<float> hinm::test::modelResult(const ModelOptions &options,
                                           const std::vector<float> &x) {
  std::vector<float> y;
  for (size_t i = 0; i < x.size(); ++i)
    y.push_back(x[i] * options.scale[i % 4] + options.shift[i % 4]);
  return y;
}

HostTensor hinm::test::tensorOf(Shape shape, const std::vector<float> &values) {
  HostTensor tensor =
      HostTensor::create(ElementType::F32, std::move(shape)).take();
  std::memcpy(tensor.data(), values.data(), tensor.bytes());
  return tensor;
}

std::vector<float> hinm::test::valuesOf(const HostTensor &tensor) {
  std::vector<float> values(static_cast<size_t>(tensor.count()));
  std::memcpy(values.data(), tensor.data(), tensor.bytes());
  return values;
}

//===- TestModel.h - a small artifact, built at test time -------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The model is y[t][c] = x[t][c] * w0[c] + w1[c], with 4 channels and any
// number of tokens. On a GPU it is two kernels with the product in the
// workspace between them; host code and PTX are written by hand after the
// entry ABI (docs/artifact.md) and compiled by the C compiler.
//
//===----------------------------------------------------------------------===//

#ifndef HINM_UNITTEST_RUNTIME_TESTMODEL_H
#define HINM_UNITTEST_RUNTIME_TESTMODEL_H

#include "TestFiles.h"
#include "hinm/Runtime/HostTensor.h"
#include "hinm/Runtime/Manifest.h"

#include <string>
#include <vector>

namespace hinm::test {

struct ModelOptions {
  /// w0 and w1.
  std::vector<float> scale = {1, 2, 3, 4};
  std::vector<float> shift = {0.5f, 0, -1, 8};
  /// Chips of the GPU forms, and whether each has machine code.
  std::vector<std::string> chips = {"sm_80"};
  bool withCubin = false;
  bool withCpu = true;
  /// The PTX of the GPU forms; empty means `modelPtx()`.
  std::string ptx;
  /// Lines of C that replace the body of the entry of the GPU forms.
  std::string entryBody;
  /// Added to what the plan gives for the workspace and the output.
  int planError = 0;
  /// A factor of the CPU form's result.
  float cpuFactor = 1;
};

/// Kernels `scale` and `shift`, one thread an element, 32 threads a block.
std::string modelPtx();

/// Writes the artifact to `folder`, which is created.
void buildModel(const std::string &folder, const ModelOptions &options = {});

/// Rewrites the manifest after files were changed on purpose.
void rewriteManifest(const std::string &folder,
                     const runtime::Manifest &manifest);

/// The model's function, computed here.
std::vector<float> modelResult(const ModelOptions &options,
                               const std::vector<float> &x);

/// An f32 array.
runtime::HostTensor tensorOf(runtime::Shape shape,
                             const std::vector<float> &values);
/// An f32 array's values.
std::vector<float> valuesOf(const runtime::HostTensor &tensor);

} // namespace hinm::test

#endif // HINM_UNITTEST_RUNTIME_TESTMODEL_H

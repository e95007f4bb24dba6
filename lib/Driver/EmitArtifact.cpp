//===- EmitArtifact.cpp - everything that hinm-run needs, in one folder --*- C++
//-*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Compilation.h"
#include "Entries.h"
#include "HostCode.h"

#include "hinm/Pipelines/Pipelines.h"

#include "llvm/Config/llvm-config.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace mlir::hinm;
namespace runtime = ::hinm::runtime;
namespace json = llvm::json;

LogicalResult Compilation::addGPU(ArtifactFolder &folder,
                                  const Target &target) {
  OwningOpRef<ModuleOp> copy = module->clone();
  if (failed(runStorage(*copy, target)))
    return failure();
  layers.addStorage(*copy, target.chip);
  if (failed(runKernels(*copy, target)))
    return failure();

  runtime::TargetSpec spec;
  spec.chip = target.chip;
  spec.kind = runtime::TargetKind::Cuda;
  spec.features = target.features;
  spec.library = target.chip + "/model.so";
  spec.weights = target.chip + "/weights.safetensors";
  spec.ptx = target.chip + "/kernels.ptx";
  llvm::Expected<std::string> weights = folder.getPath(spec.weights);
  if (!weights)
    return report(weights.takeError());
  stages.begin("write");
  auto names = writeWeights(*copy, *weights);
  if (failed(names))
    return failure();
  spec.entryWeights = *names;
  FailureOr<std::string> ptx = lowerToPTX(*copy, target);
  if (failed(ptx))
    return failure();
  if (llvm::Error error = folder.write(spec.ptx, *ptx))
    return report(std::move(error));
  if (ptxas) {
    stages.begin("ptxas");
    spec.cubin = target.chip + "/kernels.cubin";
    llvm::Expected<std::string> source = folder.getPath(spec.ptx);
    llvm::Expected<std::string> binary = folder.getPath(spec.cubin);
    if (!source || !binary)
      return report(llvm::joinErrors(source.takeError(), binary.takeError()));
    auto resources = assemble(*ptxas, target.chip, *source, *binary);
    if (!resources)
      return report(resources.takeError());
    layers.addKernels(target.chip, *resources);
  }
  stages.begin("host");
  llvm::Expected<std::string> library = folder.getPath(spec.library);
  if (!library)
    return report(library.takeError());
  if (failed(writeHostLibrary(*copy, *library, "", /*computes=*/false,
                              options.compiler)))
    return failure();
  manifest.targets[target.chip] = spec;
  return success();
}

LogicalResult Compilation::addCPU(ArtifactFolder &folder) {
  OwningOpRef<ModuleOp> copy = module->clone();
  if (failed(runPasses(*copy, "lower cpu", buildToCPUPipeline)))
    return failure();
  runtime::TargetSpec spec;
  spec.chip = "cpu";
  spec.kind = runtime::TargetKind::Cpu;
  spec.cpu = getHostProcessor();
  spec.library = "cpu/model.so";
  spec.weights = "cpu/weights.safetensors";
  llvm::Expected<std::string> weights = folder.getPath(spec.weights);
  llvm::Expected<std::string> library = folder.getPath(spec.library);
  if (!weights || !library)
    return report(llvm::joinErrors(weights.takeError(), library.takeError()));
  stages.begin("write");
  auto names = writeWeights(*copy, *weights);
  if (failed(names))
    return failure();
  spec.entryWeights = *names;
  if (auto entries =
          (*copy)->getAttrOfType<DictionaryAttr>("hinm.overflow_sites"))
    for (NamedAttribute entry : entries)
      for (Attribute site : cast<ArrayAttr>(entry.getValue()))
        spec.overflowSites[entry.getName().str()].push_back(
            cast<StringAttr>(site).str());
  stages.begin("cpu code");
  if (failed(writeHostLibrary(*copy, *library, spec.cpu, /*computes=*/true,
                              options.compiler)))
    return failure();
  manifest.targets["cpu"] = spec;
  return success();
}

LogicalResult Compilation::emitArtifact() {
  llvm::Expected<ArtifactFolder> folder =
      ArtifactFolder::create(options.output);
  if (!folder)
    return report(folder.takeError());
  if (!ptxas)
    emitRemark(UnknownLoc::get(&context))
        << "no ptxas found: the artifact holds PTX only, which the driver "
           "compiles when it is loaded";
  for (const Target &target : targets)
    if (failed(addGPU(*folder, target)))
      return failure();
  if (failed(addCPU(*folder)))
    return failure();
  stages.begin("write");
  json::Object report = layers.toJSON();
  if (llvm::Error error = folder->write(
          "report.json",
          llvm::formatv("{0:2}\n", json::Value(std::move(report))).str()))
    return this->report(std::move(error));
  manifest.producer = {{"hinm", HINM_VERSION}, {"llvm", LLVM_VERSION_STRING}};
  if (llvm::Error error = folder->commit(manifest))
    return this->report(std::move(error));
  return success();
}

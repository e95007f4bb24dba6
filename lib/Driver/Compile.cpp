//===- Compile.cpp - from a model's file to an artifact ---------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Chips.h"
#include "Compilation.h"
#include "Entries.h"
#include "Saliency.h"
#include "Tools.h"

#include "hinm/InitAll.h"
#include "hinm/Permutation/Search.h"
#include "hinm/Runtime/FileIO.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/GPU/Transforms/Passes.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/Interfaces/CallInterfaces.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Target/LLVM/NVVM/Target.h"
#include "mlir/Target/LLVMIR/Dialect/All.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace mlir::hinm;
namespace runtime = ::hinm::runtime;
namespace json = llvm::json;

/// Diagnostics as compilers print them: where, how bad, what; notes follow.
static void printDiagnostic(const Diagnostic &diagnostic) {
  if (auto place = diagnostic.getLocation()->findInstanceOf<FileLineColLoc>())
    llvm::errs() << place.getFilename().getValue() << ":" << place.getLine()
                 << ":" << place.getColumn() << ": ";
  else
    llvm::errs() << "hinm-compile: ";
  switch (diagnostic.getSeverity()) {
  case DiagnosticSeverity::Error:
    llvm::errs() << "error: ";
    break;
  case DiagnosticSeverity::Warning:
    llvm::errs() << "warning: ";
    break;
  case DiagnosticSeverity::Remark:
  case DiagnosticSeverity::Note:
    llvm::errs() << "note: ";
    break;
  }
  llvm::errs() << diagnostic << "\n";
  for (const Diagnostic &note : diagnostic.getNotes())
    printDiagnostic(note);
}

Compilation::Compilation(const CompileOptions &options)
    : options(options), stages(options.showProgress) {
  DialectRegistry registry;
  ::mlir::registerAllDialects(registry);
  registerAllExtensions(registry);
  registerAllToLLVMIRTranslations(registry);
  registerAllGPUToLLVMIRTranslations(registry);
  mlir::hinm::registerAllDialects(registry);
  context.appendDialectRegistry(registry);
  // One diagnostic, without the op (its weights may be large).
  context.printOpOnDiagnostic(false);
  context.getDiagEngine().registerHandler([](Diagnostic &diagnostic) {
    printDiagnostic(diagnostic);
    return success();
  });
}

LogicalResult Compilation::report(llvm::Error error) {
  llvm::handleAllErrors(std::move(error), [&](const llvm::ErrorInfoBase &info) {
    emitError(UnknownLoc::get(&context)) << info.message();
  });
  return failure();
}

LogicalResult Compilation::report(const llvm::Twine &message) {
  return emitError(UnknownLoc::get(&context)) << message;
}

LogicalResult Compilation::checkOptions() {
  if (options.vector != 32 && options.vector != 64 && options.vector != 128)
    return report("vector size " + llvm::Twine(options.vector) +
                  " is not supported, expected 32, 64 or 128");
  if (!(options.columnSparsity >= 0.0 && options.columnSparsity < 1.0))
    return report("column sparsity " + std::to_string(options.columnSparsity) +
                  " is out of range, expected a number from 0 up to, but not "
                  "including, 1");
  if (options.nm != "2:4")
    return report(
        "N:M of '" + options.nm +
        "' is not supported, expected 2:4 (f16 on sparse tensor cores)");
  if (options.storage != "auto" && options.storage != "f16" &&
      options.storage != "bf16")
    return report("storage in '" + options.storage +
                  "' is not supported, expected auto, f16 or bf16");
  if (auto parsed = ::hinm::permutation::parseStrategy(options.strategy);
      !parsed)
    return report(parsed.error().message);
  if (options.chips.empty())
    return report("no chip given, expected at least one such as sm_80");
  for (const std::string &chip : options.chips) {
    llvm::Expected<std::string> features =
        getPtxFeature(chip, options.ptxVersion);
    if (!features)
      return report(features.takeError());
    targets.push_back({chip, *features});
  }
  bool isWhole = options.emission == Emission::Artifact;
  if (!isWhole && options.emission != Emission::MLIREncoded &&
      targets.size() != 1)
    return report("only an artifact can hold several chips");
  if (isWhole && (options.output.empty() || options.output == "-"))
    return report("an artifact is a folder, but no output was named");
  llvm::Expected<std::optional<std::string>> found =
      findPtxas(options.cudaPath);
  if (!found)
    return report(found.takeError());
  ptxas = *found;
  if (options.emission == Emission::Cubin && !ptxas)
    return report("no ptxas found to make a cubin; looked in HINM_CUDA_PATH, "
                  "CUDA_PATH and PATH");
  return success();
}

/// Names what a kernel's launches cannot follow: an entry is a sequence of ops
/// on tensors.
static LogicalResult checkControlFlow(ModuleOp module) {
  WalkResult walk = module.walk([](func::FuncOp function) -> WalkResult {
    if (!function.isPublic() || function.isExternal())
      return WalkResult::advance();
    if (!function.getBody().hasOneBlock()) {
      Operation *branch = function.getBody().front().getTerminator();
      return branch->emitError()
             << "'" << branch->getName()
             << "' branches, which cannot go to the device; expected an entry "
                "without control flow";
    }
    for (Operation &op : function.getBody().front()) {
      bool isCall = isa<CallOpInterface>(op);
      bool isRegion = isa<RegionBranchOpInterface>(op);
      bool isGlobal = op.getName().getDialectNamespace() == "ml_program";
      if (isCall || isRegion || isGlobal)
        return op.emitError()
               << "'" << op.getName()
               << (isCall     ? "' calls a function that cannot be inlined"
                   : isRegion ? "' is control flow"
                              : "' keeps a state between calls")
               << ", which cannot go to the device";
    }
    return WalkResult::advance();
  });
  return failure(walk.wasInterrupted());
}

/// What a file of overrides may say, but no kernel can do.
static LogicalResult checkVectors(ModuleOp module) {
  WalkResult walk = module.walk([](EncodeOp encode) -> WalkResult {
    int64_t vector = encode.getEncoding().getVector();
    if (vector == 32 || vector == 64 || vector == 128)
      return success();
    return encode.emitError() << "vector size " << vector
                              << " is not supported, expected 32, 64 or 128";
  });
  return failure(walk.wasInterrupted());
}

LogicalResult Compilation::parse() {
  stages.begin("parse");
  ParserConfig config(&context);
  module = parseSourceFile<ModuleOp>(options.input, config);
  return success(bool(module));
}

LogicalResult
Compilation::runPasses(ModuleOp target, StringRef stage,
                       llvm::function_ref<void(OpPassManager &)> build) {
  stages.begin(stage);
  PassManager manager(&context);
  build(manager);
  return manager.run(target);
}

LogicalResult Compilation::encode() {
  FailureOr<std::vector<runtime::EntrySpec>> entries = getEntries(*module);
  if (failed(entries))
    return failure();
  manifest.entries = *entries;
  EncodeOptions encodeOptions;
  encodeOptions.vector = options.vector;
  encodeOptions.columnSparsity = options.columnSparsity;
  encodeOptions.nm = options.nm;
  encodeOptions.layers = options.layers;
  encodeOptions.minSize = options.minSize;
  encodeOptions.strategy = options.strategy;
  encodeOptions.seed = options.seed;
  encodeOptions.threads = options.threads;
  encodeOptions.overrides = options.overrides;
  encodeOptions.storage = options.storage;
  encodeOptions.fold = options.fold;
  encodeOptions.allowRuntimePermute = options.allowRuntimePermute;
  // A program that has been through some of the passes goes on from there.
  bool isBegun = false;
  module->walk([&](Operation *op) {
    isBegun |= isa_and_nonnull<HINMDialect>(op->getDialect());
  });
  if (!isBegun &&
      failed(runPasses(*module, "select", [&](OpPassManager &manager) {
        buildSelectPipeline(manager, encodeOptions);
      })))
    return failure();
  if (failed(checkControlFlow(*module)) || failed(checkVectors(*module)))
    return failure();
  if (!options.saliency.empty() &&
      failed(attachSaliency(*module, options.saliency)))
    return failure();
  if (failed(runPasses(*module, "search", [&](OpPassManager &manager) {
        buildSearchPipeline(manager, encodeOptions);
      })))
    return failure();
  layers.addSearch(*module);
  for (runtime::EntrySpec &entry : manifest.entries) {
    entry.reduction = layers.getReduction(entry.name);
    entry.operands = layers.usesBF16(entry.name) ? runtime::ElementType::BF16
                                                 : runtime::ElementType::F16;
  }
  if (failed(runPasses(*module, "compress", [&](OpPassManager &manager) {
        buildFoldPipeline(manager, encodeOptions);
      })))
    return failure();
  layers.addFolding(*module);
  return runPasses(*module, "compress", buildFusePipeline);
}

static void setTarget(ToNVVMOptions &lowering, const Target &target) {
  lowering.chip = target.chip;
  lowering.features = target.features;
}

LogicalResult Compilation::runStorage(ModuleOp target, const Target &chip) {
  return runPasses(target, "compress", [&](OpPassManager &manager) {
    ToNVVMOptions lowering;
    setTarget(lowering, chip);
    buildStoragePipeline(manager, lowering);
  });
}

LogicalResult Compilation::runKernels(ModuleOp target, const Target &chip) {
  return runPasses(target, "lower", [&](OpPassManager &manager) {
    ToNVVMOptions lowering;
    setTarget(lowering, chip);
    buildKernelPipeline(manager, lowering);
  });
}

FailureOr<std::string> Compilation::lowerToPTX(ModuleOp lowered,
                                               const Target &target) {
  stages.begin("ptx");
  // libdevice is that of the toolkit whose ptxas is used; without one, upstream
  // looks at CUDA_ROOT, CUDA_HOME and CUDA_PATH.
  llvm::SmallString<128> toolkit;
  if (ptxas && !llvm::sys::fs::real_path(*ptxas, toolkit)) {
    std::string bin = llvm::sys::path::parent_path(toolkit).str();
    toolkit = llvm::sys::path::parent_path(bin);
    llvm::SmallString<128> library(toolkit);
    llvm::sys::path::append(library, "nvvm", "libdevice", "libdevice.10.bc");
    if (!llvm::sys::fs::exists(library))
      toolkit.clear();
  }
  gpu::TargetOptions serialization(toolkit, {}, {}, {},
                                   gpu::CompilationTarget::Assembly);
  if (failed(
          gpu::transformGpuModulesToBinaries(lowered, nullptr, serialization)))
    return failure();
  std::string ptx;
  for (auto binary : lowered.getOps<gpu::BinaryOp>())
    for (Attribute object : binary.getObjects())
      ptx += cast<gpu::ObjectAttr>(object).getObject().getValue().rtrim('\0');
  if (ptx.empty())
    return emitError(lowered.getLoc())
           << "nothing of the module runs on '" << target.chip << "'";
  // Declared, not defined: a function of a library that is not linked.
  constexpr llvm::StringLiteral external = ".extern .func";
  if (size_t place = ptx.find(external); place != std::string::npos) {
    StringRef rest = StringRef(ptx).drop_front(place + external.size());
    size_t name = rest.find("__");
    return emitError(lowered.getLoc())
           << "a kernel calls '" << rest.substr(name).split('(').first.trim()
           << "', which no library here has; the op that needs it must stay on "
              "the host or be rewritten";
  }
  return ptx;
}

LogicalResult Compilation::writeTiming() {
  stages.finish();
  if (options.timingFile.empty())
    return success();
  std::string text =
      llvm::formatv("{0:2}\n", json::Value(stages.toJSON())).str();
  runtime::Status written = runtime::writeFileAtomically(
      options.timingFile, {{text.data(), text.size()}});
  return written.failed() ? report(written.message()) : success();
}

LogicalResult Compilation::run() {
  if (failed(checkOptions()) || failed(parse()) || failed(encode()))
    return failure();
  if (failed(options.emission == Emission::Artifact ? emitArtifact()
                                                    : emitForOneTarget()))
    return failure();
  return writeTiming();
}

LogicalResult mlir::hinm::compile(const CompileOptions &options) {
  return Compilation(options).run();
}

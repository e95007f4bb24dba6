//===- HostCode.cpp - object code of the host part --------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "HostCode.h"

#include "Tools.h"

#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/Analysis/TargetTransformInfo.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/TargetParser/Host.h"

using namespace mlir;

std::string mlir::hinm::getHostProcessor() {
  llvm::StringMap<bool> features = llvm::sys::getHostCPUFeatures();
  if (llvm::Triple(llvm::sys::getProcessTriple()).getArch() !=
      llvm::Triple::x86_64)
    return "generic";
  for (const char *feature : {"avx2", "f16c", "fma", "bmi", "bmi2"})
    if (!features.lookup(feature))
      return "x86-64";
  return "x86-64-v3";
}

static std::unique_ptr<llvm::TargetMachine>
createTargetMachine(StringRef processor, std::string &error) {
  llvm::InitializeNativeTarget();
  llvm::InitializeNativeTargetAsmPrinter();
  llvm::Triple triple(llvm::sys::getProcessTriple());
  const llvm::Target *target =
      llvm::TargetRegistry::lookupTarget(triple, error);
  if (!target)
    return nullptr;
  return std::unique_ptr<llvm::TargetMachine>(target->createTargetMachine(
      triple, processor, "", llvm::TargetOptions(), llvm::Reloc::PIC_,
      std::nullopt, llvm::CodeGenOptLevel::Default));
}

static void optimize(llvm::Module &module, llvm::TargetMachine &machine,
                     bool computes) {
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager components;
  llvm::ModuleAnalysisManager modules;
  llvm::PassBuilder builder(&machine);
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(components);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, components, modules);
  builder
      .buildPerModuleDefaultPipeline(computes ? llvm::OptimizationLevel::O2
                                              : llvm::OptimizationLevel::O1)
      .run(module, modules);
}

LogicalResult mlir::hinm::writeHostLibrary(ModuleOp module, StringRef path,
                                           StringRef processor, bool computes,
                                           StringRef compiler) {
  Location loc = module.getLoc();
  llvm::LLVMContext context;
  std::unique_ptr<llvm::Module> translated =
      translateModuleToLLVMIR(module, context);
  if (!translated)
    return emitError(loc) << "the host code could not be translated to LLVM IR";
  std::string error;
  std::unique_ptr<llvm::TargetMachine> machine =
      createTargetMachine(processor, error);
  if (!machine)
    return emitError(loc) << "no code generator for this machine: " << error;
  translated->setTargetTriple(machine->getTargetTriple());
  translated->setDataLayout(machine->createDataLayout());
  optimize(*translated, *machine, computes);

  std::string object = (path + ".o").str();
  {
    std::error_code failed;
    llvm::raw_fd_ostream stream(object, failed);
    if (failed)
      return emitError(loc)
             << "cannot write '" << object << "': " << failed.message();
    llvm::legacy::PassManager codegen;
    if (machine->addPassesToEmitFile(codegen, stream, nullptr,
                                     llvm::CodeGenFileType::ObjectFile))
      return emitError(loc)
             << "this machine's code generator writes no objects";
    codegen.run(*translated);
    stream.flush();
    if (stream.has_error()) {
      std::string message = stream.error().message();
      stream.clear_error();
      return emitError(loc) << "cannot write '" << object << "': " << message;
    }
  }
  llvm::Error linked = linkSharedLibrary(compiler, object, path);
  llvm::sys::fs::remove(object);
  if (linked)
    return emitError(loc) << llvm::toString(std::move(linked));
  return success();
}

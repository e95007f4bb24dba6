//===- EmitText.cpp - one form of the program, as text or machine code --*- C++
//-*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Compilation.h"

#include "hinm/Runtime/FileIO.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/ToolOutputFile.h"

using namespace mlir;
using namespace mlir::hinm;
namespace runtime = ::hinm::runtime;

LogicalResult Compilation::emitText(StringRef text) {
  std::string path = options.output.empty() ? "-" : options.output;
  if (path != "-") {
    runtime::Status written =
        runtime::writeFileAtomically(path, {{text.data(), text.size()}});
    return written.failed() ? report(written.message()) : success();
  }
  std::error_code error;
  llvm::ToolOutputFile file(path, error, llvm::sys::fs::OF_None);
  if (error)
    return report("cannot write '" + path + "': " + error.message());
  file.os() << text;
  file.os().flush();
  if (file.os().has_error()) {
    error = file.os().error();
    file.os().clear_error();
    return report("cannot write '" + path + "': " + error.message());
  }
  file.keep();
  return success();
}

LogicalResult Compilation::emitModule(ModuleOp emitted) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  // `<<` would leave the resources of constants out.
  emitted.print(stream);
  return emitText(text);
}

LogicalResult Compilation::emitForOneTarget() {
  if (options.emission == Emission::MLIREncoded)
    return emitModule(*module);
  const Target &target = targets.front();
  if (failed(runStorage(*module, target)))
    return failure();
  if (options.emission == Emission::MLIRStorage)
    return emitModule(*module);
  if (failed(runKernels(*module, target)))
    return failure();
  if (options.emission == Emission::MLIRNVVM)
    return emitModule(*module);
  FailureOr<std::string> ptx = lowerToPTX(*module, target);
  if (failed(ptx))
    return failure();
  if (options.emission == Emission::PTX)
    return emitText(*ptx);
  stages.begin("ptxas");
  SmallString<128> source, binary;
  if (llvm::sys::fs::createTemporaryFile("hinm", "ptx", source) ||
      llvm::sys::fs::createTemporaryFile("hinm", "cubin", binary))
    return report("cannot make a temporary file");
  llvm::FileRemover removeSource(source), removeBinary(binary);
  runtime::Status written = runtime::writeFileAtomically(
      source.str().str(), {{ptx->data(), ptx->size()}});
  if (written.failed())
    return report(written.message());
  auto resources = assemble(*ptxas, target.chip, source, binary);
  if (!resources)
    return report(resources.takeError());
  auto cubin = llvm::MemoryBuffer::getFile(binary);
  if (!cubin)
    return report("cannot read back the cubin");
  return emitText((*cubin)->getBuffer());
}

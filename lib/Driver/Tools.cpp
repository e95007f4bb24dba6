//===- Tools.cpp - programs of others that the driver runs ------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Tools.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/Regex.h"

using namespace llvm;

Expected<std::string> mlir::hinm::runTool(StringRef program,
                                          ArrayRef<std::string> arguments) {
  SmallString<128> log;
  if (std::error_code error = sys::fs::createTemporaryFile("hinm", "log", log))
    return createStringError("cannot make a temporary file: " +
                             error.message());
  SmallVector<StringRef> line = {program};
  line.append(arguments.begin(), arguments.end());
  std::optional<StringRef> redirects[] = {StringRef(""), StringRef(log),
                                          StringRef(log)};
  std::string message;
  int status = sys::ExecuteAndWait(program, line, std::nullopt, redirects, 0, 0,
                                   &message);
  std::string output;
  if (auto buffer = MemoryBuffer::getFile(log))
    output = (*buffer)->getBuffer().rtrim().str();
  sys::fs::remove(log);
  if (status != 0)
    return createStringError(
        "'" + program + "' failed: " + (message.empty() ? output : message));
  return output;
}

/// ptxas below the root of a toolkit.
static std::optional<std::string> ptxasBelow(StringRef root) {
  SmallString<128> path(root);
  sys::path::append(path, "bin", "ptxas");
  if (!sys::fs::can_execute(path))
    return std::nullopt;
  return path.str().str();
}

Expected<std::optional<std::string>> mlir::hinm::findPtxas(StringRef cudaPath) {
  if (!cudaPath.empty()) {
    if (auto found = ptxasBelow(cudaPath))
      return found;
    return createStringError("no 'bin/ptxas' in the CUDA toolkit at '" +
                             cudaPath + "'");
  }
  for (const char *variable : {"HINM_CUDA_PATH", "CUDA_PATH"})
    if (auto root = sys::Process::GetEnv(variable))
      if (auto found = ptxasBelow(*root))
        return found;
  if (auto found = sys::findProgramByName("ptxas"))
    return std::optional<std::string>(*found);
  return std::optional<std::string>();
}

/// The table that `ptxas -v` prints: a kernel's name, its spills, its
/// registers.
static std::vector<mlir::hinm::KernelResources> parseResources(StringRef text) {
  std::vector<mlir::hinm::KernelResources> kernels;
  Regex name("Compiling entry function '([^']+)'");
  Regex spills("([0-9]+) bytes spill stores, ([0-9]+) bytes spill loads");
  Regex registers("Used ([0-9]+) registers");
  SmallVector<StringRef> lines, match;
  text.split(lines, '\n');
  for (StringRef line : lines) {
    if (name.match(line, &match))
      kernels.push_back({match[1].str()});
    if (kernels.empty())
      continue;
    int64_t stores, loads;
    if (spills.match(line, &match) && !match[1].getAsInteger(10, stores) &&
        !match[2].getAsInteger(10, loads))
      kernels.back().spillBytes = stores + loads;
    if (registers.match(line, &match))
      (void)match[1].getAsInteger(10, kernels.back().registers);
  }
  return kernels;
}

Expected<std::vector<mlir::hinm::KernelResources>>
mlir::hinm::assemble(StringRef ptxas, StringRef chip, StringRef ptx,
                     StringRef cubin) {
  Expected<std::string> output =
      runTool(ptxas, {"-arch=" + chip.str(), "-O3", "-v", ptx.str(), "-o",
                      cubin.str()});
  if (!output)
    return output.takeError();
  return parseResources(*output);
}

Error mlir::hinm::linkSharedLibrary(StringRef compiler, StringRef object,
                                    StringRef library) {
  SmallVector<std::string> candidates;
  if (!compiler.empty())
    candidates = {compiler.str()};
  else {
    if (auto variable = sys::Process::GetEnv("CC"))
      candidates.push_back(*variable);
    candidates.append({"cc", "gcc", "clang"});
  }
  for (const std::string &candidate : candidates) {
    auto program = sys::findProgramByName(candidate);
    if (!program)
      continue;
    return runTool(*program,
                   {"-shared", "-o", library.str(), object.str(), "-lm"})
        .takeError();
  }
  return createStringError("no C compiler found to link host code; tried " +
                           llvm::join(candidates, ", "));
}

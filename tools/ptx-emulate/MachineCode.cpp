//===- MachineCode.cpp - what ptxas makes of a kernel -----------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "MachineCode.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace ptx_emulate;

/// Seconds that ptxas and nvdisasm may each take.
static constexpr unsigned kPatience = 60;

/// The rule of hinm-compile: a toolkit that the environment names, then PATH.
static std::string findTool(StringRef name) {
  for (const char *variable : {"HINM_CUDA_PATH", "CUDA_PATH"})
    if (auto root = sys::Process::GetEnv(variable)) {
      SmallString<128> path(*root);
      sys::path::append(path, "bin", name);
      if (sys::fs::can_execute(path))
        return path.str().str();
    }
  if (auto found = sys::findProgramByName(name))
    return *found;
  return "";
}

namespace {
/// A file that lives as long as this does.
struct Scratch {
  SmallString<128> path;
  std::error_code error;
  FileRemover remover;

  explicit Scratch(const char *suffix) {
    error = sys::fs::createTemporaryFile("ptx-emulate", suffix, path);
    if (!error)
      remover.setFile(path);
  }
  std::string read() const {
    auto buffer = MemoryBuffer::getFile(path);
    return buffer ? (*buffer)->getBuffer().str() : "";
  }
};
} // namespace

/// Runs `program`. `output` gets what it prints, errors first; the result is
/// why it failed, in one line, or empty.
static std::string runTool(StringRef program, ArrayRef<StringRef> arguments,
                           std::string &output) {
  Scratch out("txt"), log("log");
  for (const Scratch *file : {&out, &log})
    if (file->error)
      return "cannot make a temporary file: " + file->error.message();
  SmallVector<StringRef> line = {program};
  line.append(arguments.begin(), arguments.end());
  std::optional<StringRef> redirects[] = {StringRef(""), StringRef(out.path),
                                          StringRef(log.path)};
  std::string message;
  int status = sys::ExecuteAndWait(program, line, std::nullopt, redirects,
                                   kPatience, 0, &message);
  output = log.read() + "\n" + out.read();
  if (status == 0)
    return "";
  if (StringRef(message).starts_with("Child timed out"))
    message = "it took more than " + std::to_string(kPatience) + " seconds";
  // The first lines name what is wrong.
  SmallVector<StringRef> rows;
  StringRef(message.empty() ? output : message).split(rows, '\n', -1, false);
  std::string said;
  for (StringRef row : ArrayRef(rows).take_front(3))
    said += (said.empty() ? "" : "; ") + row.trim().str();
  if (said.empty())
    said = "exit status " + std::to_string(status);
  return (sys::path::filename(program) + " failed: " + said).str();
}

/// The number in front of `unit`.
static void readNumber(StringRef line, StringRef unit, unsigned &out) {
  StringRef before = line.take_front(line.find(unit));
  if (before.size() == line.size())
    return;
  before = before.rtrim();
  StringRef digits = before.take_back(
      before.size() - (before.find_last_not_of("0123456789") + 1));
  unsigned value;
  if (!digits.getAsInteger(10, value))
    out = value;
}

/// What `ptxas -v` says of the kernel; false if it does not mention it.
static bool parseResources(StringRef text, MachineCode &code) {
  // The lines of a kernel follow its name; those of the functions that it
  // calls stand between them or behind.
  bool isEntry = false, isKernel = false;
  for (StringRef line : split(text, '\n')) {
    if (line.contains("Compiling entry function '"))
      isEntry = isKernel = line.contains("function '" + code.kernel + "'");
    else if (line.contains("Function properties for "))
      isKernel = line.rtrim().ends_with("properties for " + code.kernel);
    if (isKernel && line.contains("bytes stack frame")) {
      readNumber(line, " bytes stack frame", code.stackBytes);
      readNumber(line, " bytes spill stores", code.spillStoreBytes);
      readNumber(line, " bytes spill loads", code.spillLoadBytes);
    }
    if (isEntry && line.contains(" registers")) {
      readNumber(line, " registers", code.registers);
      readNumber(line, " barriers", code.barriers);
      readNumber(line, " bytes smem", code.staticSharedBytes);
      code.isAssembled = true;
      isEntry = false;
    }
  }
  return code.isAssembled;
}

std::string ptx_emulate::chipToAssemble(StringRef target, StringRef estimate) {
  target = target.split(',').first.trim(); // `sm_80, debug`
  if (estimate == "A100")
    return "sm_80";
  if (estimate == "RTX3090")
    return "sm_86";
  if (estimate == "RTX4090")
    return "sm_89";
  if (estimate == "H100" || estimate == "H200")
    return target == "sm_90a" ? "sm_90a" : "sm_90";
  return target.str();
}

MachineCode ptx_emulate::readMachineCode(StringRef ptx, StringRef name,
                                         StringRef kernel, StringRef chip) {
  MachineCode code;
  code.chip = chip.str();
  code.kernel = kernel.str();
  auto without = [&](const Twine &why) {
    code.note = why.str();
    return code;
  };
  static const char *const places = " found in HINM_CUDA_PATH, CUDA_PATH or "
                                    "PATH";
  std::string ptxas = findTool("ptxas");
  if (ptxas.empty())
    return without(Twine("no ptxas") + places);
  Scratch text("ptx"), cubin("cubin");
  for (const Scratch *file : {&text, &cubin})
    if (file->error)
      return without("cannot make a temporary file: " + file->error.message());
  {
    std::error_code error;
    raw_fd_ostream out(text.path, error);
    out << ptx;
    out.close();
    if (out.has_error()) {
      out.clear_error();
      return without("cannot write '" + text.path + "'");
    }
  }
  // Line numbers change no instruction.
  std::string output;
  std::string refusal = runTool(ptxas,
                                {"-v", "-lineinfo", "-arch", chip, "-e", kernel,
                                 text.path, "-o", cubin.path},
                                output);
  for (size_t at; (at = refusal.find(text.path.c_str())) != std::string::npos;)
    refusal.replace(at, text.path.size(), name.str());
  if (!refusal.empty())
    return without(refusal);
  if (!parseResources(output, code))
    return without("ptxas says nothing of registers");

  std::string nvdisasm = findTool("nvdisasm");
  if (nvdisasm.empty())
    return without(Twine("no nvdisasm") + places);
  refusal = runTool(nvdisasm, {"-c", "-gp", cubin.path}, output);
  if (!refusal.empty())
    return without(refusal);
  code.code = findMainLoop(output, kernel);
  if (!code.code.instructions)
    return without("nvdisasm prints no code of the kernel");
  if (!code.code.mainLoop)
    return without("no loop");
  return code;
}

//===- hinm-run.cpp - runs a compiled artifact ------------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Options.h"
#include "hinm/Runtime/Compare.h"
#include "hinm/Runtime/Npy.h"
#include "hinm/Runtime/Session.h"

#include <csignal>
#include <algorithm>
#include <cstdio>
#include <numeric>

using namespace hinm::runtime;
using hinm::run::Options;

namespace {

/// Prints one diagnostic; gives the status of a failed run.
int report(const std::string &message) {
  std::fflush(stdout);
  std::fprintf(stderr, "hinm-run: error: %s\n", message.c_str());
  return 1;
}

Result<const EntrySpec *> chooseEntry(const Artifact &artifact,
                                      const std::string &name) {
  const Manifest &manifest = artifact.manifest();
  const EntrySpec *entry = manifest.findEntry(name.empty() ? "main" : name);
  if (!entry && name.empty() && manifest.entries.size() == 1)
    entry = &manifest.entries.front();
  if (entry)
    return entry;
  if (name.empty())
    return failure("'", artifact.folder(),
                   "' has several entries, choose one by --entry: ",
                   manifest.entryNames());
  return failure("'", artifact.folder(), "' has no entry '", name,
                 "', it holds ", manifest.entryNames());
}

Status checkCount(const EntrySpec &entry, const char *what, size_t found,
                  size_t expected) {
  if (found == expected)
    return Status::success();
  return failure("entry '", entry.name, "' has ", expected, " ", what,
                 expected == 1 ? "" : "s", ", but ", found,
                 found == 1 ? " file was" : " files were", " given");
}

Status checkCounts(const EntrySpec &entry, const Options &options) {
  Status status =
      checkCount(entry, "input", options.inputs.size(), entry.inputs.size());
  if (status.succeeded() && !options.outputs.empty())
    status = checkCount(entry, "output", options.outputs.size(),
                        entry.outputs.size());
  if (status.succeeded() && !options.references.empty())
    status = checkCount(entry, "output", options.references.size(),
                        entry.outputs.size());
  return status;
}

/// Reads an array of the entry; a reference may have another element type.
Result<HostTensor> readArray(const std::string &what, const std::string &path,
                             const TensorSpec &spec, bool sameType) {
  Result<HostTensor> tensor = readNpy(path);
  if (tensor.failed())
    return failure(what, ": ", tensor.message());
  ElementType expected = sameType ? spec.type : tensor->type();
  if (tensor->type() != expected || !matches(tensor->shape(), spec.shape))
    return failure(what, " ('", path, "') is ",
                   describe(tensor->shape(), tensor->type()), ", expected ",
                   describe(spec.shape, expected));
  return tensor;
}

Result<std::vector<HostTensor>>
readArrays(const char *what, const std::vector<std::string> &paths,
           const std::vector<TensorSpec> &specs, bool sameType) {
  std::vector<HostTensor> tensors;
  for (size_t i = 0; i < paths.size(); ++i) {
    Result<HostTensor> tensor =
        readArray(concat(what, " ", i), paths[i], specs[i], sameType);
    if (tensor.failed())
      return tensor.status();
    tensors.push_back(tensor.take());
  }
  return tensors;
}

Result<std::unique_ptr<Session>> open(std::shared_ptr<Artifact> artifact,
                                      const EntrySpec &entry,
                                      const std::string &spec,
                                      const Options &options, bool isCheck) {
  DeviceOptions deviceOptions;
  deviceOptions.threads = options.threads;
  deviceOptions.relaxed = options.relaxed;
  Result<std::unique_ptr<Device>> device = createDevice(spec, deviceOptions);
  if (device.failed())
    return device.status();
  return Session::create(std::move(artifact), entry.name,
                         std::make_shared<Context>(device.take()),
                         isCheck ? "" : options.chip);
}

void printTimes(std::vector<double> times, const DeviceTraits &device) {
  std::sort(times.begin(), times.end());
  size_t middle = times.size() / 2;
  double median = times.size() % 2 ? times[middle]
                                   : (times[middle - 1] + times[middle]) / 2;
  std::printf("time of a call on %s: median %.6g ms of %zu (least %.6g, most "
              "%.6g)\n",
              device.name.c_str(), median, times.size(), times.front(),
              times.back());
}

/// Compares all outputs, printing a line for each; true when all passed.
bool compareAll(const char *what, const EntrySpec &entry,
                const std::vector<HostTensor> &found,
                const std::vector<HostTensor> &expected, ReferenceKind kind) {
  bool passed = true;
  for (size_t i = 0; i < found.size(); ++i) {
    Comparison result = compare(
        found[i], expected[i], relativeTolerance(entry, found[i].type(), kind));
    std::printf("%s: output %zu: largest absolute error %.3e, relative %.3e, "
                "tolerance %.3e: %s\n",
                what, i, result.absoluteError, result.relativeError,
                result.tolerance, result.passed ? "passed" : "FAILED");
    if (!result.passed)
      report(concat(what, ": output ", i, " ", result.message));
    passed &= result.passed;
  }
  return passed;
}

Status writeResults(const Options &options,
                    const std::vector<HostTensor> &results) {
  for (size_t i = 0; i < options.outputs.size(); ++i) {
    const HostTensor &tensor = results[i];
    Status status = writeNpy(options.outputs[i], tensor.type(), tensor.shape(),
                             tensor.data());
    if (status.failed())
      return status;
    std::printf("wrote output %zu to '%s': %s\n", i, options.outputs[i].c_str(),
                describe(tensor.shape(), tensor.type()).c_str());
  }
  return Status::success();
}

int run(const Options &options) {
  std::string spec =
      options.device.empty() ? defaultDeviceSpec() : options.device;
  bool isEmulator = spec == "emulator";
  if (!options.counters.empty() && !isEmulator)
    return report(
        concat("--counters needs --device=emulator, not '", spec, "'"));
  if (options.threads != 0 && !isEmulator)
    return report(
        concat("--threads needs --device=emulator, not '", spec, "'"));
  if (!options.relaxed.empty() && !isEmulator)
    return report(
        concat("--relaxed needs --device=emulator, not '", spec, "'"));
  Result<std::shared_ptr<Artifact>> artifact = Artifact::load(options.artifact);
  if (artifact.failed())
    return report(artifact.message());
  Result<const EntrySpec *> chosen = chooseEntry(**artifact, options.entry);
  if (chosen.failed())
    return report(chosen.message());
  const EntrySpec &entry = **chosen;
  Status status = checkCounts(entry, options);
  if (status.failed())
    return report(status.message());
  Result<std::vector<HostTensor>> inputs =
      readArrays("input", options.inputs, entry.inputs, true);
  if (inputs.failed())
    return report(inputs.message());
  Result<std::vector<HostTensor>> references =
      readArrays("reference", options.references, entry.outputs, false);
  if (references.failed())
    return report(references.message());

  Result<std::unique_ptr<Session>> session =
      open(*artifact, entry, spec, options, /*isCheck=*/false);
  if (session.failed())
    return report(session.message());
  std::unique_ptr<Session> checker;
  if (options.check) {
    Result<std::unique_ptr<Session>> cpu =
        open(*artifact, entry, "cpu", options, /*isCheck=*/true);
    if (cpu.failed())
      return report(concat("--check: ", cpu.message()));
    checker = cpu.take();
  }

  RunOptions runOptions;
  std::vector<double> times;
  std::string counters;
  runOptions.repeat = std::max(options.repeat, 1u);
  runOptions.milliseconds = options.repeat ? &times : nullptr;
  runOptions.counters = options.counters.empty() ? nullptr : &counters;
  Result<std::vector<HostTensor>> results =
      (*session)->run(*inputs, runOptions);
  if (results.failed())
    return report(results.message());
  std::printf("ran '%s' (%s) on %s\n", entry.name.c_str(),
              (*session)->target().chip.c_str(),
              (*session)->device().traits().name.c_str());
  status = writeResults(options, *results);
  if (status.succeeded() && !options.counters.empty())
    status = writeFileAtomically(options.counters,
                                 {{counters.data(), counters.size()}});
  if (status.failed())
    return report(status.message());
  if (!times.empty())
    printTimes(times, (*session)->device().traits());

  bool passed = true;
  if (checker) {
    Result<std::vector<HostTensor>> expected = checker->run(*inputs);
    if (expected.failed())
      return report(concat("--check: ", expected.message()));
    passed &= compareAll("check", entry, *results, *expected,
                         ReferenceKind::SameOperands);
    for (const auto &[count, where] : checker->overflows()) {
      passed = false;
      std::printf("check: %llu intermediate numbers overflow %s to infinity at "
                  "%s: failed (hinm-compile --storage=bf16 has a wider range)\n",
                  static_cast<unsigned long long>(count), name(entry.operands),
                  where.c_str());
    }
  }
  if (!references->empty())
    passed &= compareAll("reference", entry, *results, *references,
                         ReferenceKind::Exact);
  return passed ? 0 : 1;
}

} // namespace

int main(int argc, char **argv) {
  // A write beyond a limit is an error of that write.
  std::signal(SIGXFSZ, SIG_IGN);
  Result<Options> options = hinm::run::parseOptions({argv + 1, argv + argc});
  if (options.failed())
    return report(options.message());
  if (options->help) {
    std::fputs(hinm::run::kHelp, stdout);
    return 0;
  }
  if (options->version) {
    std::puts("hinm-run " HINM_VERSION);
    return 0;
  }
  return run(*options);
}

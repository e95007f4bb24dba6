//===- ptx-emulate.cpp - runs a PTX kernel without a GPU --------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Arguments.h"
#ifdef HINM_HAVE_LLVM
#include "MachineCode.h"
#endif

#include "hinm/Emulator/Device.h"
#include "hinm/Emulator/Estimate.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>

using namespace hinm::emulator;
using namespace ptx_emulate;

static const char usage[] =
    R"(usage: ptx-emulate FILE.ptx [--kernel=NAME] --grid=X,Y,Z --block=X,Y,Z [options]

Runs one kernel of a PTX module and checks every access that it makes.

  --list               print the module's kernels and their parameters
  --kernel=NAME        the kernel (needed where the module has several)
  --grid=X[,Y[,Z]]     CTAs
  --block=X[,Y[,Z]]    threads of a CTA
  --shared=BYTES       dynamic shared memory
  --arg=ARGUMENT       in the kernel's order:
                         in:FILE.npy             a buffer with these contents
                         inout:FILE.npy          ... which is written back
                         out:f16[64x64]:FILE.npy a buffer that is written
                         i32:7, f32:1e-5, ...    a scalar
                         null                    a null pointer
                         bytes:FILE              the parameter's bytes
  --counters=FILE.json what was executed, as JSON ('-': standard output)
  --threads=N          host threads (default: all)
  --budget=N           warp instructions that a CTA may execute
  --estimate=CHIP      cycles that each resource of the chip needs at least:
                       A100, RTX3090, RTX4090, H100, H200
  --no-machine-code    do not ask ptxas and nvdisasm (of HINM_CUDA_PATH,
                       CUDA_PATH or PATH) for registers, spills and the main
                       loop, which --counters and --estimate report
  --lines              counts of each line of the PTX text as well
  --repeat=N           run the kernel N times, each on what the last left, and
                       print the least time of a launch
  --relaxed=A,B        do not check: races, warp-races, cta-races, uninit,
                       async, proxy, barriers, metadata
)";

namespace {
struct Options {
  std::string file, kernel, counters;
  std::optional<Chip> chip;
  bool list = false, machineCode = true;
  Dim3 grid, block;
  bool hasGrid = false, hasBlock = false;
  uint32_t shared = 0;
  unsigned repeat = 1;
  std::vector<std::string> arguments;
  LaunchOptions launch;
};
} // namespace

static int fail(const std::string &message) {
  std::fprintf(stderr, "ptx-emulate: error: %s\n", message.c_str());
  return 1;
}

static bool parseNumber(const char *&text, uint64_t most, uint64_t &out) {
  if (*text < '0' || *text > '9')
    return false;
  for (out = 0; *text >= '0' && *text <= '9'; ++text) {
    uint64_t digit = uint64_t(*text - '0');
    if (out > (UINT64_MAX - digit) / 10)
      return false;
    out = out * 10 + digit;
  }
  return out <= most;
}

static bool parseDim(const char *text, Dim3 &out) {
  uint32_t *parts[] = {&out.x, &out.y, &out.z};
  for (unsigned i = 0; i < 3; ++i) {
    uint64_t value;
    if (!parseNumber(text, UINT32_MAX, value))
      return false;
    *parts[i] = uint32_t(value);
    if (*text == 0)
      return true;
    if (*text++ != ',')
      return false;
  }
  return false;
}

/// 0 on success.
static int parseOptions(int argc, char **argv, Options &options) {
  for (int i = 1; i < argc; ++i) {
    std::string text = argv[i];
    size_t equals = text.find('=');
    std::string name = text.substr(0, equals);
    const char *value = equals == std::string::npos ? "" : argv[i] + equals + 1;
    uint64_t number = 0;
    bool isFlag =
        name == "--list" || name == "--no-machine-code" || name == "--lines";
    if (name.substr(0, 2) == "--" && isFlag != (*value == 0))
      return fail("'" + text +
                  "': " + (isFlag ? "takes no value" : "needs a value"));
    if (name == "--list") {
      options.list = true;
    } else if (name == "--estimate") {
      Result<Chip> chip = findChip(value);
      if (!chip)
        return fail("'" + text + "': " + chip.message());
      options.chip = *chip;
    } else if (name == "--no-machine-code") {
      options.machineCode = false;
    } else if (name == "--lines") {
      options.launch.countLines = true;
    } else if (name == "--kernel" || name == "--entry") {
      options.kernel = value;
    } else if (name == "--grid") {
      options.hasGrid = true;
      if (!parseDim(value, options.grid))
        return fail("'" + text + "': expected X, X,Y or X,Y,Z");
    } else if (name == "--block") {
      options.hasBlock = true;
      if (!parseDim(value, options.block))
        return fail("'" + text + "': expected X, X,Y or X,Y,Z");
    } else if (name == "--shared" || name == "--threads" ||
               name == "--budget" || name == "--repeat") {
      uint64_t most = name == "--budget" ? UINT64_MAX : UINT32_MAX;
      if (!parseNumber(value, most, number) || *value)
        return fail("'" + text + "': expected a number");
      if (name == "--repeat")
        options.repeat = std::max(1u, unsigned(number));
      else if (name == "--shared")
        options.shared = uint32_t(number);
      else if (name == "--threads")
        options.launch.threads = unsigned(number);
      else
        options.launch.instructionBudget = number;
    } else if (name == "--arg") {
      options.arguments.push_back(value);
    } else if (name == "--counters") {
      options.counters = value;
    } else if (name == "--relaxed") {
      if (Status status = relaxChecks(value, options.launch.checks); !status)
        return fail("'" + text + "': " + status.message());
    } else if (name[0] == '-' && name.size() > 1) {
      return fail("unknown option '" + text + "' (see --help)");
    } else if (options.file.empty()) {
      options.file = text;
    } else {
      return fail("only one file can be given, but '" + text + "' follows '" +
                  options.file + "'");
    }
  }
  if (options.file.empty())
    return fail("no PTX file is given (see --help)");
  return 0;
}

static void printKernels(const Module &module) {
  std::printf("target %s, PTX %d.%d\n", module.target().c_str(),
              module.version() / 10, module.version() % 10);
  for (const KernelInfo &kernel : module.kernels()) {
    std::printf("%s: %u instructions, %u bytes of static shared memory",
                kernel.name.c_str(), kernel.instructions,
                kernel.staticSharedBytes);
    if (kernel.localBytes)
      std::printf(", %u bytes of local memory", kernel.localBytes);
    if (kernel.requiredThreads[0])
      std::printf(", block %u,%u,%u", kernel.requiredThreads[0],
                  kernel.requiredThreads[1], kernel.requiredThreads[2]);
    else if (kernel.maxThreads[0])
      std::printf(", at most %u threads", kernel.maxThreads[0] *
                                              kernel.maxThreads[1] *
                                              kernel.maxThreads[2]);
    std::printf("\n");
    for (const ParamInfo &param : kernel.params)
      std::printf("  %-4s %6u bytes  %s\n", param.type.c_str(), param.size,
                  param.name.c_str());
  }
}

/// What `--estimate` and `--counters` ask for.
static int report(const Module &module, const std::string &ptx,
                  const Counters &counters, const Options &options,
                  OutputFiles &files) {
  if (!options.chip && options.counters.empty())
    return 0;
  if (options.chip)
    std::fputs(estimateTable(counters, *options.chip).c_str(), stdout);
  std::string json = counters.toJson(2);
#ifdef HINM_HAVE_LLVM
  if (options.machineCode) {
    MachineCode code =
        readMachineCode(ptx, options.file, counters.kernel,
                        chipToAssemble(module.target(),
                                       options.chip ? options.chip->name : ""));
    if (options.chip)
      std::fputs(machineCodeTable(code).c_str(), stdout);
    json = addMachineCode(json, code);
  }
#else
  (void)module, (void)ptx;
  if (options.chip && options.machineCode)
    std::fputs("machine code: not read, as this build is without LLVM\n",
               stdout);
#endif
  json = "[\n" + json + "\n]\n";
  if (options.counters.empty())
    return 0;
  if (options.counters == "-") {
    std::fputs(json.c_str(), stdout);
    return 0;
  }
  Status status = files.add(options.counters, json);
  return status ? 0 : fail(status.message());
}

static int runKernel(const Module &module, const std::string &ptx,
                     Options &options) {
  const KernelInfo *kernel = nullptr;
  if (!options.kernel.empty())
    kernel = module.findKernel(options.kernel);
  else if (module.kernels().size() == 1)
    kernel = &module.kernels()[0];
  if (!kernel)
    return fail(options.kernel.empty()
                    ? std::string("--kernel is needed: the module has " +
                                  std::to_string(module.kernels().size()) +
                                  " kernels (see --list)")
                    : "the module has no kernel '" + options.kernel +
                          "' (see --list)");
  if (!options.hasGrid || !options.hasBlock)
    return fail("--grid and --block are needed");
  if (options.arguments.size() != kernel->params.size())
    return fail("kernel '" + kernel->name + "' takes " +
                std::to_string(kernel->params.size()) + " arguments, but " +
                std::to_string(options.arguments.size()) + " were given");

  Device device;
  std::vector<Argument> arguments;
  for (size_t i = 0; i < kernel->params.size(); ++i) {
    Result<Argument> argument =
        makeArgument(options.arguments[i], kernel->params[i], device);
    if (!argument)
      return fail(argument.message());
    arguments.push_back(std::move(*argument));
  }
  std::vector<void *> pointers;
  for (Argument &argument : arguments)
    pointers.push_back(argument.value.data());
  Result<Counters> counters = Status::failure("not run");
  double least = 0;
  for (unsigned run = 0; run < options.repeat; ++run) {
    auto begin = std::chrono::steady_clock::now();
    counters = device.launch(module, kernel->name, options.grid, options.block,
                             options.shared, pointers.data(),
                             int(pointers.size()), options.launch);
    if (!counters)
      return fail(counters.message());
    std::chrono::duration<double, std::milli> time =
        std::chrono::steady_clock::now() - begin;
    least = run ? std::min(least, time.count()) : time.count();
  }
  if (options.repeat > 1)
    std::printf("time of a launch: least %.6g ms of %u\n", least,
                options.repeat);
  OutputFiles files;
  for (Argument &argument : arguments)
    if (Status status = storeOutput(argument, device, files); !status)
      return fail(status.message());
  if (int status = report(module, ptx, *counters, options, files))
    return status;
  Status status = files.commit();
  return status ? 0 : fail(status.message());
}

int main(int argc, char **argv) {
  bool wantsHelp = false;
  for (int i = 1; i < argc; ++i)
    wantsHelp |= !std::strcmp(argv[i], "--help") || !std::strcmp(argv[i], "-h");
  if (argc < 2 || wantsHelp) {
    std::fputs(usage, wantsHelp ? stdout : stderr);
    return wantsHelp ? 0 : 1;
  }
  Options options;
  if (int status = parseOptions(argc, argv, options))
    return status;
  try {
    Result<std::string> text = readFile(options.file);
    if (!text)
      return fail(text.message());
    Result<Module> module = Module::load(*text, options.file);
    if (!module) {
      std::fprintf(stderr, "%s\n", module.message().c_str());
      return 1;
    }
    if (options.list) {
      printKernels(*module);
      return 0;
    }
    return runKernel(*module, *text, options);
  } catch (const std::bad_alloc &) {
    return fail("the host has not enough memory");
  }
}

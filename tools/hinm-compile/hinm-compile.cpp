//===- hinm-compile.cpp - compiles a model's file ---------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hinm/Driver/Compile.h"

#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/Process.h"

using namespace llvm;
using namespace mlir::hinm;

static cl::OptionCategory category("hinm-compile options");

static cl::opt<std::string> input(cl::Positional, cl::desc("MODEL.mlir"),
                                  cl::Required, cl::cat(category));
static cl::opt<std::string>
    output("o", cl::desc("Output: a folder for an artifact, else a file"),
           cl::value_desc("path"), cl::cat(category));
static cl::opt<Emission>
    emission("emit", cl::desc("What to write"), cl::init(Emission::Artifact),
             cl::values(clEnumValN(Emission::MLIREncoded, "mlir-hinm",
                                   "the encoded level, weights compressed"),
                        clEnumValN(Emission::MLIRStorage, "mlir-storage",
                                   "the storage level, packed for the chip"),
                        clEnumValN(Emission::MLIRNVVM, "mlir-nvvm",
                                   "LLVM on the host, NVVM in the GPU module"),
                        clEnumValN(Emission::PTX, "ptx", "the kernels as PTX"),
                        clEnumValN(Emission::Cubin, "cubin",
                                   "the kernels as machine code"),
                        clEnumValN(Emission::Artifact, "artifact",
                                   "a folder that hinm-run takes (default)")),
             cl::cat(category));
static cl::opt<int64_t> vectorSize("vector", cl::desc("V: rows of a tile"),
                                   cl::init(64), cl::cat(category));
static cl::opt<double>
    columnSparsity("column-sparsity",
                   cl::desc("Share of the column vectors that are dropped"),
                   cl::init(0.5), cl::cat(category));
static cl::opt<std::string> nm("nm", cl::desc("N:M inside the kept columns"),
                               cl::init("2:4"), cl::cat(category));
static cl::opt<std::string> permute("permute",
                                    cl::desc("Search: none, pca, columns, "
                                             "gyro, anneal or best"),
                                    cl::init("gyro"), cl::cat(category));
static cl::opt<uint64_t> seed("seed", cl::desc("Seed of the search"),
                              cl::init(0), cl::cat(category));
static cl::opt<int64_t> threads("search-threads",
                                cl::desc("Threads of the search, 0 for all"),
                                cl::init(0), cl::cat(category));
static cl::opt<std::string>
    layers("layers", cl::desc("Only layers whose location or function matches"),
           cl::value_desc("regex"), cl::cat(category));
static cl::opt<int64_t>
    minSize("min-size", cl::desc("Only weights of at least so many elements"),
            cl::init(0), cl::cat(category));
static cl::opt<std::string>
    storage("storage",
            cl::desc("Weights and activations: f16, bf16, or auto (bf16 where "
                     "the model's activations are)"),
            cl::value_desc("type"), cl::init("auto"), cl::cat(category));
static cl::opt<std::string>
    overrides("overrides",
              cl::desc("Settings of single layers: {\"main.0\": {\"vector\": "
                       "128, \"column_sparsity\": 0.75, \"permute\": "
                       "\"gyro\"}, \"main.1\": {\"dense\": true}}"),
              cl::value_desc("file.json"), cl::cat(category));
static cl::opt<std::string>
    saliency("saliency",
             cl::desc("Matrices in place of |w|, named as the layers are"),
             cl::value_desc("file.safetensors"), cl::cat(category));
enum class Folding { On, Off };
static cl::opt<Folding>
    fold("fold", cl::desc("What becomes of row orders"), cl::init(Folding::On),
         cl::values(clEnumValN(Folding::On, "on",
                               "folded into indices and constants (default)"),
                    clEnumValN(Folding::Off, "off",
                               "a copy behind each layer, for comparison")),
         cl::cat(category));
static cl::opt<bool>
    allowRuntimePermute("allow-runtime-permute",
                        cl::desc("No error where an order does not fold"),
                        cl::cat(category));
static cl::list<std::string> chips("chip", cl::CommaSeparated,
                                   cl::desc("GPUs to compile for (sm_80)"),
                                   cl::value_desc("sm_XX,..."),
                                   cl::cat(category));
static cl::opt<std::string>
    ptxVersion("ptx-version",
               cl::desc("PTX version (the oldest that serves the chip)"),
               cl::value_desc("major.minor"), cl::cat(category));
static cl::opt<std::string>
    cudaPath("cuda-path",
             cl::desc("CUDA toolkit with bin/ptxas (HINM_CUDA_PATH, CUDA_PATH, "
                      "then PATH)"),
             cl::value_desc("folder"), cl::cat(category));
static cl::opt<std::string>
    compiler("cc", cl::desc("C compiler that links host code (CC, then cc)"),
             cl::value_desc("program"), cl::cat(category));
static cl::opt<std::string>
    timing("timing", cl::desc("Write seconds by stage and peak memory"),
           cl::value_desc("file.json"), cl::cat(category));

int main(int argc, char **argv) {
  InitLLVM init(argc, argv);
  cleanUpWhenInterrupted();
  cl::HideUnrelatedOptions(category);
  cl::ParseCommandLineOptions(
      argc, argv,
      "Compiles a dense model to hierarchical N:M sparse kernels\n");
  CompileOptions options;
  options.input = input;
  options.output = output;
  options.emission = emission;
  options.vector = vectorSize;
  options.columnSparsity = columnSparsity;
  options.nm = nm;
  options.strategy = permute;
  options.seed = seed;
  options.threads = threads;
  options.layers = layers;
  options.minSize = minSize;
  options.overrides = overrides;
  options.storage = storage;
  options.saliency = saliency;
  options.fold = fold == Folding::On;
  options.allowRuntimePermute = allowRuntimePermute;
  if (!chips.empty())
    options.chips.assign(chips.begin(), chips.end());
  options.ptxVersion = ptxVersion;
  options.cudaPath = cudaPath;
  options.compiler = compiler;
  options.timingFile = timing;
  options.showProgress = sys::Process::StandardErrIsDisplayed();
  return failed(compile(options)) ? 1 : 0;
}

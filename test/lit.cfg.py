# ===- lit.cfg.py - how the tests written as files are run -------*- Python -*-===#
#
# Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""Features that a test may require:

ptxas      an assembler for PTX is found (HINM_CUDA_PATH, CUDA_PATH or PATH)
nvptx      LLVM has the NVPTX back end
emulator   hinm-run can run kernels in the emulator
sanitizer  the tools are built with sanitizers, so that no stock program can load
           our libraries

Substitutions: %hinm_lib (folder of the libraries), %hinm_src (the project), %shlibext,
%python.
"""
import os
import shutil
import subprocess

import lit.formats

config.name = "HINM"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".test"]
config.excludes = ["unit", "python", "gpu", "Inputs", "CMakeLists.txt"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = os.path.join(config.hinm_build, "test")

hinm_bin = os.path.join(config.hinm_build, "bin")
config.environment["PATH"] = os.pathsep.join(
    [hinm_bin, config.llvm_tools, config.environment["PATH"]]
)
config.environment["FILECHECK_OPTS"] = "--enable-var-scope --allow-unused-prefixes=false"
for name in ("HINM_CUDA_PATH", "CUDA_PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS"):
    if name in os.environ:
        config.environment[name] = os.environ[name]
if "HINM_CUDA_PATH" not in os.environ and config.hinm_cuda_path:
    config.environment["HINM_CUDA_PATH"] = config.hinm_cuda_path

config.substitutions += [
    ("%hinm_lib", os.path.join(config.hinm_build, "lib")),
    ("%hinm_src", config.hinm_source),
    ("%llvm_lib", os.path.join(os.path.dirname(config.llvm_tools), "lib")),
    ("%shlibext", ".so"),
    ("%python", config.python),
]


def has_ptxas():
    for name in ("HINM_CUDA_PATH", "CUDA_PATH"):
        toolkit = config.environment.get(name)
        if toolkit and os.access(os.path.join(toolkit, "bin", "ptxas"), os.X_OK):
            return True
    return shutil.which("ptxas", path=config.environment["PATH"]) is not None


def has_nvptx():
    llc = os.path.join(config.llvm_tools, "llc")
    try:
        return b"nvptx64" in subprocess.check_output([llc, "--version"])
    except OSError:
        return False


if has_ptxas():
    config.available_features.add("ptxas")
if has_nvptx():
    config.available_features.add("nvptx")
if os.path.exists(os.path.join(hinm_bin, "hinm-run")):
    config.available_features.add("emulator")
if config.hinm_sanitize:
    config.available_features.add("sanitizer")

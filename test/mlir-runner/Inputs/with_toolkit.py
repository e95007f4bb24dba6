# ===- with_toolkit.py - MLIR's tools with a CUDA toolkit ---------*- Python -*-===#
#
# Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""Runs a command with CUDA_PATH set to the toolkit that the tests use, for upstream
looks for libdevice there only."""
import os
import shutil
import sys

toolkit = os.environ.get("HINM_CUDA_PATH") or os.environ.get("CUDA_PATH")
if not toolkit and shutil.which("ptxas"):
    toolkit = os.path.dirname(os.path.dirname(os.path.realpath(shutil.which("ptxas"))))
if toolkit:
    os.environ["CUDA_PATH"] = toolkit
# Upstream prefers these.
for name in ("CUDA_ROOT", "CUDA_HOME"):
    os.environ.pop(name, None)
os.execvp(sys.argv[1], sys.argv[1:])

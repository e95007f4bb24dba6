# ===- __init__.py - helpers of the scripts and tests --------------- -*- Python -*-===#
#
# Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""Helpers of the scripts and tests; they need nothing but numpy.

linalg      prints linear layers as torch-mlir prints them
reference   what the pattern keeps, in plain numpy
format      an independent reader of docs/format.md
files       safetensors and artifacts
tools       runs hinm-compile and hinm-run
"""

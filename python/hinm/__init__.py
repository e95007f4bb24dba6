# ===- __init__.py - helpers of the scripts and tests --------------- -*- Python -*-===#
#
# Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""Helpers of the scripts and tests; they need numpy, and minilm needs tokenizers.

linalg, feed_forward, printer    models printed as torch-mlir prints them
reference, block_reference       what the pattern keeps and gives, in plain numpy
format                           an independent reader of docs/format.md
files                            safetensors and artifacts
checks                           holds an artifact against the references
minilm                           a pretrained block and its inputs
picture, raster                  draws a weight
tools                            runs hinm-compile and hinm-run
quickstart, quickstart_report    the quickstart and what it prints
"""

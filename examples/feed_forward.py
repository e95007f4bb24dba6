# ===- feed_forward.py - a model to export ----------------------*- Python -*-===#
#
# Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""Two linear layers with a ReLU between them.

    .venv/bin/python scripts/export_torch.py examples/feed_forward.py:FeedForward \
        --input=?,256 -o feed_forward.mlir
    build/bin/hinm-compile feed_forward.mlir -o feed_forward.hinm
"""
import torch


class FeedForward(torch.nn.Module):
    def __init__(self, width=256, inner=1024):
        super().__init__()
        torch.manual_seed(0)
        self.up = torch.nn.Linear(width, inner)
        self.down = torch.nn.Linear(inner, width)

    def forward(self, x):
        return self.down(torch.relu(self.up(x)))

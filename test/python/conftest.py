# ===- conftest.py - what the tests in Python share --------------- -*- Python -*-===#
#
# Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""Fixtures: the tools of a build, and compiled stacks of linear layers."""
import os
import pathlib
import sys

import numpy as np
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "python"))

from hinm import checks, files, linalg, reference, tools  # noqa: E402


def pytest_addoption(parser):
    parser.addoption(
        "--hinm-build",
        type=pathlib.Path,
        default=ROOT / "build",
        help="build folder whose tools are tested",
    )
    parser.addoption(
        "--hinm-cuda-path", help="CUDA toolkit, unless HINM_CUDA_PATH names one"
    )


def pytest_configure(config):
    toolkit = config.getoption("--hinm-cuda-path")
    if toolkit:
        os.environ.setdefault("HINM_CUDA_PATH", toolkit)


def pytest_terminal_summary(terminalreporter, config):
    """Leaves this run's counts for the summary of scripts/test."""
    folder = config.getoption("--hinm-build") / "Testing"
    if not folder.is_dir() or len(config.args) != 1:
        return
    count = {
        outcome: len(terminalreporter.stats.get(outcome, []))
        for outcome in ("passed", "failed", "error", "skipped")
    }
    name = pathlib.Path(config.args[0]).stem
    (folder / ("pytest-%s.txt" % name)).write_text(
        "%s passed=%d failed=%d skipped=%d\n"
        % (name, count["passed"], count["failed"] + count["error"], count["skipped"])
    )


def random_layer(outputs, inputs, seed=0, bias=True, relu=False):
    generator = np.random.default_rng([seed, outputs, inputs])
    weight = generator.standard_normal((outputs, inputs)).astype(np.float32)
    offset = generator.standard_normal(outputs).astype(np.float32) if bias else None
    return linalg.Layer(weight / np.float32(np.sqrt(inputs)), offset, relu)


def random_tokens(tokens, inputs, seed=0):
    generator = np.random.default_rng([seed, tokens, inputs])
    return generator.standard_normal((tokens, inputs)).astype(np.float32)


class Stack:
    """A compiled stack of layers."""

    def __init__(self, commands, layers, artifact, vector, sparsity, chip):
        self.commands = commands
        self.layers = layers
        self.artifact = files.Artifact(artifact)
        self.vector = vector
        self.sparsity = sparsity
        self.chip = chip
        self.folder = artifact.parent
        self._masks = {}

    def masks(self, target=None):
        """What is kept of each layer, once the stored form is right."""
        target = target or self.chip
        if target not in self._masks:
            self._masks[target] = checks.check_weights(
                self.artifact, target, self.layers, self.vector, self.sparsity
            )
        return self._masks[target]

    def run(self, x, device, *options, counters=False):
        return self.commands.run_artifact(
            self.artifact.path, [x], self.folder, device, *options, counters=counters
        )

    def check(self, x, devices=("emulator", "cpu")):
        """Runs on each device and compares with the masked dense product."""
        expected, bound = reference.run(self.layers, self.masks(), x)
        for device in devices:
            y, _ = self.run(x, device)
            assert y.dtype == np.float32
            checks.check_result(y, expected, bound, device)


@pytest.fixture(scope="session")
def build(request):
    return request.config.getoption("--hinm-build").resolve()


@pytest.fixture(scope="session")
def commands(build):
    return tools.Tools(build)


@pytest.fixture(scope="session")
def stack(commands, tmp_path_factory):
    """A function that compiles layers, each combination once in a session."""
    compiled = {}

    def compile_stack(
        layers, tokens=None, vector=64, sparsity=0.5, permute="columns", chip="sm_80"
    ):
        text = linalg.print_module(layers, tokens)
        options = (
            "--vector=%d" % vector,
            "--column-sparsity=%g" % sparsity,
            "--permute=" + permute,
            "--chip=" + chip,
        )
        key = (text, options)
        if key not in compiled:
            folder = tmp_path_factory.mktemp("stack")
            model = folder / "model.mlir"
            model.write_text(text)
            commands.compile(model, folder / "artifact", *options)
            compiled[key] = Stack(
                commands, layers, folder / "artifact", vector, sparsity, chip
            )
        return compiled[key]

    return compile_stack

# ===- test_stages.py - every stage runs -------------------------- -*- Python -*-===#
#
# Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""The program means the same after every pass: hinm-to-cpu may be entered anywhere."""
import numpy as np
import pytest

from conftest import random_layer, random_tokens
from hinm import checks, linalg, tools

VECTOR = 32
LAYERS = [random_layer(72, 52, relu=True), random_layer(40, 72, seed=1)]

# Pass by pass, as `hinm-compile` runs them.
PASSES = [
    "hinm-normalize",
    "hinm-select{vector=32}",
    "hinm-propagate-layout",
    "hinm-gyro-permute{strategy=gyro}",
    "hinm-compress",
    "hinm-fold-permutations",
    "hinm-fuse-epilogue",
    "hinm-lower-encodings",
    "hinm-pack-for-target{chip=sm_80}",
]


def name_of(spec):
    return spec.split("{")[0]


@pytest.fixture(scope="module")
def reference_result(stack):
    """The result of the whole compiler, itself held against numpy."""
    compiled = stack(LAYERS, None, VECTOR, permute="gyro")
    x = random_tokens(9, 52)
    compiled.check(x)
    return x, compiled.run(x, "cpu")[0]


@pytest.mark.parametrize("count", range(1, len(PASSES) + 1), ids=[name_of(p) for p in PASSES])
def test_compiling_on_from_a_stage(commands, tmp_path, reference_result, count):
    model = tmp_path / "model.mlir"
    model.write_text(linalg.print_module(LAYERS, None))
    staged = tmp_path / "staged.mlir"
    commands.run(
        "hinm-opt",
        model,
        "--pass-pipeline=builtin.module(%s)" % ",".join(PASSES[:count]),
        "-o",
        staged,
    )
    commands.compile(
        staged, tmp_path / "artifact", "--vector=%d" % VECTOR, "--permute=gyro"
    )
    x, expected = reference_result
    for device in ("cpu", "emulator"):
        y, _ = commands.run_artifact(tmp_path / "artifact", [x], tmp_path, device)
        # The same weights in the same order: only the sums' order may differ.
        checks.check_result(y, expected, np.full(expected.shape, 2e-3), device)


@pytest.mark.parametrize("form", ["mlir-hinm", "mlir-storage", "mlir-nvvm", "ptx"])
def test_emitted_forms(commands, tmp_path, form):
    model = tmp_path / "model.mlir"
    model.write_text(linalg.print_module(LAYERS, None))
    output = tmp_path / "out"
    commands.run("hinm-compile", model, "--vector=32", "--emit=" + form, "-o", output)
    text = output.read_text()
    expected = {
        "mlir-hinm": ["hinm.assemble", "hinm.matmul"],
        "mlir-storage": ["hinm.gather_matmul", "hinm.fragment_stream"],
        "mlir-nvvm": ["nvvm.mma.sp.sync", "llvm.func"],
        "ptx": ["mma.sp::ordered_metadata.sync.aligned.m16n8k32", ".target sm_80", "cp.async"],
    }[form]
    for word in expected:
        assert word in text, word
    if form != "mlir-storage" and form != "mlir-hinm":
        return
    # What was emitted can be compiled on.
    commands.compile(output, tmp_path / "artifact", "--vector=32")


def test_no_host_pointer_in_kernels(commands, stack):
    """The emulator gives device memory a range of its own: nothing else is touched."""
    compiled = stack(LAYERS, None, VECTOR)
    compiled.check(random_tokens(3, 52), devices=["emulator"])


def test_failing_tool_is_reported(commands, tmp_path):
    with pytest.raises(tools.ToolError, match="hinm-compile"):
        commands.compile(tmp_path / "missing.mlir", tmp_path / "artifact")

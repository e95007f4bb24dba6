# ===- test_promises.py - counts and sizes of a large layer -------- -*- Python -*-===#
#
# Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""What a 512 x 1024 layer at V = 64 costs, counted."""
import json

import pytest

from conftest import random_layer, random_tokens
from hinm import checks, linalg, reference

TOKENS = 1024


@pytest.fixture(scope="module")
def compiled(stack):
    return stack([random_layer(512, 1024, bias=False)], TOKENS)


@pytest.fixture(scope="module")
def emulated(compiled):
    x = random_tokens(TOKENS, 1024)
    y, counters = compiled.run(x, "emulator", counters=True)
    return x, y, counters


def test_result(compiled, emulated):
    x, y, _ = emulated
    expected, bound = reference.run(compiled.layers, compiled.masks(), x)
    checks.check_result(y, expected, bound, "emulator")


def test_cpu_result(compiled, emulated):
    x, _, _ = emulated
    expected, bound = reference.run(compiled.layers, compiled.masks(), x)
    y, _ = compiled.run(x, "cpu")
    checks.check_result(y, expected, bound, "cpu")


def test_executed_mma(emulated):
    _, _, counters = emulated
    least = 512 // 16 * (512 // 32) * (TOKENS // 8)
    issued = checks.total(counters, "mma_sp")
    assert least <= issued <= 1.15 * least
    assert checks.total(counters, "mma") == 0


def test_weights_file(compiled):
    size = compiled.artifact.file("sm_80", "weights").stat().st_size
    assert size <= 0.36 * 512 * 1024 * 2


def test_gather_is_asynchronous(emulated):
    _, _, counters = emulated
    assert checks.total(counters, "cp_async") > 0


def test_time_and_memory_of_the_compiler(commands, tmp_path):
    model = tmp_path / "model.mlir"
    model.write_text(linalg.print_module([random_layer(512, 1024)], None))
    timing = tmp_path / "timing.json"
    commands.compile(model, tmp_path / "artifact", "--timing=%s" % timing)
    found = json.loads(timing.read_text())
    for stage in ("parse", "search", "compress", "lower", "ptxas"):
        assert found["seconds"][stage] >= 0, stage
    assert found["peak_bytes"] <= 4 * 512 * 1024 * 4 + 300e6

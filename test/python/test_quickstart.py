# ===- test_quickstart.py - what the README promises -------------- -*- Python -*-===#
#
# Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""The quickstart itself, and the files it leaves."""
import os
import re
import subprocess
import sys

import numpy as np
import pytest

from conftest import ROOT
from hinm import files, quickstart


@pytest.fixture(scope="module")
def output(build):
    result = subprocess.run(
        [sys.executable, "-m", "hinm.quickstart", "--build=%s" % build],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
        env={**os.environ, "PYTHONPATH": str(ROOT / "python")},
    )
    assert result.returncode == 0, result.stdout
    return result.stdout


@pytest.mark.parametrize(
    "row",
    [
        r"layer +encoder\.layer\.0\.intermediate\.dense, 1536 x 384",
        r"density 25\.0 %",
        r"retained saliency, none +\d\d\.\d\d %",
        r"retained saliency, columns +\d\d\.\d\d %",
        r"unstructured upper bound +\d\d\.\d\d %",
        r"bytes, dense f16 +1,179,648",
        r"largest error, emulator +\d\.\d\de-\d\d",
        r"executed mma\.sp +[\d,]+ for 128 tokens",
        r"kernels\.ptx",
        r"All results agree with numpy",
        r"hinm-compile model\.mlir",
    ],
)
def test_table(output, row):
    assert re.search(row, output), output


def test_strategies_are_ordered(output):
    shares = [
        float(re.search(name + r" +([\d.]+) %", output).group(1))
        for name in ("saliency, none", "saliency, columns", "upper bound")
    ]
    assert shares[0] < shares[1] < shares[2]


def test_weights_file_is_standard_safetensors(output, build):
    """The package of the format's authors reads the same arrays."""
    safetensors = pytest.importorskip("safetensors.numpy")
    artifact = files.Artifact(build / "quickstart" / "columns")
    for target in ("sm_80", "cpu"):
        path = artifact.file(target, "weights")
        ours = files.read_safetensors(path)
        theirs = safetensors.load_file(path)
        assert ours.keys() == theirs.keys()
        assert all(np.array_equal(ours[name], theirs[name]) for name in ours)


def test_pretrained_weights_are_the_packages(output):
    layer = quickstart.pretrained_layer()
    assert layer.weight.shape == (1536, 384) and layer.bias.shape == (1536,)
    assert 0.01 < np.abs(layer.weight).mean() < 0.1

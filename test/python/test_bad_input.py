# ===- test_bad_input.py - every refusal is one clear message ----- -*- Python -*-===#
#
# Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""Bad input: one diagnostic that says what was found and expected, a status that is
neither 0 nor a crash's, and nothing half-written."""
import json
import os
import re
import shutil

import numpy as np
import pytest

from conftest import random_layer, random_tokens
from hinm import linalg


def layer_text(layer=None):
    return linalg.print_module([layer or random_layer(64, 32)], None)


def with_weight_entry(value):
    layer = random_layer(64, 32)
    layer.weight = layer.weight.copy()
    layer.weight[3, 5] = value
    return layer_text(layer)


def truncated_blob():
    """The weight's bytes end too early."""
    return re.sub(r'(64_32_torch.float32: "0x[0-9A-F]{100})[0-9A-F]*"', r'\1"', layer_text())


NO_LAYER = """
func.func @main(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %y = math.absf %x : tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}
"""

NOT_CONSTANT = """
func.func @main(%x: tensor<4x8xf32>, %w: tensor<8x16xf32>) -> tensor<4x16xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<4x16xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<4x16xf32>) -> tensor<4x16xf32>
  %y = linalg.matmul ins(%x, %w : tensor<4x8xf32>, tensor<8x16xf32>) outs(%f : tensor<4x16xf32>) -> tensor<4x16xf32>
  return %y : tensor<4x16xf32>
}
"""

# Model, options, and what the message must hold.
REFUSED = {
    "not-mlir": ("this is no program\n", [], ["error"]),
    "empty": ("", [], ["error"]),
    "syntax": (layer_text().replace("linalg.matmul", "linalg.matmull"), [], ["matmull"]),
    "no-layer": (NO_LAYER, [], ["layer"]),
    "not-constant": (NOT_CONSTANT, [], ["constant"]),
    "nan": (with_weight_entry(np.nan), [], ["row 3", "column 5"]),
    "infinity": (with_weight_entry(-np.inf), [], ["row 3", "column 5"]),
    "overflows-f16": (with_weight_entry(1e6), [], ["row 3", "column 5"]),
    "vector": (layer_text(), ["--vector=48"], ["48", "32, 64 or 128"]),
    "vector-zero": (layer_text(), ["--vector=0"], ["32, 64 or 128"]),
    "nm": (layer_text(), ["--nm=3:4"], ["3:4", "2:4"]),
    "nm-text": (layer_text(), ["--nm=half"], ["half", "2:4"]),
    "sparsity-one": (layer_text(), ["--column-sparsity=1"], ["1", "column sparsity"]),
    "sparsity-negative": (layer_text(), ["--column-sparsity=-0.1"], ["-0.1"]),
    "sparsity-nan": (layer_text(), ["--column-sparsity=nan"], ["nan"]),
    "strategy": (layer_text(), ["--permute=best-of-all"], ["best-of-all", "columns"]),
    "truncated-blob": (truncated_blob(), [], ["64_32_torch.float32|64x32|bytes|size"]),
    "chip": (layer_text(), ["--chip=sm_81"], ["sm_81", "sm_80"]),
    "chip-text": (layer_text(), ["--chip=gfx90a"], ["gfx90a", "sm_80"]),
    "old-chip": (layer_text(), ["--chip=sm_70"], ["sm_70"]),
    "chip-and-ptx": (layer_text(), ["--chip=sm_120", "--ptx-version=8.5"], ["sm_120", "8.5", "8.7"]),
    "ptx-version": (layer_text(), ["--ptx-version=7.0"], ["7.0"]),
    "cuda-path": (layer_text(), ["--cuda-path=/nonexistent"], ["/nonexistent", "ptxas"]),
    "layers": (layer_text(), ["--layers=nothing-is-called-so"], ["layer"]),
    "min-size": (layer_text(), ["--min-size=100000000"], ["layer"]),
}


def check_refusal(result, *patterns):
    assert 0 < result.returncode < 128, "status %d\n%s" % (result.returncode, result.stderr)
    assert "Stack dump" not in result.stderr
    errors = re.findall(r"\berror:", result.stderr)
    assert len(errors) == 1, "expected one error:\n" + result.stderr
    for pattern in patterns:
        assert re.search(pattern, result.stderr), "no '%s' in:\n%s" % (pattern, result.stderr)
    assert len(result.stderr) < 5000, "the message is longer than a screen"


@pytest.mark.parametrize("name", REFUSED)
def test_refused(commands, tmp_path, name):
    text, options, patterns = REFUSED[name]
    model = tmp_path / "model.mlir"
    model.write_text(text)
    result = commands.attempt("hinm-compile", model, "-o", tmp_path / "artifact", *options)
    check_refusal(result, *patterns)
    assert sorted(os.listdir(tmp_path)) == ["model.mlir"], "something is left behind"


def test_no_input_file(commands, tmp_path):
    result = commands.attempt(
        "hinm-compile", tmp_path / "missing.mlir", "-o", tmp_path / "artifact"
    )
    check_refusal(result, "missing.mlir")
    assert not os.listdir(tmp_path)


def test_output_folder_cannot_be_written(commands, tmp_path):
    """Its place is below a file, which stops root too."""
    model = tmp_path / "model.mlir"
    model.write_text(layer_text())
    result = commands.attempt("hinm-compile", model, "-o", model / "artifact")
    check_refusal(result, "model.mlir/artifact")
    assert sorted(os.listdir(tmp_path)) == ["model.mlir"]


def test_output_is_somebody_elses_folder(commands, tmp_path):
    model = tmp_path / "model.mlir"
    model.write_text(layer_text())
    other = tmp_path / "photographs"
    other.mkdir()
    (other / "one.jpg").write_text("precious")
    result = commands.attempt("hinm-compile", model, "-o", other)
    check_refusal(result, "photographs")
    assert os.listdir(other) == ["one.jpg"]


def test_no_ptxas(commands, tmp_path):
    """PTX only, and a note that says so."""
    model = tmp_path / "model.mlir"
    model.write_text(layer_text())
    path = tmp_path / "bin"
    path.mkdir()
    for tool in ("cc", "gcc", "as", "ld"):
        if shutil.which(tool):
            (path / tool).symlink_to(shutil.which(tool))
    environment = {"HINM_CUDA_PATH": "", "CUDA_PATH": "", "PATH": str(path)}
    result = commands.attempt(
        "hinm-compile", model, "-o", tmp_path / "artifact", environment=environment
    )
    assert result.returncode == 0, result.stderr
    assert "ptxas" in result.stderr
    assert (tmp_path / "artifact/sm_80/kernels.ptx").exists()
    assert not (tmp_path / "artifact/sm_80/kernels.cubin").exists()
    manifest = json.loads((tmp_path / "artifact/manifest.json").read_text())
    assert "cubin" not in manifest["targets"]["sm_80"]
    result = commands.attempt(
        "hinm-compile", model, "--emit=cubin", "-o", tmp_path / "k.cubin", environment=environment
    )
    check_refusal(result, "ptxas")
    assert not (tmp_path / "k.cubin").exists()


@pytest.fixture
def artifact(stack, tmp_path):
    """A copy of an artifact, and a good input."""
    compiled = stack([random_layer(64, 32)], 5)
    copy = tmp_path / "artifact"
    shutil.copytree(compiled.artifact.path, copy)
    np.save(tmp_path / "x.npy", random_tokens(5, 32))
    return copy


def run(commands, artifact, *options):
    folder = artifact.parent
    return commands.attempt(
        "hinm-run",
        artifact,
        "--input=%s" % (folder / "x.npy"),
        "--output=%s" % (folder / "y.npy"),
        *options
    )


FILES = ["sm_80/kernels.ptx", "sm_80/model.so", "sm_80/weights.safetensors"]


@pytest.mark.parametrize("name", FILES)
def test_artifact_with_a_missing_file(commands, artifact, name):
    (artifact / name).unlink()
    check_refusal(run(commands, artifact, "--device=emulator"), re.escape(name))
    assert not (artifact.parent / "y.npy").exists()


@pytest.mark.parametrize("name", FILES + ["cpu/model.so", "cpu/weights.safetensors"])
def test_artifact_with_an_altered_file(commands, artifact, name):
    data = bytearray((artifact / name).read_bytes())
    data[len(data) // 2] ^= 1
    (artifact / name).write_bytes(bytes(data))
    device = "cpu" if name.startswith("cpu") else "emulator"
    check_refusal(run(commands, artifact, "--device=" + device), re.escape(name))
    assert not (artifact.parent / "y.npy").exists()


@pytest.mark.parametrize("text", [None, "", "{", "[]", '{"format": "other"}'])
def test_artifact_with_a_bad_manifest(commands, artifact, text):
    if text is None:
        (artifact / "manifest.json").unlink()
    else:
        (artifact / "manifest.json").write_text(text)
    check_refusal(run(commands, artifact, "--device=cpu"), "manifest")


BAD_ARRAYS = {
    "shape": (np.zeros((5, 33), np.float32), ["33", "32"]),
    "static-tokens": (np.zeros((6, 32), np.float32), ["6", "5"]),
    "rank": (np.zeros(32, np.float32), ["32"]),
    "type": (np.zeros((5, 32), np.float64), ["f64", "f32"]),
    "integers": (np.zeros((5, 32), np.int32), ["i32", "f32"]),
    "order": (np.asfortranarray(np.ones((5, 32), np.float32)), ["order|row-major"]),
    "big-endian": (np.zeros((5, 32), ">f4"), ["endian|>f4"]),
}


@pytest.mark.parametrize("name", BAD_ARRAYS)
@pytest.mark.parametrize("device", ["cpu", "emulator"])
def test_bad_arrays(commands, artifact, name, device):
    array, patterns = BAD_ARRAYS[name]
    np.save(artifact.parent / "x.npy", array)
    check_refusal(run(commands, artifact, "--device=" + device), *patterns)
    assert not (artifact.parent / "y.npy").exists()


@pytest.mark.parametrize("length", [0, 5, 40, 200])
def test_truncated_array(commands, artifact, length):
    path = artifact.parent / "x.npy"
    path.write_bytes(path.read_bytes()[:length])
    check_refusal(run(commands, artifact, "--device=cpu"), "x.npy")


@pytest.mark.parametrize(
    "options, pattern",
    [
        (["--device=tpu"], "tpu"),
        (["--entry=other"], "other"),
        (["--chip=sm_90"], "sm_90"),
        (["--inptu=x.npy"], "--input"),
        (["--input=again.npy"], "1|input"),
        (["--reference=missing.npy"], "missing.npy"),
    ],
)
def test_bad_command_line(commands, artifact, options, pattern):
    if not any(option.startswith("--device") for option in options):
        options = options + ["--device=cpu" if "--chip=sm_90" not in options else "--device=emulator"]
    check_refusal(run(commands, artifact, *options), pattern)


def test_cuda_without_a_driver(commands, artifact):
    """Where there is one, the entry runs; elsewhere the message names it."""
    result = run(commands, artifact, "--device=cuda", "--check")
    if result.returncode:
        check_refusal(result, "(?i)cuda")

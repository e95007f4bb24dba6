# ===- test_bad_input_network.py - refusals around a whole network -- -*- Python -*-===#
#
# Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""Files beside the model, options, and control flow that cannot go to the device.

What is refused is refused as in test_bad_input.py; what is taken has its effect, held
against numpy.
"""
import json
import os
import shutil

import numpy as np
import pytest

from conftest import random_layer, random_tokens
from hinm import checks, files, linalg, reference
from test_bad_input import check_refusal

TWO = [random_layer(128, 64, relu=True), random_layer(64, 128, seed=1)]
NAMES = {"<f8": "F64", "<f4": "F32", "<f2": "F16", "<i4": "I32"}


def safetensors(**arrays):
    """The bytes of a file with these arrays; `_` in a name is `.`."""
    header, data = {}, b""
    for name, array in arrays.items():
        begin, data = len(data), data + array.tobytes()
        header[name.replace("_", ".")] = {
            "dtype": NAMES[array.dtype.str],
            "shape": array.shape,
            "data_offsets": [begin, len(data)],
        }
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + data


def saliency(entry=None, dtype="<f4"):
    matrix = np.random.default_rng(7).random((128, 64)).astype(dtype)
    if entry is not None:
        matrix[3, 5] = entry
    return matrix


GOOD = safetensors(main_0=saliency())

# What the file holds (None: there is none), and what the message must hold.
BAD_SALIENCY = {
    "shape": (safetensors(main_0=saliency().T.copy()), ["64, 128", "128, 64|128x64", "main.0"]),
    "negative": (safetensors(main_0=saliency(-1)), ["-1", "row 3", "column 5", "at least 0"]),
    "nan": (safetensors(main_0=saliency(np.nan)), ["NaN", "row 3", "column 5"]),
    "infinity": (safetensors(main_0=saliency(np.inf)), ["infinite", "row 3", "column 5"]),
    "name": (safetensors(main_2=saliency()), ["main.2", "did you mean 'main.0'"]),
    "far-name": (safetensors(encoder_weight=saliency()), ["encoder.weight", "main.0, main.1"]),
    "integers": (safetensors(main_0=np.ones((128, 64), "<i4")), ["main.0", "float"]),
    "missing": (None, ["No such file"]),
    "short-header": (GOOD[:20], ["truncated"]),
    "short-data": (GOOD[:-1], ["main.0", "truncated"]),
    "text": (b"no safetensors at all\n" * 9, ["not a valid safetensors file"]),
}

BAD_OVERRIDES = {
    "layer": ({"main.2": {"vector": 64}}, [], ["main.2", "did you mean 'main.0'"]),
    "key": ({"main.0": {"vectr": 64}}, [], ["main.0", "vectr", "did you mean 'vector'"]),
    "dense-and-more": ({"main.0": {"dense": True, "vector": 64}}, [], ["main.0", "dense"]),
    "vector": ({"main.0": {"vector": 48}}, [], ["48", "32, 64 or 128"]),
    "sparsity": ({"main.1": {"column_sparsity": 1.5}}, [], ["main.1", "1.5", "from 0"]),
    "layer-strategy": ({"main.0": {"permute": "gyroo"}}, [], ["main.0", "gyroo", "columns"]),
    "not-json": ('{"main.0": ', [], ["no JSON", "1:11"]),
    "missing": (None, [], ["No such file"]),
    "all-dense": ({"main.0": {"dense": True}, "main.1": {"dense": True}}, [], ["says so"]),
    "left-by-min-size": ({"main.0": {"vector": 64}}, ["--min-size=9000"], ["main.0", "8192"]),
    "left-by-layers": ({"main.0": {"vector": 64}}, ["--layers=other"], ["main.0", "other"]),
}

BAD_OPTIONS = {
    "permute": (None, ["--permute=foo"], ["foo", "columns"]),
    "storage": (None, ["--storage=f8"], ["f8", "auto, f16 or bf16"]),
    "regex": (None, ["--layers=["], [r"'\['", "regular expression"]),
    "chip": (None, ["--chip=cpu"], ["cpu", "sm_80"]),
}


def snapshot(folder):
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.fixture
def place(stack, tmp_path):
    """A folder with a model and an older artifact of it."""
    shutil.copytree(stack(TWO, 5).artifact.path, tmp_path / "artifact")
    (tmp_path / "model.mlir").write_text(linalg.print_module(TWO, 5))
    return tmp_path


def refuse(commands, place, options, patterns):
    """Refused, and nothing but the message is new."""
    before, names = snapshot(place), sorted(os.listdir(place))
    line = [place / "model.mlir", "-o", place / "artifact", *options]
    check_refusal(commands.attempt("hinm-compile", *line), *patterns)
    assert sorted(os.listdir(place)) == names, "something is left behind"
    assert snapshot(place) == before, "the older artifact is altered"


@pytest.mark.parametrize("name", BAD_SALIENCY)
def test_bad_saliency(commands, place, name):
    content, patterns = BAD_SALIENCY[name]
    if content is not None:
        (place / "s.safetensors").write_bytes(content)
    # A number is wrong in the model's layer; the file is named where it is at fault.
    named = [] if "row 3" in patterns else ["s.safetensors"]
    refuse(commands, place, ["--saliency=%s" % (place / "s.safetensors")], patterns + named)


@pytest.mark.parametrize("name", [*BAD_OVERRIDES, *BAD_OPTIONS])
def test_bad_overrides_and_options(commands, place, name):
    content, options, patterns = {**BAD_OVERRIDES, **BAD_OPTIONS}[name]
    if content is not None:
        text = content if isinstance(content, str) else json.dumps(content)
        (place / "o.json").write_text(text)
    if name in BAD_OVERRIDES:
        options = ["--overrides=%s" % (place / "o.json"), *options]
    refuse(commands, place, options, patterns)


@pytest.mark.parametrize("value", ["maybe", ""])
def test_bad_fold(commands, place, value):
    """The parser of the command line words this one."""
    line = [place / "model.mlir", "-o", place / "new", "--fold=" + value]
    result = commands.attempt("hinm-compile", *line)
    assert result.returncode == 1 and len(result.stderr.splitlines()) == 1
    assert "--fold" in result.stderr and "'%s'" % value in result.stderr
    assert not (place / "new").exists()


def compile_and_run(commands, place, x, *options):
    """The artifact, its result on the emulator, and the counters."""
    commands.compile(place / "model.mlir", place / "artifact", *options)
    artifact = files.Artifact(place / "artifact")
    y, counters = commands.run_artifact(artifact.path, [x], place, "emulator", counters=True)
    on_cpu, _ = commands.run_artifact(artifact.path, [x], place, "cpu")
    return artifact, (y, on_cpu), counters


@pytest.mark.parametrize(
    "permute, dtype", [("none", "<f4"), ("columns", "<f2"), ("gyro", "<f4")]
)
def test_saliency_decides_what_is_kept(commands, place, permute, dtype):
    """Of layer 0 the N largest of the file's numbers, of layer 1 the largest |w|."""
    matrix, x = saliency(dtype=dtype), random_tokens(5, 64)
    (place / "s.safetensors").write_bytes(safetensors(main_0=matrix))
    options = ["--saliency=%s" % (place / "s.safetensors"), "--permute=" + permute]
    artifact, results, _ = compile_and_run(commands, place, x, *options)
    orders = artifact.orders(TWO)
    judged = [linalg.Layer(matrix.astype(np.float32)), TWO[1]]
    permuted = files.in_order(TWO, orders)
    columns = [reference.kept_columns(layer.inputs, 0.5) for layer in TWO]
    stored = artifact.stored_layers("sm_80", permuted, 64, columns)
    masks, differ = [], 0
    for layer, judge, order, s in zip(permuted, judged, orders, stored):
        reference.check_index(s.vector_index, layer.inputs)
        kept = reference.mask_of(judge.weight[np.ix_(*order)], s.vector_index, 64)
        found = files.stored_format.dense_of(s, layer.outputs, layer.inputs, 64)
        np.testing.assert_array_equal(found, reference.half(np.where(kept, layer.weight, 0)))
        differ += (kept != reference.mask_of(layer.weight, s.vector_index, 64)).sum()
        masks.append(np.zeros_like(kept))
        masks[-1][np.ix_(*order)] = kept
        if permute == "none":
            best = reference.top_columns(np.abs(judge.weight), 64, len(s.vector_index[0]))
            np.testing.assert_array_equal(np.sort(s.vector_index), best)
    assert differ > 400, "the saliency keeps what |w| keeps"
    expected, bound = reference.run(TWO, masks, x)
    for y in results:
        checks.check_result(y, expected, bound, permute)


def test_overrides_take_effect(commands, place):
    """Layer 0 by the file, 1 by the options, 2 dense."""
    layers, x = [*TWO, random_layer(32, 64, seed=2)], random_tokens(5, 64)
    (place / "model.mlir").write_text(linalg.print_module(layers, 5))
    settings = {"main.0": {"vector": 32, "column_sparsity": 0.75}, "main.2": {"dense": True}}
    (place / "o.json").write_text(json.dumps(settings))
    option = "--overrides=%s" % (place / "o.json")
    artifact, results, _ = compile_and_run(commands, place, x, option)
    said = [(e["name"], e["vector"], e["columns"]) for e in artifact.report["layers"]]
    assert said == [("main.0", 32, 16), ("main.1", 64, 64)]
    orders, masks = artifact.orders(TWO), []
    for layer, order, (_, vector, k) in zip(files.in_order(TWO, orders), orders, said):
        (s,) = artifact.stored_layers("sm_80", [layer], vector, [k])
        masks.append(np.zeros(layer.weight.shape, bool))
        masks[-1][np.ix_(*order)] = reference.mask_of(layer.weight, s.vector_index, vector)
    h, error = reference.run(TWO, masks, x)
    w = layers[2].weight.astype(np.float64)
    depth = np.abs(h) @ np.abs(w).T * 64 * 2.0**-24
    for y in results:
        bound = error @ np.abs(w).T + depth + 1e-6
        checks.check_result(y, h @ w.T + layers[2].bias, bound, "dense")


def test_fold_off(commands, place):
    """The same numbers from more kernels."""
    found, x = [], random_tokens(5, 64)
    for fold in ("on", "off"):
        options = ["--permute=gyro", "--fold=" + fold]
        artifact, results, counters = compile_and_run(commands, place, x, *options)
        found.append((artifact.report["permutations"], results, len(counters)))
    (on, folded, few), (off, copied, many) = found
    assert on["left"] == 0 and off["left"] == off["found"] == on["found"] == on["folded"] > 0
    assert many > few
    np.testing.assert_array_equal(folded, copied)


HEAD = """func.func @main(%x: T) -> T {
%c0 = arith.constant 0 : index
%c1 = arith.constant 1 : index
%c4 = arith.constant 4 : index
%zero = arith.constant 0.0 : f32
%w = arith.constant dense<0.5> : tensor<64x64xf32>
%e = tensor.empty() : T
%f = linalg.fill ins(%zero : f32) outs(%e : T) -> T
%a = linalg.matmul ins(%x, %w : T, tensor<64x64xf32>) outs(%f : T) -> T
"""
# What stands behind a layer's result %a of type T, and what the message names.
BEHIND = {
    "for": ("%s = scf.for %i = %c0 to %c4 step %c1 iter_args(%v = %zero) -> f32 {\n"
            "%n = tensor.extract %a[%i, %c0] : T\nscf.yield %n : f32 }\n"
            "%y = linalg.fill ins(%s : f32) outs(%x : T) -> T", "scf.for"),
    "if": ("%p = arith.cmpf ogt, %d, %zero : f32\n%y = scf.if %p -> T {\n"
           "%n = math.absf %a : T\nscf.yield %n : T } else { scf.yield %a : T }", "scf.if"),
    "while": ("%y = scf.while (%v = %a) : (T) -> T {\n"
              "%n = tensor.extract %v[%c0, %c1] : T\n%p = arith.cmpf ogt, %n, %zero : f32\n"
              "scf.condition(%p) %v : T } do {\n^bb0(%v: T):\n"
              "%m = arith.negf %v : T\nscf.yield %m : T }", "scf.while"),
    "forall": ("%y = scf.forall (%i) in (5) shared_outs(%o = %e) -> T {\n"
               "%s = tensor.extract_slice %a[%i, 0] [1, 64] [1, 1] : T to tensor<1x64xf32>\n"
               "scf.forall.in_parallel { tensor.parallel_insert_slice %s into "
               "%o[%i, 0] [1, 64] [1, 1] : tensor<1x64xf32> into T } }", "scf.forall"),
    "data-on-the-host": ("%y = tensor.insert %d into %a[%c1, %c4] : T",
                         "would access device memory from the host"),
}


@pytest.mark.parametrize("name", BEHIND)
def test_control_flow_of_the_host(commands, place, name):
    """One error, at the construct's own lines, in the program's own words."""
    behind, pattern = BEHIND[name]
    head = HEAD + "%d = tensor.extract %a[%c0, %c1] : T\n" * ("%d" in behind)
    text = head + behind + "\nreturn %y : T\n}\n"
    (place / "model.mlir").write_text(text.replace("T", "tensor<5x64xf32>"))
    lines = range(HEAD.count("\n") + 1, text.count("\n") - 1)
    refuse(commands, place, [], [pattern, "model.mlir:(%s):" % "|".join(map(str, lines))])

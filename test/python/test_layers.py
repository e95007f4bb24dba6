# ===- test_layers.py - single layers of any shape ---------------- -*- Python -*-===#
#
# Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""One layer, any O x I and any number of tokens, against numpy."""
import numpy as np
import pytest

from conftest import random_layer, random_tokens
from hinm import checks, reference

# O, I, V, share of the columns that are dropped.
SHAPES = [
    (96, 80, 32, 0.5),
    (190, 262, 32, 0.5),
    (140, 531, 64, 0.75),
    (320, 100, 128, 0.5),
    (1, 36, 64, 0.5),
    (512, 1024, 64, 0.5),
]
IDS = ["%dx%d-v%d" % shape[:3] for shape in SHAPES]


@pytest.mark.parametrize("tokens", [1, 5, 130, 1000])
@pytest.mark.parametrize("outputs, inputs, vector, sparsity", SHAPES, ids=IDS)
def test_dynamic_tokens(stack, outputs, inputs, vector, sparsity, tokens):
    if tokens == 1000 and outputs * inputs > 100000:
        pytest.skip("the promises' test runs 1024 tokens of this layer")
    layer = random_layer(outputs, inputs)
    compiled = stack([layer], None, vector, sparsity)
    compiled.check(random_tokens(tokens, inputs))


@pytest.mark.parametrize(
    "shape, tokens",
    [(SHAPES[0], 130), (SHAPES[1], 5), (SHAPES[2], 1), (SHAPES[3], 1000), (SHAPES[4], 5)],
    ids=["130", "5", "1", "1000", "5-one-row"],
)
def test_static_tokens(stack, shape, tokens):
    outputs, inputs, vector, sparsity = shape
    compiled = stack([random_layer(outputs, inputs)], tokens, vector, sparsity)
    compiled.check(random_tokens(tokens, inputs))


@pytest.mark.parametrize(
    "outputs, inputs, vector",
    [(1, 1, 32), (1, 2, 32), (2, 3, 64), (31, 5, 32), (33, 7, 32), (129, 65, 128)],
)
def test_smallest_and_odd(stack, outputs, inputs, vector):
    compiled = stack([random_layer(outputs, inputs)], None, vector)
    compiled.check(random_tokens(3, inputs))


@pytest.mark.parametrize("chip", ["sm_86", "sm_89", "sm_90", "sm_100", "sm_120"])
def test_other_chips(stack, chip):
    compiled = stack([random_layer(96, 80)], None, 32, chip=chip)
    compiled.check(random_tokens(9, 80), devices=["emulator"])
    assert compiled.artifact.file(chip, "cubin").stat().st_size > 0


@pytest.mark.parametrize("shape", [SHAPES[0], SHAPES[2]], ids=[IDS[0], IDS[2]])
@pytest.mark.parametrize("device", ["emulator", "cpu"])
def test_one_hot_inputs_read_back_the_kept_weights(stack, shape, device):
    outputs, inputs, vector, sparsity = shape
    layer = random_layer(outputs, inputs, bias=False)
    compiled = stack([layer], None, vector, sparsity)
    kept = reference.half(np.where(compiled.masks()[0], layer.weight, 0))
    y, _ = compiled.run(np.eye(inputs, dtype=np.float32), device)
    assert np.array_equal(y, kept.T)


@pytest.mark.parametrize("shape", SHAPES, ids=IDS)
def test_none_keeps_the_largest_columns(stack, shape):
    outputs, inputs, vector, sparsity = shape
    layer = random_layer(outputs, inputs)
    compiled = stack([layer], None, vector, sparsity, permute="none")
    index = reference.top_columns(
        np.abs(layer.weight), vector, reference.kept_columns(inputs, sparsity)
    )
    expected = reference.mask_of(layer.weight, index, vector)
    assert np.array_equal(compiled.masks()[0], expected)


@pytest.mark.parametrize("shape", SHAPES, ids=IDS)
def test_columns_keeps_no_less_than_none(stack, shape):
    outputs, inputs, vector, sparsity = shape
    layer = random_layer(outputs, inputs)
    kept = [
        reference.retained(layer.weight, stack([layer], None, vector, sparsity, name).masks()[0])
        for name in ("none", "columns")
    ]
    assert kept[1] >= kept[0]


@pytest.mark.parametrize("shape", SHAPES[:3], ids=IDS[:3])
def test_both_forms_hold_the_same_weights(stack, shape):
    outputs, inputs, vector, sparsity = shape
    compiled = stack([random_layer(outputs, inputs)], None, vector, sparsity)
    assert np.array_equal(compiled.masks("cpu")[0], compiled.masks()[0])


def test_infinities_do_not_leak(stack):
    """A dropped input may be infinite: nothing of it is ever multiplied."""
    layer = random_layer(32, 512, bias=False)
    compiled = stack([layer], None, 32, 0.75)
    mask = compiled.masks()[0]
    x = random_tokens(8, 512)
    dropped = ~mask.any(axis=0)
    # One tile drops three quarters of the columns whole.
    assert dropped.sum() >= 384
    expected, bound = reference.run([layer], [mask], x)
    x[:, dropped] = np.inf
    for device in ("emulator", "cpu"):
        y, _ = compiled.run(x, device)
        checks.check_result(y, expected, bound, device)


def test_all_zero_weight(stack):
    layer = random_layer(64, 64)
    layer.weight = np.zeros_like(layer.weight)
    compiled = stack([layer], None)
    x = random_tokens(5, 64)
    for device in ("emulator", "cpu"):
        y, _ = compiled.run(x, device)
        assert np.array_equal(y, np.broadcast_to(layer.bias, y.shape))


def test_zero_sparsity_drops_no_column(stack):
    layer = random_layer(64, 64)
    compiled = stack([layer], None, 64, 0.0)
    assert compiled.masks()[0].sum() == 64 * 32
    compiled.check(random_tokens(6, 64))


def test_check_and_reference_options(stack, commands, tmp_path):
    layer = random_layer(96, 80)
    compiled = stack([layer], None, 32)
    x = random_tokens(5, 80)
    expected, _ = reference.run([layer], compiled.masks(), x)
    right = tmp_path / "right.npy"
    np.save(right, expected.astype(np.float32))
    compiled.run(x, "emulator", "--check", "--reference=%s" % right)
    expected[2, 7] += 0.5
    wrong = tmp_path / "wrong.npy"
    np.save(wrong, expected.astype(np.float32))
    result = commands.attempt(
        "hinm-run",
        compiled.artifact.path,
        "--device=cpu",
        "--input=%s" % (compiled.folder / "x0.npy"),
        "--reference=%s" % wrong,
    )
    assert result.returncode == 1
    assert "[2, 7]" in result.stdout + result.stderr


def test_compilation_is_deterministic(commands, tmp_path):
    from hinm import linalg

    model = tmp_path / "model.mlir"
    model.write_text(linalg.print_module([random_layer(190, 262)], None))
    for threads in (1, 2):
        commands.compile(model, tmp_path / str(threads), "--search-threads=%d" % threads)
    for name in ("sm_80/weights.safetensors", "sm_80/kernels.ptx", "cpu/weights.safetensors"):
        one, two = ((tmp_path / folder / name).read_bytes() for folder in "12")
        assert one == two, name

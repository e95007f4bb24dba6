# ===- test_networks.py - layers behind one another --------------- -*- Python -*-===#
#
# Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""Several layers with elementwise ops between them."""
import numpy as np
import pytest

from conftest import random_layer, random_tokens
from hinm import checks, files, reference


@pytest.mark.parametrize("tokens", [None, 130], ids=["dynamic", "static"])
def test_two_layers_with_relu(stack, tokens):
    layers = [random_layer(190, 96, relu=True), random_layer(80, 190, seed=1)]
    compiled = stack(layers, tokens, 32)
    for count in [tokens] if tokens else [1, 5, 130]:
        compiled.check(random_tokens(count, 96))


def test_three_layers_some_without_bias(stack):
    layers = [
        random_layer(128, 72, bias=False, relu=True),
        random_layer(65, 128, seed=1, relu=True),
        random_layer(40, 65, seed=2, bias=False),
    ]
    compiled = stack(layers, None, 64)
    compiled.check(random_tokens(21, 72))


def test_elementwise_op_that_is_not_relu(commands, tmp_path):
    """gelu by tanh behind a layer, then another layer; a residual at the end."""
    first, second = random_layer(64, 48), random_layer(48, 64, seed=1)
    model = tmp_path / "model.mlir"
    model.write_text(GELU_MODEL.format(
        w1=literal(first.weight), w2=literal(second.weight), b1=literal(first.bias)
    ))
    commands.compile(model, tmp_path / "artifact", "--vector=32")
    read = files.Artifact(tmp_path / "artifact")
    second.bias = None
    masks = checks.check_weights(read, "sm_80", [first, second], 32, 0.5)
    x = random_tokens(20, 48)
    w1, w2 = (
        reference.half(np.where(mask, layer.weight, 0))
        for mask, layer in zip(masks, (first, second))
    )
    h = reference.half(x) @ w1.T + first.bias
    h = h * 0.5 * (1 + np.tanh(h))
    expected = reference.half(h) @ w2.T + x
    for device in ("emulator", "cpu"):
        y, _ = commands.run_artifact(tmp_path / "artifact", [x], tmp_path, device)
        assert np.abs(y - expected).max() < 4e-3, device


def literal(array):
    return np.array2string(
        array, separator=", ", threshold=10**9, max_line_width=10**9,
        formatter={"float_kind": lambda value: "%.9e" % value},
    )


GELU_MODEL = """
#map = affine_map<(d0, d1) -> (d1)>
#map1 = affine_map<(d0, d1) -> (d0, d1)>
func.func @main(%x: tensor<?x48xf32>) -> tensor<?x48xf32> {{
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %half = arith.constant 0.5 : f32
  %one = arith.constant 1.0 : f32
  %w1 = arith.constant dense<{w1}> : tensor<64x48xf32>
  %w2 = arith.constant dense<{w2}> : tensor<48x64xf32>
  %b1 = arith.constant dense<{b1}> : tensor<64xf32>
  %n = tensor.dim %x, %c0 : tensor<?x48xf32>
  %e1 = tensor.empty() : tensor<48x64xf32>
  %t1 = linalg.transpose ins(%w1 : tensor<64x48xf32>) outs(%e1 : tensor<48x64xf32>) permutation = [1, 0]
  %e2 = tensor.empty(%n) : tensor<?x64xf32>
  %f2 = linalg.fill ins(%zero : f32) outs(%e2 : tensor<?x64xf32>) -> tensor<?x64xf32>
  %y1 = linalg.matmul ins(%x, %t1 : tensor<?x48xf32>, tensor<48x64xf32>) outs(%f2 : tensor<?x64xf32>) -> tensor<?x64xf32>
  %a1 = linalg.generic {{indexing_maps = [#map1, #map, #map1], iterator_types = ["parallel", "parallel"]}} ins(%y1, %b1 : tensor<?x64xf32>, tensor<64xf32>) outs(%e2 : tensor<?x64xf32>) {{
  ^bb0(%in: f32, %b: f32, %out: f32):
    %h = arith.addf %in, %b : f32
    %t = math.tanh %h : f32
    %p = arith.addf %t, %one : f32
    %q = arith.mulf %h, %half : f32
    %r = arith.mulf %q, %p : f32
    linalg.yield %r : f32
  }} -> tensor<?x64xf32>
  %e3 = tensor.empty() : tensor<64x48xf32>
  %t2 = linalg.transpose ins(%w2 : tensor<48x64xf32>) outs(%e3 : tensor<64x48xf32>) permutation = [1, 0]
  %e4 = tensor.empty(%n) : tensor<?x48xf32>
  %f4 = linalg.fill ins(%zero : f32) outs(%e4 : tensor<?x48xf32>) -> tensor<?x48xf32>
  %y2 = linalg.matmul ins(%a1, %t2 : tensor<?x64xf32>, tensor<64x48xf32>) outs(%f4 : tensor<?x48xf32>) -> tensor<?x48xf32>
  %r2 = linalg.generic {{indexing_maps = [#map1, #map1, #map1], iterator_types = ["parallel", "parallel"]}} ins(%y2, %x : tensor<?x48xf32>, tensor<?x48xf32>) outs(%e4 : tensor<?x48xf32>) {{
  ^bb0(%in: f32, %b: f32, %out: f32):
    %h = arith.addf %in, %b : f32
    linalg.yield %h : f32
  }} -> tensor<?x48xf32>
  return %r2 : tensor<?x48xf32>
}}
"""


TWO_INPUTS = """
func.func @main(%a: tensor<?x32xf32>, %b: tensor<?x32xf32>) -> tensor<?x32xf32> {
  %w = arith.constant dense<0.5> : tensor<32x32xf32>
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %n = tensor.dim %a, %c0 : tensor<?x32xf32>
  %m = tensor.dim %b, %c0 : tensor<?x32xf32>
  %same = arith.cmpi eq, %n, %m : index
  cf.assert %same, "mismatched size for broadcast"
  %e = tensor.empty(%n) : tensor<?x32xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<?x32xf32>) -> tensor<?x32xf32>
  %y = linalg.matmul ins(%a, %w : tensor<?x32xf32>, tensor<32x32xf32>)
      outs(%f : tensor<?x32xf32>) -> tensor<?x32xf32>
  %z = linalg.add ins(%y, %b : tensor<?x32xf32>, tensor<?x32xf32>)
      outs(%e : tensor<?x32xf32>) -> tensor<?x32xf32>
  return %z : tensor<?x32xf32>
}
"""


@pytest.mark.parametrize("device", ["emulator", "cpu"])
def test_sizes_that_an_assertion_refuses(commands, tmp_path, device):
    """Two inputs of one token count; another count is one error, not an abort."""
    model = tmp_path / "model.mlir"
    model.write_text(TWO_INPUTS)
    commands.compile(model, tmp_path / "artifact", "--vector=32")
    for name, tokens in (("a", 3), ("b", 3), ("c", 4)):
        np.save(tmp_path / ("%s.npy" % name), np.ones((tokens, 32), np.float32))

    def attempt(second):
        return commands.attempt(
            "hinm-run", tmp_path / "artifact", "--device=%s" % device,
            "--input", tmp_path / "a.npy", "--input", tmp_path / second,
            "--output", tmp_path / "y.npy",
        )

    assert attempt("b.npy").returncode == 0
    # 2 of 4 of half the 32 columns stay: 8 entries of 0.5, and 1 of the second input.
    assert np.array_equal(np.load(tmp_path / "y.npy"), np.full((3, 32), 5.0, np.float32))
    refused = attempt("c.npy")
    assert refused.returncode == 1
    assert "do not fit together" in refused.stderr and "4x32" in refused.stderr

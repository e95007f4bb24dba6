# ===- mutation_cases.py - models whose kernels are mutated -------- -*- Python -*-===#
#
# Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""Small models that have the compiler emit each of its kernels, and their results in
numpy, for test_mutations.py."""
import dataclasses
import functools

import numpy as np

from conftest import random_layer, random_tokens
from hinm import block_reference, feed_forward, linalg, reference
from hinm.feed_forward import Rows, Value
from hinm.printer import Printer, resource_names, tensor_type
from programs import Program

UNIT = 2.0**-24
RAGGED = 69  # Tokens where their number is dynamic: no multiple of a tile, nor of 8.


@dataclasses.dataclass
class Case:
    """A model, how it is compiled, its inputs, its result, and a bound on each error.

    Most layers have more steps than the pipeline has stages: else part of a kernel
    copies and multiplies nothing but padding.
    """

    text: str
    options: list
    inputs: list
    expected: np.ndarray
    bound: np.ndarray


def bf16(array):
    """Rounded to bf16, as f64."""
    bits = np.asarray(array, np.float32).view(np.uint32)
    bits = bits + 0x7FFF + (bits >> 16 & 1) & np.uint32(0xFFFF0000)
    return bits.view(np.float32).astype(np.float64)


def kept(layer, vector, sparsity):
    """The mask of a layer whose rows keep their order."""
    columns = reference.kept_columns(layer.inputs, sparsity)
    index = reference.top_columns(np.abs(layer.weight), vector, columns)
    return reference.mask_of(layer.weight, index, vector)


def drop_channels(layer):
    """Makes the first channels too small for any tile to keep."""
    layer.weight[:, :2] *= 1e-3


def with_infinities(x, mask):
    """x with infinities where no tile reads: a product with them, be it by zero, shows."""
    return np.where(mask.any(axis=0), x, np.float32(np.inf))


def multiply(layer, mask, h, error, rounded):
    """The layer's result of h, known within `error`, and a bound on its error."""
    low, found, high = rounded(h - error), rounded(h), rounded(h + error)
    w = rounded(np.where(mask, layer.weight, 0))
    error = np.maximum(high - found, found - low) @ np.abs(w).T
    error += np.abs(found) @ np.abs(w).T * layer.inputs * UNIT + 1e-30
    y = found @ w.T + (0 if layer.bias is None else layer.bias.astype(np.float64))
    error += np.abs(y) * 2 * UNIT
    return (np.maximum(y, 0) if layer.relu else y), error


def stack_case(vector, tokens, storage, sizes, bias=True, sparsity=0.5):
    """Layers one behind another, a ReLU behind all but the last of several."""
    pairs = list(zip(sizes, sizes[1:]))
    layers = [
        random_layer(outputs, inputs, i, bias, bias and (outputs != sizes[-1] or i == 0))
        for i, (inputs, outputs) in enumerate(pairs)
    ]
    if sparsity:
        drop_channels(layers[0])
    masks = [kept(layer, vector, sparsity) for layer in layers]
    rounded = bf16 if storage == "bf16" else reference.half
    x = random_tokens(tokens or RAGGED, sizes[0])
    y, error = x.astype(np.float64), np.zeros(x.shape)
    for layer, mask in zip(layers, masks):
        y, error = multiply(layer, mask, y, error, rounded)
    x = with_infinities(x, masks[0])
    options = ["--vector=%d" % vector, "--storage=" + storage]
    options += ["--column-sparsity=%g" % sparsity, "--permute=none"]
    return Case(linalg.print_module(layers, tokens), options, [x], y, error)


def block_case(tokens, size, hidden):
    """A feed-forward block with GELU, a residual and a layer norm."""
    norm = np.random.default_rng(0).standard_normal((2, size)).astype(np.float32)
    layers = random_layer(hidden, size), random_layer(size, hidden)
    block = feed_forward.Block(*layers, *norm, 1e-12)
    masks = [kept(layer, 64, 0) for layer in layers]
    x = random_tokens(tokens or RAGGED, size)
    y, error, _ = block_reference.masked(block, masks, x)
    options = ["--vector=64", "--column-sparsity=0", "--permute=none"]
    return Case(feed_forward.print_block(block, tokens), options, [x], y, error)


def attention_case():
    """softmax(q q' / root) q of q = layer(x): reductions, and products of f32."""
    tokens, size, inner = 24, 1000, 40
    layer = random_layer(inner, size)
    drop_channels(layer)
    printed = Printer(tokens)
    arrays = [layer.weight, layer.bias]
    names = [printed.weight(*pair) for pair in zip(arrays, resource_names(arrays))]
    printed.add("%%root = arith.constant %e : f32" % np.sqrt(inner))
    printed.add("%least = arith.constant 0xFF800000 : f32")
    rows = Rows(printed)

    def product(a, b):
        shape = a.shape[0], b.shape[1]
        types = [tensor_type(x) for x in (a.shape, b.shape, shape)]
        text = "linalg.matmul ins(%s, %s : %s, %s) outs(%s : %s) -> %s"
        text %= (a.name, b.name, *types[:2], printed.zeros(shape), types[2], types[2])
        return Value(printed.define(text), shape, "f32")

    def reduce(op, x, start):
        body = ["%%r = %s %%in, %%out : f32" % op, "linalg.yield %r : f32"]
        shape = tokens, 1
        text = "linalg.fill ins(%s : f32) outs(%s : %s) -> %s"
        text %= (start, printed.empty(shape), tensor_type(shape), tensor_type(shape))
        start = printed.define(text)
        return rows.print_generic([x], shape, "f32", body, start, reduce=True)

    q = linalg.print_linear(printed, "%arg0", layer, *names)
    q = Value(q, (tokens, inner), "f32")
    turned = inner, tokens
    text = "linalg.transpose ins(%s : %s) outs(%s : %s) permutation = [1, 0]"
    text %= (q.name, tensor_type(q.shape), printed.empty(turned), tensor_type(turned))
    scores = product(q, Value(printed.define(text), turned, "f32"))
    scores = rows.apply("arith.divf", scores, constant="%root")
    shares = rows.apply("arith.subf", scores, reduce("arith.maximumf", scores, "%least"))
    shares = rows.apply("math.exp", shares)
    shares = rows.apply("arith.divf", shares, reduce("arith.addf", shares, "%cst"))
    text = printed.module("main", (tokens, size), product(shares, q).name, q.shape)

    x = random_tokens(tokens, size)
    mask = kept(layer, 32, 0.5)
    q, error = multiply(layer, mask, x, np.zeros(x.shape), reference.half)
    scores = q @ q.T / np.sqrt(inner)
    shares = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    # A score's error, of both its factors, changes a share by twice as much of it.
    error = error.max() + np.abs(q).max() ** 2 * inner * (error.max() + 4 * UNIT)
    options = ["--vector=32", "--permute=none"]
    x = with_infinities(x, mask)
    return Case(text, options, [x], shares @ q, np.full(q.shape, error))


def program_case():
    """w x + r of integers in feature-major f16 and f32, permuted as the program runs."""
    random = np.random.default_rng(0)
    program, outputs, inputs, tokens = Program("main"), 72, 904, 40
    x = program.argument(random.integers(1, 9, (inputs, tokens)), "f16", False, False)
    r = program.argument(random.integers(1, 99, (outputs, tokens)), "f32", False, False)
    w = random.permuted(np.arange(1.0, 1 + inputs)[None].repeat(outputs, 0), axis=1)
    index = reference.top_columns(w, 64, 452)
    w = np.where(reference.mask_of(w, index, 64), random.choice([-1.0, 1, 2], w.shape), 0)
    weight = program.encode(w, w, np.arange(outputs), index, 64, "f16")
    y = program.matmul(weight, x, "f16", r, "addf")
    y = program.permute(y, random.permutation(outputs))
    program.result(y, token_major=False)
    program.finish()
    (_, expected, _) = program.expected[0]
    arrays = [array.astype(t) for (array, _), t in zip(program.inputs, ("f2", "f4"))]
    return Case(program.text, ["--allow-runtime-permute"], arrays, expected, 0)


CASES = {
    "v32-static-f16": functools.partial(stack_case, 32, 40, "f16", [1000, 40], False),
    # Fewer steps than stages: unrolled.
    "v32-short-f16": functools.partial(stack_case, 32, 40, "f16", [384, 40]),
    "v32-dynamic-bf16": functools.partial(stack_case, 32, None, "bf16", [1000, 40]),
    "v64-dynamic-f16": functools.partial(stack_case, 64, None, "f16", [1000, 72]),
    "v64-static-bf16": functools.partial(
        stack_case, 64, 40, "bf16", [448, 456, 72], sparsity=0
    ),
    "v128-static-f16": functools.partial(stack_case, 128, 40, "f16", [1000, 136]),
    "v128-dynamic-bf16": functools.partial(
        stack_case, 128, None, "bf16", [1000, 136], False
    ),
    "block-static": functools.partial(block_case, 40, 448, 456),
    "block-dynamic": functools.partial(block_case, None, 192, 264),
    "attention": attention_case,
    "program": program_case,
}

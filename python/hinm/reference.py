# ===- reference.py - what the pattern keeps, in plain numpy --------- -*- Python -*-===#
#
# Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""Hierarchical N:M selection in plain numpy, written from docs/design.md alone.

The tests hold the compiler against it, so it shares no code with it.
"""
import math

import numpy as np


def kept_columns(inputs, sparsity, m=4):
    """K: column vectors that a tile keeps."""
    return max(m, math.floor(inputs * (1 - sparsity) / m) * m)


def top_columns(saliency, vector, columns):
    """vector_index[T][K] of the largest column sums of each tile, ascending."""
    rows, inputs = saliency.shape
    tiles = -(-rows // vector)
    index = np.full((tiles, columns), -1, np.int32)
    kept = min(columns, inputs)
    for t in range(tiles):
        sums = saliency[t * vector : (t + 1) * vector].astype(np.float64).sum(axis=0)
        best = np.argsort(-sums, kind="stable")[:kept]
        index[t, :kept] = np.sort(best)
    return index


def mask_of(weight, vector_index, vector, n=2, m=4):
    """Which entries of `weight` are kept, given each tile's packing order."""
    rows, _ = weight.shape
    mask = np.zeros(weight.shape, bool)
    saliency = np.abs(weight.astype(np.float64))
    for t, index in enumerate(vector_index):
        first, last = t * vector, min((t + 1) * vector, rows)
        # Places that hold nothing come after every real one.
        packed = np.where(index >= 0, saliency[first:last][:, index], -1.0)
        groups = packed.reshape(last - first, -1, m)
        # A stable sort puts the lower position first where two are equal.
        order = np.argsort(-groups, axis=2, kind="stable")[:, :, :n]
        chosen = np.zeros(groups.shape, bool)
        np.put_along_axis(chosen, order, True, axis=2)
        chosen = chosen.reshape(last - first, -1)
        for k, column in enumerate(index):
            if column >= 0:
                mask[first:last, column] = chosen[:, k]
    return mask


def check_index(vector_index, inputs):
    """Raises ValueError unless each tile names different channels."""
    for t, index in enumerate(vector_index):
        real = index[index >= 0]
        if len(np.unique(real)) != len(real):
            raise ValueError("tile %d keeps a channel twice" % t)
        if len(real) and real.max() >= inputs:
            raise ValueError("tile %d keeps channel %d of %d" % (t, real.max(), inputs))
        if len(real) != min(len(index), inputs):
            raise ValueError(
                "tile %d keeps %d channels of %d, expected %d"
                % (t, len(real), inputs, min(len(index), inputs))
            )


def retained(weight, mask):
    """Share of |w| that the mask keeps."""
    saliency = np.abs(weight.astype(np.float64))
    total = saliency.sum()
    return float(saliency[mask].sum() / total) if total else 1.0


def unstructured_bound(weight, count):
    """Share of |w| in the `count` largest entries: no pattern keeps more."""
    saliency = np.sort(np.abs(weight.astype(np.float64)), axis=None)
    total = saliency.sum()
    return float(saliency[len(saliency) - count :].sum() / total) if total else 1.0


def half(array):
    """Rounded to f16, as f64."""
    return array.astype(np.float16).astype(np.float64)


def rounded(h, error):
    """h rounded to f16, and how far an f16 within `error` of h may be from that."""
    found = half(h)
    return found, np.maximum(half(h + error) - found, found - half(h - error))


def multiply(layer, mask, h, error):
    """h @ weight.T + bias where the mask is set, and a bound on each entry's error.

    Operands are rounded to f16, sums are exact here and f32 in a kernel.
    """
    operand, error = rounded(h, error)
    w = half(np.where(mask, layer.weight, 0))
    h = operand @ w.T
    depth = max(w.shape[1], 1)
    error = error @ np.abs(w).T + (np.abs(operand) @ np.abs(w).T) * depth * 2.0**-24
    if layer.bias is not None:
        h = h + layer.bias.astype(np.float64)
    return h, error + np.abs(h) * 2.0**-23 + 1e-30


def run(layers, masks, x):
    """The stack's result in f64, and a bound on the error of each entry."""
    h = x.astype(np.float64)
    error = np.zeros_like(h)
    for layer, mask in zip(layers, masks):
        h, error = multiply(layer, mask, h, error)
        if layer.relu:
            h = np.maximum(h, 0)
    return h, error

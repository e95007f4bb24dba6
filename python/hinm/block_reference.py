# ===- block_reference.py - a feed-forward block in plain numpy ------ -*- Python -*-===#
#
# Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""norm(down(gelu(up(x))) + x) in f64: unpruned, and as the pattern computes it.

The latter rounds where a kernel does: each weight and what it is multiplied with
are f16. Everything else is f32 there and exact here, within a bound.
"""
import math

import numpy as np

from . import reference

# An entry's relative error in f32: one rounding, and erf or rsqrt by polynomials.
UNIT = 2.0**-24
FUNCTION = 2.0**-20
# The largest slope of GELU.
STEEPEST = 1.13

erf = np.vectorize(math.erf, otypes=[np.float64])


def gelu(h):
    return h * 0.5 * (1 + erf(h / math.sqrt(2)))


def norm(block, z, error):
    """Layer norm of the rows of z, and a bound, given a bound on each entry of z."""
    size = z.shape[1]
    mean = z.mean(axis=1, keepdims=True)
    centered = z - mean
    deviation = np.sqrt(np.square(centered).mean(axis=1, keepdims=True) + block.epsilon)
    y = centered / deviation
    # The deviation moves by no more than the root of the mean square of z's errors.
    moved = np.sqrt(np.square(error).mean(axis=1, keepdims=True))
    least = np.where(moved < deviation, deviation - moved, np.nan)
    error = error + error.mean(axis=1, keepdims=True)
    error = error + (size * np.abs(z).mean(axis=1, keepdims=True) + np.abs(z)) * UNIT
    error = (error + np.abs(y) * moved) / least + np.abs(y) * FUNCTION
    scale, shift = block.scale.astype(np.float64), block.shift.astype(np.float64)
    y = y * scale + shift
    return y, error * np.abs(scale) + (np.abs(y) + np.abs(shift)) * 4 * UNIT


def masked(block, masks, x):
    """(block's result, bound on its error, down's result): the tokens of x in f32."""
    start = x.astype(np.float64)
    h, error = reference.multiply(block.up, masks[0], start, np.zeros_like(start))
    h, error = gelu(h), STEEPEST * error + np.abs(h) * FUNCTION
    part, error = reference.multiply(block.down, masks[1], h, error)
    z = part + start
    y, error = norm(block, z, error + np.abs(z) * UNIT)
    return y, error, part


def unpruned(block, x):
    """(block's result, down's result) with every weight and no rounding."""
    start = h = x.astype(np.float64)
    h = gelu(h @ block.up.weight.astype(np.float64).T + block.up.bias)
    part = h @ block.down.weight.astype(np.float64).T + block.down.bias
    y, _ = norm(block, part + start, np.zeros_like(start))
    return y, part


def cosine(found, expected):
    """The mean over the tokens of the cosine between both."""
    found, expected = found.astype(np.float64), expected.astype(np.float64)
    products = (found * expected).sum(axis=1)
    lengths = np.linalg.norm(found, axis=1) * np.linalg.norm(expected, axis=1)
    return float((products / lengths).mean())

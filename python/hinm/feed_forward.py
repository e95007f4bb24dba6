# ===- feed_forward.py - a feed-forward block as torch-mlir prints it - -*- Python -*-===#
#
# Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""Prints a transformer's feed-forward blocks exactly as torch-mlir prints them.

    norm(down(gelu(up(x))) + x)

with the exact (erf) GELU, and the variance of the layer norm taken in f64.
test_export.py holds the text against torch-mlir's own.
"""
import collections
import dataclasses

import numpy as np

from .linalg import Layer, print_linear
from .printer import Printer, resource_names, tensor_type


@dataclasses.dataclass
class Block:
    """x [tokens, I] -> up [H, I] -> GELU -> down [I, H] -> + x -> layer norm."""

    up: Layer
    down: Layer
    scale: np.ndarray  # [I]
    shift: np.ndarray  # [I]
    epsilon: float  # of the layer norm

    @property
    def layers(self):
        return [self.up, self.down]

    @property
    def arrays(self):
        up, down = self.up, self.down
        return [up.weight, up.bias, down.weight, down.bias, self.scale, self.shift]


GELU = [
    "%scaled = arith.divf %in, %root : f32",
    "%erf = math.erf %scaled : f32",
    "%above = arith.addf %erf, %one : f32",
    "%share = arith.mulf %above, %half : f32",
    "%gelu = arith.mulf %in, %share : f32",
    "linalg.yield %gelu : f32",
]

Value = collections.namedtuple("Value", "name shape element")


class Rows:
    """Ops on values of shape [tokens, features], [tokens, 1] and [features]."""

    def __init__(self, printer):
        self.printer = printer

    def print_generic(self, operands, shape, element, body, out=None, reduce=False):
        """`body` are lines on %in, %in_a and %out; the result has `shape`."""

        def map_of(size):
            if len(size) == 1:
                return "#map"
            return "#map2" if size[1] == 1 and longest != 1 else "#map1"

        longest = max(value.shape[-1] for value in operands)
        name = self.printer.generic(
            [map_of(value.shape) for value in operands] + [map_of(shape)],
            [
                (value.name, tensor_type(value.shape, value.element))
                for value in operands
            ],
            out or self.printer.empty(shape, element),
            tensor_type(shape, element),
            body,
            reduce,
        )
        return Value(name, shape, element)

    def apply(self, op, *operands, constant=None, to=None):
        """One op on each element, its last operand a constant, or a cast `to` a type."""
        shape, element = operands[0].shape, to or operands[0].element
        names = ["%in", "%in_a"][: len(operands)] + [constant] * bool(constant)
        types = "%s to %s" % (operands[0].element, to) if to else element
        body = [
            "%%r = %s %s : %s" % (op, ", ".join(names), types),
            "linalg.yield %%r : %s" % element,
        ]
        return self.print_generic(operands, shape, element, body)

    def mean(self, x, zero, size):
        """[tokens, features] to [tokens, 1]: the sum along a row, divided by `size`."""
        shape = (self.printer.tokens, 1)
        body = [
            "%%r = arith.addf %%in, %%out : %s" % x.element,
            "linalg.yield %%r : %s" % x.element,
        ]
        zeros = self.printer.zeros(shape, x.element, zero)
        total = self.print_generic([x], shape, x.element, body, zeros, reduce=True)
        return self.apply("arith.divf", total, constant=size)

    def variance(self, x):
        """[tokens, features] to [tokens, 1] by way of f64."""
        x = self.apply("arith.extf", x, to="f64")
        mean = self.mean(x, "%zero", "%size64")
        centered = self.apply("arith.subf", x, mean)
        square = self.apply("arith.mulf", centered, centered)
        variance = self.mean(square, "%zero", "%size64")
        return self.apply("arith.truncf", variance, to="f32")

    def norm(self, x, scale, shift):
        variance = self.variance(x)
        mean = self.mean(x, "%cst", "%size32")
        body = [
            "%e = arith.truncf %epsilon : f64 to f32",
            "%r = arith.addf %in, %e : f32",
            "linalg.yield %r : f32",
        ]
        raised = self.print_generic([variance], variance.shape, "f32", body)
        inverse = self.apply("math.rsqrt", raised)
        y = self.apply("arith.subf", x, mean)
        y = self.apply("arith.mulf", y, inverse)
        y = self.apply("arith.mulf", y, scale)
        return self.apply("arith.addf", y, shift)


def print_blocks(blocks, tokens=None, name="main"):
    """The text of a module with one function, block behind block.

    `tokens` None is dynamic. Sizes and epsilon are those of the first block.
    """
    first = blocks[0]
    for block in blocks:
        shapes = [layer.weight.shape for layer in block.layers]
        expected = [first.up.weight.shape, first.up.weight.shape[::-1]]
        if shapes != expected or block.epsilon != first.epsilon:
            raise ValueError(
                "blocks have weights of shapes %s and epsilon %g, got %s and %g"
                % (expected, first.epsilon, shapes, block.epsilon)
            )
    # Names count up from the first block; the text runs from the last.
    arrays = [array for block in blocks for array in block.arrays]
    names = resource_names(arrays)
    printer = Printer(tokens)
    values = [None] * len(arrays)

    printer.add("%one = arith.constant 1.000000e+00 : f32")
    printer.add("%half = arith.constant 5.000000e-01 : f32")
    printer.add("%zero = arith.constant 0.000000e+00 : f64")
    for i in reversed(range(len(arrays))):
        values[i] = Value(printer.weight(arrays[i], names[i]), arrays[i].shape, "f32")
        if i == 4:  # The first layer norm's scale.
            printer.add("%%epsilon = arith.constant %.16e : f64" % first.epsilon)
    printer.add("%root = arith.constant 1.41421354 : f32")
    printer.add("%%size64 = arith.constant %e : f64" % first.down.outputs)
    printer.add("%%size32 = arith.constant %e : f32" % first.down.outputs)
    if tokens is None:
        printer.size_of_tokens(first.up.inputs, as_integer=True)

    rows = Rows(printer)
    x = Value("%arg0", (tokens, first.up.inputs), "f32")
    for i, block in enumerate(blocks):
        x = print_body(rows, block, values[6 * i : 6 * i + 6], x)
    return printer.module(name, (tokens, first.up.inputs), x.name, x.shape)


def print_body(rows, block, values, x):
    """The ops of one block; `values` are the constants of its arrays."""
    up, up_bias, down, down_bias, scale, shift = values
    printer = rows.printer
    hidden = print_linear(printer, x.name, block.up, up.name, up_bias.name)
    hidden = Value(hidden, (printer.tokens, block.up.outputs), "f32")
    hidden = rows.print_generic([hidden], hidden.shape, "f32", GELU)
    y = print_linear(printer, hidden.name, block.down, down.name, down_bias.name)
    y = rows.apply("arith.addf", Value(y, x.shape, "f32"), x)
    return rows.norm(y, scale, shift)


def print_block(block, tokens=None, name="main"):
    """The text of a module with one function; `tokens` None is dynamic."""
    return print_blocks([block], tokens, name)

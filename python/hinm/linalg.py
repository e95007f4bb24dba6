# ===- linalg.py - linear layers as torch-mlir prints them ----------- -*- Python -*-===#
#
# Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""Prints a stack of linear layers exactly as torch-mlir prints `nn.Linear`.

A weight is a `dense_resource` blob of shape [outputs, inputs], transposed by
`linalg.transpose`; the bias is broadcast by one `linalg.generic` and added by
another; a dynamic number of tokens brings `cf.assert` along. test_export.py holds
the text against torch-mlir's own.
"""
import numpy as np

from .printer import Printer, resource_names, tensor_type


class Layer:
    """y = activation(x @ weight.T + bias); weight is [outputs, inputs]."""

    def __init__(self, weight, bias=None, relu=False):
        self.weight = np.ascontiguousarray(weight)
        self.bias = None if bias is None else np.ascontiguousarray(bias)
        self.relu = relu
        if self.weight.ndim != 2:
            raise ValueError("a weight has 2 dimensions, got shape %s" % (weight.shape,))
        if self.bias is not None and self.bias.shape != self.weight.shape[:1]:
            raise ValueError(
                "the bias of a weight of shape %s has shape %s, got %s"
                % (self.weight.shape, self.weight.shape[:1], self.bias.shape)
            )

    @property
    def outputs(self):
        return self.weight.shape[0]

    @property
    def inputs(self):
        return self.weight.shape[1]


def print_linear(printer, x, layer, weight, bias):
    """x @ weight.T + bias; `weight` and `bias` (or None) are the constants' names."""
    tokens, inputs, outputs = printer.tokens, layer.inputs, layer.outputs
    shape = (tokens, outputs)
    turned = tensor_type((inputs, outputs))
    result = tensor_type(shape)
    wt = printer.define(
        "linalg.transpose ins(%s : %s) outs(%s : %s) permutation = [1, 0]"
        % (
            weight,
            tensor_type((outputs, inputs)),
            printer.empty((inputs, outputs)),
            turned,
        )
    )
    out = printer.empty(shape)
    y = printer.define(
        "linalg.matmul ins(%s, %s : %s, %s) outs(%s : %s) -> %s"
        % (
            x,
            wt,
            tensor_type((tokens, inputs)),
            turned,
            printer.zeros(shape),
            result,
            result,
        )
    )
    if not bias:
        return y
    wide = out
    if tokens is None:
        valid = printer.once("valid", "arith.cmpi sge, %size, %c0_i64 : i64")
        printer.add('cf.assert %s, "negative values not allowed in new dimensions"' % valid)
        wide = printer.empty(shape, purpose="bias")
    broadcast = printer.generic(
        ["#map", "#map1"],
        [(bias, tensor_type((outputs,)))],
        wide,
        result,
        ["linalg.yield %in : f32"],
    )
    if tokens is None:
        printer.add('cf.assert %true, "mismatched size for broadcast"')
    return printer.generic(
        ["#map1"] * 3,
        [(y, result), (broadcast, result)],
        out,
        result,
        ["%sum = arith.addf %in, %in_a : f32", "linalg.yield %sum : f32"],
    )


def print_relu(printer, x, features):
    result = tensor_type((printer.tokens, features))
    return printer.generic(
        ["#map1"] * 2,
        [(x, result)],
        printer.empty((printer.tokens, features)),
        result,
        [
            "%above = arith.cmpf ugt, %in, %cst : f32",
            "%kept = arith.select %above, %in, %cst : f32",
            "linalg.yield %kept : f32",
        ],
    )


def print_module(layers, tokens=None, name="main"):
    """The text of a module with one function; `tokens` None is dynamic."""
    for before, after in zip(layers, layers[1:]):
        if before.outputs != after.inputs:
            raise ValueError(
                "a layer with %d outputs is followed by one with %d inputs"
                % (before.outputs, after.inputs)
            )
    # Names count up from the first layer; the text runs from the last.
    arrays = [array for layer in layers for array in (layer.weight, layer.bias)]
    names = resource_names(arrays)
    printer = Printer(tokens)
    values = [None] * len(arrays)
    for i in reversed(range(len(arrays))):
        if arrays[i] is not None:
            values[i] = printer.weight(arrays[i], names[i])
    if tokens is None:
        biased = any(layer.bias is not None for layer in layers)
        printer.size_of_tokens(layers[0].inputs, as_integer=biased)
    y = "%arg0"
    for layer, weight, bias in zip(layers, values[::2], values[1::2]):
        y = print_linear(printer, y, layer, weight, bias)
        if layer.relu:
            y = print_relu(printer, y, layer.outputs)
    return printer.module(
        name, (tokens, layers[0].inputs), y, (tokens, layers[-1].outputs)
    )

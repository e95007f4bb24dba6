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

TYPES = {np.dtype(np.float32): "f32"}
TORCH_TYPES = {"f32": "torch.float32"}
PARALLEL = 'iterator_types = ["parallel", "parallel"]'


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


def tensor_type(shape, element="f32"):
    sizes = "".join("%sx" % ("?" if size is None else size) for size in shape)
    return "tensor<%s%s>" % (sizes, element)


def blob(array):
    """A blob's text: the alignment as a little-endian u32, then the bytes."""
    alignment = array.dtype.itemsize.to_bytes(4, "little")
    data = array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes()
    return "0x" + (alignment + data).hex().upper()


class Printer:
    """Collects the body of a function; equal empty tensors are made once."""

    def __init__(self, tokens):
        self.tokens = tokens
        self.lines = []
        self.count = 0
        self.made = {}

    def add(self, text):
        self.lines.append("    " + text)

    def define(self, text):
        name = "%%%d" % self.count
        self.count += 1
        self.add("%s = %s" % (name, text))
        return name

    def once(self, key, text):
        if key not in self.made:
            self.made[key] = self.define(text)
        return self.made[key]

    def empty(self, shape, purpose=""):
        size = "%dim" if None in shape else ""
        return self.once(
            ("empty", shape, purpose),
            "tensor.empty(%s) : %s" % (size, tensor_type(shape)),
        )

    def generic(self, maps, operands, out, shape, body):
        """An elementwise op; `body` are lines on %in, %in_a, ... and %out."""
        result = tensor_type(shape)
        names = ["%in", "%in_a"][: len(operands)]
        name = self.define(
            "linalg.generic {indexing_maps = [%s], %s} ins(%s : %s) outs(%s : %s) {"
            % (
                ", ".join(maps),
                PARALLEL,
                ", ".join(value for value, _ in operands),
                ", ".join(type_ for _, type_ in operands),
                out,
                result,
            )
        )
        arguments = ["%s: f32" % name for name in names] + ["%out: f32"]
        self.add("^bb0(%s):" % ", ".join(arguments))
        for line in body:
            self.add("  " + line)
        self.add("} -> " + result)
        return name


def print_layer(printer, x, layer, weight, bias):
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
    zero = printer.once(
        ("zero", shape),
        "linalg.fill ins(%%cst : f32) outs(%s : %s) -> %s" % (out, result, result),
    )
    y = printer.define(
        "linalg.matmul ins(%s, %s : %s, %s) outs(%s : %s) -> %s"
        % (x, wt, tensor_type((tokens, inputs)), turned, zero, result, result)
    )
    if bias:
        wide = out
        if tokens is None:
            valid = printer.once("valid", "arith.cmpi sge, %size, %c0_i64 : i64")
            printer.add('cf.assert %s, "negative values not allowed in new dimensions"' % valid)
            wide = printer.empty(shape, "bias")
        broadcast = printer.generic(
            ["#map", "#map1"],
            [(bias, tensor_type((outputs,)))],
            wide,
            shape,
            ["linalg.yield %in : f32"],
        )
        if tokens is None:
            printer.add('cf.assert %true, "mismatched size for broadcast"')
        y = printer.generic(
            ["#map1"] * 3,
            [(y, result), (broadcast, result)],
            out,
            shape,
            ["%sum = arith.addf %in, %in_a : f32", "linalg.yield %sum : f32"],
        )
    if layer.relu:
        y = printer.generic(
            ["#map1"] * 2,
            [(y, result)],
            out,
            shape,
            [
                "%above = arith.cmpf ugt, %in, %cst : f32",
                "%kept = arith.select %above, %in, %cst : f32",
                "linalg.yield %kept : f32",
            ],
        )
    return y


def print_module(layers, tokens=None, name="main"):
    """The text of a module with one function; `tokens` None is dynamic."""
    for before, after in zip(layers, layers[1:]):
        if before.outputs != after.inputs:
            raise ValueError(
                "a layer with %d outputs is followed by one with %d inputs"
                % (before.outputs, after.inputs)
            )
    for layer in layers:
        for array in (layer.weight, layer.bias):
            if array is not None and array.dtype not in TYPES:
                raise ValueError("weights are f32 here, got %s" % array.dtype)

    # Names count up from the first layer; the text runs from the last.
    used = {}
    constants = []
    for layer in layers:
        names = []
        for array in (layer.weight, layer.bias):
            if array is None:
                names.append(None)
                continue
            key = "torch_tensor_%s_%s" % (
                "_".join(map(str, array.shape)),
                TORCH_TYPES[TYPES[array.dtype]],
            )
            used[key] = used.get(key, -1) + 1
            names.append(key if not used[key] else "%s_%d" % (key, used[key]))
        constants.append(names)

    printer = Printer(tokens)
    if tokens is None:
        printer.add("%true = arith.constant true")
        printer.add("%c0_i64 = arith.constant 0 : i64")
        printer.add("%c0 = arith.constant 0 : index")
    printer.add("%cst = arith.constant 0.000000e+00 : f32")
    blobs = []
    values = {}
    for layer, names in reversed(list(zip(layers, constants))):
        for array, resource in ((layer.bias, names[1]), (layer.weight, names[0])):
            if resource is None:
                continue
            values[resource] = "%%cst_%d" % len(blobs)
            printer.add(
                "%s = arith.constant dense_resource<%s> : %s"
                % (values[resource], resource, tensor_type(array.shape))
            )
            blobs.append('      %s: "%s"' % (resource, blob(array)))
    if tokens is None:
        argument = tensor_type((None, layers[0].inputs))
        printer.add("%%dim = tensor.dim %%arg0, %%c0 : %s" % argument)
        if any(layer.bias is not None for layer in layers):
            printer.add("%size = arith.index_cast %dim : index to i64")
    value = "%arg0"
    for layer, (weight, bias) in zip(layers, constants):
        value = print_layer(printer, value, layer, values[weight], values.get(bias))

    argument = tensor_type((tokens, layers[0].inputs))
    result = tensor_type((tokens, layers[-1].outputs))
    return "\n".join(
        [
            "#map = affine_map<(d0, d1) -> (d1)>",
            "#map1 = affine_map<(d0, d1) -> (d0, d1)>",
            "module {",
            "  func.func @%s(%%arg0: %s) -> %s {" % (name, argument, result),
            *printer.lines,
            "    return %s : %s" % (value, result),
            "  }",
            "}",
            "",
            "{-#",
            "  dialect_resources: {",
            "    builtin: {",
            ",\n".join(blobs),
            "    }",
            "  }",
            "#-}",
            "",
        ]
    )

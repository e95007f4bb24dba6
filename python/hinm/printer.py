# ===- printer.py - a module's text, op by op ------------------------ -*- Python -*-===#
#
# Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""Prints linalg on tensors with one function, laid out as torch-mlir lays it out.

Constants come first, weights are `dense_resource` blobs at the end of the text, and
equal empty tensors are made once. `None` as a size is dynamic.
"""
import numpy as np

TORCH_TYPES = {np.dtype(np.float32): "torch.float32"}
MAPS = {
    "#map": "(d0, d1) -> (d1)",
    "#map1": "(d0, d1) -> (d0, d1)",
    "#map2": "(d0, d1) -> (d0, 0)",
}


def tensor_type(shape, element="f32"):
    sizes = "".join("%sx" % ("?" if size is None else size) for size in shape)
    return "tensor<%s%s>" % (sizes, element)


def element_of(type_):
    """`f32` of `tensor<?x384xf32>`."""
    return type_[:-1].rpartition("x")[2]


def blob(array):
    """A blob's text: the alignment as a little-endian u32, then the bytes."""
    alignment = array.dtype.itemsize.to_bytes(4, "little")
    data = array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes()
    return "0x" + (alignment + data).hex().upper()


def resource_names(arrays):
    """A blob's name for each array, equal shapes counted up; None where it is None."""
    used = {}
    names = []
    for array in arrays:
        if array is None:
            names.append(None)
            continue
        if array.dtype not in TORCH_TYPES:
            raise ValueError("weights are f32 here, got %s" % array.dtype)
        sizes = "_".join(map(str, array.shape))
        key = "torch_tensor_%s_%s" % (sizes, TORCH_TYPES[array.dtype])
        used[key] = used.get(key, -1) + 1
        names.append(key if not used[key] else "%s_%d" % (key, used[key]))
    return names


class Printer:
    """Collects the body of a function with a dynamic or static number of tokens."""

    def __init__(self, tokens):
        self.tokens = tokens
        self.lines = []
        self.blobs = []
        self.count = 0
        self.made = {}
        if tokens is None:
            self.add("%true = arith.constant true")
            self.add("%c0_i64 = arith.constant 0 : i64")
            self.add("%c0 = arith.constant 0 : index")
        self.add("%cst = arith.constant 0.000000e+00 : f32")

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

    def weight(self, array, resource):
        """A constant whose bytes stand in a blob."""
        name = "%%cst_%d" % len(self.blobs)
        self.add(
            "%s = arith.constant dense_resource<%s> : %s"
            % (name, resource, tensor_type(array.shape))
        )
        self.blobs.append('      %s: "%s"' % (resource, blob(array)))
        return name

    def size_of_tokens(self, inputs, as_integer):
        """Behind the constants: the dynamic size of the argument, `?` x inputs."""
        argument = tensor_type((None, inputs))
        self.add("%%dim = tensor.dim %%arg0, %%c0 : %s" % argument)
        if as_integer:
            self.add("%size = arith.index_cast %dim : index to i64")

    def empty(self, shape, element="f32", purpose=""):
        size = "%dim" if None in shape else ""
        return self.once(
            ("empty", shape, element, purpose),
            "tensor.empty(%s) : %s" % (size, tensor_type(shape, element)),
        )

    def zeros(self, shape, element="f32", zero="%cst"):
        out = self.empty(shape, element)
        result = tensor_type(shape, element)
        return self.once(
            ("zeros", shape, element),
            "linalg.fill ins(%s : %s) outs(%s : %s) -> %s"
            % (zero, element, out, result, result),
        )

    def generic(self, maps, operands, out, result, body, reduce=False):
        """`operands` are pairs of value and type; `body` is on %in, %in_a and %out.

        With `reduce` the second dimension is reduced.
        """
        second = "reduction" if reduce else "parallel"
        name = self.define(
            "linalg.generic {indexing_maps = [%s], "
            'iterator_types = ["parallel", "%s"]} ins(%s : %s) outs(%s : %s) {'
            % (
                ", ".join(maps),
                second,
                ", ".join(value for value, _ in operands),
                ", ".join(type_ for _, type_ in operands),
                out,
                result,
            )
        )
        arguments = [
            "%s: %s" % (argument, element_of(type_))
            for argument, (_, type_) in zip(["%in", "%in_a"], operands)
        ]
        arguments.append("%%out: %s" % element_of(result))
        self.add("^bb0(%s):" % ", ".join(arguments))
        for line in body:
            self.add("  " + line)
        self.add("} -> " + result)
        return name

    def module(self, name, argument, value, result):
        """The whole text: @name takes `argument`, gives `value`; both types' shapes."""
        body = "\n".join(self.lines)
        return "\n".join(
            [
                *(
                    "%s = affine_map<%s>" % (alias, text)
                    for alias, text in MAPS.items()
                    if alias + "," in body or alias + "]" in body
                ),
                "module {",
                "  func.func @%s(%%arg0: %s) -> %s {"
                % (name, tensor_type(argument), tensor_type(result)),
                body,
                "    return %s : %s" % (value, tensor_type(result)),
                "  }",
                "}",
                "",
                "{-#",
                "  dialect_resources: {",
                "    builtin: {",
                ",\n".join(self.blobs),
                "    }",
                "  }",
                "#-}",
                "",
            ]
        )

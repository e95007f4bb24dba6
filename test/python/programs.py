# ===- programs.py - programs of sparse layers, and their numbers --- -*- Python -*-===#
#
# Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""Prints a function at the encoded level, op by op, and computes it in numpy at once.

All numbers are integers of at most 2048, which f16 holds: what a program computes is
equal to what numpy does, not near. A program also keeps count of which orders of
channels its tensors need of one another.
"""
import collections

import numpy as np

TOKENS = 8
LIMIT = 2048
BINARY = {"addf": np.add, "subf": np.subtract, "mulf": np.multiply, "maximumf": np.maximum}
NAMED = {"addf": "add", "subf": "sub", "mulf": "mul", "maximumf": "max"}

# What an op reads beside tensors of its result's shape; `map` says how.
Operand = collections.namedtuple("Operand", "name type map array")
# An encoded weight; `array` in the program's order of rows.
Weight = collections.namedtuple("Weight", "name type array order")


class Value(collections.namedtuple("Value", "name array element fixed place")):
    """A feature-major tensor; `fixed`: its number of tokens is static."""

    map = "(d0, d1)"

    @property
    def type(self):
        tokens = str(TOKENS) if self.fixed else "?"
        return "tensor<%dx%sx%s>" % (len(self.array), tokens, self.element)


class Places:
    """Which entry of another each entry of a tensor is, as far as ops connect them."""

    def __init__(self):
        self.parents = []
        self.pinned = []
        self.consistent = True

    def add(self):
        self.parents.append(None)
        return len(self.parents) - 1

    def find(self, place, size):
        """(root, order): entry i is entry order[i] of the root."""
        order = np.arange(size)
        while self.parents[place]:
            place, step = self.parents[place]
            order = step[order]
        return place, order

    def link(self, place, other, order):
        """Entry i of the first is entry order[i] of the other."""
        root, mine = self.find(place, len(order))
        other, theirs = self.find(other, len(order))
        if root == other:
            self.consistent &= np.array_equal(mine, theirs[order])
        else:
            self.parents[root] = (other, theirs[order][np.argsort(mine)])

    def can_fold(self):
        """Whether all tensors that must stay as the program has them agree."""
        needed = {}
        for place, size in self.pinned:
            root, order = self.find(place, size)
            self.consistent &= np.array_equal(needed.setdefault(root, order), order)
        return self.consistent


def dense(array):
    return "dense<%s>" % array.tolist()


class Program:
    """One function: `text`, its `inputs` and `expected` results (an array and a type
    each), and whether all its permutes can fold."""

    def __init__(self, name):
        self.name = name
        self.count, self.lines = 0, []
        self.inputs, self.expected = [], []
        self.places = Places()

    def name_value(self, text, results=1):
        self.count += 1
        name = "%%v%d" % self.count
        self.lines.append("%s%s = %s" % (name, ":2" if results == 2 else "", text))
        return name

    def define(self, text, array, like, beside=()):
        """A tensor of the type of `like`, in the order of the tensors `beside` it."""
        return self.place(like._replace(name=self.name_value(text), array=array), beside)

    def place(self, value, beside):
        assert np.abs(value.array).max() <= LIMIT
        value = value._replace(place=self.places.add())
        for other in beside:
            if isinstance(other, Value):
                self.places.link(value.place, other.place, np.arange(len(value.array)))
            elif other and other.map == "(d0)" and other.name.startswith("%x"):
                self.pin(value)
        return value

    def pin(self, value):
        """Says that the value's channels must be in the program's order."""
        self.places.pinned.append((value.place, len(value.array)))
        return value

    def add_input(self, array, type_):
        self.inputs.append((array, type_))
        return "%%x%d" % len(self.inputs)

    def argument(self, array, element, fixed, token_major):
        value = self.place(Value("", array, element, fixed, None), ())
        if not token_major:
            return self.pin(value._replace(name=self.add_input(array, value.type)))
        type_ = "tensor<%sx%dxf32>" % (TOKENS if fixed else "?", len(array))
        source = self.add_input(array.T, type_)
        return self.pin(value._replace(name=self.layout("feature", source, type_, value.type)))

    def layout(self, to, source, source_type, type_):
        empty = self.empty(type_)
        text = "hinm.to_%s_major ins(%s : %s) outs(%s : %s) -> %s"
        return self.name_value(text % (to, source, source_type, empty, type_, type_))

    def result(self, value, token_major):
        self.pin(value)
        name, type_, array = value.name, value.type, value.array
        if token_major:
            array = array.T
            type_ = "tensor<%sx%dx%s>" % (
                TOKENS if value.fixed else "?", len(value.array), value.element)
            name = self.layout("token", name, value.type, type_)
        self.expected.append((name, array, type_))

    def finish(self):
        self.folds = self.places.can_fold()
        types = ", ".join(type_ for _, _, type_ in self.expected)
        arguments = ["%%x%d: %s" % (i + 1, x[1]) for i, x in enumerate(self.inputs)]
        self.text = "\n  ".join([
            "func.func @%s(%s) -> (%s) {" % (self.name, ", ".join(arguments), types),
            "%c1 = arith.constant 1 : index",
            "%%n = tensor.dim %%x1, %%c1 : %s" % self.inputs[0][1],
            *self.lines,
            "return %s : %s" % (", ".join(name for name, _, _ in self.expected), types),
        ]) + "\n}\n"

    def constant(self, array, type_):
        return self.name_value("arith.constant %s : %s" % (dense(array), type_))

    def empty(self, type_):
        return self.name_value("tensor.empty(%s) : %s" % ("%n" if "?" in type_ else "", type_))

    def permute(self, value, order, dim=0):
        text = "hinm.permute %s dim %d order %s : %s"
        text %= (value.name, dim, [int(i) for i in order], value.type)
        result = self.define(text, np.take(value.array, order, axis=dim), value)
        if dim == 0:
            self.places.link(result.place, value.place, order)
        else:
            self.places.consistent = False
        return result

    def convert(self, value, element, fixed):
        """The value with another element type and the tokens static or not."""
        if element != value.element:
            op = "truncf" if element == "f16" else "extf"
            wanted = value._replace(element=element)
            text = "arith.%s %s : %s to %s" % (op, value.name, value.type, wanted.type)
            value = self.define(text, value.array, wanted, [value])
        if fixed != value.fixed:
            wanted = value._replace(fixed=fixed)
            text = "tensor.cast %s : %s to %s" % (value.name, value.type, wanted.type)
            value = self.define(text, value.array, wanted, [value])
        return value

    def encode(self, source, array, order, index, vector, element):
        """A weight of which `array` is left."""
        shape = "tensor<%dx%dx" % array.shape
        type_ = "%sf16, #hinm.encoding<vector = %d, columns = %d, nm = 2:4>>" % (
            shape, vector, index.shape[1])
        source_type = shape + element + ">"
        name = self.name_value(
            "hinm.encode %s {row_order = array<i64: %s>, vector_index = %s : "
            "tensor<%dx%dxi32>} : %s -> %s" % (
                self.constant(source, source_type), ", ".join(map(str, order)),
                dense(index), *index.shape, source_type, type_))
        return Weight(name, type_, array, order)

    def matmul(self, weight, source, element, operand=None, op=None):
        """The product in tile order, with `op` of it and an operand in its epilogue."""
        array = (weight.array @ source.array)[weight.order]
        like = Value("", array, element, source.fixed, None)
        text = "hinm.matmul ins(%s, %s : %s, %s)" % (
            weight.name, source.name, weight.type, source.type)
        body = ""
        if operand:
            text += " epilogue(%s : %s)" % (operand.name, operand.type)
            body = " apply {\n  ^bb0(%%a: f32, %%b: f32):%s\n    hinm.yield %%r : %s\n  }" % (
                self.body([op], "%b", "f32", element), element)
            array = BINARY[op](array, operand.array)
        text += " outs(%s : %s)%s -> %s" % (self.empty(like.type), like.type, body, like.type)
        return self.define(text, array, like, [operand])

    @staticmethod
    def body(ops, second, element, result):
        """Lines that compute %r, and with two ops %s, of %a and the second."""
        text = ""
        for name, op in zip("rs", ops):
            computed = name if element == result else "w" + name
            text += "\n    %%%s = arith.%s %%a, %s : %s" % (computed, op, second, element)
            if element != result:
                convert = "truncf" if result == "f16" else "extf"
                text += "\n    %%%s = arith.%s %%%s : %s to %s" % (
                    name, convert, computed, element, result)
        return text

    def generic(self, ops, value, operand, element):
        """The results of a linalg.generic with an op for each."""
        like, count = value._replace(element=element), len(ops)
        read = [value] + [operand] * (operand.map is not None)
        arguments = ["%%%s: %s" % pair for pair in zip("abcd", (
            [value.element] * len(read) + [element] * count))]
        types = ", ".join([like.type] * count)
        name = self.name_value(
            'linalg.generic {indexing_maps = [%s], iterator_types = ["parallel", "parallel"]} '
            "ins(%s : %s) outs(%s : %s) {\n  ^bb0(%s):%s\n    linalg.yield %s : %s\n  } -> %s" % (
                ", ".join("affine_map<(d0, d1) -> %s>" % x.map for x in read + [value] * count),
                ", ".join(x.name for x in read), ", ".join(x.type for x in read),
                ", ".join(self.empty(like.type) for _ in ops), types, ", ".join(arguments),
                self.body(ops, "%b" if operand.map else operand.name, value.element, element),
                ", ".join(["%r", "%s"][:count]), ", ".join([element] * count),
                "(%s)" % types if count == 2 else types),
            count)
        names = [name] if count == 1 else [name + "#0", name + "#1"]
        arrays = [BINARY[op](value.array, operand.array) for op in ops]
        return [self.place(like._replace(name=n, array=a), [value, operand])
                for n, a in zip(names, arrays)]

    def whole(self, op, value, operand, named):
        """An op on whole tensors, or a named one of linalg."""
        array = BINARY[op](value.array, operand.array)
        text = "arith.%s %s, %s : %s" % (op, value.name, operand.name, value.type)
        if named:
            text = "linalg.%s ins(%s, %s : %s, %s) outs(%s : %s) -> %s" % (
                NAMED[op], value.name, operand.name, value.type, value.type,
                self.empty(value.type), value.type, value.type)
        return self.define(text, array, value, [value, operand])

# ===- chains.py - random chains of sparse layers ------------------ -*- Python -*-===#
#
# Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""Random chains of 2 to 5 layers whose rows are permuted, as the search leaves them.

Behind each product a `hinm.permute` restores the program's order. Weights only select
rows, the first one may add two: a channel that is taken for another shows. Between
layers stand elementwise ops with one and two operands; values are used by several
layers, by none, or leave the function.
"""
import numpy as np

from programs import BINARY, LIMIT, TOKENS, Operand, Program, Value

SIZES = [5, 6, 8, 11, 12, 14]
UNARY = [("maximumf", 0), ("mulf", -1), ("subf", 1), ("mulf", 2)]


class Chain(Program):
    """An odd chain has permutes, and arguments, that no search puts where they are."""

    def __init__(self, name, seed):
        super().__init__(name)
        self.random = np.random.default_rng(seed)
        self.dynamic = self.chance(0.5)
        self.odd = self.chance(0.4)
        self.sizes = self.random.choice(SIZES, 2, replace=False)
        self.weights = []
        self.pool = [self.new_argument(self.pick(self.sizes))]
        for depth in range(self.random.integers(2, 6)):
            self.pool.append(self.layer(self.layer_input(), depth))
            for _ in range(self.random.integers(4)):
                value = self.elementwise(self.pool[-1])
                # What does not enter the pool is a dead end.
                self.pool += [value] * self.chance(0.85)
        escaping = [value for value in self.pool[:-1] if self.chance(0.25)]
        for value in [*escaping, self.pool[-1]]:
            self.result(value, token_major=self.chance(0.5))
        self.finish()

    def chance(self, probability):
        return bool(self.random.random() < probability)

    def pick(self, options):
        return options[self.random.integers(len(options))]

    def numbers(self, *shape):
        return self.random.integers(-9, 10, shape).astype(float)

    def like(self, value):
        """Tensors with as many channels."""
        return [x for x in self.pool if len(x.array) == len(value.array)]

    def new_argument(self, size):
        element = "f32" if self.inputs and self.chance(0.3) else "f16"
        fixed = not self.dynamic or self.chance(0.2)
        token_major = bool(self.inputs) and self.chance(0.3)
        return self.argument(self.numbers(size, TOKENS), element, fixed, token_major)

    def reorder(self, value):
        dim = int(value.fixed and self.chance(0.1))
        return self.permute(value, self.random.permutation(value.array.shape[dim]), dim)

    # Layers.

    def layer_input(self):
        source = self.pool[-1] if self.chance(0.7) else self.pick(self.pool)
        if self.odd and self.chance(0.3):
            return self.reorder(source)
        if self.chance(0.05):
            # Only the layer reads it: its permute can fold.
            source = self.new_argument(len(source.array))
            return self.permute(source, self.random.permutation(len(source.array)))
        return source

    def layer(self, source, depth):
        source = self.convert(source, "f16", source.fixed)
        inputs = len(source.array)
        weight = self.new_weight(inputs, depth == 0 and self.chance(0.5))
        shared = [
            w for w in self.weights
            if w.array.shape[1] == inputs and np.abs(w.array @ source.array).max() <= LIMIT
        ]
        if shared and self.chance(0.2):
            weight = self.pick(shared)
        self.weights.append(weight)
        element = "f16" if self.chance(0.2) else "f32"
        operand = op = None
        if self.chance(0.25):
            like = Value("", weight.array @ source.array, "f32", source.fixed, None)
            operand, op = self.epilogue(like, weight.order)
        product = self.matmul(weight, source, element, operand, op)
        return self.permute(product, np.argsort(weight.order))

    def new_weight(self, inputs, add_two):
        outputs, vector = self.pick(self.sizes), self.pick([4, 8])
        columns = min(self.pick([4, 8]), (inputs + 3) // 4 * 4)
        order = self.random.permutation(outputs)
        # What stands in columns that a tile does not keep is not there.
        source, array = self.numbers(outputs, inputs), np.zeros((outputs, inputs))
        index = np.full(((outputs + vector - 1) // vector, columns), -1)
        for tile, places in enumerate(index):
            rows = order[tile * vector : (tile + 1) * vector]
            kept = self.random.permutation(inputs)[:columns]
            array[rows, np.resize(kept, len(rows))] = 1
            if add_two:
                array[rows, self.random.choice(kept, len(rows))] = self.pick([-2, -1, 2])
            source[np.ix_(rows, kept)] = array[np.ix_(rows, kept)]
            places[self.random.permutation(columns)[: len(kept)]] = kept
        return self.encode(source, array, order, index, vector, self.pick(["f16", "f32"]))

    def epilogue(self, product, order):
        """(operand, op) of the epilogue of a product, both in tile order."""
        tiled = product._replace(array=product.array[order])
        if self.like(product) and self.chance(0.5):
            operand = self.permute(self.pick(self.like(product)), order)
            operand = self.convert(operand, "f32", product.fixed)
        else:
            operand = self.per_channel(tiled, self.odd)
        return operand, self.fitting_op(tiled, operand)

    # Elementwise ops.

    def elementwise(self, value):
        if self.dynamic and self.chance(0.1):
            value = self.convert(value, value.element, not value.fixed)
        if self.odd and self.chance(0.3):
            return self.twist(value)
        if self.chance(0.3):
            return self.unary(value)
        if self.chance(0.4):
            return self.generics(value, self.per_channel(value, True))
        return self.binary(value, self.second(value))

    def twist(self, value):
        """The value in another order, which then may meet the value."""
        turned = self.reorder(value)
        if self.chance(0.4):
            return turned
        turned = self.generics(turned, self.per_channel(value, False))
        return self.binary(turned, self.convert(value, turned.element, turned.fixed))

    def binary(self, value, operand):
        if self.chance(0.6):
            return self.generics(value, operand)
        return self.whole(self.fitting_op(value, operand), value, operand, self.chance(0.3))

    def fitting_op(self, value, operand):
        def fits(op):
            return np.abs(BINARY[op](value.array, operand.array)).max() <= LIMIT

        return self.pick([op for op in BINARY if fits(op)])

    def generics(self, value, operand):
        ops = [self.fitting_op(value, operand) for _ in range(1 + self.chance(0.3))]
        element = value.element if self.chance(0.7) else self.pick(["f16", "f32"])
        first, *others = self.generic(ops, value, operand, element)
        self.pool += others
        return first

    def per_channel(self, value, allow_argument):
        """One element for each channel."""
        array = self.numbers(len(value.array), 1)
        if self.chance(0.2):
            array[:] = 3
        type_ = "tensor<%dx%s>" % (len(array), value.element)
        is_argument = allow_argument and self.chance(0.3)
        make = self.add_input if is_argument else self.constant
        return Operand(make(array[:, 0], type_), type_, "(d0)", array)

    def second(self, value):
        """What an op with two operands reads beside the value."""
        kind = self.pick(["constant", "argument", "value", "value", "value", "itself"])
        if kind == "constant":
            array, fixed = self.numbers(*value.array.shape), value._replace(fixed=True)
            name = self.constant(array, fixed.type)
            if not value.fixed:
                name = self.name_value("tensor.cast %s : %s to %s" % (
                    name, fixed.type, value.type))
            return Operand(name, value.type, value.map, array)
        other = value
        if kind == "argument":
            other = self.new_argument(len(value.array))
        elif kind == "value":
            other = self.pick(self.like(value))
        if self.odd and self.chance(0.35):
            other = self.reorder(other)
        return self.convert(other, value.element, value.fixed)

    def unary(self, value):
        """An op of the value and a number: a scalar, or a tensor that is all alike."""
        op, number = self.pick(UNARY)
        if np.abs(value.array).max() * max(number, 1) + 1 > LIMIT:
            op, number = UNARY[0]
        scalar = self.name_value("arith.constant %.1f : %s" % (number, value.element))
        if self.chance(0.5):
            operand = Operand(scalar, value.element, self.pick(["()", None]), number)
            return self.generic([op], value, operand, value.element)[0]
        tensor = "linalg.fill ins(%s : %s) outs(%s : %s) -> %s" % (
            scalar, value.element, self.empty(value.type), value.type, value.type)
        if self.chance(0.5):
            tensor = "tensor.splat %s%s : %s" % (scalar, "" if value.fixed else "[%n]", value.type)
        if value.fixed and self.chance(0.5):
            tensor = "arith.constant dense<%.1f> : %s" % (number, value.type)
        operand = Operand(self.name_value(tensor), value.type, value.map, number)
        return self.whole(op, value, operand, self.chance(0.3))

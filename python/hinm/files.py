# ===- files.py - safetensors and artifacts -------------------------- -*- Python -*-===#
#
# Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""Reads safetensors files, and an artifact's report and weights."""
import collections
import functools
import itertools
import json
import pathlib

import numpy as np

from . import format as stored_format
from . import linalg

# bf16 is not a type of numpy; its bits are.
DTYPES = {
    "F64": "<f8",
    "F32": "<f4",
    "F16": "<f2",
    "BF16": "<u2",
    "I64": "<i8",
    "I32": "<i4",
    "I16": "<i2",
    "I8": "i1",
    "U8": "u1",
    "BOOL": "?",
}


def read_safetensors(path, names=None):
    """The arrays of a safetensors file by name; all, or those in `names`."""
    with open(path, "rb") as file:
        length = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(length))
        arrays = {}
        for name, entry in header.items():
            if name == "__metadata__" or (names is not None and name not in names):
                continue
            begin, end = entry["data_offsets"]
            file.seek(8 + length + begin)
            data = np.frombuffer(file.read(end - begin), DTYPES[entry["dtype"]])
            arrays[name] = data.reshape(entry["shape"])
    if names is not None and set(names) - set(arrays):
        raise KeyError("'%s' has no %s" % (path, sorted(set(names) - set(arrays))))
    return arrays


# Place i of a stored layer's rows holds original row rows[i], likewise its inputs.
Order = collections.namedtuple("Order", "rows inputs")


class Artifact:
    """An artifact's folder."""

    def __init__(self, path):
        self.path = pathlib.Path(path)
        self.manifest = json.loads((self.path / "manifest.json").read_text())

    @functools.cached_property
    def report(self):
        """What the compiler says that it did."""
        return json.loads((self.path / "report.json").read_text())

    def orders(self, layers):
        """The `Order` in which each layer is stored, by the report."""
        reported = self.report["layers"]
        if len(reported) != len(layers):
            raise stored_format.FormatError(
                "the report has %d layers, expected %d" % (len(reported), len(layers))
            )
        return [
            Order(
                _order(entry, "row_order", layer.outputs),
                _order(entry, "input_order", layer.inputs),
            )
            for entry, layer in zip(reported, layers)
        ]

    def target(self, name):
        return self.manifest["targets"][name]

    def file(self, target, key):
        return self.path / self.target(target)[key]

    def weights(self, target, entry="main"):
        """The entry's weights in the order of its arguments."""
        arrays = read_safetensors(self.file(target, "weights"))
        return [arrays[name] for name in self.target(target)["entry_weights"][entry]]

    def packing(self, target, layers, vector, columns):
        """Pairs (row order [O], original channel of each packed place [T][K])."""
        orders = self.orders(layers)
        stored = self.stored_layers(target, in_order(layers, orders), vector, columns)
        return [
            (order.rows, np.where(s.vector_index < 0, -1, order.inputs[s.vector_index]))
            for order, s in zip(orders, stored)
        ]

    def stored_layers(self, target, layers, vector, columns):
        """`Stored` of each layer, whichever form the target keeps.

        `layers` have `outputs` and `weight`, in the order in which they are stored;
        `columns` is the K of each. The file does not say which array belongs to
        which layer: where several have the right shape, the one is taken that holds
        values of the layer's weight.
        """
        arrays = self.weights(target)
        found = []
        for layer, k in zip(layers, columns):
            tiles = -(-layer.outputs // vector)
            candidates = list(_candidates(arrays, tiles, vector, k))
            if not candidates:
                raise stored_format.FormatError(
                    "no weight of %d tiles, V = %d, K = %d in '%s'"
                    % (tiles, vector, k, self.file(target, "weights"))
                )
            fitting = [c for c in candidates if _holds_values_of(layer, c, vector)]
            read, used = (fitting or candidates)[0]
            found.append(read())
            arrays = [a for a in arrays if not any(a is other for other in used)]
        return found


def in_order(layers, orders):
    """The layers' weights, rows and inputs in the order in which they are stored."""
    return [
        linalg.Layer(layer.weight[np.ix_(*order)]) for layer, order in zip(layers, orders)
    ]


def _order(entry, key, size):
    """A layer's reported order, the original one where there is none."""
    order = np.array(entry.get(key, np.arange(size)))
    if not np.array_equal(np.sort(order), np.arange(size)):
        raise stored_format.FormatError(
            "'%s' of layer '%s' is no permutation of %d" % (key, entry["name"], size)
        )
    return order


def _candidates(arrays, tiles, vector, columns):
    """Pairs of a function that reads a layer of this shape and what it reads."""

    def of(shape, *kinds):
        return [a for a in arrays if a.shape == shape and a.dtype.kind in kinds]

    for array in arrays:
        if (
            array.ndim == 2
            and array.dtype.itemsize == 1
            and array.shape[0] == tiles
            and stored_format.stream_lookahead(array.shape[1], vector, columns)
        ):
            yield (
                functools.partial(
                    stored_format.read_fragment_stream, array, vector, columns
                ),
                [array],
            )
    for parts in itertools.product(
        of((tiles * vector, columns // 2), "f"),
        of((tiles * vector, -(-columns // 8)), "i", "u"),
        of((tiles, columns), "i"),
    ):
        yield functools.partial(stored_format.read_canonical, *parts), list(parts)


def _holds_values_of(layer, candidate, vector):
    """Whether every stored value is the layer's weight there, rounded to f16."""
    read, _ = candidate
    try:
        dense = stored_format.dense_of(read(), layer.outputs, layer.inputs, vector)
    except (stored_format.FormatError, IndexError):
        return False
    expected = layer.weight.astype(np.float16).astype(np.float64)
    return bool(((dense == 0) | (dense == expected)).all())

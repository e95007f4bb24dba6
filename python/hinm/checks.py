# ===- checks.py - holds an artifact against plain numpy ------------- -*- Python -*-===#
#
# Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""What the quickstart and the tests demand of an artifact and its results."""
import numpy as np

from . import files
from . import format as stored_format
from . import reference


class CheckError(AssertionError):
    pass


def check_weights(artifact, target, layers, vector, sparsity):
    """The mask of each layer in original order, once its stored form is the pattern's.

    Each tile names different channels; under that packing order exactly the N
    largest |w| of each M are stored, rounded to f16.
    """
    columns = [reference.kept_columns(layer.inputs, sparsity) for layer in layers]
    orders = artifact.orders(layers)
    permuted = files.in_order(layers, orders)
    masks = []
    for number, (layer, order, stored) in enumerate(
        zip(permuted, orders, artifact.stored_layers(target, permuted, vector, columns))
    ):
        reference.check_index(stored.vector_index, layer.inputs)
        kept = reference.mask_of(layer.weight, stored.vector_index, vector)
        found = stored_format.dense_of(stored, layer.outputs, layer.inputs, vector)
        expected = reference.half(np.where(kept, layer.weight, 0))
        if not np.array_equal(found, expected):
            row, column = np.argwhere(found != expected)[0]
            raise CheckError(
                "layer %d in '%s': %d entries differ from the pattern's, the first at "
                "place %d of the rows, %d of the inputs: found %g, expected %g"
                % (
                    number,
                    target,
                    (found != expected).sum(),
                    row,
                    column,
                    found[row, column],
                    expected[row, column],
                )
            )
        mask = np.zeros_like(kept)
        mask[np.ix_(*order)] = kept
        masks.append(mask)
    return masks


def check_result(found, expected, bound, what):
    """The largest error of `found`, once each entry is within its bound."""
    if found.shape != expected.shape:
        raise CheckError(
            "%s has shape %s, expected %s" % (what, found.shape, expected.shape)
        )
    error = np.abs(found.astype(np.float64) - expected)
    # Written so that a NaN fails.
    if not (error <= bound).all():
        place = np.unravel_index(np.nanargmax(error - bound), error.shape)
        if np.isnan(error).any():
            place = tuple(np.argwhere(np.isnan(error))[0])
        raise CheckError(
            "%s: %d of %d entries are wrong, the worst at %s: found %g, expected %g "
            "within %g"
            % (
                what,
                (~(error <= bound)).sum(),
                error.size,
                [int(i) for i in place],
                found[place],
                expected[place],
                bound[place],
            )
        )
    return float(error.max()) if error.size else 0.0


def total(counters, key):
    """The sum of one counter over all kernels launched."""
    return sum(kernel[key] for kernel in counters)

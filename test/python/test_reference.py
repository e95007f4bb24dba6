# ===- test_reference.py - the oracles themselves ----------------- -*- Python -*-===#
#
# Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""The numpy reference and reader against the example of docs/format.md."""
import numpy as np
import pytest

from hinm import format as stored_format
from hinm import reference

# docs/format.md, "An example".
WEIGHT = np.array(
    [
        [8, 0, 1, 0, -4, 1, 0, 2, 0, 3, 0, 0, 7, 0, 1, -5],
        [-6, 1, 0, 0, 5, 0, 1, 0, 0, 4, 1, 0, -2, 6, 0, 0],
        [2, 0, -7, 1, 0, 0, 0, 9, 1, -8, 0, 1, 3, 0, 0, 4],
        [0, 1, 5, 0, 6, 0, 0, 0, 0, 1, 0, 0, -9, -3, 1, 2],
    ],
    np.float32,
)
ROW_ORDER = [2, 0, 3, 1]
INDEX = np.array([[0, 9, 4, 12, 2, 15, 7, 13]], np.int32)
# Rows in tile order, packed columns.
PACKED = np.array(
    [
        [0, -8, 0, 3, -7, 0, 9, 0],
        [8, 0, 0, 7, 0, -5, 2, 0],
        [0, 0, 6, -9, 5, 0, 0, -3],
        [-6, 0, 5, 0, 0, 0, 0, 6],
    ]
)
VALUES = [
    [0xC800, 0x4200, 0xC700, 0x4880],
    [0x4800, 0x4700, 0xC500, 0x4000],
    [0x4600, 0xC880, 0x4500, 0xC200],
    [0xC600, 0x4500, 0x0000, 0x4600],
]


def test_columns_of_the_example():
    index = reference.top_columns(np.abs(WEIGHT), 4, 8)
    assert index.tolist() == [[0, 2, 4, 7, 9, 12, 13, 15]]


def test_mask_of_the_example():
    mask = reference.mask_of(WEIGHT[ROW_ORDER], INDEX, 4)
    assert mask.sum() == 4 * 4
    kept = np.where(mask, WEIGHT[ROW_ORDER], 0)
    assert np.array_equal(kept[:, INDEX[0]], PACKED)


def test_canonical_example():
    values = np.array(VALUES, np.uint16).view(np.float16)
    metadata = np.array([[0x8D], [0x9C], [0xCE], [0xC8]], np.uint8)
    stored = stored_format.read_canonical(values, metadata, INDEX)
    assert np.array_equal(stored.packed, PACKED)
    dense = stored_format.dense_of(stored, 4, 16, 4)
    assert np.array_equal(dense[:, INDEX[0]], PACKED)


def example_stream():
    stream = np.zeros((1, 2816), np.uint8)
    indices = np.full(64, -1, "<i4")
    stream[0, 2560:] = indices.view(np.uint8)
    indices[:8] = INDEX[0]
    stream[0, :256] = indices.view(np.uint8)
    for place, row in enumerate(VALUES):
        for lane in range(2):
            at = 256 + 16 * (4 * place + lane)
            pair = np.array(row[2 * lane : 2 * lane + 2], "<u2")
            stream[0, at : at + 4] = pair.view(np.uint8)
    words = np.full(64, 0x44444444, "<u4")
    for lane, word in ((0, 0x4444448D), (4, 0x4444449C), (8, 0x444444CE), (12, 0x444444C8)):
        words[2 * lane] = word
    stream[0, 2304:2560] = words.view(np.uint8)
    return stream


def test_fragment_stream_example():
    stored = stored_format.read_fragment_stream(example_stream(), 32, 8)
    assert stored.vector_index.tolist() == INDEX.tolist()
    assert np.array_equal(stored.packed[:4], PACKED)
    assert not stored.packed[4:].any()
    dense = stored_format.dense_of(stored, 4, 16, 32)
    assert np.array_equal(dense[:, INDEX[0]], PACKED)


@pytest.mark.parametrize(
    "at, value, message",
    [
        (2560, 3, "a step that does not exist has an index"),
        (256 + 2, 0x7F, None),
        (2304, 0x44 ^ 0xFF, "positions of a group do not ascend"),
        (256 + 16 * 1 + 32 * 16 * 2, 1, "a place behind K has a value"),
    ],
)
def test_damaged_streams(at, value, message):
    stream = example_stream()
    stream[0, at] = value
    if message is None:
        stored = stored_format.read_fragment_stream(stream, 32, 8)
        assert not np.array_equal(stored.packed[:4], PACKED)
        return
    with pytest.raises(stored_format.FormatError, match=message):
        stored_format.read_fragment_stream(stream, 32, 8)


@pytest.mark.parametrize(
    "inputs, sparsity, expected",
    [(384, 0.5, 192), (80, 0.5, 40), (262, 0.5, 128), (531, 0.75, 132), (1, 0.5, 4), (36, 0.5, 16)],
)
def test_kept_columns(inputs, sparsity, expected):
    assert reference.kept_columns(inputs, sparsity) == expected


def test_empty_places_come_last():
    """I = 3 < M: the place that holds nothing is never chosen."""
    weight = np.zeros((1, 3), np.float32)
    index = np.array([[-1, 0, 2, 1]], np.int32)
    assert reference.mask_of(weight, index, 1).tolist() == [[True, False, True]]


def test_the_bound_of_a_sum_notices_one_entry():
    """The error bound of two layers stays below what one wrong weight does."""
    from conftest import random_layer, random_tokens

    layers = [random_layer(64, 96, relu=True), random_layer(40, 64)]
    masks = [np.ones(layer.weight.shape, bool) for layer in layers]
    x = random_tokens(32, 96)
    right, bound = reference.run(layers, masks, x)
    masks[0][5, np.argmax(np.abs(layers[0].weight[5]))] = False
    wrong, _ = reference.run(layers, masks, x)
    assert (np.abs(wrong - right) > bound).any()

# ===- format.py - an independent reader of docs/format.md ----------- -*- Python -*-===#
#
# Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""Reads stored weights by docs/format.md, sharing no code with lib/Format.

`Stored` is what both readers give: the packed order and the packed rows.
"""
import collections

import numpy as np

# vector_index [T][K] (i32), packed [T*V][K] (f64, zeros where nothing is kept),
# kept [T*V][K] (bool: a value is stored here).
Stored = collections.namedtuple("Stored", "vector_index packed kept")


class FormatError(ValueError):
    pass


def expect(condition, message, *values):
    if not condition:
        raise FormatError(message % values)


def read_canonical(values, metadata, vector_index, n=2, m=4):
    """Canonical storage: values f16, metadata bytes, vector_index i32."""
    rows, per_row = values.shape
    columns = per_row * m // n
    bits = {2: 4, 4: 2, 8: 3}[m]
    stream = np.unpackbits(
        np.ascontiguousarray(metadata).view(np.uint8), axis=1, bitorder="little"
    )
    codes = stream[:, : per_row * bits].reshape(rows, per_row, bits)
    codes = (codes * (1 << np.arange(bits))).sum(axis=2)
    positions = (codes >> 3) & 1 if m == 2 else codes
    expect(
        not stream[:, per_row * bits :].any(), "bits behind the last entry are not zero"
    )
    places = (np.arange(per_row) // n * m)[None, :] + positions
    expect((np.diff(places, axis=1) > 0).all(), "positions of a group do not ascend")
    packed = np.zeros((rows, columns))
    kept = np.zeros((rows, columns), bool)
    np.put_along_axis(packed, places, values.astype(np.float64), axis=1)
    np.put_along_axis(kept, places, True, axis=1)
    return Stored(np.asarray(vector_index, np.int32), packed, kept)


def stream_lookahead(tile_bytes, vector, columns):
    """L of a fragment stream, or None where the size fits none."""
    steps = max(1, -(-columns // 64))
    header = tile_bytes - steps * (72 * vector + 256)
    return header // 256 if header >= 0 and header % 256 == 0 else None


def read_fragment_stream(stream, vector, columns):
    """The fragment stream of mma.sp m16n8k32, [T][tileBytes] of bytes."""
    stream = np.ascontiguousarray(stream).view(np.uint8)
    tiles, tile_bytes = stream.shape
    steps = max(1, -(-columns // 64))
    step_bytes = 72 * vector + 256
    lookahead = stream_lookahead(tile_bytes, vector, columns)
    expect(
        lookahead is not None,
        "a tile has %d bytes, expected 256*L + %d*%d",
        tile_bytes,
        steps,
        step_bytes,
    )
    body = stream[:, 256 * lookahead :].reshape(tiles, steps, step_bytes)

    # Indices: the header has those of steps 0..L-1, step s those of step s+L.
    trailing = body[:, :, 72 * vector :].copy().view("<i4").reshape(tiles, -1, 64)
    header = stream[:, : 256 * lookahead].copy().view("<i4").reshape(tiles, -1, 64)
    indices = np.concatenate([header, trailing], axis=1)
    expect((indices[:, steps:] == -1).all(), "a step that does not exist has an index")
    index = indices[:, :steps].reshape(tiles, steps * 64)
    expect((index[:, columns:] == -1).all(), "a place behind K has an index")

    # Values: [half][fragment][lane][register].
    halves = body[:, :, : 64 * vector].copy().view("<f2")
    halves = halves.reshape(tiles, steps, 2, vector // 16, 32, 8).astype(np.float64)
    entries = np.zeros((tiles, steps, 2, vector, 16))
    for f in range(vector // 16):
        for lane in range(32):
            for i in range(8):
                row = 16 * f + lane // 4 + (8 if i in (2, 3, 6, 7) else 0)
                column = 2 * (lane % 4) + i % 2 + (8 if i >= 4 else 0)
                entries[:, :, :, row, column] = halves[:, :, :, f, lane, i]

    # Metadata: [pair][lane][half], four groups of two positions in 16 bits.
    words = body[:, :, 64 * vector : 72 * vector].copy().view("<u4")
    words = words.reshape(tiles, steps, vector // 32, 32, 2)
    positions = np.zeros((tiles, steps, 2, vector, 16), np.int64)
    for f in range(vector // 16):
        for g in range(8):
            for q in range(2):
                word = words[:, :, f // 2, 4 * g + 2 * (f % 2) + q, :]
                for upper in range(2):
                    row = 16 * f + g + 8 * upper
                    for e in range(8):
                        bits = (word >> (16 * upper + 2 * e)) & 3
                        positions[:, :, :, row, 8 * q + e] = bits

    pairs = positions.reshape(tiles, steps, 2, vector, 8, 2)
    expect((pairs[..., 0] < pairs[..., 1]).all(), "positions of a group do not ascend")
    dense = np.zeros((tiles, steps, 2, vector, 8, 4))
    kept = np.zeros(dense.shape, bool)
    np.put_along_axis(dense, pairs, entries.reshape(pairs.shape), axis=5)
    np.put_along_axis(kept, pairs, True, axis=5)

    def rows_first(array):
        array = array.reshape(tiles, steps, 2, vector, 32)
        return array.transpose(0, 3, 1, 2, 4).reshape(tiles * vector, steps * 64)

    dense, kept = rows_first(dense), rows_first(kept)
    expect(not dense[:, columns:].any(), "a place behind K has a value")
    return Stored(index[:, :columns].copy(), dense[:, :columns], kept[:, :columns])


def dense_of(stored, rows, inputs, vector):
    """The dense matrix under the pattern, rows in tile order."""
    dense = np.zeros((rows, inputs))
    for t, index in enumerate(stored.vector_index):
        first, last = t * vector, min((t + 1) * vector, rows)
        real = index >= 0
        expect(
            not stored.packed[first:last][:, ~real].any(), "a place without index has a value"
        )
        dense[first:last, index[real]] = stored.packed[first:last][:, real]
    expect(not stored.packed[rows:].any(), "a padding row has a value")
    return dense

# ===- raster.py - |w| as coloured pixels ---------------------------- -*- Python -*-===#
#
# Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""Indexed PNG of entries: a hue for each kind, darker where |w| is larger."""
import struct
import zlib

import numpy as np

# Kinds of entries: kept; dropped in a kept column; in a dropped column.
KEPT, DROPPED, COLUMN_DROPPED = range(3)
COLORS = [
    ((216, 229, 250), (8, 48, 128)),
    ((255, 243, 222), (232, 150, 60)),
    ((246, 246, 246), (130, 130, 130)),
]
LEVELS = 12
PALEST = COLUMN_DROPPED * LEVELS


def palette():
    steps = np.linspace(0, 1, LEVELS)[:, None]
    colors = [np.array(a) * (1 - steps) + np.array(b) * steps for a, b in COLORS]
    return np.concatenate(colors).astype(np.uint8)


def png(pixels):
    """An indexed PNG of `pixels` [height, width]: kind * LEVELS + level."""

    def chunk(name, data):
        body = name + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    height, width = pixels.shape
    lines = np.zeros((height, width + 1), np.uint8)
    lines[:, 1:] = pixels
    return b"".join(
        [
            b"\x89PNG\r\n\x1a\n",
            chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
            chunk(b"PLTE", palette().tobytes()),
            chunk(b"IDAT", zlib.compress(lines.tobytes(), 9)),
            chunk(b"IEND", b""),
        ]
    )


def levels_of(saliency):
    """0 .. LEVELS - 1 from the least to the largest; outliers are cut off."""
    low, top = np.quantile(saliency, [0.01, 0.995])
    share = (saliency - low) / max(top - low, 1e-30)
    return (np.clip(share, 0, 1) * (LEVELS - 1)).round().astype(int)


def pixels_of(saliency, kinds):
    return kinds * LEVELS + levels_of(saliency)


def pooled(saliency, kinds, rows):
    """`rows` rows a pixel: their mean, and whether most stand in kept columns."""
    count = len(saliency) // rows

    def mean(array):
        return array[: count * rows].reshape(count, rows, -1).mean(axis=1)

    kept = mean(kinds != COLUMN_DROPPED) >= 0.5
    return pixels_of(mean(saliency), np.where(kept, KEPT, COLUMN_DROPPED))

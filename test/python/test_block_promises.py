# ===- test_block_promises.py - what a feed-forward block costs ---- -*- Python -*-===#
#
# Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===------------------------------------------------------------------------===#
"""What chains of feed-forward blocks cost, counted, and what an order adds to it."""
import functools
import json
import re

import numpy as np
import pytest

from conftest import random_layer, random_tokens
from hinm import checks, feed_forward, files

TOKENS, SIZE, HIDDEN = 128, 384, 1536
LENGTHS = [1, 2, 3]
GLOBAL = ["global_loads", "global_stores", "global_atomics", "async_global"]


def make_block(seed):
    generator = np.random.default_rng(seed)
    scale, shift = generator.standard_normal((2, SIZE)).astype(np.float32)
    up, down = random_layer(HIDDEN, SIZE, seed), random_layer(SIZE, HIDDEN, seed)
    return feed_forward.Block(up, down, scale, shift, 1e-12)


class Chain:
    """A compiled chain of blocks, each with its own weights."""

    def __init__(self, commands, folder, length, permute):
        self.commands = commands
        self.folder = folder
        self.blocks = [make_block(seed) for seed in range(length)]
        model, timing = folder / "model.mlir", folder / "timing.json"
        model.write_text(feed_forward.print_blocks(self.blocks, TOKENS))
        commands.compile(
            model, folder / "artifact", "--permute=" + permute, "--timing=%s" % timing
        )
        self.peak = json.loads(timing.read_text())["peak_bytes"]
        self.artifact = files.Artifact(folder / "artifact")
        self.ptx = self.artifact.file("sm_80", "ptx").read_text()
        # The text of each kernel by its name.
        parts = re.split(r"^\.visible \.entry (\w+)", self.ptx, flags=re.M)[1:]
        self.kernels = dict(zip(parts[::2], parts[1::2]))

    @functools.cached_property
    def counters(self):
        """What each launch executes."""
        _, counters = self.commands.run_artifact(
            self.artifact.path,
            [random_tokens(TOKENS, SIZE)],
            self.folder,
            "emulator",
            counters=True,
        )
        return counters

    def traffic(self, key):
        return checks.total([c[name] for c in self.counters for name in GLOBAL], key)

    @property
    def retained(self):
        return [layer["retained"] for layer in self.artifact.report["layers"]]


@pytest.fixture(scope="module")
def chain(commands, tmp_path_factory):
    """A function that compiles a chain, each once."""

    @functools.lru_cache(maxsize=None)
    def compile_chain(length=1, permute="gyro"):
        return Chain(commands, tmp_path_factory.mktemp("chain"), length, permute)

    return compile_chain


@pytest.fixture(scope="module")
def chains(chain):
    return [chain(length) for length in LENGTHS]


@pytest.mark.parametrize("length", [1, 2])
def test_an_order_changes_counts_by_at_most_one_percent(chain, length):
    plain, ordered = chain(length, "none"), chain(length)
    names = [[c["kernel"] for c in found.counters] for found in (plain, ordered)]
    assert names[0] == names[1]
    executed = [checks.total(c.counters, "warp_instructions") for c in (plain, ordered)]
    assert executed[1] == pytest.approx(executed[0], rel=0.01)
    for key in ("bytes", "sectors"):
        assert ordered.traffic(key) == pytest.approx(plain.traffic(key), rel=0.01), key


def test_an_order_retains_more(chain):
    """Each layer for itself."""
    retained = [chain(1, permute).retained for permute in ("none", "columns", "gyro")]
    for none, columns, gyro in zip(*retained):
        assert none < columns < gyro


@pytest.mark.parametrize("length", LENGTHS)
def test_memory_of_the_compiler(chain, length):
    found = chain(length)
    weights = sum(layer.weight.nbytes for b in found.blocks for layer in b.layers)
    assert found.peak <= 4 * weights + 300e6


def test_memory_grows_linearly(chains):
    first, second = np.diff([found.peak for found in chains])
    assert abs(second - first) <= 0.3 * first


def test_launches_grow_linearly(chains):
    launches = [len(found.counters) for found in chains]
    first, second = np.diff(launches)
    assert first == second <= launches[0]


def test_blocks_share_kernels(chains):
    """A second block's shapes and schedules are the first one's: so are its kernels."""
    assert [len(found.kernels) for found in chains] == [len(chains[0].kernels)] * 3
    assert len(chains[2].ptx) <= len(chains[1].ptx) + 2000


@pytest.mark.parametrize("permute", ["none", "gyro"])
def test_sparse_kernels_multiply_sparsely(chain, permute):
    found = chain(1, permute)
    dense = re.compile(r"\b(mma\.sync|wmma\.|wgmma\.)")
    sparse = [name for name in found.kernels if name.startswith("gather_matmul")]
    assert sparse
    for name, text in found.kernels.items():
        assert ("mma.sp" in text) == (name in sparse), name
        assert not dense.search(text), name
    for counted in found.counters:
        assert (counted["mma_sp"] > 0) == (counted["kernel"] in sparse)
        assert counted["mma"] == 0
    assert sorted({c["kernel"] for c in found.counters}) == sorted(found.kernels)

#===- test_groups.py - groups.cu against numpy -------------------------------===#
#
# Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===----------------------------------------------------------------------===#
"""usage: test_groups.py PTX_EMULATE [CUDA_PATH]"""
from cuda_kernels import close, equal, main, np


def test_tiles(kernels, rng):
    x = rng.integers(-999, 999, 128).astype("i4")
    f = rng.standard_normal(128).astype("f4")
    _, _, y, sums = kernels.run("tiles", 1, 128, x, f,
                                np.zeros((128, 5), "i4"), np.zeros(128, "f4"))
    for t in range(128):
        warp = t // 32 * 32
        mates = [i for i in range(warp, warp + 32) if i % 3 == t % 3]
        equal(y[t], [x[warp:warp + 32].sum(), x[t // 8 * 8:][:8].sum(),
                     x[warp:warp + 32].max(), x[t // 16 * 16:t].sum(),
                     x[mates].sum()])
    _, y = kernels.run("wideTiles", 1, 128, x, np.zeros_like(x))
    equal(y, np.repeat(x.reshape(2, 64).sum(1), 64))
    close(sums, np.repeat(f.astype("f8").reshape(16, 8).sum(1), 8), 1e-5)


def test_compact(kernels, rng):
    n = 700
    x = rng.integers(0, 100, n).astype("i4")
    expected = x[x % 3 == 0]
    _, kept, count = kernels.run("compact", 3, 256, x, np.full(n, -1, "i4"),
                                 np.zeros(1, "i4"), n)
    assert count[0] == len(expected)
    # Groups come in any order.
    equal(np.sort(kept[:count[0]]), np.sort(expected))
    assert (kept[count[0]:] == -1).all()


def test_matches(kernels, rng):
    for same in (np.full(32, 7, "i4"), np.arange(32, dtype="i4")):
        x = rng.integers(0, 6, 32).astype("i4")
        _, _, y = kernels.run("matches", 1, 32, x, same,
                              np.zeros((32, 6), "u4"))
        everyone = int((same == same[0]).all())
        for t in range(32):
            half = x[t % 2::2]
            equal(y[t], [sum(1 << i for i in range(32) if x[i] == x[t]),
                         everyone * 0xffffffff, half.sum(), half.max(),
                         np.bitwise_xor.reduce(half), everyone])


def test_between_blocks(kernels, rng):
    x = rng.integers(0, 100, 200).astype("i4")
    _, partial, total, count = kernels.run(
        "handOver", 7, 32, x, np.zeros(7, "i4"), np.zeros(1, "i4"),
        np.zeros(1, "u4"), 200)
    assert total[0] == x.sum() and count[0] == 7
    equal(partial, np.add.reduceat(x, range(0, 200, 32)))

    x = rng.integers(0, 100, 2000).astype("i4")
    _, _, total, count = kernels.run(
        "lastBlock", 6, 128, x, np.zeros(6, "i4"), np.zeros(1, "i4"),
        np.zeros(1, "u4"), 2000)
    assert total[0] == x.sum() and count[0] == 6


def test(kernels):
    rng = np.random.default_rng(20)
    test_tiles(kernels, rng)
    test_compact(kernels, rng)
    test_matches(kernels, rng)
    test_between_blocks(kernels, rng)


TEST = ("groups", ("sm_80",), test)

if __name__ == "__main__":
    main(TEST)

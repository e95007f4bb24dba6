#===- test_async.py - async.cu against numpy ---------------------------------===#
#
# Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===----------------------------------------------------------------------===#
"""usage: test_async.py PTX_EMULATE [CUDA_PATH]"""
from cuda_kernels import close, equal, main, np


def test(kernels):
    rng = np.random.default_rng(20)
    for n in (1, 2, 11): # fewer steps than stages, and more
        x = rng.standard_normal((n, 128)).astype("f4")
        _, y = kernels.run("multistage", 1, 128, x, np.zeros(128, "f4"), n)
        close(y, x[:, ::-1].astype("f8").sum(0), 1e-5)

        x = rng.standard_normal((n, 512)).astype("f4")
        _, y = kernels.run("threadPipeline", 1, 128, x, np.zeros_like(x), n)
        equal(y, 2 * x)

        x = rng.standard_normal((n, 128)).astype("f4")
        _, y = kernels.run("blockPipeline", 1, 128, x, np.zeros_like(x), n)
        equal(y, x[:, ::-1])

        x = rng.integers(-99, 99, (n, 96)).astype("i4")
        _, y = kernels.run("rolePipeline", 1, 128, x, np.zeros(96, "i4"), n)
        equal(y[::-1], x.sum(0)[::-1])

    x = rng.integers(-99, 99, 128).astype("i4")
    for distance in (1, 32, 65):
        expected = x.copy()
        for rounds in range(1, 4):
            expected = expected + np.roll(expected, -distance)
            _, y = kernels.run("neighbours", 1, 128, x, np.zeros_like(x),
                               rounds, distance)
            equal(y, expected)

    for n in (64, 200):
        x = rng.integers(-99, 99, (2, n)).astype("i4")
        _, y = kernels.run("groupCopies", 1, 64, x, np.zeros(n, "i4"), n,
                           shared=8 * n)
        equal(y, x[0, ::-1] + x[1, ::-1])


TEST = ("async", ("sm_80", "sm_90"), test)

if __name__ == "__main__":
    main(TEST)

#===- test_block.py - block.cu against numpy ------------------------------===#
#
# Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===----------------------------------------------------------------------===#
"""usage: test_block.py PTX_EMULATE [CUDA_PATH]"""
from cuda_kernels import close, equal, main, np


def test(kernels):
    rng = np.random.default_rng(20)
    for n in (1, 300, 5000):
        x = rng.standard_normal(n).astype("f4")
        _, y = kernels.run("blockReduce", 7, 256, x, np.zeros(7, "f4"), n)
        mine = np.arange(n) // 256 % 7
        close(y, np.bincount(mine, x.astype("f8"), 7), 1e-4)

    for n in (1, 200, 256):
        x = rng.integers(0, 100, n).astype("i4")
        _, y = kernels.run("scan", 1, 256, x, np.zeros(n, "i4"), n,
                           shared=1024)
        equal(y, np.cumsum(x))

    for height, width in ((45, 77), (32, 64)):
        x = rng.standard_normal((height, width)).astype("f4")
        _, y = kernels.run("transpose", f"{-(-width // 32)},{-(-height // 32)}",
                           "32,8", x, np.zeros((width, height), "f4"), width,
                           height)
        equal(y, x.T)

    x = rng.integers(0, 256, 3000).astype("u1")
    _, bins = kernels.run("histogram", 5, 256, x, np.zeros(256, "u4"), 3000)
    equal(bins, np.bincount(x, minlength=256))


TEST = ("block", ("sm_80",), test)

if __name__ == "__main__":
    main(TEST)

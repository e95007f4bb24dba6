#===- test_wgmma.py - wgmma.cu against numpy ------------------------------===#
#
# Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===----------------------------------------------------------------------===#
"""usage: test_wgmma.py PTX_EMULATE [CUDA_PATH]"""
from cuda_kernels import close, main, np


def test(kernels):
    rng = np.random.default_rng(20)
    for m, n, k in ((128, 64, 128), (256, 192, 64), (128, 128, 320)):
        a = rng.standard_normal((m, k)).astype("f2")
        b = rng.standard_normal((n, k)).astype("f2")
        _, _, d = kernels.run("product", f"{n // 64},{m // 128}", 256, a, b,
                              np.full((m, n), np.nan, "f4"), n, k,
                              shared=2 * 2 * (128 + 64) * 64)
        close(d, a.astype("f8") @ b.astype("f8").T, 1e-4)

    a = rng.standard_normal((64, 64)).astype("f2")
    d = np.zeros((64, 64), "f4")
    for kernel, line, says in (
            ("noProxyFence", "multiply", "missing fence.proxy.async"),
            ("noFence", "multiply", "without a wgmma.fence"),
            ("operandBeforeWait", "operandBeforeWait",
             "a wgmma that was not waited for"),
            ("resultBeforeWait", "resultBeforeWait", "wgmma")):
        kernels.refuse(kernel, 1, 128, a, a, d, says=says, line=line,
                       shared=4 * 64 * 64)


TEST = ("wgmma", ("sm_90a",), test)

if __name__ == "__main__":
    main(TEST)

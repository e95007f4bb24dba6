#===- test_warp.py - warp.cu against numpy --------------------------------===#
#
# Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===----------------------------------------------------------------------===#
"""usage: test_warp.py PTX_EMULATE [CUDA_PATH]"""
import math

from cuda_kernels import close, main, np


def functions(i, v):
    """A row of what `functions` computes, in double precision."""
    polynomial = 1.0
    for n in range(i % 5):
        polynomial = polynomial * v + n
    bits = int(np.float32(v).view("u4"))
    bits = (bits + 0x7FFF + (bits >> 16 & 1)) & 0xFFFF0000
    half = float(np.float16(v))
    return np.array([
        polynomial, math.tanh(v), math.exp(v), (abs(v) + 0.5) ** 1.7,
        v * v / 3 + abs(v), half, float(np.float16(2 * half + 1)),
        float(np.uint32(bits).view("f4")), math.erf(v),
        1 / math.sqrt(abs(v) + 1),
        i // 7 % 3 + bin(i).count("1") + 32 - i.bit_length(),
        math.fmod(v, float(np.float32(0.3))),
        math.sin(float(np.float32(v) * np.float32(100))) + math.cos(v),
        math.log1p(abs(v))])


def test(kernels):
    rng = np.random.default_rng(20)
    for n in (1, 32, 77):
        x = rng.standard_normal((9, n)).astype("f4")
        _, y = kernels.run("softmax", 9, 32, x, np.zeros_like(x), n)
        e = np.exp(x.astype("f8") - x.max(1, keepdims=True))
        close(y, e / e.sum(1, keepdims=True), 1e-6)

    x = rng.standard_normal(300).astype("f4")
    _, y = kernels.run("functions", 3, 128, x, np.zeros((300, 14), "f4"), 300)
    assert kernels.printed == f"thread 3: {x[3]:.3f} printed\n", kernels.printed
    for i, v in enumerate(x.astype("f8")):
        close(y[i], functions(i, v), 2e-5)


TEST = ("warp", ("sm_80", "sm_90"), test)

if __name__ == "__main__":
    main(TEST)

#===- test_cuda_kernels.py - CUDA C++ through nvcc and the emulator ---------===#
#
# Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===----------------------------------------------------------------------===#
"""Kernels that this project's compiler did not write.

usage: test_cuda_kernels.py PTX_EMULATE

Needs numpy and an nvcc with its headers: $HINM_NVCC, $CUDA_PATH/bin/nvcc, one on
the PATH, or the one of /usr/local/cuda. Exits with 77 where there is none.
"""
import math
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

try:
    import numpy as np
except ImportError:
    print("skipped: no numpy")
    sys.exit(77)

here = Path(__file__).resolve().parent
emulator = sys.argv[1]
work = Path(tempfile.mkdtemp(prefix="hinm-emulator-"))
rng = np.random.default_rng(20)


def find_nvcc():
    for path in (os.environ.get("HINM_NVCC"),
                 os.path.join(os.environ.get("CUDA_PATH", "/nowhere"), "bin/nvcc"),
                 shutil.which("nvcc"), "/usr/local/cuda/bin/nvcc"):
        if path and Path(path).exists():
            return path
    return None


def compile_kernels(nvcc, chip):
    for name in ("block", "warp", "tensor"):
        result = subprocess.run(
            [nvcc, "-std=c++17", "-ptx", "-lineinfo", f"-arch={chip}", "-o",
             work / f"{name}-{chip}.ptx", here / f"{name}.cu"],
            capture_output=True, text=True)
        if result.returncode:
            print(f"skipped: nvcc cannot compile {name}.cu:\n{result.stderr}")
            sys.exit(77)


def run(module, kernel, grid, block, args, fails=None, shared=0):
    command = [emulator, work / f"{module}.ptx", f"--kernel={kernel}",
               f"--grid={grid}", f"--block={block}", f"--shared={shared}"]
    for i, arg in enumerate(args):
        if isinstance(arg, np.ndarray):
            np.save(work / f"{i}.npy", arg)
            arg = f"inout:{work / f'{i}.npy'}"
        command.append(f"--arg={arg}")
    result = subprocess.run(command, capture_output=True, text=True)
    if fails:
        assert result.returncode != 0 and fails in result.stderr, result.stderr
        return result.stderr
    assert result.returncode == 0, result.stderr
    outputs = [np.load(work / f"{i}.npy") for i, arg in enumerate(args)
               if isinstance(arg, np.ndarray)]
    return outputs, result.stdout


def close(got, expected, tolerance):
    error = np.max(np.abs(got.astype("f8") - expected))
    assert error <= tolerance, f"error {error} > {tolerance}"


def test_block(chip):
    x = rng.standard_normal(5000).astype("f4")
    (_, y), _ = run(f"block-{chip}", "blockReduce", 7, 256,
                    [x, np.zeros(7, "f4"), "i32:5000"])
    close(y.sum(), x.astype("f8").sum(), 1e-3)
    message = run(f"block-{chip}", "racyReduce", 1, 256,
                  [x, np.zeros(1, "f4"), "i32:256"], fails="data race")
    assert "block.cu:" in message, message

    x = rng.integers(0, 100, 200).astype("i4")
    (_, y), _ = run(f"block-{chip}", "scan", 1, 256,
                    [x, np.zeros(200, "i4"), "i32:200"], shared=1024)
    assert (y == np.cumsum(x)).all()

    x = rng.standard_normal((45, 77)).astype("f4")
    (_, y), _ = run(f"block-{chip}", "transpose", "3,2", "32,8",
                    [x, np.zeros((77, 45), "f4"), "i32:77", "i32:45"])
    assert (y == x.T).all()

    x = rng.integers(0, 256, 3000).astype("u1")
    (_, bins), _ = run(f"block-{chip}", "histogram", 5, 256,
                       [x, np.zeros(256, "u4"), "i32:3000"])
    assert (bins == np.bincount(x, minlength=256)).all()

    x = rng.integers(0, 100, 2000).astype("i4")
    (_, _, total, count), _ = run(
        f"block-{chip}", "lastBlock", 6, 128,
        [x, np.zeros(6, "i4"), np.zeros(1, "i4"), np.zeros(1, "u4"),
         "i32:2000"])
    assert total[0] == x.sum() and count[0] == 6


def test_warp(chip):
    x = rng.standard_normal((9, 77)).astype("f4")
    (_, y), _ = run(f"warp-{chip}", "softmax", 9, 32,
                    [x, np.zeros_like(x), "i32:77"])
    e = np.exp(x.astype("f8") - x.max(1, keepdims=True))
    close(y, e / e.sum(1, keepdims=True), 1e-6)

    x = rng.standard_normal(300).astype("f4")
    (_, y), printed = run(f"warp-{chip}", "functions", 3, 128,
                          [x, np.zeros((300, 14), "f4"), "i32:300"])
    assert printed == f"thread 3: {x[3]:.3f} printed\n", printed
    for i, v in enumerate(x.astype("f8")):
        polynomial = 1.0
        for n in range(i % 5):
            polynomial = polynomial * v + n
        bits = int(np.float32(v).view("u4"))
        bits = (bits + 0x7FFF + (bits >> 16 & 1)) & 0xFFFF0000
        half = float(np.float16(v))
        expected = [
            polynomial, math.tanh(v), math.exp(v), (abs(v) + 0.5) ** 1.7,
            v * v / 3 + abs(v), half, float(np.float16(2 * half + 1)),
            float(np.uint32(bits).view("f4")), math.erf(v),
            1 / math.sqrt(abs(v) + 1),
            i // 7 % 3 + bin(i).count("1") + 32 - i.bit_length(),
            math.fmod(v, float(np.float32(0.3))),
            math.sin(float(np.float32(v) * np.float32(100))) + math.cos(v),
            math.log1p(abs(v))]
        close(y[i], np.array(expected), 2e-5)


def test_tensor(chip):
    x = rng.standard_normal((11, 128)).astype("f4")
    (_, y), _ = run(f"tensor-{chip}", "multistage", 1, 128,
                    [x, np.zeros(128, "f4"), "i32:11"])
    close(y, x[:, ::-1].astype("f8").sum(0), 1e-5)

    a = rng.standard_normal((16, 48)).astype("f2")
    b = rng.standard_normal((16, 48)).astype("f2")
    (_, _, c), _ = run(f"tensor-{chip}", "wmmaProduct", 1, 32,
                       [a, b, np.zeros((16, 16), "f4"), "i32:48"])
    close(c, a.astype("f8") @ b.astype("f8").T, 2e-5)

    values = rng.standard_normal((16, 16)).astype("f2")
    b = rng.standard_normal((32, 8)).astype("f2")
    dense = np.zeros((16, 32))
    metadata = np.zeros(16, "u4")
    for row in range(16):
        for group in range(8):
            first, second = sorted(rng.choice(4, 2, replace=False))
            dense[row, 4 * group + first] = values[row, 2 * group]
            dense[row, 4 * group + second] = values[row, 2 * group + 1]
            metadata[row] |= np.uint32(int(first | second << 2) << 4 * group)
    (_, _, _, d), _ = run(f"tensor-{chip}", "sparseProduct", 1, 32,
                          [values, b, metadata, np.zeros((16, 8), "f4")])
    close(d, dense @ b.astype("f8"), 1e-5)


def main():
    nvcc = find_nvcc()
    if not nvcc:
        print("skipped: no nvcc")
        sys.exit(77)
    for chip in ("sm_80", "sm_90"):
        compile_kernels(nvcc, chip)
        for test in (test_block, test_warp, test_tensor):
            test(chip)
            print(f"{test.__name__} {chip}: passed")
    shutil.rmtree(work)


if __name__ == "__main__":
    main()

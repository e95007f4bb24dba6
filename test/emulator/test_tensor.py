#===- test_tensor.py - tensor.cu against numpy -------------------------------===#
#
# Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#===----------------------------------------------------------------------===#
"""usage: test_tensor.py PTX_EMULATE [CUDA_PATH]"""
from cuda_kernels import close, main, np


def padded(matrix):
    """Rows of a multiple of 8; what is added is read by nobody."""
    rows, columns = matrix.shape
    result = np.full((rows, (columns + 7) // 8 * 8), np.nan, matrix.dtype)
    result[:, :columns] = matrix
    return result


def test_dense(kernels, rng):
    for m, n, k in ((64, 64, 32), (64, 128, 96), (75, 52, 83), (1, 3, 5),
                    (130, 70, 64)):
        a = rng.standard_normal((m, k)).astype("f2")
        b = rng.standard_normal((k, n)).astype("f2")
        left, right = padded(a), padded(b)
        _, _, d = kernels.run(
            "denseProduct", f"{-(-n // 64)},{-(-m // 64)}", 128, left, right,
            np.full((m, n), np.nan, "f4"), m, n, k, left.shape[1],
            right.shape[1])
        close(d, a.astype("f8") @ b.astype("f8"), 4e-5)


def sparse_matrix(rng, m, k):
    """Dense form, values and metadata of a 2:4 matrix."""
    dense = np.zeros((m, k // 4, 4))
    values = rng.standard_normal((m, k // 4, 2)).astype("f2")
    kept = np.sort(rng.permuted(np.tile(np.arange(4), (m, k // 4, 1)),
                                axis=2)[:, :, :2], axis=2)
    np.put_along_axis(dense, kept, values.astype("f8"), axis=2)
    words = np.zeros((m, k // 32), "u4")
    for group in range(k // 4):
        code = kept[:, group, 0] | kept[:, group, 1] << 2
        words[:, group // 8] |= (code << group % 8 * 4).astype("u4")
    return dense.reshape(m, k), values.reshape(m, k // 2), words


def test_sparse(kernels, rng):
    for m, n, k in ((16, 32, 64), (32, 64, 192), (27, 45, 128)):
        dense, values, metadata = sparse_matrix(rng, m, k)
        b = rng.standard_normal((k, n)).astype("f2")
        right = padded(b)
        _, _, _, d = kernels.run(
            "sparseProduct", f"{-(-n // 32)},{-(-m // 16)}", 32, values,
            metadata, right, np.full((m, n), np.nan, "f4"), m, n, k,
            right.shape[1])
        close(d, dense @ b.astype("f8"), 4e-5)


def test(kernels):
    rng = np.random.default_rng(20)
    a = rng.standard_normal((16, 48)).astype("f2")
    b = rng.standard_normal((16, 48)).astype("f2")
    _, _, c = kernels.run("wmmaProduct", 1, 32, a, b,
                          np.zeros((16, 16), "f4"), 48)
    close(c, a.astype("f8") @ b.astype("f8").T, 2e-5)
    test_dense(kernels, rng)
    test_sparse(kernels, rng)


TEST = ("tensor", ("sm_80",), test)

if __name__ == "__main__":
    main(TEST)

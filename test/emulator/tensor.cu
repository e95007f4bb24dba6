//===- tensor.cu - matrix products of the tensor cores ----------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include <cuda_fp16.h>
#include <mma.h>

extern "C" __global__ void wmmaProduct(const half *a, const half *b, float *c,
                                       int k) {
  using namespace nvcuda::wmma;
  fragment<matrix_a, 16, 16, 16, half, row_major> left;
  fragment<matrix_b, 16, 16, 16, half, col_major> right;
  fragment<accumulator, 16, 16, 16, float> sum;
  fill_fragment(sum, 0.f);
  for (int i = 0; i < k; i += 16) {
    load_matrix_sync(left, a + i, k);
    load_matrix_sync(right, b + i, k);
    mma_sync(sum, left, right, sum);
  }
  store_matrix_sync(c, sum, 16, mem_row_major);
}

__device__ unsigned sharedAddress(const void *at) {
  return unsigned(__cvta_generic_to_shared(at));
}

/// 16 bytes, of which `valid` come from memory and the rest is zero.
__device__ void copyAsync(void *to, const void *from, int valid) {
  asm volatile(
      "cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(sharedAddress(to)),
      "l"(__cvta_generic_to_global(from)), "r"(valid)
      : "memory");
}

__device__ void commitCopies() {
  asm volatile("cp.async.commit_group;" ::: "memory");
}

template <int inFlight>
__device__ void waitForCopies() {
  asm volatile("cp.async.wait_group %0;" ::"n"(inFlight) : "memory");
}

/// rows x 8 chunks of a row-major matrix from (row, column) on, zero outside of
/// height x width; the matrix's rows start at multiples of 16 bytes.
template <int rows, int columns, int stride, int threads>
__device__ void copyTile(half *tile, const half *matrix, int leading, int row,
                         int column, int height, int width) {
  constexpr int chunks = columns / 8;
  for (int i = threadIdx.x; i < rows * chunks; i += threads) {
    int r = i / chunks, c = i % chunks * 8;
    int valid = row + r < height ? min(8, max(0, width - column - c)) : 0;
    const half *from =
        valid ? matrix + (row + r) * leading + column + c : matrix;
    copyAsync(tile + r * stride + c, from, 2 * valid);
  }
}

__device__ void loadMatrices(unsigned (&r)[4], const half *row) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];"
               : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
               : "r"(sharedAddress(row)));
}

__device__ void loadTransposed(unsigned (&r)[4], const half *row) {
  asm volatile(
      "ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0,%1,%2,%3}, [%4];"
      : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
      : "r"(sharedAddress(row)));
}

__device__ void storeFragment(float *d, const float (&c)[4], int row,
                              int column, int m, int n) {
  int g = threadIdx.x % 32 / 4, q = threadIdx.x % 4;
  for (int i = 0; i < 4; ++i) {
    int r = row + g + 8 * (i / 2), k = column + 2 * q + i % 2;
    if (r < m && k < n)
      d[r * n + k] = c[i];
  }
}

/// D[m][n] = A[m][k] B[k][n], row by row of lda and ldb; 64 x 64 a CTA, 32 x 32
/// a warp, steps of 32 in k through two stages.
extern "C" __global__ void denseProduct(const half *a, const half *b, float *d,
                                        int m, int n, int k, int lda, int ldb) {
  constexpr int strideA = 40, strideB = 72; // padded against bank conflicts
  __shared__ __align__(16) half tileA[2][64 * strideA], tileB[2][32 * strideB];
  int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
  int rows = warp / 2 * 32, columns = warp % 2 * 32;
  int row = blockIdx.y * 64, column = blockIdx.x * 64;
  float c[2][4][4] = {};
  auto fetch = [&](int k0) {
    int stage = k0 / 32 % 2;
    if (k0 < k) {
      copyTile<64, 32, strideA, 128>(tileA[stage], a, lda, row, k0, m, k);
      copyTile<32, 64, strideB, 128>(tileB[stage], b, ldb, k0, column, k, n);
    }
    commitCopies();
  };
  fetch(0);
  for (int k0 = 0; k0 < k; k0 += 32) {
    fetch(k0 + 32);
    waitForCopies<1>();
    __syncthreads();
    const half *stageA = tileA[k0 / 32 % 2], *stageB = tileB[k0 / 32 % 2];
    for (int step = 0; step < 32; step += 16) {
      unsigned left[2][4], right[2][4];
      for (int i = 0; i < 2; ++i) {
        loadMatrices(left[i], stageA + (rows + 16 * i + lane % 16) * strideA +
                                  step + lane / 16 * 8);
        loadTransposed(right[i], stageB + (step + lane % 16) * strideB +
                                     columns + 16 * i + lane / 16 * 8);
      }
      for (int i = 0; i < 2; ++i)
        for (int j = 0; j < 4; ++j)
          asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 "
                       "{%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
                       : "+f"(c[i][j][0]), "+f"(c[i][j][1]), "+f"(c[i][j][2]),
                         "+f"(c[i][j][3])
                       : "r"(left[i][0]), "r"(left[i][1]), "r"(left[i][2]),
                         "r"(left[i][3]), "r"(right[j / 2][j % 2 * 2]),
                         "r"(right[j / 2][j % 2 * 2 + 1]));
    }
    __syncthreads(); // the next fetch overwrites this stage
  }
  for (int i = 0; i < 2; ++i)
    for (int j = 0; j < 4; ++j)
      storeFragment(d, c[i][j], row + rows + 16 * i, column + columns + 8 * j,
                    m, n);
}

template <int selector>
__device__ void sparseMma(float (&c)[4], const unsigned (&a)[4],
                          const unsigned (&b)[4], unsigned metadata) {
  asm volatile("mma.sp::ordered_metadata.sync.aligned.m16n8k32.row.col.f32.f16."
               "f16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9,%10,%11}, "
               "{%0,%1,%2,%3}, %12, %13;"
               : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
               : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]),
                 "r"(b[1]), "r"(b[2]), "r"(b[3]), "r"(metadata), "n"(selector));
}

/// D[m][n] = A[m][k] B[k][n] with A 2:4 sparse: values[m][k / 2] and a word of
/// metadata[m][k / 32] for 16 entries, k a multiple of 64; 16 x 32 a warp.
extern "C" __global__ void sparseProduct(const half *values,
                                         const unsigned *metadata,
                                         const half *b, float *d, int m, int n,
                                         int k, int ldb) {
  constexpr int stride = 40;
  __shared__ __align__(16) half tile[64 * stride];
  int lane = threadIdx.x, g = lane / 4, q = lane % 4;
  int row = blockIdx.y * 16, column = blockIdx.x * 32;
  float c[4][4] = {};
  for (int k0 = 0; k0 < k; k0 += 64) {
    copyTile<64, 32, stride, 32>(tile, b, ldb, k0, column, k, n);
    commitCopies();
    unsigned left[2][4], words[2];
    for (int i = 0; i < 2; ++i) {
      int r = row + g + 8 * i;
      for (int step = 0; step < 2; ++step)
        for (int h = 0; h < 2; ++h) {
          int at = r * (k / 2) + k0 / 2 + 16 * step + 8 * h + 2 * q;
          left[step][2 * h + i] = r < m ? *(const unsigned *)&values[at] : 0;
        }
      // The quads' first two lanes hold the first step, the others the second.
      words[i] = r < m ? metadata[r * (k / 32) + k0 / 32 + q / 2] : 0x44444444;
    }
    unsigned word = __byte_perm(words[0], words[1], q % 2 ? 0x7632 : 0x5410);
    waitForCopies<0>();
    __syncwarp();
    for (int j = 0; j < 4; ++j) {
      unsigned right[4];
      loadTransposed(right, tile + lane * stride + 8 * j);
      sparseMma<0>(c[j], left[0], right, word);
      loadTransposed(right, tile + (32 + lane) * stride + 8 * j);
      sparseMma<1>(c[j], left[1], right, word);
    }
    __syncwarp();
  }
  for (int j = 0; j < 4; ++j)
    storeFragment(d, c[j], row, column + 8 * j, m, n);
}

//===- tensor.cu - tensor cores and asynchronous copies ---------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include <cuda_fp16.h>
#include <cuda_pipeline.h>
#include <mma.h>

extern "C" __global__ void multistage(const float *x, float *y, int n) {
  __shared__ float stage[4][128];
  int t = threadIdx.x;
  float sum = 0;
  for (int k = 0; k < 3; ++k) {
    if (k < n)
      __pipeline_memcpy_async(&stage[k][t], &x[k * 128 + t], 4);
    __pipeline_commit();
  }
  for (int k = 0; k < n; ++k) {
    __pipeline_wait_prior(2);
    __syncthreads();
    sum += stage[k % 4][127 - t];
    if (k + 3 < n)
      __pipeline_memcpy_async(&stage[(k + 3) % 4][t], &x[(k + 3) * 128 + t], 4);
    __pipeline_commit();
  }
  y[t] = sum;
}

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

/// D[16][8] of A[16][16], of which each row keeps 2 of 4 of 32 columns, and
/// B[32][8]; metadata[row] has 2 bits an entry.
extern "C" __global__ void sparseProduct(const half *a, const half *b,
                                         const unsigned *metadata, float *d) {
  int g = threadIdx.x / 4, q = threadIdx.x % 4;
  unsigned left[4], right[4], word = 0;
  for (int r = 0; r < 4; ++r) {
    int row = g + 8 * (r % 2), column = 2 * q + 8 * (r / 2);
    left[r] = *(const unsigned *)&a[row * 16 + column];
    half low = b[(8 * r + 2 * q) * 8 + g],
         high = b[(8 * r + 2 * q + 1) * 8 + g];
    right[r] = __half_as_ushort(low) | __half_as_ushort(high) << 16;
  }
  if (q < 2)
    word = (metadata[g] >> 16 * q & 0xffff) |
           (metadata[g + 8] >> 16 * q & 0xffff) << 16;
  float c[4] = {0, 0, 0, 0};
  asm volatile("mma.sp::ordered_metadata.sync.aligned.m16n8k32.row.col.f32.f16."
               "f16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9,%10,%11}, "
               "{%0,%1,%2,%3}, %12, 0;"
               : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
               : "r"(left[0]), "r"(left[1]), "r"(left[2]), "r"(left[3]),
                 "r"(right[0]), "r"(right[1]), "r"(right[2]), "r"(right[3]),
                 "r"(word));
  for (int i = 0; i < 4; ++i)
    d[(g + 8 * (i / 2)) * 8 + 2 * q + i % 2] = c[i];
}

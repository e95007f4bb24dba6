//===- block.cu - kernels whose threads meet in shared memory ---*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include <cooperative_groups.h>

namespace cg = cooperative_groups;

extern "C" __global__ void blockReduce(const float *x, float *y, int n) {
  __shared__ float partial[256];
  float sum = 0;
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n;
       i += gridDim.x * blockDim.x)
    sum += x[i];
  partial[threadIdx.x] = sum;
  __syncthreads();
  for (int half = blockDim.x / 2; half > 0; half >>= 1) {
    if (threadIdx.x < half)
      partial[threadIdx.x] += partial[threadIdx.x + half];
    __syncthreads();
  }
  if (threadIdx.x == 0)
    y[blockIdx.x] = partial[0];
}

/// The same without its last barriers: a race.
extern "C" __global__ void racyReduce(const float *x, float *y, int n) {
  __shared__ float partial[256];
  partial[threadIdx.x] = threadIdx.x < n ? x[threadIdx.x] : 0;
  __syncthreads();
  for (int half = blockDim.x / 2; half > 0; half >>= 1)
    if (threadIdx.x < half)
      partial[threadIdx.x] += partial[threadIdx.x + half];
  if (threadIdx.x == 0)
    y[blockIdx.x] = partial[0];
}

extern "C" __global__ void scan(const int *x, int *y, int n) {
  extern __shared__ int sums[];
  int i = threadIdx.x;
  sums[i] = i < n ? x[i] : 0;
  __syncthreads();
  for (int distance = 1; distance < blockDim.x; distance *= 2) {
    int left = i >= distance ? sums[i - distance] : 0;
    __syncthreads();
    sums[i] += left;
    __syncthreads();
  }
  if (i < n)
    y[i] = sums[i];
}

extern "C" __global__ void transpose(const float *x, float *y, int width,
                                     int height) {
  __shared__ float tile[32][33];
  int column = blockIdx.x * 32 + threadIdx.x;
  int row = blockIdx.y * 32 + threadIdx.y;
  for (int j = 0; j < 32; j += 8)
    if (column < width && row + j < height)
      tile[threadIdx.y + j][threadIdx.x] = x[(row + j) * width + column];
  __syncthreads();
  column = blockIdx.y * 32 + threadIdx.x;
  row = blockIdx.x * 32 + threadIdx.y;
  for (int j = 0; j < 32; j += 8)
    if (column < height && row + j < width)
      y[(row + j) * height + column] = tile[threadIdx.x][threadIdx.y + j];
}

extern "C" __global__ void histogram(const unsigned char *x, unsigned *bins,
                                     int n) {
  __shared__ unsigned mine[256];
  mine[threadIdx.x] = 0;
  __syncthreads();
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n;
       i += gridDim.x * blockDim.x)
    atomicAdd(&mine[x[i]], 1u);
  __syncthreads();
  atomicAdd(&bins[threadIdx.x], mine[threadIdx.x]);
}

/// The block that finishes last adds up what the others have left.
extern "C" __global__ void lastBlock(const int *x, int *partial, int *out,
                                     unsigned *count, int n) {
  __shared__ bool isLast;
  int sum = 0;
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n;
       i += gridDim.x * blockDim.x)
    sum += x[i];
  auto tile = cg::tiled_partition<32>(cg::this_thread_block());
  for (int offset = 16; offset; offset >>= 1)
    sum += tile.shfl_down(sum, offset);
  if (tile.thread_rank() == 0)
    atomicAdd(&partial[blockIdx.x], sum);
  __threadfence();
  __syncthreads();
  if (threadIdx.x == 0)
    isLast = atomicAdd(count, 1) == gridDim.x - 1;
  __syncthreads();
  if (!isLast || threadIdx.x != 0)
    return;
  int total = 0;
  for (int b = 0; b < gridDim.x; ++b)
    total += ((volatile int *)partial)[b];
  *out = total;
}

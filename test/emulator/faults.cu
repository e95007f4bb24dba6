//===- faults.cu - kernels that are wrong on purpose ------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A comment `fault: KERNEL` ends the line that a report must name; of several
// lines any, since compilers place a long statement differently.
//
//===----------------------------------------------------------------------===//

#include <cuda_pipeline.h>

/// The barriers of the loop are missing.
extern "C" __global__ void racyReduce(const float *x, float *y) {
  __shared__ float partial[256];
  partial[threadIdx.x] = x[threadIdx.x];
  __syncthreads();
  for (int half = blockDim.x / 2; half > 0; half >>= 1)
    if (threadIdx.x < half)
      partial[threadIdx.x] += partial[threadIdx.x + half]; // fault: racyReduce
  if (threadIdx.x == 0)
    y[0] = partial[0];
}

/// The lanes of a warp need __syncwarp().
extern "C" __global__ void racyWarp(const float *x, float *y) {
  __shared__ float values[32];
  values[threadIdx.x] = x[threadIdx.x];
  y[threadIdx.x] = values[31 - threadIdx.x]; // fault: racyWarp
}

/// Two CTAs add to one sum without an atomic.
extern "C" __global__ void racyBlocks(const float *x, float *y) {
  if (threadIdx.x == 0)
    *y += x[blockIdx.x]; // fault: racyBlocks
}

extern "C" __global__ void onePast(const float *x, float *y, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i <= n)
    y[i] = 2 * x[i]; // fault: onePast
}

extern "C" __global__ void onePastShared(const float *x, float *y) {
  __shared__ float values[128];
  values[threadIdx.x] = x[threadIdx.x];
  __syncthreads();
  y[threadIdx.x] = values[threadIdx.x + 1]; // fault: onePastShared
}

/// The last thread's element of shared memory is never written.
extern "C" __global__ void uninitialised(const float *x, float *y, int n) {
  __shared__ float values[128];
  if (threadIdx.x < n)
    values[threadIdx.x] = x[threadIdx.x];
  __syncthreads();
  y[threadIdx.x] = values[127 - threadIdx.x]; // fault: uninitialised
}

extern "C" __global__ void misaligned(const float *x, float *y) {
  int i = threadIdx.x;
  float4 v = *(const float4 *)(x + i); // fault: misaligned
  y[i] = v.x + v.w;
}

/// Committed, not waited for.
extern "C" __global__ void copyBeforeWait(const float *x, float *y) {
  __shared__ float values[128];
  int t = threadIdx.x;
  __pipeline_memcpy_async(&values[t], &x[t], 4);
  __pipeline_commit();
  __syncthreads();
  y[t] = values[t]; // fault: copyBeforeWait
}

/// Each thread has waited for its own copy, and reads its neighbour's.
extern "C" __global__ void copyBeforeBarrier(const float *x, float *y) {
  __shared__ float values[128];
  int t = threadIdx.x;
  __pipeline_memcpy_async(&values[t], &x[t], 4);
  __pipeline_commit();
  __pipeline_wait_prior(0);
  y[t] = values[t ^ 1]; // fault: copyBeforeBarrier
}

/// One stage too few is waited for: two are in flight, one may stay.
extern "C" __global__ void copyTooEarly(const float *x, float *y, int n) {
  __shared__ float stage[3][128];
  int t = threadIdx.x;
  for (int k = 0; k < n + 2; ++k) {
    if (k < n)
      __pipeline_memcpy_async(&stage[k % 3][t], &x[k * 128 + t], 4);
    __pipeline_commit();
    __pipeline_wait_prior(2);
    if (k > 0 && k <= n)
      y[(k - 1) * 128 + t] = stage[(k - 1) % 3][t]; // fault: copyTooEarly
  }
}

/// Half of the warp is absent.
extern "C" __global__ void dividedBarrier(const float *x, float *y) {
  __shared__ float values[32];
  values[threadIdx.x] = x[threadIdx.x];
  if (threadIdx.x < 16)
    __syncthreads(); // fault: dividedBarrier
  y[threadIdx.x] = values[threadIdx.x];
}

/// The mask names lanes that have gone another way.
extern "C" __global__ void absentLanes(const float *x, float *y) {
  float v = x[threadIdx.x];
  if (v > 0)
    v += __shfl_xor_sync(~0u, v, 1); // fault: absentLanes
  y[threadIdx.x] = v;
}

__constant__ float table[4] = {1, 2, 3, 4};
extern "C" __global__ void pastConstant(float *y, int i) {
  y[threadIdx.x] = table[i + threadIdx.x]; // fault: pastConstant
}

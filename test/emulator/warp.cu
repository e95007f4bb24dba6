//===- warp.cu - kernels of single threads and warps ------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include <cassert>
#include <cstdio>
#include <cuda_bf16.h>
#include <cuda_fp16.h>

extern "C" __global__ void softmax(const float *x, float *y, int n) {
  const float *row = x + blockIdx.x * n;
  float most = -INFINITY, sum = 0;
  for (int i = threadIdx.x; i < n; i += 32)
    most = fmaxf(most, row[i]);
  for (int offset = 16; offset; offset >>= 1)
    most = fmaxf(most, __shfl_xor_sync(~0u, most, offset));
  for (int i = threadIdx.x; i < n; i += 32)
    sum += expf(row[i] - most);
  for (int offset = 16; offset; offset >>= 1)
    sum += __shfl_xor_sync(~0u, sum, offset);
  for (int i = threadIdx.x; i < n; i += 32)
    y[blockIdx.x * n + i] = expf(row[i] - most) / sum;
}

__device__ __noinline__ float polynomial(float x, int n) {
  float result = 1;
  for (int i = 0; i < n; ++i)
    result = result * x + i;
  return result;
}

/// A column for each function.
extern "C" __global__ void functions(const float *x, float *y, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= n)
    return;
  float v = x[i];
  double wide = v;
  float *row = y + i * 14;
  row[0] = polynomial(v, i % 5);
  row[1] = tanhf(v);
  row[2] = __expf(v);
  row[3] = powf(fabsf(v) + 0.5f, 1.7f);
  row[4] = float(wide * wide / 3.0 + sqrt(wide * wide));
  row[5] = __half2float(__float2half(v));
  row[6] =
      __half2float(__hfma(__float2half(v), __float2half(2), __float2half(1)));
  row[7] = __bfloat162float(__float2bfloat16(v));
  row[8] = erff(v);
  row[9] = rsqrtf(fabsf(v) + 1);
  row[10] = float(i / 7 % 3 + __popc(i) + __clz(i));
  row[11] = fmodf(v, 0.3f);
  row[12] = sinf(v * 100) + cosf(v);
  row[13] = log1pf(fabsf(v));
  if (i == 3)
    printf("thread %d: %.3f %s\n", i, v, "printed");
  assert(v < 1000);
}

//===- wgmma.cu - products of warpgroups ------------------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include <cuda_fp16.h>

__device__ unsigned sharedAddress(const void *at) {
  return unsigned(__cvta_generic_to_shared(at));
}

/// Rows of 128 bytes along k with the 128-byte swizzle: eight of them, 1024
/// bytes, are one pattern.
__device__ unsigned long long descriptor(const half *tile) {
  return (unsigned long long)(sharedAddress(tile) >> 4 & 0x3fff) | 1ull << 16 |
         (1024ull >> 4) << 32 | 1ull << 62;
}

/// rows x 64 halves of a row-major matrix, 16 bytes a copy.
template <int rows>
__device__ void copySwizzled(half *tile, const half *matrix, int leading) {
  for (int i = threadIdx.x; i < rows * 8; i += blockDim.x) {
    int row = i / 8, chunk = i % 8;
    asm volatile(
        "cp.async.cg.shared.global [%0], [%1], 16;" ::"r"(
            sharedAddress(tile + row * 64 + (chunk ^ row % 8) * 8)),
        "l"(__cvta_generic_to_global(matrix + row * leading + chunk * 8))
        : "memory");
  }
}

__device__ void multiply(float (&d)[32], unsigned long long a,
                         unsigned long long b) {
  asm volatile( // fault: multiply
      "wgmma.mma_async.sync.aligned.m64n64k16.f32.f16.f16 {"
      "%0,%1,%2,%3,%4,%5,%6,%7,%8,%9,%10,%11,%12,%13,%14,%15,"
      "%16,%17,%18,%19,%20,%21,%22,%23,%24,%25,%26,%27,%28,%29,%30,%31}, "
      "%32, %33, 1, 1, 1, 0, 0;"
      : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3]), "+f"(d[4]), "+f"(d[5]),
        "+f"(d[6]), "+f"(d[7]), "+f"(d[8]), "+f"(d[9]), "+f"(d[10]),
        "+f"(d[11]), "+f"(d[12]), "+f"(d[13]), "+f"(d[14]), "+f"(d[15]),
        "+f"(d[16]), "+f"(d[17]), "+f"(d[18]), "+f"(d[19]), "+f"(d[20]),
        "+f"(d[21]), "+f"(d[22]), "+f"(d[23]), "+f"(d[24]), "+f"(d[25]),
        "+f"(d[26]), "+f"(d[27]), "+f"(d[28]), "+f"(d[29]), "+f"(d[30]),
        "+f"(d[31])
      : "l"(a), "l"(b)); // fault: multiply
}

__device__ void fenceProducts() {
  asm volatile("wgmma.fence.sync.aligned;" ::: "memory");
}
__device__ void commitProducts() {
  asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory");
}
template <int inFlight>
__device__ void waitForProducts() {
  asm volatile("wgmma.wait_group.sync.aligned %0;" ::"n"(inFlight) : "memory");
}
__device__ void waitForCopies() {
  asm volatile("cp.async.commit_group;\ncp.async.wait_group 0;" ::: "memory");
}
__device__ void fenceProxy() {
  asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
}

__device__ void store(float *d, const float (&c)[32], int n) {
  int warp = threadIdx.x / 32, g = threadIdx.x % 32 / 4, q = threadIdx.x % 4;
  for (int i = 0; i < 32; ++i)
    d[(16 * warp + g + i / 2 % 2 * 8) * n + i / 4 * 8 + 2 * q + i % 2] = c[i];
}

constexpr int tileA = 128 * 64, tileB = 64 * 64; // halves of a stage

/// D[m][n] = A[m][k] B[n][k]^T; 128 x 64 a CTA, in two warpgroups, steps of 64
/// in k through two stages: one is multiplied while the other is filled.
extern "C" __global__ void product(const half *a, const half *b, float *d,
                                   int n, int k) {
  extern __shared__ __align__(1024) half tiles[];
  a += blockIdx.y * 128 * k;
  b += blockIdx.x * 64 * k;
  float c[32] = {};
  int group = threadIdx.x / 128;
  for (int k0 = 0; k0 < k; k0 += 64) {
    half *stageA = tiles + k0 / 64 % 2 * (tileA + tileB);
    half *stageB = stageA + tileA;
    copySwizzled<128>(stageA, a + k0, k);
    copySwizzled<64>(stageB, b + k0, k);
    waitForCopies();
    fenceProxy();
    // The products of the last step may still run; those before are over.
    __syncthreads();
    fenceProducts();
    for (int step = 0; step < 64; step += 16)
      multiply(c, descriptor(stageA + group * 64 * 64 + step),
               descriptor(stageB + step));
    commitProducts();
    waitForProducts<1>();
    __syncthreads();
  }
  waitForProducts<0>();
  store(d + blockIdx.y * 128 * n + blockIdx.x * 64, c, n);
}

// Below: one product of 64 x 64 x 64 each, with something missing.

__device__ void fill(const half *a, const half *b, half *tiles) {
  copySwizzled<64>(tiles, a, 64);
  copySwizzled<64>(tiles + tileB, b, 64);
  waitForCopies();
}

extern "C" __global__ void noProxyFence(const half *a, const half *b,
                                        float *d) {
  extern __shared__ __align__(1024) half tiles[];
  float c[32] = {};
  fill(a, b, tiles);
  __syncthreads();
  fenceProducts();
  multiply(c, descriptor(tiles), descriptor(tiles + tileB));
  commitProducts();
  waitForProducts<0>();
  store(d, c, 64);
}

extern "C" __global__ void noFence(const half *a, const half *b, float *d) {
  extern __shared__ __align__(1024) half tiles[];
  float c[32] = {};
  fill(a, b, tiles);
  fenceProxy();
  __syncthreads();
  multiply(c, descriptor(tiles), descriptor(tiles + tileB));
  commitProducts();
  waitForProducts<0>();
  store(d, c, 64);
}

/// The operand is written while the product may still read it.
extern "C" __global__ void operandBeforeWait(const half *a, const half *b,
                                             float *d) {
  extern __shared__ __align__(1024) half tiles[];
  float c[32] = {};
  fill(a, b, tiles);
  fenceProxy();
  __syncthreads();
  fenceProducts();
  multiply(c, descriptor(tiles), descriptor(tiles + tileB));
  commitProducts();
  tiles[threadIdx.x] = 0; // fault: operandBeforeWait
  waitForProducts<0>();
  store(d, c, 64);
}

/// The accumulators are read while the product may still write them.
extern "C" __global__ void resultBeforeWait(const half *a, const half *b,
                                            float *d) {
  extern __shared__ __align__(1024) half tiles[];
  float c[32] = {};
  fill(a, b, tiles);
  fenceProxy();
  __syncthreads();
  fenceProducts();
  multiply(c, descriptor(tiles), descriptor(tiles + tileB));
  commitProducts();
  d[threadIdx.x] = c[5]; // fault: resultBeforeWait
  waitForProducts<0>();
  store(d, c, 64);
}

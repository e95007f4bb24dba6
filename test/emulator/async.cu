//===- async.cu - pipelines and barriers of libcu++ -------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include <cooperative_groups.h>
#include <cooperative_groups/memcpy_async.h>
#include <cuda/barrier>
#include <cuda/pipeline>
#include <cuda_pipeline.h>

// Barriers and pipelines have constructors; each kernel's init calls stand in.
#pragma nv_diag_suppress static_var_with_dynamic_init

namespace cg = cooperative_groups;

/// Column sums of x[n][128] through four stages of the C interface.
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

/// x[n][512] scaled, each thread its own 16 bytes of a stage; 128 threads.
extern "C" __global__ void threadPipeline(const float4 *x, float4 *y, int n) {
  __shared__ float4 stage[3][128];
  auto pipeline = cuda::make_pipeline();
  int t = threadIdx.x;
  auto fetch = [&](int k) {
    pipeline.producer_acquire();
    if (k < n)
      cuda::memcpy_async(&stage[k % 3][t], &x[k * 128 + t],
                         cuda::aligned_size_t<16>(16), pipeline);
    pipeline.producer_commit();
  };
  fetch(0);
  fetch(1);
  for (int k = 0; k < n; ++k) {
    fetch(k + 2);
    cuda::pipeline_consumer_wait_prior<2>(pipeline);
    float4 v = stage[k % 3][t];
    y[k * 128 + t] = make_float4(2 * v.x, 2 * v.y, 2 * v.z, 2 * v.w);
    pipeline.consumer_release();
  }
}

/// The block's threads share a pipeline of three stages, and read what others
/// have copied: y[k][t] = x[k][127 - t].
extern "C" __global__ void blockPipeline(const float *x, float *y, int n) {
  __shared__ float stage[3][128];
  __shared__ cuda::pipeline_shared_state<cuda::thread_scope_block, 3> state;
  auto block = cg::this_thread_block();
  auto pipeline = cuda::make_pipeline(block, &state);
  int t = threadIdx.x;
  for (int k = 0, next = 0; k < n; ++k) {
    for (; next < n && next < k + 3; ++next) {
      pipeline.producer_acquire();
      cuda::memcpy_async(&stage[next % 3][t], &x[next * 128 + t], sizeof(float),
                         pipeline);
      pipeline.producer_commit();
    }
    pipeline.consumer_wait();
    y[k * 128 + t] = stage[k % 3][127 - t];
    pipeline.consumer_release();
  }
}

/// The first warp copies, the others sum: a pipeline with two roles.
extern "C" __global__ void rolePipeline(const int *x, int *y, int n) {
  __shared__ int stage[2][96];
  __shared__ cuda::pipeline_shared_state<cuda::thread_scope_block, 2> state;
  auto block = cg::this_thread_block();
  bool produces = threadIdx.x < 32;
  auto pipeline = cuda::make_pipeline(block, &state,
                                      produces ? cuda::pipeline_role::producer
                                               : cuda::pipeline_role::consumer);
  int sum = 0;
  for (int k = 0; k < n; ++k) {
    if (produces) {
      pipeline.producer_acquire();
      for (int i = threadIdx.x; i < 96; i += 32)
        cuda::memcpy_async(&stage[k % 2][i], &x[k * 96 + i], sizeof(int),
                           pipeline);
      pipeline.producer_commit();
    } else {
      pipeline.consumer_wait();
      sum += stage[k % 2][127 - threadIdx.x];
      pipeline.consumer_release();
    }
  }
  if (!produces)
    y[127 - threadIdx.x] = sum;
}

/// cuda::barrier: each round reads what another thread wrote in the last.
extern "C" __global__ void neighbours(const int *x, int *y, int rounds,
                                      int distance) {
  using Barrier = cuda::barrier<cuda::thread_scope_block>;
  __shared__ int values[2][128];
  __shared__ Barrier barrier;
  int t = threadIdx.x;
  if (t == 0)
    init(&barrier, 128);
  values[0][t] = x[t];
  __syncthreads();
  for (int k = 0; k < rounds; ++k) {
    values[1 - k % 2][t] =
        values[k % 2][t] + values[k % 2][(t + distance) % 128];
    Barrier::arrival_token token = barrier.arrive();
    barrier.wait(static_cast<Barrier::arrival_token &&>(token));
  }
  y[t] = values[rounds % 2][t];
}

/// cuda::memcpy_async of a whole block with a barrier, and cg::memcpy_async.
/// Alignment by 16 would become cp.async.bulk on sm_90, which is not emulated.
extern "C" __global__ void groupCopies(const int *x, int *y, int n) {
  extern __shared__ __align__(16) int whole[];
  __shared__ cuda::barrier<cuda::thread_scope_block> barrier;
  auto block = cg::this_thread_block();
  if (block.thread_rank() == 0)
    init(&barrier, block.size());
  block.sync();
  cuda::memcpy_async(block, whole, x, cuda::aligned_size_t<8>(4 * n), barrier);
  cg::memcpy_async(block, whole + n, x + n, 4 * n);
  barrier.arrive_and_wait();
  cg::wait(block);
  for (int i = block.thread_rank(); i < n; i += block.size())
    y[i] = whole[n - 1 - i] + whole[2 * n - 1 - i];
}

//===- groups.cu - cooperative groups, matches, reductions ------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include <cooperative_groups.h>
#include <cooperative_groups/reduce.h>
#include <cooperative_groups/scan.h>
#include <cuda/atomic>

namespace cg = cooperative_groups;

/// Row of each thread: sum of its 32, of its 8, largest of its 32, sum of those
/// before it in its 16, sum of those of its warp with the same rank modulo 3.
extern "C" __global__ void tiles(const int *x, const float *f, int *y,
                                 float *sums) {
  auto block = cg::this_thread_block();
  auto warp = cg::tiled_partition<32>(block);
  auto eight = cg::tiled_partition<8>(warp);
  int t = block.thread_rank(), value = x[t];
  auto third = cg::labeled_partition(warp, t % 3);
  int *row = y + t * 5;
  row[0] = cg::reduce(warp, value, cg::plus<int>());
  row[1] = cg::reduce(eight, value, cg::plus<int>());
  row[2] = cg::reduce(warp, value, cg::greater<int>());
  row[3] = cg::exclusive_scan(cg::tiled_partition<16>(block), value);
  row[4] = cg::reduce(third, value, cg::plus<int>());
  sums[t] = cg::reduce(eight, f[t], cg::plus<float>());
}

/// Tiles of more than a warp exchange through shared memory.
extern "C" __global__ void wideTiles(const int *x, int *y) {
  __shared__ cg::block_tile_memory<128> scratch;
  auto block = cg::this_thread_block(scratch);
  auto tile = cg::tiled_partition<64>(block);
  int t = block.thread_rank();
  y[t] = cg::reduce(tile, x[t], cg::plus<int>());
}

/// Lanes that take a branch form a group, with one atomic for all of them.
extern "C" __global__ void compact(const int *x, int *kept, int *count, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= n || x[i] % 3 != 0)
    return;
  auto group = cg::coalesced_threads();
  int start = 0;
  if (group.thread_rank() == 0)
    start = atomicAdd(count, int(group.size()));
  start = group.shfl(start, 0);
  kept[start + group.thread_rank()] = x[i];
}

/// Columns: lanes of equal value, lanes if all are equal, sum, largest and
/// exclusive or over the warp's even or odd lanes, whether all are equal.
extern "C" __global__ void matches(const int *x, const int *same, unsigned *y) {
  int t = threadIdx.x, value = x[t], all;
  unsigned *row = y + t * 6;
  row[0] = __match_any_sync(~0u, value);
  row[1] = __match_all_sync(~0u, same[t], &all);
  unsigned half = t % 2 ? 0xaaaaaaaau : 0x55555555u;
  if (t % 2) {
    row[2] = __reduce_add_sync(half, value);
    row[3] = __reduce_max_sync(half, value);
    row[4] = __reduce_xor_sync(half, unsigned(value));
  } else {
    row[2] = __reduce_add_sync(half, value);
    row[3] = __reduce_max_sync(half, value);
    row[4] = __reduce_xor_sync(half, unsigned(value));
  }
  row[5] = all != 0;
}

/// Each CTA hands its sum on by a release; the last acquires all of them.
extern "C" __global__ void handOver(const int *x, int *partial, int *out,
                                    unsigned *count, int n) {
  auto block = cg::this_thread_block();
  auto warp = cg::tiled_partition<32>(block);
  int i = blockIdx.x * 32 + threadIdx.x;
  int sum = cg::reduce(warp, i < n ? x[i] : 0, cg::plus<int>());
  if (threadIdx.x != 0)
    return;
  partial[blockIdx.x] = sum;
  cuda::atomic_ref<unsigned, cuda::thread_scope_device> finished(*count);
  if (finished.fetch_add(1, cuda::memory_order_acq_rel) != gridDim.x - 1)
    return;
  int total = 0;
  for (int b = 0; b < gridDim.x; ++b)
    total += partial[b];
  *out = total;
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

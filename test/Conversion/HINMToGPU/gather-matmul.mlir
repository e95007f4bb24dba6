// RUN: hinm-opt %s --pass-pipeline='builtin.module(convert-hinm-to-gpu)' | FileCheck %s

// A weight of 50 x 30 with V = 32 and 16 kept columns: 2 tiles, one step, so
// tileBytes = 2 * 256 + 72 * 32 + 256 = 3072.

// CHECK: module attributes {gpu.container_module}
// CHECK: gpu.module @hinm_kernels
// CHECK: gpu.func @gather_matmul(%[[W:.*]]: memref<2x3072xi8>, %[[X:.*]]: memref<30x?xf16>, %[[BIAS:.*]]: memref<50xf32>, %[[Y:.*]]: memref<50x?xf32>) kernel attributes {known_block_size = array<i32: 64, 1, 1>}
// CHECK: %[[TILE:.*]] = gpu.block_id x
// CHECK: %[[BLOCK:.*]] = gpu.block_id y
// CHECK: %[[COLUMN:.*]] = arith.muli %[[BLOCK]], %c16
// CHECK: %[[OFFSET:.*]] = arith.muli %[[TILE]], %c3072
// CHECK: %[[SHARED:.*]] = gpu.dynamic_shared_memory : memref<?xi8, #gpu.address_space<workgroup>>
// CHECK: %[[STREAM:.*]] = memref.reinterpret_cast %[[W]] to offset: [0], sizes: [6144], strides: [1]

// The prologue: indices from the header, then two groups of copies. The second
// step does not exist.
// CHECK: %[[INDEX0:.*]] = memref.view %[[STREAM]][%{{.*}}][] : memref<6144xi8> to memref<64xi32>
// CHECK: hinm.gather_copy %[[X]][%[[COLUMN]]], rows %[[INDEX0]]
// CHECK: hinm.block_copy %[[STREAM]][%{{.*}}] to %{{.*}} if %true
// CHECK: hinm.commit_copies
// CHECK: hinm.gather_copy
// CHECK: hinm.block_copy %{{.*}} if %false
// CHECK: hinm.commit_copies
// CHECK: hinm.wait_copies pending 1
// CHECK: gpu.barrier
// CHECK: %[[ZERO:.*]] = hinm.zero_accumulator : <rows = 32, columns = 8>
// CHECK: %[[F:.*]] = hinm.load_fragments %{{.*}}, %{{.*}} warps [1, 2]

// The main loop.
// CHECK: %[[SUMS:.*]]:5 = scf.for %[[STEP:.*]] = %{{.*}} iter_args(%[[ACC:.*]] = %[[ZERO]], %[[CUR:.*]] = %[[F]], %{{.*}}, %[[READ:.*]] = %{{.*}}, %{{.*}})
// CHECK: %[[LIVE:.*]] = arith.cmpi slt, %[[STEP]], %c-1_i32
// CHECK: %[[INDICES:.*]] = memref.view %[[SHARED]][%{{.*}}][] : {{.*}} to memref<64xi32, #gpu.address_space<workgroup>>
// CHECK: hinm.gather_copy %[[X]][%[[COLUMN]]], rows %[[INDICES]]
// CHECK: hinm.block_copy %[[STREAM]][%{{.*}}] to %{{.*}} if %[[LIVE]]
// CHECK: hinm.commit_copies
// CHECK: %[[R0:.*]], %[[N0:.*]] = hinm.sparse_multiply %[[ACC]], %[[CUR]], %{{.*}}, %{{.*}} slices 0 to 1 warps [1, 2]
// CHECK: hinm.wait_copies pending 1
// CHECK: gpu.barrier
// CHECK: %[[R1:.*]], %[[N1:.*]] = hinm.sparse_multiply %[[R0]], %[[N0]], %{{.*}}, %{{.*}} slices 1 to 2 warps [1, 2]
// CHECK: scf.yield %[[R1]], %[[N1]]
// CHECK: hinm.wait_copies pending 0
// CHECK: hinm.store_tile %[[SUMS]]#0 to %[[Y]][%{{.*}}, %[[COLUMN]]] epilogue(%[[BIAS]] : memref<50xf32>) warps [1, 2]
// CHECK: hinm.yield
// CHECK: gpu.return

// The launch: 2 tiles, ceil(n / 16) blocks of columns; three stages of 2560 bytes
// and of 64 rows of 16 + 8 halves.
// CHECK-LABEL: func @layer
// CHECK: %[[N:.*]] = memref.dim %{{.*}}, %c1
// CHECK: %[[SUM:.*]] = arith.addi %[[N]], %c15
// CHECK: %[[BLOCKS:.*]] = arith.divui %[[SUM]], %c16
// CHECK: %[[BYTES:.*]] = arith.constant 16896 : i32
// CHECK: gpu.launch_func @hinm_kernels::@gather_matmul blocks in (%c2{{.*}}, %[[BLOCKS]], %c1{{.*}}) threads in (%c64{{.*}}, %c1{{.*}}, %c1{{.*}}) dynamic_shared_memory_size %[[BYTES]]
// CHECK-NOT: hinm.gather_matmul
func.func @layer(%w: memref<2x3072xi8>, %x: memref<30x?xf16>,
                 %bias: memref<50xf32>, %y: memref<50x?xf32>) {
  hinm.gather_matmul weights(%w : memref<2x3072xi8>)
      ins(%x : memref<30x?xf16>) epilogue(%bias : memref<50xf32>)
      outs(%y : memref<50x?xf32>)
      {encoding = #hinm.encoding<vector = 32, columns = 16, nm = 2:4>,
       stream = #hinm.fragment_stream<lookahead = 2>,
       schedule = #hinm.schedule<tile = [32, 16], warps = [1, 2], stages = 3>}
      apply {
    ^bb0(%sum: f32, %b: f32):
      %0 = arith.addf %sum, %b : f32
      hinm.yield %0 : f32
  }
  return
}

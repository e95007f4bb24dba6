// RUN: hinm-opt %s --pass-pipeline='builtin.module(convert-hinm-to-gpu)' | FileCheck %s

// CHECK: gpu.func @to_feature_major(%[[IN:.*]]: memref<5x36xf32>, %[[OUT:.*]]: memref<36x8xf16>)
// CHECK-SAME: workgroup(%[[SHARED:.*]] : memref<64x34xf16, #gpu.address_space<workgroup>>) kernel attributes {known_block_size = array<i32: 32, 8, 1>}
// CHECK: scf.for
// CHECK: %[[VALUE:.*]] = scf.if %{{.*}} -> (f16)
// CHECK: %[[LOADED:.*]] = memref.load %[[IN]]
// CHECK: arith.truncf %[[LOADED]] : f32 to f16
// CHECK: else
// CHECK: arith.constant 0.000000e+00 : f16
// CHECK: memref.store %[[VALUE]], %[[SHARED]]
// CHECK: gpu.barrier
// CHECK: memref.load %[[SHARED]]
// CHECK: memref.store %{{.*}}, %[[OUT]]

// CHECK: gpu.func @to_token_major(%{{.*}}: memref<36x?xf32>, %{{.*}}: memref<?x36xf32>)
// CHECK-SAME: workgroup(%{{.*}} : memref<64x33xf32

// CHECK-LABEL: func @boundaries
// Blocks of 32 features and 64 tokens; and of 32 tokens and 64 features.
// CHECK: gpu.launch_func @hinm_kernels::@to_feature_major blocks in (%c2{{.*}}, %c1{{.*}}, %c1{{.*}}) threads in (%c32{{.*}}, %c8{{.*}}, %c1{{.*}})
// CHECK: %[[N:.*]] = memref.dim %{{.*}}, %c0
// CHECK: %[[SUM:.*]] = arith.addi %[[N]], %c31
// CHECK: %[[BLOCKS:.*]] = arith.divui %[[SUM]], %c32
// CHECK: gpu.launch_func @hinm_kernels::@to_token_major blocks in (%[[BLOCKS]], %c1{{.*}}, %c1{{.*}})
func.func @boundaries(%in: memref<5x36xf32>, %x: memref<36x8xf16>,
                      %y: memref<36x?xf32>, %out: memref<?x36xf32>) {
  hinm.to_feature_major ins(%in : memref<5x36xf32>) outs(%x : memref<36x8xf16>)
  hinm.to_token_major ins(%y : memref<36x?xf32>) outs(%out : memref<?x36xf32>)
  return
}

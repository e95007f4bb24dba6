// RUN: hinm-opt %s --pass-pipeline='builtin.module(one-shot-bufferize{bufferize-function-boundaries function-boundary-type-conversion=identity-layout-map})' | FileCheck %s

// No op reads its destination, so no buffer is copied.

// CHECK-LABEL: func @layer
// CHECK-SAME: (%[[T:.*]]: memref<5x16xf32>, %[[V:.*]]: memref<32x4xf16>, %[[M:.*]]: memref<32x1xi8>, %[[I:.*]]: memref<1x8xi32>)
// CHECK: %[[X:.*]] = memref.alloc() {{.*}} : memref<16x8xf16>
// CHECK: hinm.to_feature_major ins(%[[T]] : memref<5x16xf32>) outs(%[[X]] : memref<16x8xf16>)
// CHECK: %[[P:.*]] = memref.alloc() {{.*}} : memref<32x8xf32>
// CHECK: hinm.gather_matmul weights(%[[V]], %[[M]], %[[I]] : {{.*}}) ins(%[[X]] : memref<16x8xf16>) outs(%[[P]] : memref<32x8xf32>) {encoding = {{.*}}} apply
// CHECK: arith.negf
// CHECK: %[[Y:.*]] = memref.alloc() {{.*}} : memref<5x32xf32>
// CHECK: hinm.to_token_major ins(%[[P]] : memref<32x8xf32>) outs(%[[Y]] : memref<5x32xf32>)
// CHECK-NOT: memref.copy
// CHECK: return %[[Y]]
func.func @layer(%t: tensor<5x16xf32>, %v: tensor<32x4xf16>, %m: tensor<32x1xi8>, %i: tensor<1x8xi32>) -> tensor<5x32xf32> {
  %0 = tensor.empty() : tensor<16x8xf16>
  %x = hinm.to_feature_major ins(%t : tensor<5x16xf32>) outs(%0 : tensor<16x8xf16>) -> tensor<16x8xf16>
  %1 = tensor.empty() : tensor<32x8xf32>
  %p = hinm.gather_matmul weights(%v, %m, %i : tensor<32x4xf16>, tensor<32x1xi8>, tensor<1x8xi32>)
      ins(%x : tensor<16x8xf16>) outs(%1 : tensor<32x8xf32>)
      {encoding = #hinm.encoding<vector = 32, columns = 8, nm = 2:4>} apply {
    ^bb0(%s: f32):
      %n = arith.negf %s : f32
      hinm.yield %n : f32
  } -> tensor<32x8xf32>
  %2 = tensor.empty() : tensor<5x32xf32>
  %y = hinm.to_token_major ins(%p : tensor<32x8xf32>) outs(%2 : tensor<5x32xf32>) -> tensor<5x32xf32>
  return %y : tensor<5x32xf32>
}

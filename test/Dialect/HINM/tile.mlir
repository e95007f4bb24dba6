// RUN: hinm-opt %s --pass-pipeline='builtin.module(transform-interpreter)' | FileCheck %s

// Tiles of 32 rows over 50 rows: the second one holds 18, so the size is dynamic.

// CHECK-DAG: #[[$ROWS:.*]] = affine_map<(d0) -> (d0 * 32)>
// CHECK-LABEL: func @tiled
// CHECK: scf.for %[[T:.*]] = %{{.*}} to %{{.*}} step
// CHECK: scf.for %[[N:.*]] = %{{.*}} to %{{.*}} step
// CHECK: tensor.extract_slice %{{.*}}[%{{.*}}, 0] [32, 8] [1, 1] : tensor<64x8xf16> to tensor<32x8xf16>
// CHECK: tensor.extract_slice %{{.*}}[%{{.*}}, 0] [32, 2] [1, 1] : tensor<64x2xi8> to tensor<32x2xi8>
// CHECK: tensor.extract_slice %{{.*}}[%[[T]], 0] [1, 16] [1, 1] : tensor<2x16xi32> to tensor<1x16xi32>
// CHECK: tensor.extract_slice %{{.*}}[0, %[[N]]] [30, 8] [1, 1] : tensor<30x24xf16> to tensor<30x8xf16>
// CHECK: hinm.gather_matmul {{.*}} outs(%{{.*}} : tensor<?x8xf32>)
// CHECK: tensor.insert_slice
func.func @tiled(%v: tensor<64x8xf16>, %m: tensor<64x2xi8>, %i: tensor<2x16xi32>, %x: tensor<30x24xf16>, %0: tensor<50x24xf32>) -> tensor<50x24xf32> {
  %y = hinm.gather_matmul weights(%v, %m, %i : tensor<64x8xf16>, tensor<64x2xi8>, tensor<2x16xi32>)
      ins(%x : tensor<30x24xf16>) outs(%0 : tensor<50x24xf32>)
      {encoding = #hinm.encoding<vector = 32, columns = 16, nm = 2:4>} -> tensor<50x24xf32>
  return %y : tensor<50x24xf32>
}

module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%root: !transform.any_op {transform.readonly}) {
    %op = transform.structured.match ops{["hinm.gather_matmul"]} in %root : (!transform.any_op) -> !transform.any_op
    %t, %loops:2 = transform.structured.tile_using_for %op tile_sizes [1, 8] : (!transform.any_op) -> (!transform.any_op, !transform.any_op, !transform.any_op)
    transform.yield
  }
}

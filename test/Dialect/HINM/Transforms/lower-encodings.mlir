// RUN: hinm-opt %s --pass-pipeline='builtin.module(hinm-lower-encodings)' | FileCheck %s

#enc = #hinm.encoding<vector = 32, columns = 8, nm = 2:4>

// The example of the pass's description, here with 50 rows: two tiles.

// CHECK-LABEL: func @plain
// CHECK-SAME: (%[[V:.*]]: tensor<64x4xf16>, %[[M:.*]]: tensor<64x1xi8>, %[[I:.*]]: tensor<2x8xi32>, %[[X:.*]]: tensor<16x8xf16>, %[[O:.*]]: tensor<50x8xf32>)
// CHECK-NEXT: %[[Y:.*]] = hinm.gather_matmul weights(%[[V]], %[[M]], %[[I]] : tensor<64x4xf16>, tensor<64x1xi8>, tensor<2x8xi32>) ins(%[[X]] : tensor<16x8xf16>) outs(%[[O]] : tensor<50x8xf32>) {encoding = #hinm.encoding<vector = 32, columns = 8, nm = 2:4>, hinm.layer = "plain.0"} -> tensor<50x8xf32>
// CHECK-NEXT: return %[[Y]]
func.func @plain(%v: tensor<64x4xf16>, %m: tensor<64x1xi8>, %i: tensor<2x8xi32>,
                 %x: tensor<16x8xf16>, %0: tensor<50x8xf32>) -> tensor<50x8xf32> {
  %e = hinm.assemble %v, %m, %i {hinm.layer = "plain.0"}
      : tensor<64x4xf16>, tensor<64x1xi8>, tensor<2x8xi32> -> tensor<50x16xf16, #enc>
  %y = hinm.matmul ins(%e, %x : tensor<50x16xf16, #enc>, tensor<16x8xf16>)
      outs(%0 : tensor<50x8xf32>) -> tensor<50x8xf32>
  return %y : tensor<50x8xf32>
}

// One weight for two products, dynamic tokens, an epilogue.

// CHECK-LABEL: func @epilogue
// CHECK-NOT: hinm.assemble
// CHECK: hinm.gather_matmul {{.*}} epilogue(%{{.*}} : tensor<50xf32>) outs(%{{.*}} : tensor<50x?xf16>) {{.*}} apply
// CHECK: ^bb0(%[[S:.*]]: f32, %[[B:.*]]: f32):
// CHECK: %[[A:.*]] = arith.addf %[[S]], %[[B]] : f32
// CHECK: %[[T:.*]] = arith.truncf %[[A]] : f32 to f16
// CHECK: hinm.yield %[[T]] : f16
// CHECK: hinm.gather_matmul {{.*}} ins(%{{.*}} : tensor<16x?xf16>) outs
func.func @epilogue(%v: tensor<64x4xf16>, %m: tensor<64x1xi8>, %i: tensor<2x8xi32>,
                    %x: tensor<16x?xf16>, %b: tensor<50xf32>, %0: tensor<50x?xf16>)
    -> (tensor<50x?xf16>, tensor<50x?xf16>) {
  %e = hinm.assemble %v, %m, %i
      : tensor<64x4xf16>, tensor<64x1xi8>, tensor<2x8xi32> -> tensor<50x16xf16, #enc>
  %y = hinm.matmul ins(%e, %x : tensor<50x16xf16, #enc>, tensor<16x?xf16>)
      epilogue(%b : tensor<50xf32>) outs(%0 : tensor<50x?xf16>) apply {
    ^bb0(%s: f32, %c: f32):
      %1 = arith.addf %s, %c : f32
      %2 = arith.truncf %1 : f32 to f16
      hinm.yield %2 : f16
  } -> tensor<50x?xf16>
  %z = hinm.matmul ins(%e, %x : tensor<50x16xf16, #enc>, tensor<16x?xf16>)
      outs(%0 : tensor<50x?xf16>) -> tensor<50x?xf16>
  return %y, %z : tensor<50x?xf16>, tensor<50x?xf16>
}

// A weight that was not assembled here stays.

// CHECK-LABEL: func @unknown
// CHECK: hinm.matmul
func.func @unknown(%e: tensor<50x16xf16, #enc>, %x: tensor<16x8xf16>, %0: tensor<50x8xf32>) -> tensor<50x8xf32> {
  %y = hinm.matmul ins(%e, %x : tensor<50x16xf16, #enc>, tensor<16x8xf16>) outs(%0 : tensor<50x8xf32>) -> tensor<50x8xf32>
  return %y : tensor<50x8xf32>
}

// RUN: hinm-opt %s --pass-pipeline='builtin.module(hinm-lower-encodings)' | FileCheck %s

#enc = #hinm.encoding<vector = 32, columns = 8, nm = 2:4>
#small = #hinm.encoding<vector = 4, columns = 8, nm = 2:4>

// CHECK-DAG: #[[$PLACE:.*]] = affine_map<(d0, d1) -> (d0)>
// CHECK-DAG: #[[$TOKEN:.*]] = affine_map<(d0, d1) -> (d1)>
// CHECK-DAG: #[[$ID:.*]] = affine_map<(d0, d1) -> (d0, d1)>

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

// The row index becomes a constant: 6 rows fill two tiles of 4, whose last 2 places
// are stored nowhere.

// CHECK-LABEL: func @rows
// CHECK: %[[R:.*]] = arith.constant dense<[5, 0, 3, 1, 4, 2, -1, -1]> : tensor<8xi32>
// CHECK: hinm.gather_matmul weights({{.*}}) ins(%{{.*}} : tensor<16x8xf16>) rows(%[[R]] : tensor<8xi32>) epilogue(%{{.*}} : tensor<6xf32>) outs(%{{.*}} : tensor<6x8xf32>) {encoding = #hinm.encoding<vector = 4, columns = 8, nm = 2:4>} apply
func.func @rows(%v: tensor<8x4xf16>, %m: tensor<8x1xi8>, %i: tensor<2x8xi32>, %x: tensor<16x8xf16>,
                %b: tensor<6xf32>, %0: tensor<6x8xf32>) -> tensor<6x8xf32> {
  %e = hinm.assemble %v, %m, %i : tensor<8x4xf16>, tensor<8x1xi8>, tensor<2x8xi32> -> tensor<6x16xf16, #small>
  %y = hinm.matmul ins(%e, %x : tensor<6x16xf16, #small>, tensor<16x8xf16>) epilogue(%b : tensor<6xf32>)
      outs(%0 : tensor<6x8xf32>) {row_index = array<i64: 5, 0, 3, 1, 4, 2>} apply {
    ^bb0(%s: f32, %c: f32):
      %1 = arith.addf %s, %c : f32
      hinm.yield %1 : f32
  } -> tensor<6x8xf32>
  return %y : tensor<6x8xf32>
}

// Whole tiles have no such places.

// CHECK-LABEL: func @whole_tiles
// CHECK: %[[R:.*]] = arith.constant dense<[2, 3, 1, 0]> : tensor<4xi32>
// CHECK: hinm.gather_matmul {{.*}} rows(%[[R]] : tensor<4xi32>) outs
func.func @whole_tiles(%v: tensor<4x4xf16>, %m: tensor<4x1xi8>, %i: tensor<1x8xi32>, %x: tensor<16x?xf16>,
                       %0: tensor<4x?xf32>) -> tensor<4x?xf32> {
  %e = hinm.assemble %v, %m, %i : tensor<4x4xf16>, tensor<4x1xi8>, tensor<1x8xi32> -> tensor<4x16xf16, #small>
  %y = hinm.matmul ins(%e, %x : tensor<4x16xf16, #small>, tensor<16x?xf16>)
      outs(%0 : tensor<4x?xf32>) {row_index = array<i64: 2, 3, 1, 0>} -> tensor<4x?xf32>
  return %y : tensor<4x?xf32>
}

// A permute that did not fold is a copy: the order says where each row is read.

// CHECK-LABEL: func @permute
// CHECK-SAME: (%[[X:.*]]: tensor<3x?xf32>)
// CHECK-DAG: %[[ORDER:.*]] = arith.constant dense<[2, 0, 1]> : tensor<3xi32>
// CHECK-DAG: %[[TOKENS:.*]] = tensor.dim %[[X]], %{{.*}} : tensor<3x?xf32>
// CHECK: %[[INIT:.*]] = tensor.empty(%[[TOKENS]]) : tensor<3x?xf32>
// CHECK: %[[Z:.*]] = linalg.generic {indexing_maps = [#[[$PLACE]], #[[$ID]]], iterator_types = ["parallel", "parallel"]} ins(%[[ORDER]] : tensor<3xi32>) outs(%[[INIT]] : tensor<3x?xf32>)
// CHECK-NEXT: ^bb0(%[[PLACE:.*]]: i32, %{{.*}}: f32):
// CHECK-DAG: %[[ROW:.*]] = arith.index_cast %[[PLACE]] : i32 to index
// CHECK-DAG: %[[TOKEN:.*]] = linalg.index 1 : index
// CHECK: %[[VALUE:.*]] = tensor.extract %[[X]][%[[ROW]], %[[TOKEN]]] : tensor<3x?xf32>
// CHECK-NEXT: linalg.yield %[[VALUE]] : f32
// CHECK-NOT: hinm.permute
// CHECK: return %[[Z]]
func.func @permute(%x: tensor<3x?xf32>) -> tensor<3x?xf32> {
  %z = hinm.permute %x dim 0 order [2, 0, 1] : tensor<3x?xf32>
  return %z : tensor<3x?xf32>
}

// Along another dimension.

// CHECK-LABEL: func @permute_tokens
// CHECK-SAME: (%[[X:.*]]: tensor<2x3xf16>)
// CHECK: %[[ORDER:.*]] = arith.constant dense<[1, 2, 0]> : tensor<3xi32>
// CHECK: linalg.generic {indexing_maps = [#[[$TOKEN]], #[[$ID]]], {{.*}} ins(%[[ORDER]] : tensor<3xi32>)
// CHECK-NEXT: ^bb0(%[[PLACE:.*]]: i32, %{{.*}}: f16):
// CHECK-DAG: %[[ROW:.*]] = linalg.index 0 : index
// CHECK-DAG: %[[TOKEN:.*]] = arith.index_cast %[[PLACE]] : i32 to index
// CHECK: tensor.extract %[[X]][%[[ROW]], %[[TOKEN]]] : tensor<2x3xf16>
func.func @permute_tokens(%x: tensor<2x3xf16>) -> tensor<2x3xf16> {
  %z = hinm.permute %x dim 1 order [1, 2, 0] : tensor<2x3xf16>
  return %z : tensor<2x3xf16>
}

// A weight that was not assembled here stays.

// CHECK-LABEL: func @unknown
// CHECK: hinm.matmul
func.func @unknown(%e: tensor<50x16xf16, #enc>, %x: tensor<16x8xf16>, %0: tensor<50x8xf32>) -> tensor<50x8xf32> {
  %y = hinm.matmul ins(%e, %x : tensor<50x16xf16, #enc>, tensor<16x8xf16>) outs(%0 : tensor<50x8xf32>) -> tensor<50x8xf32>
  return %y : tensor<50x8xf32>
}

// RUN: hinm-opt %s --pass-pipeline='builtin.module(canonicalize)' | FileCheck %s

#enc = #hinm.encoding<vector = 32, columns = 16, nm = 2:4>

// outer[i] = inner[outer_order[i]], so the composition is
// [p[1], p[2], p[3], p[0]] of p = [2, 0, 3, 1].

// CHECK-LABEL: func @permute_of_permute
// CHECK-SAME: (%[[X:.*]]: tensor<4x?xf32>)
// CHECK-NEXT: %[[P:.*]] = hinm.permute %[[X]] dim 0 order [0, 3, 1, 2] : tensor<4x?xf32>
// CHECK-NEXT: return %[[P]]
func.func @permute_of_permute(%x: tensor<4x?xf32>) -> tensor<4x?xf32> {
  %0 = hinm.permute %x dim 0 order [2, 0, 3, 1] : tensor<4x?xf32>
  %1 = hinm.permute %0 dim 0 order [1, 2, 3, 0] : tensor<4x?xf32>
  return %1 : tensor<4x?xf32>
}

// CHECK-LABEL: func @inverse_permutes
// CHECK-SAME: (%[[X:.*]]: tensor<3x2xf32>)
// CHECK-NEXT: return %[[X]]
func.func @inverse_permutes(%x: tensor<3x2xf32>) -> tensor<3x2xf32> {
  %0 = hinm.permute %x dim 0 order [2, 0, 1] : tensor<3x2xf32>
  %1 = hinm.permute %0 dim 0 order [1, 2, 0] : tensor<3x2xf32>
  return %1 : tensor<3x2xf32>
}

// CHECK-LABEL: func @two_dimensions
// CHECK: hinm.permute %{{.*}} dim 1 order [1, 0]
// CHECK: hinm.permute %{{.*}} dim 0 order [2, 0, 1]
func.func @two_dimensions(%x: tensor<3x2xf32>) -> tensor<3x2xf32> {
  %0 = hinm.permute %x dim 1 order [1, 0] : tensor<3x2xf32>
  %1 = hinm.permute %0 dim 0 order [2, 0, 1] : tensor<3x2xf32>
  return %1 : tensor<3x2xf32>
}

// CHECK-LABEL: func @identity
// CHECK-SAME: (%[[X:.*]]: tensor<3xf32>)
// CHECK-NEXT: return %[[X]]
func.func @identity(%x: tensor<3xf32>) -> tensor<3xf32> {
  %0 = hinm.permute %x dim 0 order [0, 1, 2] : tensor<3xf32>
  return %0 : tensor<3xf32>
}

// CHECK-LABEL: func @layouts
// CHECK-SAME: (%[[Y:.*]]: tensor<64x8xf32>
// CHECK-NEXT: %[[T:.*]] = arith.truncf %[[Y]] : tensor<64x8xf32> to tensor<64x8xf16>
// CHECK-NEXT: return %[[T]]
func.func @layouts(%y: tensor<64x8xf32>, %i0: tensor<5x64xf32>,
                   %i1: tensor<64x8xf16>) -> tensor<64x8xf16> {
  %0 = hinm.to_token_major ins(%y : tensor<64x8xf32>) outs(%i0 : tensor<5x64xf32>) -> tensor<5x64xf32>
  %1 = hinm.to_feature_major ins(%0 : tensor<5x64xf32>) outs(%i1 : tensor<64x8xf16>) -> tensor<64x8xf16>
  return %1 : tensor<64x8xf16>
}

// CHECK-LABEL: func @widening_layouts
// CHECK-SAME: (%[[Y:.*]]: tensor<64x?xf16>
// CHECK-NEXT: %[[T:.*]] = arith.extf %[[Y]] : tensor<64x?xf16> to tensor<64x?xf32>
// CHECK-NEXT: return %[[T]]
func.func @widening_layouts(%y: tensor<64x?xf16>, %i0: tensor<?x64xf16>,
                            %i1: tensor<64x?xf32>) -> tensor<64x?xf32> {
  %0 = hinm.to_token_major ins(%y : tensor<64x?xf16>) outs(%i0 : tensor<?x64xf16>) -> tensor<?x64xf16>
  %1 = hinm.to_feature_major ins(%0 : tensor<?x64xf16>) outs(%i1 : tensor<64x?xf32>) -> tensor<64x?xf32>
  return %1 : tensor<64x?xf32>
}

// A value that was rounded between the two is another one.

// CHECK-LABEL: func @rounded_between
// CHECK: hinm.to_token_major
// CHECK: hinm.to_feature_major
func.func @rounded_between(%y: tensor<64x8xf32>, %i0: tensor<5x64xf16>,
                           %i1: tensor<64x8xf32>) -> tensor<64x8xf32> {
  %0 = hinm.to_token_major ins(%y : tensor<64x8xf32>) outs(%i0 : tensor<5x64xf16>) -> tensor<5x64xf16>
  %1 = hinm.to_feature_major ins(%0 : tensor<5x64xf16>) outs(%i1 : tensor<64x8xf32>) -> tensor<64x8xf32>
  return %1 : tensor<64x8xf32>
}

// CHECK-LABEL: func @parts
// CHECK-SAME: (%[[V:.*]]: tensor<64x8xf16>, %[[M:.*]]: tensor<64x2xi8>, %[[I:.*]]: tensor<2x16xi32>)
// CHECK-NEXT: return %[[V]], %[[M]], %[[I]]
func.func @parts(%v: tensor<64x8xf16>, %m: tensor<64x2xi8>, %i: tensor<2x16xi32>)
    -> (tensor<64x8xf16>, tensor<64x2xi8>, tensor<2x16xi32>) {
  %e = hinm.assemble %v, %m, %i
      : tensor<64x8xf16>, tensor<64x2xi8>, tensor<2x16xi32> -> tensor<50x30xf16, #enc>
  %0 = hinm.values %e : tensor<50x30xf16, #enc> -> tensor<64x8xf16>
  %1 = hinm.metadata %e : tensor<50x30xf16, #enc> -> tensor<64x2xi8>
  %2 = hinm.vector_index %e : tensor<50x30xf16, #enc> -> tensor<2x16xi32>
  return %0, %1, %2 : tensor<64x8xf16>, tensor<64x2xi8>, tensor<2x16xi32>
}

// CHECK-LABEL: func @unknown_parts
// CHECK: hinm.values
func.func @unknown_parts(%e: tensor<50x30xf16, #enc>) -> tensor<64x8xf16> {
  %0 = hinm.values %e : tensor<50x30xf16, #enc> -> tensor<64x8xf16>
  return %0 : tensor<64x8xf16>
}

// Products read through casts, with and without an epilogue.

#small = #hinm.encoding<vector = 4, columns = 4, nm = 2:4>

// CHECK-LABEL: func @cast_into_product
// CHECK-SAME: %[[X:.*]]: tensor<4x8xf16>
// CHECK-NOT: tensor.cast
// CHECK: hinm.matmul ins(%{{.*}}, %[[X]] : {{.*}}, tensor<4x8xf16>)
func.func @cast_into_product(%x: tensor<4x8xf16>, %w: tensor<4x4xf16, #small>, %e: tensor<4x?xf32>) -> tensor<4x?xf32> {
  %c = tensor.cast %x : tensor<4x8xf16> to tensor<4x?xf16>
  %0 = hinm.matmul ins(%w, %c : tensor<4x4xf16, #small>, tensor<4x?xf16>) outs(%e : tensor<4x?xf32>) -> tensor<4x?xf32>
  return %0 : tensor<4x?xf32>
}

// CHECK-LABEL: func @cast_destination
// CHECK: %[[Y:.*]] = hinm.matmul {{.*}} outs(%{{.*}} : tensor<4x8xf32>) {{.*}} -> tensor<4x8xf32>
// CHECK: tensor.cast %[[Y]] : tensor<4x8xf32> to tensor<4x?xf32>
func.func @cast_destination(%x: tensor<4x?xf16>, %w: tensor<4x4xf16, #small>, %e: tensor<4x8xf32>) -> tensor<4x?xf32> {
  %c = tensor.cast %e : tensor<4x8xf32> to tensor<4x?xf32>
  %0 = hinm.matmul ins(%w, %x : tensor<4x4xf16, #small>, tensor<4x?xf16>) outs(%c : tensor<4x?xf32>) {row_index = array<i64: 1, 0, 2, 3>} -> tensor<4x?xf32>
  return %0 : tensor<4x?xf32>
}

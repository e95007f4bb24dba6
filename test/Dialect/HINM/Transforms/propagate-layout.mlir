// RUN: hinm-opt %s --pass-pipeline='builtin.module(hinm-propagate-layout)' | FileCheck %s

#id = affine_map<(d0, d1) -> (d0, d1)>
#feature = affine_map<(d0, d1) -> (d1)>
#token = affine_map<(d0, d1) -> (d0)>

// The example of the pass's description, with a bias by feature.

// CHECK-DAG: #[[$ID:.*]] = affine_map<(d0, d1) -> (d0, d1)>
// CHECK-DAG: #[[$ROW:.*]] = affine_map<(d0, d1) -> (d0)>
// CHECK-LABEL: func @between
// CHECK-SAME: (%[[P:.*]]: tensor<64x8xf32>, %[[B:.*]]: tensor<64xf32>
// CHECK: %[[R:.*]] = linalg.generic {indexing_maps = [#[[$ID]], #[[$ROW]], #[[$ID]]], {{.*}}} ins(%[[P]], %[[B]] : tensor<64x8xf32>, tensor<64xf32>)
// CHECK: %[[X:.*]] = arith.truncf %[[R]] : tensor<64x8xf32> to tensor<64x8xf16>
// CHECK-NOT: hinm.
// CHECK: return %[[X]]
func.func @between(%p: tensor<64x8xf32>, %b: tensor<64xf32>, %0: tensor<5x64xf32>, %1: tensor<64x8xf16>) -> tensor<64x8xf16> {
  %t = hinm.to_token_major ins(%p : tensor<64x8xf32>) outs(%0 : tensor<5x64xf32>) -> tensor<5x64xf32>
  %r = linalg.generic {indexing_maps = [#id, #feature, #id], iterator_types = ["parallel", "parallel"]}
      ins(%t, %b : tensor<5x64xf32>, tensor<64xf32>) outs(%0 : tensor<5x64xf32>) {
    ^bb0(%a: f32, %c: f32, %o: f32):
      %s = arith.addf %a, %c : f32
      linalg.yield %s : f32
  } -> tensor<5x64xf32>
  %x = hinm.to_feature_major ins(%r : tensor<5x64xf32>) outs(%1 : tensor<64x8xf16>) -> tensor<64x8xf16>
  return %x : tensor<64x8xf16>
}

// The other operand is turned: a residual connection.

// CHECK-LABEL: func @residual
// CHECK-SAME: (%[[P:.*]]: tensor<64x8xf32>, %[[X:[a-z0-9]+]]: tensor<5x64xf32>
// CHECK: %[[F:.*]] = hinm.to_feature_major ins(%[[X]] : tensor<5x64xf32>) outs(%{{.*}} : tensor<64x8xf32>)
// CHECK: %[[R:.*]] = linalg.generic {{.*}} ins(%[[P]], %[[F]] :
// CHECK: hinm.to_token_major ins(%[[R]] : tensor<64x8xf32>) outs(%{{.*}} : tensor<5x64xf32>)
func.func @residual(%p: tensor<64x8xf32>, %x: tensor<5x64xf32>, %0: tensor<5x64xf32>) -> tensor<5x64xf32> {
  %t = hinm.to_token_major ins(%p : tensor<64x8xf32>) outs(%0 : tensor<5x64xf32>) -> tensor<5x64xf32>
  %r = linalg.add ins(%t, %x : tensor<5x64xf32>, tensor<5x64xf32>) outs(%0 : tensor<5x64xf32>) -> tensor<5x64xf32>
  return %r : tensor<5x64xf32>
}

// What differs by token stays behind the layout op.

// CHECK-LABEL: func @by_token
// CHECK: %[[T:.*]] = hinm.to_token_major
// CHECK: linalg.generic {{.*}} ins(%[[T]],
func.func @by_token(%p: tensor<64x8xf32>, %b: tensor<5xf32>, %0: tensor<5x64xf32>) -> tensor<5x64xf32> {
  %t = hinm.to_token_major ins(%p : tensor<64x8xf32>) outs(%0 : tensor<5x64xf32>) -> tensor<5x64xf32>
  %r = linalg.generic {indexing_maps = [#id, #token, #id], iterator_types = ["parallel", "parallel"]}
      ins(%t, %b : tensor<5x64xf32>, tensor<5xf32>) outs(%0 : tensor<5x64xf32>) {
    ^bb0(%a: f32, %c: f32, %o: f32):
      %s = arith.mulf %a, %c : f32
      linalg.yield %s : f32
  } -> tensor<5x64xf32>
  return %r : tensor<5x64xf32>
}

// [2][3][features] works on 6 tokens.

// CHECK-LABEL: func @collapsed
// CHECK: linalg.generic {{.*}} ins(%{{.*}} : tensor<64x8xf32>)
// CHECK: %[[T:.*]] = hinm.to_token_major {{.*}} -> tensor<6x64xf32>
// CHECK: tensor.expand_shape %[[T]] {{\[}}[0, 1], [2]] output_shape [2, 3, 64]
func.func @collapsed(%p: tensor<64x8xf32>, %0: tensor<6x64xf32>, %1: tensor<2x3x64xf32>) -> tensor<2x3x64xf32> {
  %t = hinm.to_token_major ins(%p : tensor<64x8xf32>) outs(%0 : tensor<6x64xf32>) -> tensor<6x64xf32>
  %e = tensor.expand_shape %t [[0, 1], [2]] output_shape [2, 3, 64] : tensor<6x64xf32> into tensor<2x3x64xf32>
  %r = linalg.exp ins(%e : tensor<2x3x64xf32>) outs(%1 : tensor<2x3x64xf32>) -> tensor<2x3x64xf32>
  return %r : tensor<2x3x64xf32>
}

// A residual that a reduction of rows reads stays token-major: it would be turned,
// and the sum turned back.

// CHECK-LABEL: func @residual_before_norm
// CHECK-SAME: (%[[P:[a-z0-9]*]]: tensor<64x8xf32>, %[[X:[a-z0-9]*]]: tensor<5x64xf32>
// CHECK: %[[T:.*]] = hinm.to_token_major ins(%[[P]]
// CHECK-NOT: hinm.to_feature_major
// CHECK: linalg.generic {{.*}} ins(%[[T]], %[[X]] : tensor<5x64xf32>, tensor<5x64xf32>)
func.func @residual_before_norm(%p: tensor<64x8xf32>, %x: tensor<5x64xf32>, %0: tensor<5x64xf32>, %1: tensor<5xf32>) -> tensor<5xf32> {
  %t = hinm.to_token_major ins(%p : tensor<64x8xf32>) outs(%0 : tensor<5x64xf32>) -> tensor<5x64xf32>
  %r = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%t, %x : tensor<5x64xf32>, tensor<5x64xf32>) outs(%0 : tensor<5x64xf32>) {
    ^bb0(%a: f32, %c: f32, %o: f32):
      %s = arith.addf %a, %c : f32
      linalg.yield %s : f32
  } -> tensor<5x64xf32>
  %m = linalg.generic {indexing_maps = [#id, #token], iterator_types = ["parallel", "reduction"]}
      ins(%r : tensor<5x64xf32>) outs(%1 : tensor<5xf32>) {
    ^bb0(%a: f32, %o: f32):
      %s = arith.addf %a, %o : f32
      linalg.yield %s : f32
  } -> tensor<5xf32>
  return %m : tensor<5xf32>
}

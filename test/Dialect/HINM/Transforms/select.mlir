// RUN: hinm-opt %s --split-input-file --pass-pipeline='builtin.module(hinm-select{vector=32})' | FileCheck %s
// RUN: hinm-opt %s --split-input-file --pass-pipeline='builtin.module(hinm-select{layers=two_layers allow-none})' | FileCheck %s --check-prefix=NAME
// RUN: hinm-opt %s --split-input-file --pass-pipeline='builtin.module(hinm-select{min-size=385 allow-none})' | FileCheck %s --check-prefix=SIZE

// The example of the pass's description. K = floor(16 * 0.5 / 4) * 4 = 8.

// CHECK: #[[$PAD:.*]] = affine_map<()[s0] -> ((s0 ceildiv 8) * 8)>
// CHECK-LABEL: func @transposed
// CHECK-SAME: (%[[X:.*]]: tensor<?x16xf32>
// CHECK: %[[W:.*]] = arith.constant dense<5.000000e-01> : tensor<24x16xf32>
// CHECK: %[[E:.*]] = hinm.encode %{{.*}} {hinm.layer = "transposed.0"} : tensor<24x16xf32> -> tensor<24x16xf16, #hinm.encoding<vector = 32, columns = 8, nm = 2:4>>
// CHECK: affine.apply #[[$PAD]]()
// CHECK: %[[F:.*]] = hinm.to_feature_major ins(%[[X]] : tensor<?x16xf32>) outs(%{{.*}} : tensor<16x?xf16>)
// CHECK: %[[P:.*]] = hinm.matmul ins(%[[E]], %[[F]] : {{.*}}) outs(%{{.*}} : tensor<24x?xf32>) -> tensor<24x?xf32>
// CHECK: %[[Y:.*]] = hinm.to_token_major ins(%[[P]] : tensor<24x?xf32>) outs(%{{.*}} : tensor<?x24xf32>)
// CHECK: return %[[Y]]
// NAME-LABEL: func @transposed
// NAME-NOT: hinm.
// SIZE-LABEL: func @transposed
// SIZE-NOT: hinm.
func.func @transposed(%x: tensor<?x16xf32>, %init: tensor<?x24xf32>) -> tensor<?x24xf32> {
  %w = arith.constant dense<0.5> : tensor<24x16xf32>
  %e = tensor.empty() : tensor<16x24xf32>
  %wT = linalg.transpose ins(%w : tensor<24x16xf32>) outs(%e : tensor<16x24xf32>) permutation = [1, 0]
  %z = arith.constant 0.0 : f32
  %zero = linalg.fill ins(%z : f32) outs(%init : tensor<?x24xf32>) -> tensor<?x24xf32>
  %y = linalg.matmul ins(%x, %wT : tensor<?x16xf32>, tensor<16x24xf32>)
      outs(%zero : tensor<?x24xf32>) -> tensor<?x24xf32>
  return %y : tensor<?x24xf32>
}

// -----

// An I x O constant is turned; 5 tokens are padded to 8; K of 3 columns is M.

// CHECK-LABEL: func @inputs_by_outputs
// CHECK: arith.constant dense<{{\[}}[1.000000e+00, 3.000000e+00, 5.000000e+00], [2.000000e+00, 4.000000e+00, 6.000000e+00]]> : tensor<2x3xf32>
// CHECK: hinm.encode %{{.*}} -> tensor<2x3xf16, #hinm.encoding<vector = 32, columns = 4, nm = 2:4>>
// CHECK: hinm.to_feature_major ins(%{{.*}} : tensor<5x3xf32>) outs(%{{.*}} : tensor<3x8xf16>)
// CHECK: %[[Y:.*]] = hinm.to_token_major ins(%{{.*}} : tensor<2x8xf32>) outs(%{{.*}} : tensor<5x2xf32>)
// CHECK: %[[SUM:.*]] = linalg.generic {{.*}} ins(%[[Y]], %{{.*}} : tensor<5x2xf32>, tensor<5x2xf32>)
// CHECK: arith.addf
// CHECK: return %[[SUM]]
func.func @inputs_by_outputs(%x: tensor<5x3xf32>, %init: tensor<5x2xf32>) -> tensor<5x2xf32> {
  %w = arith.constant dense<[[1., 2.], [3., 4.], [5., 6.]]> : tensor<3x2xf32>
  %y = linalg.matmul ins(%x, %w : tensor<5x3xf32>, tensor<3x2xf32>)
      outs(%init : tensor<5x2xf32>) -> tensor<5x2xf32>
  return %y : tensor<5x2xf32>
}

// -----

// Two layers share one input; names count per function.

// CHECK-LABEL: func @two_layers
// CHECK-SAME: (%[[X:.*]]: tensor<8x16xf32>
// CHECK: hinm.encode {{.*}} {hinm.layer = "two_layers.0"}
// CHECK: hinm.to_feature_major ins(%[[X]]
// CHECK: hinm.encode {{.*}} {hinm.layer = "two_layers.1"}
// CHECK: hinm.to_feature_major ins(%[[X]]
// NAME-LABEL: func @two_layers
// NAME-COUNT-2: hinm.matmul
// SIZE-LABEL: func @two_layers
// SIZE: hinm.encode {{.*}} : tensor<32x16xf32>
// SIZE-NOT: hinm.encode
func.func @two_layers(%x: tensor<8x16xf32>) -> (tensor<8x32xf32>, tensor<8x16xf32>) {
  %w0 = arith.constant dense<1.0> : tensor<16x32xf32>
  %w1 = arith.constant dense<2.0> : tensor<16x16xf32>
  %z0 = arith.constant dense<0.0> : tensor<8x32xf32>
  %z1 = arith.constant dense<0.0> : tensor<8x16xf32>
  %0 = linalg.matmul ins(%x, %w0 : tensor<8x16xf32>, tensor<16x32xf32>) outs(%z0 : tensor<8x32xf32>) -> tensor<8x32xf32>
  %1 = linalg.matmul ins(%x, %w1 : tensor<8x16xf32>, tensor<16x16xf32>) outs(%z1 : tensor<8x16xf32>) -> tensor<8x16xf32>
  return %0, %1 : tensor<8x32xf32>, tensor<8x16xf32>
}

// -----

// Several token dimensions are one: 2 * 3 tokens.

// CHECK-LABEL: func @generic
// CHECK: %[[X:.*]] = tensor.collapse_shape %{{.*}} {{\[}}[0, 1], [2]] : tensor<2x3x16xf32> into tensor<6x16xf32>
// CHECK: hinm.to_feature_major ins(%[[X]] : tensor<6x16xf32>) outs(%{{.*}} : tensor<16x8xf16>)
// CHECK: tensor.expand_shape %{{.*}} {{\[}}[0, 1], [2]] output_shape [2, 3, 24] : tensor<6x24xf32> into tensor<2x3x24xf32>
func.func @generic(%x: tensor<2x3x16xf32>) -> tensor<2x3x24xf32> {
  %w = arith.constant dense<0.5> : tensor<24x16xf32>
  %z = arith.constant dense<0.0> : tensor<2x3x24xf32>
  %y = linalg.generic {
      indexing_maps = [affine_map<(b, s, o, i) -> (b, s, i)>,
                       affine_map<(b, s, o, i) -> (o, i)>,
                       affine_map<(b, s, o, i) -> (b, s, o)>],
      iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%x, %w : tensor<2x3x16xf32>, tensor<24x16xf32>) outs(%z : tensor<2x3x24xf32>) {
    ^bb0(%a: f32, %b: f32, %c: f32):
      %0 = arith.mulf %a, %b : f32
      %1 = arith.addf %c, %0 : f32
      linalg.yield %1 : f32
  } -> tensor<2x3x24xf32>
  return %y : tensor<2x3x24xf32>
}

// -----

// CHECK-LABEL: func @vector
// CHECK: %[[X:.*]] = tensor.expand_shape %{{.*}} {{\[}}[0, 1]] output_shape [1, 16] : tensor<16xf32> into tensor<1x16xf32>
// CHECK: hinm.to_feature_major ins(%[[X]] : tensor<1x16xf32>) outs(%{{.*}} : tensor<16x8xf16>)
// CHECK: tensor.collapse_shape %{{.*}} {{\[}}[0, 1]] : tensor<1x24xf32> into tensor<24xf32>
func.func @vector(%x: tensor<16xf32>) -> tensor<24xf32> {
  %w = arith.constant dense<0.5> : tensor<24x16xf32>
  %z = arith.constant dense<0.0> : tensor<24xf32>
  %y = linalg.matvec ins(%w, %x : tensor<24x16xf32>, tensor<16xf32>) outs(%z : tensor<24xf32>) -> tensor<24xf32>
  return %y : tensor<24xf32>
}

// -----

// The weight on the left: activations and result are feature-major.

// CHECK-LABEL: func @weight_on_the_left
// CHECK: linalg.transpose ins(%{{.*}} : tensor<16x5xf32>) outs(%{{.*}} : tensor<5x16xf32>)
// CHECK: hinm.matmul
// CHECK: linalg.transpose ins(%{{.*}} : tensor<5x24xf32>) outs(%{{.*}} : tensor<24x5xf32>)
func.func @weight_on_the_left(%x: tensor<16x5xf32>) -> tensor<24x5xf32> {
  %w = arith.constant dense<0.5> : tensor<24x16xf32>
  %z = arith.constant dense<0.0> : tensor<24x5xf32>
  %y = linalg.matmul ins(%w, %x : tensor<24x16xf32>, tensor<16x5xf32>) outs(%z : tensor<24x5xf32>) -> tensor<24x5xf32>
  return %y : tensor<24x5xf32>
}

// -----

// A layer that reads another one's result as it is.

// CHECK-LABEL: func @directly_behind
// CHECK: %[[P:.*]] = hinm.matmul
// CHECK: %[[T:.*]] = hinm.to_token_major ins(%[[P]]
// CHECK: %[[F:.*]] = hinm.to_feature_major ins(%[[T]]
// CHECK: hinm.matmul ins(%{{.*}}, %[[F]]
func.func @directly_behind(%x: tensor<3x16xf32>) -> tensor<3x16xf32> {
  %w = arith.constant dense<0.5> : tensor<16x16xf32>
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<3x16xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<3x16xf32>) -> tensor<3x16xf32>
  %y = linalg.matmul ins(%x, %w : tensor<3x16xf32>, tensor<16x16xf32>) outs(%f : tensor<3x16xf32>) -> tensor<3x16xf32>
  %z = linalg.matmul ins(%y, %w : tensor<3x16xf32>, tensor<16x16xf32>) outs(%f : tensor<3x16xf32>) -> tensor<3x16xf32>
  return %z : tensor<3x16xf32>
}

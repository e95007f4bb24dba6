// RUN: hinm-opt %s --pass-pipeline='builtin.module(hinm-rematerialize)' | FileCheck %s

#id = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d0)>

// The example of the pass's description: each sum starts in a fill of its own.

// CHECK-LABEL: func @fills
// CHECK: %[[A:.*]] = linalg.fill
// CHECK: linalg.generic {{.*}} outs(%[[A]] : tensor<4xf32>)
// CHECK: %[[B:.*]] = linalg.fill
// CHECK: linalg.generic {{.*}} outs(%[[B]] : tensor<4xf32>)
// CHECK-NOT: linalg.fill
func.func @fills(%x: tensor<4x8xf32>, %y: tensor<4x8xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %zero = arith.constant 0.0 : f32
  %empty = tensor.empty() : tensor<4xf32>
  %0 = linalg.fill ins(%zero : f32) outs(%empty : tensor<4xf32>) -> tensor<4xf32>
  %a = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<4x8xf32>) outs(%0 : tensor<4xf32>) {
  ^bb0(%in: f32, %sum: f32):
    %s = arith.addf %in, %sum : f32
    linalg.yield %s : f32
  } -> tensor<4xf32>
  %b = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
      ins(%y : tensor<4x8xf32>) outs(%0 : tensor<4xf32>) {
  ^bb0(%in: f32, %sum: f32):
    %s = arith.addf %in, %sum : f32
    linalg.yield %s : f32
  } -> tensor<4xf32>
  return %a, %b : tensor<4xf32>, tensor<4xf32>
}

// A conversion that two ops read is made twice, a square root once.

// CHECK-LABEL: func @conversions
// CHECK-COUNT-2: arith.extf
// CHECK-NOT: arith.extf
// CHECK-LABEL: func @computations
// CHECK: math.sqrt
// CHECK-NOT: math.sqrt
func.func @conversions(%x: tensor<4x8xf32>) -> (tensor<4x8xf64>, tensor<4x8xf64>) {
  %e = tensor.empty() : tensor<4x8xf64>
  %0 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<4x8xf32>) outs(%e : tensor<4x8xf64>) {
  ^bb0(%in: f32, %out: f64):
    %v = arith.extf %in : f32 to f64
    linalg.yield %v : f64
  } -> tensor<4x8xf64>
  %a = linalg.add ins(%0, %0 : tensor<4x8xf64>, tensor<4x8xf64>) outs(%e : tensor<4x8xf64>) -> tensor<4x8xf64>
  %b = linalg.exp ins(%0 : tensor<4x8xf64>) outs(%e : tensor<4x8xf64>) -> tensor<4x8xf64>
  return %a, %b : tensor<4x8xf64>, tensor<4x8xf64>
}

func.func @computations(%x: tensor<4x8xf32>) -> (tensor<4x8xf32>, tensor<4x8xf32>) {
  %e = tensor.empty() : tensor<4x8xf32>
  %0 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<4x8xf32>) outs(%e : tensor<4x8xf32>) {
  ^bb0(%in: f32, %out: f32):
    %v = math.sqrt %in : f32
    linalg.yield %v : f32
  } -> tensor<4x8xf32>
  %a = linalg.add ins(%0, %0 : tensor<4x8xf32>, tensor<4x8xf32>) outs(%e : tensor<4x8xf32>) -> tensor<4x8xf32>
  %b = linalg.exp ins(%0 : tensor<4x8xf32>) outs(%e : tensor<4x8xf32>) -> tensor<4x8xf32>
  return %a, %b : tensor<4x8xf32>, tensor<4x8xf32>
}

// A fill that is itself the result stays.

// CHECK-LABEL: func @returned
// CHECK: %[[F:.*]] = linalg.fill
// CHECK: return %[[F]]
func.func @returned() -> tensor<4xf32> {
  %zero = arith.constant 0.0 : f32
  %empty = tensor.empty() : tensor<4xf32>
  %0 = linalg.fill ins(%zero : f32) outs(%empty : tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

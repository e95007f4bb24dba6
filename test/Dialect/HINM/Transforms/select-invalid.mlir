// RUN: hinm-opt %s --split-input-file --verify-diagnostics --pass-pipeline='builtin.module(hinm-select{min-size=100})'
// RUN: not hinm-opt %s --pass-pipeline='builtin.module(hinm-select{nm=4:2})' 2>&1 | FileCheck %s --check-prefix=NM
// RUN: not hinm-opt %s --pass-pipeline='builtin.module(hinm-select{column-sparsity=1.0})' 2>&1 | FileCheck %s --check-prefix=SPARSITY
// RUN: not hinm-opt %s --pass-pipeline='builtin.module(hinm-select{vector=0})' 2>&1 | FileCheck %s --check-prefix=VECTOR
// RUN: not hinm-opt %s --pass-pipeline='builtin.module(hinm-select{layers=[})' 2>&1 | FileCheck %s --check-prefix=LAYERS

// NM: error: option 'nm' is '4:2', expected N:M with 0 < N < M, such as 2:4
// SPARSITY: error: option 'column-sparsity' is {{.*}}, expected a number from 0 up to, but not including, 1
// VECTOR: error: option 'vector' is 0, expected a positive number
// LAYERS: error: option 'layers' is '[', which is no regular expression

// expected-error @below {{found no linear layer to make sparse; expected a contraction of activations with a constant weight}}
module {
  func.func @not_found(%x: tensor<5x4xf32>, %y: tensor<4x3xf32>, %b: tensor<2x5x4xf32>,
                       %c: tensor<2x4x3xf32>, %z: tensor<5x3xf32>, %zb: tensor<2x5x3xf32>)
      -> (tensor<5x3xf32>, tensor<5x3xf32>, tensor<2x5x3xf32>) {
    // expected-note @below {{this one stays dense: its weight is not a constant matrix}}
    %0 = linalg.matmul ins(%x, %y : tensor<5x4xf32>, tensor<4x3xf32>) outs(%z : tensor<5x3xf32>) -> tensor<5x3xf32>
    %w = arith.constant dense<1.0> : tensor<4x3xf32>
    // expected-note @below {{this one stays dense: its weight has 12 elements, fewer than 'min-size'}}
    %1 = linalg.matmul ins(%x, %w : tensor<5x4xf32>, tensor<4x3xf32>) outs(%z : tensor<5x3xf32>) -> tensor<5x3xf32>
    // expected-note @below {{this one stays dense: it is a batched product of two activations}}
    %2 = linalg.batch_matmul ins(%b, %c : tensor<2x5x4xf32>, tensor<2x4x3xf32>) outs(%zb : tensor<2x5x3xf32>) -> tensor<2x5x3xf32>
    return %0, %1, %2 : tensor<5x3xf32>, tensor<5x3xf32>, tensor<2x5x3xf32>
  }
}

// -----

func.func @truncated(%x: tensor<5x16xf32>, %z: tensor<5x16xf32>) -> tensor<5x16xf32> {
  %w = arith.constant dense_resource<short> : tensor<16x16xf32>
  // expected-error @below {{resource 'short' holds 8 bytes, but its type 'tensor<16x16xf32>' takes 1024}}
  %0 = linalg.matmul ins(%x, %w : tensor<5x16xf32>, tensor<16x16xf32>) outs(%z : tensor<5x16xf32>) -> tensor<5x16xf32>
  return %0 : tensor<5x16xf32>
}

{-#
  dialect_resources: {
    builtin: {
      short: "0x040000000000803F0000803F"
    }
  }
#-}

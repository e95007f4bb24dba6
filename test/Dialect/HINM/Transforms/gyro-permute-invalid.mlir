// RUN: hinm-opt %s --split-input-file --verify-diagnostics --pass-pipeline='builtin.module(hinm-gyro-permute)'
// RUN: not hinm-opt %s --pass-pipeline='builtin.module(hinm-gyro-permute{strategy=swap})' --split-input-file 2>&1 | FileCheck %s

// CHECK: error: option 'strategy':

func.func @not_constant(%w: tensor<2x8xf32>) -> tensor<2x8xf16, #hinm.encoding<vector = 2, columns = 4, nm = 2:4>> {
  // expected-error @below {{the weight is not constant, so no permutation can be searched for it at compile time}}
  %e = hinm.encode %w : tensor<2x8xf32> -> tensor<2x8xf16, #hinm.encoding<vector = 2, columns = 4, nm = 2:4>>
  return %e : tensor<2x8xf16, #hinm.encoding<vector = 2, columns = 4, nm = 2:4>>
}

// -----

func.func @nan() -> tensor<2x8xf16, #hinm.encoding<vector = 2, columns = 4, nm = 2:4>> {
  %w = arith.constant dense<0x7FC00000> : tensor<2x8xf32>
  // expected-error @below {{the weight cannot be permuted: }}
  %e = hinm.encode %w : tensor<2x8xf32> -> tensor<2x8xf16, #hinm.encoding<vector = 2, columns = 4, nm = 2:4>>
  return %e : tensor<2x8xf16, #hinm.encoding<vector = 2, columns = 4, nm = 2:4>>
}

// -----

func.func @own_strategy_unknown() -> tensor<2x8xf16, #hinm.encoding<vector = 2, columns = 4, nm = 2:4>> {
  %w = arith.constant dense<1.0> : tensor<2x8xf32>
  // expected-error @below {{unknown strategy 'swap', expected none, pca, columns, gyro, anneal, best}}
  %e = hinm.encode %w {hinm.strategy = "swap"} : tensor<2x8xf32> -> tensor<2x8xf16, #hinm.encoding<vector = 2, columns = 4, nm = 2:4>>
  return %e : tensor<2x8xf16, #hinm.encoding<vector = 2, columns = 4, nm = 2:4>>
}

// -----

func.func @own_strategy_upper_case() -> tensor<2x8xf16, #hinm.encoding<vector = 2, columns = 4, nm = 2:4>> {
  %w = arith.constant dense<1.0> : tensor<2x8xf32>
  // expected-error @below {{unknown strategy 'Gyro', expected none, pca, columns, gyro, anneal, best}}
  %e = hinm.encode %w {hinm.strategy = "Gyro"} : tensor<2x8xf32> -> tensor<2x8xf16, #hinm.encoding<vector = 2, columns = 4, nm = 2:4>>
  return %e : tensor<2x8xf16, #hinm.encoding<vector = 2, columns = 4, nm = 2:4>>
}

// -----

func.func @saliency_shape() -> tensor<2x8xf16, #hinm.encoding<vector = 2, columns = 4, nm = 2:4>> {
  %w = arith.constant dense<1.0> : tensor<2x8xf32>
  // expected-error @below {{the weight cannot be permuted: saliency is 2x4, expected 2x8 as the weight}}
  %e = hinm.encode %w {hinm.saliency = dense<1.0> : tensor<2x4xf32>} : tensor<2x8xf32> -> tensor<2x8xf16, #hinm.encoding<vector = 2, columns = 4, nm = 2:4>>
  return %e : tensor<2x8xf16, #hinm.encoding<vector = 2, columns = 4, nm = 2:4>>
}

// -----

func.func @saliency_turned() -> tensor<2x8xf16, #hinm.encoding<vector = 2, columns = 4, nm = 2:4>> {
  %w = arith.constant dense<1.0> : tensor<2x8xf32>
  // expected-error @below {{the weight cannot be permuted: saliency is 8x2, expected 2x8 as the weight}}
  %e = hinm.encode %w {hinm.saliency = dense<1.0> : tensor<8x2xf32>} : tensor<2x8xf32> -> tensor<2x8xf16, #hinm.encoding<vector = 2, columns = 4, nm = 2:4>>
  return %e : tensor<2x8xf16, #hinm.encoding<vector = 2, columns = 4, nm = 2:4>>
}

// -----

func.func @saliency_rank() -> tensor<2x8xf16, #hinm.encoding<vector = 2, columns = 4, nm = 2:4>> {
  %w = arith.constant dense<1.0> : tensor<2x8xf32>
  // expected-error @below {{'hinm.saliency' is no constant matrix}}
  %e = hinm.encode %w {hinm.saliency = dense<1.0> : tensor<16xf32>} : tensor<2x8xf32> -> tensor<2x8xf16, #hinm.encoding<vector = 2, columns = 4, nm = 2:4>>
  return %e : tensor<2x8xf16, #hinm.encoding<vector = 2, columns = 4, nm = 2:4>>
}

// -----

func.func @saliency_number() -> tensor<2x8xf16, #hinm.encoding<vector = 2, columns = 4, nm = 2:4>> {
  %w = arith.constant dense<1.0> : tensor<2x8xf32>
  // expected-error @below {{'hinm.saliency' is no constant matrix}}
  %e = hinm.encode %w {hinm.saliency = 1.0 : f32} : tensor<2x8xf32> -> tensor<2x8xf16, #hinm.encoding<vector = 2, columns = 4, nm = 2:4>>
  return %e : tensor<2x8xf16, #hinm.encoding<vector = 2, columns = 4, nm = 2:4>>
}

// -----

func.func @saliency_type() -> tensor<2x8xf16, #hinm.encoding<vector = 2, columns = 4, nm = 2:4>> {
  %w = arith.constant dense<1.0> : tensor<2x8xf32>
  // expected-error @below {{expected a constant of f16, bf16, f32 or f64, but got 'i32'}}
  %e = hinm.encode %w {hinm.saliency = dense<1> : tensor<2x8xi32>} : tensor<2x8xf32> -> tensor<2x8xf16, #hinm.encoding<vector = 2, columns = 4, nm = 2:4>>
  return %e : tensor<2x8xf16, #hinm.encoding<vector = 2, columns = 4, nm = 2:4>>
}

// -----

func.func @saliency_negative() -> tensor<2x8xf16, #hinm.encoding<vector = 2, columns = 4, nm = 2:4>> {
  %w = arith.constant dense<1.0> : tensor<2x8xf32>
  // expected-error @below {{the weight cannot be permuted: saliency is -1.000000 at row 1 column 2, expected at least 0}}
  %e = hinm.encode %w {hinm.saliency = dense<[[1., 1., 1., 1., 1., 1., 1., 1.], [1., 1., -1., 1., 1., -2., 1., 1.]]> : tensor<2x8xf32>} : tensor<2x8xf32> -> tensor<2x8xf16, #hinm.encoding<vector = 2, columns = 4, nm = 2:4>>
  return %e : tensor<2x8xf16, #hinm.encoding<vector = 2, columns = 4, nm = 2:4>>
}

// -----

func.func @saliency_nan() -> tensor<2x8xf16, #hinm.encoding<vector = 2, columns = 4, nm = 2:4>> {
  %w = arith.constant dense<1.0> : tensor<2x8xf32>
  // expected-error @below {{the weight cannot be permuted: saliency is NaN at row 0 column 3, expected a finite number}}
  %e = hinm.encode %w {hinm.saliency = dense<[[1., 1., 1., 0x7FC00000, 1., 1., 1., 1.], [1., 1., 1., 1., 1., 1., 1., 1.]]> : tensor<2x8xf32>} : tensor<2x8xf32> -> tensor<2x8xf16, #hinm.encoding<vector = 2, columns = 4, nm = 2:4>>
  return %e : tensor<2x8xf16, #hinm.encoding<vector = 2, columns = 4, nm = 2:4>>
}

// -----

func.func @saliency_infinite() -> tensor<2x8xf16, #hinm.encoding<vector = 2, columns = 4, nm = 2:4>> {
  %w = arith.constant dense<1.0> : tensor<2x8xf32>
  // expected-error @below {{the weight cannot be permuted: saliency is infinite at row 0 column 0, expected a finite number}}
  %e = hinm.encode %w {hinm.saliency = dense<0x7F800000> : tensor<2x8xf32>} : tensor<2x8xf32> -> tensor<2x8xf16, #hinm.encoding<vector = 2, columns = 4, nm = 2:4>>
  return %e : tensor<2x8xf16, #hinm.encoding<vector = 2, columns = 4, nm = 2:4>>
}

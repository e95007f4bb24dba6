// RUN: hinm-opt %s --split-input-file --verify-diagnostics --pass-pipeline='builtin.module(hinm-compress)'

#enc = #hinm.encoding<vector = 2, columns = 4, nm = 2:4>
func.func @not_chosen() -> tensor<2x4xf16, #enc> {
  %w = arith.constant dense<1.0> : tensor<2x4xf32>
  // expected-error @below {{'vector_index' has not been chosen; run 'hinm-gyro-permute' first}}
  %e = hinm.encode %w : tensor<2x4xf32> -> tensor<2x4xf16, #enc>
  return %e : tensor<2x4xf16, #enc>
}

// -----

#enc = #hinm.encoding<vector = 2, columns = 4, nm = 2:4>
func.func @not_constant(%w: tensor<2x4xf32>) -> tensor<2x4xf16, #enc> {
  // expected-error @below {{the weight is not constant}}
  %e = hinm.encode %w {vector_index = dense<[[0, 1, 2, 3]]> : tensor<1x4xi32>}
      : tensor<2x4xf32> -> tensor<2x4xf16, #enc>
  return %e : tensor<2x4xf16, #enc>
}

// -----

#enc = #hinm.encoding<vector = 2, columns = 4, nm = 2:4>
func.func @storage_type() -> tensor<2x4xf32, #enc> {
  %w = arith.constant dense<1.0> : tensor<2x4xf32>
  // expected-error @below {{storage of 'f32' is not supported, expected f16 or bf16}}
  %e = hinm.encode %w {vector_index = dense<[[0, 1, 2, 3]]> : tensor<1x4xi32>}
      : tensor<2x4xf32> -> tensor<2x4xf32, #enc>
  return %e : tensor<2x4xf32, #enc>
}

// -----

#enc = #hinm.encoding<vector = 2, columns = 4, nm = 2:4>
func.func @nan() -> tensor<2x4xf16, #enc> {
  %w = arith.constant dense<[[1.0, 1.0, 1.0, 1.0], [1.0, 1.0, 0x7FC00000, 1.0]]> : tensor<2x4xf32>
  // expected-error-re @below {{the weight cannot be stored: {{.*}}row 1{{.*}}column 2}}
  %e = hinm.encode %w {vector_index = dense<[[0, 1, 2, 3]]> : tensor<1x4xi32>}
      : tensor<2x4xf32> -> tensor<2x4xf16, #enc>
  return %e : tensor<2x4xf16, #enc>
}

// -----

#enc = #hinm.encoding<vector = 2, columns = 4, nm = 2:4>
func.func @overflow() -> tensor<2x4xf16, #enc> {
  %w = arith.constant dense<[[1.0, 1.0, 1.0, 70000.0], [1.0, 1.0, 1.0, 1.0]]> : tensor<2x4xf32>
  // expected-error-re @below {{the weight cannot be stored: {{.*}}row 0{{.*}}column 3}}
  %e = hinm.encode %w {vector_index = dense<[[0, 1, 2, 3]]> : tensor<1x4xi32>}
      : tensor<2x4xf32> -> tensor<2x4xf16, #enc>
  return %e : tensor<2x4xf16, #enc>
}

// -----

#enc = #hinm.encoding<vector = 2, columns = 4, nm = 2:4>
func.func @truncated() -> tensor<2x4xf16, #enc> {
  %w = arith.constant dense_resource<short> : tensor<2x4xf32>
  // expected-error @below {{resource 'short' holds 8 bytes, but its type 'tensor<2x4xf32>' takes 32}}
  %e = hinm.encode %w {vector_index = dense<[[0, 1, 2, 3]]> : tensor<1x4xi32>}
      : tensor<2x4xf32> -> tensor<2x4xf16, #enc>
  return %e : tensor<2x4xf16, #enc>
}

{-#
  dialect_resources: {
    builtin: {
      short: "0x040000000000803F0000803F"
    }
  }
#-}

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

// RUN: hinm-opt %s --pass-pipeline='builtin.module(canonicalize)' | FileCheck %s

// bf16 does not hold the values of f16: the way through it may not cancel.

// CHECK-LABEL: func.func @through_bf16
// CHECK: hinm.to_token_major
// CHECK: hinm.to_feature_major
func.func @through_bf16(%y: tensor<64x8xf16>) -> tensor<64x8xf16> {
  %0 = tensor.empty() : tensor<5x64xbf16>
  %t = hinm.to_token_major ins(%y : tensor<64x8xf16>) outs(%0 : tensor<5x64xbf16>) -> tensor<5x64xbf16>
  %1 = tensor.empty() : tensor<64x8xf16>
  %x = hinm.to_feature_major ins(%t : tensor<5x64xbf16>) outs(%1 : tensor<64x8xf16>) -> tensor<64x8xf16>
  return %x : tensor<64x8xf16>
}

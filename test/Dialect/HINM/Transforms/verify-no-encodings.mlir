// RUN: hinm-opt %s --pass-pipeline='builtin.module(hinm-verify-no-encodings)' | FileCheck %s

// CHECK-LABEL: func @storage
// CHECK: hinm.gather_matmul
func.func @storage(%v: tensor<32x4xf16>, %m: tensor<32x1xi8>, %i: tensor<1x8xi32>,
                   %x: tensor<16x8xf16>, %0: tensor<32x8xf32>) -> tensor<32x8xf32> {
  %y = hinm.gather_matmul weights(%v, %m, %i : tensor<32x4xf16>, tensor<32x1xi8>, tensor<1x8xi32>)
      ins(%x : tensor<16x8xf16>) outs(%0 : tensor<32x8xf32>)
      {encoding = #hinm.encoding<vector = 32, columns = 8, nm = 2:4>} -> tensor<32x8xf32>
  return %y : tensor<32x8xf32>
}

// RUN: hinm-opt %s --pass-pipeline='builtin.module(hinm-select{allow-none=true})' | FileCheck %s

// A contraction of integers with a float weight stays as it is.

// CHECK-LABEL: func.func @integers
// CHECK: linalg.matmul
// CHECK-NOT: hinm.
func.func @integers(%x: tensor<5x2xi32>, %init: tensor<5x2xf32>) -> tensor<5x2xf32> {
  %w = arith.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>
  %y = linalg.matmul ins(%x, %w : tensor<5x2xi32>, tensor<2x2xf32>) outs(%init : tensor<5x2xf32>) -> tensor<5x2xf32>
  return %y : tensor<5x2xf32>
}

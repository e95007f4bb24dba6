// RUN: hinm-opt %s --pass-pipeline='builtin.module(convert-hinm-to-linalg)' | FileCheck %s

// The indices of the loop over rows and stored entries once came from a list that
// was gone.

// CHECK-LABEL: func @decode
// CHECK: scf.for %[[ROW:[a-z0-9]+]] =
// CHECK: scf.for %[[ENTRY:[a-z0-9]+]] =
// CHECK: tensor.extract %{{.*}}[%[[ROW]], %[[ENTRY]]] : tensor<4x2xf16>
#enc = #hinm.encoding<vector = 4, columns = 4, nm = 2:4>
func.func @decode() -> tensor<4x4xf16> {
  %w = arith.constant dense<[[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0], [0.0, 0.0, 0.0, 1.0]]> : tensor<4x4xf16>
  %e = hinm.encode %w {vector_index = dense<[[0, 1, 2, 3]]> : tensor<1x4xi32>} : tensor<4x4xf16> -> tensor<4x4xf16, #enc>
  %0 = hinm.decode %e : tensor<4x4xf16, #enc> -> tensor<4x4xf16>
  return %0 : tensor<4x4xf16>
}

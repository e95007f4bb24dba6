// RUN: hinm-opt %s --pass-pipeline='builtin.module(hinm-gyro-permute{strategy=gyro seed=1})' --verify-diagnostics

// An encoded matrix that something else than a product uses cannot have its rows
// reordered: nothing would restore the order.

#enc = #hinm.encoding<vector = 2, columns = 4, nm = 3:4>
func.func @escapes() -> tensor<4x8xf16, #enc> {
  %w = arith.constant dense<[[9.0, 8.0, 7.0, 6.0, 0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0, 9.0, 8.0, 7.0, 6.0],
                             [9.0, 8.0, 7.0, 6.0, 0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0, 9.0, 8.0, 7.0, 6.0]]> : tensor<4x8xf32>
  // expected-error @below {{its rows were reordered, but 'func.return' uses it}}
  %e = hinm.encode %w : tensor<4x8xf32> -> tensor<4x8xf16, #enc>
  return %e : tensor<4x8xf16, #enc>
}

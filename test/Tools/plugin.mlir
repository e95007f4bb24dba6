// A stock mlir-opt with the plugin loaded knows the dialect, the passes and the
// pipelines.
// RUN: mlir-opt --load-dialect-plugin=%hinm_lib/libHINMPlugin%shlibext \
// RUN:   --load-pass-plugin=%hinm_lib/libHINMPlugin%shlibext \
// RUN:   --pass-pipeline='builtin.module(hinm-encode{vector=32 strategy=none},hinm-lower-encodings)' %s \
// RUN:   | FileCheck %s
// UNSUPPORTED: sanitizer

// CHECK-LABEL: func.func @main
// CHECK-DAG: %[[INDEX:.*]] = arith.constant dense<{{\[\[}}0, 1, 2, 3]]> : tensor<1x4xi32>
// CHECK: hinm.gather_matmul weights(%{{.*}}, %{{.*}}, %[[INDEX]] : tensor<32x2xf16>, tensor<32x1xi8>, tensor<1x4xi32>)
// CHECK-NOT: linalg.matmul
func.func @main(%x: tensor<5x4xf32>) -> tensor<5x2xf32> {
  %w = arith.constant dense<[[1.0, 2.0, 3.0, 4.0], [8.0, 7.0, 6.0, 5.0]]> : tensor<2x4xf32>
  %t = tensor.empty() : tensor<4x2xf32>
  %wt = linalg.transpose ins(%w : tensor<2x4xf32>) outs(%t : tensor<4x2xf32>) permutation = [1, 0]
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<5x2xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<5x2xf32>) -> tensor<5x2xf32>
  %y = linalg.matmul ins(%x, %wt : tensor<5x4xf32>, tensor<4x2xf32>) outs(%f : tensor<5x2xf32>) -> tensor<5x2xf32>
  return %y : tensor<5x2xf32>
}

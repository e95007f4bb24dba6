// A program gives the same numbers, worked out by hand below, whether its permutes are
// copies, or are folded before the weights are compressed, after that, or after
// the epilogues are fused.
// RUN: hinm-opt %s --pass-pipeline='builtin.module(hinm-compress,hinm-lower-encodings,convert-hinm-to-linalg,convert-elementwise-to-linalg,one-shot-bufferize{bufferize-function-boundaries=true},convert-linalg-to-loops,expand-strided-metadata,lower-affine,convert-scf-to-cf,finalize-memref-to-llvm,convert-func-to-llvm,convert-arith-to-llvm,convert-index-to-llvm,convert-cf-to-llvm,reconcile-unrealized-casts)' \
// RUN:   | mlir-runner -e main --entry-point-result=void --shared-libs=%llvm_lib/libmlir_runner_utils.so,%llvm_lib/libmlir_c_runner_utils.so,%llvm_lib/libmlir_float16_utils.so \
// RUN:   | FileCheck %s
// RUN: hinm-opt %s --pass-pipeline='builtin.module(hinm-fold-permutations,hinm-verify-folded,hinm-compress,hinm-lower-encodings,convert-hinm-to-linalg,convert-elementwise-to-linalg,one-shot-bufferize{bufferize-function-boundaries=true},convert-linalg-to-loops,expand-strided-metadata,lower-affine,convert-scf-to-cf,finalize-memref-to-llvm,convert-func-to-llvm,convert-arith-to-llvm,convert-index-to-llvm,convert-cf-to-llvm,reconcile-unrealized-casts)' \
// RUN:   | mlir-runner -e main --entry-point-result=void --shared-libs=%llvm_lib/libmlir_runner_utils.so,%llvm_lib/libmlir_c_runner_utils.so,%llvm_lib/libmlir_float16_utils.so \
// RUN:   | FileCheck %s
// RUN: hinm-opt %s --pass-pipeline='builtin.module(hinm-compress,hinm-fold-permutations,hinm-verify-folded,hinm-fuse-epilogue,hinm-lower-encodings,convert-hinm-to-linalg,convert-elementwise-to-linalg,one-shot-bufferize{bufferize-function-boundaries=true},convert-linalg-to-loops,expand-strided-metadata,lower-affine,convert-scf-to-cf,finalize-memref-to-llvm,convert-func-to-llvm,convert-arith-to-llvm,convert-index-to-llvm,convert-cf-to-llvm,reconcile-unrealized-casts)' \
// RUN:   | mlir-runner -e main --entry-point-result=void --shared-libs=%llvm_lib/libmlir_runner_utils.so,%llvm_lib/libmlir_c_runner_utils.so,%llvm_lib/libmlir_float16_utils.so \
// RUN:   | FileCheck %s
// RUN: hinm-opt %s --pass-pipeline='builtin.module(hinm-compress,hinm-fuse-epilogue,hinm-fold-permutations,hinm-verify-folded,hinm-lower-encodings,convert-hinm-to-linalg,convert-elementwise-to-linalg,one-shot-bufferize{bufferize-function-boundaries=true},convert-linalg-to-loops,expand-strided-metadata,lower-affine,convert-scf-to-cf,finalize-memref-to-llvm,convert-func-to-llvm,convert-arith-to-llvm,convert-index-to-llvm,convert-cf-to-llvm,reconcile-unrealized-casts)' \
// RUN:   | mlir-runner -e main --entry-point-result=void --shared-libs=%llvm_lib/libmlir_runner_utils.so,%llvm_lib/libmlir_c_runner_utils.so,%llvm_lib/libmlir_float16_utils.so \
// RUN:   | FileCheck %s
// UNSUPPORTED: sanitizer

// relu(W0 x + 10 x + bias) and W1 of that, for tokens (1, 2, 3, 4), (1, 0, -1, 0) and
// zero, the rows of all three weights in orders of their own:
//   W0 x:  7, 22, 29, 38       -1, 0, 5, -8        0, 0, 0, 0
//   + 10 x + bias, relu:
//          27, 22, 89, 38      19, 0, 25, 0        10, 0, 30, 0
//   W1:    27 + 2200 = 2227    19                  10
//          89 + 38   = 127     25                  30
//          54 - 89   = -35     38 - 25 = 13        20 - 30 = -10

// CHECK: [2227, {{ *}}19, {{ *}}10, {{ *}}10
// CHECK-NEXT: [127, {{ *}}25, {{ *}}30, {{ *}}30
// CHECK-NEXT: [-35, {{ *}}13, {{ *}}-10, {{ *}}-10
#enc = #hinm.encoding<vector = 2, columns = 4, nm = 2:4>
#id = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d0)>
func.func @main() {
  %x = arith.constant dense<[[1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
                             [2.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
                             [3.0, -1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
                             [4.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]]> : tensor<4x8xf16>
  %w0 = arith.constant dense<[[1.0, 0.0, 2.0, 0.0], [0.0, 3.0, 0.0, 4.0], [5.0, 0.0, 0.0, 6.0], [0.0, 7.0, 8.0, 0.0]]> : tensor<4x4xf32>
  %ten = arith.constant dense<[[10.0, 0.0, 0.0, 0.0], [0.0, 10.0, 0.0, 0.0], [0.0, 0.0, 10.0, 0.0], [0.0, 0.0, 0.0, 10.0]]> : tensor<4x4xf32>
  %w1 = arith.constant dense<[[1.0, 100.0, 0.0, 0.0], [0.0, 0.0, 1.0, 1.0], [2.0, 0.0, -1.0, 0.0]]> : tensor<3x4xf32>
  %bias = arith.constant dense<[10.0, -20.0, 30.0, -40.0]> : tensor<4xf32>
  %zero = arith.constant 0.0 : f32
  %init = tensor.empty() : tensor<4x8xf32>
  %half = tensor.empty() : tensor<4x8xf16>
  %e0 = hinm.encode %w0 {row_order = array<i64: 2, 0, 3, 1>, vector_index = dense<[[3, 1, 0, 2], [0, 1, 2, 3]]> : tensor<2x4xi32>} : tensor<4x4xf32> -> tensor<4x4xf16, #enc>
  %p0 = hinm.matmul ins(%e0, %x : tensor<4x4xf16, #enc>, tensor<4x8xf16>) outs(%init : tensor<4x8xf32>) -> tensor<4x8xf32>
  %h = hinm.permute %p0 dim 0 order [1, 3, 0, 2] : tensor<4x8xf32>
  %e1 = hinm.encode %ten {row_order = array<i64: 3, 2, 0, 1>, vector_index = dense<[[1, 3, 0, 2], [2, 1, 0, 3]]> : tensor<2x4xi32>} : tensor<4x4xf32> -> tensor<4x4xf16, #enc>
  %p1 = hinm.matmul ins(%e1, %x : tensor<4x4xf16, #enc>, tensor<4x8xf16>) outs(%init : tensor<4x8xf32>) -> tensor<4x8xf32>
  %g = hinm.permute %p1 dim 0 order [2, 3, 1, 0] : tensor<4x8xf32>
  %s = linalg.generic {indexing_maps = [#id, #id, #row, #id], iterator_types = ["parallel", "parallel"]}
      ins(%h, %g, %bias : tensor<4x8xf32>, tensor<4x8xf32>, tensor<4xf32>) outs(%half : tensor<4x8xf16>) {
    ^bb0(%a: f32, %b: f32, %c: f32, %o: f16):
      %0 = arith.addf %a, %b : f32
      %1 = arith.addf %0, %c : f32
      %2 = arith.maximumf %1, %zero : f32
      %3 = arith.truncf %2 : f32 to f16
      linalg.yield %3 : f16
  } -> tensor<4x8xf16>
  %e2 = hinm.encode %w1 {row_order = array<i64: 1, 2, 0>, vector_index = dense<[[3, 1, 0, 2], [2, 0, 3, 1]]> : tensor<2x4xi32>} : tensor<3x4xf32> -> tensor<3x4xf16, #enc>
  %out = tensor.empty() : tensor<3x8xf32>
  %p2 = hinm.matmul ins(%e2, %s : tensor<3x4xf16, #enc>, tensor<4x8xf16>) outs(%out : tensor<3x8xf32>) -> tensor<3x8xf32>
  %y = hinm.permute %p2 dim 0 order [2, 0, 1] : tensor<3x8xf32>
  %u = tensor.cast %y : tensor<3x8xf32> to tensor<*xf32>
  call @printMemrefF32(%u) : (tensor<*xf32>) -> ()
  return
}
func.func private @printMemrefF32(tensor<*xf32>) attributes {llvm.emit_c_interface}

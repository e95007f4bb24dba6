// The canonical form and the fragment stream give the same numbers, worked out by
// hand below.
// RUN: hinm-opt %s --pass-pipeline='builtin.module(convert-hinm-to-linalg,one-shot-bufferize{bufferize-function-boundaries=true},convert-linalg-to-loops,expand-strided-metadata,lower-affine,convert-scf-to-cf,finalize-memref-to-llvm,convert-func-to-llvm,convert-arith-to-llvm,convert-index-to-llvm,convert-cf-to-llvm,reconcile-unrealized-casts)' \
// RUN:   | mlir-runner -e main --entry-point-result=void --shared-libs=%llvm_lib/libmlir_runner_utils.so,%llvm_lib/libmlir_c_runner_utils.so,%llvm_lib/libmlir_float16_utils.so \
// RUN:   | FileCheck %s
// RUN: hinm-opt %s --pass-pipeline='builtin.module(hinm-compress,hinm-lower-encodings,hinm-pack-for-target,convert-hinm-to-linalg,one-shot-bufferize{bufferize-function-boundaries=true},convert-linalg-to-loops,expand-strided-metadata,lower-affine,convert-scf-to-cf,finalize-memref-to-llvm,convert-func-to-llvm,convert-arith-to-llvm,convert-index-to-llvm,convert-cf-to-llvm,reconcile-unrealized-casts)' \
// RUN:   | mlir-runner -e main --entry-point-result=void --shared-libs=%llvm_lib/libmlir_runner_utils.so,%llvm_lib/libmlir_c_runner_utils.so,%llvm_lib/libmlir_float16_utils.so \
// RUN:   | FileCheck %s
// UNSUPPORTED: sanitizer

// Packed by [3, 1, 0, 2], row 0 is 4, 2, 1, 3, of which 4 (channel 3) and 3 (channel
// 2) stay; row 1 is 5, 7, 8, 6, of which 7 (channel 1) and 8 (channel 0) stay. With
// tokens (1, 10, 100, 1000) and (1, 1, 1, 1) and 0.5 added to row 0:
// row 0 is 4 * 1000 + 3 * 100 + 0.5 and 4 + 3 + 0.5, row 1 is 7 * 10 + 8 * 1 and 7 + 8.

// CHECK: [4300.5, {{ *}}7.5, {{ *}}0.5, {{ *}}0.5
// CHECK: [78, {{ *}}15, {{ *}}0, {{ *}}0
#enc = #hinm.encoding<vector = 32, columns = 4, nm = 2:4>
func.func @main() {
  %w = arith.constant dense<[[1.0, 2.0, 3.0, 4.0], [8.0, 7.0, 6.0, 5.0]]> : tensor<2x4xf32>
  %x = arith.constant dense<[[1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
                             [10.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
                             [100.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
                             [1000.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]]> : tensor<4x8xf16>
  %bias = arith.constant dense<[0.5, 0.0]> : tensor<2xf32>
  %e = hinm.encode %w {vector_index = dense<[[3, 1, 0, 2]]> : tensor<1x4xi32>} : tensor<2x4xf32> -> tensor<2x4xf16, #enc>
  %init = tensor.empty() : tensor<2x8xf32>
  %y = hinm.matmul ins(%e, %x : tensor<2x4xf16, #enc>, tensor<4x8xf16>) epilogue(%bias : tensor<2xf32>) outs(%init : tensor<2x8xf32>) apply {
  ^bb0(%sum: f32, %b: f32):
    %0 = arith.addf %sum, %b : f32
    hinm.yield %0 : f32
  } -> tensor<2x8xf32>
  %u = tensor.cast %y : tensor<2x8xf32> to tensor<*xf32>
  call @printMemrefF32(%u) : (tensor<*xf32>) -> ()
  return
}
func.func private @printMemrefF32(tensor<*xf32>) attributes {llvm.emit_c_interface}

// A product that stores its rows by an index, in the canonical form and in the
// fragment stream; the numbers are worked out by hand below.
// RUN: hinm-opt %s --pass-pipeline='builtin.module(hinm-compress,hinm-lower-encodings,convert-hinm-to-linalg,one-shot-bufferize{bufferize-function-boundaries=true},convert-linalg-to-loops,expand-strided-metadata,lower-affine,convert-scf-to-cf,finalize-memref-to-llvm,convert-func-to-llvm,convert-arith-to-llvm,convert-index-to-llvm,convert-cf-to-llvm,reconcile-unrealized-casts)' \
// RUN:   | mlir-runner -e main --entry-point-result=void --shared-libs=%llvm_lib/libmlir_runner_utils.so,%llvm_lib/libmlir_c_runner_utils.so,%llvm_lib/libmlir_float16_utils.so \
// RUN:   | FileCheck %s
// RUN: hinm-opt %s --pass-pipeline='builtin.module(hinm-compress,hinm-lower-encodings,hinm-pack-for-target,convert-hinm-to-linalg,one-shot-bufferize{bufferize-function-boundaries=true},convert-linalg-to-loops,expand-strided-metadata,lower-affine,convert-scf-to-cf,finalize-memref-to-llvm,convert-func-to-llvm,convert-arith-to-llvm,convert-index-to-llvm,convert-cf-to-llvm,reconcile-unrealized-casts)' \
// RUN:   | mlir-runner -e main --entry-point-result=void --shared-libs=%llvm_lib/libmlir_runner_utils.so,%llvm_lib/libmlir_c_runner_utils.so,%llvm_lib/libmlir_float16_utils.so \
// RUN:   | FileCheck %s
// UNSUPPORTED: sanitizer

// The sums in the tile's places are, for tokens (1, 10, 100, 1000) and (1, 1, 1, 1),
//   place 0: 1 * 1 + 2 * 10     = 21    and 1 + 2 = 3
//   place 1: 3 * 100 + 4 * 1000 = 4300  and 3 + 4 = 7
//   place 2: 5 * 1 + 6 * 1000   = 6005  and 5 + 6 = 11.
// They become rows 2, 0 and 1, so row 0 of the result is place 1, row 1 place 2 and
// row 2 place 0. The 29 places after them fill the tile and are stored nowhere.

// CHECK: [4300, {{ *}}7, {{ *}}0, {{ *}}0
// CHECK-NEXT: [6005, {{ *}}11, {{ *}}0, {{ *}}0
// CHECK-NEXT: [21, {{ *}}3, {{ *}}0, {{ *}}0

// The epilogue is (sum + bias + entry) * factor, with the bias and the entry of the
// result's row:
//   row 0: (4300 + 0.25 + 10000) * 2 = 28600.5, (7 + 0.25 + 100) * 2 = 214.5
//   row 1: (6005 + 0.5 + 20000) * 2 = 52011,    (11 + 0.5 + 200) * 2 = 423
//   row 2: (21 + 0.75 + 30000) * 2 = 60043.5,   (3 + 0.75 + 300) * 2 = 607.5,
// and twice the bias where a token is zero.

// CHECK: [28600.5, {{ *}}214.5, {{ *}}0.5, {{ *}}0.5
// CHECK-NEXT: [52011, {{ *}}423, {{ *}}1, {{ *}}1
// CHECK-NEXT: [60043.5, {{ *}}607.5, {{ *}}1.5, {{ *}}1.5
#enc = #hinm.encoding<vector = 32, columns = 4, nm = 2:4>
func.func @main() {
  %w = arith.constant dense<[[1.0, 2.0, 0.0, 0.0], [0.0, 0.0, 3.0, 4.0], [5.0, 0.0, 0.0, 6.0]]> : tensor<3x4xf32>
  %x = arith.constant dense<[[1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
                             [10.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
                             [100.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
                             [1000.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]]> : tensor<4x8xf16>
  %bias = arith.constant dense<[0.25, 0.5, 0.75]> : tensor<3xf32>
  %entries = arith.constant dense<[[10000.0, 100.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
                                   [20000.0, 200.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
                                   [30000.0, 300.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]]> : tensor<3x8xf32>
  %factor = arith.constant dense<2.0> : tensor<f32>
  %e = hinm.encode %w {vector_index = dense<[[0, 1, 2, 3]]> : tensor<1x4xi32>} : tensor<3x4xf32> -> tensor<3x4xf16, #enc>
  %init = tensor.empty() : tensor<3x8xf32>
  %y = hinm.matmul ins(%e, %x : tensor<3x4xf16, #enc>, tensor<4x8xf16>) outs(%init : tensor<3x8xf32>)
      {row_index = array<i64: 2, 0, 1>} -> tensor<3x8xf32>
  %z = hinm.matmul ins(%e, %x : tensor<3x4xf16, #enc>, tensor<4x8xf16>)
      epilogue(%bias, %entries, %factor : tensor<3xf32>, tensor<3x8xf32>, tensor<f32>)
      outs(%init : tensor<3x8xf32>) {row_index = array<i64: 2, 0, 1>} apply {
  ^bb0(%sum: f32, %b: f32, %c: f32, %k: f32):
    %0 = arith.addf %sum, %b : f32
    %1 = arith.addf %0, %c : f32
    %2 = arith.mulf %1, %k : f32
    hinm.yield %2 : f32
  } -> tensor<3x8xf32>
  %u = tensor.cast %y : tensor<3x8xf32> to tensor<*xf32>
  call @printMemrefF32(%u) : (tensor<*xf32>) -> ()
  %v = tensor.cast %z : tensor<3x8xf32> to tensor<*xf32>
  call @printMemrefF32(%v) : (tensor<*xf32>) -> ()
  return
}
func.func private @printMemrefF32(tensor<*xf32>) attributes {llvm.emit_c_interface}

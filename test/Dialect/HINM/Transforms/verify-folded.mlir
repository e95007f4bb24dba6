// RUN: hinm-opt %s --split-input-file --verify-diagnostics --pass-pipeline='builtin.module(hinm-verify-folded{allow})'
// RUN: hinm-opt %s --split-input-file --pass-pipeline='builtin.module(hinm-verify-folded{allow=true})' 2>/dev/null | FileCheck %s

// With the option a permute is named and left as it is.

// CHECK-LABEL: func @both
// CHECK: hinm.permute %{{.*}} dim 0 order [2, 0, 1] {hinm.unfolded = "the tensor is an argument"}
// CHECK: hinm.permute %{{.*}} dim 1 order [1, 0] :
func.func @both(%x: tensor<3x2xf32>) -> tensor<3x2xf32> {
  // expected-remark @below {{a permutation of 3 channels is left to run time: the tensor is an argument}}
  %0 = hinm.permute %x dim 0 order [2, 0, 1] {hinm.unfolded = "the tensor is an argument"} : tensor<3x2xf32>
  // expected-remark @below {{a permutation of 2 channels is left to run time; 'hinm-fold-permutations' has not run}}
  %1 = hinm.permute %0 dim 1 order [1, 0] : tensor<3x2xf32>
  return %1 : tensor<3x2xf32>
}

// -----

// Rows that are stored by an index are folded.

// CHECK-LABEL: func @folded
// CHECK: hinm.matmul
#enc = #hinm.encoding<vector = 2, columns = 4, nm = 2:4>
func.func @folded(%e: tensor<3x4xf16, #enc>, %x: tensor<4x8xf16>, %0: tensor<3x8xf32>) -> tensor<3x8xf32> {
  %y = hinm.matmul ins(%e, %x : tensor<3x4xf16, #enc>, tensor<4x8xf16>) outs(%0 : tensor<3x8xf32>)
      {row_index = array<i64: 1, 2, 0>} -> tensor<3x8xf32>
  return %y : tensor<3x8xf32>
}

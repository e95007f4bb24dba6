// RUN: hinm-opt %s --split-input-file --verify-diagnostics --pass-pipeline='builtin.module(hinm-fold-permutations)'

#enc = #hinm.encoding<vector = 4, columns = 4, nm = 2:4>
func.func @truncated_operand(%e: tensor<4x4xf16, #enc>, %x: tensor<4x8xf16>, %v: tensor<4x2xf16>, %m: tensor<4x1xi8>,
                             %0: tensor<4x8xf16>, %1: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %c = arith.constant dense_resource<short> : tensor<4x8xf16>
  %index = arith.constant dense<[[0, 1, 2, 3]]> : tensor<1x4xi32>
  %p = hinm.matmul ins(%e, %x : tensor<4x4xf16, #enc>, tensor<4x8xf16>) outs(%0 : tensor<4x8xf16>) -> tensor<4x8xf16>
  %q = hinm.permute %p dim 0 order [2, 0, 3, 1] : tensor<4x8xf16>
  // expected-error @below {{resource 'short' holds 8 bytes, but its type 'tensor<4x8xf16>' takes 64}}
  %s = arith.addf %q, %c : tensor<4x8xf16>
  %f = hinm.assemble %v, %m, %index : tensor<4x2xf16>, tensor<4x1xi8>, tensor<1x4xi32> -> tensor<4x4xf16, #enc>
  %y = hinm.matmul ins(%f, %s : tensor<4x4xf16, #enc>, tensor<4x8xf16>) outs(%1 : tensor<4x8xf32>) -> tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}

{-#
  dialect_resources: {
    builtin: {
      short: "0x040000000000803F0000803F"
    }
  }
#-}

// -----

#enc = #hinm.encoding<vector = 4, columns = 4, nm = 2:4>
func.func @truncated_weight(%e: tensor<4x4xf16, #enc>, %x: tensor<4x8xf16>, %0: tensor<4x8xf16>, %1: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %w = arith.constant dense_resource<short_weight> : tensor<4x4xf32>
  %p = hinm.matmul ins(%e, %x : tensor<4x4xf16, #enc>, tensor<4x8xf16>) outs(%0 : tensor<4x8xf16>) -> tensor<4x8xf16>
  %q = hinm.permute %p dim 0 order [2, 0, 3, 1] : tensor<4x8xf16>
  // expected-error @below {{resource 'short_weight' holds 8 bytes, but its type 'tensor<4x4xf32>' takes 64}}
  %f = hinm.encode %w : tensor<4x4xf32> -> tensor<4x4xf16, #enc>
  %y = hinm.matmul ins(%f, %q : tensor<4x4xf16, #enc>, tensor<4x8xf16>) outs(%1 : tensor<4x8xf32>) -> tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}

{-#
  dialect_resources: {
    builtin: {
      short_weight: "0x040000000000803F0000803F"
    }
  }
#-}

// -----

#enc = #hinm.encoding<vector = 4, columns = 4, nm = 2:4>
func.func @missing_index(%e: tensor<4x4xf16, #enc>, %x: tensor<4x8xf16>, %v: tensor<4x2xf16>, %m: tensor<4x1xi8>,
                         %0: tensor<4x8xf16>, %1: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %index = arith.constant dense_resource<absent> : tensor<1x4xi32>
  %p = hinm.matmul ins(%e, %x : tensor<4x4xf16, #enc>, tensor<4x8xf16>) outs(%0 : tensor<4x8xf16>) -> tensor<4x8xf16>
  %q = hinm.permute %p dim 0 order [2, 0, 3, 1] : tensor<4x8xf16>
  // expected-error @below {{resource 'absent' has no data in this file}}
  %f = hinm.assemble %v, %m, %index : tensor<4x2xf16>, tensor<4x1xi8>, tensor<1x4xi32> -> tensor<4x4xf16, #enc>
  %y = hinm.matmul ins(%f, %q : tensor<4x4xf16, #enc>, tensor<4x8xf16>) outs(%1 : tensor<4x8xf32>) -> tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}

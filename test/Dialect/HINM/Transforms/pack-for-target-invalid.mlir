// RUN: hinm-opt %s --split-input-file --verify-diagnostics --pass-pipeline='builtin.module(hinm-pack-for-target)'

func.func @not_constant(%v: tensor<32x4xf16>, %m: tensor<32x1xi8>, %i: tensor<1x8xi32>,
                        %x: tensor<16x8xf16>, %0: tensor<32x8xf32>) -> tensor<32x8xf32> {
  // expected-error @below {{the weight is not constant, so it cannot be packed at compile time}}
  %y = hinm.gather_matmul weights(%v, %m, %i : tensor<32x4xf16>, tensor<32x1xi8>, tensor<1x8xi32>)
      ins(%x : tensor<16x8xf16>) outs(%0 : tensor<32x8xf32>)
      {encoding = #hinm.encoding<vector = 32, columns = 8, nm = 2:4>} -> tensor<32x8xf32>
  return %y : tensor<32x8xf32>
}

// -----

func.func @vector(%x: tensor<16x8xf16>, %0: tensor<16x8xf32>) -> tensor<16x8xf32> {
  %v = arith.constant dense<1.0> : tensor<16x4xf16>
  %m = arith.constant dense<0x44> : tensor<16x1xi8>
  %i = arith.constant dense<[[0, 1, 2, 3, 4, 5, 6, 7]]> : tensor<1x8xi32>
  // expected-error @below {{no kernel for a vector size of 16 on 'sm_80', expected 32, 64 or 128}}
  %y = hinm.gather_matmul weights(%v, %m, %i : tensor<16x4xf16>, tensor<16x1xi8>, tensor<1x8xi32>)
      ins(%x : tensor<16x8xf16>) outs(%0 : tensor<16x8xf32>)
      {encoding = #hinm.encoding<vector = 16, columns = 8, nm = 2:4>} -> tensor<16x8xf32>
  return %y : tensor<16x8xf32>
}

// -----

// Index 16 is no row of the input.

func.func @index(%x: tensor<16x8xf16>, %0: tensor<32x8xf32>) -> tensor<32x8xf32> {
  %v = arith.constant dense<1.0> : tensor<32x4xf16>
  %m = arith.constant dense<0x44> : tensor<32x1xi8>
  %i = arith.constant dense<[[0, 1, 2, 3, 4, 5, 6, 16]]> : tensor<1x8xi32>
  // expected-error @below {{the stored weight is not valid: }}
  %y = hinm.gather_matmul weights(%v, %m, %i : tensor<32x4xf16>, tensor<32x1xi8>, tensor<1x8xi32>)
      ins(%x : tensor<16x8xf16>) outs(%0 : tensor<32x8xf32>)
      {encoding = #hinm.encoding<vector = 32, columns = 8, nm = 2:4>} -> tensor<32x8xf32>
  return %y : tensor<32x8xf32>
}

// -----

// A kernel exists for 2:4 only.

func.func @pattern(%x: tensor<16x8xf16>, %0: tensor<32x8xf32>) -> tensor<32x8xf32> {
  %v = arith.constant dense<1.0> : tensor<32x2xf16>
  %m = arith.constant dense<0> : tensor<32x1xi8>
  %i = arith.constant dense<[[0, 1, 2, 3, 4, 5, 6, 7]]> : tensor<1x8xi32>
  // expected-error @below {{the weight cannot be packed for 'sm_80': }}
  %y = hinm.gather_matmul weights(%v, %m, %i : tensor<32x2xf16>, tensor<32x1xi8>, tensor<1x8xi32>)
      ins(%x : tensor<16x8xf16>) outs(%0 : tensor<32x8xf32>)
      {encoding = #hinm.encoding<vector = 32, columns = 8, nm = 1:4>} -> tensor<32x8xf32>
  return %y : tensor<32x8xf32>
}

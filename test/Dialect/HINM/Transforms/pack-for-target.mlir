// RUN: hinm-opt %s --pass-pipeline='builtin.module(hinm-pack-for-target)' | FileCheck %s

#enc = #hinm.encoding<vector = 32, columns = 8, nm = 2:4>

// One step: tileBytes = lookahead * 256 + 72 * 32 + 256, and there is one stage
// more than the lookahead. The header begins with the indices of step 0 as little-endian i32; there are 8 and then -1.

// CHECK-LABEL: func @packed
// CHECK-SAME: (%[[X:.*]]: tensor<16x8xf16>, %[[O:.*]]: tensor<32x8xf32>)
// CHECK-NEXT: %[[W:.*]] = arith.constant dense<"0x0000000009000000040000000C000000020000000F000000070000000D000000FFFFFFFF{{.*}}"> : tensor<1x[[#B:]]xi8>
// CHECK-NEXT: hinm.gather_matmul weights(%[[W]] : tensor<1x[[#B]]xi8>) ins(%[[X]] : tensor<16x8xf16>) outs(%[[O]] : tensor<32x8xf32>) {encoding = #hinm.encoding<{{.*}}>, schedule = #hinm.schedule<tile = [32, 8], warps = [1, 1], stages = [[#div(B-2304,256)]]>, stream = #hinm.fragment_stream<lookahead = [[#div(B-2560,256)]]>}
func.func @packed(%x: tensor<16x8xf16>, %0: tensor<32x8xf32>) -> tensor<32x8xf32> {
  %v = arith.constant dense<1.0> : tensor<32x4xf16>
  %m = arith.constant dense<0x44> : tensor<32x1xi8>
  %i = arith.constant dense<[[0, 9, 4, 12, 2, 15, 7, 13]]> : tensor<1x8xi32>
  %y = hinm.gather_matmul weights(%v, %m, %i : tensor<32x4xf16>, tensor<32x1xi8>, tensor<1x8xi32>)
      ins(%x : tensor<16x8xf16>) outs(%0 : tensor<32x8xf32>) {encoding = #enc} -> tensor<32x8xf32>
  return %y : tensor<32x8xf32>
}

// What has a stream already is left as it is, even on an argument.

// CHECK-LABEL: func @present
// CHECK-SAME: (%[[W:.*]]: tensor<1x2816xi8>
// CHECK-NEXT: hinm.gather_matmul weights(%[[W]] : tensor<1x2816xi8>)
// CHECK-SAME: stream = #hinm.fragment_stream<lookahead = 1>
func.func @present(%w: tensor<1x2816xi8>, %x: tensor<16x?xf16>, %0: tensor<32x?xf32>) -> tensor<32x?xf32> {
  %y = hinm.gather_matmul weights(%w : tensor<1x2816xi8>) ins(%x : tensor<16x?xf16>) outs(%0 : tensor<32x?xf32>)
      {encoding = #enc, stream = #hinm.fragment_stream<lookahead = 1>} -> tensor<32x?xf32>
  return %y : tensor<32x?xf32>
}

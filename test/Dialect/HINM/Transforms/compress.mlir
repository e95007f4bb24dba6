// RUN: hinm-opt %s --pass-pipeline='builtin.module(hinm-compress)' | FileCheck %s

// The example of docs/format.md, worked out by hand there: the metadata bytes
// are 0x8d, 0x9c, 0xce and 0xc8.

// CHECK-LABEL: func @example
// CHECK-DAG: %[[V:.*]] = arith.constant dense<{{\[}}[-8.000000e+00, 3.000000e+00, -7.000000e+00, 9.000000e+00], [8.000000e+00, 7.000000e+00, -5.000000e+00, 2.000000e+00], [6.000000e+00, -9.000000e+00, 5.000000e+00, -3.000000e+00], [-6.000000e+00, 5.000000e+00, 0.000000e+00, 6.000000e+00]]> : tensor<4x4xf16>
// CHECK-DAG: %[[M:.*]] = arith.constant dense<{{\[}}[-115], [-100], [-50], [-56]]> : tensor<4x1xi8>
// CHECK-DAG: %[[I:.*]] = arith.constant dense<{{\[}}[0, 9, 4, 12, 2, 15, 7, 13]]> : tensor<1x8xi32>
// CHECK-NOT: tensor<4x16xf32>
// CHECK: hinm.assemble %[[V]], %[[M]], %[[I]] {hinm.layer = "example.0"} : tensor<4x4xf16>, tensor<4x1xi8>, tensor<1x8xi32> -> tensor<4x16xf16, #hinm.encoding<vector = 4, columns = 8, nm = 2:4>>
// CHECK-NOT: hinm.encode
func.func @example() -> tensor<4x16xf16, #hinm.encoding<vector = 4, columns = 8, nm = 2:4>> {
  %w = arith.constant dense<[
    [ 8., 0.,  1., 0., -4., 1., 0., 2., 0.,  3., 0., 0.,  7.,  0., 1., -5.],
    [-6., 1.,  0., 0.,  5., 0., 1., 0., 0.,  4., 1., 0., -2.,  6., 0.,  0.],
    [ 2., 0., -7., 1.,  0., 0., 0., 9., 1., -8., 0., 1.,  3.,  0., 0.,  4.],
    [ 0., 1.,  5., 0.,  6., 0., 0., 0., 0.,  1., 0., 0., -9., -3., 1.,  2.]]> : tensor<4x16xf32>
  %e = hinm.encode %w {hinm.layer = "example.0", row_order = array<i64: 2, 0, 3, 1>,
      vector_index = dense<[[0, 9, 4, 12, 2, 15, 7, 13]]> : tensor<1x8xi32>}
      : tensor<4x16xf32> -> tensor<4x16xf16, #hinm.encoding<vector = 4, columns = 8, nm = 2:4>>
  return %e : tensor<4x16xf16, #hinm.encoding<vector = 4, columns = 8, nm = 2:4>>
}

// The example of the pass's description: a splat ties in each group, and the
// earlier entries win. Positions 0 and 1 of one group are 0 + 1 * 4.

// CHECK-LABEL: func @splat
// CHECK-DAG: arith.constant dense<1.500000e+00> : tensor<32x2xf16>
// CHECK-DAG: arith.constant dense<4> : tensor<32x1xi8>
// CHECK-DAG: arith.constant dense<{{\[}}[4, 1, 0, 7]]> : tensor<1x4xi32>
// CHECK: hinm.assemble
func.func @splat() -> tensor<32x8xf16, #hinm.encoding<vector = 32, columns = 4, nm = 2:4>> {
  %w = arith.constant dense<1.5> : tensor<32x8xf32>
  %e = hinm.encode %w {vector_index = dense<[[4, 1, 0, 7]]> : tensor<1x4xi32>}
      : tensor<32x8xf32> -> tensor<32x8xf16, #hinm.encoding<vector = 32, columns = 4, nm = 2:4>>
  return %e : tensor<32x8xf16, #hinm.encoding<vector = 32, columns = 4, nm = 2:4>>
}

// 3 rows in tiles of 2: the last place is padding with values 0 and positions
// 0 and 1. -1 counts as 0 and is chosen last: of (-1, 2, -1, 0) the places 1
// and 3, 1 + 3 * 4 = 13. Tile 0 packs columns 3 2 1 0 (as rows 4 3 2 1: places
// 0 and 1). bf16 from f64.

// CHECK-LABEL: func @padding
// CHECK-DAG: arith.constant dense<{{\[}}[4.000000e+00, 3.000000e+00], [4.000000e+00, 3.000000e+00], [3.000000e+00, 1.000000e+00], [0.000000e+00, 0.000000e+00]]> : tensor<4x2xbf16>
// CHECK-DAG: arith.constant dense<{{\[}}[4], [4], [13], [4]]> : tensor<4x1xi8>
// CHECK-DAG: arith.constant dense<{{\[}}[3, 2, 1, 0], [-1, 2, -1, 0]]> : tensor<2x4xi32>
func.func @padding() -> tensor<3x4xbf16, #hinm.encoding<vector = 2, columns = 4, nm = 2:4>> {
  %w = arith.constant dense<[[1., 2., 3., 4.], [1., 2., 3., 4.], [1., 2., 3., 4.]]> : tensor<3x4xf64>
  %e = hinm.encode %w {vector_index = dense<[[3, 2, 1, 0], [-1, 2, -1, 0]]> : tensor<2x4xi32>}
      : tensor<3x4xf64> -> tensor<3x4xbf16, #hinm.encoding<vector = 2, columns = 4, nm = 2:4>>
  return %e : tensor<3x4xbf16, #hinm.encoding<vector = 2, columns = 4, nm = 2:4>>
}

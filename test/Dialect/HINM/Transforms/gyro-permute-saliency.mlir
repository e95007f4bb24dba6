// RUN: hinm-opt %s --pass-pipeline='builtin.module(hinm-gyro-permute{strategy=none})' | FileCheck %s
// RUN: hinm-opt %s --pass-pipeline='builtin.module(hinm-gyro-permute{strategy=none},hinm-compress)' | FileCheck %s --check-prefix=STORED
// RUN: hinm-opt %s --pass-pipeline='builtin.module(hinm-gyro-permute{strategy=gyro seed=3})' | FileCheck %s --check-prefix=GYRO

#enc = #hinm.encoding<vector = 2, columns = 4, nm = 2:4>

// By |w| the columns 4 to 7 would stay, and of both rows 6 and 7. By the saliency,
// whose columns have the sums 10 0 10 0 10 0 10 0, the even ones stay, of row 0
// columns 0 and 4, of row 1 columns 2 and 6: 9 + 8 + 9 + 8 of 40. What is dropped is
// zero in the weight, so the largest |w| are what stays: of row 0 the first and third
// of the group, 0 + 2 * 4, of row 1 the second and fourth, 1 + 3 * 4.

// CHECK-LABEL: func @saliency
// CHECK: %[[W:.*]] = arith.constant dense<{{\[}}[-1.000000e+00, 0.000000e+00, 0.000000e+00, 0.000000e+00, 5.000000e+00, 0.000000e+00, 0.000000e+00, 0.000000e+00], [0.000000e+00, 0.000000e+00, 3.000000e+01, 0.000000e+00, 0.000000e+00, 0.000000e+00, -7.000000e+01, 0.000000e+00]]> : tensor<2x8xf32>
// CHECK: hinm.encode %[[W]] {hinm.layer = "saliency.0", hinm.search = {retained = 8.500000e-01 : f64,
// CHECK-NOT: hinm.saliency
// CHECK-SAME: vector_index = dense<{{\[}}[0, 2, 4, 6]]> : tensor<1x4xi32>
// STORED-LABEL: func @saliency
// STORED-DAG: arith.constant dense<{{\[}}[-1.000000e+00, 5.000000e+00], [3.000000e+01, -7.000000e+01]]> : tensor<2x2xf16>
// STORED-DAG: arith.constant dense<{{\[}}[8], [13]]> : tensor<2x1xi8>
// STORED-DAG: arith.constant dense<{{\[}}[0, 2, 4, 6]]> : tensor<1x4xi32>
func.func @saliency() -> tensor<2x8xf16, #enc> {
  %w = arith.constant dense<[[-1., 2., 3., 4., 5., 6., 7., 8.], [10., 20., 30., 40., 50., 60., -70., 80.]]> : tensor<2x8xf32>
  %e = hinm.encode %w {hinm.layer = "saliency.0",
      hinm.saliency = dense<[[9., 0., 1., 0., 8., 0., 2., 0.], [1., 0., 9., 0., 2., 0., 8., 0.]]> : tensor<2x8xf32>}
      : tensor<2x8xf32> -> tensor<2x8xf16, #enc>
  return %e : tensor<2x8xf16, #enc>
}

// A saliency that says nothing: the first columns, of which the first two stay. It may
// be of another float type than the weight, whose zeros stay zeros.

// CHECK-LABEL: func @tie
// CHECK: arith.constant dense<{{\[}}[1.000000e+00, 2.000000e+00, 0.000000e+00, 0.000000e+00, 0.000000e+00], [0.000000e+00, 9.000000e+00, 0.000000e+00, 0.000000e+00, 0.000000e+00]]> : tensor<2x5xf32>
// CHECK: hinm.encode %{{.*}} {hinm.search = {retained = 4.000000e-01 : f64, {{.*}} vector_index = dense<{{\[}}[0, 1, 2, 3]]>
// STORED-LABEL: func @tie
// STORED-DAG: arith.constant dense<{{\[}}[1.000000e+00, 2.000000e+00], [0.000000e+00, 9.000000e+00]]> : tensor<2x2xf16>
// STORED-DAG: arith.constant dense<4> : tensor<2x1xi8>
func.func @tie() -> tensor<2x5xf16, #enc> {
  %w = arith.constant dense<[[1., 2., 3., 4., 5.], [0., 9., 9., 9., 9.]]> : tensor<2x5xf64>
  %e = hinm.encode %w {hinm.saliency = dense<0.5> : tensor<2x5xf16>} : tensor<2x5xf64> -> tensor<2x5xf16, #enc>
  return %e : tensor<2x5xf16, #enc>
}

// Three columns in a group of four: -1 holds nothing and drops nothing.

// CHECK-LABEL: func @few_columns
// CHECK: arith.constant dense<{{\[}}[1.000000e+00, 0.000000e+00, 3.000000e+00], [0.000000e+00, 2.000000e+00, 3.000000e+00]]> : tensor<2x3xf32>
// CHECK: vector_index = dense<{{\[}}[0, 1, 2, -1]]>
// STORED-LABEL: func @few_columns
func.func @few_columns() -> tensor<2x3xf16, #enc> {
  %w = arith.constant dense<[[1., 2., 3.], [1., 2., 3.]]> : tensor<2x3xf32>
  %e = hinm.encode %w {hinm.saliency = dense<[[5., 1., 5.], [0., 1., 1.]]> : tensor<2x3xf32>} : tensor<2x3xf32> -> tensor<2x3xf16, #enc>
  return %e : tensor<2x3xf16, #enc>
}

// A choice that was made stands, the weight with it.

// CHECK-LABEL: func @chosen
// CHECK: arith.constant dense<{{\[}}[1.000000e+00, 2.000000e+00, 3.000000e+00, 4.000000e+00], [1.000000e+00, 2.000000e+00, 3.000000e+00, 4.000000e+00]]> : tensor<2x4xf32>
// CHECK: vector_index = dense<{{\[}}[3, 2, 1, 0]]>
// STORED-LABEL: func @chosen
// STORED: arith.constant dense<{{\[}}[4.000000e+00, 3.000000e+00], [4.000000e+00, 3.000000e+00]]> : tensor<2x2xf16>
func.func @chosen() -> tensor<2x4xf16, #enc> {
  %w = arith.constant dense<[[1., 2., 3., 4.], [1., 2., 3., 4.]]> : tensor<2x4xf32>
  %e = hinm.encode %w {hinm.saliency = dense<[[9., 0., 0., 0.], [9., 0., 0., 0.]]> : tensor<2x4xf32>,
      vector_index = dense<[[3, 2, 1, 0]]> : tensor<1x4xi32>} : tensor<2x4xf32> -> tensor<2x4xf16, #enc>
  return %e : tensor<2x4xf16, #enc>
}

// Rows of one parity share what is salient, 9 + 8 + 7 of each 30: they share a tile, and
// what is dropped is zero in the rows of the program, not of the tile order.

// CHECK-LABEL: func @rows
// STORED-LABEL: func @rows
// GYRO-LABEL: func @rows
// GYRO: arith.constant dense<{{\[}}[2.000000e+00, 2.000000e+00, 2.000000e+00, 0.000000e+00, 0.000000e+00, 0.000000e+00, 0.000000e+00, 0.000000e+00], [0.000000e+00, 0.000000e+00, 0.000000e+00, 0.000000e+00, 2.000000e+00, 2.000000e+00, 2.000000e+00, 0.000000e+00], [2.000000e+00, 2.000000e+00,
// GYRO: hinm.encode {{.*}} {hinm.search = {retained = 8.000000e-01 : f64,
// GYRO-SAME: row_order = array<i64: 1, 3, 5, 7, 0, 2, 4, 6>
// GYRO: hinm.permute %{{.*}} dim 0 order [4, 0, 5, 1, 6, 2, 7, 3]
func.func @rows(%x: tensor<8x8xf16>, %0: tensor<8x8xf32>) -> tensor<8x8xf32> {
  %w = arith.constant dense<2.0> : tensor<8x8xf32>
  %e = hinm.encode %w {hinm.saliency = dense<[
      [9., 8., 7., 6., 0., 0., 0., 0.], [0., 0., 0., 0., 9., 8., 7., 6.], [9., 8., 7., 6., 0., 0., 0., 0.], [0., 0., 0., 0., 9., 8., 7., 6.],
      [9., 8., 7., 6., 0., 0., 0., 0.], [0., 0., 0., 0., 9., 8., 7., 6.], [9., 8., 7., 6., 0., 0., 0., 0.], [0., 0., 0., 0., 9., 8., 7., 6.]]> : tensor<8x8xf32>}
      : tensor<8x8xf32> -> tensor<8x8xf16, #hinm.encoding<vector = 4, columns = 4, nm = 3:4>>
  %y = hinm.matmul ins(%e, %x : tensor<8x8xf16, #hinm.encoding<vector = 4, columns = 4, nm = 3:4>>, tensor<8x8xf16>) outs(%0 : tensor<8x8xf32>) -> tensor<8x8xf32>
  return %y : tensor<8x8xf32>
}

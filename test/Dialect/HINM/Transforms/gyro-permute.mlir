// RUN: hinm-opt %s --pass-pipeline='builtin.module(hinm-gyro-permute{strategy=none})' | FileCheck %s
// RUN: hinm-opt %s --pass-pipeline='builtin.module(hinm-gyro-permute{strategy=columns threads=1})' | FileCheck %s --check-prefixes=COLUMNS
// RUN: hinm-opt %s --pass-pipeline='builtin.module(hinm-gyro-permute{strategy=gyro seed=3})' | FileCheck %s --check-prefixes=GYRO

#enc = #hinm.encoding<vector = 2, columns = 4, nm = 2:4>

// Sums of the columns in tile 0: 2 8 0 6 1 4 0 1, in tile 1: 0 1 9 1 7 1 5 4.
// The four largest are 0 1 3 5 and 2 4 6 7. Of all |w| = 50, 'none' retains in
// row 0: 4 + 3 of (1 4 3 2), row 1 the same, row 2: 4 + 3 of (4 3 2 2) and row 3:
// 5 + 4 of (5 4 3 2): 7 + 7 + 7 + 9 = 30, a share of 0.6.

// CHECK-LABEL: func @matmul
// CHECK: hinm.encode
// CHECK-SAME: hinm.search = {retained = 6.000000e-01
// CHECK-SAME: strategy = "none"
// CHECK-SAME: vector_index = dense<{{\[}}[0, 1, 3, 5], [2, 4, 6, 7]]> : tensor<2x4xi32>
// CHECK-NOT: row_order
// CHECK-NOT: hinm.permute
// COLUMNS-LABEL: func @matmul
// COLUMNS: strategy = "columns"
// COLUMNS-NOT: row_order
// COLUMNS-NOT: hinm.permute
// GYRO-LABEL: func @matmul
// GYRO: strategy = "gyro"
func.func @matmul(%x: tensor<8x8xf16>, %0: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %w = arith.constant dense<[[1., 4., 0., 3., 0.5, 2., 0., 0.5], [1., 4., 0., 3., 0.5, 2., 0., 0.5],
                             [0., 0.5, 4., 0.5, 3., 0.5, 2., 2.], [0., 0.5, 5., 0.5, 4., 0.5, 3., 2.]]> : tensor<4x8xf32>
  %e = hinm.encode %w : tensor<4x8xf32> -> tensor<4x8xf16, #enc>
  %y = hinm.matmul ins(%e, %x : tensor<4x8xf16, #enc>, tensor<8x8xf16>) outs(%0 : tensor<4x8xf32>) -> tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}

// A choice that was made stands.

// CHECK-LABEL: func @chosen
// CHECK-NOT: hinm.search
// CHECK: vector_index = dense<{{\[}}[7, 6, 5, 4]]>
// COLUMNS-LABEL: func @chosen
// COLUMNS: hinm.encode %{{.*}} {vector_index = dense<{{\[}}[7, 6, 5, 4]]>
// GYRO-LABEL: func @chosen
// GYRO: hinm.encode %{{.*}} {vector_index = dense<{{\[}}[7, 6, 5, 4]]>
func.func @chosen(%w: tensor<2x8xf32>) -> tensor<2x8xf16, #enc> {
  %e = hinm.encode %w {vector_index = dense<[[7, 6, 5, 4]]> : tensor<1x4xi32>} : tensor<2x8xf32> -> tensor<2x8xf16, #enc>
  return %e : tensor<2x8xf16, #enc>
}

// Rows of one parity share their columns. With 3:4 a tile of them keeps 9 + 8 + 7
// of each 30, a share of 0.8. The permute behind the product is the inverse of the
// row order.

// CHECK-LABEL: func @rows
// CHECK-NOT: hinm.permute
// COLUMNS-LABEL: func @rows
// COLUMNS-NOT: hinm.permute
// GYRO-LABEL: func @rows
// GYRO: retained = 8.000000e-01
// GYRO-SAME: row_order = array<i64: 1, 3, 5, 7, 0, 2, 4, 6>
// GYRO: %[[P:.*]] = hinm.matmul
// GYRO-NEXT: %[[Y:.*]] = hinm.permute %[[P]] dim 0 order [4, 0, 5, 1, 6, 2, 7, 3] : tensor<8x8xf32>
// GYRO-NEXT: return %[[Y]]
func.func @rows(%x: tensor<8x8xf16>, %0: tensor<8x8xf32>) -> tensor<8x8xf32> {
  %w = arith.constant dense<[[9.0, 8.0, 7.0, 6.0, 0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0, 9.0, 8.0, 7.0, 6.0], [9.0, 8.0, 7.0, 6.0, 0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0, 9.0, 8.0, 7.0, 6.0], [9.0, 8.0, 7.0, 6.0, 0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0, 9.0, 8.0, 7.0, 6.0], [9.0, 8.0, 7.0, 6.0, 0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0, 9.0, 8.0, 7.0, 6.0]]> : tensor<8x8xf32>
  %e = hinm.encode %w : tensor<8x8xf32> -> tensor<8x8xf16, #hinm.encoding<vector = 4, columns = 4, nm = 3:4>>
  %y = hinm.matmul ins(%e, %x : tensor<8x8xf16, #hinm.encoding<vector = 4, columns = 4, nm = 3:4>>, tensor<8x8xf16>) outs(%0 : tensor<8x8xf32>) -> tensor<8x8xf32>
  return %y : tensor<8x8xf32>
}

// Each product of the weight gives its rows in the program's order, to all that read it.

// CHECK-LABEL: func @two_products
// CHECK-NOT: hinm.permute
// COLUMNS-LABEL: func @two_products
// COLUMNS-NOT: hinm.permute
// GYRO-LABEL: func @two_products
// GYRO: row_order = array<i64: 1, 3, 5, 7, 0, 2, 4, 6>
// GYRO: %[[P:.*]] = hinm.matmul
// GYRO-NEXT: %[[Y:.*]] = hinm.permute %[[P]] dim 0 order [4, 0, 5, 1, 6, 2, 7, 3] : tensor<8x8xf32>
// GYRO-NEXT: %[[Q:.*]] = hinm.matmul
// GYRO-NEXT: %[[Z:.*]] = hinm.permute %[[Q]] dim 0 order [4, 0, 5, 1, 6, 2, 7, 3] : tensor<8x?xf16>
// GYRO-NEXT: return %[[Y]], %[[Y]], %[[Z]]
func.func @two_products(%x: tensor<8x8xf16>, %t: tensor<8x?xf16>, %0: tensor<8x8xf32>, %1: tensor<8x?xf16>)
    -> (tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x?xf16>) {
  %w = arith.constant dense<[[9.0, 8.0, 7.0, 6.0, 0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0, 9.0, 8.0, 7.0, 6.0], [9.0, 8.0, 7.0, 6.0, 0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0, 9.0, 8.0, 7.0, 6.0], [9.0, 8.0, 7.0, 6.0, 0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0, 9.0, 8.0, 7.0, 6.0], [9.0, 8.0, 7.0, 6.0, 0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0, 9.0, 8.0, 7.0, 6.0]]> : tensor<8x8xf32>
  %e = hinm.encode %w : tensor<8x8xf32> -> tensor<8x8xf16, #hinm.encoding<vector = 4, columns = 4, nm = 3:4>>
  %y = hinm.matmul ins(%e, %x : tensor<8x8xf16, #hinm.encoding<vector = 4, columns = 4, nm = 3:4>>, tensor<8x8xf16>) outs(%0 : tensor<8x8xf32>) -> tensor<8x8xf32>
  %z = hinm.matmul ins(%e, %t : tensor<8x8xf16, #hinm.encoding<vector = 4, columns = 4, nm = 3:4>>, tensor<8x?xf16>) outs(%1 : tensor<8x?xf16>) -> tensor<8x?xf16>
  return %y, %y, %z : tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x?xf16>
}

// The strategy of a single weight stands above the pass's.

// CHECK-LABEL: func @own_strategy
// CHECK: seconds = {{[^,]*}}, strategy = "gyro"}
// CHECK-SAME: row_order = array<i64:
// CHECK: hinm.permute %{{.*}} dim 0 order
// CHECK: seconds = {{[^,]*}}, strategy = "none"}
// CHECK-NOT: row_order
// CHECK-NOT: hinm.permute
// CHECK: return
// COLUMNS-LABEL: func @own_strategy
// COLUMNS: seconds = {{[^,]*}}, strategy = "gyro"}
// COLUMNS-SAME: row_order = array<i64:
// COLUMNS: hinm.permute %{{.*}} dim 0 order
// COLUMNS: seconds = {{[^,]*}}, strategy = "none"}
// COLUMNS-NOT: row_order
// COLUMNS-NOT: hinm.permute
// COLUMNS: return
// GYRO-LABEL: func @own_strategy
// GYRO: seconds = {{[^,]*}}, strategy = "gyro"}
// GYRO: seconds = {{[^,]*}}, strategy = "none"}
// GYRO-NOT: row_order
// GYRO-NOT: hinm.permute
// GYRO: return
func.func @own_strategy(%x: tensor<8x8xf16>, %0: tensor<8x8xf32>) -> (tensor<8x8xf32>, tensor<8x8xf32>) {
  %w = arith.constant dense<[[9.0, 8.0, 7.0, 6.0, 0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0, 9.0, 8.0, 7.0, 6.0], [9.0, 8.0, 7.0, 6.0, 0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0, 9.0, 8.0, 7.0, 6.0], [9.0, 8.0, 7.0, 6.0, 0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0, 9.0, 8.0, 7.0, 6.0], [9.0, 8.0, 7.0, 6.0, 0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0, 9.0, 8.0, 7.0, 6.0]]> : tensor<8x8xf32>
  %e = hinm.encode %w {hinm.strategy = "gyro"} : tensor<8x8xf32> -> tensor<8x8xf16, #hinm.encoding<vector = 4, columns = 4, nm = 3:4>>
  %y = hinm.matmul ins(%e, %x : tensor<8x8xf16, #hinm.encoding<vector = 4, columns = 4, nm = 3:4>>, tensor<8x8xf16>) outs(%0 : tensor<8x8xf32>) -> tensor<8x8xf32>
  %f = hinm.encode %w {hinm.strategy = "none"} : tensor<8x8xf32> -> tensor<8x8xf16, #hinm.encoding<vector = 4, columns = 4, nm = 3:4>>
  %z = hinm.matmul ins(%f, %x : tensor<8x8xf16, #hinm.encoding<vector = 4, columns = 4, nm = 3:4>>, tensor<8x8xf16>) outs(%0 : tensor<8x8xf32>) -> tensor<8x8xf32>
  return %y, %z : tensor<8x8xf32>, tensor<8x8xf32>
}

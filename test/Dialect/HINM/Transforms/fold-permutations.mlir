// RUN: hinm-opt %s --pass-pipeline='builtin.module(hinm-fold-permutations)' | FileCheck %s

// Unless said otherwise a product's rows stand in tile order and the program
// restores its own by order = [2, 0, 3, 1], whose inverse [1, 3, 0, 2] differs from
// it: program row i is tile place order[i], tile place j is program row inverse[j].
//
// Kept in tile order, what a constant says of the channels is permuted by the
// inverse (10 20 30 40 becomes 20 40 10 30), and an index that names program channel
// c names place order[c]. Stored in the program's order, tile place j goes to row
// inverse[j].

#enc = #hinm.encoding<vector = 4, columns = 4, nm = 2:4>
#id = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d0)>
#column = affine_map<(d0, d1) -> (d1)>
#one = affine_map<(d0, d1) -> ()>

// The example of the pass's description. Rows 0 and 1 change places.

// CHECK-LABEL: func @description
// CHECK-SAME: (%[[E:[a-z0-9]+]]: tensor<32x8xf16, {{.*}}>, %[[X:[a-z0-9]+]]: tensor<8x8xf16>, %[[V:[a-z0-9]+]]: tensor<32x2xf16>, %[[M:[a-z0-9]+]]: tensor<32x1xi8>
// CHECK: %[[P:.*]] = hinm.matmul ins(%[[E]], %[[X]] : {{.*}}) outs(%{{[a-z0-9]+}} : tensor<32x8xf32>) -> tensor<32x8xf32>
// CHECK-NOT: hinm.permute
// CHECK: %[[B2:.*]] = arith.constant dense<[1.000000e+00, 0.000000e+00, 2.000000e+00, 3.000000e+00, {{.*}}, 3.100000e+01]> : tensor<32xf32>
// CHECK: %[[R:.*]] = linalg.generic {{.*}} ins(%[[P]], %[[B2]] : tensor<32x8xf32>, tensor<32xf32>)
// CHECK: %[[I:.*]] = arith.constant dense<{{\[}}[1, 2, 5, 0]]> : tensor<1x4xi32>
// CHECK: %[[F:.*]] = hinm.assemble %[[V]], %[[M]], %[[I]]
// CHECK: %[[Y:.*]] = hinm.matmul ins(%[[F]], %[[R]] : {{.*}}) outs(%{{[a-z0-9]+}} : tensor<16x8xf32>) -> tensor<16x8xf32>
// CHECK-NEXT: return %[[Y]]
func.func @description(%e: tensor<32x8xf16, #hinm.encoding<vector = 32, columns = 4, nm = 2:4>>,
                       %x: tensor<8x8xf16>, %v: tensor<32x2xf16>, %m: tensor<32x1xi8>,
                       %0: tensor<32x8xf32>, %1: tensor<16x8xf32>, %2: tensor<32x8xf16>) -> tensor<16x8xf32> {
  %bias = arith.constant dense<[ 0.,  1.,  2.,  3.,  4.,  5.,  6.,  7.,  8.,  9., 10., 11., 12., 13., 14., 15.,
                                16., 17., 18., 19., 20., 21., 22., 23., 24., 25., 26., 27., 28., 29., 30., 31.]> : tensor<32xf32>
  %index = arith.constant dense<[[0, 2, 5, 1]]> : tensor<1x4xi32>
  %p = hinm.matmul ins(%e, %x : tensor<32x8xf16, #hinm.encoding<vector = 32, columns = 4, nm = 2:4>>, tensor<8x8xf16>)
      outs(%0 : tensor<32x8xf32>) -> tensor<32x8xf32>
  %q = hinm.permute %p dim 0 order [1, 0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,
      17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31] : tensor<32x8xf32>
  %r = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]}
      ins(%q, %bias : tensor<32x8xf32>, tensor<32xf32>) outs(%2 : tensor<32x8xf16>) {
    ^bb0(%a: f32, %b: f32, %c: f16):
      %s = arith.addf %a, %b : f32
      %t = arith.truncf %s : f32 to f16
      linalg.yield %t : f16
  } -> tensor<32x8xf16>
  %f = hinm.assemble %v, %m, %index : tensor<32x2xf16>, tensor<32x1xi8>, tensor<1x4xi32>
      -> tensor<16x32xf16, #hinm.encoding<vector = 32, columns = 4, nm = 2:4>>
  %y = hinm.matmul ins(%f, %r : tensor<16x32xf16, #hinm.encoding<vector = 32, columns = 4, nm = 2:4>>, tensor<32x8xf16>)
      outs(%1 : tensor<16x8xf32>) -> tensor<16x8xf32>
  return %y : tensor<16x8xf32>
}

// Through a bias, an activation and a conversion into a weight that is still
// encoded: its columns move with the channels, 0 1 2 3 and 4 5 6 7 to 1 3 0 2 and
// 5 7 4 6, its index [3, 0, 1, 2] to [1, 2, 0, 3]. A splat, an element for each token
// and one element in all are what they were.

// CHECK-LABEL: func @encode
// CHECK: %[[SPLAT:.*]] = arith.constant dense<5.000000e-01> : tensor<4xf32>
// CHECK: %[[TOKEN:.*]] = arith.constant dense<[0.000000e+00, 1.000000e+00, 2.000000e+00, 3.000000e+00, 4.000000e+00, 5.000000e+00, 6.000000e+00, 7.000000e+00]> : tensor<8xf32>
// CHECK: %[[P:.*]] = hinm.matmul {{.*}} outs(%{{[a-z0-9]+}} : tensor<4x8xf32>) -> tensor<4x8xf32>
// CHECK-NOT: hinm.permute
// CHECK: %[[B:.*]] = arith.constant dense<[2.000000e+01, 4.000000e+01, 1.000000e+01, 3.000000e+01]> : tensor<4xf32>
// CHECK: linalg.generic {{.*}} ins(%[[P]], %[[B]], %[[SPLAT]], %[[TOKEN]], %{{.*}} : tensor<4x8xf32>, tensor<4xf32>, tensor<4xf32>, tensor<8xf32>, tensor<f32>)
// CHECK: %[[R:.*]] = linalg.exp
// CHECK: %[[T:.*]] = arith.truncf %[[R]]
// CHECK: %[[W:.*]] = arith.constant dense<{{\[}}[1.000000e+00, 3.000000e+00, 0.000000e+00, 2.000000e+00], [5.000000e+00, 7.000000e+00, 4.000000e+00, 6.000000e+00]]> : tensor<2x4xf32>
// CHECK: %[[F:.*]] = hinm.encode %[[W]] {hinm.input_order = array<i64: 1, 3, 0, 2>, hinm.layer = "encode.1", vector_index = dense<{{\[}}[1, 2, 0, 3]]> : tensor<1x4xi32>}
// CHECK: hinm.matmul ins(%[[F]], %[[T]] :
func.func @encode(%e: tensor<4x4xf16, #enc>, %x: tensor<4x8xf16>, %0: tensor<4x8xf32>, %1: tensor<2x8xf32>,
                  %scale: tensor<f32>) -> tensor<2x8xf32> {
  %bias = arith.constant dense<[10., 20., 30., 40.]> : tensor<4xf32>
  %splat = arith.constant dense<0.5> : tensor<4xf32>
  %token = arith.constant dense<[0., 1., 2., 3., 4., 5., 6., 7.]> : tensor<8xf32>
  %w = arith.constant dense<[[0., 1., 2., 3.], [4., 5., 6., 7.]]> : tensor<2x4xf32>
  %p = hinm.matmul ins(%e, %x : tensor<4x4xf16, #enc>, tensor<4x8xf16>) outs(%0 : tensor<4x8xf32>) -> tensor<4x8xf32>
  %q = hinm.permute %p dim 0 order [2, 0, 3, 1] : tensor<4x8xf32>
  %a = linalg.generic {indexing_maps = [#id, #row, #row, #column, #one, #id], iterator_types = ["parallel", "parallel"]}
      ins(%q, %bias, %splat, %token, %scale : tensor<4x8xf32>, tensor<4xf32>, tensor<4xf32>, tensor<8xf32>, tensor<f32>)
      outs(%0 : tensor<4x8xf32>) {
    ^bb0(%in: f32, %b: f32, %s: f32, %t: f32, %k: f32, %c: f32):
      %2 = arith.addf %in, %b : f32
      %3 = arith.mulf %2, %s : f32
      %4 = arith.addf %3, %t : f32
      %5 = arith.mulf %4, %k : f32
      linalg.yield %5 : f32
  } -> tensor<4x8xf32>
  %r = linalg.exp ins(%a : tensor<4x8xf32>) outs(%0 : tensor<4x8xf32>) -> tensor<4x8xf32>
  %t = arith.truncf %r : tensor<4x8xf32> to tensor<4x8xf16>
  %f = hinm.encode %w {hinm.layer = "encode.1", vector_index = dense<[[3, 0, 1, 2]]> : tensor<1x4xi32>}
      : tensor<2x4xf32> -> tensor<2x4xf16, #enc>
  %y = hinm.matmul ins(%f, %t : tensor<2x4xf16, #enc>, tensor<4x8xf16>) outs(%1 : tensor<2x8xf32>) -> tensor<2x8xf32>
  return %y : tensor<2x8xf32>
}

// A weight whose columns are not chosen yet has no index to rename.

// CHECK-LABEL: func @encode_not_chosen
// CHECK-NOT: hinm.permute
// CHECK: %[[W:.*]] = arith.constant dense<{{\[}}[1.000000e+00, 3.000000e+00, 0.000000e+00, 2.000000e+00], [5.000000e+00, 7.000000e+00, 4.000000e+00, 6.000000e+00]]> : tensor<2x4xf32>
// CHECK: hinm.encode %[[W]] {hinm.input_order = array<i64: 1, 3, 0, 2>} :
func.func @encode_not_chosen(%e: tensor<4x4xf16, #enc>, %x: tensor<4x?xf16>, %0: tensor<4x?xf16>, %1: tensor<2x?xf32>) -> tensor<2x?xf32> {
  %w = arith.constant dense<[[0., 1., 2., 3.], [4., 5., 6., 7.]]> : tensor<2x4xf32>
  %p = hinm.matmul ins(%e, %x : tensor<4x4xf16, #enc>, tensor<4x?xf16>) outs(%0 : tensor<4x?xf16>) -> tensor<4x?xf16>
  %q = hinm.permute %p dim 0 order [2, 0, 3, 1] : tensor<4x?xf16>
  %f = hinm.encode %w : tensor<2x4xf32> -> tensor<2x4xf16, #enc>
  %y = hinm.matmul ins(%f, %q : tensor<2x4xf16, #enc>, tensor<4x?xf16>) outs(%1 : tensor<2x?xf32>) -> tensor<2x?xf32>
  return %y : tensor<2x?xf32>
}

// Two tiles of a stored weight; -1 holds nothing under any name.

// CHECK-LABEL: func @assemble
// CHECK: %[[P:.*]] = hinm.matmul {{.*}} outs(%{{[a-z0-9]+}} : tensor<4x8xf16>) -> tensor<4x8xf16>
// CHECK-NOT: hinm.permute
// CHECK: %[[I:.*]] = arith.constant dense<{{\[}}[1, -1, 2, 3], [3, 0, 1, -1]]> : tensor<2x4xi32>
// CHECK: %[[F:.*]] = hinm.assemble %{{.*}}, %{{.*}}, %[[I]] {hinm.input_order = array<i64: 1, 3, 0, 2>, hinm.layer = "assemble.1"} :
// CHECK: hinm.matmul ins(%[[F]], %[[P]] :
func.func @assemble(%e: tensor<4x4xf16, #enc>, %x: tensor<4x8xf16>, %v: tensor<8x2xf16>, %m: tensor<8x1xi8>,
                    %0: tensor<4x8xf16>, %1: tensor<6x8xf32>) -> tensor<6x8xf32> {
  %index = arith.constant dense<[[3, -1, 0, 2], [2, 1, 3, -1]]> : tensor<2x4xi32>
  %p = hinm.matmul ins(%e, %x : tensor<4x4xf16, #enc>, tensor<4x8xf16>) outs(%0 : tensor<4x8xf16>) -> tensor<4x8xf16>
  %q = hinm.permute %p dim 0 order [2, 0, 3, 1] : tensor<4x8xf16>
  %f = hinm.assemble %v, %m, %index {hinm.layer = "assemble.1"}
      : tensor<8x2xf16>, tensor<8x1xi8>, tensor<2x4xi32> -> tensor<6x4xf16, #enc>
  %y = hinm.matmul ins(%f, %q : tensor<6x4xf16, #enc>, tensor<4x8xf16>) outs(%1 : tensor<6x8xf32>) -> tensor<6x8xf32>
  return %y : tensor<6x8xf32>
}

// A weight whose input was stored in another order before: what is at place i now
// was at place [1, 3, 0, 2][i], which held channel [3, 2, 1, 0][i].

// CHECK-LABEL: func @renamed_twice
// CHECK: hinm.assemble {{.*}} {hinm.input_order = array<i64: 2, 0, 3, 1>} :
func.func @renamed_twice(%e: tensor<4x4xf16, #enc>, %x: tensor<4x8xf16>, %v: tensor<4x2xf16>, %m: tensor<4x1xi8>,
                         %0: tensor<4x8xf16>, %1: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %index = arith.constant dense<[[0, 1, 2, 3]]> : tensor<1x4xi32>
  %p = hinm.matmul ins(%e, %x : tensor<4x4xf16, #enc>, tensor<4x8xf16>) outs(%0 : tensor<4x8xf16>) -> tensor<4x8xf16>
  %q = hinm.permute %p dim 0 order [2, 0, 3, 1] : tensor<4x8xf16>
  %f = hinm.assemble %v, %m, %index {hinm.input_order = array<i64: 3, 2, 1, 0>}
      : tensor<4x2xf16>, tensor<4x1xi8>, tensor<1x4xi32> -> tensor<4x4xf16, #enc>
  %y = hinm.matmul ins(%f, %q : tensor<4x4xf16, #enc>, tensor<4x8xf16>) outs(%1 : tensor<4x8xf32>) -> tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}

// At the function's boundary the rows are stored where they belong. The bias is
// read at the program's row then and stays.

// CHECK-LABEL: func @boundary
// CHECK: %[[B:.*]] = arith.constant dense<[1.000000e+01, 2.000000e+01, 3.000000e+01, 4.000000e+01]>
// CHECK: %[[P:.*]] = hinm.matmul {{.*}} {row_index = array<i64: 1, 3, 0, 2>} -> tensor<4x8xf32>
// CHECK-NOT: hinm.permute
// CHECK: %[[R:.*]] = linalg.generic {{.*}} ins(%[[P]], %[[B]] :
// CHECK: hinm.to_token_major ins(%[[R]] :
func.func @boundary(%e: tensor<4x4xf16, #enc>, %x: tensor<4x8xf16>, %0: tensor<4x8xf32>, %1: tensor<5x4xf32>) -> tensor<5x4xf32> {
  %bias = arith.constant dense<[10., 20., 30., 40.]> : tensor<4xf32>
  %p = hinm.matmul ins(%e, %x : tensor<4x4xf16, #enc>, tensor<4x8xf16>) outs(%0 : tensor<4x8xf32>) -> tensor<4x8xf32>
  %q = hinm.permute %p dim 0 order [2, 0, 3, 1] : tensor<4x8xf32>
  %r = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]}
      ins(%q, %bias : tensor<4x8xf32>, tensor<4xf32>) outs(%0 : tensor<4x8xf32>) {
    ^bb0(%a: f32, %b: f32, %c: f32):
      %s = arith.addf %a, %b : f32
      linalg.yield %s : f32
  } -> tensor<4x8xf32>
  %y = hinm.to_token_major ins(%r : tensor<4x8xf32>) outs(%1 : tensor<5x4xf32>) -> tensor<5x4xf32>
  return %y : tensor<5x4xf32>
}

// CHECK-LABEL: func @returned
// CHECK: %[[P:.*]] = hinm.matmul {{.*}} {row_index = array<i64: 1, 3, 0, 2>} -> tensor<4x?xf32>
// CHECK-NEXT: return %[[P]]
func.func @returned(%e: tensor<4x4xf16, #enc>, %x: tensor<4x?xf16>, %0: tensor<4x?xf32>) -> tensor<4x?xf32> {
  %p = hinm.matmul ins(%e, %x : tensor<4x4xf16, #enc>, tensor<4x?xf16>) outs(%0 : tensor<4x?xf32>) -> tensor<4x?xf32>
  %q = hinm.permute %p dim 0 order [2, 0, 3, 1] : tensor<4x?xf32>
  return %q : tensor<4x?xf32>
}

// A product that stores its rows by an index already: tile place j became row
// [3, 1, 0, 2][j] of what is permuted, which is the program's row
// inverse[[3, 1, 0, 2][j]].

// CHECK-LABEL: func @composed
// CHECK: hinm.matmul {{.*}} {hinm.layer = "l", row_index = array<i64: 2, 3, 1, 0>} -> tensor<4x8xf32>
// CHECK-NEXT: return
func.func @composed(%e: tensor<4x4xf16, #enc>, %x: tensor<4x8xf16>, %0: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %p = hinm.matmul ins(%e, %x : tensor<4x4xf16, #enc>, tensor<4x8xf16>) outs(%0 : tensor<4x8xf32>)
      {hinm.layer = "l", row_index = array<i64: 3, 1, 0, 2>} -> tensor<4x8xf32>
  %q = hinm.permute %p dim 0 order [2, 0, 3, 1] : tensor<4x8xf32>
  return %q : tensor<4x8xf32>
}

// An index that the permute undoes is gone.

// CHECK-LABEL: func @composed_to_nothing
// CHECK-NOT: row_index
// CHECK: %[[P:.*]] = hinm.matmul
// CHECK-NOT: row_index
// CHECK-NEXT: return %[[P]]
func.func @composed_to_nothing(%e: tensor<4x4xf16, #enc>, %x: tensor<4x8xf16>, %0: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %p = hinm.matmul ins(%e, %x : tensor<4x4xf16, #enc>, tensor<4x8xf16>) outs(%0 : tensor<4x8xf32>)
      {row_index = array<i64: 2, 0, 3, 1>} -> tensor<4x8xf32>
  %q = hinm.permute %p dim 0 order [2, 0, 3, 1] : tensor<4x8xf32>
  return %q : tensor<4x8xf32>
}

// Two products of different orders are added. The first keeps its tile order; tile
// place j of the second is program row [2, 1, 3, 0][j], the inverse of
// [3, 1, 0, 2], which is kept at place [2, 0, 3, 1][[2, 1, 3, 0][j]].

// CHECK-LABEL: func @two_orders
// CHECK: %[[P:.*]] = hinm.matmul ins(%{{[a-z0-9]+}}, %{{[a-z0-9]+}} : {{.*}}) outs(%{{[a-z0-9]+}} : tensor<4x8xf32>) {hinm.layer = "first"} -> tensor<4x8xf32>
// CHECK: %[[R:.*]] = hinm.matmul {{.*}} {hinm.layer = "second", row_index = array<i64: 3, 0, 1, 2>} -> tensor<4x8xf32>
// CHECK-NOT: hinm.permute
// CHECK: linalg.add ins(%[[P]], %[[R]] :
// CHECK: hinm.assemble {{.*}} {hinm.input_order = array<i64: 1, 3, 0, 2>}
func.func @two_orders(%e: tensor<4x4xf16, #enc>, %f: tensor<4x4xf16, #enc>, %x: tensor<4x8xf16>, %v: tensor<4x2xf16>,
                      %m: tensor<4x1xi8>, %0: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %index = arith.constant dense<[[0, 1, 2, 3]]> : tensor<1x4xi32>
  %p = hinm.matmul ins(%e, %x : tensor<4x4xf16, #enc>, tensor<4x8xf16>) outs(%0 : tensor<4x8xf32>) {hinm.layer = "first"} -> tensor<4x8xf32>
  %q = hinm.permute %p dim 0 order [2, 0, 3, 1] : tensor<4x8xf32>
  %r = hinm.matmul ins(%f, %x : tensor<4x4xf16, #enc>, tensor<4x8xf16>) outs(%0 : tensor<4x8xf32>) {hinm.layer = "second"} -> tensor<4x8xf32>
  %s = hinm.permute %r dim 0 order [3, 1, 0, 2] : tensor<4x8xf32>
  %a = linalg.add ins(%q, %s : tensor<4x8xf32>, tensor<4x8xf32>) outs(%0 : tensor<4x8xf32>) -> tensor<4x8xf32>
  %t = arith.truncf %a : tensor<4x8xf32> to tensor<4x8xf16>
  %g = hinm.assemble %v, %m, %index : tensor<4x2xf16>, tensor<4x1xi8>, tensor<1x4xi32> -> tensor<4x4xf16, #enc>
  %y = hinm.matmul ins(%g, %t : tensor<4x4xf16, #enc>, tensor<4x8xf16>) outs(%0 : tensor<4x8xf32>) -> tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}

// A constant with an element for each entry: its rows move.

// CHECK-LABEL: func @per_entry_constant
// CHECK: %[[SPLAT:.*]] = arith.constant dense<5.000000e-01> : tensor<4x2xf32>
// CHECK: %[[P:.*]] = hinm.matmul {{.*}} outs(%{{[a-z0-9]+}} : tensor<4x2xf32>) -> tensor<4x2xf32>
// CHECK: %[[C:.*]] = arith.constant dense<{{\[}}[2.100000e+01, 2.200000e+01], [4.100000e+01, 4.200000e+01], [1.100000e+01, 1.200000e+01], [3.100000e+01, 3.200000e+01]]> : tensor<4x2xf32>
// CHECK-NEXT: %[[S:.*]] = arith.addf %[[P]], %[[C]] : tensor<4x2xf32>
// CHECK: arith.mulf %[[S]], %[[SPLAT]] : tensor<4x2xf32>
func.func @per_entry_constant(%e: tensor<4x4xf16, #enc>, %x: tensor<4x2xf16>, %v: tensor<4x2xf16>, %m: tensor<4x1xi8>,
                              %0: tensor<4x2xf32>) -> tensor<4x2xf32> {
  %index = arith.constant dense<[[0, 1, 2, 3]]> : tensor<1x4xi32>
  %c = arith.constant dense<[[11., 12.], [21., 22.], [31., 32.], [41., 42.]]> : tensor<4x2xf32>
  %half = arith.constant dense<0.5> : tensor<4x2xf32>
  %p = hinm.matmul ins(%e, %x : tensor<4x4xf16, #enc>, tensor<4x2xf16>) outs(%0 : tensor<4x2xf32>) -> tensor<4x2xf32>
  %q = hinm.permute %p dim 0 order [2, 0, 3, 1] : tensor<4x2xf32>
  %s = arith.addf %q, %c : tensor<4x2xf32>
  %r = arith.mulf %s, %half : tensor<4x2xf32>
  %t = arith.truncf %r : tensor<4x2xf32> to tensor<4x2xf16>
  %f = hinm.assemble %v, %m, %index : tensor<4x2xf16>, tensor<4x1xi8>, tensor<1x4xi32> -> tensor<4x4xf16, #enc>
  %y = hinm.matmul ins(%f, %t : tensor<4x4xf16, #enc>, tensor<4x2xf16>) outs(%0 : tensor<4x2xf32>) -> tensor<4x2xf32>
  return %y : tensor<4x2xf32>
}

// Two products read one tensor: both rename their inputs, and the tile order stays.

// CHECK-LABEL: func @fan_out
// CHECK: %[[P:.*]] = hinm.matmul {{.*}} outs(%{{[a-z0-9]+}} : tensor<4x8xf16>) -> tensor<4x8xf16>
// CHECK-DAG: %[[I:.*]] = arith.constant dense<{{\[}}[0, 1, 3, 2]]> : tensor<1x4xi32>
// CHECK-DAG: %[[J:.*]] = arith.constant dense<{{\[}}[2, 0, 3, 1]]> : tensor<1x4xi32>
// CHECK-DAG: %[[F:.*]] = hinm.assemble %{{.*}}, %{{.*}}, %[[I]] {
// CHECK-DAG: %[[G:.*]] = hinm.assemble %{{.*}}, %{{.*}}, %[[J]] {
// CHECK-DAG: hinm.matmul ins(%[[F]], %[[P]] :
// CHECK-DAG: hinm.matmul ins(%[[G]], %[[P]] :
// CHECK-NOT: hinm.permute
// CHECK: return
func.func @fan_out(%e: tensor<4x4xf16, #enc>, %x: tensor<4x8xf16>, %v: tensor<4x2xf16>, %m: tensor<4x1xi8>,
                   %0: tensor<4x8xf32>, %1: tensor<4x8xf16>) -> (tensor<4x8xf32>, tensor<4x8xf32>) {
  %p = hinm.matmul ins(%e, %x : tensor<4x4xf16, #enc>, tensor<4x8xf16>) outs(%1 : tensor<4x8xf16>) -> tensor<4x8xf16>
  %q = hinm.permute %p dim 0 order [2, 0, 3, 1] : tensor<4x8xf16>
  %i = arith.constant dense<[[1, 3, 2, 0]]> : tensor<1x4xi32>
  %f = hinm.assemble %v, %m, %i : tensor<4x2xf16>, tensor<4x1xi8>, tensor<1x4xi32> -> tensor<4x4xf16, #enc>
  %2 = hinm.matmul ins(%f, %q : tensor<4x4xf16, #enc>, tensor<4x8xf16>) outs(%0 : tensor<4x8xf32>) -> tensor<4x8xf32>
  %j = arith.constant dense<[[0, 1, 2, 3]]> : tensor<1x4xi32>
  %g = hinm.assemble %v, %m, %j : tensor<4x2xf16>, tensor<4x1xi8>, tensor<1x4xi32> -> tensor<4x4xf16, #enc>
  %3 = hinm.matmul ins(%g, %q : tensor<4x4xf16, #enc>, tensor<4x8xf16>) outs(%0 : tensor<4x8xf32>) -> tensor<4x8xf32>
  return %2, %3 : tensor<4x8xf32>, tensor<4x8xf32>
}

// The tensor also leaves the function: it is stored in the program's order, which the
// next product then reads.

// CHECK-LABEL: func @fan_out_to_boundary
// CHECK: %[[I:.*]] = arith.constant dense<{{\[}}[1, 3, 2, 0]]>
// CHECK: %[[P:.*]] = hinm.matmul {{.*}} {row_index = array<i64: 1, 3, 0, 2>}
// CHECK-NOT: hinm.permute
// CHECK: %[[F:.*]] = hinm.assemble %{{.*}}, %{{.*}}, %[[I]] : tensor
// CHECK: %[[Y:.*]] = hinm.matmul ins(%[[F]], %[[P]] :
// CHECK: return %[[P]], %[[Y]]
func.func @fan_out_to_boundary(%e: tensor<4x4xf16, #enc>, %x: tensor<4x8xf16>, %v: tensor<4x2xf16>, %m: tensor<4x1xi8>,
                               %0: tensor<4x8xf32>, %1: tensor<4x8xf16>) -> (tensor<4x8xf16>, tensor<4x8xf32>) {
  %i = arith.constant dense<[[1, 3, 2, 0]]> : tensor<1x4xi32>
  %p = hinm.matmul ins(%e, %x : tensor<4x4xf16, #enc>, tensor<4x8xf16>) outs(%1 : tensor<4x8xf16>) -> tensor<4x8xf16>
  %q = hinm.permute %p dim 0 order [2, 0, 3, 1] : tensor<4x8xf16>
  %f = hinm.assemble %v, %m, %i : tensor<4x2xf16>, tensor<4x1xi8>, tensor<1x4xi32> -> tensor<4x4xf16, #enc>
  %y = hinm.matmul ins(%f, %q : tensor<4x4xf16, #enc>, tensor<4x8xf16>) outs(%0 : tensor<4x8xf32>) -> tensor<4x8xf32>
  return %q, %y : tensor<4x8xf16>, tensor<4x8xf32>
}

// A residual connection from an argument: nothing but the product can take its order.

// CHECK-LABEL: func @residual
// CHECK-SAME: (%[[A:[a-z0-9]+]]: tensor<4x8xf32>
// CHECK: %[[I:.*]] = arith.constant dense<{{\[}}[3, 0, 1, 2]]>
// CHECK: %[[P:.*]] = hinm.matmul {{.*}} {row_index = array<i64: 1, 3, 0, 2>}
// CHECK-NOT: hinm.permute
// CHECK: linalg.add ins(%[[P]], %[[A]] :
// CHECK: hinm.assemble %{{.*}}, %{{.*}}, %[[I]] : tensor
func.func @residual(%residual: tensor<4x8xf32>, %e: tensor<4x4xf16, #enc>, %x: tensor<4x8xf16>, %v: tensor<4x2xf16>,
                    %m: tensor<4x1xi8>, %0: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %index = arith.constant dense<[[3, 0, 1, 2]]> : tensor<1x4xi32>
  %p = hinm.matmul ins(%e, %x : tensor<4x4xf16, #enc>, tensor<4x8xf16>) outs(%0 : tensor<4x8xf32>) -> tensor<4x8xf32>
  %q = hinm.permute %p dim 0 order [2, 0, 3, 1] : tensor<4x8xf32>
  %a = linalg.add ins(%q, %residual : tensor<4x8xf32>, tensor<4x8xf32>) outs(%0 : tensor<4x8xf32>) -> tensor<4x8xf32>
  %t = arith.truncf %a : tensor<4x8xf32> to tensor<4x8xf16>
  %f = hinm.assemble %v, %m, %index : tensor<4x2xf16>, tensor<4x1xi8>, tensor<1x4xi32> -> tensor<4x4xf16, #enc>
  %y = hinm.matmul ins(%f, %t : tensor<4x4xf16, #enc>, tensor<4x8xf16>) outs(%0 : tensor<4x8xf32>) -> tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}

// A residual connection from one product to another: the tile order of the first
// passes through all of it, and leaves at the boundary by the second's rows.

// CHECK-LABEL: func @residual_between_products
// CHECK: %[[P:.*]] = hinm.matmul {{.*}} {hinm.layer = "first", row_index = array<i64: 1, 3, 0, 2>}
// CHECK: %[[F:.*]] = hinm.assemble
// CHECK: %[[R:.*]] = hinm.matmul ins(%[[F]], %{{.*}} : {{.*}} {hinm.layer = "second", row_index = array<i64: 2, 1, 3, 0>}
// CHECK: %[[Y:.*]] = linalg.add ins(%[[R]], %[[P]] :
// CHECK-NOT: hinm.permute
// CHECK: return %[[Y]]
func.func @residual_between_products(%e: tensor<4x4xf16, #enc>, %x: tensor<4x8xf16>, %v: tensor<4x2xf16>, %m: tensor<4x1xi8>,
                                     %0: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %index = arith.constant dense<[[3, 0, 1, 2]]> : tensor<1x4xi32>
  %p = hinm.matmul ins(%e, %x : tensor<4x4xf16, #enc>, tensor<4x8xf16>) outs(%0 : tensor<4x8xf32>) {hinm.layer = "first"} -> tensor<4x8xf32>
  %q = hinm.permute %p dim 0 order [2, 0, 3, 1] : tensor<4x8xf32>
  %t = arith.truncf %q : tensor<4x8xf32> to tensor<4x8xf16>
  %f = hinm.assemble %v, %m, %index : tensor<4x2xf16>, tensor<4x1xi8>, tensor<1x4xi32> -> tensor<4x4xf16, #enc>
  %r = hinm.matmul ins(%f, %t : tensor<4x4xf16, #enc>, tensor<4x8xf16>) outs(%0 : tensor<4x8xf32>) {hinm.layer = "second"} -> tensor<4x8xf32>
  %s = hinm.permute %r dim 0 order [3, 1, 0, 2] : tensor<4x8xf32>
  %y = linalg.add ins(%s, %q : tensor<4x8xf32>, tensor<4x8xf32>) outs(%0 : tensor<4x8xf32>) -> tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}

// A permuted argument that a product reads: place i of the product's input is row
// order[i] of the argument.

// CHECK-LABEL: func @argument_into_product
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<4x8xf16>
// CHECK: %[[I:.*]] = arith.constant dense<{{\[}}[1, -1, 2, 3]]>
// CHECK-NOT: hinm.permute
// CHECK: %[[F:.*]] = hinm.assemble %{{.*}}, %{{.*}}, %[[I]] {hinm.input_order = array<i64: 1, 3, 0, 2>}
// CHECK: hinm.matmul ins(%[[F]], %[[X]] : {{.*}}) outs(%{{[a-z0-9]+}} : tensor<4x8xf32>) ->
func.func @argument_into_product(%v: tensor<4x2xf16>, %m: tensor<4x1xi8>, %0: tensor<4x8xf32>, %x: tensor<4x8xf16>) -> tensor<4x8xf32> {
  %index = arith.constant dense<[[3, -1, 0, 2]]> : tensor<1x4xi32>
  %z = hinm.permute %x dim 0 order [2, 0, 3, 1] : tensor<4x8xf16>
  %f = hinm.assemble %v, %m, %index : tensor<4x2xf16>, tensor<4x1xi8>, tensor<1x4xi32> -> tensor<4x4xf16, #enc>
  %y = hinm.matmul ins(%f, %z : tensor<4x4xf16, #enc>, tensor<4x8xf16>) outs(%0 : tensor<4x8xf32>) -> tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}

// The operands of an epilogue are read at the row of the result, which held tile
// order before and holds the program's now: its row i is tile place [2, 0, 3, 1][i].

// CHECK-LABEL: func @epilogue_to_boundary
// CHECK-DAG: %[[B:.*]] = arith.constant dense<[3.000000e+01, 1.000000e+01, 4.000000e+01, 2.000000e+01]> : tensor<4xf32>
// CHECK-DAG: %[[C:.*]] = arith.constant dense<{{\[}}[3.100000e+01, 3.200000e+01], [1.100000e+01, 1.200000e+01], [4.100000e+01, 4.200000e+01], [2.100000e+01, 2.200000e+01]]> : tensor<4x2xf32>
// CHECK: %[[P:.*]] = hinm.matmul {{.*}} epilogue(%[[B]], %[[C]], %{{[a-z0-9]+}} : tensor<4xf32>, tensor<4x2xf32>, tensor<f32>) outs(%{{.*}}) {row_index = array<i64: 1, 3, 0, 2>} apply
// CHECK-NOT: hinm.permute
// CHECK: return %[[P]]
func.func @epilogue_to_boundary(%e: tensor<4x4xf16, #enc>, %x: tensor<4x2xf16>, %one: tensor<f32>, %0: tensor<4x2xf32>) -> tensor<4x2xf32> {
  %bias = arith.constant dense<[10., 20., 30., 40.]> : tensor<4xf32>
  %c = arith.constant dense<[[11., 12.], [21., 22.], [31., 32.], [41., 42.]]> : tensor<4x2xf32>
  %p = hinm.matmul ins(%e, %x : tensor<4x4xf16, #enc>, tensor<4x2xf16>)
      epilogue(%bias, %c, %one : tensor<4xf32>, tensor<4x2xf32>, tensor<f32>) outs(%0 : tensor<4x2xf32>) apply {
    ^bb0(%s: f32, %b: f32, %r: f32, %k: f32):
      %1 = arith.addf %s, %b : f32
      %2 = arith.addf %1, %r : f32
      %3 = arith.mulf %2, %k : f32
      hinm.yield %3 : f32
  } -> tensor<4x2xf32>
  %q = hinm.permute %p dim 0 order [2, 0, 3, 1] : tensor<4x2xf32>
  return %q : tensor<4x2xf32>
}

// Another product is an operand of the epilogue: both are in one order. Here the
// permute stands before the operand: the second product's result is in the program's
// order, which both its rows and the bias leave for the tile order of the first.

// CHECK-LABEL: func @epilogue_residual
// CHECK: %[[P:.*]] = hinm.matmul {{.*}} outs(%{{[a-z0-9]+}} : tensor<4x8xf32>) {hinm.layer = "first"} ->
// CHECK: %[[B:.*]] = arith.constant dense<[2.000000e+01, 4.000000e+01, 1.000000e+01, 3.000000e+01]> : tensor<4xf32>
// CHECK: hinm.matmul {{.*}} epilogue(%[[B]], %[[P]] : tensor<4xf32>, tensor<4x8xf32>) outs(%{{[a-z0-9]+}} : tensor<4x8xf16>) {hinm.layer = "second", row_index = array<i64: 2, 0, 3, 1>} apply
// CHECK-NOT: hinm.permute
// CHECK: hinm.assemble {{.*}} {hinm.input_order = array<i64: 1, 3, 0, 2>}
func.func @epilogue_residual(%e: tensor<4x4xf16, #enc>, %f: tensor<4x4xf16, #enc>, %x: tensor<4x8xf16>, %v: tensor<4x2xf16>,
                             %m: tensor<4x1xi8>, %0: tensor<4x8xf32>, %1: tensor<4x8xf16>) -> tensor<4x8xf32> {
  %index = arith.constant dense<[[3, 0, 1, 2]]> : tensor<1x4xi32>
  %bias = arith.constant dense<[10., 20., 30., 40.]> : tensor<4xf32>
  %p = hinm.matmul ins(%e, %x : tensor<4x4xf16, #enc>, tensor<4x8xf16>) outs(%0 : tensor<4x8xf32>) {hinm.layer = "first"} -> tensor<4x8xf32>
  %q = hinm.permute %p dim 0 order [2, 0, 3, 1] : tensor<4x8xf32>
  %r = hinm.matmul ins(%f, %x : tensor<4x4xf16, #enc>, tensor<4x8xf16>) epilogue(%bias, %q : tensor<4xf32>, tensor<4x8xf32>)
      outs(%1 : tensor<4x8xf16>) {hinm.layer = "second"} apply {
    ^bb0(%s: f32, %b: f32, %o: f32):
      %2 = arith.addf %s, %b : f32
      %3 = arith.addf %2, %o : f32
      %4 = arith.truncf %3 : f32 to f16
      hinm.yield %4 : f16
  } -> tensor<4x8xf16>
  %g = hinm.assemble %v, %m, %index : tensor<4x2xf16>, tensor<4x1xi8>, tensor<1x4xi32> -> tensor<4x4xf16, #enc>
  %y = hinm.matmul ins(%g, %r : tensor<4x4xf16, #enc>, tensor<4x8xf16>) outs(%0 : tensor<4x8xf32>) -> tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}

// A weight of two products, of which one reads an input in the program's order: each
// has its own names for the channels.

// CHECK-LABEL: func @shared_weight
// CHECK-SAME: (%[[Z:[a-z0-9]+]]: tensor<4x8xf16>
// CHECK-DAG: %[[I:.*]] = arith.constant dense<{{\[}}[3, 0, 1, 2]]>
// CHECK-DAG: %[[J:.*]] = arith.constant dense<{{\[}}[1, 2, 0, 3]]>
// CHECK-DAG: %[[P:.*]] = hinm.matmul {{.*}} -> tensor<4x8xf16>
// CHECK-DAG: %[[F:.*]] = hinm.assemble %{{.*}}, %{{.*}}, %[[I]] : tensor
// CHECK-DAG: %[[G:.*]] = hinm.assemble %{{.*}}, %{{.*}}, %[[J]] {hinm.input_order = array<i64: 1, 3, 0, 2>}
// CHECK-DAG: hinm.matmul ins(%[[G]], %[[P]] :
// CHECK-DAG: hinm.matmul ins(%[[F]], %[[Z]] :
// CHECK-NOT: hinm.permute
// CHECK: return
func.func @shared_weight(%z: tensor<4x8xf16>, %e: tensor<4x4xf16, #enc>, %x: tensor<4x8xf16>, %v: tensor<4x2xf16>,
                         %m: tensor<4x1xi8>, %0: tensor<4x8xf32>, %1: tensor<4x8xf16>) -> (tensor<4x8xf32>, tensor<4x8xf32>) {
  %index = arith.constant dense<[[3, 0, 1, 2]]> : tensor<1x4xi32>
  %f = hinm.assemble %v, %m, %index : tensor<4x2xf16>, tensor<4x1xi8>, tensor<1x4xi32> -> tensor<4x4xf16, #enc>
  %p = hinm.matmul ins(%e, %x : tensor<4x4xf16, #enc>, tensor<4x8xf16>) outs(%1 : tensor<4x8xf16>) -> tensor<4x8xf16>
  %q = hinm.permute %p dim 0 order [2, 0, 3, 1] : tensor<4x8xf16>
  %2 = hinm.matmul ins(%f, %q : tensor<4x4xf16, #enc>, tensor<4x8xf16>) outs(%0 : tensor<4x8xf32>) -> tensor<4x8xf32>
  %3 = hinm.matmul ins(%f, %z : tensor<4x4xf16, #enc>, tensor<4x8xf16>) outs(%0 : tensor<4x8xf32>) -> tensor<4x8xf32>
  return %2, %3 : tensor<4x8xf32>, tensor<4x8xf32>
}

// Without a permute there is nothing to fold.

// CHECK-LABEL: func @none
// CHECK: arith.constant dense<[1.000000e+01, 2.000000e+01, 3.000000e+01, 4.000000e+01]>
// CHECK: hinm.matmul {{.*}} {row_index = array<i64: 1, 3, 0, 2>} ->
// CHECK: hinm.assemble {{.*}} : tensor
// CHECK-NOT: hinm.input_order
// CHECK: return
func.func @none(%e: tensor<4x4xf16, #enc>, %x: tensor<4x8xf16>, %v: tensor<4x2xf16>, %m: tensor<4x1xi8>,
                %0: tensor<4x8xf32>, %1: tensor<4x8xf16>) -> tensor<4x8xf32> {
  %bias = arith.constant dense<[10., 20., 30., 40.]> : tensor<4xf32>
  %index = arith.constant dense<[[3, 0, 1, 2]]> : tensor<1x4xi32>
  %p = hinm.matmul ins(%e, %x : tensor<4x4xf16, #enc>, tensor<4x8xf16>) outs(%0 : tensor<4x8xf32>) {row_index = array<i64: 1, 3, 0, 2>} -> tensor<4x8xf32>
  %r = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]}
      ins(%p, %bias : tensor<4x8xf32>, tensor<4xf32>) outs(%1 : tensor<4x8xf16>) {
    ^bb0(%a: f32, %b: f32, %c: f16):
      %s = arith.addf %a, %b : f32
      %t = arith.truncf %s : f32 to f16
      linalg.yield %t : f16
  } -> tensor<4x8xf16>
  %f = hinm.assemble %v, %m, %index : tensor<4x2xf16>, tensor<4x1xi8>, tensor<1x4xi32> -> tensor<4x4xf16, #enc>
  %y = hinm.matmul ins(%f, %r : tensor<4x4xf16, #enc>, tensor<4x8xf16>) outs(%0 : tensor<4x8xf32>) -> tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}

// A constant that stands in a resource.

// CHECK-LABEL: func @resource
// CHECK: %[[P:.*]] = hinm.matmul {{.*}} outs(%{{[a-z0-9]+}} : tensor<4x8xf32>) -> tensor<4x8xf32>
// CHECK: %[[B:.*]] = arith.constant dense<[2.000000e+01, 4.000000e+01, 1.000000e+01, 3.000000e+01]> : tensor<4xf32>
// CHECK: linalg.generic {{.*}} ins(%[[P]], %[[B]] :
func.func @resource(%e: tensor<4x4xf16, #enc>, %x: tensor<4x8xf16>, %v: tensor<4x2xf16>, %m: tensor<4x1xi8>,
                    %0: tensor<4x8xf32>, %1: tensor<4x8xf16>) -> tensor<4x8xf32> {
  %bias = arith.constant dense_resource<bias> : tensor<4xf32>
  %index = arith.constant dense<[[3, 0, 1, 2]]> : tensor<1x4xi32>
  %p = hinm.matmul ins(%e, %x : tensor<4x4xf16, #enc>, tensor<4x8xf16>) outs(%0 : tensor<4x8xf32>) -> tensor<4x8xf32>
  %q = hinm.permute %p dim 0 order [2, 0, 3, 1] : tensor<4x8xf32>
  %r = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]}
      ins(%q, %bias : tensor<4x8xf32>, tensor<4xf32>) outs(%1 : tensor<4x8xf16>) {
    ^bb0(%a: f32, %b: f32, %c: f16):
      %s = arith.addf %a, %b : f32
      %t = arith.truncf %s : f32 to f16
      linalg.yield %t : f16
  } -> tensor<4x8xf16>
  %f = hinm.assemble %v, %m, %index : tensor<4x2xf16>, tensor<4x1xi8>, tensor<1x4xi32> -> tensor<4x4xf16, #enc>
  %y = hinm.matmul ins(%f, %r : tensor<4x4xf16, #enc>, tensor<4x8xf16>) outs(%0 : tensor<4x8xf32>) -> tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}

{-#
  dialect_resources: {
    builtin: {
      bias: "0x04000000000020410000A0410000F04100002042"
    }
  }
#-}

// Two permutes one after the other: program row i is q's row [3, 1, 0, 2][i], which
// is tile place [2, 0, 3, 1][[3, 1, 0, 2][i]] = [1, 0, 2, 3][i].

// CHECK-LABEL: func @two_permutes
// CHECK: %[[P:.*]] = hinm.matmul {{.*}} {row_index = array<i64: 1, 0, 2, 3>}
// CHECK-NEXT: return %[[P]]
func.func @two_permutes(%e: tensor<4x4xf16, #enc>, %x: tensor<4x8xf16>, %0: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %p = hinm.matmul ins(%e, %x : tensor<4x4xf16, #enc>, tensor<4x8xf16>) outs(%0 : tensor<4x8xf32>) -> tensor<4x8xf32>
  %q = hinm.permute %p dim 0 order [2, 0, 3, 1] : tensor<4x8xf32>
  %r = hinm.permute %q dim 0 order [3, 1, 0, 2] : tensor<4x8xf32>
  return %r : tensor<4x8xf32>
}

// A permute of a constant, or of what is one value everywhere, is a constant.

// CHECK-LABEL: func @constants
// CHECK: %[[S:.*]] = arith.constant dense<5.0{{.*}}> : tensor<4x1xf32>
// CHECK: %[[C:.*]] = arith.constant dense<{{\[}}[3.0{{0*}}e+00], [1.0{{0*}}e+00], [4.0{{0*}}e+00], [2.0{{0*}}e+00]]> : tensor<4x1xf32>
// CHECK-NOT: hinm.permute
// CHECK: return %[[C]], %[[S]]
func.func @constants() -> (tensor<4x1xf32>, tensor<4x1xf32>) {
  %c = arith.constant dense<[[1.0], [2.0], [3.0], [4.0]]> : tensor<4x1xf32>
  %s = arith.constant dense<5.0> : tensor<4x1xf32>
  %p = hinm.permute %c dim 0 order [2, 0, 3, 1] : tensor<4x1xf32>
  %q = hinm.permute %s dim 0 order [2, 0, 3, 1] : tensor<4x1xf32>
  return %p, %q : tensor<4x1xf32>, tensor<4x1xf32>
}

// A mask is reordered as well: program row i is tile place order[i], so tile place j
// holds program row [1, 3, 0, 2][j].

// CHECK-LABEL: func @mask
// CHECK: %[[P:.*]] = hinm.matmul {{.*}} outs(%{{[a-z0-9]*}} : tensor<4x1xf32>) -> tensor<4x1xf32>
// CHECK: %[[M:.*]] = arith.constant dense<{{\[}}[false], [true], [true], [false]]> : tensor<4x1xi1>
// CHECK: arith.select %[[M]], %[[P]], %[[P]]
func.func @mask(%e: tensor<4x4xf16, #enc>, %f: tensor<8x4xf32>, %x: tensor<4x1xf16>, %0: tensor<4x1xf32>, %1: tensor<8x1xf32>) -> tensor<8x1xf32> {
  %m = arith.constant dense<[[true], [false], [false], [true]]> : tensor<4x1xi1>
  %p = hinm.matmul ins(%e, %x : tensor<4x4xf16, #enc>, tensor<4x1xf16>) outs(%0 : tensor<4x1xf32>) -> tensor<4x1xf32>
  %q = hinm.permute %p dim 0 order [2, 0, 3, 1] : tensor<4x1xf32>
  %s = arith.select %m, %q, %q : tensor<4x1xi1>, tensor<4x1xf32>
  %h = arith.truncf %s : tensor<4x1xf32> to tensor<4x1xf16>
  %c = arith.constant dense<1.0> : tensor<8x4xf32>
  %w = hinm.encode %c {vector_index = dense<[[0, 1, 2, 3], [0, 1, 2, 3]]> : tensor<2x4xi32>} : tensor<8x4xf32> -> tensor<8x4xf16, #enc>
  %y = hinm.matmul ins(%w, %h : tensor<8x4xf16, #enc>, tensor<4x1xf16>) outs(%1 : tensor<8x1xf32>) -> tensor<8x1xf32>
  return %y : tensor<8x1xf32>
}

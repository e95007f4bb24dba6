// RUN: hinm-opt %s --pass-pipeline='builtin.module(hinm-fold-permutations)' | FileCheck %s

// Tensors that need the program's order, and the permutes that are left where two orders
// meet. A product's rows stand in tile order and the program restores its own by order =
// [2, 0, 3, 1], whose inverse [1, 3, 0, 2] differs from it: program row i is tile place
// order[i], tile place j is program row inverse[j], where it goes if the rows are stored
// in the program's order.

#enc = #hinm.encoding<vector = 4, columns = 4, nm = 2:4>
#id = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d0)>
#turned = affine_map<(d0, d1) -> (d1, d0)>

// An element for each channel that is not constant is in the program's order, and so
// is what is computed with it.

// CHECK-LABEL: func @per_channel_argument
// CHECK-SAME: %[[B:[a-z0-9]+]]: tensor<4xf32>
// CHECK: %[[I:.*]] = arith.constant dense<{{\[}}[0, 1, 2, 3]]>
// CHECK: %[[P:.*]] = hinm.matmul {{.*}} {row_index = array<i64: 1, 3, 0, 2>}
// CHECK-NOT: hinm.permute
// CHECK: linalg.generic {{.*}} ins(%[[P]], %[[B]] :
// CHECK: hinm.assemble %{{.*}}, %{{.*}}, %[[I]] : tensor
func.func @per_channel_argument(%e: tensor<4x4xf16, #enc>, %x: tensor<4x8xf16>, %v: tensor<4x2xf16>, %m: tensor<4x1xi8>,
                                %0: tensor<4x8xf32>, %1: tensor<4x8xf16>, %bias: tensor<4xf32>) -> tensor<4x8xf32> {
  %index = arith.constant dense<[[0, 1, 2, 3]]> : tensor<1x4xi32>
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

// Two such operands whose channels are in different orders: no order leaves fewer
// permutes than there are, so all stays as it is.

// CHECK-LABEL: func @per_channel_arguments_in_two_orders
// CHECK-SAME: %[[A:[a-z0-9]+]]: tensor<4xf32>, %[[B:[a-z0-9]+]]: tensor<4xf32>
// CHECK-NOT: row_index
// CHECK: %[[P:.*]] = hinm.matmul
// CHECK-NOT: row_index
// CHECK: %[[Q:.*]] = linalg.generic {{.*}} ins(%[[P]], %[[A]] :
// CHECK: %[[Z:.*]] = hinm.permute %[[Q]] dim 0 order [2, 0, 3, 1] {hinm.unfolded = "'linalg.generic' reads an element for each channel from a tensor that is not constant"} : tensor<4x8xf32>
// CHECK: linalg.generic {{.*}} ins(%[[Z]], %[[B]] :
// CHECK-NOT: hinm.permute
func.func @per_channel_arguments_in_two_orders(%e: tensor<4x4xf16, #enc>, %x: tensor<4x8xf16>, %v: tensor<4x2xf16>,
                                               %m: tensor<4x1xi8>, %0: tensor<4x8xf32>, %1: tensor<4x8xf16>,
                                               %inTileOrder: tensor<4xf32>, %inOrder: tensor<4xf32>) -> tensor<4x8xf32> {
  %index = arith.constant dense<[[0, 1, 2, 3]]> : tensor<1x4xi32>
  %p = hinm.matmul ins(%e, %x : tensor<4x4xf16, #enc>, tensor<4x8xf16>) outs(%0 : tensor<4x8xf32>) -> tensor<4x8xf32>
  %o = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]}
      ins(%p, %inTileOrder : tensor<4x8xf32>, tensor<4xf32>) outs(%0 : tensor<4x8xf32>) {
    ^bb0(%a: f32, %b: f32, %c: f32):
      %s = arith.addf %a, %b : f32
      linalg.yield %s : f32
  } -> tensor<4x8xf32>
  %q = hinm.permute %o dim 0 order [2, 0, 3, 1] : tensor<4x8xf32>
  %r = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]}
      ins(%q, %inOrder : tensor<4x8xf32>, tensor<4xf32>) outs(%1 : tensor<4x8xf16>) {
    ^bb0(%a: f32, %b: f32, %c: f16):
      %s = arith.mulf %a, %b : f32
      %t = arith.truncf %s : f32 to f16
      linalg.yield %t : f16
  } -> tensor<4x8xf16>
  %f = hinm.assemble %v, %m, %index : tensor<4x2xf16>, tensor<4x1xi8>, tensor<1x4xi32> -> tensor<4x4xf16, #enc>
  %y = hinm.matmul ins(%f, %r : tensor<4x4xf16, #enc>, tensor<4x8xf16>) outs(%0 : tensor<4x8xf32>) -> tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}

// An argument that is returned: no product could take the order.

// CHECK-LABEL: func @argument_returned
// CHECK-SAME: (%[[X:.*]]: tensor<4x8xf32>)
// CHECK-NEXT: %[[Z:.*]] = hinm.permute %[[X]] dim 0 order [2, 0, 3, 1] {hinm.unfolded = "the tensor is an argument"} : tensor<4x8xf32>
// CHECK-NEXT: return %[[Z]]
func.func @argument_returned(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %z = hinm.permute %x dim 0 order [2, 0, 3, 1] : tensor<4x8xf32>
  return %z : tensor<4x8xf32>
}

// The same of what an op gives that has an order of its own.

// CHECK-LABEL: func @other_op_returned
// CHECK: %[[X:.*]] = hinm.to_feature_major
// CHECK-NEXT: hinm.permute %[[X]] dim 0 order [2, 0, 3, 1] {hinm.unfolded = "'hinm.to_feature_major' gives its channels in the program's order"} : tensor<4x8xf16>
func.func @other_op_returned(%x: tensor<5x4xf32>, %0: tensor<4x8xf16>) -> tensor<4x8xf16> {
  %f = hinm.to_feature_major ins(%x : tensor<5x4xf32>) outs(%0 : tensor<4x8xf16>) -> tensor<4x8xf16>
  %z = hinm.permute %f dim 0 order [2, 0, 3, 1] : tensor<4x8xf16>
  return %z : tensor<4x8xf16>
}

// Two orders of one argument meet.

// CHECK-LABEL: func @argument_and_its_permute
// CHECK-SAME: (%[[X:.*]]: tensor<4x8xf32>, %{{.*}}: tensor<4x8xf32>)
// CHECK-NEXT: %[[Z:.*]] = hinm.permute %[[X]] dim 0 order [2, 0, 3, 1] {hinm.unfolded = "the tensor is an argument"} : tensor<4x8xf32>
// CHECK-NEXT: linalg.add ins(%[[X]], %[[Z]] :
func.func @argument_and_its_permute(%x: tensor<4x8xf32>, %0: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %z = hinm.permute %x dim 0 order [2, 0, 3, 1] : tensor<4x8xf32>
  %y = linalg.add ins(%x, %z : tensor<4x8xf32>, tensor<4x8xf32>) outs(%0 : tensor<4x8xf32>) -> tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}

// Both orders of a product are returned: one of them costs a permute, however the
// rows are stored.

// CHECK-LABEL: func @both_orders_returned
// CHECK: %[[P:.*]] = hinm.matmul {{.*}} outs(%{{[a-z0-9]+}} : tensor<4x8xf32>) -> tensor<4x8xf32>
// CHECK-NEXT: %[[Q:.*]] = hinm.permute %[[P]] dim 0 order [2, 0, 3, 1] {hinm.unfolded = "'func.return' reads the channels in the program's order"} : tensor<4x8xf32>
// CHECK-NEXT: return %[[P]], %[[Q]]
func.func @both_orders_returned(%e: tensor<4x4xf16, #enc>, %x: tensor<4x8xf16>, %0: tensor<4x8xf32>) -> (tensor<4x8xf32>, tensor<4x8xf32>) {
  %p = hinm.matmul ins(%e, %x : tensor<4x4xf16, #enc>, tensor<4x8xf16>) outs(%0 : tensor<4x8xf32>) -> tensor<4x8xf32>
  %q = hinm.permute %p dim 0 order [2, 0, 3, 1] : tensor<4x8xf32>
  return %p, %q : tensor<4x8xf32>, tensor<4x8xf32>
}

// Two permutes for the program's order, one use of the tile order: the rows are stored
// in the order that leaves one permute, for the third.

// CHECK-LABEL: func @fewest_permutes
// CHECK: %[[P:.*]] = hinm.matmul {{.*}} {row_index = array<i64: 1, 3, 0, 2>}
// CHECK: %[[T:.*]] = hinm.permute %[[P]] dim 0 order [1, 3, 0, 2] {hinm.unfolded =
// CHECK-NOT: hinm.permute
// CHECK: %[[A:.*]] = linalg.exp ins(%[[P]] :
// CHECK: return %[[T]], %[[P]], %[[A]]
func.func @fewest_permutes(%e: tensor<4x4xf16, #enc>, %x: tensor<4x8xf16>, %0: tensor<4x8xf32>) -> (tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>) {
  %p = hinm.matmul ins(%e, %x : tensor<4x4xf16, #enc>, tensor<4x8xf16>) outs(%0 : tensor<4x8xf32>) -> tensor<4x8xf32>
  %q = hinm.permute %p dim 0 order [2, 0, 3, 1] : tensor<4x8xf32>
  %r = hinm.permute %p dim 0 order [2, 0, 3, 1] : tensor<4x8xf32>
  %a = linalg.exp ins(%r : tensor<4x8xf32>) outs(%0 : tensor<4x8xf32>) -> tensor<4x8xf32>
  return %p, %q, %a : tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>
}

// Tokens are no channels.

// CHECK-LABEL: func @tokens
// CHECK: hinm.permute %{{.*}} dim 1 order [1, 0] {hinm.unfolded = "it does not permute the channels of feature-major activations"} : tensor<4x2xf32>
// CHECK: hinm.permute %{{.*}} dim 0 order [2, 0, 3, 1] {hinm.unfolded = "it does not permute the channels of feature-major activations"} : tensor<4xf32>
func.func @tokens(%e: tensor<4x4xf16, #enc>, %x: tensor<4x2xf16>, %0: tensor<4x2xf32>, %b: tensor<4xf32>) -> (tensor<4x2xf32>, tensor<4xf32>) {
  %p = hinm.matmul ins(%e, %x : tensor<4x4xf16, #enc>, tensor<4x2xf16>) outs(%0 : tensor<4x2xf32>) -> tensor<4x2xf32>
  %q = hinm.permute %p dim 1 order [1, 0] : tensor<4x2xf32>
  %c = hinm.permute %b dim 0 order [2, 0, 3, 1] : tensor<4xf32>
  return %q, %c : tensor<4x2xf32>, tensor<4xf32>
}

// An op that looks at the position, or at an operand otherwise than entry by entry,
// reads the program's order.

// CHECK-LABEL: func @position
// CHECK: %[[P:.*]] = hinm.matmul {{.*}} {row_index = array<i64: 1, 3, 0, 2>}
// CHECK: linalg.generic {{.*}} ins(%[[P]] :
func.func @position(%e: tensor<4x4xf16, #enc>, %x: tensor<4x8xf16>, %v: tensor<4x2xf16>, %m: tensor<4x1xi8>, %0: tensor<4x8xf32>, %1: tensor<4x8xf16>) -> tensor<4x8xf32> {
  %index = arith.constant dense<[[3, 0, 1, 2]]> : tensor<1x4xi32>
  %p = hinm.matmul ins(%e, %x : tensor<4x4xf16, #enc>, tensor<4x8xf16>) outs(%0 : tensor<4x8xf32>) -> tensor<4x8xf32>
  %q = hinm.permute %p dim 0 order [2, 0, 3, 1] : tensor<4x8xf32>
  %r = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%q : tensor<4x8xf32>) outs(%1 : tensor<4x8xf16>) {
    ^bb0(%a: f32, %c: f16):
      %i = linalg.index 0 : index
      %j = arith.index_cast %i : index to i32
      %k = arith.sitofp %j : i32 to f32
      %s = arith.addf %a, %k : f32
      %t = arith.truncf %s : f32 to f16
      linalg.yield %t : f16
  } -> tensor<4x8xf16>
  %f = hinm.assemble %v, %m, %index : tensor<4x2xf16>, tensor<4x1xi8>, tensor<1x4xi32> -> tensor<4x4xf16, #enc>
  %y = hinm.matmul ins(%f, %r : tensor<4x4xf16, #enc>, tensor<4x8xf16>) outs(%0 : tensor<4x8xf32>) -> tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}

// CHECK-LABEL: func @turned
// CHECK: %[[P:.*]] = hinm.matmul {{.*}} {row_index = array<i64: 1, 3, 0, 2>}
// CHECK: linalg.generic {{.*}} ins(%[[P]], %[[P]] :
func.func @turned(%e: tensor<4x4xf16, #enc>, %x: tensor<4x4xf16>, %v: tensor<4x2xf16>, %m: tensor<4x1xi8>, %0: tensor<4x4xf32>, %1: tensor<4x4xf16>) -> tensor<4x4xf32> {
  %index = arith.constant dense<[[3, 0, 1, 2]]> : tensor<1x4xi32>
  %p = hinm.matmul ins(%e, %x : tensor<4x4xf16, #enc>, tensor<4x4xf16>) outs(%0 : tensor<4x4xf32>) -> tensor<4x4xf32>
  %q = hinm.permute %p dim 0 order [2, 0, 3, 1] : tensor<4x4xf32>
  %r = linalg.generic {indexing_maps = [#id, #turned, #id], iterator_types = ["parallel", "parallel"]}
      ins(%q, %q : tensor<4x4xf32>, tensor<4x4xf32>) outs(%1 : tensor<4x4xf16>) {
    ^bb0(%a: f32, %b: f32, %c: f16):
      %s = arith.addf %a, %b : f32
      %t = arith.truncf %s : f32 to f16
      linalg.yield %t : f16
  } -> tensor<4x4xf16>
  %f = hinm.assemble %v, %m, %index : tensor<4x2xf16>, tensor<4x1xi8>, tensor<1x4xi32> -> tensor<4x4xf16, #enc>
  %y = hinm.matmul ins(%f, %r : tensor<4x4xf16, #enc>, tensor<4x4xf16>) outs(%0 : tensor<4x4xf32>) -> tensor<4x4xf32>
  return %y : tensor<4x4xf32>
}

// A product whose weight is no constant reads the program's order. The
// uses as a destination and for the number of tokens read none.

// CHECK-LABEL: func @weight_not_constant
// CHECK: %[[P:.*]] = hinm.matmul {{.*}} {row_index = array<i64: 1, 3, 0, 2>}
// CHECK-NOT: hinm.permute
// CHECK: tensor.dim %[[P]]
// CHECK: hinm.matmul ins(%{{[a-z0-9]+}}, %[[P]] : {{.*}}) outs(%[[P]] : tensor<4x?xf16>)
func.func @weight_not_constant(%e: tensor<4x4xf16, #enc>, %f: tensor<4x4xf16, #enc>, %x: tensor<4x?xf16>, %0: tensor<4x?xf16>) -> (tensor<4x?xf16>, index) {
  %c1 = arith.constant 1 : index
  %p = hinm.matmul ins(%e, %x : tensor<4x4xf16, #enc>, tensor<4x?xf16>) outs(%0 : tensor<4x?xf16>) -> tensor<4x?xf16>
  %q = hinm.permute %p dim 0 order [2, 0, 3, 1] : tensor<4x?xf16>
  %d = tensor.dim %q, %c1 : tensor<4x?xf16>
  %y = hinm.matmul ins(%f, %q : tensor<4x4xf16, #enc>, tensor<4x?xf16>) outs(%q : tensor<4x?xf16>) -> tensor<4x?xf16>
  return %y, %d : tensor<4x?xf16>, index
}

// CHECK-LABEL: func @shape_only
// CHECK: %[[P:.*]] = hinm.matmul {{.*}} outs(%{{[a-z0-9]+}} : tensor<4x?xf16>) -> tensor<4x?xf16>
// CHECK-NOT: hinm.permute
// CHECK: tensor.dim %[[P]]
// CHECK: hinm.matmul ins(%{{[a-z0-9]+}}, %[[P]] : {{.*}}) outs(%[[P]] : tensor<4x?xf16>)
func.func @shape_only(%e: tensor<4x4xf16, #enc>, %v: tensor<4x2xf16>, %m: tensor<4x1xi8>, %x: tensor<4x?xf16>, %0: tensor<4x?xf16>) -> (tensor<4x?xf16>, index) {
  %c1 = arith.constant 1 : index
  %index = arith.constant dense<[[3, 0, 1, 2]]> : tensor<1x4xi32>
  %p = hinm.matmul ins(%e, %x : tensor<4x4xf16, #enc>, tensor<4x?xf16>) outs(%0 : tensor<4x?xf16>) -> tensor<4x?xf16>
  %q = hinm.permute %p dim 0 order [2, 0, 3, 1] : tensor<4x?xf16>
  %d = tensor.dim %q, %c1 : tensor<4x?xf16>
  %f = hinm.assemble %v, %m, %index : tensor<4x2xf16>, tensor<4x1xi8>, tensor<1x4xi32> -> tensor<4x4xf16, #enc>
  %y = hinm.matmul ins(%f, %q : tensor<4x4xf16, #enc>, tensor<4x?xf16>) outs(%q : tensor<4x?xf16>) -> tensor<4x?xf16>
  return %y, %d : tensor<4x?xf16>, index
}

// Results of one op are computed in one order, whichever way they are reached. Kept
// as the second one is read, row i is tile place order[order[i]] = [3, 2, 1, 0][i]; the
// first one, tile place order[i], is then row [1, 3, 0, 2][i], the inverse of order.

#both = affine_map<(d0, d1) -> (d0, d1)>

// CHECK-LABEL: func @two_results
// CHECK: %[[P:.*]] = hinm.matmul {{.*}} {row_index = array<i64: 3, 2, 1, 0>}
// CHECK: %[[R:.*]]:2 = linalg.generic {{.*}} ins(%[[P]] :
// CHECK: %[[Z:.*]] = hinm.permute %[[R]]#0 dim 0 order [1, 3, 0, 2] {hinm.unfolded =
// CHECK: linalg.add ins(%[[Z]], %[[R]]#1 :
func.func @two_results(%e: tensor<4x4xf16, #enc>, %x: tensor<4x8xf16>, %0: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %p = hinm.matmul ins(%e, %x : tensor<4x4xf16, #enc>, tensor<4x8xf16>) outs(%0 : tensor<4x8xf32>) -> tensor<4x8xf32>
  %q = hinm.permute %p dim 0 order [2, 0, 3, 1] : tensor<4x8xf32>
  %r:2 = linalg.generic {indexing_maps = [#both, #both, #both], iterator_types = ["parallel", "parallel"]}
      ins(%q : tensor<4x8xf32>) outs(%0, %0 : tensor<4x8xf32>, tensor<4x8xf32>) {
  ^bb0(%in: f32, %a: f32, %b: f32):
    %c = arith.negf %in : f32
    linalg.yield %in, %c : f32, f32
  } -> (tensor<4x8xf32>, tensor<4x8xf32>)
  %z = hinm.permute %r#1 dim 0 order [2, 0, 3, 1] : tensor<4x8xf32>
  %y = linalg.add ins(%r#0, %z : tensor<4x8xf32>, tensor<4x8xf32>) outs(%0 : tensor<4x8xf32>) -> tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}

// A permute that the pass made of a value for each channel keeps its reason.

#channel = affine_map<(d0, d1) -> (d0)>

// CHECK-LABEL: func @reason_of_a_channel_value
// CHECK-SAME: %[[B:[a-z0-9]+]]: tensor<4xf32>
// CHECK: hinm.permute %[[B]] dim 0 order {{.*}} {hinm.unfolded = "'linalg.generic' reads an element for each channel from a tensor that is not constant"} : tensor<4xf32>
// CHECK-NOT: hinm.permute
func.func @reason_of_a_channel_value(%e: tensor<4x4xf16, #enc>, %x: tensor<4x8xf16>, %0: tensor<4x8xf32>, %b: tensor<4xf32>) -> (tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>) {
  %p = hinm.matmul ins(%e, %x : tensor<4x4xf16, #enc>, tensor<4x8xf16>) outs(%0 : tensor<4x8xf32>) -> tensor<4x8xf32>
  %q = hinm.permute %p dim 0 order [2, 0, 3, 1] : tensor<4x8xf32>
  %r = linalg.generic {indexing_maps = [#both, #channel, #both], iterator_types = ["parallel", "parallel"]}
      ins(%q, %b : tensor<4x8xf32>, tensor<4xf32>) outs(%0 : tensor<4x8xf32>) {
  ^bb0(%in: f32, %s: f32, %a: f32):
    %c = arith.addf %in, %s : f32
    linalg.yield %c : f32
  } -> tensor<4x8xf32>
  %t = hinm.permute %r dim 0 order [1, 3, 0, 2] : tensor<4x8xf32>
  %u = hinm.permute %q dim 0 order [1, 3, 0, 2] : tensor<4x8xf32>
  return %p, %t, %u : tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>
}

// What comes from an unranked tensor has the program's order.

// CHECK-LABEL: func @from_unranked
// CHECK: %[[X:.*]] = tensor.cast
// CHECK-NEXT: %[[P:.*]] = hinm.permute %[[X]] dim 0 order [2, 0, 3, 1]
// CHECK-NEXT: return %[[P]]
func.func @from_unranked(%u: tensor<*xf32>) -> tensor<4x8xf32> {
  %x = tensor.cast %u : tensor<*xf32> to tensor<4x8xf32>
  %p = hinm.permute %x dim 0 order [2, 0, 3, 1] : tensor<4x8xf32>
  return %p : tensor<4x8xf32>
}

// A destination that is written in part keeps the rest of its contents.

#first = affine_map<(d0) -> (d0)>
#column = affine_map<(d0) -> (d0, 0)>

// CHECK-LABEL: func @written_in_part
// CHECK: %[[P:.*]] = hinm.permute %{{.*}} dim 0 order [2, 0, 3, 1]
// CHECK: linalg.generic {{.*}} outs(%[[P]] :
func.func @written_in_part(%x: tensor<4x8xf32>, %b: tensor<4xf32>) -> tensor<4x8xf32> {
  %p = hinm.permute %x dim 0 order [2, 0, 3, 1] : tensor<4x8xf32>
  %r = linalg.generic {indexing_maps = [#first, #column], iterator_types = ["parallel"]}
      ins(%b : tensor<4xf32>) outs(%p : tensor<4x8xf32>) {
  ^bb0(%a: f32, %c: f32):
    linalg.yield %a : f32
  } -> tensor<4x8xf32>
  return %r : tensor<4x8xf32>
}

// A result with a number of channels that is not known has no order.

// CHECK-LABEL: func @dynamic_result
// CHECK: %[[P:.*]] = hinm.permute %{{.*}} dim 0 order [2, 0, 3, 1]
// CHECK: linalg.generic {{.*}} ins(%[[P]] :
// CHECK-NOT: hinm.permute
func.func @dynamic_result(%x: tensor<4x8xf32>, %0: tensor<4x8xf32>, %1: tensor<?x8xf32>) -> (tensor<4x8xf32>, tensor<?x8xf32>) {
  %p = hinm.permute %x dim 0 order [2, 0, 3, 1] : tensor<4x8xf32>
  %r:2 = linalg.generic {indexing_maps = [#both, #both, #both], iterator_types = ["parallel", "parallel"]}
      ins(%p : tensor<4x8xf32>) outs(%0, %1 : tensor<4x8xf32>, tensor<?x8xf32>) {
  ^bb0(%in: f32, %a: f32, %b: f32):
    linalg.yield %in, %in : f32, f32
  } -> (tensor<4x8xf32>, tensor<?x8xf32>)
  return %r#0, %r#1 : tensor<4x8xf32>, tensor<?x8xf32>
}

// Constants whose elements cannot be moved about stay in their order.

// CHECK-LABEL: func @index_constant
// CHECK: hinm.permute
// CHECK: arith.index_cast
func.func @index_constant(%x: tensor<4x1xi32>) -> tensor<4x1xindex> {
  %m = arith.constant dense<[[1], [2], [3], [4]]> : tensor<4x1xindex>
  %q = hinm.permute %x dim 0 order [2, 0, 3, 1] : tensor<4x1xi32>
  %i = arith.index_cast %q : tensor<4x1xi32> to tensor<4x1xindex>
  %s = arith.addi %i, %m : tensor<4x1xindex>
  return %s : tensor<4x1xindex>
}

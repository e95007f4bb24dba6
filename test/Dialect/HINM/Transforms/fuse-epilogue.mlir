// RUN: hinm-opt %s --pass-pipeline='builtin.module(hinm-fuse-epilogue)' | FileCheck %s

#enc = #hinm.encoding<vector = 32, columns = 8, nm = 2:4>
#id = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d0)>
#column = affine_map<(d0, d1) -> (d1)>
#one = affine_map<(d0, d1) -> ()>
#turned = affine_map<(d0, d1) -> (d1, d0)>

// The example of the pass's description.

// CHECK-LABEL: func @bias
// CHECK-SAME: (%[[E:.*]]: tensor<64x16xf16, {{.*}}>, %[[X:.*]]: tensor<16x8xf16>, %[[BIAS:.*]]: tensor<64xf32>)
// CHECK: %[[Y:.*]] = hinm.matmul ins(%[[E]], %[[X]] : {{.*}}) epilogue(%[[BIAS]] : tensor<64xf32>) outs(%{{.*}} : tensor<64x8xf32>) {hinm.layer = "l"} apply
// CHECK: ^bb0(%[[S:.*]]: f32, %[[B:.*]]: f32):
// CHECK-NEXT: %[[SUM:.*]] = arith.addf %[[S]], %[[B]] : f32
// CHECK-NEXT: hinm.yield %[[SUM]] : f32
// CHECK-NOT: linalg.generic
// CHECK: return %[[Y]]
func.func @bias(%e: tensor<64x16xf16, #enc>, %x: tensor<16x8xf16>, %bias: tensor<64xf32>) -> tensor<64x8xf32> {
  %0 = tensor.empty() : tensor<64x8xf32>
  %p = hinm.matmul ins(%e, %x : tensor<64x16xf16, #enc>, tensor<16x8xf16>) outs(%0 : tensor<64x8xf32>) {hinm.layer = "l"} -> tensor<64x8xf32>
  %y = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]}
      ins(%p, %bias : tensor<64x8xf32>, tensor<64xf32>) outs(%0 : tensor<64x8xf32>) {
    ^bb0(%a: f32, %b: f32, %c: f32):
      %s = arith.addf %a, %b : f32
      linalg.yield %s : f32
  } -> tensor<64x8xf32>
  return %y : tensor<64x8xf32>
}

// A chain: a scalar, an entry, a constant from outside, then a conversion.

// CHECK-LABEL: func @chain
// CHECK: hinm.matmul {{.*}} epilogue(%{{.*}}, %{{.*}} : tensor<f32>, tensor<64x?xf32>) outs(%{{.*}} : tensor<64x?xf16>) apply
// CHECK: ^bb0(%[[S:.*]]: f32, %[[SCALE:.*]]: f32, %[[R:.*]]: f32):
// CHECK: %[[A:.*]] = arith.mulf %[[S]], %[[SCALE]] : f32
// CHECK: %[[B:.*]] = arith.addf %[[A]], %[[R]] : f32
// CHECK: %[[C:.*]] = arith.maximumf %[[B]], %{{.*}} : f32
// CHECK: %[[D:.*]] = arith.truncf %[[C]] : f32 to f16
// CHECK: hinm.yield %[[D]] : f16
// CHECK-NOT: linalg.generic
func.func @chain(%e: tensor<64x16xf16, #enc>, %x: tensor<16x?xf16>, %scale: tensor<f32>,
                 %residual: tensor<64x?xf32>, %0: tensor<64x?xf32>) -> tensor<64x?xf16> {
  %zero = arith.constant 0.0 : f32
  %p = hinm.matmul ins(%e, %x : tensor<64x16xf16, #enc>, tensor<16x?xf16>) outs(%0 : tensor<64x?xf32>) -> tensor<64x?xf32>
  %y = linalg.generic {indexing_maps = [#id, #one, #id], iterator_types = ["parallel", "parallel"]}
      ins(%p, %scale : tensor<64x?xf32>, tensor<f32>) outs(%0 : tensor<64x?xf32>) {
    ^bb0(%a: f32, %b: f32, %c: f32):
      %s = arith.mulf %a, %b : f32
      linalg.yield %s : f32
  } -> tensor<64x?xf32>
  %z = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%y, %residual : tensor<64x?xf32>, tensor<64x?xf32>) outs(%0 : tensor<64x?xf32>) {
    ^bb0(%a: f32, %b: f32, %c: f32):
      %s = arith.addf %a, %b : f32
      %m = arith.maximumf %s, %zero : f32
      linalg.yield %m : f32
  } -> tensor<64x?xf32>
  %t = arith.truncf %z : tensor<64x?xf32> to tensor<64x?xf16>
  return %t : tensor<64x?xf16>
}

// The index of the rows stays, through an op and a conversion. The bias belongs to a
// row of the result before and after.

// CHECK-LABEL: func @rows
// CHECK-SAME: %[[BIAS:[a-z0-9]+]]: tensor<4xf32>
// CHECK: hinm.matmul {{.*}} epilogue(%[[BIAS]] : tensor<4xf32>) outs(%{{.*}} : tensor<4x8xf16>) {hinm.layer = "l", row_index = array<i64: 2, 0, 3, 1>} apply
// CHECK-NOT: linalg.generic
// CHECK: return
func.func @rows(%e: tensor<4x16xf16, #enc>, %x: tensor<16x8xf16>, %bias: tensor<4xf32>, %0: tensor<4x8xf32>) -> tensor<4x8xf16> {
  %p = hinm.matmul ins(%e, %x : tensor<4x16xf16, #enc>, tensor<16x8xf16>) outs(%0 : tensor<4x8xf32>)
      {hinm.layer = "l", row_index = array<i64: 2, 0, 3, 1>} -> tensor<4x8xf32>
  %y = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]}
      ins(%p, %bias : tensor<4x8xf32>, tensor<4xf32>) outs(%0 : tensor<4x8xf32>) {
    ^bb0(%a: f32, %b: f32, %c: f32):
      %s = arith.addf %a, %b : f32
      linalg.yield %s : f32
  } -> tensor<4x8xf32>
  %t = arith.truncf %y : tensor<4x8xf32> to tensor<4x8xf16>
  return %t : tensor<4x8xf16>
}

// A product into f16: the epilogue begins with its rounding.

// CHECK-LABEL: func @half
// CHECK: ^bb0(%[[S:.*]]: f32):
// CHECK-NEXT: %[[H:.*]] = arith.truncf %[[S]] : f32 to f16
// CHECK-NEXT: %[[F:.*]] = arith.extf %[[H]] : f16 to f32
// CHECK-NEXT: hinm.yield %[[F]] : f32
func.func @half(%e: tensor<64x16xf16, #enc>, %x: tensor<16x8xf16>, %0: tensor<64x8xf16>) -> tensor<64x8xf32> {
  %p = hinm.matmul ins(%e, %x : tensor<64x16xf16, #enc>, tensor<16x8xf16>) outs(%0 : tensor<64x8xf16>) -> tensor<64x8xf16>
  %y = arith.extf %p : tensor<64x8xf16> to tensor<64x8xf32>
  return %y : tensor<64x8xf32>
}

// The product is needed elsewhere, too.

// CHECK-LABEL: func @two_users
// CHECK-NOT: apply
// CHECK: linalg.generic
func.func @two_users(%e: tensor<64x16xf16, #enc>, %x: tensor<16x8xf16>, %0: tensor<64x8xf32>) -> (tensor<64x8xf32>, tensor<64x8xf32>) {
  %p = hinm.matmul ins(%e, %x : tensor<64x16xf16, #enc>, tensor<16x8xf16>) outs(%0 : tensor<64x8xf32>) -> tensor<64x8xf32>
  %y = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%p : tensor<64x8xf32>) outs(%0 : tensor<64x8xf32>) {
    ^bb0(%a: f32, %c: f32):
      %s = arith.negf %a : f32
      linalg.yield %s : f32
  } -> tensor<64x8xf32>
  return %p, %y : tensor<64x8xf32>, tensor<64x8xf32>
}

// An operand by token, a turned product, a use of the position.

// CHECK-LABEL: func @read_otherwise
// CHECK-NOT: apply
// CHECK-COUNT-3: linalg.generic
func.func @read_otherwise(%e: tensor<8x16xf16, #enc>, %x: tensor<16x8xf16>, %t: tensor<8xf32>, %0: tensor<8x8xf32>) -> (tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>) {
  %p = hinm.matmul ins(%e, %x : tensor<8x16xf16, #enc>, tensor<16x8xf16>) outs(%0 : tensor<8x8xf32>) -> tensor<8x8xf32>
  %1 = linalg.generic {indexing_maps = [#id, #column, #id], iterator_types = ["parallel", "parallel"]}
      ins(%p, %t : tensor<8x8xf32>, tensor<8xf32>) outs(%0 : tensor<8x8xf32>) {
    ^bb0(%a: f32, %b: f32, %c: f32):
      %s = arith.addf %a, %b : f32
      linalg.yield %s : f32
  } -> tensor<8x8xf32>
  %q = hinm.matmul ins(%e, %x : tensor<8x16xf16, #enc>, tensor<16x8xf16>) outs(%1 : tensor<8x8xf32>) -> tensor<8x8xf32>
  %2 = linalg.generic {indexing_maps = [#turned, #id], iterator_types = ["parallel", "parallel"]}
      ins(%q : tensor<8x8xf32>) outs(%0 : tensor<8x8xf32>) {
    ^bb0(%a: f32, %c: f32):
      %s = arith.negf %a : f32
      linalg.yield %s : f32
  } -> tensor<8x8xf32>
  %r = hinm.matmul ins(%e, %x : tensor<8x16xf16, #enc>, tensor<16x8xf16>) outs(%2 : tensor<8x8xf32>) -> tensor<8x8xf32>
  %3 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%r : tensor<8x8xf32>) outs(%0 : tensor<8x8xf32>) {
    ^bb0(%a: f32, %c: f32):
      %s = arith.addf %a, %c : f32
      linalg.yield %s : f32
  } -> tensor<8x8xf32>
  return %1, %2, %3 : tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>
}

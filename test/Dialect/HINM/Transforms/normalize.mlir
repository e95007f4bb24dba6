// RUN: hinm-opt %s --split-input-file --pass-pipeline='builtin.module(hinm-normalize,canonicalize,cse)' | FileCheck %s

// The example of the pass's description: the batch is the source's, whatever the
// host computed.

// CHECK-LABEL: func @split_heads
// CHECK-SAME: %[[X:.*]]: tensor<?x32x768xf32>
// CHECK: %[[N:.*]] = tensor.dim %[[X]], %c0
// CHECK: tensor.expand_shape %[[X]] {{\[}}[0], [1], [2, 3]] output_shape [%[[N]], 32, 12, 64] : tensor<?x32x768xf32> into tensor<?x32x12x64xf32>
// CHECK-NOT: tensor.reshape
func.func @split_heads(%x: tensor<?x32x768xf32>, %batch: i64) -> tensor<?x32x12x64xf32> {
  %c32 = arith.constant 32 : i64
  %c12 = arith.constant 12 : i64
  %c64 = arith.constant 64 : i64
  %sizes = tensor.from_elements %batch, %c32, %c12, %c64 : tensor<4xi64>
  %y = tensor.reshape %x(%sizes) : (tensor<?x32x768xf32>, tensor<4xi64>) -> tensor<?x32x12x64xf32>
  return %y : tensor<?x32x12x64xf32>
}

// -----

// Joined again, with sizes of 1 in between.

// CHECK-LABEL: func @join_heads
// CHECK: tensor.collapse_shape %{{.*}} {{\[}}[0], [1], [2, 3, 4]] : tensor<?x32x12x1x64xf32> into tensor<?x32x768xf32>
func.func @join_heads(%x: tensor<?x32x12x1x64xf32>, %sizes: i64) -> tensor<?x32x768xf32> {
  %shape = tensor.from_elements %sizes, %sizes, %sizes : tensor<3xi64>
  %y = tensor.reshape %x(%shape) : (tensor<?x32x12x1x64xf32>, tensor<3xi64>) -> tensor<?x32x768xf32>
  return %y : tensor<?x32x768xf32>
}

// -----

// Two dynamic dimensions of one: their sizes are those that are listed.

// CHECK-LABEL: func @two_dynamic
// CHECK-SAME: %{{.*}}: tensor<?x8xf32>, %[[A:.*]]: index, %[[B:.*]]: index
// CHECK: tensor.expand_shape %{{.*}} {{\[}}[0, 1], [2]] output_shape [%[[A]], %[[B]], 8]
func.func @two_dynamic(%x: tensor<?x8xf32>, %a: index, %b: index) -> tensor<?x?x8xf32> {
  %c8 = arith.constant 8 : index
  %shape = tensor.from_elements %a, %b, %c8 : tensor<3xindex>
  %y = tensor.reshape %x(%shape) : (tensor<?x8xf32>, tensor<3xindex>) -> tensor<?x?x8xf32>
  return %y : tensor<?x?x8xf32>
}

// -----

// A scalar has no dimensions to split, and sizes that nobody lists stay.

// CHECK-LABEL: func @left_alone
// CHECK-COUNT-2: tensor.reshape
func.func @left_alone(%s: tensor<f32>, %x: tensor<?xf32>, %sizes: tensor<2xi64>) -> (tensor<1xf32>, tensor<?x?xf32>) {
  %c1 = arith.constant 1 : i64
  %one = tensor.from_elements %c1 : tensor<1xi64>
  %y = tensor.reshape %s(%one) : (tensor<f32>, tensor<1xi64>) -> tensor<1xf32>
  %z = tensor.reshape %x(%sizes) : (tensor<?xf32>, tensor<2xi64>) -> tensor<?x?xf32>
  return %y, %z : tensor<1xf32>, tensor<?x?xf32>
}

// -----

// Sizes that go through i64: n * 12 / 12 is n, (n * 12288) / (n * 32) is 384, and
// no size is negative.

// CHECK-LABEL: func @sizes
// CHECK-DAG: %[[TRUE:.*]] = arith.constant true
// CHECK-DAG: %[[FALSE:.*]] = arith.constant false
// CHECK-DAG: %[[C384:.*]] = arith.constant 384 : i64
// CHECK-DAG: %[[N:.*]] = tensor.dim
// CHECK: return %[[N]], %[[C384]], %[[TRUE]], %[[TRUE]], %[[FALSE]]
func.func @sizes(%x: tensor<?x4xf32>) -> (index, i64, i1, i1, i1) {
  %c0 = arith.constant 0 : index
  %c0_i64 = arith.constant 0 : i64
  %c12 = arith.constant 12 : index
  %c12288 = arith.constant 12288 : i64
  %c32 = arith.constant 32 : i64
  %n = tensor.dim %x, %c0 : tensor<?x4xf32>
  %a = arith.muli %n, %c12 : index
  %b = arith.divsi %a, %c12 : index
  %n64 = arith.index_cast %n : index to i64
  %p = arith.muli %n64, %c12288 : i64
  %q = arith.muli %n64, %c32 : i64
  %r = arith.divsi %p, %q : i64
  %back = arith.index_cast %n64 : i64 to index
  %same = arith.cmpi eq, %back, %b : index
  %valid = arith.cmpi sge, %q, %c0_i64 : i64
  %negative = arith.cmpi slt, %q, %c0_i64 : i64
  return %b, %r, %same, %valid, %negative : index, i64, i1, i1, i1
}

// -----

// An argument may be negative, an i32 may overflow, and 1 may be the size.

// CHECK-LABEL: func @no_sizes
// CHECK-COUNT-3: arith.cmpi
func.func @no_sizes(%x: tensor<?x4xf32>, %i: i64) -> (i1, i1, i1) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c0_i64 = arith.constant 0 : i64
  %c0_i32 = arith.constant 0 : i32
  %n = tensor.dim %x, %c0 : tensor<?x4xf32>
  %narrow = arith.index_cast %n : index to i32
  %a = arith.cmpi sge, %i, %c0_i64 : i64
  %b = arith.cmpi sge, %narrow, %c0_i32 : i32
  %c = arith.cmpi eq, %n, %c1 : index
  return %a, %b, %c : i1, i1, i1
}

// -----

// The place of a maximum that nobody reads is not computed; one that is, is.

#in = affine_map<(d0, d1) -> (d0, d1)>
#out = affine_map<(d0, d1) -> (d0)>

// CHECK-LABEL: func @maximum
// CHECK: %[[M:.*]] = linalg.generic {{.*}} outs(%{{.*}} : tensor<4xf32>)
// CHECK-NOT: arith.cmpf
// CHECK: arith.maximumf
// CHECK-NOT: arith.cmpf
// CHECK: linalg.yield %{{.*}} : f32
// CHECK: return %[[M]]
func.func @maximum(%x: tensor<4x8xf32>, %a: tensor<4xf32>, %b: tensor<4xi64>) -> tensor<4xf32> {
  %0:2 = linalg.generic {indexing_maps = [#in, #out, #out], iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<4x8xf32>) outs(%a, %b : tensor<4xf32>, tensor<4xi64>) {
  ^bb0(%in: f32, %m: f32, %p: i64):
    %i = linalg.index 1 : index
    %place = arith.index_cast %i : index to i64
    %max = arith.maximumf %in, %m : f32
    %above = arith.cmpf ogt, %in, %m : f32
    %q = arith.select %above, %place, %p : i64
    linalg.yield %max, %q : f32, i64
  } -> (tensor<4xf32>, tensor<4xi64>)
  return %0#0 : tensor<4xf32>
}

// CHECK-LABEL: func @place_of_maximum
// CHECK: linalg.generic {{.*}} outs(%{{.*}}, %{{.*}} : tensor<4xf32>, tensor<4xi64>)
func.func @place_of_maximum(%x: tensor<4x8xf32>, %a: tensor<4xf32>, %b: tensor<4xi64>) -> tensor<4xi64> {
  %0:2 = linalg.generic {indexing_maps = [#in, #out, #out], iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<4x8xf32>) outs(%a, %b : tensor<4xf32>, tensor<4xi64>) {
  ^bb0(%in: f32, %m: f32, %p: i64):
    %i = linalg.index 1 : index
    %place = arith.index_cast %i : index to i64
    %max = arith.maximumf %in, %m : f32
    %above = arith.cmpf ogt, %in, %m : f32
    %q = arith.select %above, %place, %p : i64
    linalg.yield %max, %q : f32, i64
  } -> (tensor<4xf32>, tensor<4xi64>)
  return %0#1 : tensor<4xi64>
}

// -----

// A broadcast of a dimension that has the loop's own size reads an operand.

#id = affine_map<(d0, d1) -> (d0, d1)>

// CHECK-LABEL: func @broadcast
// CHECK-SAME: %[[X:.*]]: tensor<?x4xf32>
// CHECK: linalg.generic {{.*}} ins(%[[X]] : tensor<?x4xf32>)
// CHECK-NOT: tensor.extract
func.func @broadcast(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %n = tensor.dim %x, %c0 : tensor<?x4xf32>
  %e = tensor.empty(%n) : tensor<?x4xf32>
  %0 = linalg.generic {indexing_maps = [#id], iterator_types = ["parallel", "parallel"]} outs(%e : tensor<?x4xf32>) {
  ^bb0(%out: f32):
    %i = linalg.index 0 : index
    %j = linalg.index 1 : index
    %isOne = arith.cmpi eq, %n, %c1 : index
    %k = arith.select %isOne, %c0, %i : index
    %v = tensor.extract %x[%k, %j] : tensor<?x4xf32>
    %w = arith.negf %v : f32
    linalg.yield %w : f32
  } -> tensor<?x4xf32>
  return %0 : tensor<?x4xf32>
}

// Another dimension may be broadcast.

// CHECK-LABEL: func @real_broadcast
// CHECK: tensor.extract
func.func @real_broadcast(%x: tensor<?x4xf32>, %n: index) -> tensor<?x4xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %m = tensor.dim %x, %c0 : tensor<?x4xf32>
  %e = tensor.empty(%n) : tensor<?x4xf32>
  %0 = linalg.generic {indexing_maps = [#id], iterator_types = ["parallel", "parallel"]} outs(%e : tensor<?x4xf32>) {
  ^bb0(%out: f32):
    %i = linalg.index 0 : index
    %j = linalg.index 1 : index
    %isOne = arith.cmpi eq, %m, %c1 : index
    %k = arith.select %isOne, %c0, %i : index
    %v = tensor.extract %x[%k, %j] : tensor<?x4xf32>
    linalg.yield %v : f32
  } -> tensor<?x4xf32>
  return %0 : tensor<?x4xf32>
}

// -----

// A token beyond the embedding: the index stays inside, the row is NaN.

#token = affine_map<(d0, d1) -> (d0)>
#entry = affine_map<(d0, d1) -> (d0, d1)>

// CHECK-LABEL: func @embedding
// CHECK: ^bb0(%[[T:.*]]: i64, %{{.*}}: f32):
// CHECK: %[[I:.*]] = arith.index_cast %[[T]]
// CHECK: %[[BELOW:.*]] = arith.cmpi slt, %[[I]], %c50
// CHECK-NOT: cf.assert
// CHECK: %[[LOW:.*]] = arith.minsi %[[I]], %c49
// CHECK: %[[IN:.*]] = arith.maxsi %[[LOW]], %c0
// CHECK: %[[V:.*]] = tensor.extract %{{.*}}[%[[IN]], %{{.*}}]
// CHECK: %[[R:.*]] = arith.select %[[BELOW]], %[[V]], %{{.*}} : f32
// CHECK: linalg.yield %[[R]]
func.func @embedding(%tokens: tensor<5xi64>, %table: tensor<50x8xf32>) -> tensor<5x8xf32> {
  %c50 = arith.constant 50 : index
  %e = tensor.empty() : tensor<5x8xf32>
  %0 = linalg.generic {indexing_maps = [#token, #entry], iterator_types = ["parallel", "parallel"]}
      ins(%tokens : tensor<5xi64>) outs(%e : tensor<5x8xf32>) {
  ^bb0(%in: i64, %out: f32):
    %i = arith.index_cast %in : i64 to index
    %j = linalg.index 1 : index
    %ok = arith.cmpi slt, %i, %c50 : index
    cf.assert %ok, "index must be smaller than dim size"
    %v = tensor.extract %table[%i, %j] : tensor<50x8xf32>
    linalg.yield %v : f32
  } -> tensor<5x8xf32>
  return %0 : tensor<5x8xf32>
}

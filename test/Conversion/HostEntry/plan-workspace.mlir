// RUN: hinm-opt %s --allow-unregistered-dialect --pass-pipeline='builtin.module(hinm-plan-workspace,canonicalize,cse)' | FileCheck %s --check-prefix=STATIC
// RUN: hinm-opt %s --allow-unregistered-dialect --pass-pipeline='builtin.module(hinm-plan-workspace)' | FileCheck %s

// Buffers of 4 x 3 f32 (48 bytes) and 100 f16 (200 bytes) take 256 bytes each, so
// that the second begins at 256 and the workspace has 512 bytes.

// STATIC-LABEL: func.func @main
// STATIC-SAME: %{{.*}}: memref<4xf32>, %[[WORKSPACE:.*]]: memref<?xi8>)
// STATIC-DAG: %[[SECOND:.*]] = arith.constant 256 : index
// STATIC: memref.view %[[WORKSPACE]]{{.*}} to memref<4x3xf32>
// STATIC: memref.view %[[WORKSPACE]][%[[SECOND]]]{{.*}} to memref<100xf16>
// STATIC-LABEL: func.func @main.plan
// STATIC-DAG: %[[BYTES:.*]] = arith.constant 512 : i64
// STATIC: memref.store %[[BYTES]], %{{.*}}[%{{.*}}]
func.func @main(%x: memref<4xf32>) attributes {hinm.entry = @main.plan} {
  %0 = memref.alloc() : memref<4x3xf32>
  %1 = memref.alloc() : memref<100xf16>
  "test.use"(%0, %1) : (memref<4x3xf32>, memref<100xf16>) -> ()
  return
}
func.func @main.plan(%x: memref<4xf32>, %plan: memref<?xi64>) attributes {hinm.plan} {
  return
}

// A dynamic buffer: its size is computed again in the plan, from the input there; an
// assertion that does not hold makes the size -1.

// CHECK-LABEL: func.func @dynamic
// CHECK-SAME: (%[[W:.*]]: memref<8xf32> {hinm.weight = "dynamic.w0"}, %[[X:.*]]: memref<?x4xf32>, %[[WORKSPACE:.*]]: memref<?xi8>)
// CHECK: memref.view %[[WORKSPACE]][%{{.*}}][%{{.*}}] : memref<?xi8> to memref<4x?xf16>
// CHECK-NOT: cf.assert
// CHECK-LABEL: func.func @dynamic.plan
// CHECK-SAME: (%[[X:.*]]: memref<?x4xf32>, %[[PLAN:.*]]: memref<?xi64>)
// CHECK: %[[DIM:.*]] = memref.dim %[[X]], %{{.*}}
// CHECK: affine.apply
// CHECK: %[[BYTES:.*]] = arith.index_cast %{{.*}} : index to i64
// CHECK: %[[NONE:.*]] = arith.constant -1 : i64
// CHECK: %[[CHECKED:.*]] = arith.select %{{.*}}, %[[BYTES]], %[[NONE]]
// CHECK: memref.store %[[CHECKED]], %[[PLAN]]
func.func @dynamic(%w: memref<8xf32> {hinm.weight = "dynamic.w0"}, %x: memref<?x4xf32>) attributes {hinm.entry = @dynamic.plan} {
  %c0 = arith.constant 0 : index
  %n = memref.dim %x, %c0 : memref<?x4xf32>
  %ok = arith.cmpi sgt, %n, %c0 : index
  cf.assert %ok, "no tokens"
  %0 = memref.alloc(%n) : memref<4x?xf16>
  "test.use"(%0) : (memref<4x?xf16>) -> ()
  return
}
func.func @dynamic.plan(%x: memref<?x4xf32>, %plan: memref<?xi64>) attributes {hinm.plan} {
  %c0 = arith.constant 0 : index
  %n = memref.dim %x, %c0 : memref<?x4xf32>
  %ok = arith.cmpi sgt, %n, %c0 : index
  cf.assert %ok, "no tokens"
  return
}

// The size of a view is the one it was made with; a view with two dynamic sizes in
// one dimension is a cast, whose strides follow from the sizes.

// CHECK-LABEL: func.func @views
// CHECK-SAME: %[[X:.*]]: memref<?x8xf32>, %[[B:.*]]: memref<?xf32>, %[[S:.*]]: memref<?xf32>
// CHECK: %[[A:.*]] = memref.dim %[[B]], %c0
// CHECK: %[[C:.*]] = memref.dim %[[S]], %c0
// CHECK-NOT: memref.expand_shape
// CHECK: %[[STRIDE:.*]] = arith.muli %{{.*}}, %[[C]]
// CHECK: memref.reinterpret_cast %{{.*}} to offset: [0], sizes: [%[[A]], %[[C]], 8], strides: [%[[STRIDE]], 8, 1]
// CHECK: memref.view %{{.*}}[%{{.*}}][%[[A]]] : memref<?xi8> to memref<?xf32>
func.func @views(%x: memref<?x8xf32>, %b: memref<?xf32>, %s: memref<?xf32>, %f: index) attributes {hinm.entry = @views.plan} {
  %c0 = arith.constant 0 : index
  %n = memref.dim %b, %c0 : memref<?xf32>
  %m = memref.dim %s, %c0 : memref<?xf32>
  %e = memref.expand_shape %x [[0, 1], [2]] output_shape [%n, %m, 8] : memref<?x8xf32> into memref<?x?x8xf32>
  %d = memref.dim %e, %c0 : memref<?x?x8xf32>
  %a = memref.alloc(%d) : memref<?xf32>
  "test.use"(%a, %e) : (memref<?xf32>, memref<?x?x8xf32>) -> ()
  return
}
func.func @views.plan(%x: memref<?x8xf32>, %b: memref<?xf32>, %s: memref<?xf32>, %f: index, %plan: memref<?xi64>) attributes {hinm.plan} {
  return
}

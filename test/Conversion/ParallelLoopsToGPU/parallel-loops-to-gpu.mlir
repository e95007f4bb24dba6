// RUN: hinm-opt %s --pass-pipeline='builtin.module(hinm-parallel-loops-to-gpu,canonicalize)' | FileCheck %s

// 30 x 50 iterations are 1500 threads: 12 blocks of 128, the last one cut off. The
// column is the remainder by 50, so neighbouring threads access neighbours.

// CHECK-LABEL: func.func @matrix
// CHECK-DAG: %[[TOTAL:.*]] = arith.constant 1500 : index
// CHECK-DAG: %[[BLOCKS:.*]] = arith.constant 12 : index
// CHECK-DAG: %[[THREADS:.*]] = arith.constant 128 : index
// CHECK-DAG: %[[COLUMNS:.*]] = arith.constant 50 : index
// CHECK: gpu.launch blocks(%[[B:.*]], %{{.*}}, %{{.*}}) in (%{{.*}} = %[[BLOCKS]], {{.*}}) threads(%[[T:.*]], %{{.*}}, %{{.*}}) in (%{{.*}} = %[[THREADS]],
// CHECK: %[[FIRST:.*]] = arith.muli %[[B]], %[[THREADS]]
// CHECK: %[[ID:.*]] = arith.addi %[[FIRST]], %[[T]]
// CHECK: %[[IN:.*]] = arith.cmpi ult, %[[ID]], %[[TOTAL]]
// CHECK: scf.if %[[IN]]
// CHECK: %[[J:.*]] = arith.remui %[[ID]], %[[COLUMNS]]
// CHECK: %[[I:.*]] = arith.divui %[[ID]], %[[COLUMNS]]
// CHECK: memref.store %{{.*}}, %{{.*}}[%[[I]], %[[J]]]
// CHECK-NOT: scf.parallel
func.func @matrix(%m: memref<30x50xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c30 = arith.constant 30 : index
  %c50 = arith.constant 50 : index
  %z = arith.constant 0.0 : f32
  scf.parallel (%i, %j) = (%c0, %c0) to (%c30, %c50) step (%c1, %c1) {
    memref.store %z, %m[%i, %j] : memref<30x50xf32>
    scf.reduce
  }
  return
}

// A parallel loop inside runs in order.

// CHECK-LABEL: func.func @nested
// CHECK: gpu.launch
// CHECK: scf.for
// CHECK-NOT: scf.parallel
func.func @nested(%m: memref<30x50xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c30 = arith.constant 30 : index
  %c50 = arith.constant 50 : index
  %z = arith.constant 0.0 : f32
  scf.parallel (%i) = (%c0) to (%c30) step (%c1) {
    scf.parallel (%j) = (%c0) to (%c50) step (%c1) {
      memref.store %z, %m[%i, %j] : memref<30x50xf32>
      scf.reduce
    }
    scf.reduce
  }
  return
}

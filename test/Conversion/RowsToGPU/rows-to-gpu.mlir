// RUN: hinm-opt %s --pass-pipeline='builtin.module(hinm-rows-to-gpu)' | FileCheck %s

#id = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d0)>
#turned = affine_map<(d0, d1) -> (d1, d0)>

// The example of the pass's description: sum and difference are one kernel. A warp
// takes a row, 4 rows a block; 384 elements are 12 a lane. The sum, which the caller
// sees, is stored by one lane and read from a register.

// CHECK-LABEL: func @center
// CHECK-SAME: %[[X:.*]]: memref<130x384xf32>, %[[SUM:.*]]: memref<130xf32>, %[[Y:.*]]: memref<130x384xf32>
// CHECK: gpu.launch
// CHECK: %[[LANE:.*]] = arith.remui %{{.*}}, %c32
// CHECK: %[[ROW:.*]] = arith.addi
// CHECK: %[[INSIDE:.*]] = arith.cmpi ult, %[[ROW]], %{{.*}}
// CHECK: scf.if %[[INSIDE]]
// CHECK: %[[ZERO:.*]] = arith.constant 0.000000e+00 : f32
// CHECK: %[[PART:.*]] = scf.for %[[I:.*]] = %[[LANE]] to %{{.*}} step %{{.*}} iter_args(%[[ACC:.*]] = %{{.*}}) -> (f32)
// CHECK: memref.load %[[X]][%[[ROW]], %[[I]]]
// CHECK-COUNT-5: gpu.shuffle xor
// CHECK-NOT: gpu.shuffle
// CHECK: %[[ALL:.*]] = arith.addf
// CHECK: %[[TOTAL:.*]] = arith.addf %{{.*}}, %[[ALL]]
// CHECK: arith.cmpi eq, %[[LANE]]
// CHECK: memref.store %[[TOTAL]], %[[SUM]][%[[ROW]]]
// CHECK: scf.for %[[J:.*]] = %[[LANE]]
// CHECK-NOT: memref.load %[[SUM]]
// CHECK: %[[D:.*]] = arith.subf %{{.*}}, %[[TOTAL]]
// CHECK: memref.store %[[D]], %[[Y]][%[[ROW]], %[[J]]]
// CHECK-NOT: linalg
func.func @center(%x: memref<130x384xf32>, %sum: memref<130xf32>, %y: memref<130x384xf32>) {
  %zero = arith.constant 0.0 : f32
  linalg.fill ins(%zero : f32) outs(%sum : memref<130xf32>)
  linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
      ins(%x : memref<130x384xf32>) outs(%sum : memref<130xf32>) {
  ^bb0(%in: f32, %acc: f32):
    %s = arith.addf %in, %acc : f32
    linalg.yield %s : f32
  }
  linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %sum : memref<130x384xf32>, memref<130xf32>) outs(%y : memref<130x384xf32>) {
  ^bb0(%in: f32, %s: f32, %out: f32):
    %d = arith.subf %in, %s : f32
    linalg.yield %d : f32
  }
  return
}

// A value of the row that only the kernel reads is never stored; f64 goes through
// the lanes in halves.

// CHECK-LABEL: func @in_registers
// CHECK: gpu.launch
// CHECK-COUNT-10: gpu.shuffle xor %{{.*}} : i32
// CHECK-NOT: memref.store %{{.*}} : memref<8xf64>
// CHECK: memref.store %{{.*}} : memref<8x64xf64>
func.func @in_registers(%x: memref<8x64xf64>, %work: memref<64xi8>, %y: memref<8x64xf64>) {
  %c0 = arith.constant 0 : index
  %low = arith.constant 0xFFF0000000000000 : f64
  %m = memref.view %work[%c0][] : memref<64xi8> to memref<8xf64>
  linalg.fill ins(%low : f64) outs(%m : memref<8xf64>)
  linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
      ins(%x : memref<8x64xf64>) outs(%m : memref<8xf64>) {
  ^bb0(%in: f64, %acc: f64):
    %s = arith.maximumf %in, %acc : f64
    linalg.yield %s : f64
  }
  linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %m : memref<8x64xf64>, memref<8xf64>) outs(%y : memref<8x64xf64>) {
  ^bb0(%in: f64, %s: f64, %out: f64):
    %d = arith.divf %in, %s : f64
    linalg.yield %d : f64
  }
  return
}

// What reads another row's elements is no part of the kernel.

// CHECK-LABEL: func @across_rows
// CHECK: gpu.launch
// CHECK: gpu.terminator
// CHECK: linalg.generic
func.func @across_rows(%x: memref<64x64xf32>, %y: memref<64x64xf32>, %z: memref<64x64xf32>, %sum: memref<64xf32>) {
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : memref<64x64xf32>) outs(%y : memref<64x64xf32>) {
  ^bb0(%in: f32, %out: f32):
    %d = arith.negf %in : f32
    linalg.yield %d : f32
  }
  linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
      ins(%y : memref<64x64xf32>) outs(%sum : memref<64xf32>) {
  ^bb0(%in: f32, %acc: f32):
    %s = arith.addf %in, %acc : f32
    linalg.yield %s : f32
  }
  linalg.generic {indexing_maps = [#turned, #id], iterator_types = ["parallel", "parallel"]}
      ins(%y : memref<64x64xf32>) outs(%z : memref<64x64xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  }
  return
}

// A contraction stays, and so does a reduction that no one op combines.

#a = affine_map<(d0, d1, d2) -> (d0, d2)>
#b = affine_map<(d0, d1, d2) -> (d2, d1)>
#c = affine_map<(d0, d1, d2) -> (d0, d1)>

// CHECK-LABEL: func @left_alone
// CHECK-NOT: gpu.launch
// CHECK-COUNT-2: linalg.generic
func.func @left_alone(%x: memref<8x16xf32>, %w: memref<16x4xf32>, %y: memref<8x4xf32>, %r: memref<8xf32>) {
  linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : memref<8x16xf32>, memref<16x4xf32>) outs(%y : memref<8x4xf32>) {
  ^bb0(%p: f32, %q: f32, %acc: f32):
    %m = arith.mulf %p, %q : f32
    %s = arith.addf %m, %acc : f32
    linalg.yield %s : f32
  }
  linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
      ins(%x : memref<8x16xf32>) outs(%r : memref<8xf32>) {
  ^bb0(%in: f32, %acc: f32):
    %m = arith.mulf %acc, %acc : f32
    %s = arith.addf %m, %in : f32
    linalg.yield %s : f32
  }
  return
}

// Elementwise ops alone have better kernels elsewhere.

// CHECK-LABEL: func @elementwise
// CHECK-NOT: gpu.launch
func.func @elementwise(%x: memref<8x16xf32>, %y: memref<8x16xf32>) {
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : memref<8x16xf32>) outs(%y : memref<8x16xf32>) {
  ^bb0(%in: f32, %out: f32):
    %d = arith.negf %in : f32
    linalg.yield %d : f32
  }
  return
}

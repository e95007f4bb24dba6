// RUN: hinm-opt %s --pass-pipeline='builtin.module(gpu.module(convert-hinm-to-nvgpu),canonicalize,cse)' | FileCheck %s

gpu.module @kernels {
  // A warp of 32 x 8: rows g, g + 8, g + 16 and g + 24, a pair of columns each.
  // The shape divides, so nothing is predicated.
  // CHECK-LABEL: gpu.func @whole
  // CHECK-NOT: scf.if
  // CHECK-COUNT-4: llvm.store %{{.*}}, %{{.*}} {alignment = 8 : i64} : vector<2xf32>, !llvm.ptr<1>
  // CHECK-NOT: llvm.store
  // CHECK: gpu.return
  gpu.func @whole(%y: memref<64x8xf32>, %i: index)
      kernel attributes {known_block_size = array<i32: 32, 1, 1>} {
    %acc = hinm.zero_accumulator : !hinm.accumulator<rows = 32, columns = 8>
    hinm.store_tile %acc to %y[%i, %i] warps [1, 1]
        : !hinm.accumulator<rows = 32, columns = 8>, memref<64x8xf32>
    gpu.return
  }

  // Rows that do not divide are checked once, columns for each part of 8. The
  // bias is loaded once a row, the elementwise operand in pairs as well.
  // CHECK-LABEL: gpu.func @edges
  // CHECK-SAME: %[[Y:[a-z0-9]*]]: memref<50x?xf16>, %[[BIAS:[a-z0-9]*]]: memref<50xf32>, %[[ADD:[a-z0-9]*]]: memref<50x?xf16>
  // CHECK: %[[ROW:.*]] = arith.cmpi ult, %[[PLACE:.*]], %c50
  // CHECK: scf.if %[[ROW]]
  // CHECK: %[[B:.*]] = memref.load %[[BIAS]][%[[PLACE]]]
  // CHECK: %[[COLUMN:.*]] = arith.cmpi ult, %[[C:.*]], %{{.*}}
  // CHECK: scf.if %[[COLUMN]]
  // CHECK: %[[PAIR:.*]] = llvm.load %{{.*}} {alignment = 4 : i64} : !llvm.ptr<1> -> vector<2xf16>
  // CHECK: %[[A:.*]] = llvm.extractelement %[[PAIR]]
  // CHECK: arith.addf %[[B]], %{{.*}} : f32
  // CHECK: arith.addf %{{.*}}, %[[A]] : f16
  // CHECK: llvm.store %{{.*}}, %{{.*}} {alignment = 4 : i64} : vector<2xf16>, !llvm.ptr<1>
  gpu.func @edges(%y: memref<50x?xf16>, %bias: memref<50xf32>,
                  %add: memref<50x?xf16>, %i: index)
      kernel attributes {known_block_size = array<i32: 32, 1, 1>} {
    %acc = hinm.zero_accumulator : !hinm.accumulator<rows = 32, columns = 8>
    hinm.store_tile %acc to %y[%i, %i]
        epilogue(%bias, %add : memref<50xf32>, memref<50x?xf16>) warps [1, 1]
        : !hinm.accumulator<rows = 32, columns = 8>, memref<50x?xf16> apply {
      ^bb0(%sum: f32, %b: f32, %a: f16):
        %0 = arith.addf %sum, %b : f32
        %1 = arith.truncf %0 : f32 to f16
        %2 = arith.addf %1, %a : f16
        hinm.yield %2 : f16
    }
    gpu.return
  }

  // With a row index the row is looked up, for places that hold one, and the
  // operands are read at that row.
  // CHECK-LABEL: gpu.func @rows
  // CHECK-SAME: %[[INDEX:[a-z0-9]*]]: memref<64xi32>, %[[BIAS:[a-z0-9]*]]: memref<50xf32>
  // CHECK: %[[INSIDE:.*]] = arith.cmpi ult, %[[PLACE:.*]], %c50
  // CHECK: scf.if %[[INSIDE]]
  // CHECK: %[[ROW:.*]] = memref.load %[[INDEX]][%[[PLACE]]]
  // CHECK: %[[AT:.*]] = arith.index_castui %[[ROW]]
  // CHECK: memref.load %[[BIAS]][%[[AT]]]
  // CHECK: %[[ROW64:.*]] = arith.index_cast %[[AT]] : index to i64
  // CHECK: arith.muli %[[ROW64]], %c32_i64
  gpu.func @rows(%y: memref<50x8xf32>, %index: memref<64xi32>,
                 %bias: memref<50xf32>, %i: index)
      kernel attributes {known_block_size = array<i32: 32, 1, 1>} {
    %acc = hinm.zero_accumulator : !hinm.accumulator<rows = 32, columns = 8>
    hinm.store_tile %acc to %y[%i, %i] rows(%index : memref<64xi32>)
        epilogue(%bias : memref<50xf32>) warps [1, 1]
        : !hinm.accumulator<rows = 32, columns = 8>, memref<50x8xf32> apply {
      ^bb0(%sum: f32, %b: f32):
        %0 = arith.addf %sum, %b : f32
        hinm.yield %0 : f32
    }
    gpu.return
  }
}

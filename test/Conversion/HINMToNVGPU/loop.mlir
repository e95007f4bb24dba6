// RUN: hinm-opt %s --pass-pipeline='builtin.module(gpu.module(convert-hinm-to-nvgpu))' | FileCheck %s

gpu.module @kernels {
  // The sums that a loop carries become one value for each register of a lane:
  // two fragments of 16 rows, one of 8 columns, four sums each.
  // CHECK-LABEL: gpu.func @loop
  // CHECK: %[[SUMS:.*]]:8 = scf.for {{.*}} iter_args({{.*}}) -> (f32, f32, f32, f32, f32, f32, f32, f32)
  // CHECK-NEXT: scf.yield {{.*}} : f32, f32, f32, f32, f32, f32, f32, f32
  // CHECK: llvm.insertelement %[[SUMS]]#0,
  gpu.func @loop(%n: index, %y: memref<32x8xf32>, %i: index)
      kernel attributes {known_block_size = array<i32: 32, 1, 1>} {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %acc = hinm.zero_accumulator : !hinm.accumulator<rows = 32, columns = 8>
    %sums = scf.for %k = %c0 to %n step %c1 iter_args(%a = %acc)
        -> (!hinm.accumulator<rows = 32, columns = 8>) {
      scf.yield %a : !hinm.accumulator<rows = 32, columns = 8>
    }
    hinm.store_tile %sums to %y[%i, %i] warps [1, 1]
        : !hinm.accumulator<rows = 32, columns = 8>, memref<32x8xf32>
    gpu.return
  }
}

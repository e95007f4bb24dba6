// RUN: hinm-opt %s --pass-pipeline='builtin.module(convert-hinm-to-gpu)' | FileCheck %s

// The first two layers agree in all but their data and their names and share a
// kernel; the third has another epilogue.

// CHECK-COUNT-2: gpu.func @gather_matmul
// CHECK-NOT: gpu.func
// CHECK-LABEL: func @layers
// CHECK: gpu.launch_func @hinm_kernels::@gather_matmul blocks
// CHECK: gpu.launch_func @hinm_kernels::@gather_matmul blocks
// CHECK: gpu.launch_func @hinm_kernels::@gather_matmul_0 blocks
func.func @layers(%w: memref<1x2816xi8>, %x: memref<30x16xf16>,
                  %y: memref<32x16xf32>, %z: memref<32x16xf32>) {
  hinm.gather_matmul weights(%w : memref<1x2816xi8>) ins(%x : memref<30x16xf16>)
      outs(%y : memref<32x16xf32>)
      {encoding = #hinm.encoding<vector = 32, columns = 16, nm = 2:4>, hinm.layer = "main.0",
       stream = #hinm.fragment_stream<lookahead = 1>,
       schedule = #hinm.schedule<tile = [32, 16], warps = [1, 2], stages = 2>}
  hinm.gather_matmul weights(%w : memref<1x2816xi8>) ins(%x : memref<30x16xf16>)
      outs(%z : memref<32x16xf32>)
      {encoding = #hinm.encoding<vector = 32, columns = 16, nm = 2:4>,
       stream = #hinm.fragment_stream<lookahead = 1>,
       schedule = #hinm.schedule<tile = [32, 16], warps = [1, 2], stages = 2>}
  hinm.gather_matmul weights(%w : memref<1x2816xi8>) ins(%x : memref<30x16xf16>)
      outs(%z : memref<32x16xf32>)
      {encoding = #hinm.encoding<vector = 32, columns = 16, nm = 2:4>,
       stream = #hinm.fragment_stream<lookahead = 1>,
       schedule = #hinm.schedule<tile = [32, 16], warps = [1, 2], stages = 2>}
      apply {
    ^bb0(%sum: f32):
      %0 = arith.negf %sum : f32
      hinm.yield %0 : f32
  }
  return
}

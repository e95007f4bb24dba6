// RUN: hinm-opt %s --pass-pipeline='builtin.module(gpu.module(hinm-approximate-math))' | FileCheck %s

// Functions of the device library become arithmetic, in f16 by way of f32; ones
// outside GPU modules stay.

// CHECK-LABEL: gpu.module @kernels
// CHECK-NOT: math.{{tanh|erf|exp}}
// CHECK: math.fma
// CHECK: arith.truncf {{.*}} : f32 to f16
// CHECK: gpu.return
gpu.module @kernels {
  gpu.func @functions(%x: f32, %h: f16, %out: memref<3xf32>, %half: memref<1xf16>) kernel {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    %0 = math.tanh %x : f32
    %1 = math.erf %x : f32
    %2 = math.exp %x : f32
    %3 = math.tanh %h : f16
    memref.store %0, %out[%c0] : memref<3xf32>
    memref.store %1, %out[%c1] : memref<3xf32>
    memref.store %2, %out[%c2] : memref<3xf32>
    memref.store %3, %half[%c0] : memref<1xf16>
    gpu.return
  }
}

// CHECK-LABEL: func.func @host
// CHECK: math.tanh
func.func @host(%x: f32) -> f32 {
  %0 = math.tanh %x : f32
  return %0 : f32
}

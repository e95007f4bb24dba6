// RUN: hinm-opt %s --pass-pipeline='builtin.module(hinm-merge-kernels)' | FileCheck %s

// Two kernels of one name: the second gets another, and its launch follows. The
// third computes what the first does, and is the first.

// CHECK: gpu.module @hinm_kernels
// CHECK-DAG: gpu.func @k(%{{.*}}: memref<8xf32>) kernel
// CHECK-DAG: gpu.func @[[OTHER:k_.*]](%{{.*}}: memref<8xf32>) kernel
// CHECK-NOT: gpu.func
// CHECK-NOT: gpu.module
// CHECK: gpu.launch_func @hinm_kernels::@k blocks {{.*}} args(%[[X:.*]] : memref<8xf32>)
// CHECK: gpu.launch_func @hinm_kernels::@[[OTHER]] blocks
// CHECK: gpu.launch_func @hinm_kernels::@k blocks {{.*}} args(%[[Y:.*]] : memref<8xf32>)
module attributes {gpu.container_module} {
  gpu.module @a {
    gpu.func @k(%x: memref<8xf32>) kernel {
      %i = gpu.thread_id x
      %v = memref.load %x[%i] : memref<8xf32>
      %w = arith.negf %v : f32
      memref.store %w, %x[%i] : memref<8xf32>
      gpu.return
    }
  }
  gpu.module @b {
    gpu.func @k(%x: memref<8xf32>) kernel {
      %i = gpu.thread_id x
      %v = memref.load %x[%i] : memref<8xf32>
      %w = arith.addf %v, %v : f32
      memref.store %w, %x[%i] : memref<8xf32>
      gpu.return
    }
  }
  gpu.module @c {
    gpu.func @l(%x: memref<8xf32>) kernel {
      %i = gpu.thread_id x
      %v = memref.load %x[%i] : memref<8xf32>
      %w = arith.negf %v : f32
      memref.store %w, %x[%i] : memref<8xf32>
      gpu.return
    }
  }
  func.func @main(%x: memref<8xf32>, %y: memref<8xf32>) {
    %c1 = arith.constant 1 : index
    gpu.launch_func @a::@k blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1) args(%x : memref<8xf32>)
    gpu.launch_func @b::@k blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1) args(%x : memref<8xf32>)
    gpu.launch_func @c::@l blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1) args(%y : memref<8xf32>)
    return
  }
}

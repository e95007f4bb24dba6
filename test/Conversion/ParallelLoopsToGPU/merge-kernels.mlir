// RUN: hinm-opt %s --pass-pipeline='builtin.module(hinm-merge-kernels)' | FileCheck %s

// Two kernels of one name: the second gets another, and its launch follows.

// CHECK: gpu.module @hinm_kernels
// CHECK-DAG: gpu.func @k() kernel
// CHECK-DAG: gpu.func @[[OTHER:k_.*]]() kernel
// CHECK-NOT: gpu.module
// CHECK: gpu.launch_func @hinm_kernels::@k blocks
// CHECK: gpu.launch_func @hinm_kernels::@[[OTHER]] blocks
module attributes {gpu.container_module} {
  gpu.module @a {
    gpu.func @k() kernel {
      gpu.return
    }
  }
  gpu.module @b {
    gpu.func @k() kernel {
      gpu.return
    }
  }
  func.func @main() {
    %c1 = arith.constant 1 : index
    gpu.launch_func @a::@k blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1)
    gpu.launch_func @b::@k blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1)
    return
  }
}

// RUN: hinm-opt %s --pass-pipeline='builtin.module(hinm-place-on-device)' | FileCheck %s

module attributes {gpu.container_module} {
  gpu.module @hinm_kernels {
    gpu.func @k(%x: memref<4xf32>) kernel {
      gpu.return
    }
  }
  // Everything follows on the caller's stream, in program order.

  // CHECK-LABEL: func.func @main
  // CHECK-SAME: (%[[STREAM:.*]]: !gpu.async.token, %[[X:.*]]: memref<4xf32>, %[[Y:.*]]: memref<4xf32>) -> !gpu.async.token
  // CHECK: %[[FIRST:.*]] = gpu.launch_func async [%[[STREAM]]] @hinm_kernels::@k
  // CHECK: %[[SECOND:.*]] = gpu.memcpy async [%[[FIRST]]] %[[Y]], %[[X]]
  // CHECK: %[[THIRD:.*]] = gpu.launch_func async [%[[SECOND]]] @hinm_kernels::@k
  // CHECK: return %[[THIRD]] : !gpu.async.token
  func.func @main(%x: memref<4xf32>, %y: memref<4xf32>) attributes {hinm.entry = @main.plan} {
    %c1 = arith.constant 1 : index
    gpu.launch_func @hinm_kernels::@k blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1) args(%x : memref<4xf32>)
    memref.copy %x, %y : memref<4xf32> to memref<4xf32>
    gpu.launch_func @hinm_kernels::@k blocks in (%c1, %c1, %c1) threads in (%c1, %c1, %c1) args(%y : memref<4xf32>)
    return
  }
  // The plan runs on the host and stays as it is.

  // CHECK-LABEL: func.func @main.plan
  // CHECK-SAME: (%{{.*}}: memref<4xf32>, %{{.*}}: memref<4xf32>, %{{.*}}: memref<?xi64>) attributes
  func.func @main.plan(%x: memref<4xf32>, %y: memref<4xf32>, %plan: memref<?xi64>) attributes {hinm.plan} {
    return
  }
}

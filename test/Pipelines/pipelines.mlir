// RUN: hinm-opt %s --pass-pipeline='builtin.module(hinm-encode{vector=32},hinm-to-nvvm)' | FileCheck %s --check-prefix=NVVM
// RUN: hinm-opt %s --pass-pipeline='builtin.module(hinm-encode{vector=32},hinm-to-cpu)' | FileCheck %s --check-prefix=CPU

// NVVM: gpu.module @hinm_kernels
// NVVM: cp.async.shared.global
// NVVM: nvvm.mma.sp.sync
// NVVM-SAME: orderedMetadata
// NVVM: llvm.func @hinm_entry_main(
// NVVM: llvm.func @hinm_plan_main(
// CPU-NOT: gpu.
// CPU: llvm.func @main(
// CPU: llvm.func @hinm_entry_main(
// CPU-NOT: hinm.gather_matmul
func.func @main(%x: tensor<?x4xf32>) -> tensor<?x2xf32> {
  %w = arith.constant dense<[[1.0, 2.0], [8.0, 7.0], [3.0, 4.0], [6.0, 5.0]]> : tensor<4x2xf32>
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %n = tensor.dim %x, %c0 : tensor<?x4xf32>
  %e = tensor.empty(%n) : tensor<?x2xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<?x2xf32>) -> tensor<?x2xf32>
  %y = linalg.matmul ins(%x, %w : tensor<?x4xf32>, tensor<4x2xf32>) outs(%f : tensor<?x2xf32>) -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}

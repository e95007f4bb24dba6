// RUN: hinm-opt %s --split-input-file --pass-pipeline='builtin.module(hinm-make-entry)' | FileCheck %s

// The result's one dynamic size is that of the input; entry 0 of the plan is left
// for the workspace.

// CHECK-LABEL: func.func @main
// CHECK-SAME: (%[[X:.*]]: tensor<?x4xf32> {bufferization.writable = false}, %[[OUT:.*]]: memref<?x4xf32> {hinm.output})
// CHECK-SAME: hinm.entry = @main.plan
// CHECK-SAME: llvm.emit_c_interface
// CHECK: %[[Y:.*]] = linalg.
// CHECK: bufferization.materialize_in_destination %[[Y]] in restrict writable %[[OUT]]
// CHECK: return{{$}}
// CHECK-LABEL: func.func @main.plan
// CHECK-SAME: (%[[X:.*]]: tensor<?x4xf32>, %[[PLAN:.*]]: memref<?xi64>)
// CHECK-SAME: hinm.plan
// CHECK-NOT: linalg
// CHECK-DAG: %[[ONE:.*]] = arith.constant 1 : index
// CHECK-DAG: %[[SIZE:.*]] = tensor.dim %[[X]]
// CHECK: %[[NUMBER:.*]] = arith.index_cast %[[SIZE]] : index to i64
// CHECK: memref.store %[[NUMBER]], %[[PLAN]][%[[ONE]]]
func.func @main(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %y = linalg.exp ins(%x : tensor<?x4xf32>) outs(%x : tensor<?x4xf32>) -> tensor<?x4xf32>
  return %y : tensor<?x4xf32>
}

// -----

// A static result needs no entry of the plan; private functions are no entries.

// CHECK-LABEL: func.func private @helper
// CHECK-SAME: -> tensor<4xf32>
func.func private @helper(%x: tensor<4xf32>) -> tensor<4xf32> {
  return %x : tensor<4xf32>
}
// CHECK-LABEL: func.func @fixed.plan
// CHECK-NOT: memref.store
func.func @fixed(%x: tensor<4xf32>) -> tensor<4xf32> {
  return %x : tensor<4xf32>
}

// RUN: hinm-opt %s --pass-pipeline='builtin.module(hinm-wrap-entries)' | FileCheck %s

llvm.func @_mlir_ciface_main(%a: !llvm.ptr {hinm.weight = "main.w0"}, %b: !llvm.ptr {hinm.output}) {
  llvm.return
}
llvm.func @_mlir_ciface_main.plan(%a: !llvm.ptr) {
  llvm.return
}
llvm.func @other(%a: i32) {
  llvm.return
}

// LLVM is told nothing of the arguments' roles.
// CHECK-LABEL: llvm.func @_mlir_ciface_main(
// CHECK-NOT: hinm.

// args[i] points to the argument.
// CHECK-LABEL: llvm.func @hinm_entry_main(
// CHECK-SAME: %[[ARGS:.*]]: !llvm.ptr)
// CHECK: %[[SLOT0:.*]] = llvm.getelementptr %[[ARGS]][0]
// CHECK: %[[PLACE0:.*]] = llvm.load %[[SLOT0]]
// CHECK: %[[A:.*]] = llvm.load %[[PLACE0]]
// CHECK: %[[SLOT1:.*]] = llvm.getelementptr %[[ARGS]][1]
// CHECK: %[[PLACE1:.*]] = llvm.load %[[SLOT1]]
// CHECK: %[[B:.*]] = llvm.load %[[PLACE1]]
// CHECK: llvm.call @_mlir_ciface_main(%[[A]], %[[B]])
// CHECK-LABEL: llvm.func @hinm_plan_main(
// CHECK: llvm.call @_mlir_ciface_main.plan(
// CHECK-NOT: llvm.func @hinm_entry_other

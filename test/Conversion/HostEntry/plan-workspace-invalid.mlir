// RUN: hinm-opt %s --split-input-file --verify-diagnostics --allow-unregistered-dialect --pass-pipeline='builtin.module(hinm-plan-workspace)'

// expected-error @below {{its plan '@gone' is missing}}
func.func @main(%x: memref<4xf32>) attributes {hinm.entry = @gone} {
  return
}

// -----

func.func @main(%x: memref<?xf32>) attributes {hinm.entry = @main.plan} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %n = memref.dim %x, %c0 : memref<?xf32>
  scf.for %i = %c0 to %n step %c1 {
    // expected-error @below {{a buffer is allocated inside 'scf.for', expected at the function's top level}}
    %0 = memref.alloc() : memref<4xf32>
    "test.use"(%0) : (memref<4xf32>) -> ()
  }
  return
}
func.func @main.plan(%x: memref<?xf32>, %plan: memref<?xi64>) attributes {hinm.plan} {
  return
}

// -----

func.func @main(%x: memref<1xindex>) attributes {hinm.entry = @main.plan} {
  %c0 = arith.constant 0 : index
  // expected-error @below {{a buffer's size depends on more than the sizes of the inputs}}
  %n = memref.load %x[%c0] : memref<1xindex>
  %0 = memref.alloc(%n) : memref<?xf32>
  "test.use"(%0) : (memref<?xf32>) -> ()
  return
}
func.func @main.plan(%x: memref<1xindex>, %plan: memref<?xi64>) attributes {hinm.plan} {
  return
}

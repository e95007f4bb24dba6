// RUN: hinm-opt %s --split-input-file --verify-diagnostics --pass-pipeline='builtin.module(hinm-place-on-device)'

func.func @main(%x: memref<4xf32>, %y: memref<f32>) attributes {hinm.entry = @main.plan} {
  %c0 = arith.constant 0 : index
  // expected-error @below {{'memref.load' would access device memory from the host}}
  %v = memref.load %x[%c0] : memref<4xf32>
  memref.store %v, %y[] : memref<f32>
  return
}

// -----

func.func @main(%x: memref<4xf32>, %y: memref<4xf32>) attributes {hinm.entry = @main.plan} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  // expected-error @below {{'scf.for' cannot go to the device: control flow around kernels is not supported}}
  scf.for %i = %c0 to %c4 step %c1 {
    memref.copy %x, %y : memref<4xf32> to memref<4xf32>
  }
  return
}

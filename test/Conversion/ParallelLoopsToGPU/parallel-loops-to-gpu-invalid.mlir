// RUN: hinm-opt %s --verify-diagnostics --pass-pipeline='builtin.module(hinm-parallel-loops-to-gpu)'
// RUN: not hinm-opt %s --pass-pipeline='builtin.module(hinm-parallel-loops-to-gpu{threads=100})' 2>&1 | FileCheck %s

// CHECK: error: option 'threads' is 100, expected a multiple of 32 from 32 to 1024
func.func @reduces(%m: memref<4xf32>) -> f32 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %z = arith.constant 0.0 : f32
  // expected-error @below {{a parallel loop that reduces cannot become a kernel of independent threads}}
  %s = scf.parallel (%i) = (%c0) to (%c4) step (%c1) init (%z) -> f32 {
    %v = memref.load %m[%i] : memref<4xf32>
    scf.reduce(%v : f32) {
    ^bb0(%a: f32, %b: f32):
      %r = arith.addf %a, %b : f32
      scf.reduce.return %r : f32
    }
  }
  return %s : f32
}

// Functions of math in f32 through libdevice.
// REQUIRES: ptxas
// RUN: %python %S/Inputs/with_toolkit.py mlir-opt %s --gpu-lower-to-nvvm-pipeline='cubin-chip=sm_80 cubin-features=+ptx85 cubin-format=isa' \
// RUN:   | env HINM_DEVICE=emulator mlir-runner -e main --entry-point-result=void \
// RUN:       --shared-libs=%llvm_lib/libmlir_runner_utils.so,%llvm_lib/libmlir_c_runner_utils.so,%hinm_lib/libhinm_runtime.so \
// RUN:   | FileCheck %s
// UNSUPPORTED: sanitizer

// exp, tanh, log, erf, sin, x^x, 1 / sqrt and floor of 0.5, 1, 1.5 and 2. Numbers that
// are not exact are cut after five digits, as libdevice promises some units in the
// last place.
// CHECK: ( 1.6487{{[0-9]*}}, 0.46211{{[0-9]*}}, -0.69314{{[0-9]*}}, 0.520{{(4999|5)[0-9]*}}, 0.47942{{[0-9]*}}, 0.70710{{[0-9]*}}, 1.4142{{[0-9]*}}, 0 )
// CHECK-NEXT: ( 2.7182{{[0-9]*}}, 0.76159{{[0-9]*}}, 0, 0.84270{{[0-9]*}}, 0.84147{{[0-9]*}}, 1, 1, 1 )
// CHECK-NEXT: ( 4.4816{{[0-9]*}}, 0.90514{{[0-9]*}}, 0.40546{{[0-9]*}}, 0.96610{{[0-9]*}}, 0.99749{{[0-9]*}}, 1.8371{{[0-9]*}}, 0.81649{{[0-9]*}}, 1 )
// CHECK-NEXT: ( 7.3890{{[0-9]*}}, 0.96402{{[0-9]*}}, 0.69314{{[0-9]*}}, 0.99532{{[0-9]*}}, 0.90929{{[0-9]*}}, {{4|4.00000[0-9]*|3.9999[0-9]*}}, 0.70710{{[0-9]*}}, 2 )
func.func @main() {
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %h = memref.alloc() : memref<4x8xf32>
  %t0 = gpu.wait async
  %d, %t1 = gpu.alloc async [%t0] () : memref<4x8xf32>
  %t2 = gpu.launch async [%t1] blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
                               threads(%tx, %ty, %tz) in (%sx = %c4, %sy = %c1, %sz = %c1) {
    %half = arith.constant 0.5 : f32
    %x0 = arith.index_cast %tx : index to i32
    %x1 = arith.sitofp %x0 : i32 to f32
    %x2 = arith.mulf %x1, %half : f32
    %x = arith.addf %x2, %half : f32
    %a = math.exp %x : f32
    %b = math.tanh %x : f32
    %c = math.log %x : f32
    %d1 = math.erf %x : f32
    %e = math.sin %x : f32
    %f = math.powf %x, %x : f32
    %g = math.rsqrt %x : f32
    %k = math.floor %x : f32
    %v = vector.from_elements %a, %b, %c, %d1, %e, %f, %g, %k : vector<8xf32>
    %c0 = arith.constant 0 : index
    vector.store %v, %d[%tx, %c0] : memref<4x8xf32>, vector<8xf32>
    gpu.terminator
  }
  %t3 = gpu.memcpy async [%t2] %h, %d : memref<4x8xf32>, memref<4x8xf32>
  gpu.wait [%t3]
  %c0 = arith.constant 0 : index
  scf.for %i = %c0 to %c4 step %c1 {
    %v = vector.load %h[%i, %c0] : memref<4x8xf32>, vector<8xf32>
    vector.print %v : vector<8xf32>
  }
  return
}

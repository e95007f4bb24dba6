// Two streams with dependencies in both directions, copies between buffers, and
// fills of 16 and 32 bits on them. Each fork and join makes an event.
// RUN: mlir-opt %s --gpu-lower-to-nvvm-pipeline='cubin-chip=sm_80 cubin-features=+ptx85 cubin-format=isa' \
// RUN:   | env HINM_DEVICE=emulator mlir-runner -e main --entry-point-result=void \
// RUN:       --shared-libs=%llvm_lib/libmlir_runner_utils.so,%llvm_lib/libmlir_c_runner_utils.so,%hinm_lib/libhinm_runtime.so \
// RUN:   | FileCheck %s
// UNSUPPORTED: sanitizer

// a = 1 everywhere, b = 2i; c = a + b = 2i + 1, d = a * b = 2i on two streams;
// e = c * d = 4i^2 + 2i; f = copy of e, of which [8, 16) is filled with 7.
// Elements 7, 8, 15, 16 and 63; then the sum, 345408 without the fill, less 4584
// of [8, 16), plus 8 * 7; then the sum of 64 halves of 1.5.
// CHECK: ( 210, 7, 7, 1056, 16002 )
// CHECK-NEXT: 340880
// CHECK-NEXT: 96
func.func @main() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c32 = arith.constant 32 : index
  %c64 = arith.constant 64 : index
  %one = arith.constant 1.0 : f32
  %seven = arith.constant 7.0 : f32
  %half = arith.constant 1.5 : f16
  %h = memref.alloc() : memref<64xf32>
  %r = memref.alloc() : memref<64xf32>
  %r16 = memref.alloc() : memref<64xf16>
  scf.for %i = %c0 to %c64 step %c1 {
    %x = arith.index_cast %i : index to i32
    %f = arith.sitofp %x : i32 to f32
    %f2 = arith.addf %f, %f : f32
    memref.store %f2, %h[%i] : memref<64xf32>
  }
  %s0 = gpu.wait async
  %a, %s1 = gpu.alloc async [%s0] () : memref<64xf32>
  %s2 = gpu.memset async [%s1] %a, %one : memref<64xf32>, f32
  %u0 = gpu.wait async
  %raw, %u1 = gpu.alloc async [%u0] () : memref<256xi8>
  %b = memref.view %raw[%c0][] : memref<256xi8> to memref<64xf32>
  %u2 = gpu.memcpy async [%u1] %b, %h : memref<64xf32>, memref<64xf32>
  // Join, then fork: both go on from what both did.
  %j0 = gpu.wait async [%s2, %u2]
  %c, %j1 = gpu.alloc async [%j0] () : memref<64xf32>
  %d, %j2 = gpu.alloc async [%j1] () : memref<64xf32>
  %p0 = gpu.wait async [%j2, %s2]
  %q0 = gpu.wait async [%j2, %u2]
  %p1 = gpu.launch async [%p0] blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
                               threads(%tx, %ty, %tz) in (%sx = %c64, %sy = %c1, %sz = %c1) {
    %x = memref.load %a[%tx] : memref<64xf32>
    %y = memref.load %b[%tx] : memref<64xf32>
    %z = arith.addf %x, %y : f32
    memref.store %z, %c[%tx] : memref<64xf32>
    gpu.terminator
  }
  %q1 = gpu.launch async [%q0] blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
                               threads(%tx, %ty, %tz) in (%sx = %c64, %sy = %c1, %sz = %c1) {
    %x = memref.load %a[%tx] : memref<64xf32>
    %y = memref.load %b[%tx] : memref<64xf32>
    %z = arith.mulf %x, %y : f32
    memref.store %z, %d[%tx] : memref<64xf32>
    gpu.terminator
  }
  %k0 = gpu.wait async [%p1, %q1]
  // a and b were read by both; they now become e and f.
  %k1 = gpu.launch async [%k0] blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
                               threads(%tx, %ty, %tz) in (%sx = %c64, %sy = %c1, %sz = %c1) {
    %x = memref.load %c[%tx] : memref<64xf32>
    %y = memref.load %d[%tx] : memref<64xf32>
    %z = arith.mulf %x, %y : f32
    memref.store %z, %a[%tx] : memref<64xf32>
    gpu.terminator
  }
  %k2 = gpu.memcpy async [%k1] %b, %a : memref<64xf32>, memref<64xf32>
  // Device memory at an offset.
  %part = memref.view %raw[%c32][] : memref<256xi8> to memref<8xf32>
  %k3 = gpu.memset async [%k2] %part, %seven : memref<8xf32>, f32
  %g, %k4 = gpu.alloc async [%k3] () : memref<64xf16>
  %k5 = gpu.memset async [%k4] %g, %half : memref<64xf16>, f16
  %k6 = gpu.memcpy async [%k5] %r, %b : memref<64xf32>, memref<64xf32>
  %k7 = gpu.memcpy async [%k6] %r16, %g : memref<64xf16>, memref<64xf16>
  %e0 = gpu.dealloc async [%k7] %a : memref<64xf32>
  %e1 = gpu.dealloc async [%e0] %raw : memref<256xi8>
  %e2 = gpu.dealloc async [%e1] %c : memref<64xf32>
  %e3 = gpu.dealloc async [%e2] %d : memref<64xf32>
  %e4 = gpu.dealloc async [%e3] %g : memref<64xf16>
  gpu.wait [%e4]
  %at = arith.constant dense<[7, 8, 15, 16, 63]> : vector<5xindex>
  %all = arith.constant dense<true> : vector<5xi1>
  %no = arith.constant dense<0.0> : vector<5xf32>
  %picked = vector.gather %r[%c0] [%at], %all, %no
      : memref<64xf32>, vector<5xindex>, vector<5xi1>, vector<5xf32> into vector<5xf32>
  vector.print %picked : vector<5xf32>
  %zero = arith.constant 0.0 : f32
  %sums:2 = scf.for %i = %c0 to %c64 step %c1 iter_args(%x = %zero, %y = %zero) -> (f32, f32) {
    %v = memref.load %r[%i] : memref<64xf32>
    %w16 = memref.load %r16[%i] : memref<64xf16>
    %w = arith.extf %w16 : f16 to f32
    %xv = arith.addf %x, %v : f32
    %yw = arith.addf %y, %w : f32
    scf.yield %xv, %yw : f32, f32
  }
  vector.print %sums#0 : f32
  vector.print %sums#1 : f32
  return
}

// gpu.shuffle in its four modes, and the width of its segments.
// RUN: mlir-opt %s --gpu-lower-to-nvvm-pipeline='cubin-chip=sm_80 cubin-features=+ptx85 cubin-format=isa' \
// RUN:   | env HINM_DEVICE=emulator mlir-runner -e main --entry-point-result=void \
// RUN:       --shared-libs=%llvm_lib/libmlir_runner_utils.so,%llvm_lib/libmlir_c_runner_utils.so,%hinm_lib/libhinm_runtime.so \
// RUN:   | FileCheck %s
// UNSUPPORTED: sanitizer

// Row by row: the source lane, or -1 where the shuffle is not valid. Upstream
// makes of a width a mask of the first lanes: others must not take part.
// xor 5:
// CHECK: 5 4 7 6 1 0 3 2 13 12 15 14 9 8 11 10 21 20 23 22 17 16 19 18 29 28 31 30 25 24 27 26
// up 3:
// CHECK: -1 -1 -1 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28
// down 4 in the first 8 lanes:
// CHECK: 4 5 6 7 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1
// idx (7 * lane) mod 16 in the first 16 lanes:
// CHECK: 0 7 14 5 12 3 10 1 8 15 6 13 4 11 2 9 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1
// words of 64 bits, xor 16:
// CHECK: 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15
func.func @main() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c3 = arith.constant 3 : index
  %c4 = arith.constant 4 : index
  %c5 = arith.constant 5 : index
  %c32 = arith.constant 32 : index
  %h = memref.alloc() : memref<5x32xf32>
  %t0 = gpu.wait async
  %d, %t1 = gpu.alloc async [%t0] () : memref<5x32xf32>
  %t2 = gpu.launch async [%t1] blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
                               threads(%tx, %ty, %tz) in (%sx = %c32, %sy = %c1, %sz = %c1) {
    %none = arith.constant -1.0 : f32
    %i3 = arith.constant 3 : i32
    %i4 = arith.constant 4 : i32
    %i5 = arith.constant 5 : i32
    %i7 = arith.constant 7 : i32
    %i8 = arith.constant 8 : i32
    %i15 = arith.constant 15 : i32
    %i16 = arith.constant 16 : i32
    %i32 = arith.constant 32 : i32
    %lane = arith.index_cast %tx : index to i32
    %v = arith.sitofp %lane : i32 to f32
    %a, %pa = gpu.shuffle xor %v, %i5, %i32 : f32
    %b, %pb = gpu.shuffle up %v, %i3, %i32 : f32
    %in8 = arith.cmpi ult, %lane, %i8 : i32
    %rc = scf.if %in8 -> f32 {
      %c, %pc = gpu.shuffle down %v, %i4, %i8 : f32
      %s = arith.select %pc, %c, %none : f32
      scf.yield %s : f32
    } else {
      scf.yield %none : f32
    }
    %in16 = arith.cmpi ult, %lane, %i16 : i32
    %re = scf.if %in16 -> f32 {
      %l7 = arith.muli %lane, %i7 : i32
      %from = arith.andi %l7, %i15 : i32
      %e, %pe = gpu.shuffle idx %v, %from, %i16 : f32
      %s = arith.select %pe, %e, %none : f32
      scf.yield %s : f32
    } else {
      scf.yield %none : f32
    }
    %wide = arith.extsi %lane : i32 to i64
    %big = arith.constant 21474836480 : i64
    %w0 = arith.muli %wide, %big : i64
    %w = arith.addi %w0, %wide : i64
    %g, %pg = gpu.shuffle xor %w, %i16, %i32 : i64
    // Both halves must come from the same lane.
    %high = arith.divui %g, %big : i64
    %low = arith.remui %g, %big : i64
    %same = arith.cmpi eq, %high, %low : i64
    %gf = arith.sitofp %high : i64 to f32
    %ra = arith.select %pa, %a, %none : f32
    %rb = arith.select %pb, %b, %none : f32
    %rg = arith.select %same, %gf, %none : f32
    memref.store %ra, %d[%c0, %tx] : memref<5x32xf32>
    memref.store %rb, %d[%c1, %tx] : memref<5x32xf32>
    memref.store %rc, %d[%c2, %tx] : memref<5x32xf32>
    memref.store %re, %d[%c3, %tx] : memref<5x32xf32>
    memref.store %rg, %d[%c4, %tx] : memref<5x32xf32>
    gpu.terminator
  }
  %t3 = gpu.memcpy async [%t2] %h, %d : memref<5x32xf32>, memref<5x32xf32>
  %t4 = gpu.dealloc async [%t3] %d : memref<5x32xf32>
  gpu.wait [%t4]
  scf.for %r = %c0 to %c5 step %c1 {
    scf.for %l = %c0 to %c32 step %c1 {
      %x = memref.load %h[%r, %l] : memref<5x32xf32>
      %xi = arith.fptosi %x : f32 to i32
      vector.print %xi : i32 punctuation <no_punctuation>
      vector.print str " "
    }
    vector.print punctuation <newline>
  }
  return
}

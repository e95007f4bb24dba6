// Reductions over a block, of every size: full warps, a part of a warp, one
// thread, and more warps than one. Host loops compute what is expected.
// RUN: mlir-opt %s --gpu-lower-to-nvvm-pipeline='cubin-chip=sm_80 cubin-features=+ptx85 cubin-format=isa' \
// RUN:   | env HINM_DEVICE=emulator mlir-runner -e main --entry-point-result=void \
// RUN:       --shared-libs=%llvm_lib/libmlir_runner_utils.so,%llvm_lib/libmlir_c_runner_utils.so,%hinm_lib/libhinm_runtime.so \
// RUN:   | FileCheck %s
// UNSUPPORTED: sanitizer

// Each line is "size", then how many of the 6 results differ.
// CHECK: 1 : 0
// CHECK-NEXT: 7 : 0
// CHECK-NEXT: 32 : 0
// CHECK-NEXT: 33 : 0
// CHECK-NEXT: 100 : 0
// CHECK-NEXT: 256 : 0
// CHECK-NEXT: 1000 : 0
// CHECK-NEXT: 1024 : 0
// CHECK-NOT: {{.}}
memref.global "private" constant @sizes : memref<8xindex> =
    dense<[1, 7, 32, 33, 100, 256, 1000, 1024]>

// Values of both signs, with repetitions.
func.func @value(%i: index) -> i32 {
  %c37 = arith.constant 37 : i32
  %c61 = arith.constant 61 : i32
  %c30 = arith.constant 30 : i32
  %x = arith.index_cast %i : index to i32
  %a = arith.muli %x, %c37 : i32
  %b = arith.remsi %a, %c61 : i32
  %v = arith.subi %b, %c30 : i32
  return %v : i32
}

func.func @main() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %sizes = memref.get_global @sizes : memref<8xindex>
  scf.for %k = %c0 to %c8 step %c1 {
    %n = memref.load %sizes[%k] : memref<8xindex>
    func.call @one(%n) : (index) -> ()
  }
  return
}

func.func @one(%n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c3 = arith.constant 3 : index
  %c4 = arith.constant 4 : index
  %c5 = arith.constant 5 : index
  %c6 = arith.constant 6 : index
  %zero = arith.constant 0 : i32
  %low = arith.constant -1000 : i32
  %high = arith.constant 1000 : i32
  %in = memref.alloc(%n) : memref<?xi32>
  %want:5 = scf.for %i = %c0 to %n step %c1
      iter_args(%s = %zero, %mx = %low, %mn = %high, %xo = %zero, %sq = %zero) -> (i32, i32, i32, i32, i32) {
    %v = func.call @value(%i) : (index) -> i32
    memref.store %v, %in[%i] : memref<?xi32>
    %s1 = arith.addi %s, %v : i32
    %mx1 = arith.maxsi %mx, %v : i32
    %mn1 = arith.minsi %mn, %v : i32
    %xo1 = arith.xori %xo, %v : i32
    %v2 = arith.muli %v, %v : i32
    %sq1 = arith.addi %sq, %v2 : i32
    scf.yield %s1, %mx1, %mn1, %xo1, %sq1 : i32, i32, i32, i32, i32
  }
  %out = memref.alloc() : memref<6xi32>
  %t0 = gpu.wait async
  %din, %t1 = gpu.alloc async [%t0] (%n) : memref<?xi32>
  %dout, %t2 = gpu.alloc async [%t1] () : memref<6xi32>
  %t3 = gpu.memcpy async [%t2] %din, %in : memref<?xi32>, memref<?xi32>
  %t4 = gpu.launch async [%t3] blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%sx = %n, %sy = %c1, %sz = %c1) {
    %v = memref.load %din[%tx] : memref<?xi32>
    %f = arith.sitofp %v : i32 to f32
    %r0 = gpu.all_reduce add %v uniform {} : (i32) -> i32
    %r1 = gpu.all_reduce maxsi %v uniform {} : (i32) -> i32
    %r2f = gpu.all_reduce minimumf %f uniform {} : (f32) -> f32
    %r2 = arith.fptosi %r2f : f32 to i32
    %r3 = gpu.all_reduce xor %v uniform {} : (i32) -> i32
    // Sums of these squares are exact in single precision.
    %f2 = arith.mulf %f, %f : f32
    %r4f = gpu.all_reduce add %f2 uniform {} : (f32) -> f32
    %r4 = arith.fptosi %r4f : f32 to i32
    %r5 = gpu.all_reduce %v uniform {
    ^bb(%a: i32, %b: i32):
      %c = arith.addi %a, %b : i32
      gpu.yield %c : i32
    } : (i32) -> i32
    // Every thread has the result; the last one writes.
    %last = arith.subi %n, %c1 : index
    %mine = arith.cmpi eq, %tx, %last : index
    scf.if %mine {
      memref.store %r0, %dout[%c0] : memref<6xi32>
      memref.store %r1, %dout[%c1] : memref<6xi32>
      memref.store %r2, %dout[%c2] : memref<6xi32>
      memref.store %r3, %dout[%c3] : memref<6xi32>
      memref.store %r4, %dout[%c4] : memref<6xi32>
      memref.store %r5, %dout[%c5] : memref<6xi32>
    }
    gpu.terminator
  }
  %t5 = gpu.memcpy async [%t4] %out, %dout : memref<6xi32>, memref<6xi32>
  %t6 = gpu.dealloc async [%t5] %din : memref<?xi32>
  %t7 = gpu.dealloc async [%t6] %dout : memref<6xi32>
  gpu.wait [%t7]
  %expected = memref.alloc() : memref<6xi32>
  memref.store %want#0, %expected[%c0] : memref<6xi32>
  memref.store %want#1, %expected[%c1] : memref<6xi32>
  memref.store %want#2, %expected[%c2] : memref<6xi32>
  memref.store %want#3, %expected[%c3] : memref<6xi32>
  memref.store %want#4, %expected[%c4] : memref<6xi32>
  memref.store %want#0, %expected[%c5] : memref<6xi32>
  %wrong = scf.for %i = %c0 to %c6 step %c1 iter_args(%w = %c0) -> (index) {
    %a = memref.load %out[%i] : memref<6xi32>
    %b = memref.load %expected[%i] : memref<6xi32>
    %differ = arith.cmpi ne, %a, %b : i32
    %d = arith.index_castui %differ : i1 to index
    %w1 = arith.addi %w, %d : index
    scf.yield %w1 : index
  }
  vector.print %n : index punctuation <no_punctuation>
  vector.print str " : "
  vector.print %wrong : index
  return
}

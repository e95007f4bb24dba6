// Scalars of every kind in kernels on a 3-D grid: f16, bf16 and f64 arithmetic,
// 64-bit indices, loops of varying length, atomics, and many launches in a loop.
// RUN: mlir-opt %s --gpu-lower-to-nvvm-pipeline='cubin-chip=sm_80 cubin-features=+ptx85 cubin-format=isa' \
// RUN:   | env HINM_DEVICE=emulator mlir-runner -e main --entry-point-result=void \
// RUN:       --shared-libs=%llvm_lib/libmlir_runner_utils.so,%llvm_lib/libmlir_c_runner_utils.so,%hinm_lib/libhinm_runtime.so \
// RUN:   | FileCheck %s
// UNSUPPORTED: sanitizer

// Grid 2x3x2 of blocks 4x2x3: 288 threads, each adds once per launch; 50 launches.
// CHECK: 14400
// By atomics: the sum of the linear numbers of threads (288 * 287 / 2), the largest
// of them, and 288 additions of 0.5.
// CHECK-NEXT: 41328
// CHECK-NEXT: 287
// CHECK-NEXT: 144
// Steps of Collatz from 1, 27 and 97, counted by scf.while in 64 bits.
// CHECK-NEXT: ( 0, 111, 118 )
// f16: 2048 + 1 rounds to even 2048, 2048 + 3 to 2052; bf16: 256 + 1 is 256, 256 + 3
// is 260; f64: 1/3 times 3 is 1. An index of more than 32 bits: 3^30.
// CHECK-NEXT: ( 2048, 2052, 256, 260, 1 )
// CHECK-NEXT: 205891132094649
func.func @main() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c3 = arith.constant 3 : index
  %c4 = arith.constant 4 : index
  %c30 = arith.constant 30 : index
  %c50 = arith.constant 50 : index
  %zero = arith.constant 0 : i32
  %zf = arith.constant 0.0 : f32
  %t0 = gpu.wait async
  %n, %t1 = gpu.alloc async [%t0] () : memref<3xi32>
  %f, %t2 = gpu.alloc async [%t1] () : memref<f32>
  %t3 = gpu.memset async [%t2] %n, %zero : memref<3xi32>, i32
  %t4 = gpu.memset async [%t3] %f, %zf : memref<f32>, f32
  gpu.wait [%t4]
  scf.for %l = %c0 to %c50 step %c1 {
    gpu.launch blocks(%bx, %by, %bz) in (%gx = %c2, %gy = %c3, %gz = %c2)
               threads(%tx, %ty, %tz) in (%sx = %c4, %sy = %c2, %sz = %c3) {
      %one = arith.constant 1 : i32
      %a = memref.atomic_rmw addi %one, %n[%c0] : (i32, memref<3xi32>) -> i32
      gpu.terminator
    }
  }
  %h = memref.alloc() : memref<3xi32>
  %t5 = gpu.wait async
  %t6 = gpu.memcpy async [%t5] %h, %n : memref<3xi32>, memref<3xi32>
  %t7 = gpu.memset async [%t6] %n, %zero : memref<3xi32>, i32
  %t8 = gpu.launch async [%t7] blocks(%bx, %by, %bz) in (%gx = %c2, %gy = %c3, %gz = %c2)
                               threads(%tx, %ty, %tz) in (%sx = %c4, %sy = %c2, %sz = %c3) {
    %c24 = arith.constant 24 : index
    %half = arith.constant 0.5 : f32
    // ((bz * 3 + by) * 2 + bx) * 24 + (tz * 2 + ty) * 4 + tx
    %b0 = arith.muli %bz, %gy : index
    %b1 = arith.addi %b0, %by : index
    %b2 = arith.muli %b1, %gx : index
    %b3 = arith.addi %b2, %bx : index
    %i0 = arith.muli %tz, %sy : index
    %i1 = arith.addi %i0, %ty : index
    %i2 = arith.muli %i1, %sx : index
    %i3 = arith.addi %i2, %tx : index
    %k0 = arith.muli %b3, %c24 : index
    %k1 = arith.addi %k0, %i3 : index
    %k = arith.index_cast %k1 : index to i32
    %a = memref.atomic_rmw addi %k, %n[%c0] : (i32, memref<3xi32>) -> i32
    %b = memref.atomic_rmw maxs %k, %n[%c1] : (i32, memref<3xi32>) -> i32
    %c = memref.atomic_rmw addf %half, %f[] : (f32, memref<f32>) -> f32
    gpu.terminator
  }
  %hf = memref.alloc() : memref<f32>
  %h2 = memref.alloc() : memref<3xi32>
  %t9 = gpu.memcpy async [%t8] %h2, %n : memref<3xi32>, memref<3xi32>
  %t10 = gpu.memcpy async [%t9] %hf, %f : memref<f32>, memref<f32>
  %start = memref.alloc() : memref<3xi64>
  %i1 = arith.constant 1 : i64
  %i27 = arith.constant 27 : i64
  %i97 = arith.constant 97 : i64
  memref.store %i1, %start[%c0] : memref<3xi64>
  memref.store %i27, %start[%c1] : memref<3xi64>
  memref.store %i97, %start[%c2] : memref<3xi64>
  %s, %t11 = gpu.alloc async [%t10] () : memref<3xi64>
  %t12 = gpu.memcpy async [%t11] %s, %start : memref<3xi64>, memref<3xi64>
  %t13 = gpu.launch async [%t12] blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
                                 threads(%tx, %ty, %tz) in (%sx = %c3, %sy = %c1, %sz = %c1) {
    %z = arith.constant 0 : i64
    %one = arith.constant 1 : i64
    %two = arith.constant 2 : i64
    %three = arith.constant 3 : i64
    %x = memref.load %s[%tx] : memref<3xi64>
    %r:2 = scf.while (%v = %x, %steps = %z) : (i64, i64) -> (i64, i64) {
      %go = arith.cmpi ne, %v, %one : i64
      scf.condition(%go) %v, %steps : i64, i64
    } do {
    ^bb0(%v: i64, %steps: i64):
      %bit = arith.remui %v, %two : i64
      %odd = arith.cmpi eq, %bit, %one : i64
      %next = scf.if %odd -> i64 {
        %m = arith.muli %v, %three : i64
        %p = arith.addi %m, %one : i64
        scf.yield %p : i64
      } else {
        %q = arith.divui %v, %two : i64
        scf.yield %q : i64
      }
      %more = arith.addi %steps, %one : i64
      scf.yield %next, %more : i64, i64
    }
    memref.store %r#1, %s[%tx] : memref<3xi64>
    gpu.terminator
  }
  %t14 = gpu.memcpy async [%t13] %start, %s : memref<3xi64>, memref<3xi64>
  // Operands come from the host, so that nothing is folded.
  %in = memref.alloc() : memref<4xf64>
  %f2048 = arith.constant 2048.0 : f64
  %f256 = arith.constant 256.0 : f64
  %f3 = arith.constant 3.0 : f64
  %f1 = arith.constant 1.0 : f64
  memref.store %f2048, %in[%c0] : memref<4xf64>
  memref.store %f256, %in[%c1] : memref<4xf64>
  memref.store %f3, %in[%c2] : memref<4xf64>
  memref.store %f1, %in[%c3] : memref<4xf64>
  %d, %t15 = gpu.alloc async [%t14] () : memref<4xf64>
  %o, %t16 = gpu.alloc async [%t15] () : memref<5xf64>
  %p, %t17 = gpu.alloc async [%t16] () : memref<1xindex>
  %t18 = gpu.memcpy async [%t17] %d, %in : memref<4xf64>, memref<4xf64>
  %t19 = gpu.launch async [%t18] blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
                                 threads(%tx, %ty, %tz) in (%sx = %c1, %sy = %c1, %sz = %c1) {
    %a = memref.load %d[%c0] : memref<4xf64>
    %b = memref.load %d[%c1] : memref<4xf64>
    %three = memref.load %d[%c2] : memref<4xf64>
    %one = memref.load %d[%c3] : memref<4xf64>
    %ah = arith.truncf %a : f64 to f16
    %h1 = arith.truncf %one : f64 to f16
    %h3 = arith.truncf %three : f64 to f16
    %r0 = arith.addf %ah, %h1 : f16
    %r1 = arith.addf %ah, %h3 : f16
    %bb = arith.truncf %b : f64 to bf16
    %b1 = arith.truncf %one : f64 to bf16
    %b3 = arith.truncf %three : f64 to bf16
    %r2 = arith.addf %bb, %b1 : bf16
    %r3 = arith.addf %bb, %b3 : bf16
    %third = arith.divf %one, %three : f64
    %r4 = arith.mulf %third, %three : f64
    %w0 = arith.extf %r0 : f16 to f64
    %w1 = arith.extf %r1 : f16 to f64
    %w2 = arith.extf %r2 : bf16 to f64
    %w3 = arith.extf %r3 : bf16 to f64
    memref.store %w0, %o[%c0] : memref<5xf64>
    memref.store %w1, %o[%c1] : memref<5xf64>
    memref.store %w2, %o[%c2] : memref<5xf64>
    memref.store %w3, %o[%c3] : memref<5xf64>
    memref.store %r4, %o[%c4] : memref<5xf64>
    %power = scf.for %i = %c0 to %c30 step %c1 iter_args(%x = %c1) -> (index) {
      %y = arith.muli %x, %c3 : index
      scf.yield %y : index
    }
    memref.store %power, %p[%c0] : memref<1xindex>
    gpu.terminator
  }
  %ho = memref.alloc() : memref<5xf64>
  %hp = memref.alloc() : memref<1xindex>
  %t20 = gpu.memcpy async [%t19] %ho, %o : memref<5xf64>, memref<5xf64>
  %t21 = gpu.memcpy async [%t20] %hp, %p : memref<1xindex>, memref<1xindex>
  gpu.wait [%t21]
  %p0 = memref.load %h[%c0] : memref<3xi32>
  %p1 = memref.load %h2[%c0] : memref<3xi32>
  %p2 = memref.load %h2[%c1] : memref<3xi32>
  %p3 = memref.load %hf[] : memref<f32>
  %p4 = vector.load %start[%c0] : memref<3xi64>, vector<3xi64>
  %p5 = vector.load %ho[%c0] : memref<5xf64>, vector<5xf64>
  %p6 = memref.load %hp[%c0] : memref<1xindex>
  vector.print %p0 : i32
  vector.print %p1 : i32
  vector.print %p2 : i32
  vector.print %p3 : f32
  vector.print %p4 : vector<3xi64>
  vector.print %p5 : vector<5xf64>
  vector.print %p6 : index
  return
}

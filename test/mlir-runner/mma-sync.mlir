// nvgpu: cp.async by groups into shared memory, ldmatrix, and mma.sync in f16 with
// f32 sums and in tf32. Numbers are small integers, so that every sum is exact.
// RUN: mlir-opt %s --gpu-lower-to-nvvm-pipeline='cubin-chip=sm_80 cubin-features=+ptx85 cubin-format=isa' \
// RUN:   | env HINM_DEVICE=emulator mlir-runner -e main --entry-point-result=void \
// RUN:       --shared-libs=%llvm_lib/libmlir_runner_utils.so,%llvm_lib/libmlir_c_runner_utils.so,%hinm_lib/libhinm_runtime.so \
// RUN:   | FileCheck %s
// UNSUPPORTED: sanitizer

// How many of 128 elements differ from host loops, for f16 and for tf32.
// CHECK: 0
// CHECK-NEXT: 0
#sh = #gpu.address_space<workgroup>
module attributes {gpu.container_module} {
  gpu.module @kernels {
    // D = A B, 16x8x32 in two steps. Rows of A have 40 elements in shared memory.
    gpu.func @half(%a: memref<16x32xf16>, %b: memref<32x8xf16>, %d: memref<16x8xf32>) kernel {
      %c0 = arith.constant 0 : index
      %c1 = arith.constant 1 : index
      %c2 = arith.constant 2 : index
      %c4 = arith.constant 4 : index
      %c8 = arith.constant 8 : index
      %c16 = arith.constant 16 : index
      %atB = arith.constant 1280 : index
      %zero = arith.constant dense<0.0> : vector<2x2xf32>
      %raw = gpu.dynamic_shared_memory : memref<?xi8, #sh>
      %sa = memref.view %raw[%c0][] : memref<?xi8, #sh> to memref<16x40xf16, #sh>
      %sb = memref.view %raw[%atB][] : memref<?xi8, #sh> to memref<32x8xf16, #sh>
      %t = gpu.thread_id x
      // 16 bytes a copy: A has 4 a row, thread t copies row t / 4 and t / 4 + 8.
      %r = arith.divui %t, %c4 : index
      %r8 = arith.addi %r, %c8 : index
      %q = arith.remui %t, %c4 : index
      %c = arith.muli %q, %c8 : index
      %x0 = nvgpu.device_async_copy %a[%r, %c], %sa[%r, %c], 8 {bypassL1} : memref<16x32xf16> to memref<16x40xf16, #sh>
      %x1 = nvgpu.device_async_copy %a[%r8, %c], %sa[%r8, %c], 8 : memref<16x32xf16> to memref<16x40xf16, #sh>
      %g0 = nvgpu.device_async_create_group %x0, %x1
      %y0 = nvgpu.device_async_copy %b[%t, %c0], %sb[%t, %c0], 8 {bypassL1} : memref<32x8xf16> to memref<32x8xf16, #sh>
      %g1 = nvgpu.device_async_create_group %y0
      nvgpu.device_async_wait %g0 {numGroups = 1 : i32}
      gpu.barrier
      // ldmatrix: lane l gives row l mod 16, columns from 8 (l / 16) on.
      %lr = arith.remui %t, %c16 : index
      %lq = arith.divui %t, %c16 : index
      %lc = arith.muli %lq, %c8 : index
      %lc16 = arith.addi %lc, %c16 : index
      %a0 = nvgpu.ldmatrix %sa[%lr, %lc] {numTiles = 4 : i32, transpose = false} : memref<16x40xf16, #sh> -> vector<4x2xf16>
      %a1 = nvgpu.ldmatrix %sa[%lr, %lc16] {numTiles = 4 : i32, transpose = false} : memref<16x40xf16, #sh> -> vector<4x2xf16>
      nvgpu.device_async_wait %g1 {numGroups = 0 : i32}
      gpu.barrier
      %lr16 = arith.addi %lr, %c16 : index
      %b0 = nvgpu.ldmatrix %sb[%lr, %c0] {numTiles = 2 : i32, transpose = true} : memref<32x8xf16, #sh> -> vector<2x2xf16>
      %b1 = nvgpu.ldmatrix %sb[%lr16, %c0] {numTiles = 2 : i32, transpose = true} : memref<32x8xf16, #sh> -> vector<2x2xf16>
      %d0 = nvgpu.mma.sync (%a0, %b0, %zero) {mmaShape = [16, 8, 16]} : (vector<4x2xf16>, vector<2x2xf16>, vector<2x2xf32>) -> vector<2x2xf32>
      %d1 = nvgpu.mma.sync (%a1, %b1, %d0) {mmaShape = [16, 8, 16]} : (vector<4x2xf16>, vector<2x2xf16>, vector<2x2xf32>) -> vector<2x2xf32>
      // Lane l holds D[l / 4][2 (l mod 4)], the next column, and 8 rows below.
      %j = arith.muli %q, %c2 : index
      %lo = vector.extract %d1[0] : vector<2xf32> from vector<2x2xf32>
      %hi = vector.extract %d1[1] : vector<2xf32> from vector<2x2xf32>
      vector.store %lo, %d[%r, %j] : memref<16x8xf32>, vector<2xf32>
      vector.store %hi, %d[%r8, %j] : memref<16x8xf32>, vector<2xf32>
      gpu.return
    }
    // The first 8 of k in tf32, from registers: A[g][k], A[g + 8][k], then k + 4.
    gpu.func @tf32(%a: memref<16x32xf16>, %b: memref<32x8xf16>, %d: memref<16x8xf32>) kernel {
      %c2 = arith.constant 2 : index
      %c4 = arith.constant 4 : index
      %c8 = arith.constant 8 : index
      %zero = arith.constant dense<0.0> : vector<2x2xf32>
      %t = gpu.thread_id x
      %g = arith.divui %t, %c4 : index
      %g8 = arith.addi %g, %c8 : index
      %k = arith.remui %t, %c4 : index
      %k4 = arith.addi %k, %c4 : index
      %h0 = memref.load %a[%g, %k] : memref<16x32xf16>
      %h1 = memref.load %a[%g8, %k] : memref<16x32xf16>
      %h2 = memref.load %a[%g, %k4] : memref<16x32xf16>
      %h3 = memref.load %a[%g8, %k4] : memref<16x32xf16>
      %va16 = vector.from_elements %h0, %h1, %h2, %h3 : vector<4x1xf16>
      %va = arith.extf %va16 : vector<4x1xf16> to vector<4x1xf32>
      %w0 = memref.load %b[%k, %g] : memref<32x8xf16>
      %w1 = memref.load %b[%k4, %g] : memref<32x8xf16>
      %vb16 = vector.from_elements %w0, %w1 : vector<2x1xf16>
      %vb = arith.extf %vb16 : vector<2x1xf16> to vector<2x1xf32>
      %d1 = nvgpu.mma.sync (%va, %vb, %zero) {mmaShape = [16, 8, 8], tf32Enabled} : (vector<4x1xf32>, vector<2x1xf32>, vector<2x2xf32>) -> vector<2x2xf32>
      %j = arith.muli %k, %c2 : index
      %lo = vector.extract %d1[0] : vector<2xf32> from vector<2x2xf32>
      %hi = vector.extract %d1[1] : vector<2xf32> from vector<2x2xf32>
      vector.store %lo, %d[%g, %j] : memref<16x8xf32>, vector<2xf32>
      vector.store %hi, %d[%g8, %j] : memref<16x8xf32>, vector<2xf32>
      gpu.return
    }
  }
  // ((5 i + 3 j + s) mod 9) - 4
  func.func @number(%i: index, %j: index, %s: index) -> i32 {
    %c3 = arith.constant 3 : index
    %c5 = arith.constant 5 : index
    %c9 = arith.constant 9 : index
    %four = arith.constant 4 : i32
    %a = arith.muli %i, %c5 : index
    %b = arith.muli %j, %c3 : index
    %c = arith.addi %a, %b : index
    %d = arith.addi %c, %s : index
    %e = arith.remui %d, %c9 : index
    %f = arith.index_cast %e : index to i32
    %g = arith.subi %f, %four : i32
    return %g : i32
  }
  // Prints how many elements differ from sums of `depth` products.
  func.func @compare(%device: memref<16x8xf32>, %depth: index) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    %c8 = arith.constant 8 : index
    %c16 = arith.constant 16 : index
    %zero = arith.constant 0 : i32
    %out = memref.alloc() : memref<16x8xf32>
    %t = gpu.wait async
    %t1 = gpu.memcpy async [%t] %out, %device : memref<16x8xf32>, memref<16x8xf32>
    gpu.wait [%t1]
    %n = scf.for %i = %c0 to %c16 step %c1 iter_args(%w = %zero) -> (i32) {
      %r = scf.for %j = %c0 to %c8 step %c1 iter_args(%w1 = %w) -> (i32) {
        %e = scf.for %k = %c0 to %depth step %c1 iter_args(%x = %zero) -> (i32) {
          %a = func.call @number(%i, %k, %c1) : (index, index, index) -> i32
          %b = func.call @number(%k, %j, %c2) : (index, index, index) -> i32
          %p = arith.muli %a, %b : i32
          %y = arith.addi %x, %p : i32
          scf.yield %y : i32
        }
        %g = memref.load %out[%i, %j] : memref<16x8xf32>
        %gi = arith.fptosi %g : f32 to i32
        %ne = arith.cmpi ne, %gi, %e : i32
        %one = arith.extui %ne : i1 to i32
        %w2 = arith.addi %w1, %one : i32
        scf.yield %w2 : i32
      }
      scf.yield %r : i32
    }
    vector.print %n : i32
    return
  }
  func.func @main() {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    %c8 = arith.constant 8 : index
    %c16 = arith.constant 16 : index
    %c32 = arith.constant 32 : index
    %bytes = arith.constant 1792 : i32
    %ha = memref.alloc() : memref<16x32xf16>
    %hb = memref.alloc() : memref<32x8xf16>
    scf.for %k = %c0 to %c32 step %c1 {
      scf.for %j = %c0 to %c16 step %c1 {
        %v = func.call @number(%j, %k, %c1) : (index, index, index) -> i32
        %f = arith.sitofp %v : i32 to f16
        memref.store %f, %ha[%j, %k] : memref<16x32xf16>
      }
      scf.for %j = %c0 to %c8 step %c1 {
        %v = func.call @number(%k, %j, %c2) : (index, index, index) -> i32
        %f = arith.sitofp %v : i32 to f16
        memref.store %f, %hb[%k, %j] : memref<32x8xf16>
      }
    }
    %t0 = gpu.wait async
    %a, %t1 = gpu.alloc async [%t0] () : memref<16x32xf16>
    %b, %t2 = gpu.alloc async [%t1] () : memref<32x8xf16>
    %d, %t3 = gpu.alloc async [%t2] () : memref<16x8xf32>
    %e, %t4 = gpu.alloc async [%t3] () : memref<16x8xf32>
    %t5 = gpu.memcpy async [%t4] %a, %ha : memref<16x32xf16>, memref<16x32xf16>
    %t6 = gpu.memcpy async [%t5] %b, %hb : memref<32x8xf16>, memref<32x8xf16>
    %t7 = gpu.launch_func async [%t6] @kernels::@half blocks in (%c1, %c1, %c1) threads in (%c32, %c1, %c1)
        dynamic_shared_memory_size %bytes
        args(%a : memref<16x32xf16>, %b : memref<32x8xf16>, %d : memref<16x8xf32>)
    %t8 = gpu.launch_func async [%t7] @kernels::@tf32 blocks in (%c1, %c1, %c1) threads in (%c32, %c1, %c1)
        args(%a : memref<16x32xf16>, %b : memref<32x8xf16>, %e : memref<16x8xf32>)
    gpu.wait [%t8]
    call @compare(%d, %c32) : (memref<16x8xf32>, index) -> ()
    call @compare(%e, %c8) : (memref<16x8xf32>, index) -> ()
    return
  }
}

// gpu.subgroup_mma: 32x32x32 by 16x16x16 pieces, f16 with sums in f32 and in f16,
// rows and columns read transposed, element by element work on fragments.
// RUN: mlir-opt %s --convert-scf-to-cf --gpu-lower-to-nvvm-pipeline='cubin-chip=sm_80 cubin-features=+ptx85 cubin-format=isa' \
// RUN:   | env HINM_DEVICE=emulator mlir-runner -e main --entry-point-result=void \
// RUN:       --shared-libs=%llvm_lib/libmlir_runner_utils.so,%llvm_lib/libmlir_c_runner_utils.so,%hinm_lib/libhinm_runtime.so \
// RUN:   | FileCheck %s
// UNSUPPORTED: sanitizer

// How many of 1024 elements differ from host loops: f32 sums of 2 A B^T + C,
// then f16 sums of A B. All numbers are small integers, so that sums are exact.
// CHECK: 0
// CHECK-NEXT: 0
// ((5 i + 3 j + s) mod 7) - 3
func.func @number(%i: index, %j: index, %s: index) -> i32 {
  %c3 = arith.constant 3 : index
  %c5 = arith.constant 5 : index
  %c7 = arith.constant 7 : index
  %three = arith.constant 3 : i32
  %a = arith.muli %i, %c5 : index
  %b = arith.muli %j, %c3 : index
  %c = arith.addi %a, %b : index
  %d = arith.addi %c, %s : index
  %e = arith.remui %d, %c7 : index
  %f = arith.index_cast %e : index to i32
  %g = arith.subi %f, %three : i32
  return %g : i32
}
func.func @fill(%m: memref<32x32xf16>, %s: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c32 = arith.constant 32 : index
  scf.for %i = %c0 to %c32 step %c1 {
    scf.for %j = %c0 to %c32 step %c1 {
      %v = func.call @number(%i, %j, %s) : (index, index, index) -> i32
      %f = arith.sitofp %v : i32 to f16
      memref.store %f, %m[%i, %j] : memref<32x32xf16>
    }
  }
  return
}
func.func @main() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c3 = arith.constant 3 : index
  %c16 = arith.constant 16 : index
  %c32 = arith.constant 32 : index
  %ha = memref.alloc() : memref<32x32xf16>
  %hb = memref.alloc() : memref<32x32xf16>
  %hc = memref.alloc() : memref<32x32xf32>
  %hd = memref.alloc() : memref<32x32xf16>
  call @fill(%ha, %c1) : (memref<32x32xf16>, index) -> ()
  call @fill(%hb, %c2) : (memref<32x32xf16>, index) -> ()
  scf.for %i = %c0 to %c32 step %c1 {
    scf.for %j = %c0 to %c32 step %c1 {
      %v = func.call @number(%i, %j, %c3) : (index, index, index) -> i32
      %f = arith.sitofp %v : i32 to f32
      memref.store %f, %hc[%i, %j] : memref<32x32xf32>
    }
  }
  %t0 = gpu.wait async
  %a, %t1 = gpu.alloc async [%t0] () : memref<32x32xf16>
  %b, %t2 = gpu.alloc async [%t1] () : memref<32x32xf16>
  %c, %t3 = gpu.alloc async [%t2] () : memref<32x32xf32>
  %d, %t4 = gpu.alloc async [%t3] () : memref<32x32xf16>
  %t5 = gpu.memcpy async [%t4] %a, %ha : memref<32x32xf16>, memref<32x32xf16>
  %t6 = gpu.memcpy async [%t5] %b, %hb : memref<32x32xf16>, memref<32x32xf16>
  %t7 = gpu.memcpy async [%t6] %c, %hc : memref<32x32xf32>, memref<32x32xf32>
  // One warp for each piece of 16 rows and 16 columns.
  %t8 = gpu.launch async [%t7] blocks(%bx, %by, %bz) in (%gx = %c2, %gy = %c2, %gz = %c1)
                               threads(%tx, %ty, %tz) in (%sx = %c32, %sy = %c1, %sz = %c1) {
    %row = arith.muli %by, %c16 : index
    %col = arith.muli %bx, %c16 : index
    %two = arith.constant 2.0 : f32
    %zero = arith.constant 0.0 : f16
    %init = gpu.subgroup_mma_load_matrix %c[%row, %col] {leadDimension = 32 : index} : memref<32x32xf32> -> !gpu.mma_matrix<16x16xf32, "COp">
    %z32 = arith.constant 0.0 : f32
    %none = gpu.subgroup_mma_constant_matrix %z32 : !gpu.mma_matrix<16x16xf32, "COp">
    %none16 = gpu.subgroup_mma_constant_matrix %zero : !gpu.mma_matrix<16x16xf16, "COp">
    %sums:2 = scf.for %k = %c0 to %c32 step %c16 iter_args(%s = %none, %h = %none16)
        -> (!gpu.mma_matrix<16x16xf32, "COp">, !gpu.mma_matrix<16x16xf16, "COp">) {
      %fa = gpu.subgroup_mma_load_matrix %a[%row, %k] {leadDimension = 32 : index} : memref<32x32xf16> -> !gpu.mma_matrix<16x16xf16, "AOp">
      %fb = gpu.subgroup_mma_load_matrix %b[%k, %col] {leadDimension = 32 : index} : memref<32x32xf16> -> !gpu.mma_matrix<16x16xf16, "BOp">
      %ft = gpu.subgroup_mma_load_matrix %b[%col, %k] {leadDimension = 32 : index, transpose} : memref<32x32xf16> -> !gpu.mma_matrix<16x16xf16, "BOp">
      %s1 = gpu.subgroup_mma_compute %fa, %ft, %s {b_transpose} : !gpu.mma_matrix<16x16xf16, "AOp">, !gpu.mma_matrix<16x16xf16, "BOp"> -> !gpu.mma_matrix<16x16xf32, "COp">
      %h1 = gpu.subgroup_mma_compute %fa, %fb, %h : !gpu.mma_matrix<16x16xf16, "AOp">, !gpu.mma_matrix<16x16xf16, "BOp"> -> !gpu.mma_matrix<16x16xf16, "COp">
      scf.yield %s1, %h1 : !gpu.mma_matrix<16x16xf32, "COp">, !gpu.mma_matrix<16x16xf16, "COp">
    }
    %twos = gpu.subgroup_mma_constant_matrix %two : !gpu.mma_matrix<16x16xf32, "COp">
    %twice = gpu.subgroup_mma_elementwise mulf %sums#0, %twos : (!gpu.mma_matrix<16x16xf32, "COp">, !gpu.mma_matrix<16x16xf32, "COp">) -> !gpu.mma_matrix<16x16xf32, "COp">
    %all = gpu.subgroup_mma_elementwise addf %twice, %init : (!gpu.mma_matrix<16x16xf32, "COp">, !gpu.mma_matrix<16x16xf32, "COp">) -> !gpu.mma_matrix<16x16xf32, "COp">
    gpu.subgroup_mma_store_matrix %all, %c[%row, %col] {leadDimension = 32 : index} : !gpu.mma_matrix<16x16xf32, "COp">, memref<32x32xf32>
    gpu.subgroup_mma_store_matrix %sums#1, %d[%col, %row] {leadDimension = 32 : index, transpose} : !gpu.mma_matrix<16x16xf16, "COp">, memref<32x32xf16>
    gpu.terminator
  }
  %rc = memref.alloc() : memref<32x32xf32>
  %t9 = gpu.memcpy async [%t8] %rc, %c : memref<32x32xf32>, memref<32x32xf32>
  %t10 = gpu.memcpy async [%t9] %hd, %d : memref<32x32xf16>, memref<32x32xf16>
  gpu.wait [%t10]
  %i0 = arith.constant 0 : i32
  %i2 = arith.constant 2 : i32
  %wrong1 = memref.alloca() : memref<i32>
  %wrong2 = memref.alloca() : memref<i32>
  memref.store %i0, %wrong1[] : memref<i32>
  memref.store %i0, %wrong2[] : memref<i32>
  scf.for %i = %c0 to %c32 step %c1 {
    scf.for %j = %c0 to %c32 step %c1 {
      %e:2 = scf.for %k = %c0 to %c32 step %c1 iter_args(%x = %i0, %y = %i0) -> (i32, i32) {
        %va = func.call @number(%i, %k, %c1) : (index, index, index) -> i32
        %vt = func.call @number(%j, %k, %c2) : (index, index, index) -> i32
        %vb = func.call @number(%k, %j, %c2) : (index, index, index) -> i32
        %p = arith.muli %va, %vt : i32
        %q = arith.muli %va, %vb : i32
        %x1 = arith.addi %x, %p : i32
        %y1 = arith.addi %y, %q : i32
        scf.yield %x1, %y1 : i32, i32
      }
      %vc = func.call @number(%i, %j, %c3) : (index, index, index) -> i32
      %e2 = arith.muli %e#0, %i2 : i32
      %e3 = arith.addi %e2, %vc : i32
      %g = memref.load %rc[%i, %j] : memref<32x32xf32>
      %gi = arith.fptosi %g : f32 to i32
      // d was stored transposed.
      %u = memref.load %hd[%j, %i] : memref<32x32xf16>
      %ui = arith.fptosi %u : f16 to i32
      %n1 = arith.cmpi ne, %gi, %e3 : i32
      %n2 = arith.cmpi ne, %ui, %e#1 : i32
      %x1 = arith.extui %n1 : i1 to i32
      %x2 = arith.extui %n2 : i1 to i32
      %w1 = memref.load %wrong1[] : memref<i32>
      %w2 = memref.load %wrong2[] : memref<i32>
      %v1 = arith.addi %w1, %x1 : i32
      %v2 = arith.addi %w2, %x2 : i32
      memref.store %v1, %wrong1[] : memref<i32>
      memref.store %v2, %wrong2[] : memref<i32>
    }
  }
  %w1 = memref.load %wrong1[] : memref<i32>
  %w2 = memref.load %wrong2[] : memref<i32>
  vector.print %w1 : i32
  vector.print %w2 : i32
  return
}

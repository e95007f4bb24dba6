// nvvm.wgmma for sm_90a with descriptors computed by arithmetic: m64n8k16 in f16 with
// f32 sums, both operands in shared memory without swizzle, written by stores.
// RUN: mlir-opt %s --gpu-lower-to-nvvm-pipeline='cubin-chip=sm_90a cubin-features=+ptx85 cubin-format=isa' \
// RUN:   | env HINM_DEVICE=emulator mlir-runner -e main --entry-point-result=void \
// RUN:       --shared-libs=%llvm_lib/libmlir_runner_utils.so,%llvm_lib/libmlir_c_runner_utils.so,%hinm_lib/libhinm_runtime.so \
// RUN:   | FileCheck %s
// UNSUPPORTED: sanitizer

// How many of 512 elements differ from host loops; all sums are exact.
// CHECK: 0
#sh = #gpu.address_space<workgroup>
!acc = !llvm.struct<(f32, f32, f32, f32)>
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
func.func @main() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c8 = arith.constant 8 : index
  %c16 = arith.constant 16 : index
  %c64 = arith.constant 64 : index
  %c128 = arith.constant 128 : index
  %c1024 = arith.constant 1024 : index
  %bytes = arith.constant 2304 : i32
  %ha = memref.alloc() : memref<64x16xf16>
  %hb = memref.alloc() : memref<8x16xf16>
  %hd = memref.alloc() : memref<64x8xf32>
  scf.for %k = %c0 to %c16 step %c1 {
    scf.for %i = %c0 to %c64 step %c1 {
      %v = func.call @number(%i, %k, %c1) : (index, index, index) -> i32
      %f = arith.sitofp %v : i32 to f16
      memref.store %f, %ha[%i, %k] : memref<64x16xf16>
    }
    scf.for %j = %c0 to %c8 step %c1 {
      %v = func.call @number(%k, %j, %c2) : (index, index, index) -> i32
      %f = arith.sitofp %v : i32 to f16
      memref.store %f, %hb[%j, %k] : memref<8x16xf16>
    }
  }
  %t0 = gpu.wait async
  %a, %t1 = gpu.alloc async [%t0] () : memref<64x16xf16>
  %b, %t2 = gpu.alloc async [%t1] () : memref<8x16xf16>
  %d, %t3 = gpu.alloc async [%t2] () : memref<64x8xf32>
  %t4 = gpu.memcpy async [%t3] %a, %ha : memref<64x16xf16>, memref<64x16xf16>
  %t5 = gpu.memcpy async [%t4] %b, %hb : memref<8x16xf16>, memref<8x16xf16>
  %t6 = gpu.launch async [%t5] blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
                               threads(%tx, %ty, %tz) in (%sx = %c128, %sy = %c1, %sz = %c1)
                               dynamic_shared_memory_size %bytes {
    %c4 = arith.constant 4 : index
    %c32 = arith.constant 32 : index
    %atB = arith.constant 2048 : index
    %raw = gpu.dynamic_shared_memory : memref<?xi8, #sh>
    // Core matrices of 8 rows of 16 bytes, those of the two halves of k adjacent:
    // [row / 8][k / 8][row mod 8][k mod 8].
    %sa = memref.view %raw[%c0][] : memref<?xi8, #sh> to memref<8x2x8x8xf16, #sh>
    %sb = memref.view %raw[%atB][] : memref<?xi8, #sh> to memref<2x8x8xf16, #sh>
    scf.for %e = %tx to %c1024 step %c128 {
      %i = arith.divui %e, %c16 : index
      %k = arith.remui %e, %c16 : index
      %i1 = arith.divui %i, %c8 : index
      %i0 = arith.remui %i, %c8 : index
      %k1 = arith.divui %k, %c8 : index
      %k0 = arith.remui %k, %c8 : index
      %v = memref.load %a[%i, %k] : memref<64x16xf16>
      memref.store %v, %sa[%i1, %k1, %i0, %k0] : memref<8x2x8x8xf16, #sh>
    }
    %j = arith.divui %tx, %c16 : index
    %k = arith.remui %tx, %c16 : index
    %k1 = arith.divui %k, %c8 : index
    %k0 = arith.remui %k, %c8 : index
    %v = memref.load %b[%j, %k] : memref<8x16xf16>
    memref.store %v, %sb[%k1, %j, %k0] : memref<2x8x8xf16, #sh>
    nvvm.fence.proxy {kind = #nvvm.proxy_kind<async.shared>, space = #nvvm.shared_space<cta>}
    gpu.barrier
    // Start address / 16, then 128 / 16 between the halves of k from bit 16 and
    // 256 / 16 between groups of 8 rows from bit 32 on.
    %low = arith.constant 262143 : i64
    %four = arith.constant 4 : i64
    %strides = arith.constant 68720001024 : i64
    %pa = memref.extract_aligned_pointer_as_index %sa : memref<8x2x8x8xf16, #sh> -> index
    %pb0 = memref.extract_aligned_pointer_as_index %sb : memref<2x8x8xf16, #sh> -> index
    %ia = arith.index_cast %pa : index to i64
    %ib = arith.index_cast %pb0 : index to i64
    %ma = arith.andi %ia, %low : i64
    %mb = arith.andi %ib, %low : i64
    %na = arith.shrui %ma, %four : i64
    %nb = arith.shrui %mb, %four : i64
    %da = arith.ori %na, %strides : i64
    %db = arith.ori %nb, %strides : i64
    %z = llvm.mlir.constant(0.0 : f32) : f32
    %u = llvm.mlir.undef : !acc
    %u0 = llvm.insertvalue %z, %u[0] : !acc
    %u1 = llvm.insertvalue %z, %u0[1] : !acc
    %u2 = llvm.insertvalue %z, %u1[2] : !acc
    %u3 = llvm.insertvalue %z, %u2[3] : !acc
    nvvm.wgmma.fence.aligned
    %r = nvvm.wgmma.mma_async %da, %db, %u3, #nvvm.shape<m = 64, n = 8, k = 16>,
        D [<f32>, #nvvm.wgmma_scale_out<zero>], A [<f16>, #nvvm.wgmma_scale_in<one>, <row>],
        B [<f16>, #nvvm.wgmma_scale_in<one>, <col>] : !acc -> !acc
    nvvm.wgmma.commit.group.sync.aligned
    nvvm.wgmma.wait.group.sync.aligned 0
    // Warp w, lane l: rows 16 w + l / 4 and 8 below, columns 2 (l mod 4) and next.
    %w = arith.divui %tx, %c32 : index
    %l = arith.remui %tx, %c32 : index
    %w16 = arith.muli %w, %c16 : index
    %g = arith.divui %l, %c4 : index
    %row = arith.addi %w16, %g : index
    %row8 = arith.addi %row, %c8 : index
    %q = arith.remui %l, %c4 : index
    %col = arith.muli %q, %c2 : index
    %col1 = arith.addi %col, %c1 : index
    %r0 = llvm.extractvalue %r[0] : !acc
    %r1 = llvm.extractvalue %r[1] : !acc
    %r2 = llvm.extractvalue %r[2] : !acc
    %r3 = llvm.extractvalue %r[3] : !acc
    memref.store %r0, %d[%row, %col] : memref<64x8xf32>
    memref.store %r1, %d[%row, %col1] : memref<64x8xf32>
    memref.store %r2, %d[%row8, %col] : memref<64x8xf32>
    memref.store %r3, %d[%row8, %col1] : memref<64x8xf32>
    gpu.terminator
  }
  %t7 = gpu.memcpy async [%t6] %hd, %d : memref<64x8xf32>, memref<64x8xf32>
  gpu.wait [%t7]
  %zero = arith.constant 0 : i32
  %n = scf.for %i = %c0 to %c64 step %c1 iter_args(%x0 = %zero) -> (i32) {
    %o = scf.for %j = %c0 to %c8 step %c1 iter_args(%x1 = %x0) -> (i32) {
      %e = scf.for %k = %c0 to %c16 step %c1 iter_args(%s = %zero) -> (i32) {
        %va = func.call @number(%i, %k, %c1) : (index, index, index) -> i32
        %vb = func.call @number(%k, %j, %c2) : (index, index, index) -> i32
        %p = arith.muli %va, %vb : i32
        %s1 = arith.addi %s, %p : i32
        scf.yield %s1 : i32
      }
      %v = memref.load %hd[%i, %j] : memref<64x8xf32>
      %vi = arith.fptosi %v : f32 to i32
      %ne = arith.cmpi ne, %vi, %e : i32
      %one = arith.extui %ne : i1 to i32
      %x2 = arith.addi %x1, %one : i32
      scf.yield %x2 : i32
    }
    scf.yield %o : i32
  }
  vector.print %n : i32
  return
}

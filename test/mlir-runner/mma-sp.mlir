// nvgpu.mma.sp.sync, m16n8k32 in f16 with f32 sums: other positions in the upper and
// the lower rows, and in the first and the second half of k.
// RUN: mlir-opt %s --gpu-lower-to-nvvm-pipeline='cubin-chip=sm_80 cubin-features=+ptx85 cubin-format=isa' \
// RUN:   | env HINM_DEVICE=emulator mlir-runner -e main --entry-point-result=void \
// RUN:       --shared-libs=%llvm_lib/libmlir_runner_utils.so,%llvm_lib/libmlir_c_runner_utils.so,%hinm_lib/libhinm_runtime.so \
// RUN:   | FileCheck %s
// UNSUPPORTED: sanitizer

// How many of 128 elements differ from host loops; all sums are exact.
// CHECK: 0
// Positions kept of each four: rows 0 to 7 and 8 to 15 for k < 16, then for k >= 16.
memref.global "private" constant @kept : memref<4x2xindex> =
    dense<[[1, 3], [0, 2], [0, 1], [2, 3]]>
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
  %c4 = arith.constant 4 : index
  %c8 = arith.constant 8 : index
  %c16 = arith.constant 16 : index
  %c32 = arith.constant 32 : index
  %zero = arith.constant 0 : i32
  %ha = memref.alloc() : memref<16x16xf16>
  %hb = memref.alloc() : memref<8x32xf16>
  %hd = memref.alloc() : memref<16x8xf32>
  scf.for %i = %c0 to %c16 step %c1 {
    scf.for %k = %c0 to %c16 step %c1 {
      %v = func.call @number(%i, %k, %c1) : (index, index, index) -> i32
      %f = arith.sitofp %v : i32 to f16
      memref.store %f, %ha[%i, %k] : memref<16x16xf16>
    }
  }
  scf.for %j = %c0 to %c8 step %c1 {
    scf.for %k = %c0 to %c32 step %c1 {
      %v = func.call @number(%k, %j, %c2) : (index, index, index) -> i32
      %f = arith.sitofp %v : i32 to f16
      memref.store %f, %hb[%j, %k] : memref<8x32xf16>
    }
  }
  %t0 = gpu.wait async
  %a, %t1 = gpu.alloc async [%t0] () : memref<16x16xf16>
  %b, %t2 = gpu.alloc async [%t1] () : memref<8x32xf16>
  %d, %t3 = gpu.alloc async [%t2] () : memref<16x8xf32>
  %t4 = gpu.memcpy async [%t3] %a, %ha : memref<16x16xf16>, memref<16x16xf16>
  %t5 = gpu.memcpy async [%t4] %b, %hb : memref<8x32xf16>, memref<8x32xf16>
  %t6 = gpu.launch async [%t5] blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
                               threads(%tx, %ty, %tz) in (%sx = %c32, %sy = %c1, %sz = %c1) {
    %none = arith.constant dense<0.0> : vector<2x2xf32>
    %pad = arith.constant dense<0.0> : vector<4x2xf16>
    // Codes 0xd and 0x8 in the words of a quad's first thread, 0x4 and 0xe in
    // those of its second; the upper halves are of rows 8 to 15.
    %low = arith.constant dense<[-8739, -30584]> : vector<2xi16>
    %high = arith.constant dense<[17476, -4370]> : vector<2xi16>
    %g = arith.divui %tx, %c4 : index
    %g8 = arith.addi %g, %c8 : index
    %q = arith.remui %tx, %c4 : index
    %k = arith.muli %q, %c2 : index
    %k8 = arith.addi %k, %c8 : index
    %k16 = arith.addi %k, %c16 : index
    %k24 = arith.addi %k16, %c8 : index
    %second = arith.cmpi eq, %q, %c1 : index
    %meta = arith.select %second, %high, %low : vector<2xi16>
    %a0 = vector.load %a[%g, %k] : memref<16x16xf16>, vector<2xf16>
    %a1 = vector.load %a[%g8, %k] : memref<16x16xf16>, vector<2xf16>
    %a2 = vector.load %a[%g, %k8] : memref<16x16xf16>, vector<2xf16>
    %a3 = vector.load %a[%g8, %k8] : memref<16x16xf16>, vector<2xf16>
    %x0 = vector.insert %a0, %pad [0] : vector<2xf16> into vector<4x2xf16>
    %x1 = vector.insert %a1, %x0 [1] : vector<2xf16> into vector<4x2xf16>
    %x2 = vector.insert %a2, %x1 [2] : vector<2xf16> into vector<4x2xf16>
    %x3 = vector.insert %a3, %x2 [3] : vector<2xf16> into vector<4x2xf16>
    %b0 = vector.load %b[%g, %k] : memref<8x32xf16>, vector<2xf16>
    %b1 = vector.load %b[%g, %k8] : memref<8x32xf16>, vector<2xf16>
    %b2 = vector.load %b[%g, %k16] : memref<8x32xf16>, vector<2xf16>
    %b3 = vector.load %b[%g, %k24] : memref<8x32xf16>, vector<2xf16>
    %y0 = vector.insert %b0, %pad [0] : vector<2xf16> into vector<4x2xf16>
    %y1 = vector.insert %b1, %y0 [1] : vector<2xf16> into vector<4x2xf16>
    %y2 = vector.insert %b2, %y1 [2] : vector<2xf16> into vector<4x2xf16>
    %y3 = vector.insert %b3, %y2 [3] : vector<2xf16> into vector<4x2xf16>
    %r = nvgpu.mma.sp.sync (%x3, %y3, %none) metadata (%meta) {mmaShape = [16, 8, 32]} : (vector<4x2xf16>, vector<4x2xf16>, vector<2x2xf32>) -> vector<2x2xf32>
    %lo = vector.extract %r[0] : vector<2xf32> from vector<2x2xf32>
    %hi = vector.extract %r[1] : vector<2xf32> from vector<2x2xf32>
    vector.store %lo, %d[%g, %k] : memref<16x8xf32>, vector<2xf32>
    vector.store %hi, %d[%g8, %k] : memref<16x8xf32>, vector<2xf32>
    gpu.terminator
  }
  %t7 = gpu.memcpy async [%t6] %hd, %d : memref<16x8xf32>, memref<16x8xf32>
  gpu.wait [%t7]
  %kept = memref.get_global @kept : memref<4x2xindex>
  %wrong = memref.alloca() : memref<i32>
  memref.store %zero, %wrong[] : memref<i32>
  scf.for %i = %c0 to %c16 step %c1 {
    scf.for %j = %c0 to %c8 step %c1 {
      %e = scf.for %k = %c0 to %c16 step %c1 iter_args(%s = %zero) -> (i32) {
        %below = arith.divui %i, %c8 : index
        %half = arith.divui %k, %c8 : index
        %half2 = arith.muli %half, %c2 : index
        %row = arith.addi %half2, %below : index
        %slot = arith.remui %k, %c2 : index
        %at = memref.load %kept[%row, %slot] : memref<4x2xindex>
        %four = arith.divui %k, %c2 : index
        %base = arith.muli %four, %c4 : index
        %kb = arith.addi %base, %at : index
        %va = func.call @number(%i, %k, %c1) : (index, index, index) -> i32
        %vb = func.call @number(%kb, %j, %c2) : (index, index, index) -> i32
        %p = arith.muli %va, %vb : i32
        %s1 = arith.addi %s, %p : i32
        scf.yield %s1 : i32
      }
      %v = memref.load %hd[%i, %j] : memref<16x8xf32>
      %vi = arith.fptosi %v : f32 to i32
      %ne = arith.cmpi ne, %vi, %e : i32
      %one = arith.extui %ne : i1 to i32
      %w = memref.load %wrong[] : memref<i32>
      %w1 = arith.addi %w, %one : i32
      memref.store %w1, %wrong[] : memref<i32>
    }
  }
  %w = memref.load %wrong[] : memref<i32>
  vector.print %w : i32
  return
}

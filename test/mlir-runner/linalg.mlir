// linalg made to kernels by upstream's passes alone: loops, tiles, blocks and
// threads. A fill, a matrix product and element-wise functions. math.fma is expanded
// before it becomes a call of libdevice.
// RUN: mlir-opt %s --pass-pipeline='builtin.module(func.func(convert-linalg-to-parallel-loops,scf-parallel-loop-tiling{parallel-loop-tile-sizes=4,8 no-min-max-bounds},gpu-map-parallel-loops),convert-parallel-loops-to-gpu,lower-affine,gpu-kernel-outlining,gpu.module(math-expand-ops),gpu-lower-to-nvvm-pipeline{cubin-chip=sm_80 cubin-features=+ptx85 cubin-format=isa})' \
// RUN:   | env HINM_DEVICE=emulator mlir-runner -e main --entry-point-result=void \
// RUN:       --shared-libs=%llvm_lib/libmlir_runner_utils.so,%llvm_lib/libmlir_c_runner_utils.so,%hinm_lib/libhinm_runtime.so \
// RUN:   | FileCheck %s
// UNSUPPORTED: sanitizer

// A is 32x24 of i + 2 k, B 24x40 of k - j, C of ones: C[i][j] = 1 + sum over k < 24
// of (i + 2 k)(k - j) = 1 + 276 i + 8648 - 24 i j - 552 j.
// How many of 1280 elements differ; then C[0][0], C[31][39].
// CHECK: 0
// CHECK-NEXT: 8649
// CHECK-NEXT: -33339
// x^3, x x + 1/2 and max(x, 1) of x = (j + 1) / 2 for j = 0, 1 and 7.
// CHECK-NEXT: ( 0.125, 1, 64 )
// CHECK-NEXT: ( 0.75, 1.5, 16.5 )
// CHECK-NEXT: ( 1, 1, 4 )
#id = affine_map<(i, j) -> (i, j)>
func.func @main() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c24 = arith.constant 24 : index
  %c32 = arith.constant 32 : index
  %c40 = arith.constant 40 : index
  %one = arith.constant 1.0 : f32
  %ha = memref.alloc() : memref<32x24xf32>
  %hb = memref.alloc() : memref<24x40xf32>
  %hc = memref.alloc() : memref<32x40xf32>
  scf.for %i = %c0 to %c32 step %c1 {
    scf.for %k = %c0 to %c24 step %c1 {
      %ii = arith.index_cast %i : index to i32
      %kk = arith.index_cast %k : index to i32
      %k2 = arith.addi %kk, %kk : i32
      %s = arith.addi %ii, %k2 : i32
      %v = arith.sitofp %s : i32 to f32
      memref.store %v, %ha[%i, %k] : memref<32x24xf32>
    }
  }
  scf.for %k = %c0 to %c24 step %c1 {
    scf.for %j = %c0 to %c40 step %c1 {
      %kk = arith.index_cast %k : index to i32
      %jj = arith.index_cast %j : index to i32
      %s = arith.subi %kk, %jj : i32
      %v = arith.sitofp %s : i32 to f32
      memref.store %v, %hb[%k, %j] : memref<24x40xf32>
    }
  }
  %t0 = gpu.wait async
  %a, %t1 = gpu.alloc async [%t0] () : memref<32x24xf32>
  %b, %t2 = gpu.alloc async [%t1] () : memref<24x40xf32>
  %c, %t3 = gpu.alloc async [%t2] () : memref<32x40xf32>
  %e, %t4 = gpu.alloc async [%t3] () : memref<1x8xf32>
  %h, %m4 = gpu.alloc async [%t4] () : memref<1x8xf32>
  %q, %n4 = gpu.alloc async [%m4] () : memref<1x8xf32>
  %t5 = gpu.memcpy async [%n4] %a, %ha : memref<32x24xf32>, memref<32x24xf32>
  %t6 = gpu.memcpy async [%t5] %b, %hb : memref<24x40xf32>, memref<24x40xf32>
  gpu.wait [%t6]
  linalg.fill ins(%one : f32) outs(%c : memref<32x40xf32>)
  linalg.matmul ins(%a, %b : memref<32x24xf32>, memref<24x40xf32>) outs(%c : memref<32x40xf32>)
  linalg.generic {indexing_maps = [#id], iterator_types = ["parallel", "parallel"]}
      outs(%e : memref<1x8xf32>) {
  ^bb0(%old: f32):
    %half = arith.constant 0.5 : f32
    %at = linalg.index 1 : index
    %j = arith.index_cast %at : index to i32
    %jf = arith.sitofp %j : i32 to f32
    %j1 = arith.addf %jf, %one : f32
    %x = arith.mulf %j1, %half : f32
    %x2 = arith.mulf %x, %x : f32
    %y = arith.mulf %x2, %x : f32
    linalg.yield %y : f32
  }
  linalg.generic {indexing_maps = [#id], iterator_types = ["parallel", "parallel"]}
      outs(%h : memref<1x8xf32>) {
  ^bb0(%old: f32):
    %half = arith.constant 0.5 : f32
    %at = linalg.index 1 : index
    %j = arith.index_cast %at : index to i32
    %jf = arith.sitofp %j : i32 to f32
    %j1 = arith.addf %jf, %one : f32
    %x = arith.mulf %j1, %half : f32
    %y = math.fma %x, %x, %half : f32
    linalg.yield %y : f32
  }
  linalg.generic {indexing_maps = [#id], iterator_types = ["parallel", "parallel"]}
      outs(%q : memref<1x8xf32>) {
  ^bb0(%old: f32):
    %half = arith.constant 0.5 : f32
    %at = linalg.index 1 : index
    %j = arith.index_cast %at : index to i32
    %jf = arith.sitofp %j : i32 to f32
    %j1 = arith.addf %jf, %one : f32
    %x = arith.mulf %j1, %half : f32
    %y = arith.maximumf %x, %one : f32
    linalg.yield %y : f32
  }
  %he = memref.alloc() : memref<1x8xf32>
  %hh = memref.alloc() : memref<1x8xf32>
  %hq = memref.alloc() : memref<1x8xf32>
  %u0 = gpu.wait async
  %u1 = gpu.memcpy async [%u0] %hc, %c : memref<32x40xf32>, memref<32x40xf32>
  %u2 = gpu.memcpy async [%u1] %he, %e : memref<1x8xf32>, memref<1x8xf32>
  %u3 = gpu.memcpy async [%u2] %hh, %h : memref<1x8xf32>, memref<1x8xf32>
  %u4 = gpu.memcpy async [%u3] %hq, %q : memref<1x8xf32>, memref<1x8xf32>
  gpu.wait [%u4]
  %zero = arith.constant 0 : i32
  %n = scf.for %i = %c0 to %c32 step %c1 iter_args(%w = %zero) -> (i32) {
    %r = scf.for %j = %c0 to %c40 step %c1 iter_args(%w1 = %w) -> (i32) {
      %c276 = arith.constant 276 : index
      %c552 = arith.constant 552 : index
      %c8649 = arith.constant 8649 : index
      %p = arith.muli %i, %c276 : index
      %x = arith.muli %i, %j : index
      %x24 = arith.muli %x, %c24 : index
      %y = arith.muli %j, %c552 : index
      %s0 = arith.addi %p, %c8649 : index
      %s1 = arith.subi %s0, %x24 : index
      %s2 = arith.subi %s1, %y : index
      %want = arith.index_cast %s2 : index to i32
      %v = memref.load %hc[%i, %j] : memref<32x40xf32>
      %vi = arith.fptosi %v : f32 to i32
      %ne = arith.cmpi ne, %vi, %want : i32
      %d = arith.extui %ne : i1 to i32
      %w2 = arith.addi %w1, %d : i32
      scf.yield %w2 : i32
    }
    scf.yield %r : i32
  }
  %c31 = arith.constant 31 : index
  %c39 = arith.constant 39 : index
  %v0 = memref.load %hc[%c0, %c0] : memref<32x40xf32>
  %v1 = memref.load %hc[%c31, %c39] : memref<32x40xf32>
  vector.print %n : i32
  vector.print %v0 : f32
  vector.print %v1 : f32
  %ve = vector.load %he[%c0, %c0] : memref<1x8xf32>, vector<8xf32>
  %vh = vector.load %hh[%c0, %c0] : memref<1x8xf32>, vector<8xf32>
  %vq = vector.load %hq[%c0, %c0] : memref<1x8xf32>, vector<8xf32>
  %pe = vector.shuffle %ve, %ve [0, 1, 7] : vector<8xf32>, vector<8xf32>
  %ph = vector.shuffle %vh, %vh [0, 1, 7] : vector<8xf32>, vector<8xf32>
  %pq = vector.shuffle %vq, %vq [0, 1, 7] : vector<8xf32>, vector<8xf32>
  vector.print %pe : vector<3xf32>
  vector.print %ph : vector<3xf32>
  vector.print %pq : vector<3xf32>
  return
}

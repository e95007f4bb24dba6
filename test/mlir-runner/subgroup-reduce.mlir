// gpu.subgroup_reduce as redux.sync; two warps of a block hold different values.
// Upstream does not lower the unsigned minimum and maximum: they stand in NVVM.
// RUN: mlir-opt %s --pass-pipeline='builtin.module(gpu-kernel-outlining,convert-vector-to-scf,convert-scf-to-cf,convert-vector-to-llvm,gpu.module(convert-gpu-to-nvvm{has-redux=1},reconcile-unrealized-casts),nvvm-attach-target{chip=sm_80 features=+ptx85},gpu-to-llvm,reconcile-unrealized-casts,gpu-module-to-binary{format=isa})' \
// RUN:   | env HINM_DEVICE=emulator mlir-runner -e main --entry-point-result=void \
// RUN:       --shared-libs=%llvm_lib/libmlir_runner_utils.so,%llvm_lib/libmlir_c_runner_utils.so,%hinm_lib/libhinm_runtime.so \
// RUN:   | FileCheck %s
// UNSUPPORTED: sanitizer

// Thread t of 64 holds 3 t - 40, of which the bits are those of i32. By warps:
// add, min and max with sign, min and max without, and, or, xor.
// CHECK: ( 208, -40, 53, 2, -1, 0, -1, 32 )
// CHECK-NEXT: ( 3280, 56, 149, 56, 149, 0, 255, 96 )
func.func @main() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c32 = arith.constant 32 : index
  %c64 = arith.constant 64 : index
  %h = memref.alloc() : memref<2x8xi32>
  %t0 = gpu.wait async
  %d, %t1 = gpu.alloc async [%t0] () : memref<2x8xi32>
  %t2 = gpu.launch async [%t1] blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
                               threads(%tx, %ty, %tz) in (%sx = %c64, %sy = %c1, %sz = %c1) {
    %three = arith.constant 3 : i32
    %forty = arith.constant 40 : i32
    %mask = arith.constant -1 : i32
    %x = arith.index_cast %tx : index to i32
    %m = arith.muli %x, %three : i32
    %v = arith.subi %m, %forty : i32
    %lane = arith.remui %tx, %c32 : index
    %warp = arith.divui %tx, %c32 : index
    %r0 = gpu.subgroup_reduce add %v uniform : (i32) -> i32
    %r1 = gpu.subgroup_reduce minsi %v uniform : (i32) -> i32
    %r2 = gpu.subgroup_reduce maxsi %v uniform : (i32) -> i32
    %r3 = nvvm.redux.sync umin %v, %mask : i32 -> i32
    %r4 = nvvm.redux.sync umax %v, %mask : i32 -> i32
    %r5 = gpu.subgroup_reduce and %v uniform : (i32) -> i32
    %r6 = gpu.subgroup_reduce or %v uniform : (i32) -> i32
    %r7 = gpu.subgroup_reduce xor %v uniform : (i32) -> i32
    // Every lane has the results; the first hands them over.
    %one = arith.cmpi eq, %lane, %c0 : index
    scf.if %one {
      %i0 = arith.constant 0 : index
      memref.store %r0, %d[%warp, %i0] : memref<2x8xi32>
      %i1 = arith.constant 1 : index
      memref.store %r1, %d[%warp, %i1] : memref<2x8xi32>
      %i2 = arith.constant 2 : index
      memref.store %r2, %d[%warp, %i2] : memref<2x8xi32>
      %i3 = arith.constant 3 : index
      memref.store %r3, %d[%warp, %i3] : memref<2x8xi32>
      %i4 = arith.constant 4 : index
      memref.store %r4, %d[%warp, %i4] : memref<2x8xi32>
      %i5 = arith.constant 5 : index
      memref.store %r5, %d[%warp, %i5] : memref<2x8xi32>
      %i6 = arith.constant 6 : index
      memref.store %r6, %d[%warp, %i6] : memref<2x8xi32>
      %i7 = arith.constant 7 : index
      memref.store %r7, %d[%warp, %i7] : memref<2x8xi32>
    }
    gpu.terminator
  }
  %t3 = gpu.memcpy async [%t2] %h, %d : memref<2x8xi32>, memref<2x8xi32>
  %t4 = gpu.dealloc async [%t3] %d : memref<2x8xi32>
  gpu.wait [%t4]
  %a = vector.load %h[%c0, %c0] : memref<2x8xi32>, vector<8xi32>
  %b = vector.load %h[%c1, %c0] : memref<2x8xi32>, vector<8xi32>
  vector.print %a : vector<8xi32>
  vector.print %b : vector<8xi32>
  return
}

// What kernels print and assert. Values are printed in the order of CTAs and of
// threads; a failed assertion ends the program and names the place.
// RUN: mlir-opt %s --gpu-lower-to-nvvm-pipeline='cubin-chip=sm_80 cubin-features=+ptx85 cubin-format=isa' -o %t.mlir
// RUN: env HINM_DEVICE=emulator mlir-runner %t.mlir -e print --entry-point-result=void \
// RUN:       --shared-libs=%llvm_lib/libmlir_runner_utils.so,%llvm_lib/libmlir_c_runner_utils.so,%hinm_lib/libhinm_runtime.so \
// RUN:   | FileCheck %s --check-prefix=PRINT
// RUN: env HINM_DEVICE=emulator not mlir-runner %t.mlir -e fail --entry-point-result=void \
// RUN:       --shared-libs=%llvm_lib/libmlir_runner_utils.so,%llvm_lib/libmlir_c_runner_utils.so,%hinm_lib/libhinm_runtime.so 2>&1 \
// RUN:   | FileCheck %s --check-prefix=FAIL
// UNSUPPORTED: sanitizer

// PRINT: plain 100%
// PRINT-NEXT: CTA 0 thread 0: i64 -9000000000 f64 0.250000 f32 1.500000 f16 -2.500 hex ff
// PRINT-NEXT: CTA 0 thread 1: i64 -8999999999 f64 1.250000 f32 1.500000 f16 -2.500 hex fe
// PRINT-NEXT: plain 100%
// PRINT-NEXT: CTA 1 thread 0: i64 -9000000000 f64 0.250000 f32 1.500000 f16 -2.500 hex ff
// PRINT-NEXT: CTA 1 thread 1: i64 -8999999999 f64 1.250000 f32 1.500000 f16 -2.500 hex fe
// PRINT-NEXT: width     7|07|7   |+7
// PRINT-NEXT: done
// PRINT-NOT: {{.}}
func.func @print() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c2, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%sx = %c2, %sy = %c1, %sz = %c1) {
    %far = arith.constant -9000000000 : i64
    %quarter = arith.constant 0.25 : f64
    %single = arith.constant 1.5 : f32
    %half = arith.constant -2.5 : f16
    %byte = arith.constant 255 : i32
    %first = arith.cmpi eq, %tx, %c0 : index
    scf.if %first {
      gpu.printf "plain 100%%\n"
    }
    %t64 = arith.index_cast %tx : index to i64
    %t32 = arith.index_cast %tx : index to i32
    %i = arith.addi %far, %t64 : i64
    %td = arith.sitofp %t32 : i32 to f64
    %d = arith.addf %quarter, %td : f64
    %x = arith.subi %byte, %t32 : i32
    gpu.printf "CTA %lld thread %lld: i64 %lld f64 %f f32 %f f16 %.3f hex %x\n", %bx, %tx, %i, %d, %single, %half, %x : index, index, i64, f64, f32, f16, i32
    gpu.terminator
  }
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%sx = %c1, %sy = %c1, %sz = %c1) {
    %seven = arith.constant 7 : i32
    gpu.printf "width %5d|%02d|%-4d|%+d\n", %seven, %seven, %seven, %seven : i32, i32, i32, i32
    gpu.terminator
  }
  vector.print str "done\n"
  return
}

// The second launch must not run.
// FAIL-NOT: after
// FAIL: hinm: error: {{.*}}kernel 'fail_kernel'{{.*}}CTA (1,0,0), thread (3,0,0): {{.*}}thread 3 is one too many
// FAIL-NOT: after
func.func @fail() {
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c4 = arith.constant 4 : index
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c2, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%sx = %c4, %sy = %c1, %sz = %c1) {
    %c7 = arith.constant 7 : index
    %up = arith.muli %bx, %c4 : index
    %i = arith.addi %up, %tx : index
    %ok = arith.cmpi ne, %i, %c7 : index
    cf.assert %ok, "thread 3 is one too many"
    gpu.terminator
  }
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%sx = %c1, %sy = %c1, %sz = %c1) {
    gpu.printf "after\n"
    gpu.terminator
  }
  vector.print str "after\n"
  return
}

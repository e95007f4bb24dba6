// Programs that are wrong: each ends with a status and one line that names the
// kernel, the place and the thread, and nothing that comes after it runs.
// RUN: mlir-opt %s --gpu-lower-to-nvvm-pipeline='cubin-chip=sm_80 cubin-features=+ptx85 cubin-format=isa' -o %t.mlir
// RUN: env HINM_DEVICE=emulator not mlir-runner %t.mlir -e race --entry-point-result=void \
// RUN:       --shared-libs=%llvm_lib/libmlir_runner_utils.so,%llvm_lib/libmlir_c_runner_utils.so,%hinm_lib/libhinm_runtime.so 2>&1 \
// RUN:   | FileCheck %s --check-prefix=RACE
// RUN: env HINM_DEVICE=emulator not mlir-runner %t.mlir -e outside --entry-point-result=void \
// RUN:       --shared-libs=%llvm_lib/libmlir_runner_utils.so,%llvm_lib/libmlir_c_runner_utils.so,%hinm_lib/libhinm_runtime.so 2>&1 \
// RUN:   | FileCheck %s --check-prefix=OUTSIDE
// RUN: env HINM_DEVICE=emulator not mlir-runner %t.mlir -e unwritten --entry-point-result=void \
// RUN:       --shared-libs=%llvm_lib/libmlir_runner_utils.so,%llvm_lib/libmlir_c_runner_utils.so,%hinm_lib/libhinm_runtime.so 2>&1 \
// RUN:   | FileCheck %s --check-prefix=UNWRITTEN
// RUN: env HINM_DEVICE=emulator not mlir-runner %t.mlir -e freed --entry-point-result=void \
// RUN:       --shared-libs=%llvm_lib/libmlir_runner_utils.so,%llvm_lib/libmlir_c_runner_utils.so,%hinm_lib/libhinm_runtime.so 2>&1 \
// RUN:   | FileCheck %s --check-prefix=FREED
// RUN: env HINM_DEVICE=emulator not mlir-runner %t.mlir -e large --entry-point-result=void \
// RUN:       --shared-libs=%llvm_lib/libmlir_runner_utils.so,%llvm_lib/libmlir_c_runner_utils.so,%hinm_lib/libhinm_runtime.so 2>&1 \
// RUN:   | FileCheck %s --check-prefix=LARGE
// UNSUPPORTED: sanitizer

// Neighbours without a barrier: lanes of a warp are not ordered either.
// RACE: hinm: error: {{.*}}kernel 'race_kernel', PTX line {{[0-9]+}}, CTA (0,0,0), thread (0,0,0): data race at shared address 0x4: {{.*}} thread (1,0,0) wrote it at PTX line {{[0-9]+$}}
// RACE-NOT: {{.}}
func.func @race() {
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%sx = %c64, %sy = %c1, %sz = %c1)
             workgroup(%s : memref<65xi32, 3>) {
    %x = arith.index_cast %tx : index to i32
    memref.store %x, %s[%tx] : memref<65xi32, 3>
    %next = arith.addi %tx, %c1 : index
    %y = memref.load %s[%next] : memref<65xi32, 3>
    memref.store %y, %s[%tx] : memref<65xi32, 3>
    gpu.terminator
  }
  vector.print str "after\n"
  return
}

// Thread 10 stores behind an allocation of 10 elements.
// OUTSIDE: hinm: error: {{.*}}kernel 'outside_kernel', PTX line {{[0-9]+}}, CTA (0,0,0), thread (10,0,0): write of 4 bytes at {{.*}}out of bounds{{.*}}of 40 bytes{{$}}
// OUTSIDE-NOT: {{.}}
func.func @outside() {
  %c1 = arith.constant 1 : index
  %c11 = arith.constant 11 : index
  %t0 = gpu.wait async
  %d, %t1 = gpu.alloc async [%t0] () : memref<10xi32>
  %t2 = gpu.launch async [%t1] blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
                               threads(%tx, %ty, %tz) in (%sx = %c11, %sy = %c1, %sz = %c1) {
    %x = arith.index_cast %tx : index to i32
    memref.store %x, %d[%tx] : memref<10xi32>
    gpu.terminator
  }
  gpu.wait [%t2]
  vector.print str "after\n"
  return
}

// UNWRITTEN: hinm: error: {{.*}}kernel 'unwritten_kernel', PTX line {{[0-9]+}}, CTA (0,0,0), thread (0,0,0): {{.*}}never written{{.*$}}
// UNWRITTEN-NOT: {{.}}
func.func @unwritten() {
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %t0 = gpu.wait async
  %d, %t1 = gpu.alloc async [%t0] () : memref<4xi32>
  %t2 = gpu.launch async [%t1] blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
                               threads(%tx, %ty, %tz) in (%sx = %c4, %sy = %c1, %sz = %c1) {
    %x = memref.load %d[%tx] : memref<4xi32>
    %y = arith.addi %x, %x : i32
    memref.store %y, %d[%tx] : memref<4xi32>
    gpu.terminator
  }
  gpu.wait [%t2]
  vector.print str "after\n"
  return
}

// FREED: hinm: error: {{.*}}kernel 'freed_kernel', PTX line {{[0-9]+}}, CTA (0,0,0), thread (0,0,0): write of 4 bytes at {{.*}}use after free{{.*$}}
// FREED-NOT: {{.}}
func.func @freed() {
  %c1 = arith.constant 1 : index
  %one = arith.constant 1 : i32
  %t0 = gpu.wait async
  %d, %t1 = gpu.alloc async [%t0] () : memref<4xi32>
  %t2 = gpu.dealloc async [%t1] %d : memref<4xi32>
  %t3 = gpu.launch async [%t2] blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
                               threads(%tx, %ty, %tz) in (%sx = %c1, %sy = %c1, %sz = %c1) {
    memref.store %one, %d[%tx] : memref<4xi32>
    gpu.terminator
  }
  gpu.wait [%t3]
  vector.print str "after\n"
  return
}

// LARGE: hinm: error: {{.*}}'large_kernel'{{.*}}1025{{.*$}}
// LARGE-NOT: {{.}}
func.func @large() {
  %c1 = arith.constant 1 : index
  %c1025 = arith.constant 1025 : index
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%sx = %c1025, %sy = %c1, %sz = %c1) {
    gpu.printf "never\n"
    gpu.terminator
  }
  vector.print str "after\n"
  return
}

// Host memory that kernels reach, registered or allocated as shared, at the
// address that it has on the host; and host memory that is neither.
// RUN: mlir-opt %s --gpu-lower-to-nvvm-pipeline='cubin-chip=sm_80 cubin-features=+ptx85 cubin-format=isa' -o %t.mlir
// RUN: env HINM_DEVICE=emulator mlir-runner %t.mlir -e registered --entry-point-result=void \
// RUN:       --shared-libs=%llvm_lib/libmlir_runner_utils.so,%llvm_lib/libmlir_c_runner_utils.so,%hinm_lib/libhinm_runtime.so 2>&1 \
// RUN:   | FileCheck %s --check-prefix=REGISTERED
// RUN: env HINM_DEVICE=emulator mlir-runner %t.mlir -e shared --entry-point-result=void \
// RUN:       --shared-libs=%llvm_lib/libmlir_runner_utils.so,%llvm_lib/libmlir_c_runner_utils.so,%hinm_lib/libhinm_runtime.so 2>&1 \
// RUN:   | FileCheck %s --check-prefix=SHARED
// RUN: env HINM_DEVICE=emulator not mlir-runner %t.mlir -e behind --entry-point-result=void \
// RUN:       --shared-libs=%llvm_lib/libmlir_runner_utils.so,%llvm_lib/libmlir_c_runner_utils.so,%hinm_lib/libhinm_runtime.so 2>&1 \
// RUN:   | FileCheck %s --check-prefix=BEHIND
// RUN: env HINM_DEVICE=emulator not mlir-runner %t.mlir -e plain --entry-point-result=void \
// RUN:       --shared-libs=%llvm_lib/libmlir_runner_utils.so,%llvm_lib/libmlir_c_runner_utils.so,%hinm_lib/libhinm_runtime.so 2>&1 \
// RUN:   | FileCheck %s --check-prefix=PLAIN
// UNSUPPORTED: sanitizer

// A kernel doubles what the host wrote; the host reads it without a copy.
// REGISTERED: [2,  4,  6,  8]
// REGISTERED-NOT: error
func.func @registered() {
  %h = memref.alloc() : memref<4xf32>
  call @fill(%h) : (memref<4xf32>) -> ()
  %u = memref.cast %h : memref<4xf32> to memref<*xf32>
  gpu.host_register %u : memref<*xf32>
  call @double(%h) : (memref<4xf32>) -> ()
  call @printMemrefF32(%u) : (memref<*xf32>) -> ()
  gpu.host_unregister %u : memref<*xf32>
  memref.dealloc %h : memref<4xf32>
  return
}

// SHARED: [2,  4,  6,  8]
// SHARED-NOT: error
func.func @shared() {
  %h = gpu.alloc host_shared () : memref<4xf32>
  call @fill(%h) : (memref<4xf32>) -> ()
  call @double(%h) : (memref<4xf32>) -> ()
  %u = memref.cast %h : memref<4xf32> to memref<*xf32>
  call @printMemrefF32(%u) : (memref<*xf32>) -> ()
  %t0 = gpu.wait async
  %t1 = gpu.dealloc async [%t0] %h : memref<4xf32>
  gpu.wait [%t1]
  return
}

func.func @fill(%h: memref<4xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  scf.for %i = %c0 to %c4 step %c1 {
    %n = arith.addi %i, %c1 : index
    %w = arith.index_cast %n : index to i32
    %f = arith.sitofp %w : i32 to f32
    memref.store %f, %h[%i] : memref<4xf32>
  }
  return
}

func.func @double(%h: memref<4xf32>) {
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%sx = %c4, %sy = %c1, %sz = %c1) {
    %v = memref.load %h[%tx] : memref<4xf32>
    %d = arith.addf %v, %v : f32
    memref.store %d, %h[%tx] : memref<4xf32>
    gpu.terminator
  }
  return
}
func.func private @printMemrefF32(memref<*xf32>) attributes {llvm.emit_c_interface}

// A kernel that runs past registered memory.
// BEHIND: hinm: error: {{.*}}kernel 'behind_kernel', {{.*}}thread (4,0,0): read of 4 bytes {{.*}}out of bounds: ends 4 bytes behind the end of {{.*}} of 16 bytes
func.func @behind() {
  %c1 = arith.constant 1 : index
  %c5 = arith.constant 5 : index
  %h = memref.alloc() : memref<4xf32>
  call @fill(%h) : (memref<4xf32>) -> ()
  %u = memref.cast %h : memref<4xf32> to memref<*xf32>
  gpu.host_register %u : memref<*xf32>
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%sx = %c5, %sy = %c1, %sz = %c1) {
    %v = memref.load %h[%tx] : memref<4xf32>
    %d = arith.addf %v, %v : f32
    memref.store %d, %h[%tx] : memref<4xf32>
    gpu.terminator
  }
  return
}

// Neither: the kernel's store goes to an address that is the host's.
// PLAIN: hinm: error: {{.*}}kernel 'plain_kernel', PTX line {{[0-9]+}}, CTA (0,0,0), thread (0,0,0): {{.*}}host
func.func @plain() {
  %c1 = arith.constant 1 : index
  %one = arith.constant 1.0 : f32
  %h = memref.alloc() : memref<4xf32>
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%sx = %c1, %sy = %c1, %sz = %c1) {
    memref.store %one, %h[%tx] : memref<4xf32>
    gpu.terminator
  }
  return
}

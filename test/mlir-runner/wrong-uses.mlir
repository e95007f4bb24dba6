// Wrong uses of memory and devices by the host, races between blocks and a barrier
// that half a block leaves out. Each program ends with a status and one line.
// RUN: mlir-opt %s --gpu-lower-to-nvvm-pipeline='cubin-chip=sm_80 cubin-features=+ptx85 cubin-format=isa' -o %t.mlir
// RUN: env HINM_DEVICE=emulator mlir-runner %t.mlir -e empty --entry-point-result=void \
// RUN:       --shared-libs=%llvm_lib/libmlir_runner_utils.so,%llvm_lib/libmlir_c_runner_utils.so,%hinm_lib/libhinm_runtime.so \
// RUN:   | FileCheck %s --check-prefix=EMPTY
// RUN: env HINM_DEVICE=emulator not mlir-runner %t.mlir -e twice --entry-point-result=void \
// RUN:       --shared-libs=%llvm_lib/libmlir_runner_utils.so,%llvm_lib/libmlir_c_runner_utils.so,%hinm_lib/libhinm_runtime.so 2>&1 \
// RUN:   | FileCheck %s --check-prefix=TWICE
// RUN: env HINM_DEVICE=emulator not mlir-runner %t.mlir -e host --entry-point-result=void \
// RUN:       --shared-libs=%llvm_lib/libmlir_runner_utils.so,%llvm_lib/libmlir_c_runner_utils.so,%hinm_lib/libhinm_runtime.so 2>&1 \
// RUN:   | FileCheck %s --check-prefix=HOST
// RUN: env HINM_DEVICE=emulator not mlir-runner %t.mlir -e copy --entry-point-result=void \
// RUN:       --shared-libs=%llvm_lib/libmlir_runner_utils.so,%llvm_lib/libmlir_c_runner_utils.so,%hinm_lib/libhinm_runtime.so 2>&1 \
// RUN:   | FileCheck %s --check-prefix=COPY
// RUN: env HINM_DEVICE=emulator not mlir-runner %t.mlir -e device --entry-point-result=void \
// RUN:       --shared-libs=%llvm_lib/libmlir_runner_utils.so,%llvm_lib/libmlir_c_runner_utils.so,%hinm_lib/libhinm_runtime.so 2>&1 \
// RUN:   | FileCheck %s --check-prefix=DEVICE
// RUN: env HINM_DEVICE=emulator not mlir-runner %t.mlir -e blocks --entry-point-result=void \
// RUN:       --shared-libs=%llvm_lib/libmlir_runner_utils.so,%llvm_lib/libmlir_c_runner_utils.so,%hinm_lib/libhinm_runtime.so 2>&1 \
// RUN:   | FileCheck %s --check-prefix=BLOCKS
// RUN: env HINM_DEVICE=emulator not mlir-runner %t.mlir -e barrier --entry-point-result=void \
// RUN:       --shared-libs=%llvm_lib/libmlir_runner_utils.so,%llvm_lib/libmlir_c_runner_utils.so,%hinm_lib/libhinm_runtime.so 2>&1 \
// RUN:   | FileCheck %s --check-prefix=BARRIER
// UNSUPPORTED: sanitizer

// Buffers without elements are no error.
// EMPTY: ok
func.func @empty() {
  %c0 = arith.constant 0 : index
  %h = memref.alloc(%c0) : memref<?xf32>
  %t0 = gpu.wait async
  %d, %t1 = gpu.alloc async [%t0] (%c0) : memref<?xf32>
  %t2 = gpu.memcpy async [%t1] %d, %h : memref<?xf32>, memref<?xf32>
  %z = arith.constant 0.0 : f32
  %t3 = gpu.memset async [%t2] %d, %z : memref<?xf32>, f32
  %t4 = gpu.dealloc async [%t3] %d : memref<?xf32>
  gpu.wait [%t4]
  vector.print str "ok\n"
  return
}

// TWICE: hinm: error: free of an allocation that was freed before{{$}}
// TWICE-NOT: {{.}}
func.func @twice() {
  %t0 = gpu.wait async
  %d, %t1 = gpu.alloc async [%t0] () : memref<4xf32>
  %t2 = gpu.dealloc async [%t1] %d : memref<4xf32>
  %t3 = gpu.dealloc async [%t2] %d : memref<4xf32>
  gpu.wait [%t3]
  vector.print str "after\n"
  return
}

// HOST: hinm: error: set of 16 bytes at 0x{{[0-9a-f]+}}: not an address of this device{{.*$}}
// HOST-NOT: {{.}}
func.func @host() {
  %d = memref.alloc() : memref<4xf32>
  %z = arith.constant 0.0 : f32
  %t0 = gpu.wait async
  %t2 = gpu.memset async [%t0] %d, %z : memref<4xf32>, f32
  gpu.wait [%t2]
  vector.print str "after\n"
  return
}

// COPY: hinm: error: copy to the device of 32 bytes at {{.*}}: out of bounds: ends 16 bytes behind the end {{.*}} of 16 bytes{{$}}
// COPY-NOT: {{.}}
func.func @copy() {
  %d0 = memref.alloc() : memref<8xf32>
  %c = arith.constant 8 : index
  %t0 = gpu.wait async
  %d, %t1 = gpu.alloc async [%t0] () : memref<4xf32>
  %e = memref.reinterpret_cast %d to offset: [0], sizes: [8], strides: [1] : memref<4xf32> to memref<8xf32>
  %t2 = gpu.memcpy async [%t1] %e, %d0 : memref<8xf32>, memref<8xf32>
  gpu.wait [%t2]
  vector.print str "after\n"
  return
}

// DEVICE: hinm: error: there is no device 5, {{.*$}}
// DEVICE-NOT: {{.}}
func.func @device() {
  %c5 = arith.constant 5 : i32
  gpu.set_default_device %c5
  %t0 = gpu.wait async
  %d, %t1 = gpu.alloc async [%t0] () : memref<4xf32>
  gpu.wait [%t1]
  vector.print str "after\n"
  return
}

// BLOCKS: hinm: error: {{.*}}kernel 'blocks_kernel', PTX line [[LINE:[0-9]+]], CTA (1,0,0), thread (0,0,0): data race between CTAs {{.*}} CTA (0,0,0) writes it at PTX line [[LINE]], {{.*$}}
// BLOCKS-NOT: {{.}}
func.func @blocks() {
  %t0 = gpu.wait async
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %r, %t1 = gpu.alloc async [%t0] () : memref<1xindex>
  gpu.wait [%t1]
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c8, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%sx = %c1, %sy = %c1, %sz = %c1) {
    memref.store %bx, %r[%c0] : memref<1xindex>
    gpu.terminator
  }
  vector.print str "after\n"
  return
}

// BARRIER: hinm: error: {{.*}}kernel 'barrier_kernel', PTX line {{[0-9]+}}, CTA (0,0,0), warp 0: deadlock: barrier 0 waits for 64 threads, but only 32 arrived{{.*$}}
// BARRIER-NOT: {{.}}
func.func @barrier() {
  %c1 = arith.constant 1 : index
  %c32 = arith.constant 32 : index
  %c64 = arith.constant 64 : index
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%sx = %c64, %sy = %c1, %sz = %c1) {
    %in = arith.cmpi ult, %tx, %c32 : index
    scf.if %in {
      gpu.barrier
    }
    gpu.terminator
  }
  vector.print str "after\n"
  return
}

// Shared memory: workgroup attributions of two types, dynamic shared memory with
// views at offsets, private attributions, and loops with barriers.
// RUN: mlir-opt %s --gpu-lower-to-nvvm-pipeline='cubin-chip=sm_80 cubin-features=+ptx85 cubin-format=isa' \
// RUN:   | env HINM_DEVICE=emulator mlir-runner -e main --entry-point-result=void \
// RUN:       --shared-libs=%llvm_lib/libmlir_runner_utils.so,%llvm_lib/libmlir_c_runner_utils.so,%hinm_lib/libhinm_runtime.so \
// RUN:   | FileCheck %s
// UNSUPPORTED: sanitizer

// Block b of 128 threads holds x[i] = (i * i + b) mod 101. First line: how many of
// the 4 x 128 prefix sums, computed by doubling in shared memory, differ from those
// of a host loop. Second: how many elements of each block's reversal differ.
// CHECK: 0
// CHECK-NEXT: 0
module attributes {gpu.container_module} {
  gpu.module @kernels {
    // Hillis and Steele: log2(128) rounds over two buffers.
    gpu.func @scan(%x: memref<4x128xi32>)
        workgroup(%a: memref<128xi32, #gpu.address_space<workgroup>>,
                  %b: memref<128xi64, #gpu.address_space<workgroup>>)
        private(%p: memref<2xi32, #gpu.address_space<private>>) kernel {
      %c0 = arith.constant 0 : index
      %c1 = arith.constant 1 : index
      %c2 = arith.constant 2 : index
      %c128 = arith.constant 128 : index
      %t = gpu.thread_id x
      %k = gpu.block_id x
      %v = memref.load %x[%k, %t] : memref<4x128xi32>
      memref.store %v, %a[%t] : memref<128xi32, #gpu.address_space<workgroup>>
      gpu.barrier
      %end = scf.while (%step = %c1) : (index) -> index {
        %more = arith.cmpi ult, %step, %c128 : index
        scf.condition(%more) %step : index
      } do {
      ^bb0(%step: index):
        %mine = memref.load %a[%t] : memref<128xi32, #gpu.address_space<workgroup>>
        memref.store %mine, %p[%c0] : memref<2xi32, #gpu.address_space<private>>
        %has = arith.cmpi uge, %t, %step : index
        scf.if %has {
          %i = arith.subi %t, %step : index
          %left = memref.load %a[%i] : memref<128xi32, #gpu.address_space<workgroup>>
          %sum = arith.addi %left, %mine : i32
          memref.store %sum, %p[%c0] : memref<2xi32, #gpu.address_space<private>>
        }
        %out = memref.load %p[%c0] : memref<2xi32, #gpu.address_space<private>>
        %wide = arith.extsi %out : i32 to i64
        memref.store %wide, %b[%t] : memref<128xi64, #gpu.address_space<workgroup>>
        gpu.barrier
        %back = memref.load %b[%t] : memref<128xi64, #gpu.address_space<workgroup>>
        %narrow = arith.trunci %back : i64 to i32
        memref.store %narrow, %a[%t] : memref<128xi32, #gpu.address_space<workgroup>>
        gpu.barrier
        %next = arith.muli %step, %c2 : index
        scf.yield %next : index
      }
      %r = memref.load %a[%t] : memref<128xi32, #gpu.address_space<workgroup>>
      memref.store %r, %x[%k, %t] : memref<4x128xi32>
      gpu.return
    }
    // The reversed sums, through two views of one dynamic buffer: even elements
    // in the first, odd ones in the second.
    gpu.func @reverse(%x: memref<4x128xi32>) kernel {
      %c0 = arith.constant 0 : index
      %c1 = arith.constant 1 : index
      %c2 = arith.constant 2 : index
      %c127 = arith.constant 127 : index
      %half = arith.constant 256 : index
      %t = gpu.thread_id x
      %k = gpu.block_id x
      %raw = gpu.dynamic_shared_memory : memref<?xi8, #gpu.address_space<workgroup>>
      %even = memref.view %raw[%c0][] : memref<?xi8, #gpu.address_space<workgroup>> to memref<64xi32, #gpu.address_space<workgroup>>
      %odd = memref.view %raw[%half][] : memref<?xi8, #gpu.address_space<workgroup>> to memref<64xi32, #gpu.address_space<workgroup>>
      %v = memref.load %x[%k, %t] : memref<4x128xi32>
      %bit = arith.remui %t, %c2 : index
      %at = arith.divui %t, %c2 : index
      %isEven = arith.cmpi eq, %bit, %c0 : index
      %to = arith.select %isEven, %even, %odd : memref<64xi32, #gpu.address_space<workgroup>>
      memref.store %v, %to[%at] : memref<64xi32, #gpu.address_space<workgroup>>
      gpu.barrier
      %from = arith.subi %c127, %t : index
      %at2 = arith.divui %from, %c2 : index
      // 127 - t is odd where t is even.
      %src = arith.select %isEven, %odd, %even : memref<64xi32, #gpu.address_space<workgroup>>
      %r = memref.load %src[%at2] : memref<64xi32, #gpu.address_space<workgroup>>
      memref.store %r, %x[%k, %t] : memref<4x128xi32>
      gpu.return
    }
  }
  func.func @main() {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c4 = arith.constant 4 : index
    %c101 = arith.constant 101 : index
    %c127 = arith.constant 127 : index
    %c128 = arith.constant 128 : index
    %bytes = arith.constant 512 : i32
    %zero = arith.constant 0 : i32
    %h = memref.alloc() : memref<4x128xi32>
    %sums = memref.alloc() : memref<4x128xi32>
    %r1 = memref.alloc() : memref<4x128xi32>
    %r2 = memref.alloc() : memref<4x128xi32>
    scf.for %b = %c0 to %c4 step %c1 {
      %all = scf.for %i = %c0 to %c128 step %c1 iter_args(%s = %zero) -> (i32) {
        %ii = arith.muli %i, %i : index
        %y = arith.addi %ii, %b : index
        %m = arith.remui %y, %c101 : index
        %v = arith.index_cast %m : index to i32
        %s1 = arith.addi %s, %v : i32
        memref.store %v, %h[%b, %i] : memref<4x128xi32>
        memref.store %s1, %sums[%b, %i] : memref<4x128xi32>
        scf.yield %s1 : i32
      }
    }
    %t0 = gpu.wait async
    %d, %t1 = gpu.alloc async [%t0] () : memref<4x128xi32>
    %t2 = gpu.memcpy async [%t1] %d, %h : memref<4x128xi32>, memref<4x128xi32>
    %t3 = gpu.launch_func async [%t2] @kernels::@scan blocks in (%c4, %c1, %c1)
        threads in (%c128, %c1, %c1) args(%d : memref<4x128xi32>)
    %t4 = gpu.memcpy async [%t3] %r1, %d : memref<4x128xi32>, memref<4x128xi32>
    %t5 = gpu.launch_func async [%t4] @kernels::@reverse blocks in (%c4, %c1, %c1)
        threads in (%c128, %c1, %c1) dynamic_shared_memory_size %bytes args(%d : memref<4x128xi32>)
    %t6 = gpu.memcpy async [%t5] %r2, %d : memref<4x128xi32>, memref<4x128xi32>
    gpu.wait [%t6]
    %wrong:2 = scf.for %n = %c0 to %c4 step %c1 iter_args(%w1 = %zero, %w2 = %zero) -> (i32, i32) {
      %o:2 = scf.for %i = %c0 to %c128 step %c1 iter_args(%w3 = %w1, %w4 = %w2) -> (i32, i32) {
        %j = arith.subi %c127, %i : index
        %a = memref.load %r1[%n, %i] : memref<4x128xi32>
        %b = memref.load %r2[%n, %j] : memref<4x128xi32>
        %e = memref.load %sums[%n, %i] : memref<4x128xi32>
        %da = arith.cmpi ne, %a, %e : i32
        %db = arith.cmpi ne, %b, %e : i32
        %xa = arith.extui %da : i1 to i32
        %xb = arith.extui %db : i1 to i32
        %na = arith.addi %w3, %xa : i32
        %nb = arith.addi %w4, %xb : i32
        scf.yield %na, %nb : i32, i32
      }
      scf.yield %o#0, %o#1 : i32, i32
    }
    vector.print %wrong#0 : i32
    vector.print %wrong#1 : i32
    return
  }
}

// nvgpu's mbarriers: a producer warp and a consumer warp hand a buffer to and fro
// through two barriers, with waits on parities, and test_wait with a token.
// RUN: mlir-opt %s --gpu-lower-to-nvvm-pipeline='cubin-chip=sm_90 cubin-features=+ptx85 cubin-format=isa' \
// RUN:   | env HINM_DEVICE=emulator mlir-runner -e main --entry-point-result=void \
// RUN:       --shared-libs=%llvm_lib/libmlir_runner_utils.so,%llvm_lib/libmlir_c_runner_utils.so,%hinm_lib/libhinm_runtime.so \
// RUN:   | FileCheck %s
// UNSUPPORTED: sanitizer

// Round r hands over 100 r + t; the consumer adds the 10 values of its neighbour
// t xor 1: 10 (t xor 1) + 4500. By lanes:
// CHECK: ( 4510, 4500, 4530, 4520, 4550, 4540, 4570, 4560, 4590, 4580, 4610, 4600, 4630, 4620, 4650, 4640, 4670, 4660, 4690, 4680, 4710, 4700, 4730, 4720, 4750, 4740, 4770, 4760, 4790, 4780, 4810, 4800 )
// Then the 64 threads meet at one barrier, with a token each: 63 in every lane.
// CHECK-NEXT: ( 63{{(, 63){63} }})
!one = !nvgpu.mbarrier.group<memorySpace = #gpu.address_space<workgroup>>
!two = !nvgpu.mbarrier.group<memorySpace = #gpu.address_space<workgroup>, num_barriers = 2>
!token = !nvgpu.mbarrier.token
#sh = #gpu.address_space<workgroup>
func.func @main() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c32 = arith.constant 32 : index
  %c64 = arith.constant 64 : index
  %h = memref.alloc() : memref<96xi32>
  %t0 = gpu.wait async
  %d, %t1 = gpu.alloc async [%t0] () : memref<96xi32>
  %t2 = gpu.launch async [%t1] blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
                               threads(%tx, %ty, %tz) in (%sx = %c64, %sy = %c1, %sz = %c1)
      workgroup(%buffer : memref<32xi32, #sh>, %meet : memref<64xi32, #sh>) {
    %c10 = arith.constant 10 : index
    %c2 = arith.constant 2 : index
    %c63 = arith.constant 63 : index
    %ticks = arith.constant 10000000 : index
    %hundred = arith.constant 100 : i32
    %zero = arith.constant 0 : i32
    %never = arith.constant false
    // Barrier 0: full, barrier 1: empty.
    %bars = nvgpu.mbarrier.create -> !two
    %all = nvgpu.mbarrier.create -> !one
    %first = arith.cmpi eq, %tx, %c0 : index
    nvgpu.mbarrier.init %bars[%c0], %c32, predicate = %first : !two
    nvgpu.mbarrier.init %bars[%c1], %c32, predicate = %first : !two
    nvgpu.mbarrier.init %all[%c0], %c64, predicate = %first : !one
    gpu.barrier
    %produces = arith.cmpi ult, %tx, %c32 : index
    scf.if %produces {
      %t = arith.index_cast %tx : index to i32
      scf.for %r = %c0 to %c10 step %c1 {
        // Before round r the buffer must be empty for the r-th time: the phase
        // before the first counts as over, with parity 1.
        %r1 = arith.addi %r, %c1 : index
        %bit = arith.remui %r1, %c2 : index
        %parity = arith.index_cast %bit : index to i1
        nvgpu.mbarrier.try_wait.parity %bars[%c1], %parity, %ticks : !two
        %ri = arith.index_cast %r : index to i32
        %m = arith.muli %ri, %hundred : i32
        %v = arith.addi %m, %t : i32
        memref.store %v, %buffer[%tx] : memref<32xi32, #sh>
        %k = nvgpu.mbarrier.arrive %bars[%c0] : !two -> !token
      }
    } else {
      %lane = arith.subi %tx, %c32 : index
      %near = arith.xori %lane, %c1 : index
      %sum = scf.for %r = %c0 to %c10 step %c1 iter_args(%s = %zero) -> (i32) {
        %bit = arith.remui %r, %c2 : index
        %parity = arith.index_cast %bit : index to i1
        nvgpu.mbarrier.try_wait.parity %bars[%c0], %parity, %ticks : !two
        %v = memref.load %buffer[%near] : memref<32xi32, #sh>
        %k = nvgpu.mbarrier.arrive %bars[%c1] : !two -> !token
        %s1 = arith.addi %s, %v : i32
        scf.yield %s1 : i32
      }
      memref.store %sum, %d[%lane] : memref<96xi32>
    }
    %ti = arith.index_cast %tx : index to i32
    memref.store %ti, %meet[%tx] : memref<64xi32, #sh>
    %mine = nvgpu.mbarrier.arrive %all[%c0] : !one -> !token
    scf.while (%done = %never) : (i1) -> () {
      %true = arith.constant true
      %go = arith.xori %done, %true : i1
      scf.condition(%go)
    } do {
      %w = nvgpu.mbarrier.test.wait %all[%c0], %mine : !one, !token
      scf.yield %w : i1
    }
    // t and what 63 - t stored.
    %other = arith.subi %c63, %tx : index
    %o = memref.load %meet[%other] : memref<64xi32, #sh>
    %both = arith.addi %o, %ti : i32
    %to = arith.addi %tx, %c32 : index
    memref.store %both, %d[%to] : memref<96xi32>
    gpu.terminator
  }
  %t3 = gpu.memcpy async [%t2] %h, %d : memref<96xi32>, memref<96xi32>
  %t4 = gpu.dealloc async [%t3] %d : memref<96xi32>
  gpu.wait [%t4]
  %a = vector.load %h[%c0] : memref<96xi32>, vector<32xi32>
  vector.print %a : vector<32xi32>
  %b = vector.load %h[%c32] : memref<96xi32>, vector<64xi32>
  vector.print %b : vector<64xi32>
  return
}

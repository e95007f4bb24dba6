// RUN: hinm-opt %s --pass-pipeline='builtin.module(gpu.module(convert-hinm-to-nvgpu),canonicalize,cse)' | FileCheck %s

#shared = #gpu.address_space<workgroup>

gpu.module @kernels {
  // 2560 bytes by 64 threads: 160 pieces of 16 bytes, three for each lane; the
  // second warp's last one, 16-byte pieces 160 to 191, does not exist. Where the
  // flag is not set, the size of the source is 0.
  // CHECK-LABEL: gpu.func @block
  // CHECK-SAME: %[[LIVE:[a-z0-9]*]]: i1
  // CHECK: %[[SIZE:.*]] = arith.select %[[LIVE]], %c16_i32, %c0_i32
  // CHECK: nvvm.cp.async.shared.global %{{.*}}, %{{.*}}, 16, cache = cg, %[[SIZE]]
  // CHECK: nvvm.cp.async.shared.global
  // CHECK: %[[INSIDE:.*]] = arith.cmpi ult, %{{.*}}, %c96_i32
  // CHECK: scf.if %[[INSIDE]]
  // CHECK: nvvm.cp.async.shared.global
  // CHECK-NOT: nvvm.cp.async.shared.global
  // CHECK: nvvm.cp.async.commit.group
  // CHECK: nvvm.cp.async.wait.group 1
  gpu.func @block(%s: memref<9000xi8>, %i: index, %d: memref<2560xi8, #shared>,
                  %live: i1)
      kernel attributes {known_block_size = array<i32: 64, 1, 1>} {
    hinm.block_copy %s[%i] to %d if %live
        : memref<9000xi8> to memref<2560xi8, #shared>
    hinm.commit_copies
    hinm.wait_copies pending 1
    gpu.return
  }

  // Rows of 128 halves by 128 threads: 8 threads side by side, four rows of a
  // thread, whose indices come by one load; two pieces of each row. The pitch of
  // the source is unknown, so the row's address is a product.
  // CHECK-LABEL: gpu.func @long_rows
  // CHECK: %[[INDICES:.*]] = llvm.load %{{.*}} {alignment = 16 : i64} : !llvm.ptr<3> -> vector<4xi32>
  // CHECK: %[[INDEX:.*]] = llvm.extractelement %[[INDICES]][%c0_i32 : i32]
  // CHECK: %[[SIGN:.*]] = arith.shrui %[[INDEX]], %c27_i32
  // CHECK: %[[MASK:.*]] = arith.xori %[[SIGN]], %c-1_i32
  // CHECK: %[[WIDE:.*]] = arith.extui %[[INDEX]] : i32 to i64
  // CHECK: arith.muli %[[WIDE]], %{{.*}} : i64
  // CHECK: %[[SIZE:.*]] = arith.andi %[[MASK]], %{{.*}}
  // CHECK: nvvm.cp.async.shared.global %{{.*}}, %{{.*}}, 16, cache = cg, %[[SIZE]]
  // CHECK-COUNT-7: nvvm.cp.async.shared.global
  // CHECK-NOT: nvvm.cp.async.shared.global
  // CHECK: gpu.return
  gpu.func @long_rows(%x: memref<384x?xf16>, %c: index,
                      %i: memref<64xi32, #shared>,
                      %d: memref<64x128xf16, strided<[136, 1]>, #shared>)
      kernel attributes {known_block_size = array<i32: 128, 1, 1>} {
    hinm.gather_copy %x[%c], rows %i to %d
        : memref<384x?xf16>, memref<64xi32, #shared>
       to memref<64x128xf16, strided<[136, 1]>, #shared>
    gpu.return
  }

  // Rows of one piece by 96 threads: each takes one row, 64 to 95 none.
  // CHECK-LABEL: gpu.func @short_rows
  // CHECK: %[[HAS:.*]] = arith.cmpi ult, %{{.*}}, %c64_i32
  // CHECK: scf.if %[[HAS]]
  // CHECK: llvm.load %{{.*}} {alignment = 4 : i64} : !llvm.ptr<1> -> i32
  // CHECK: nvvm.cp.async.shared.global
  // CHECK-NOT: nvvm.cp.async.shared.global
  // CHECK: gpu.return
  gpu.func @short_rows(%x: memref<384x?xf16>, %c: index, %i: memref<64xi32>,
                       %d: memref<64x8xf16, #shared>)
      kernel attributes {known_block_size = array<i32: 96, 1, 1>} {
    hinm.gather_copy %x[%c], rows %i to %d
        : memref<384x?xf16>, memref<64xi32> to memref<64x8xf16, #shared>
    gpu.return
  }
}

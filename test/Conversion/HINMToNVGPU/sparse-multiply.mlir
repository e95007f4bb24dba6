// RUN: hinm-opt %s --pass-pipeline='builtin.module(gpu.module(convert-hinm-to-nvgpu),canonicalize,cse)' | FileCheck %s

#shared = #gpu.address_space<workgroup>

// A warp of 32 x 16: two fragments of each operand, so the activations are held
// and a step has two halves of two slices.

gpu.module @kernels {
  // CHECK-LABEL: gpu.func @step
  // Slice 0 starts with both held fragments, the first of the weight and the
  // metadata.
  // CHECK-COUNT-2: nvvm.ldmatrix {{.*}} {eltType = #nvvm.ld_st_matrix_elt_type<b16>, layout = #nvvm.mma_layout<col>, num = 4 : i32
  // CHECK: llvm.load {{.*}} {alignment = 16 : i64} : !llvm.ptr<3> -> vector<4xi32>
  // CHECK: llvm.load {{.*}} {alignment = 8 : i64} : !llvm.ptr<3> -> vector<2xi32>

  // Slice 0: the weight of slice 1 is loaded ahead, nothing is replaced.
  // CHECK: llvm.load {{.*}} -> vector<4xi32>
  // CHECK-NOT: nvvm.ldmatrix
  // CHECK: nvvm.mma.sp.sync {{.*}}selector[%c0_i32] {orderedMetadata, shape = #nvvm.shape<m = 16, n = 8, k = 32>}
  // CHECK-NOT: nvvm.ldmatrix
  // CHECK: nvvm.mma.sp.sync {{.*}}selector[%c0_i32]

  // Slice 1, the last of its half: each held fragment is replaced behind its use.
  // CHECK: llvm.load {{.*}} -> vector<4xi32>
  // CHECK: nvvm.mma.sp.sync {{.*}}selector[%c1_i32]
  // CHECK: nvvm.ldmatrix
  // CHECK: nvvm.mma.sp.sync {{.*}}selector[%c1_i32]
  // CHECK: nvvm.ldmatrix

  // Slice 2.
  // CHECK: llvm.load {{.*}} -> vector<4xi32>
  // CHECK-COUNT-2: nvvm.mma.sp.sync {{.*}}selector[%c0_i32]
  // CHECK-NOT: nvvm.mma.sp.sync
  // CHECK: gpu.barrier

  // Slice 3 loads what the next step begins with, its metadata too.
  // CHECK: llvm.load {{.*}} -> vector<4xi32>
  // CHECK: llvm.load {{.*}} -> vector<2xi32>
  // CHECK: nvvm.mma.sp.sync {{.*}}selector[%c1_i32]
  // CHECK: nvvm.ldmatrix
  // CHECK: nvvm.mma.sp.sync {{.*}}selector[%c1_i32]
  // CHECK: nvvm.ldmatrix

  // Slice 0 of the next step.
  // CHECK-COUNT-2: nvvm.mma.sp.sync {{.*}}selector[%c0_i32]
  // CHECK-NOT: nvvm.mma.sp.sync
  // CHECK: llvm.store
  gpu.func @step(%block: memref<2560xi8, #shared>,
                 %rows: memref<64x16xf16, strided<[24, 1]>, #shared>,
                 %y: memref<32x16xf32>, %i: index)
      kernel attributes {known_block_size = array<i32: 32, 1, 1>} {
    %acc = hinm.zero_accumulator : !hinm.accumulator<rows = 32, columns = 16>
    %f = hinm.load_fragments %block, %rows warps [1, 1]
        : memref<2560xi8, #shared>,
          memref<64x16xf16, strided<[24, 1]>, #shared>
       -> !hinm.fragments<rows = 32, columns = 16>
    %0, %f0 = hinm.sparse_multiply %acc, %f, %block, %rows
        slices 0 to 3 warps [1, 1]
        : !hinm.accumulator<rows = 32, columns = 16>,
          !hinm.fragments<rows = 32, columns = 16>, memref<2560xi8, #shared>,
          memref<64x16xf16, strided<[24, 1]>, #shared>
    gpu.barrier
    %1, %f1 = hinm.sparse_multiply %0, %f0, %block, %rows
        slices 3 to 4 warps [1, 1]
        : !hinm.accumulator<rows = 32, columns = 16>,
          !hinm.fragments<rows = 32, columns = 16>, memref<2560xi8, #shared>,
          memref<64x16xf16, strided<[24, 1]>, #shared>
    %2, %f2 = hinm.sparse_multiply %1, %f1, %block, %rows
        slices 0 to 1 warps [1, 1]
        : !hinm.accumulator<rows = 32, columns = 16>,
          !hinm.fragments<rows = 32, columns = 16>, memref<2560xi8, #shared>,
          memref<64x16xf16, strided<[24, 1]>, #shared>
    hinm.store_tile %2 to %y[%i, %i] warps [1, 1]
        : !hinm.accumulator<rows = 32, columns = 16>, memref<32x16xf32>
    gpu.return
  }
}

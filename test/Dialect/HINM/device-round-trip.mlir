// RUN: hinm-opt %s --verify-roundtrip | FileCheck %s

#shared = #gpu.address_space<workgroup>

// CHECK-LABEL: func @copies
func.func @copies(%stream: memref<20224xi8>, %offset: index, %live: i1,
                  %block: memref<4864xi8, #shared>, %x: memref<384x?xf16>,
                  %column: index, %indices: memref<64xi32, #shared>,
                  %rows: memref<64x128xf16, strided<[136, 1]>, #shared>) {
  // CHECK: hinm.block_copy %{{.*}}[%{{.*}}] to %{{.*}} if %{{.*}} : memref<20224xi8> to memref<4864xi8, #gpu.address_space<workgroup>>
  hinm.block_copy %stream[%offset] to %block if %live
      : memref<20224xi8> to memref<4864xi8, #shared>
  // CHECK: hinm.gather_copy %{{.*}}[%{{.*}}], rows %{{.*}} to %{{.*}} : memref<384x?xf16>
  hinm.gather_copy %x[%column], rows %indices to %rows
      : memref<384x?xf16>, memref<64xi32, #shared>
     to memref<64x128xf16, strided<[136, 1]>, #shared>
  // CHECK: hinm.commit_copies
  hinm.commit_copies
  // CHECK: hinm.wait_copies pending 1
  hinm.wait_copies pending 1
  return
}

// CHECK-LABEL: func @multiply
func.func @multiply(%block: memref<9472xi8, #shared>,
                    %rows: memref<64x128xf16, strided<[136, 1]>, #shared>,
                    %y: memref<1536x?xf16>, %bias: memref<1536xf32>,
                    %place: index, %column: index, %index: memref<1536xi32>) {
  // CHECK: %[[ACC:.*]] = hinm.zero_accumulator : <rows = 64, columns = 64>
  %acc = hinm.zero_accumulator : !hinm.accumulator<rows = 64, columns = 64>
  // CHECK: %[[F:.*]] = hinm.load_fragments %{{.*}}, %{{.*}} warps [2, 2]
  // CHECK-SAME: -> <rows = 64, columns = 64>
  %f = hinm.load_fragments %block, %rows warps [2, 2]
      : memref<9472xi8, #shared>,
        memref<64x128xf16, strided<[136, 1]>, #shared>
     -> !hinm.fragments<rows = 64, columns = 64>
  // CHECK: hinm.sparse_multiply %[[ACC]], %[[F]], %{{.*}}, %{{.*}} slices 0 to 7 warps [2, 2]
  %0, %f0 = hinm.sparse_multiply %acc, %f, %block, %rows
      slices 0 to 7 warps [2, 2]
      : !hinm.accumulator<rows = 64, columns = 64>,
        !hinm.fragments<rows = 64, columns = 64>, memref<9472xi8, #shared>,
        memref<64x128xf16, strided<[136, 1]>, #shared>
  // CHECK: hinm.store_tile %{{.*}} to %{{.*}}[%{{.*}}, %{{.*}}] rows(%{{.*}} : memref<1536xi32>) epilogue(%{{.*}} : memref<1536xf32>) warps [2, 2]
  // CHECK: hinm.yield %{{.*}} : f16
  hinm.store_tile %0 to %y[%place, %column] rows(%index : memref<1536xi32>)
      epilogue(%bias : memref<1536xf32>) warps [2, 2]
      : !hinm.accumulator<rows = 64, columns = 64>, memref<1536x?xf16> apply {
    ^bb0(%sum: f32, %b: f32):
      %1 = arith.addf %sum, %b : f32
      %2 = arith.truncf %1 : f32 to f16
      hinm.yield %2 : f16
  }
  // CHECK: hinm.store_tile %{{.*}} to %{{.*}}[%{{.*}}, %{{.*}}] warps [2, 2] : <rows = 64, columns = 64>, memref<1536x?xf16>
  hinm.store_tile %0 to %y[%place, %column] warps [2, 2]
      : !hinm.accumulator<rows = 64, columns = 64>, memref<1536x?xf16>
  return
}

// RUN: hinm-opt %s --pass-pipeline='builtin.module(convert-hinm-to-gpu,gpu.module(convert-hinm-to-nvgpu),nvvm-attach-target{chip=sm_80 features=+ptx85 O=2},gpu.module(convert-nvgpu-to-nvvm,convert-scf-to-cf,convert-vector-to-llvm,convert-gpu-to-nvvm,reconcile-unrealized-casts),gpu-module-to-binary{format=isa})' | FileCheck %s
// REQUIRES: nvptx

// From memrefs to PTX by upstream's passes alone: the loop reads shared memory and
// copies to it asynchronously, nothing else.

// CHECK: .version 8.5
// CHECK-SAME: .target sm_80
// CHECK-SAME: .extern .shared .align 16 .b8 hinm_shared_memory[];
// CHECK-SAME: .visible .entry gather_matmul(
// CHECK-SAME: .maxntid 128, 1, 1
// CHECK-SAME: cp.async.cg.shared.global
// CHECK-SAME: cp.async.commit_group
// CHECK-SAME: cp.async.wait_group{{[^a-z]*}}1;
// CHECK-SAME: bar.sync
// CHECK-SAME: ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16
// CHECK-SAME: mma.sp::ordered_metadata.sync.aligned.m16n8k32.row.col.f32.f16.f16.f32
// CHECK-SAME: st.global.v2.b32
// CHECK-NOT: .local
func.func @layer(%w: memref<24x15104xi8>, %x: memref<384x?xf16>,
                 %bias: memref<1536xf32>, %y: memref<1536x?xf32>) {
  hinm.gather_matmul weights(%w : memref<24x15104xi8>)
      ins(%x : memref<384x?xf16>) epilogue(%bias : memref<1536xf32>)
      outs(%y : memref<1536x?xf32>)
      {encoding = #hinm.encoding<vector = 64, columns = 192, nm = 2:4>,
       stream = #hinm.fragment_stream<lookahead = 2>,
       schedule = #hinm.schedule<tile = [64, 128], warps = [1, 4], stages = 3>}
      apply {
    ^bb0(%sum: f32, %b: f32):
      %0 = arith.addf %sum, %b : f32
      hinm.yield %0 : f32
  }
  return
}

// RUN: hinm-opt %s --split-input-file --verify-diagnostics --pass-pipeline='builtin.module(convert-hinm-to-gpu)'

func.func @tensors(%x: tensor<5x36xf32>, %y: tensor<36x8xf16>) -> tensor<36x8xf16> {
  // expected-error @below {{works on tensors, but only memrefs become kernels: bufferize first}}
  %0 = hinm.to_feature_major ins(%x : tensor<5x36xf32>)
      outs(%y : tensor<36x8xf16>) -> tensor<36x8xf16>
  return %0 : tensor<36x8xf16>
}

// -----

func.func @unpacked(%v: memref<32x8xf16>, %m: memref<32x2xi8>,
                    %i: memref<1x16xi32>, %x: memref<30x16xf16>,
                    %y: memref<32x16xf32>) {
  // expected-error @below {{becomes a kernel only with a weight packed as a stream and with a schedule: run hinm-pack-for-target first}}
  hinm.gather_matmul weights(%v, %m, %i
          : memref<32x8xf16>, memref<32x2xi8>, memref<1x16xi32>)
      ins(%x : memref<30x16xf16>) outs(%y : memref<32x16xf32>)
      {encoding = #hinm.encoding<vector = 32, columns = 16, nm = 2:4>}
  return
}

// -----

func.func @warp_rows(%w: memref<1x2816xi8>, %x: memref<30x16xf16>,
                     %y: memref<32x16xf32>) {
  // expected-error @below {{the schedule gives 16 rows to a warp, expected a multiple of 32}}
  hinm.gather_matmul weights(%w : memref<1x2816xi8>) ins(%x : memref<30x16xf16>)
      outs(%y : memref<32x16xf32>)
      {encoding = #hinm.encoding<vector = 32, columns = 16, nm = 2:4>,
       stream = #hinm.fragment_stream<lookahead = 1>,
       schedule = #hinm.schedule<tile = [32, 16], warps = [2, 1], stages = 2>}
  return
}

// -----

func.func @element_type(%w: memref<1x2816xi8>, %x: memref<30x16xf32>,
                        %y: memref<32x16xf32>) {
  // expected-error @below {{expected f16 or bf16 activations for the tensor cores, but got 'f32'}}
  hinm.gather_matmul weights(%w : memref<1x2816xi8>) ins(%x : memref<30x16xf32>)
      outs(%y : memref<32x16xf32>)
      {encoding = #hinm.encoding<vector = 32, columns = 16, nm = 2:4>,
       stream = #hinm.fragment_stream<lookahead = 1>,
       schedule = #hinm.schedule<tile = [32, 16], warps = [1, 1], stages = 2>}
  return
}

// -----

func.func @strided_stream(%w: memref<1x2816xi8, strided<[4096, 1]>>,
                          %x: memref<30x16xf16>, %y: memref<32x16xf32>) {
  // expected-error @below {{expected a contiguous stream of static size, but got 'memref<1x2816xi8, strided<[4096, 1]>>'}}
  hinm.gather_matmul weights(%w : memref<1x2816xi8, strided<[4096, 1]>>)
      ins(%x : memref<30x16xf16>) outs(%y : memref<32x16xf32>)
      {encoding = #hinm.encoding<vector = 32, columns = 16, nm = 2:4>,
       stream = #hinm.fragment_stream<lookahead = 1>,
       schedule = #hinm.schedule<tile = [32, 16], warps = [1, 1], stages = 2>}
  return
}

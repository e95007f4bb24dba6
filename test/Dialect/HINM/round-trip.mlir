// RUN: hinm-opt %s --verify-roundtrip | FileCheck %s

#enc = #hinm.encoding<vector = 32, columns = 16, nm = 2:4>

// CHECK-LABEL: func @encoded
func.func @encoded(%w: tensor<50x30xf32>, %x: tensor<30x?xf16>,
                   %bias: tensor<50xf32>, %one: tensor<f32>,
                   %init: tensor<50x?xf32>, %values: tensor<64x8xf16>,
                   %metadata: tensor<64x2xi8>, %index: tensor<2x16xi32>) -> tensor<50x?xf32> {
  // CHECK: hinm.encode %{{.*}} : tensor<50x30xf32> -> tensor<50x30xf16, #hinm.encoding<vector = 32, columns = 16, nm = 2:4>>
  %e = hinm.encode %w : tensor<50x30xf32> -> tensor<50x30xf16, #enc>
  // CHECK: hinm.assemble %{{.*}}, %{{.*}}, %{{.*}} : tensor<64x8xf16>, tensor<64x2xi8>, tensor<2x16xi32> -> tensor<50x30xf16, #hinm.encoding
  %a = hinm.assemble %values, %metadata, %index
      : tensor<64x8xf16>, tensor<64x2xi8>, tensor<2x16xi32> -> tensor<50x30xf16, #enc>
  // CHECK: hinm.decode %{{.*}} -> tensor<50x30xf16>
  %d = hinm.decode %a : tensor<50x30xf16, #enc> -> tensor<50x30xf16>
  // CHECK: hinm.values %{{.*}} -> tensor<64x8xf16>
  %v = hinm.values %e : tensor<50x30xf16, #enc> -> tensor<64x8xf16>
  // CHECK: hinm.metadata %{{.*}} -> tensor<64x2xi8>
  %m = hinm.metadata %e : tensor<50x30xf16, #enc> -> tensor<64x2xi8>
  // CHECK: hinm.vector_index %{{.*}} -> tensor<2x16xi32>
  %i = hinm.vector_index %e : tensor<50x30xf16, #enc> -> tensor<2x16xi32>
  // CHECK: hinm.matmul ins(%{{.*}}, %{{.*}} : tensor<50x30xf16, #hinm.encoding<{{.*}}>>, tensor<30x?xf16>) epilogue(%{{.*}}, %{{.*}} : tensor<50xf32>, tensor<f32>) outs(%{{.*}} : tensor<50x?xf32>) apply
  // CHECK: ^bb0(%[[S:.*]]: f32, %[[B:.*]]: f32, %[[ONE:.*]]: f32):
  // CHECK: hinm.yield %{{.*}} : f32
  %y = hinm.matmul ins(%e, %x : tensor<50x30xf16, #enc>, tensor<30x?xf16>)
      epilogue(%bias, %one : tensor<50xf32>, tensor<f32>)
      outs(%init : tensor<50x?xf32>) apply {
    ^bb0(%sum: f32, %b: f32, %o: f32):
      %0 = arith.addf %sum, %b : f32
      hinm.yield %0 : f32
  } -> tensor<50x?xf32>
  // CHECK: hinm.matmul ins({{.*}}) outs(%{{.*}} : tensor<50x?xf32>) -> tensor<50x?xf32>
  %z = hinm.matmul ins(%a, %x : tensor<50x30xf16, #enc>, tensor<30x?xf16>)
      outs(%y : tensor<50x?xf32>) -> tensor<50x?xf32>
  return %z : tensor<50x?xf32>
}

// CHECK-LABEL: func @orders
func.func @orders(%w: tensor<3x8xf32>, %x: tensor<3x?xf32>) -> tensor<3x?xf32> {
  // -1 holds nothing; both tiles may name the same channel.
  // CHECK: hinm.encode %{{.*}} {row_order = array<i64: 2, 0, 1>, vector_index = dense<{{\[}}[4, 1, 0, 7], [-1, 1, -1, 0]]> : tensor<2x4xi32>}
  %e = hinm.encode %w {row_order = array<i64: 2, 0, 1>,
                       vector_index = dense<[[4, 1, 0, 7], [-1, 1, -1, 0]]> : tensor<2x4xi32>}
      : tensor<3x8xf32> -> tensor<3x8xbf16, #hinm.encoding<vector = 2, columns = 4, nm = 2:4>>
  // CHECK: hinm.permute %{{.*}} dim 0 order [2, 0, 1] : tensor<3x?xf32>
  %z = hinm.permute %x dim 0 order [2, 0, 1] : tensor<3x?xf32>
  return %z : tensor<3x?xf32>
}

// A product that stores its rows by an index; the attribute stands between the
// destination and the epilogue.

// CHECK-LABEL: func @rows
func.func @rows(%e: tensor<3x8xf16, #hinm.encoding<vector = 2, columns = 4, nm = 2:4>>, %x: tensor<8x?xf16>,
                %bias: tensor<3xf32>, %init: tensor<3x?xf32>) -> (tensor<3x?xf32>, tensor<3x?xf32>) {
  // CHECK: hinm.matmul ins({{.*}}) outs(%{{.*}} : tensor<3x?xf32>) {row_index = array<i64: 2, 0, 1>} -> tensor<3x?xf32>
  %y = hinm.matmul ins(%e, %x : tensor<3x8xf16, #hinm.encoding<vector = 2, columns = 4, nm = 2:4>>, tensor<8x?xf16>)
      outs(%init : tensor<3x?xf32>) {row_index = array<i64: 2, 0, 1>} -> tensor<3x?xf32>
  // CHECK: hinm.matmul ins({{.*}}) epilogue(%{{.*}} : tensor<3xf32>) outs(%{{.*}} : tensor<3x?xf32>) {hinm.layer = "l", row_index = array<i64: 0, 1, 2>} apply
  // CHECK: hinm.yield %{{.*}} : f32
  // CHECK: } -> tensor<3x?xf32>
  %z = hinm.matmul ins(%e, %x : tensor<3x8xf16, #hinm.encoding<vector = 2, columns = 4, nm = 2:4>>, tensor<8x?xf16>)
      epilogue(%bias : tensor<3xf32>) outs(%init : tensor<3x?xf32>)
      {hinm.layer = "l", row_index = array<i64: 0, 1, 2>} apply {
    ^bb0(%sum: f32, %b: f32):
      %0 = arith.addf %sum, %b : f32
      hinm.yield %0 : f32
  } -> tensor<3x?xf32>
  return %y, %z : tensor<3x?xf32>, tensor<3x?xf32>
}

// CHECK-LABEL: func @storage
func.func @storage(%values: memref<64x8xf16>, %metadata: memref<64x2xi8>,
                   %index: memref<2x16xi32>, %stream: memref<2x3072xi8>,
                   %x: memref<30x16xf16>, %rows: memref<64xi32>,
                   %y: memref<50x16xf32>, %t: memref<12x30xf32>, %o: memref<12x50xf16>) {
  // CHECK: hinm.to_feature_major ins(%{{.*}} : memref<12x30xf32>) outs(%{{.*}} : memref<30x16xf16>)
  hinm.to_feature_major ins(%t : memref<12x30xf32>) outs(%x : memref<30x16xf16>)
  // CHECK: hinm.gather_matmul weights(%{{.*}}, %{{.*}}, %{{.*}} : memref<64x8xf16>, memref<64x2xi8>, memref<2x16xi32>) ins(%{{.*}} : memref<30x16xf16>) rows(%{{.*}} : memref<64xi32>) outs(%{{.*}} : memref<50x16xf32>) {encoding = #hinm.encoding<vector = 32, columns = 16, nm = 2:4>}
  hinm.gather_matmul weights(%values, %metadata, %index
          : memref<64x8xf16>, memref<64x2xi8>, memref<2x16xi32>)
      ins(%x : memref<30x16xf16>) rows(%rows : memref<64xi32>)
      outs(%y : memref<50x16xf32>) {encoding = #enc}
  // tileBytes = 256 * 2 + (72 * 32 + 256) = 3072.
  // CHECK: hinm.gather_matmul weights(%{{.*}} : memref<2x3072xi8>)
  // CHECK-SAME: schedule = #hinm.schedule<tile = [32, 16], warps = [1, 2], stages = 3>
  // CHECK-SAME: stream = #hinm.fragment_stream<lookahead = 2>
  hinm.gather_matmul weights(%stream : memref<2x3072xi8>)
      ins(%x : memref<30x16xf16>) outs(%y : memref<50x16xf32>)
      {encoding = #enc, stream = #hinm.fragment_stream<lookahead = 2>,
       schedule = #hinm.schedule<tile = [32, 16], warps = [1, 2], stages = 3>}
  // CHECK: hinm.to_token_major ins(%{{.*}} : memref<50x16xf32>) outs(%{{.*}} : memref<12x50xf16>)
  hinm.to_token_major ins(%y : memref<50x16xf32>) outs(%o : memref<12x50xf16>)
  return
}

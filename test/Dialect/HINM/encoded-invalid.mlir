// RUN: hinm-opt %s --split-input-file --verify-diagnostics

func.func @encode_c1(%w: tensor<3x8xf32>) {
  // expected-error @below {{encode_c1: expected a result with '#hinm.encoding', but got 'tensor<3x8xf16>'}}
  %e = hinm.encode %w : tensor<3x8xf32> -> tensor<3x8xf16>
  return
}

// -----

#enc = #hinm.encoding<vector = 2, columns = 4, nm = 2:4>

func.func @encode_c2(%w: tensor<4x8xf32>) {
  // expected-error @below {{encode_c2: expected a dense source of the result's shape}}
  %e = hinm.encode %w : tensor<4x8xf32> -> tensor<3x8xf16, #enc>
  return
}

// -----

#enc = #hinm.encoding<vector = 2, columns = 4, nm = 2:4>

func.func @encode_c3_size(%w: tensor<3x8xf32>) {
  // expected-error @below {{encode_c3: 'row_order' has 2 entries, but the source has 3 rows}}
  %e = hinm.encode %w {row_order = array<i64: 1, 0>, vector_index = dense<[[4, 1, 0, 7], [0, 1, 2, 3]]> : tensor<2x4xi32>}
      : tensor<3x8xf32> -> tensor<3x8xf16, #enc>
  return
}

// -----

#enc = #hinm.encoding<vector = 2, columns = 4, nm = 2:4>

func.func @encode_c3_twice(%w: tensor<3x8xf32>) {
  // expected-error @below {{encode_c3: entry 2 of 'row_order' is 1, which makes it no permutation of the 3 rows}}
  %e = hinm.encode %w {row_order = array<i64: 1, 0, 1>, vector_index = dense<[[4, 1, 0, 7], [0, 1, 2, 3]]> : tensor<2x4xi32>}
      : tensor<3x8xf32> -> tensor<3x8xf16, #enc>
  return
}

// -----

#enc = #hinm.encoding<vector = 2, columns = 4, nm = 2:4>

func.func @encode_c4_shape(%w: tensor<3x8xf32>) {
  // expected-error @below {{encode_c4: 'vector_index' is of type 'tensor<1x4xi32>', expected tensor<2x4xi32>}}
  %e = hinm.encode %w {vector_index = dense<[[4, 1, 0, 7]]> : tensor<1x4xi32>}
      : tensor<3x8xf32> -> tensor<3x8xf16, #enc>
  return
}

// -----

#enc = #hinm.encoding<vector = 2, columns = 4, nm = 2:4>

func.func @encode_c4_type(%w: tensor<3x8xf32>) {
  // expected-error @below {{encode_c4: 'vector_index' is of type 'tensor<2x4xi64>', expected tensor<2x4xi32>}}
  %e = hinm.encode %w {vector_index = dense<0> : tensor<2x4xi64>}
      : tensor<3x8xf32> -> tensor<3x8xf16, #enc>
  return
}

// -----

#enc = #hinm.encoding<vector = 2, columns = 4, nm = 2:4>

func.func @encode_c5_range(%w: tensor<3x8xf32>) {
  // expected-error @below {{encode_c5: entry 3 of tile 1 of 'vector_index' is 8, expected -1 or one of the source's 8 columns}}
  %e = hinm.encode %w {vector_index = dense<[[4, 1, 0, 7], [0, 1, 2, 8]]> : tensor<2x4xi32>}
      : tensor<3x8xf32> -> tensor<3x8xf16, #enc>
  return
}

// -----

#enc = #hinm.encoding<vector = 2, columns = 4, nm = 2:4>

func.func @encode_c5_twice(%w: tensor<3x8xf32>) {
  // expected-error @below {{encode_c5: entry 2 of tile 0 of 'vector_index' is 4, which that tile names twice}}
  %e = hinm.encode %w {vector_index = dense<[[4, 1, 4, 7], [0, 1, 2, 3]]> : tensor<2x4xi32>}
      : tensor<3x8xf32> -> tensor<3x8xf16, #enc>
  return
}

// -----

#enc = #hinm.encoding<vector = 2, columns = 4, nm = 2:4>

func.func @encode_c6(%w: tensor<3x8xf32>) {
  // expected-error @below {{encode_c6: 'row_order' is given without 'vector_index'}}
  %e = hinm.encode %w {row_order = array<i64: 2, 0, 1>}
      : tensor<3x8xf32> -> tensor<3x8xf16, #enc>
  return
}

// -----

func.func @assemble_c1(%v: tensor<64x8xf16>, %m: tensor<64x2xi8>,
                %i: tensor<2x16xi32>) {
  // expected-error @below {{assemble_c1: expected a result with '#hinm.encoding', but got 'tensor<50x30xf16>'}}
  %e = hinm.assemble %v, %m, %i
      : tensor<64x8xf16>, tensor<64x2xi8>, tensor<2x16xi32> -> tensor<50x30xf16>
  return
}

// -----

#enc = #hinm.encoding<vector = 32, columns = 16, nm = 2:4>

func.func @assemble_c2(%v: tensor<50x8xf16>, %m: tensor<64x2xi8>,
                %i: tensor<2x16xi32>) {
  // expected-error @below {{assemble_c2: 'values' is of type 'tensor<50x8xf16>', expected tensor<64x8x'f16'>}}
  %e = hinm.assemble %v, %m, %i
      : tensor<50x8xf16>, tensor<64x2xi8>, tensor<2x16xi32> -> tensor<50x30xf16, #enc>
  return
}

// -----

#enc = #hinm.encoding<vector = 32, columns = 16, nm = 2:4>

func.func @assemble_c2_type(%v: tensor<64x8xbf16>, %m: tensor<64x2xi8>,
                %i: tensor<2x16xi32>) {
  // expected-error @below {{assemble_c2: 'values' is of type 'tensor<64x8xbf16>', expected tensor<64x8x'f16'>}}
  %e = hinm.assemble %v, %m, %i
      : tensor<64x8xbf16>, tensor<64x2xi8>, tensor<2x16xi32> -> tensor<50x30xf16, #enc>
  return
}

// -----

#enc = #hinm.encoding<vector = 32, columns = 16, nm = 2:4>

func.func @assemble_c3(%v: tensor<64x8xf16>, %m: tensor<64x3xi8>,
                %i: tensor<2x16xi32>) {
  // expected-error @below {{assemble_c3: 'metadata' is of type 'tensor<64x3xi8>', expected tensor<64x2xi8>}}
  %e = hinm.assemble %v, %m, %i
      : tensor<64x8xf16>, tensor<64x3xi8>, tensor<2x16xi32> -> tensor<50x30xf16, #enc>
  return
}

// -----

#enc = #hinm.encoding<vector = 32, columns = 16, nm = 2:4>

func.func @assemble_c4(%v: tensor<64x8xf16>, %m: tensor<64x2xi8>,
                %i: tensor<1x16xi32>) {
  // expected-error @below {{assemble_c4: 'vector_index' is of type 'tensor<1x16xi32>', expected tensor<2x16xi32>}}
  %e = hinm.assemble %v, %m, %i
      : tensor<64x8xf16>, tensor<64x2xi8>, tensor<1x16xi32> -> tensor<50x30xf16, #enc>
  return
}

// -----

func.func @decode_c1(%e: tensor<50x30xf16>) {
  // expected-error @below {{decode_c1: expected a source with '#hinm.encoding' and a result without}}
  %d = hinm.decode %e : tensor<50x30xf16> -> tensor<50x30xf16>
  return
}

// -----

#enc = #hinm.encoding<vector = 32, columns = 16, nm = 2:4>

func.func @decode_c2(%e: tensor<50x30xf16, #enc>) {
  // expected-error @below {{decode_c2: expected the same shape and element type}}
  %d = hinm.decode %e : tensor<50x30xf16, #enc> -> tensor<50x30xf32>
  return
}

// -----

func.func @part_c1(%e: tensor<50x30xf16>) {
  // expected-error @below {{part_c1: expected a source with '#hinm.encoding', but got 'tensor<50x30xf16>'}}
  %d = hinm.values %e : tensor<50x30xf16> -> tensor<64x8xf16>
  return
}

// -----

#enc = #hinm.encoding<vector = 32, columns = 16, nm = 2:4>

func.func @part_c2_values(%e: tensor<50x30xf16, #enc>) {
  // expected-error @below {{part_c2: the result is of type 'tensor<50x8xf16>', expected the shape 64x8}}
  %d = hinm.values %e : tensor<50x30xf16, #enc> -> tensor<50x8xf16>
  return
}

// -----

#enc = #hinm.encoding<vector = 32, columns = 16, nm = 2:4>

func.func @part_c2_metadata(%e: tensor<50x30xf16, #enc>) {
  // expected-error @below {{part_c2: the result is of type 'tensor<64x4xi8>', expected the shape 64x2}}
  %d = hinm.metadata %e : tensor<50x30xf16, #enc> -> tensor<64x4xi8>
  return
}

// -----

#enc = #hinm.encoding<vector = 32, columns = 16, nm = 2:4>

func.func @part_c2_vector_index(%e: tensor<50x30xf16, #enc>) {
  // expected-error @below {{part_c2: the result is of type 'tensor<2x8xi32>', expected the shape 2x16}}
  %d = hinm.vector_index %e : tensor<50x30xf16, #enc> -> tensor<2x8xi32>
  return
}

// -----

func.func @permute_c1(%x: tensor<3x4xf32>) {
  // expected-error @below {{permute_c1: 'dim' is 2, but the source has rank 2}}
  %z = hinm.permute %x dim 2 order [2, 0, 1] : tensor<3x4xf32>
  return
}

// -----

func.func @permute_c2(%x: tensor<3x4xf32>) {
  // expected-error @below {{permute_c2: 'order' has 3 entries, expected the size of dimension 1}}
  %z = hinm.permute %x dim 1 order [2, 0, 1] : tensor<3x4xf32>
  return
}

// -----

func.func @permute_c2_dynamic(%x: tensor<3x?xf32>) {
  // expected-error @below {{permute_c2: 'order' has 3 entries, expected the size of dimension 1}}
  %z = hinm.permute %x dim 1 order [2, 0, 1] : tensor<3x?xf32>
  return
}

// -----

func.func @permute_c2_twice(%x: tensor<3x4xf32>) {
  // expected-error @below {{permute_c2: entry 1 of 'order' is 2, which makes it no permutation of 3 places}}
  %z = hinm.permute %x dim 0 order [2, 2, 1] : tensor<3x4xf32>
  return
}

// -----

#enc = #hinm.encoding<vector = 2, columns = 4, nm = 2:4>

func.func @permute_c3(%x: tensor<3x4xf16, #enc>) {
  // expected-error @below {{permute_c3: cannot permute an encoded tensor; give 'hinm.encode' the order}}
  %z = hinm.permute %x dim 0 order [2, 0, 1] : tensor<3x4xf16, #enc>
  return
}

// -----

func.func @matmul_c1(%w: tensor<50x30xf16>, %x: tensor<30x8xf16>,
    %o: tensor<50x8xf32>) {
  // expected-error @below {{matmul_c1: expected a weight with '#hinm.encoding', but got 'tensor<50x30xf16>'}}
  %y = hinm.matmul ins(%w, %x : tensor<50x30xf16>, tensor<30x8xf16>)
      outs(%o : tensor<50x8xf32>) -> tensor<50x8xf32>
  return
}

// -----

#enc = #hinm.encoding<vector = 32, columns = 16, nm = 2:4>

func.func @matmul_c1_input(%w: tensor<50x30xf16, #enc>, %x: tensor<30x16xf16, #enc>,
    %o: tensor<50x16xf32>) {
  // expected-error @below {{matmul_c1: only the weight may be encoded, but found an operand of type}}
  %y = hinm.matmul ins(%w, %x : tensor<50x30xf16, #enc>, tensor<30x16xf16, #enc>)
      outs(%o : tensor<50x16xf32>) -> tensor<50x16xf32>
  return
}

// -----

#enc = #hinm.encoding<vector = 32, columns = 16, nm = 2:4>

func.func @matmul_c2(%w: tensor<50x30xf16, #enc>, %x: tensor<31x8xf16>,
    %o: tensor<50x8xf32>) {
  // expected-error @below {{matmul_c2: the input has 31 rows, but the weight has 30 columns}}
  %y = hinm.matmul ins(%w, %x : tensor<50x30xf16, #enc>, tensor<31x8xf16>)
      outs(%o : tensor<50x8xf32>) -> tensor<50x8xf32>
  return
}

// -----

#enc = #hinm.encoding<vector = 32, columns = 16, nm = 2:4>

func.func @matmul_c3(%w: tensor<50x30xf16, #enc>, %x: tensor<30x8xf16>,
    %o: tensor<50x16xf32>) {
  // expected-error @below {{matmul_c3: 'init' is of type 'tensor<50x16xf32>', but the product of}}
  %y = hinm.matmul ins(%w, %x : tensor<50x30xf16, #enc>, tensor<30x8xf16>)
      outs(%o : tensor<50x16xf32>) -> tensor<50x16xf32>
  return
}

// -----

// An entry for each row of the result, none for the places that fill the last tile.

#enc = #hinm.encoding<vector = 2, columns = 4, nm = 2:4>

func.func @matmul_c4_size(%w: tensor<3x8xf16, #enc>, %x: tensor<8x8xf16>,
    %o: tensor<3x8xf32>) {
  // expected-error @below {{matmul_c4: 'row_index' has 4 entries, but the result has 3 rows}}
  %y = hinm.matmul ins(%w, %x : tensor<3x8xf16, #enc>, tensor<8x8xf16>)
      outs(%o : tensor<3x8xf32>) {row_index = array<i64: 2, 0, 1, -1>} -> tensor<3x8xf32>
  return
}

// -----

#enc = #hinm.encoding<vector = 2, columns = 4, nm = 2:4>

func.func @matmul_c4_empty(%w: tensor<3x8xf16, #enc>, %x: tensor<8x8xf16>,
    %o: tensor<3x8xf32>) {
  // expected-error @below {{matmul_c4: 'row_index' has 0 entries, but the result has 3 rows}}
  %y = hinm.matmul ins(%w, %x : tensor<3x8xf16, #enc>, tensor<8x8xf16>)
      outs(%o : tensor<3x8xf32>) {row_index = array<i64>} -> tensor<3x8xf32>
  return
}

// -----

#enc = #hinm.encoding<vector = 2, columns = 4, nm = 2:4>

func.func @matmul_c4_twice(%w: tensor<3x8xf16, #enc>, %x: tensor<8x8xf16>,
    %o: tensor<3x8xf32>) {
  // expected-error @below {{matmul_c4: entry 2 of 'row_index' is 2, which makes it no permutation of the 3 rows}}
  %y = hinm.matmul ins(%w, %x : tensor<3x8xf16, #enc>, tensor<8x8xf16>)
      outs(%o : tensor<3x8xf32>) {row_index = array<i64: 2, 0, 2>} -> tensor<3x8xf32>
  return
}

// -----

#enc = #hinm.encoding<vector = 2, columns = 4, nm = 2:4>

func.func @matmul_c4_range(%w: tensor<3x8xf16, #enc>, %x: tensor<8x8xf16>,
    %o: tensor<3x8xf32>) {
  // expected-error @below {{matmul_c4: entry 1 of 'row_index' is 3, which makes it no permutation of the 3 rows}}
  %y = hinm.matmul ins(%w, %x : tensor<3x8xf16, #enc>, tensor<8x8xf16>)
      outs(%o : tensor<3x8xf32>) {row_index = array<i64: 2, 3, 1>} -> tensor<3x8xf32>
  return
}

// -----

#enc = #hinm.encoding<vector = 2, columns = 4, nm = 2:4>

func.func @matmul_c4_negative(%w: tensor<3x8xf16, #enc>, %x: tensor<8x8xf16>,
    %o: tensor<3x8xf32>) {
  // expected-error @below {{matmul_c4: entry 1 of 'row_index' is -1, which makes it no permutation of the 3 rows}}
  %y = hinm.matmul ins(%w, %x : tensor<3x8xf16, #enc>, tensor<8x8xf16>)
      outs(%o : tensor<3x8xf32>) {row_index = array<i64: 2, -1, 1>} -> tensor<3x8xf32>
  return
}

// -----

#enc = #hinm.encoding<vector = 32, columns = 16, nm = 2:4>

func.func @epilogue_c1(%w: tensor<50x30xf16, #enc>, %x: tensor<30x8xf16>,
    %o: tensor<50x8xf32>, %b: tensor<50xf16>) {
  // expected-error @below {{epilogue_c1: expected epilogue arguments ('f32', 'f16'), but got ('f32', 'f32')}}
  %y = hinm.matmul ins(%w, %x : tensor<50x30xf16, #enc>, tensor<30x8xf16>)
      epilogue(%b : tensor<50xf16>) outs(%o : tensor<50x8xf32>) apply {
    ^bb0(%s: f32, %c: f32):
      hinm.yield %s : f32
  } -> tensor<50x8xf32>
  return
}

// -----

#enc = #hinm.encoding<vector = 32, columns = 16, nm = 2:4>

func.func @epilogue_c2(%w: tensor<50x30xf16, #enc>, %x: tensor<30x8xf16>,
    %o: tensor<50x8xf32>, %b: tensor<8xf32>) {
  // expected-error @below {{epilogue_c2: epilogue operand of type 'tensor<8xf32>' has neither one element}}
  %y = hinm.matmul ins(%w, %x : tensor<50x30xf16, #enc>, tensor<30x8xf16>)
      epilogue(%b : tensor<8xf32>) outs(%o : tensor<50x8xf32>) apply {
    ^bb0(%s: f32, %c: f32):
      hinm.yield %s : f32
  } -> tensor<50x8xf32>
  return
}

// -----

#enc = #hinm.encoding<vector = 32, columns = 16, nm = 2:4>

func.func @epilogue_c3(%w: tensor<50x30xf16, #enc>, %x: tensor<30x8xf16>,
    %o: tensor<50x8xf32>) {
  // expected-error @below {{epilogue_c3: expected the epilogue to yield one 'f32'}}
  %y = hinm.matmul ins(%w, %x : tensor<50x30xf16, #enc>, tensor<30x8xf16>)
      outs(%o : tensor<50x8xf32>) apply {
    ^bb0(%s: f32):
      %h = arith.truncf %s : f32 to f16
      hinm.yield %h : f16
  } -> tensor<50x8xf32>
  return
}

// -----

#enc = #hinm.encoding<vector = 32, columns = 16, nm = 2:4>

func.func @epilogue_c4(%w: tensor<50x30xf16, #enc>, %x: tensor<30x8xf16>,
    %o: tensor<50x8xf32>) {
  // expected-error @below {{epilogue_c4: 'memref.alloca' in the epilogue has side effects}}
  %y = hinm.matmul ins(%w, %x : tensor<50x30xf16, #enc>, tensor<30x8xf16>)
      outs(%o : tensor<50x8xf32>) apply {
    ^bb0(%s: f32):
      %m = memref.alloca() : memref<f32>
      %l = memref.load %m[] : memref<f32>
      hinm.yield %l : f32
  } -> tensor<50x8xf32>
  return
}

// -----

#enc = #hinm.encoding<vector = 32, columns = 16, nm = 2:4>

func.func @epilogue_c5(%w: tensor<50x30xf16, #enc>, %x: tensor<30x8xf16>,
    %o: tensor<50x8xf32>, %b: tensor<50xf32>) {
  // expected-error @below {{epilogue_c5: has 1 epilogue operands, but no epilogue region}}
  %y = hinm.matmul ins(%w, %x : tensor<50x30xf16, #enc>, tensor<30x8xf16>)
      epilogue(%b : tensor<50xf32>) outs(%o : tensor<50x8xf32>) -> tensor<50x8xf32>
  return
}

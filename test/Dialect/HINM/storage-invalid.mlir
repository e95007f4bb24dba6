// RUN: hinm-opt %s --split-input-file --verify-diagnostics

#enc = #hinm.encoding<vector = 32, columns = 16, nm = 2:4>

func.func @gather_matmul_c1_mixed(%w0: tensor<64x8xf16>, %w1: tensor<64x2xi8>, %w2: tensor<2x16xi32>,
    %x: memref<30x16xf16>, %o: tensor<50x16xf32>) {
  // expected-error @below {{gather_matmul_c1: mixes tensors and memrefs, found 'memref<30x16xf16>' beside 'tensor<50x16xf32>'}}
  %y = hinm.gather_matmul weights(%w0, %w1, %w2
          : tensor<64x8xf16>, tensor<64x2xi8>, tensor<2x16xi32>)
      ins(%x : memref<30x16xf16>)
      outs(%o : tensor<50x16xf32>)
      {encoding = #enc} -> tensor<50x16xf32>
  return
}

// -----

#enc = #hinm.encoding<vector = 32, columns = 16, nm = 2:4>

func.func @gather_matmul_c1_no_result(%w0: tensor<64x8xf16>, %w1: tensor<64x2xi8>, %w2: tensor<2x16xi32>,
    %x: tensor<30x16xf16>, %o: tensor<50x16xf32>) {
  // expected-error @below {{gather_matmul_c1: expected a result for tensors}}
  hinm.gather_matmul weights(%w0, %w1, %w2
          : tensor<64x8xf16>, tensor<64x2xi8>, tensor<2x16xi32>)
      ins(%x : tensor<30x16xf16>)
      outs(%o : tensor<50x16xf32>)
      {encoding = #enc}
  return
}

// -----

#enc = #hinm.encoding<vector = 32, columns = 16, nm = 2:4>

func.func @gather_matmul_c1_result(%w0: tensor<64x8xf16>, %w1: tensor<64x2xi8>, %w2: tensor<2x16xi32>,
    %x: tensor<30x16xf16>, %o: tensor<50x16xf32>) {
  // expected-error @below {{gather_matmul_c1: the result is of type 'tensor<50x16xf16>', but 'init' of 'tensor<50x16xf32>'}}
  %y = hinm.gather_matmul weights(%w0, %w1, %w2
          : tensor<64x8xf16>, tensor<64x2xi8>, tensor<2x16xi32>)
      ins(%x : tensor<30x16xf16>)
      outs(%o : tensor<50x16xf32>)
      {encoding = #enc} -> tensor<50x16xf16>
  return
}

// -----

#enc = #hinm.encoding<vector = 32, columns = 16, nm = 2:4>

func.func @gather_matmul_c2_count(%w0: tensor<64x8xf16>,
    %x: tensor<30x16xf16>, %o: tensor<50x16xf32>) {
  // expected-error @below {{gather_matmul_c2: expected values, metadata and vector index as weights, but got 1 operands}}
  %y = hinm.gather_matmul weights(%w0
          : tensor<64x8xf16>)
      ins(%x : tensor<30x16xf16>)
      outs(%o : tensor<50x16xf32>)
      {encoding = #enc} -> tensor<50x16xf32>
  return
}

// -----

#enc = #hinm.encoding<vector = 32, columns = 16, nm = 2:4>

func.func @gather_matmul_c2_values(%w0: tensor<64x16xf16>, %w1: tensor<64x2xi8>, %w2: tensor<2x16xi32>,
    %x: tensor<30x16xf16>, %o: tensor<50x16xf32>) {
  // expected-error @below {{gather_matmul_c2: values of type 'tensor<64x16xf16>', expected 8 floats a row}}
  %y = hinm.gather_matmul weights(%w0, %w1, %w2
          : tensor<64x16xf16>, tensor<64x2xi8>, tensor<2x16xi32>)
      ins(%x : tensor<30x16xf16>)
      outs(%o : tensor<50x16xf32>)
      {encoding = #enc} -> tensor<50x16xf32>
  return
}

// -----

#enc = #hinm.encoding<vector = 32, columns = 16, nm = 2:4>

func.func @gather_matmul_c2_metadata(%w0: tensor<64x8xf16>, %w1: tensor<64x4xi8>, %w2: tensor<2x16xi32>,
    %x: tensor<30x16xf16>, %o: tensor<50x16xf32>) {
  // expected-error @below {{gather_matmul_c2: metadata of type 'tensor<64x4xi8>', expected 64x2xi8}}
  %y = hinm.gather_matmul weights(%w0, %w1, %w2
          : tensor<64x8xf16>, tensor<64x4xi8>, tensor<2x16xi32>)
      ins(%x : tensor<30x16xf16>)
      outs(%o : tensor<50x16xf32>)
      {encoding = #enc} -> tensor<50x16xf32>
  return
}

// -----

#enc = #hinm.encoding<vector = 32, columns = 16, nm = 2:4>

func.func @gather_matmul_c2_index(%w0: tensor<64x8xf16>, %w1: tensor<64x2xi8>, %w2: tensor<2x12xi32>,
    %x: tensor<30x16xf16>, %o: tensor<50x16xf32>) {
  // expected-error @below {{gather_matmul_c2: vector index of type 'tensor<2x12xi32>', expected 16 i32 entries a tile}}
  %y = hinm.gather_matmul weights(%w0, %w1, %w2
          : tensor<64x8xf16>, tensor<64x2xi8>, tensor<2x12xi32>)
      ins(%x : tensor<30x16xf16>)
      outs(%o : tensor<50x16xf32>)
      {encoding = #enc} -> tensor<50x16xf32>
  return
}

// -----

#enc = #hinm.encoding<vector = 32, columns = 16, nm = 2:4>

func.func @gather_matmul_c2_rows(%w0: tensor<64x8xf16>, %w1: tensor<64x2xi8>, %w2: tensor<3x16xi32>,
    %x: tensor<30x16xf16>, %o: tensor<50x16xf32>) {
  // expected-error @below {{gather_matmul_c2: 64 rows of values, but 3 tiles of 32 rows in the vector index}}
  %y = hinm.gather_matmul weights(%w0, %w1, %w2
          : tensor<64x8xf16>, tensor<64x2xi8>, tensor<3x16xi32>)
      ins(%x : tensor<30x16xf16>)
      outs(%o : tensor<50x16xf32>)
      {encoding = #enc} -> tensor<50x16xf32>
  return
}

// -----

#enc = #hinm.encoding<vector = 32, columns = 16, nm = 2:4>

func.func @gather_matmul_c2_tiles(%w0: tensor<64x8xf16>, %w1: tensor<64x2xi8>, %w2: tensor<2x16xi32>,
    %x: tensor<30x16xf16>, %o: tensor<65x16xf32>) {
  // expected-error @below {{gather_matmul_c2: 2 tiles in the vector index, but 65 output rows need 3}}
  %y = hinm.gather_matmul weights(%w0, %w1, %w2
          : tensor<64x8xf16>, tensor<64x2xi8>, tensor<2x16xi32>)
      ins(%x : tensor<30x16xf16>)
      outs(%o : tensor<65x16xf32>)
      {encoding = #enc} -> tensor<65x16xf32>
  return
}

// -----

#enc = #hinm.encoding<vector = 32, columns = 16, nm = 2:4>

func.func @gather_matmul_c3_bytes(%w0: tensor<2x3071xi8>,
    %x: tensor<30x16xf16>, %o: tensor<50x16xf32>) {
  // expected-error @below {{gather_matmul_c3: stream of type 'tensor<2x3071xi8>', expected 2x3072xi8}}
  %y = hinm.gather_matmul weights(%w0
          : tensor<2x3071xi8>)
      ins(%x : tensor<30x16xf16>)
      outs(%o : tensor<50x16xf32>)
      {encoding = #enc, stream = #hinm.fragment_stream<lookahead = 2>} -> tensor<50x16xf32>
  return
}

// -----

#enc = #hinm.encoding<vector = 32, columns = 16, nm = 2:4>

func.func @gather_matmul_c3_count(%w0: tensor<64x8xf16>, %w1: tensor<64x2xi8>, %w2: tensor<2x16xi32>,
    %x: tensor<30x16xf16>, %o: tensor<50x16xf32>) {
  // expected-error @below {{gather_matmul_c3: expected one stream as weight, but got 3 operands}}
  %y = hinm.gather_matmul weights(%w0, %w1, %w2
          : tensor<64x8xf16>, tensor<64x2xi8>, tensor<2x16xi32>)
      ins(%x : tensor<30x16xf16>)
      outs(%o : tensor<50x16xf32>)
      {encoding = #enc, stream = #hinm.fragment_stream<lookahead = 2>} -> tensor<50x16xf32>
  return
}

// -----

#enc = #hinm.encoding<vector = 32, columns = 16, nm = 1:4>

func.func @gather_matmul_c3_pattern(%w0: tensor<2x3072xi8>,
    %x: tensor<30x16xf16>, %o: tensor<50x16xf32>) {
  // expected-error @below {{gather_matmul_c3: }}
  %y = hinm.gather_matmul weights(%w0
          : tensor<2x3072xi8>)
      ins(%x : tensor<30x16xf16>)
      outs(%o : tensor<50x16xf32>)
      {encoding = #enc, stream = #hinm.fragment_stream<lookahead = 2>} -> tensor<50x16xf32>
  return
}

// -----

#enc = #hinm.encoding<vector = 32, columns = 16, nm = 2:4>

func.func @gather_matmul_c4(%w0: tensor<64x8xf16>, %w1: tensor<64x2xi8>, %w2: tensor<2x16xi32>,
    %x: tensor<30x16xf16>, %o: tensor<50x8xf32>) {
  // expected-error @below {{gather_matmul_c4: 'init' has 8 columns, but the input has 16}}
  %y = hinm.gather_matmul weights(%w0, %w1, %w2
          : tensor<64x8xf16>, tensor<64x2xi8>, tensor<2x16xi32>)
      ins(%x : tensor<30x16xf16>)
      outs(%o : tensor<50x8xf32>)
      {encoding = #enc} -> tensor<50x8xf32>
  return
}

// -----

#enc = #hinm.encoding<vector = 32, columns = 16, nm = 2:4>

func.func @gather_matmul_c5(%w0: tensor<64x8xf16>, %w1: tensor<64x2xi8>, %w2: tensor<2x16xi32>,
    %x: tensor<30x16xf16>, %o: tensor<50x16xf32>, %r: tensor<50xi32>) {
  // expected-error @below {{gather_matmul_c5: 'row_index' has 50 entries, expected one for each row of the tiles of 32 rows that hold the 50 rows of 'init'}}
  %y = hinm.gather_matmul weights(%w0, %w1, %w2
          : tensor<64x8xf16>, tensor<64x2xi8>, tensor<2x16xi32>)
      ins(%x : tensor<30x16xf16>) rows(%r : tensor<50xi32>)
      outs(%o : tensor<50x16xf32>)
      {encoding = #enc} -> tensor<50x16xf32>
  return
}

// -----

// Not of more tiles than the rows of the result fill: 32 of them fill one.

#enc = #hinm.encoding<vector = 32, columns = 16, nm = 2:4>

func.func @gather_matmul_c5_tiles(%w0: memref<64x8xf16>, %w1: memref<64x2xi8>, %w2: memref<2x16xi32>,
    %x: memref<30x16xf16>, %o: memref<32x16xf32>, %r: memref<64xi32>) {
  // expected-error @below {{gather_matmul_c5: 'row_index' has 64 entries, expected one for each row of the tiles of 32 rows that hold the 32 rows of 'init'}}
  hinm.gather_matmul weights(%w0, %w1, %w2
          : memref<64x8xf16>, memref<64x2xi8>, memref<2x16xi32>)
      ins(%x : memref<30x16xf16>) rows(%r : memref<64xi32>)
      outs(%o : memref<32x16xf32>) {encoding = #enc}
  return
}

// -----

#enc = #hinm.encoding<vector = 32, columns = 16, nm = 2:4>

func.func @gather_matmul_c6_no_stream(%w0: tensor<64x8xf16>, %w1: tensor<64x2xi8>, %w2: tensor<2x16xi32>,
    %x: tensor<30x16xf16>, %o: tensor<50x16xf32>) {
  // expected-error @below {{gather_matmul_c6: the schedule}}
  %y = hinm.gather_matmul weights(%w0, %w1, %w2
          : tensor<64x8xf16>, tensor<64x2xi8>, tensor<2x16xi32>)
      ins(%x : tensor<30x16xf16>)
      outs(%o : tensor<50x16xf32>)
      {encoding = #enc,
       schedule = #hinm.schedule<tile = [32, 16], warps = [1, 2], stages = 3>} -> tensor<50x16xf32>
  return
}

// -----

#enc = #hinm.encoding<vector = 32, columns = 16, nm = 2:4>

func.func @gather_matmul_c6_stages(%w0: tensor<2x3072xi8>,
    %x: tensor<30x16xf16>, %o: tensor<50x16xf32>) {
  // expected-error @below {{gather_matmul_c6: the schedule}}
  %y = hinm.gather_matmul weights(%w0
          : tensor<2x3072xi8>)
      ins(%x : tensor<30x16xf16>)
      outs(%o : tensor<50x16xf32>)
      {encoding = #enc, stream = #hinm.fragment_stream<lookahead = 2>,
       schedule = #hinm.schedule<tile = [32, 16], warps = [1, 2], stages = 4>} -> tensor<50x16xf32>
  return
}

// -----

#enc = #hinm.encoding<vector = 32, columns = 16, nm = 2:4>

func.func @epilogue_c5(%w0: tensor<64x8xf16>, %w1: tensor<64x2xi8>, %w2: tensor<2x16xi32>,
    %x: tensor<30x16xf16>, %o: tensor<50x16xf32>, %b: tensor<50xf32>) {
  // expected-error @below {{epilogue_c5: has 1 epilogue operands, but no epilogue region}}
  %y = hinm.gather_matmul weights(%w0, %w1, %w2
          : tensor<64x8xf16>, tensor<64x2xi8>, tensor<2x16xi32>)
      ins(%x : tensor<30x16xf16>) epilogue(%b : tensor<50xf32>)
      outs(%o : tensor<50x16xf32>)
      {encoding = #enc} -> tensor<50x16xf32>
  return
}

// -----

func.func @layout_c1_mixed(%x: memref<5x36xf32>, %o: tensor<36x8xf16>) {
  // expected-error @below {{layout_c1: mixes tensors and memrefs, found 'memref<5x36xf32>' beside 'tensor<36x8xf16>'}}
  %0 = hinm.to_feature_major ins(%x : memref<5x36xf32>) outs(%o : tensor<36x8xf16>)
      -> tensor<36x8xf16>
  return
}

// -----

func.func @layout_c1_result(%x: memref<5x36xf32>, %o: memref<36x8xf16>) {
  // expected-error @below {{layout_c1: expected no result for memrefs}}
  %0 = hinm.to_feature_major ins(%x : memref<5x36xf32>) outs(%o : memref<36x8xf16>)
      -> tensor<36x8xf16>
  return
}

// -----

func.func @layout_c2(%x: tensor<5x36xf32>, %o: tensor<40x8xf16>) {
  // expected-error @below {{layout_c2: 36 features in 'tensor<5x36xf32>', but 40 in 'tensor<40x8xf16>'}}
  %0 = hinm.to_feature_major ins(%x : tensor<5x36xf32>) outs(%o : tensor<40x8xf16>)
      -> tensor<40x8xf16>
  return
}

// -----

func.func @layout_c3(%x: tensor<5x36xf32>, %o: tensor<36x5xf16>) {
  // expected-error @below {{layout_c3: 'tensor<36x5xf16>' has 5 columns, expected 8 for 5 tokens}}
  %0 = hinm.to_feature_major ins(%x : tensor<5x36xf32>) outs(%o : tensor<36x5xf16>)
      -> tensor<36x5xf16>
  return
}

// -----

func.func @layout_c3_token_major(%x: tensor<36x8xf32>, %o: tensor<9x36xf32>) {
  // expected-error @below {{layout_c3: 'tensor<36x8xf32>' has 8 columns, expected 16 for 9 tokens}}
  %0 = hinm.to_token_major ins(%x : tensor<36x8xf32>) outs(%o : tensor<9x36xf32>)
      -> tensor<9x36xf32>
  return
}

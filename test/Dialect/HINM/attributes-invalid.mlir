// RUN: hinm-opt %s --split-input-file --verify-diagnostics

// expected-error @below {{encoding_c1: expected a positive vector size, but got 0}}
func.func private @encoding_c1(%a: tensor<50x30xf16, #hinm.encoding<vector = 0, columns = 16, nm = 2:4>>)

// -----

// expected-error @below {{encoding_c2: expected N:M with 0 < N < M, but got 4:4}}
func.func private @encoding_c2(%a: tensor<50x30xf16, #hinm.encoding<vector = 32, columns = 16, nm = 4:4>>)

// -----

// expected-error @below {{encoding_c3: expected a positive multiple of M = 4 kept columns, but got 18}}
func.func private @encoding_c3(%a: tensor<50x30xf16, #hinm.encoding<vector = 32, columns = 18, nm = 2:4>>)

// -----

// expected-error @below {{encoding_c4: expected a tensor of rank 2 with a static shape for '#hinm.encoding', but its rank is 3}}
func.func private @encoding_c4(%a: tensor<2x50x30xf16, #hinm.encoding<vector = 32, columns = 16, nm = 2:4>>)

// -----

// expected-error @below {{encoding_c4: expected a tensor of rank 2 with a static shape for '#hinm.encoding', but its rank is 2 and a size is dynamic}}
func.func private @encoding_c4(%a: tensor<?x30xf16, #hinm.encoding<vector = 32, columns = 16, nm = 2:4>>)

// -----

// expected-error @below {{encoding_c5: 36 kept columns, but the tensor has only 30}}
func.func private @encoding_c5(%a: tensor<50x30xf16, #hinm.encoding<vector = 32, columns = 36, nm = 2:4>>)

// -----

// expected-error @below {{encoding_c6: expected a float element type, but got 'i8'}}
func.func private @encoding_c6(%a: tensor<50x30xi8, #hinm.encoding<vector = 32, columns = 16, nm = 2:4>>)

// -----

// expected-error @below {{fragment_stream_c1: expected a lookahead of at least 1, but got 0}}
func.func private @fragment_stream_c1() attributes {a = #hinm.fragment_stream<lookahead = 0>}

// -----

// expected-error @below {{schedule_c1: expected two positive numbers for 'tile' and for 'warps', but got [64] and [2, 2]}}
func.func private @schedule_c1() attributes {a = #hinm.schedule<tile = [64], warps = [2, 2], stages = 3>}

// -----

// expected-error @below {{schedule_c2: a tile of [64, 24] shared by [2, 2] warps gives no multiple of 16 rows and 8 tokens to each}}
func.func private @schedule_c2() attributes {a = #hinm.schedule<tile = [64, 24], warps = [2, 2], stages = 3>}

// -----

// expected-error @below {{schedule_c3: expected at least 2 stages, but got 1}}
func.func private @schedule_c3() attributes {a = #hinm.schedule<tile = [64, 16], warps = [2, 2], stages = 1>}

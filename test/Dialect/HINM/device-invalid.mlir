// RUN: hinm-opt %s --split-input-file --verify-diagnostics

// expected-error @below {{accumulator_c1: expected rows in multiples of 32 and columns in multiples of 8, but got 16 and 8}}
func.func @accumulator_c1(%a: !hinm.accumulator<rows = 16, columns = 8>)

// -----

// expected-error @below {{fragments_c1: expected rows in multiples of 32 and columns in multiples of 8, but got 32 and 12}}
func.func @fragments_c1(%a: !hinm.fragments<rows = 32, columns = 12>)

// -----

func.func @block_copy_c1(%s: memref<256xi8>, %i: index, %d: memref<64xi8>,
                         %live: i1) {
  // expected-error @below {{block_copy_c1: expected a copy from global memory to the workgroup address space, but got 'memref<256xi8>' to 'memref<64xi8>'}}
  hinm.block_copy %s[%i] to %d if %live : memref<256xi8> to memref<64xi8>
  return
}

// -----

#shared = #gpu.address_space<workgroup>
func.func @block_copy_c2(%s: memref<256xi8>, %i: index,
                         %d: memref<40xi8, #shared>, %live: i1) {
  // expected-error @below {{block_copy_c2: expected contiguous bytes, and a static multiple of 16 of them at the destination, but got}}
  hinm.block_copy %s[%i] to %d if %live
      : memref<256xi8> to memref<40xi8, #shared>
  return
}

// -----

#shared = #gpu.address_space<workgroup>
func.func @gather_copy_c1(%x: memref<9x16xf16, #shared>, %c: index,
                          %i: memref<64xi32>, %d: memref<64x16xf16, #shared>) {
  // expected-error @below {{gather_copy_c1: expected a copy from global memory to the workgroup address space}}
  hinm.gather_copy %x[%c], rows %i to %d
      : memref<9x16xf16, #shared>, memref<64xi32> to memref<64x16xf16, #shared>
  return
}

// -----

#shared = #gpu.address_space<workgroup>
func.func @gather_copy_c2(%x: memref<9x16xf32>, %c: index, %i: memref<64xi32>,
                          %d: memref<64x16xf16, #shared>) {
  // expected-error @below {{gather_copy_c2: expected rank 2, unit inner stride and one 16-bit float type, and a static destination, but got 'memref<9x16xf32>'}}
  hinm.gather_copy %x[%c], rows %i to %d
      : memref<9x16xf32>, memref<64xi32> to memref<64x16xf16, #shared>
  return
}

// -----

#shared = #gpu.address_space<workgroup>
func.func @gather_copy_c3(%x: memref<9x16xf16>, %c: index, %i: memref<32xi32>,
                          %d: memref<64x16xf16, #shared>) {
  // expected-error @below {{gather_copy_c3: expected 64 i32 indices, but got 'memref<32xi32>'}}
  hinm.gather_copy %x[%c], rows %i to %d
      : memref<9x16xf16>, memref<32xi32> to memref<64x16xf16, #shared>
  return
}

// -----

#shared = #gpu.address_space<workgroup>
func.func @gather_copy_c4(%x: memref<9x16xf16>, %c: index, %i: memref<64xi32>,
                          %d: memref<64x16xf16, strided<[20, 1]>, #shared>) {
  // expected-error @below {{gather_copy_c4: expected a width and row pitch that are multiples of 8 elements}}
  hinm.gather_copy %x[%c], rows %i to %d : memref<9x16xf16>, memref<64xi32>
      to memref<64x16xf16, strided<[20, 1]>, #shared>
  return
}

// -----

#shared = #gpu.address_space<workgroup>
func.func @gather_copy_c5(%x: memref<9x12xf16>, %c: index, %i: memref<64xi32>,
                          %d: memref<64x16xf16, #shared>) {
  // expected-error @below {{gather_copy_c5: expected a source whose width and row pitch are multiples of 8 elements, but got 'memref<9x12xf16>'}}
  hinm.gather_copy %x[%c], rows %i to %d
      : memref<9x12xf16>, memref<64xi32> to memref<64x16xf16, #shared>
  return
}

// -----

func.func @wait_copies_c1() {
  // expected-error @below {{wait_copies_c1: expected no negative number of pending groups, but got -1}}
  hinm.wait_copies pending -1
  return
}

// -----

#shared = #gpu.address_space<workgroup>
func.func @multiply_c1(%block: memref<2500xi8, #shared>,
                       %rows: memref<64x8xf16, #shared>) {
  // expected-error @below {{multiply_c1: expected a step block of 2560 bytes of shared memory for 32 rows, but got 'memref<2500xi8}}
  %f = hinm.load_fragments %block, %rows warps [1, 1]
      : memref<2500xi8, #shared>, memref<64x8xf16, #shared>
     -> !hinm.fragments<rows = 32, columns = 8>
  return
}

// -----

#shared = #gpu.address_space<workgroup>
func.func @multiply_c2(%block: memref<2560xi8, #shared>,
                       %rows: memref<64x24xf16, #shared>) {
  // expected-error @below {{multiply_c2: expected 64x16 half-precision elements of shared memory in rows that start at multiples of 16 bytes, but got 'memref<64x24xf16}}
  %f = hinm.load_fragments %block, %rows warps [1, 2]
      : memref<2560xi8, #shared>, memref<64x24xf16, #shared>
     -> !hinm.fragments<rows = 32, columns = 8>
  return
}

// -----

#shared = #gpu.address_space<workgroup>
func.func @multiply_c3(%a: !hinm.accumulator<rows = 32, columns = 16>,
                       %f: !hinm.fragments<rows = 32, columns = 8>,
                       %block: memref<2560xi8, #shared>,
                       %rows: memref<64x8xf16, #shared>) {
  // expected-error @below {{multiply_c3: '!hinm.accumulator<rows = 32, columns = 16>' does not have the shape of '!hinm.fragments<rows = 32, columns = 8>'}}
  %0, %1 = hinm.sparse_multiply %a, %f, %block, %rows slices 0 to 1 warps [1, 1]
      : !hinm.accumulator<rows = 32, columns = 16>,
        !hinm.fragments<rows = 32, columns = 8>, memref<2560xi8, #shared>,
        memref<64x8xf16, #shared>
  return
}

// -----

#shared = #gpu.address_space<workgroup>
func.func @multiply_c4(%a: !hinm.accumulator<rows = 32, columns = 8>,
                       %f: !hinm.fragments<rows = 32, columns = 8>,
                       %block: memref<2560xi8, #shared>,
                       %rows: memref<64x8xf16, #shared>) {
  // expected-error @below {{multiply_c4: slices 0 to 2 are no range of the 2 of a step in which the last one stands alone}}
  %0, %1 = hinm.sparse_multiply %a, %f, %block, %rows slices 0 to 2 warps [1, 1]
      : !hinm.accumulator<rows = 32, columns = 8>,
        !hinm.fragments<rows = 32, columns = 8>, memref<2560xi8, #shared>,
        memref<64x8xf16, #shared>
  return
}

// -----

func.func @store_tile_c1(%a: !hinm.accumulator<rows = 32, columns = 8>,
                         %y: memref<32x8xf64>, %i: index) {
  // expected-error @below {{store_tile_c1: expected rank 2, unit inner stride and f32, f16 or bf16 elements, but got 'memref<32x8xf64>'}}
  hinm.store_tile %a to %y[%i, %i] warps [1, 1]
      : !hinm.accumulator<rows = 32, columns = 8>, memref<32x8xf64>
  return
}

// -----

func.func @store_tile_c2(%a: !hinm.accumulator<rows = 32, columns = 8>,
                         %y: memref<32x7xf32>, %i: index) {
  // expected-error @below {{store_tile_c2: expected an even width and row pitch, but got 'memref<32x7xf32>'}}
  hinm.store_tile %a to %y[%i, %i] warps [1, 1]
      : !hinm.accumulator<rows = 32, columns = 8>, memref<32x7xf32>
  return
}

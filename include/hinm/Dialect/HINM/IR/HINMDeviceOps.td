//===- HINMDeviceOps.td - what a kernel is made of ----------*- tablegen -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HINM_DIALECT_HINM_IR_HINMDEVICEOPS_TD
#define HINM_DIALECT_HINM_IR_HINMDEVICEOPS_TD

include "hinm/Dialect/HINM/IR/HINMAttributes.td"
include "hinm/Dialect/HINM/IR/HINMOpBase.td"

//===----------------------------------------------------------------------===//
// Types: what the registers of a warp hold
//===----------------------------------------------------------------------===//

class HINM_WarpType<string name, string mnemonicValue>
    : TypeDef<HINM_Dialect, name> {
  let mnemonic = mnemonicValue;
  let parameters = (ins "int64_t":$rows, "int64_t":$columns);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

def HINM_AccumulatorType : HINM_WarpType<"Accumulator", "accumulator"> {
  let summary = "The sums of one warp's part of a tile, in f32";
  let description = [{
    `rows x columns` sums, spread over the lanes of a warp as the result of
    `mma.m16n8` is, one instruction after the other.

    Constraint `accumulator_c1`: `rows` is a positive multiple of 32 and
    `columns` a positive multiple of 8.

    ```mlir
    !hinm.accumulator<rows = 64, columns = 64>
    ```
  }];
  let extraClassDeclaration = [{
    /// How many instructions of 16 rows and of 8 columns cover the tile.
    int64_t getRowFragments() const { return getRows() / 16; }
    int64_t getColumnFragments() const { return getColumns() / 8; }
    /// f32 registers of a lane.
    int64_t getNumRegisters() const {
      return getRowFragments() * getColumnFragments() * 4;
    }
  }];
}

def HINM_FragmentsType : HINM_WarpType<"Fragments", "fragments"> {
  let summary = "The operands of a warp's next multiplications";
  let description = [{
    A step of 64 kept columns is multiplied in *slices*. In each half of 32
    columns one operand is *held*: all its fragments stay in registers, while
    those of the other are *streamed*, one a slice. A value of this type holds
    what the next slice starts with: the held fragments of its half, the streamed
    fragment of the slice, and the metadata of the step.

    The activations are held where the warp has at least as many fragments of
    8 columns as of 16 rows and the registers suffice, the weights otherwise: a
    long slice gives the loads that refill the registers more time.

    Constraint `fragments_c1`: as `accumulator_c1`.

    ```mlir
    !hinm.fragments<rows = 64, columns = 64>
    ```
  }];
  let extraClassDeclaration = [{
    int64_t getRowFragments() const { return getRows() / 16; }
    int64_t getColumnFragments() const { return getColumns() / 8; }
    /// True: the activations' fragments are held and the weights' streamed.
    bool holdsActivations() const;
    int64_t getHeldFragments() const {
      return holdsActivations() ? getColumnFragments() : getRowFragments();
    }
    /// Slices of a step: one for each streamed fragment of both halves.
    int64_t getSlicesPerHalf() const {
      return holdsActivations() ? getRowFragments() : getColumnFragments();
    }
    int64_t getNumSlices() const { return 2 * getSlicesPerHalf(); }
    /// Words of metadata that a lane holds: two halves for each 32 rows.
    int64_t getMetadataRegisters() const { return getRows() / 16; }
    /// 32-bit registers of a lane.
    int64_t getNumRegisters() const {
      return 4 * (getHeldFragments() + 1) + getMetadataRegisters();
    }
  }];
}

//===----------------------------------------------------------------------===//
// Copies
//===----------------------------------------------------------------------===//

def HINM_BlockCopyOp : HINM_Op<"block_copy"> {
  let summary = "A thread block's asynchronous copy of contiguous bytes";
  let description = [{
    All threads of the block together copy as many bytes as the destination
    holds, from `offset` on, to shared memory. Without `live` (a flag that is the
    same for the whole block) nothing is read and the destination becomes zero:
    that is how a pipeline drains in the same code that fills it.

    The copy is complete for a thread after the `hinm.wait_copies` that covers
    it, and for the block after a barrier behind that.

    ```mlir
    hinm.block_copy %stream[%offset] to %block if %live
        : memref<20224xi8> to memref<4864xi8, #gpu.address_space<workgroup>>
    ```

    Constraints:
    - `block_copy_c1`: the destination lies in shared memory (the workgroup
      address space) and the source does not.
    - `block_copy_c2`: both are of rank 1 and i8, with the identity layout, and
      the destination's size is static and a multiple of 16.
  }];
  let arguments = (ins Arg<AnyMemRef, "", [MemRead]>:$source, Index:$offset,
                       Arg<AnyMemRef, "", [MemWrite]>:$dest, I1:$live);
  let assemblyFormat = [{
    $source `[` $offset `]` `to` $dest `if` $live attr-dict
    `:` type($source) `to` type($dest)
  }];
  let hasVerifier = 1;
}

def HINM_GatherCopyOp : HINM_Op<"gather_copy"> {
  let summary = "A thread block's asynchronous copy of indexed rows";
  let description = [{
    All threads of the block together copy, for each `r`, columns `column` to
    `column + C` of row `indices[r]` of the source to row `r` of the destination
    in shared memory, C being the destination's width. Rows whose index is -1 and
    columns past the source's end are never read; they become zero.

    Completion is as with `hinm.block_copy`. The indices lie in shared or in
    global memory.

    ```mlir
    hinm.gather_copy %x[%column], rows %indices to %rows
        : memref<384x?xf16>, memref<64xi32, #gpu.address_space<workgroup>>
       to memref<64x128xf16, strided<[136, 1]>, #gpu.address_space<workgroup>>
    ```

    Constraints:
    - `gather_copy_c1`: the destination lies in shared memory (the workgroup
      address space) and the source does not.
    - `gather_copy_c2`: source and destination have rank 2, unit inner stride and
      the same 16-bit float element type; the destination's shape is static.
    - `gather_copy_c3`: there is one i32 index for each row of the destination.
    - `gather_copy_c4`: width and row pitch of the destination are multiples of 8
      elements, so that each 16-byte piece is aligned.
    - `gather_copy_c5`: a static width of the source is a multiple of 8, and so is
      a static row pitch.
  }];
  let arguments = (ins Arg<AnyMemRef, "", [MemRead]>:$source, Index:$column,
                       Arg<AnyMemRef, "", [MemRead]>:$indices,
                       Arg<AnyMemRef, "", [MemWrite]>:$dest);
  let assemblyFormat = [{
    $source `[` $column `]` `,` `rows` $indices `to` $dest attr-dict
    `:` type($source) `,` type($indices) `to` type($dest)
  }];
  let hasVerifier = 1;
}

def HINM_CommitCopiesOp : HINM_Op<"commit_copies"> {
  let summary = "Ends a group of asynchronous copies";
  let description = [{
    The copies that the thread started since the last `commit_copies` form a
    group; there may be none.

    ```mlir
    hinm.commit_copies
    ```
  }];
  let assemblyFormat = "attr-dict";
}

def HINM_WaitCopiesOp : HINM_Op<"wait_copies"> {
  let summary = "Waits until few groups of copies are pending";
  let description = [{
    Waits until at most `pending` of the thread's latest groups are incomplete.

    Constraint `wait_copies_c1`: `pending` is not negative.

    ```mlir
    hinm.wait_copies pending 1
    ```
  }];
  let arguments = (ins I64Attr:$pending);
  let assemblyFormat = "`pending` $pending attr-dict";
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Multiplication
//===----------------------------------------------------------------------===//

def HINM_ZeroAccumulatorOp : HINM_Op<"zero_accumulator", [Pure]> {
  let summary = "Sums of zero";
  let description = [{
    ```mlir
    %0 = hinm.zero_accumulator : !hinm.accumulator<rows = 64, columns = 64>
    ```
  }];
  let results = (outs HINM_AccumulatorType:$result);
  let assemblyFormat = "attr-dict `:` type($result)";
}

def HINM_LoadFragmentsOp : HINM_Op<"load_fragments"> {
  let summary = "Loads what the first slice of a step needs";
  let description = [{
    Loads a warp's fragments for slice 0 of a step: `block` is a step block of a
    fragment stream and `rows` the gathered rows of the activations, both in shared
    memory. Of the block's warps, numbered with the row direction fastest,
    `warps = [WM, WN]` share the tile; each loads its part.

    ```mlir
    %f = hinm.load_fragments %block, %rows warps [2, 2]
        : memref<9472xi8, #gpu.address_space<workgroup>>,
          memref<64x128xf16, strided<[136, 1]>, #gpu.address_space<workgroup>>
       -> !hinm.fragments<rows = 64, columns = 64>
    ```

    Constraints:
    - `multiply_c1`: `block` has the size of a step block, 72 * V + 256 bytes of
      shared memory, V being WM times the rows of the fragments.
    - `multiply_c2`: `rows` are 64 x (WN times the columns of the fragments) f16 or
      bf16 in shared memory, with unit inner stride and rows that start at
      multiples of 16 bytes.
  }];
  let arguments = (ins Arg<AnyMemRef, "", [MemRead]>:$block,
                       Arg<AnyMemRef, "", [MemRead]>:$rows,
                       DenseI64ArrayAttr:$warps);
  let results = (outs HINM_FragmentsType:$fragments);
  let assemblyFormat = [{
    $block `,` $rows `warps` $warps attr-dict
    `:` type($block) `,` type($rows) `->` type($fragments)
  }];
  let hasVerifier = 1;
}

def HINM_SparseMultiplyOp : HINM_Op<"sparse_multiply", [
    AllTypesMatch<["accumulator", "result"]>,
    AllTypesMatch<["fragments", "next"]>]> {
  let summary = "A warp's sparse multiplications of some slices of a step";
  let description = [{
    Multiplies the slices `first` to `last` (exclusive) of a step and adds to the
    sums. Each register is refilled right after its last use, so the op takes the
    fragments of slice `first` and returns those of slice `last`, which it loads
    from `block` and `rows`. What follows the last slice of a step is slice 0 of
    the next one; therefore the last slice is an op of its own, whose `block`
    and `rows` are those of the *next* step, and the barrier that makes them visible
    stands before it. With 8 slices in a step:

    ```mlir
    %0, %f0 = hinm.sparse_multiply %acc, %f, %block, %rows
        slices 0 to 7 warps [2, 2] : ...
    hinm.wait_copies pending 1
    gpu.barrier
    %1, %f1 = hinm.sparse_multiply %0, %f0, %nextBlock, %nextRows
        slices 7 to 8 warps [2, 2] : ...
    ```

    Constraints:
    - `multiply_c1`, `multiply_c2`: as for `hinm.load_fragments`.
    - `multiply_c3`: accumulator and fragments have the same shape.
    - `multiply_c4`: the slices are a non-empty range of those of a step; the last
      slice stands alone.
  }];
  let arguments = (ins HINM_AccumulatorType:$accumulator,
                       HINM_FragmentsType:$fragments,
                       Arg<AnyMemRef, "", [MemRead]>:$block,
                       Arg<AnyMemRef, "", [MemRead]>:$rows,
                       I64Attr:$first, I64Attr:$last,
                       DenseI64ArrayAttr:$warps);
  let results = (outs HINM_AccumulatorType:$result, HINM_FragmentsType:$next);
  let assemblyFormat = [{
    $accumulator `,` $fragments `,` $block `,` $rows
    `slices` $first `to` $last `warps` $warps attr-dict
    `:` type($accumulator) `,` type($fragments) `,` type($block) `,` type($rows)
  }];
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Epilogue
//===----------------------------------------------------------------------===//

def HINM_StoreTileOp : HINM_Op<"store_tile", [
    AttrSizedOperandSegments, IsolatedFromAbove, SingleBlock]> {
  let summary = "Applies the epilogue to a tile and stores it";
  let description = [{
    Each warp applies the epilogue to its sums and stores them. The tile's first
    place in tile order is `place` and its first column `column`; sums at places or
    columns outside `dest` are dropped. With `row_index` the result of place `p`
    goes to row `row_index[p]`. Epilogue operands of rank 1 and 2 are
    read at the row of the result. Without a region the sums are converted to the element type
    of `dest`.

    ```mlir
    hinm.store_tile %acc to %y[%place, %column] epilogue(%bias : memref<1536xf32>)
        warps [1, 4] : !hinm.accumulator<rows = 64, columns = 32>,
                       memref<1536x?xf16> apply {
      ^bb0(%sum: f32, %b: f32):
        %0 = arith.addf %sum, %b : f32
        %1 = arith.truncf %0 : f32 to f16
        hinm.yield %1 : f16
    }
    ```

    Constraints:
    - `store_tile_c1`: `dest` has rank 2, unit inner stride and element type f32,
      f16 or bf16; without a region any of these, with one that of `hinm.yield`.
    - `store_tile_c2`: a static row pitch or width of `dest` is even, so that pairs of
      columns are stored at once.
    - `epilogue_c1` to `epilogue_c5`: as for `hinm.matmul`.
  }];
  let arguments = (ins HINM_AccumulatorType:$accumulator,
                       Arg<AnyMemRef, "", [MemWrite]>:$dest,
                       Index:$place, Index:$column,
                       Arg<Optional<MemRefRankOf<[I32], [1]>>, "",
                           [MemRead]>:$row_index,
                       Arg<Variadic<AnyMemRef>, "", [MemRead]>:$epilogue_operands,
                       DenseI64ArrayAttr:$warps);
  let regions = (region MaxSizedRegion<1>:$epilogue);
  let assemblyFormat = [{
    $accumulator `to` $dest `[` $place `,` $column `]`
    (`rows` `(` $row_index^ `:` type($row_index) `)`)?
    (`epilogue` `(` $epilogue_operands^ `:` type($epilogue_operands) `)`)?
    `warps` $warps attr-dict `:` type($accumulator) `,` type($dest)
    (`apply` $epilogue^)?
  }];
  let hasVerifier = 1;
}

#endif // HINM_DIALECT_HINM_IR_HINMDEVICEOPS_TD

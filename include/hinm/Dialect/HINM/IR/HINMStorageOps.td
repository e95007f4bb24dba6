//===- HINMStorageOps.td - the storage level ----------------*- tablegen -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HINM_DIALECT_HINM_IR_HINMSTORAGEOPS_TD
#define HINM_DIALECT_HINM_IR_HINMSTORAGEOPS_TD

include "hinm/Dialect/HINM/IR/HINMAttributes.td"
include "hinm/Dialect/HINM/IR/HINMOpBase.td"

/// An operand that is a tensor before bufferization and a memref after it.
class HINM_Shaped<list<int> ranks, list<Type> elements>
    : AnyTypeOf<[TensorRankOf<elements, ranks>, MemRefRankOf<elements, ranks>]>;

class HINM_StorageOp<string mnemonic, list<Trait> traits = []>
    : HINM_Op<mnemonic, !listconcat(traits, [
        DestinationStyleOpInterface,
        DeclareOpInterfaceMethods<MemoryEffectsOpInterface>,
        DeclareOpInterfaceMethods<ReifyRankedShapedTypeOpInterface,
          ["reifyResultShapes"]>])> {
  code dpsDeclaration = [{
    MutableOperandRange getDpsInitsMutable() { return getInitMutable(); }
  }];
  let extraClassDeclaration = dpsDeclaration;
}

def HINM_GatherMatmulOp : HINM_StorageOp<"gather_matmul", [
    AttrSizedOperandSegments, IsolatedFromAbove, SingleBlock,
    DeclareOpInterfaceMethods<TilingInterface, [
      "getLoopIteratorTypes", "getIterationDomain", "getTiledImplementation",
      "getResultTilePosition"]>]> {
  let summary = "Stored HiNM weight times gathered rows of the activations";
  let description = [{
    The matrix product of `hinm.matmul` on the weight's storage, on tensors or
    memrefs. The weight is either its canonical parts (values, metadata, vector
    index) or, with the attribute `stream`, one byte tensor `[T][tileBytes]`.
    In tile `t`, kept column `k` of the weight meets row `vector_index[t][k]` of
    the input: the permutation of the input channels costs nothing, since each
    row is addressed anyway.

    `row_index`, where given, says at which row of `init` each row of the tile
    order is stored (-1 for those that only fill the last tile), so that undoing the permutation of the
    output channels costs nothing either. Epilogue operands of rank 1 and 2 are
    read at that row of the result.

    ```mlir
    %y = hinm.gather_matmul
        weights(%values, %metadata, %index
                : tensor<64x8xf16>, tensor<64x2xi8>, tensor<2x16xi32>)
        ins(%x : tensor<30x?xf16>) epilogue(%bias : tensor<50xf32>)
        outs(%init : tensor<50x?xf32>)
        {encoding = #hinm.encoding<vector = 32, columns = 16, nm = 2:4>} apply {
      ^bb0(%sum: f32, %b: f32):
        %0 = arith.addf %sum, %b : f32
        hinm.yield %0 : f32
    } -> tensor<50x?xf32>
    ```

    It tiles over (tiles of the weight, tokens). With `row_index` only over
    tokens: the rows of a tile are then not contiguous in the result.

    Constraints:
    - `gather_matmul_c1`: all operands are tensors and there is a result of
      `init`'s type, or all are memrefs and there is none.
    - `gather_matmul_c2`: without `stream` the weights are three: values
      `[T*V][K*N/M]`, metadata `[T*V][bytes]` (i8) and vector index `[T][K]`
      (i32), T tiles covering the rows of `init` (of `row_index`, if given).
    - `gather_matmul_c3`: with `stream` the weight is one i8 tensor
      `[T][tileBytes]` and the pattern is one that the stream can hold: 2:4 and V
      a multiple of 32.
    - `gather_matmul_c4`: `init` has as many columns as the input.
    - `gather_matmul_c5`: `row_index` has one entry for each row of the tiles
      that hold the rows of `init`.
    - `gather_matmul_c6`: `schedule` is given only with `stream`, its tile has V
      rows, and it has one stage more than the stream's lookahead.
    - `epilogue_c1` to `epilogue_c5`: as for `hinm.matmul`.
  }];
  let arguments = (ins
    Variadic<HINM_Shaped<[2], [AnyFloat, I8, I32]>>:$weights,
    HINM_Shaped<[2], [AnyFloat]>:$input,
    Optional<HINM_Shaped<[1], [I32]>>:$row_index,
    Variadic<AnyShaped>:$epilogue_operands,
    HINM_Shaped<[2], [AnyFloat]>:$init,
    HINM_EncodingAttr:$encoding,
    OptionalAttr<HINM_FragmentStreamAttr>:$stream,
    OptionalAttr<HINM_ScheduleAttr>:$schedule);
  let regions = (region MaxSizedRegion<1>:$epilogue);
  let results = (outs Optional<2DTensorOf<[AnyFloat]>>:$result);
  let assemblyFormat = [{
    `weights` `(` $weights `:` type($weights) `)`
    `ins` `(` $input `:` type($input) `)`
    (`rows` `(` $row_index^ `:` type($row_index) `)`)?
    (`epilogue` `(` $epilogue_operands^ `:` type($epilogue_operands) `)`)?
    `outs` `(` $init `:` type($init) `)` attr-dict
    (`apply` $epilogue^)? (`->` type($result)^)?
  }];
  let hasVerifier = 1;
  let hasCanonicalizer = 1;
  let extraClassDeclaration = dpsDeclaration # [{
    /// Rows of the tile order that hold an output channel.
    int64_t getNumRows();
    int64_t getNumTiles() { return getEncoding().getNumTiles(getNumRows()); }
    bool hasPureTensorSemantics() { return getNumResults() != 0; }
  }];
}

class HINM_LayoutOp<string mnemonic> : HINM_StorageOp<mnemonic> {
  let arguments = (ins
    HINM_Shaped<[2], [AnyFloat]>:$input,
    HINM_Shaped<[2], [AnyFloat]>:$init);
  let results = (outs Optional<2DTensorOf<[AnyFloat]>>:$result);
  let assemblyFormat = [{
    `ins` `(` $input `:` type($input) `)` `outs` `(` $init `:` type($init) `)`
    attr-dict (`->` type($result)^)?
  }];
  let hasVerifier = 1;
}

def HINM_ToFeatureMajorOp : HINM_LayoutOp<"to_feature_major"> {
  let summary = "Token-major activations to feature-major, converted and padded";
  let description = [{
    `result[i][n] = convert(input[n][i])` for the tokens of the input and zero
    in the columns that round the token count up to a multiple of 8. The one
    boundary kernel that a graph input meets.

    ```mlir
    %x = hinm.to_feature_major ins(%in : tensor<5x384xf32>)
        outs(%init : tensor<384x8xf16>) -> tensor<384x8xf16>
    ```

    Constraints:
    - `layout_c1`: both operands are tensors and the result has `init`'s type, or
      both are memrefs and there is no result.
    - `layout_c2`: the numbers of features agree.
    - `layout_c3`: the feature-major side has as many columns as the token count
      rounded up to a multiple of 8.
  }];
  let hasCanonicalizer = 1;
}

def HINM_ToTokenMajorOp : HINM_LayoutOp<"to_token_major"> {
  let summary = "Feature-major activations to token-major";
  let description = [{
    `result[n][o] = convert(input[o][n])` for the tokens of the result; the
    columns that only fill up a row of the input are dropped.

    ```mlir
    %out = hinm.to_token_major ins(%y : tensor<1536x8xf32>)
        outs(%init : tensor<5x1536xf32>) -> tensor<5x1536xf32>
    ```

    Constraints: as for `hinm.to_feature_major`.
  }];
}

#endif // HINM_DIALECT_HINM_IR_HINMSTORAGEOPS_TD

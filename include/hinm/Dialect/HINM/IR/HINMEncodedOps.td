//===- HINMEncodedOps.td - the encoded level ----------------*- tablegen -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HINM_DIALECT_HINM_IR_HINMENCODEDOPS_TD
#define HINM_DIALECT_HINM_IR_HINMENCODEDOPS_TD

include "hinm/Dialect/HINM/IR/HINMAttributes.td"
include "hinm/Dialect/HINM/IR/HINMOpBase.td"

def HINM_EncodeOp : HINM_Op<"encode", [Pure]> {
  let summary = "Projects a dense weight onto the HiNM pattern";
  let description = [{
    The result is the weight with its rows in tile order, of which only what
    the pattern keeps is left: in tile `t` the column vectors that
    `vector_index[t]` names, in that packing order, and of each row's M
    consecutive packed entries the N of largest magnitude (the earlier one on
    a tie).

    - `row_order`: place `i` of the tile order holds source row
      `row_order[i]`. Without it the order is the source's.
    - `vector_index`: `[T][K]`, the kept input channels of each tile in
      packing order; -1 marks a place that holds nothing. Without it the choice
      has not been made yet; `hinm-gyro-permute` makes it.

    ```mlir
    %e = hinm.encode %w {vector_index = dense<[[4, 1, 0, 7]]> : tensor<1x4xi32>}
       : tensor<32x8xf32> -> tensor<32x8xf16, #hinm.encoding<vector = 32, columns = 4, nm = 2:4>>
    ```

    Constraints:
    - `encode_c1`: the result has a `#hinm.encoding`.
    - `encode_c2`: source and result have the same shape.
    - `encode_c3`: `row_order` is a permutation of the rows.
    - `encode_c4`: `vector_index` has the shape `[T][K]` and i32 entries.
    - `encode_c5`: each entry of `vector_index` is -1 or an input channel, and no
      tile names a channel twice.
    - `encode_c6`: `row_order` is given only together with `vector_index`.
  }];
  let arguments = (ins
    2DTensorOf<[AnyFloat]>:$source,
    OptionalAttr<DenseI64ArrayAttr>:$row_order,
    OptionalAttr<ElementsAttr>:$vector_index);
  let results = (outs 2DTensorOf<[AnyFloat]>:$result);
  let assemblyFormat = [{
    $source attr-dict `:` type($source) `->` type($result)
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    EncodingAttr getEncoding() {
      return cast<EncodingAttr>(getResult().getType().getEncoding());
    }
  }];
}

def HINM_AssembleOp : HINM_Op<"assemble", [Pure]> {
  let summary = "Makes an encoded matrix of its canonical storage";
  let description = [{
    The three parts are laid out as docs/format.md says: `values`
    `[T*V][K*N/M]`, `metadata` `[T*V][bytes]` and `vector_index` `[T][K]`.

    ```mlir
    %e = hinm.assemble %values, %metadata, %index
       : tensor<64x8xf16>, tensor<64x2xi8>, tensor<2x16xi32>
       -> tensor<50x30xf16, #hinm.encoding<vector = 32, columns = 16, nm = 2:4>>
    ```

    Constraints:
    - `assemble_c1`: the result has a `#hinm.encoding`.
    - `assemble_c2`: `values` has the shape `[T*V][K*N/M]` and the result's
      element type.
    - `assemble_c3`: `metadata` has `[T*V]` rows of as many bytes as the
      positions of a row take.
    - `assemble_c4`: `vector_index` has the shape `[T][K]`.
  }];
  let arguments = (ins
    2DTensorOf<[AnyFloat]>:$values,
    2DTensorOf<[I8]>:$metadata,
    2DTensorOf<[I32]>:$vector_index);
  let results = (outs 2DTensorOf<[AnyFloat]>:$result);
  let assemblyFormat = [{
    $values `,` $metadata `,` $vector_index attr-dict `:` type($values) `,`
    type($metadata) `,` type($vector_index) `->` type($result)
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    EncodingAttr getEncoding() {
      return cast<EncodingAttr>(getResult().getType().getEncoding());
    }
  }];
}

def HINM_DecodeOp : HINM_Op<"decode", [Pure]> {
  let summary = "The dense form of an encoded matrix, rows in tile order";
  let description = [{
    ```mlir
    %w = hinm.decode %e : tensor<50x30xf16, #enc> -> tensor<50x30xf16>
    ```

    Constraints:
    - `decode_c1`: the source has a `#hinm.encoding`, the result has none.
    - `decode_c2`: shape and element type are the same.
  }];
  let arguments = (ins 2DTensorOf<[AnyFloat]>:$source);
  let results = (outs 2DTensorOf<[AnyFloat]>:$result);
  let assemblyFormat = "$source attr-dict `:` type($source) `->` type($result)";
  let hasVerifier = 1;
}

class HINM_PartOp<string mnemonic, string part, string partShape, Type elementType>
    : HINM_Op<mnemonic, [Pure]> {
  let summary = "The " # part # " of an encoded matrix";
  let description = "The " # part # ", " # partShape # [{, as docs/format.md lays
    them out. Folds to the operand of `hinm.assemble`.

    ```mlir
    %p = hinm.}] # mnemonic # [{ %e : tensor<50x30xf16, #enc> -> tensor<...>
    ```

    Constraints:
    - `part_c1`: the source has a `#hinm.encoding`.
    - `part_c2`: the result has the shape that the encoding gives this part.
  }];
  let arguments = (ins 2DTensorOf<[AnyFloat]>:$source);
  let results = (outs 2DTensorOf<[elementType]>:$result);
  let assemblyFormat = "$source attr-dict `:` type($source) `->` type($result)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

def HINM_ValuesOp : HINM_PartOp<"values", "values", "`[T*V][K*N/M]`", AnyFloat>;
def HINM_MetadataOp : HINM_PartOp<"metadata", "metadata", "`[T*V][bytes]`", I8>;
def HINM_VectorIndexOp
    : HINM_PartOp<"vector_index", "vector index", "`[T][K]`", I32>;

def HINM_PermuteOp : HINM_Op<"permute", [Pure, SameOperandsAndResultType]> {
  let summary = "Reorders a tensor along one dimension";
  let description = [{
    `result[..., i, ...] = source[..., order[i], ...]` along dimension `dim`.
    The identity folds away; a permute of a permute along the same dimension
    becomes one.

    ```mlir
    %z = hinm.permute %y dim 0 order [2, 0, 1] : tensor<3x?xf32>
    ```

    Constraints:
    - `permute_c1`: `dim` is a dimension of the source.
    - `permute_c2`: `order` is a permutation of that dimension, whose size is
      static.
    - `permute_c3`: the tensor carries no `#hinm.encoding`.
  }];
  let arguments = (ins
    AnyRankedTensor:$source, ConfinedAttr<I64Attr, [IntNonNegative]>:$dim,
    DenseI64ArrayAttr:$order);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = [{
    $source `dim` $dim `order` $order attr-dict `:` type($source)
  }];
  let hasVerifier = 1;
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}

def HINM_MatmulOp : HINM_Op<"matmul", [
    Pure, IsolatedFromAbove, SingleBlock, DestinationStyleOpInterface,
    DeclareOpInterfaceMethods<ReifyRankedShapedTypeOpInterface,
          ["reifyResultShapes"]>]> {
  let summary = "Encoded weight times feature-major activations";
  let description = [{
    `result[o][n] = epilogue(sum_i weight[o][i] * input[i][n], ...)`, summed in
    f32; rows in the weight's tile order. `init` is only the destination, its
    contents are not read. With `row_index`, place `i` of the tile order becomes
    row `row_index[i]` of the result: a row is stored at an address that a kernel
    computes anyway, so another order of the result costs no pass over memory.

    The epilogue region gets the sum and one element of each epilogue operand
    and yields an element of the result. An operand of rank 1 has an element
    for each row of the result, one of rank 2 an element for each entry, one of
    rank 0 a single element. Without a region the sum is converted.

    ```mlir
    %y = hinm.matmul ins(%e, %x : tensor<50x30xf16, #enc>, tensor<30x?xf16>)
        epilogue(%bias : tensor<50xf32>) outs(%init : tensor<50x?xf32>) apply {
      ^bb0(%sum: f32, %b: f32):
        %0 = arith.addf %sum, %b : f32
        hinm.yield %0 : f32
    } -> tensor<50x?xf32>
    ```

    Constraints:
    - `matmul_c1`: the weight has a `#hinm.encoding`, no other operand has one.
    - `matmul_c2`: the input has as many rows as the weight has columns.
    - `matmul_c3`: `init` has as many rows as the weight and as many columns as
      the input.
    - `matmul_c4`: `row_index` is a permutation of the result's rows.
    - `epilogue_c1`: the region's arguments are f32 and the element type of each
      epilogue operand.
    - `epilogue_c2`: an epilogue operand has rank 0, the shape `[O]` or the shape
      of the result.
    - `epilogue_c3`: the region yields one value of the result's element type.
    - `epilogue_c4`: the region uses nothing defined outside it and its ops are
      free of side effects.
    - `epilogue_c5`: epilogue operands are given only with a region.
  }];
  let arguments = (ins
    2DTensorOf<[AnyFloat]>:$weight,
    2DTensorOf<[AnyFloat]>:$input,
    Variadic<AnyRankedTensor>:$epilogue_operands,
    2DTensorOf<[AnyFloat]>:$init,
    OptionalAttr<DenseI64ArrayAttr>:$row_index);
  let regions = (region MaxSizedRegion<1>:$epilogue);
  let results = (outs 2DTensorOf<[AnyFloat]>:$result);
  let assemblyFormat = [{
    `ins` `(` $weight `,` $input `:` type($weight) `,` type($input) `)`
    (`epilogue` `(` $epilogue_operands^ `:` type($epilogue_operands) `)`)?
    `outs` `(` $init `:` type($init) `)` attr-dict
    (`apply` $epilogue^)? `->` type($result)
  }];
  let hasVerifier = 1;
  let hasCanonicalizer = 1;
  let extraClassDeclaration = [{
    EncodingAttr getEncoding() {
      return cast<EncodingAttr>(getWeight().getType().getEncoding());
    }
    MutableOperandRange getDpsInitsMutable() { return getInitMutable(); }
  }];
}

#endif // HINM_DIALECT_HINM_IR_HINMENCODEDOPS_TD

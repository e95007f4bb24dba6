//===- HINMAttributes.td - attributes of the hinm dialect --*- tablegen -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HINM_DIALECT_HINM_IR_HINMATTRIBUTES_TD
#define HINM_DIALECT_HINM_IR_HINMATTRIBUTES_TD

include "hinm/Dialect/HINM/IR/HINMDialect.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/TensorEncoding.td"

class HINM_Attr<string name, string mnemonicValue, list<Trait> traits = []>
    : AttrDef<HINM_Dialect, name, traits> {
  let mnemonic = mnemonicValue;
}

def HINM_EncodingAttr : HINM_Attr<"Encoding", "encoding", [
    DeclareAttrInterfaceMethods<VerifiableTensorEncoding>
  ]> {
  let summary = "The hierarchical N:M pattern of an encoded tensor";
  let description = [{
    - `vector` (V): rows of a tile, the height of a column vector.
    - `columns` (K): column vectors that each tile keeps, a multiple of M.
    - `nm`: each row keeps N of every M consecutive kept entries.

    A tensor with this encoding has rank 2; its rows stand in tile order and
    its shape is that of the dense matrix. Example, a 75 % sparse weight:

    ```mlir
    #enc = #hinm.encoding<vector = 64, columns = 192, nm = 2:4>
    tensor<1536x384xf16, #enc>
    ```

    Constraints:
    - `encoding_c1`: V is positive.
    - `encoding_c2`: 0 < N < M.
    - `encoding_c3`: K is positive and a multiple of M.
    - `encoding_c4`: the tensor has rank 2 and a static shape.
    - `encoding_c5`: K is at most I rounded up to a multiple of M.
    - `encoding_c6`: the element type is a float.
  }];
  let parameters = (ins "int64_t":$vector, "int64_t":$columns, "int64_t":$n,
                        "int64_t":$m);
  let assemblyFormat = [{
    `<` `vector` `=` $vector `,` `columns` `=` $columns `,`
        `nm` `=` $n `` `:` `` $m `>`
  }];
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// Number of tiles that cover `rows` rows.
    int64_t getNumTiles(int64_t rows) const {
      return (rows + getVector() - 1) / getVector();
    }
    /// Stored entries of one row of a tile: K * N / M.
    int64_t getStoredColumns() const { return getColumns() / getM() * getN(); }
    /// The same pattern as the format library names it.
    ::hinm::format::Pattern getPattern() const;
  }];
}

def HINM_FragmentStreamAttr : HINM_Attr<"FragmentStream", "fragment_stream"> {
  let summary = "Storage of a weight as a stream of mma.sp fragments";
  let description = [{
    Says that the weight of a `gather_matmul` is one byte tensor
    `[T][tileBytes]` in the fragment stream layout of docs/format.md: for each
    step of 64 kept columns the values in the register order of
    `mma.sp.m16n8k32`, the metadata, and the row indices of the step that is
    fetched `lookahead` steps later.

    Constraint `fragment_stream_c1`: `lookahead` is at least 1.

    ```mlir
    #hinm.fragment_stream<lookahead = 2>
    ```
  }];
  let parameters = (ins "int64_t":$lookahead);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

def HINM_ScheduleAttr : HINM_Attr<"Schedule", "schedule"> {
  let summary = "How a kernel divides a gather_matmul";
  let description = [{
    - `tile`: rows and tokens that one thread block computes.
    - `warps`: how many warps share the tile in each direction.
    - `stages`: steps of the asynchronous copy pipeline in shared memory.

    Constraints:
    - `schedule_c1`: `tile` and `warps` have two positive entries.
    - `schedule_c2`: a warp's part of the tile is a multiple of 16 rows and of
      8 tokens.
    - `schedule_c3`: at least 2 stages.

    ```mlir
    #hinm.schedule<tile = [64, 128], warps = [2, 2], stages = 3>
    ```
  }];
  let parameters = (ins ArrayRefParameter<"int64_t">:$tile,
                        ArrayRefParameter<"int64_t">:$warps,
                        "int64_t":$stages);
  let assemblyFormat = [{
    `<` `tile` `=` `[` $tile `]` `,` `warps` `=` `[` $warps `]` `,`
        `stages` `=` $stages `>`
  }];
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    int64_t getTileRows() const { return getTile()[0]; }
    int64_t getTileTokens() const { return getTile()[1]; }
    int64_t getNumWarps() const { return getWarps()[0] * getWarps()[1]; }
    int64_t getNumThreads() const { return 32 * getNumWarps(); }
  }];
}

#endif // HINM_DIALECT_HINM_IR_HINMATTRIBUTES_TD

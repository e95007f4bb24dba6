//===- HINMOpBase.td - what all ops of the dialect share ----*- tablegen -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HINM_DIALECT_HINM_IR_HINMOPBASE_TD
#define HINM_DIALECT_HINM_IR_HINMOPBASE_TD

include "hinm/Dialect/HINM/IR/HINMDialect.td"
include "mlir/Interfaces/DestinationStyleOpInterface.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "mlir/Interfaces/TilingInterface.td"
include "mlir/IR/BuiltinAttributes.td"

class HINM_Op<string mnemonic, list<Trait> traits = []>
    : Op<HINM_Dialect, mnemonic, traits>;

def HINM_YieldOp : HINM_Op<"yield", [Pure, Terminator,
    ParentOneOf<["MatmulOp", "GatherMatmulOp", "StoreTileOp"]>]> {
  let summary = "Ends an epilogue region";
  let description = [{
    ```mlir
    hinm.yield %value : f32
    ```
  }];
  let arguments = (ins Variadic<AnyType>:$values);
  let assemblyFormat = "($values^ `:` type($values))? attr-dict";
}

#endif // HINM_DIALECT_HINM_IR_HINMOPBASE_TD

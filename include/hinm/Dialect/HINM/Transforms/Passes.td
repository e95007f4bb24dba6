//===- Passes.td - passes on the dialect -------------------*- tablegen -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HINM_DIALECT_HINM_TRANSFORMS_PASSES_TD
#define HINM_DIALECT_HINM_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

def HINMVerifyNoEncodings : Pass<"hinm-verify-no-encodings", "ModuleOp"> {
  let summary = "Fails on the first value that still has an encoded type";
  let description = [{
    Bufferization turns a tensor with `#hinm.encoding` into a dense memref
    without a word. This pass stands before it: it names the first op that
    still takes or gives an encoded tensor.
  }];
}

#endif // HINM_DIALECT_HINM_TRANSFORMS_PASSES_TD

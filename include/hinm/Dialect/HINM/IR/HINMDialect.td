//===- HINMDialect.td - the hinm dialect -------------------*- tablegen -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HINM_DIALECT_HINM_IR_HINMDIALECT_TD
#define HINM_DIALECT_HINM_IR_HINMDIALECT_TD

include "mlir/IR/OpBase.td"

def HINM_Dialect : Dialect {
  let name = "hinm";
  let cppNamespace = "::mlir::hinm";
  let summary = "Hierarchical N:M sparse matrices and their permutations";
  let description = [{
    A hierarchical N:M (HiNM) matrix is a dense `O x I` weight of which whole
    `V x 1` column vectors were dropped tile by tile, and of whose remaining
    entries each row keeps N of every M consecutive ones (Yu et al.,
    arXiv 2407.20496, section 3). The dialect has two levels.

    The *encoded level* works on tensors whose type carries
    `#hinm.encoding`: a matrix is one value, whatever its storage. It cannot be
    bufferized, since an encoded tensor would silently become a dense buffer;
    `hinm-verify-no-encodings` stands before bufferization.

    The *storage level* works on plain tensors and memrefs: the values, the
    metadata and the vector index are operands of their own. It tiles,
    bufferizes and becomes kernels.

    Between sparse layers activations are *feature-major*: `X[I][tokens]`, so
    that a kept column vector of the weight meets one contiguous row of `X`.
    The number of columns of a feature-major tensor is the token count rounded
    up to a multiple of 8, which keeps each row 16-byte aligned in half
    precision; what the additional columns hold has no meaning.

    Every verifier's constraint has an id, such as `encode_c1`, that its
    message and its test share.
  }];
  let useDefaultAttributePrinterParser = 1;
  let useDefaultTypePrinterParser = 1;
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::tensor::TensorDialect"
  ];
}

#endif // HINM_DIALECT_HINM_IR_HINMDIALECT_TD

//===- Passes.td - passes on the dialect -------------------*- tablegen -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HINM_DIALECT_HINM_TRANSFORMS_PASSES_TD
#define HINM_DIALECT_HINM_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

def HINMNormalize : Pass<"hinm-normalize", "ModuleOp"> {
  let summary = "Takes detours out of what front ends print";
  let description = [{
    For a dynamic batch front ends print views as `tensor.reshape` to sizes that
    the host computes in i64, with checks for negative sizes, and broadcasts as
    `tensor.extract` in a body. Reshapes become collapse and expand, as the types
    say; sizes become `affine.apply` of the inputs' dimensions, and comparisons of
    them fold; elements that are extracted at the loop's place become operands; a
    reduction loses results that nobody reads (the place of a softmax's maximum).

    Before:

    ```mlir
    %sizes = tensor.from_elements %batch, %c32, %c12, %c64 : tensor<4xi64>
    %y = tensor.reshape %x(%sizes)
       : (tensor<?x32x768xf32>, tensor<4xi64>) -> tensor<?x32x12x64xf32>
    ```

    After:

    ```mlir
    %y = tensor.expand_shape %x [[0], [1], [2, 3]] output_shape [%dim, 32, 12, 64]
       : tensor<?x32x768xf32> into tensor<?x32x12x64xf32>
    ```
  }];
  let dependentDialects = [
    "::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::math::MathDialect", "::mlir::tensor::TensorDialect",
    "::mlir::vector::VectorDialect"
  ];
}

def HINMSelect : Pass<"hinm-select", "ModuleOp"> {
  let summary = "Chooses linear layers and makes them sparse";
  let description = [{
    A contraction of activations with a constant matrix, in whichever form a
    front end prints it (`linalg.matmul` with any indexing maps, behind a
    `linalg.transpose` of the constant or not, `linalg.generic`, a matrix times
    a vector, several token dimensions), becomes `hinm.encode` and
    `hinm.matmul` between `hinm.to_feature_major` and `hinm.to_token_major`.
    A product that does not start from zero is followed by the addition. It is
    an error if no layer is found; the notes say of each contraction why it
    stays dense.

    Layers are named `function.number` in program order, those that stay dense
    included. A file of `overrides` holds a JSON object with settings of single
    layers: `{"main.0": {"vector": 128, "column_sparsity": 0.75, "permute":
    "gyro"}, "main.3": {"dense": true}}`.

    Before:

    ```mlir
    %wT = linalg.transpose ins(%w : tensor<1536x384xf32>)
        outs(%e : tensor<384x1536xf32>) permutation = [1, 0]
    %y = linalg.matmul ins(%x, %wT : tensor<?x384xf32>, tensor<384x1536xf32>)
        outs(%zero : tensor<?x1536xf32>) -> tensor<?x1536xf32>
    ```

    After:

    ```mlir
    %e = hinm.encode %w : tensor<1536x384xf32> -> tensor<1536x384xf16, #enc>
    %xf = hinm.to_feature_major ins(%x : tensor<?x384xf32>)
        outs(%0 : tensor<384x?xf16>) -> tensor<384x?xf16>
    %p = hinm.matmul ins(%e, %xf : tensor<1536x384xf16, #enc>, tensor<384x?xf16>)
        outs(%1 : tensor<1536x?xf32>) -> tensor<1536x?xf32>
    %y = hinm.to_token_major ins(%p : tensor<1536x?xf32>)
        outs(%2 : tensor<?x1536xf32>) -> tensor<?x1536xf32>
    ```
  }];
  let options = [
    Option<"vector", "vector", "int64_t", "64",
           "V: rows of a tile, the height of a column vector">,
    Option<"columnSparsity", "column-sparsity", "double", "0.5",
           "Share of the column vectors that each tile drops">,
    Option<"nm", "nm", "std::string", "\"2:4\"",
           "N:M: entries that each row keeps of every M packed ones">,
    Option<"layers", "layers", "std::string", "\"\"",
           "Only layers whose location or function matches this regular "
           "expression">,
    Option<"minSize", "min-size", "int64_t", "0",
           "Only weights with at least so many elements">,
    Option<"allowNone", "allow-none", "bool", "false",
           "No error if no layer is found">,
    Option<"storage", "storage", "std::string", "\"auto\"",
           "What weights and activations are rounded to: f16, bf16, or auto "
           "(bf16 where the activations are)">,
    Option<"overrides", "overrides", "std::string", "\"\"",
           "JSON file of settings for single layers, named function.number">
  ];
  let statistics = [
    Statistic<"numSelected", "selected", "Number of layers made sparse">,
    Statistic<"numSkipped", "skipped", "Number of contractions left dense">
  ];
  let dependentDialects = [
    "::mlir::affine::AffineDialect", "::mlir::hinm::HINMDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::tensor::TensorDialect"
  ];
}

def HINMPropagateLayout : Pass<"hinm-propagate-layout", "ModuleOp"> {
  let summary = "Keeps activations feature-major between sparse layers";
  let description = [{
    Moves `hinm.to_token_major` behind elementwise ops, whose other operands
    are turned instead (a bias by feature stays as it is), and cancels it
    against the next layer's `hinm.to_feature_major`. Elementwise ops on
    several token dimensions are first collapsed to matrices, broadcasts of a
    bias fused into their user.

    Before:

    ```mlir
    %t = hinm.to_token_major ins(%p : tensor<64x8xf32>)
        outs(%0 : tensor<5x64xf32>) -> tensor<5x64xf32>
    %r = linalg.generic {relu} ins(%t : tensor<5x64xf32>) ...
    %x = hinm.to_feature_major ins(%r : tensor<5x64xf32>)
        outs(%1 : tensor<64x8xf16>) -> tensor<64x8xf16>
    ```

    After:

    ```mlir
    %r = linalg.generic {relu} ins(%p : tensor<64x8xf32>) ...
    %x = arith.truncf %r : tensor<64x8xf32> to tensor<64x8xf16>
    ```
  }];
  let dependentDialects = [
    "::mlir::affine::AffineDialect", "::mlir::hinm::HINMDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::tensor::TensorDialect"
  ];
}

def HINMGyroPermute : Pass<"hinm-gyro-permute", "ModuleOp"> {
  let summary = "Chooses kept columns, their packing order and the row order";
  let description = [{
    Gives each `hinm.encode` without one its `vector_index` (and row order),
    found by the search of `lib/Permutation` on the constant weight. Where rows
    were reordered, a `hinm.permute` behind each product restores the order
    that the program expects. What the search reached is left in the attribute
    `hinm.search`. An `encode` that has its orders is left as it is.

    An `encode` may say more in attributes: `hinm.strategy` names a search for
    this weight, `hinm.saliency` is a constant of its shape that stands in place
    of |w|. What the pattern then drops becomes zero in the weight, so that the
    largest |w| of each group are what was kept.

    Before:

    ```mlir
    %e = hinm.encode %w : tensor<32x8xf32> -> tensor<32x8xf16, #enc>
    ```

    After:

    ```mlir
    %e = hinm.encode %w {vector_index = dense<[[4, 1, 0, 7]]> : tensor<1x4xi32>}
       : tensor<32x8xf32> -> tensor<32x8xf16, #enc>
    ```
  }];
  let options = [
    Option<"strategy", "strategy", "std::string", "\"gyro\"",
           "Search: none, pca, columns, gyro, anneal or best">,
    Option<"seed", "seed", "uint64_t", "0", "Seed of the search">,
    Option<"threads", "threads", "int64_t", "0",
           "Threads of the search, 0 for all; the result does not depend on it">
  ];
  let statistics = [
    Statistic<"numSearched", "searched", "Number of weights searched">
  ];
  let dependentDialects = ["::mlir::hinm::HINMDialect"];
}

def HINMCompress : Pass<"hinm-compress", "ModuleOp"> {
  let summary = "Stores constant weights under their pattern";
  let description = [{
    Each `hinm.encode` of a constant becomes `hinm.assemble` of three
    constants: values, metadata and vector index as docs/format.md lays them
    out. A weight with NaN or infinity, or one that overflows the storage type,
    is an error that names the row and column.

    Before:

    ```mlir
    %e = hinm.encode %w {vector_index = dense<[[4, 1, 0, 7]]> : tensor<1x4xi32>}
       : tensor<32x8xf32> -> tensor<32x8xf16, #enc>
    ```

    After:

    ```mlir
    %values = arith.constant dense<...> : tensor<32x2xf16>
    %metadata = arith.constant dense<...> : tensor<32x1xi8>
    %index = arith.constant dense<[[4, 1, 0, 7]]> : tensor<1x4xi32>
    %e = hinm.assemble %values, %metadata, %index
       : tensor<32x2xf16>, tensor<32x1xi8>, tensor<1x4xi32> -> tensor<32x8xf16, #enc>
    ```
  }];
  let statistics = [
    Statistic<"numCompressed", "compressed", "Number of weights compressed">
  ];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::hinm::HINMDialect"
  ];
}

def HINMFoldPermutations : Pass<"hinm-fold-permutations", "ModuleOp"> {
  let summary = "Folds permutes of channels into indices and constants";
  let description = [{
    Tensors that elementwise ops and `hinm.permute` connect can be kept in any
    common order of their channels. One is chosen that leaves the fewest
    permutes, the tile order of the first product if nothing speaks against it;
    constants beside elementwise ops are permuted, products that read such a
    tensor get a renamed `vector_index`, products that write one and have another
    tile order get a `row_index`. Where a tensor leaves for an op that needs the
    program's order, the product that wrote it stores its rows in that order: no
    pass over memory either way.

    What is left are permutes of tensors that no product wrote, and those where
    two orders of one tensor meet; their attribute `hinm.unfolded` says why. The
    pass may run before or after `hinm-compress`.

    Before:

    ```mlir
    %p = hinm.matmul ins(%e, %x : ...) outs(%0 : tensor<32x8xf32>) -> tensor<32x8xf32>
    %q = hinm.permute %p dim 0 order [1, 0, 2, ...] : tensor<32x8xf32>
    %r = linalg.generic {addf, d0, d1 <- q, bias(d0)} ins(%q, %bias : ...) -> tensor<32x8xf16>
    %f = hinm.assemble %v, %m, %index : ... -> tensor<16x32xf16, #enc>  // index: [[0, 2, ...]]
    %y = hinm.matmul ins(%f, %r : ...) outs(%1 : tensor<16x8xf32>) -> tensor<16x8xf32>
    ```

    After:

    ```mlir
    %p = hinm.matmul ins(%e, %x : ...) outs(%0 : tensor<32x8xf32>) -> tensor<32x8xf32>
    %r = linalg.generic {addf, d0, d1 <- p, b2(d0)} ins(%p, %b2 : ...) -> tensor<32x8xf16>
    %f = hinm.assemble %v, %m, %index : ... -> tensor<16x32xf16, #enc>  // index: [[1, 2, ...]]
    %y = hinm.matmul ins(%f, %r : ...) outs(%1 : tensor<16x8xf32>) -> tensor<16x8xf32>
    ```
  }];
  let statistics = [
    Statistic<"numFound", "found", "Number of permutes found">,
    Statistic<"numLeft", "left", "Number of permutes left">,
    Statistic<"numRowIndices", "row-indices",
              "Number of products that store their rows by an index">
  ];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::hinm::HINMDialect"
  ];
}

def HINMVerifyFolded : Pass<"hinm-verify-folded", "ModuleOp"> {
  let summary = "Fails on a permute that is left to run time";
  let description = [{
    Each `hinm.permute` is an error with the reason that
    `hinm-fold-permutations` gave, or a remark with the option `allow`.
  }];
  let options = [
    Option<"allow", "allow", "bool", "false", "Remarks instead of errors">
  ];
  let statistics = [
    Statistic<"numLeft", "left", "Number of permutes left">
  ];
}

def HINMFuseEpilogue : Pass<"hinm-fuse-epilogue", "ModuleOp"> {
  let summary = "Moves elementwise ops into the product's epilogue";
  let description = [{
    An elementwise `linalg.generic` or a conversion whose operand is a
    `hinm.matmul` that nobody else uses becomes part of its epilogue region,
    where it costs no pass over memory. Its other operands, one element in
    all, one per output row or one per entry, become epilogue operands.

    Before:

    ```mlir
    %p = hinm.matmul ins(%e, %x : ...) outs(%0 : tensor<64x8xf32>) -> tensor<64x8xf32>
    %y = linalg.generic {d0, d1 <- p, bias(d0)} ins(%p, %bias : ...) {addf} -> tensor<64x8xf32>
    ```

    After:

    ```mlir
    %y = hinm.matmul ins(%e, %x : ...) epilogue(%bias : tensor<64xf32>)
        outs(%0 : tensor<64x8xf32>) apply {
      ^bb0(%sum: f32, %b: f32):
        %1 = arith.addf %sum, %b : f32
        hinm.yield %1 : f32
    } -> tensor<64x8xf32>
    ```
  }];
  let statistics = [
    Statistic<"numEpilogues", "epilogues", "Number of products with an epilogue">
  ];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::hinm::HINMDialect",
    "::mlir::tensor::TensorDialect"
  ];
}

def HINMLowerEncodings : Pass<"hinm-lower-encodings", "ModuleOp"> {
  let summary = "Replaces encoded tensors by their storage";
  let description = [{
    `hinm.matmul` of an assembled weight becomes `hinm.gather_matmul` on its
    parts; a `hinm.permute` that did not fold becomes a copy row by row.

    Before:

    ```mlir
    %e = hinm.assemble %v, %m, %i : ... -> tensor<64x16xf16, #enc>
    %y = hinm.matmul ins(%e, %x : ...) outs(%0 : tensor<64x8xf32>) -> tensor<64x8xf32>
    ```

    After:

    ```mlir
    %y = hinm.gather_matmul weights(%v, %m, %i : ...) ins(%x : tensor<16x8xf16>)
        outs(%0 : tensor<64x8xf32>) {encoding = #enc} -> tensor<64x8xf32>
    ```
  }];
  let statistics = [
    Statistic<"numLowered", "lowered", "Number of products lowered">
  ];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::hinm::HINMDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::tensor::TensorDialect"
  ];
}

def HINMPackForTarget : Pass<"hinm-pack-for-target", "ModuleOp"> {
  let summary = "Packs constant weights in the order in which a kernel reads them";
  let description = [{
    The three parts of a constant weight become one fragment stream
    (docs/format.md), and a schedule is chosen for the chip and the shape. A
    `hinm.gather_matmul` that has a stream already is left as it is.

    Before:

    ```mlir
    %y = hinm.gather_matmul weights(%v, %m, %i : ...) ins(%x : tensor<16x8xf16>)
        outs(%0 : tensor<64x8xf32>) {encoding = #enc} -> tensor<64x8xf32>
    ```

    After:

    ```mlir
    %y = hinm.gather_matmul weights(%stream : tensor<1x5376xi8>) ins(%x : tensor<16x8xf16>)
        outs(%0 : tensor<64x8xf32>)
        {encoding = #enc, stream = #hinm.fragment_stream<lookahead = 2>,
         schedule = #hinm.schedule<tile = [64, 8], warps = [4, 1], stages = 3>} -> tensor<64x8xf32>
    ```
  }];
  let options = [
    Option<"chip", "chip", "std::string", "\"sm_80\"", "GPU that will run it">
  ];
  let statistics = [
    Statistic<"numPacked", "packed", "Number of weights packed">,
    Statistic<"numBytes", "bytes", "Bytes of all streams">
  ];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::hinm::HINMDialect"
  ];
}

def HINMRematerialize : Pass<"hinm-rematerialize", "ModuleOp"> {
  let summary = "Computes again what is cheaper to compute than to keep";
  let description = [{
    A fill, and a conversion of float formats, that several ops use is made for
    each of them: so a reduction starts in a buffer of its own, not in a copy,
    and a conversion fuses into whatever reads it.

    Before:

    ```mlir
    %0 = linalg.fill ins(%zero : f32) outs(%empty : tensor<4xf32>) -> tensor<4xf32>
    %a = linalg.generic {...} ins(%x : tensor<4x8xf32>) outs(%0 : tensor<4xf32>) -> tensor<4xf32>
    %b = linalg.generic {...} ins(%y : tensor<4x8xf32>) outs(%0 : tensor<4xf32>) -> tensor<4xf32>
    ```

    After:

    ```mlir
    %0 = linalg.fill ins(%zero : f32) outs(%empty : tensor<4xf32>) -> tensor<4xf32>
    %a = linalg.generic {...} ins(%x : tensor<4x8xf32>) outs(%0 : tensor<4xf32>) -> tensor<4xf32>
    %1 = linalg.fill ins(%zero : f32) outs(%empty : tensor<4xf32>) -> tensor<4xf32>
    %b = linalg.generic {...} ins(%y : tensor<4x8xf32>) outs(%1 : tensor<4xf32>) -> tensor<4xf32>
    ```
  }];
  let statistics = [
    Statistic<"numCloned", "cloned", "Number of ops made again">
  ];
}

def HINMLiftConstants : Pass<"hinm-lift-constants", "ModuleOp"> {
  let summary = "Turns tensor constants into arguments of the entry";
  let description = [{
    Each tensor constant of a public function becomes a leading argument with
    the attribute `hinm.weight`, its name; the data move to the module's
    attribute `hinm.weights`, from where the driver writes the weights file. So
    no large constant reaches LLVM, and no host pointer reaches a kernel.

    Before:

    ```mlir
    func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
      %c = arith.constant dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf32>
    ```

    After:

    ```mlir
    module attributes {hinm.weights = {main.w0 = dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf32>}} {
      func.func @main(%c: tensor<4xf32> {hinm.weight = "main.w0"}, %x: tensor<4xf32>) -> tensor<4xf32> {
    ```
  }];
  let statistics = [
    Statistic<"numLifted", "lifted", "Number of constants lifted">
  ];
}

def HINMVerifyNoEncodings : Pass<"hinm-verify-no-encodings", "ModuleOp"> {
  let summary = "Fails on the first value that still has an encoded type";
  let description = [{
    Bufferization turns a tensor with `#hinm.encoding` into a dense memref
    without a word. This pass stands before it: it names the first op that
    still takes or gives an encoded tensor.
  }];
}

#endif // HINM_DIALECT_HINM_TRANSFORMS_PASSES_TD

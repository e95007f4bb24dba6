//===- Passes.td - conversion passes -----------------------*- tablegen -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HINM_CONVERSION_PASSES_TD
#define HINM_CONVERSION_PASSES_TD

include "mlir/Pass/PassBase.td"

def ConvertHINMToGPU : Pass<"convert-hinm-to-gpu", "ModuleOp"> {
  let summary = "Makes GPU kernels of bufferized storage-level ops";
  let description = [{
    Each `hinm.gather_matmul`, `hinm.to_feature_major` and
    `hinm.to_token_major` on memrefs becomes a launch of a kernel in one module.
    A kernel has the operands of its op as arguments; ops that agree in types,
    attributes and epilogue share it.

    The kernel of a product is made of device-level ops, as the op's
    `#hinm.schedule` says. A thread block computes one tile of the weight for
    `tile[1]` columns of the activations. The copies of `stages - 1` steps of 64
    kept columns are under way while one is multiplied:

    Before:

    ```mlir
    hinm.gather_matmul weights(%w : memref<2x3072xi8>)
        ins(%x : memref<30x?xf16>) outs(%y : memref<50x?xf32>)
        {encoding = #enc, stream = #stream, schedule = #schedule}
    ```

    After:

    ```mlir
    gpu.module @hinm_kernels {
      gpu.func @gather_matmul(%w: memref<2x3072xi8>, %x: memref<30x?xf16>,
                              %y: memref<50x?xf32>) kernel {
        ...                                        // the first steps' copies
        %sums:5 = scf.for %step = ... {
          hinm.gather_copy %x[%column], rows %indices to %freeRows : ...
          hinm.block_copy %stream[%offset] to %freeBlock if %live : ...
          hinm.commit_copies
          %0, %f0 = hinm.sparse_multiply %acc, %f, %block, %rows slices 0 to 7 ...
          hinm.wait_copies pending 1
          gpu.barrier
          %1, %f1 = hinm.sparse_multiply %0, %f0, %next, %nextRows slices 7 to 8 ...
          scf.yield %1, %f1, ...
        }
        hinm.store_tile %sums#0 to %y[%place, %column] warps [2, 2] : ...
        gpu.return
      }
    }
    gpu.launch_func @hinm_kernels::@gather_matmul blocks in (%tiles, %n, %one) ...
    ```

    A weight that is not packed as a stream, or has no schedule, is an error:
    `hinm-pack-for-target` comes first.
  }];
  let options = [
    Option<"kernels", "kernels", "std::string", "\"hinm_kernels\"",
           "Name of the module that the kernels go to">
  ];
  let statistics = [
    Statistic<"numKernels", "kernels", "Number of kernels built">,
    Statistic<"numLaunches", "launches", "Number of ops that became a launch">
  ];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::gpu::GPUDialect",
    "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect"
  ];
}

def ConvertHINMToNVGPU : Pass<"convert-hinm-to-nvgpu", "::mlir::gpu::GPUModuleOp"> {
  let summary = "Lowers device-level ops to nvvm ops";
  let description = [{
    Device-level ops of the dialect become what each thread does. Copies become
    `cp.async` of 16 bytes, of which a source size of 0 replaces what may not be
    read; fragments come by `ldmatrix` and 16-byte loads; products are
    `mma.sp::ordered_metadata`. A value of a warp becomes one value for each
    register of a lane, through loops too. Copies need a kernel whose
    `known_block_size` is given, with all threads in x.

    Before:

    ```mlir
    %sums = scf.for ... -> (!hinm.accumulator<rows = 32, columns = 8>) { ... }
    hinm.wait_copies pending 1
    ```

    After:

    ```mlir
    %sums:8 = scf.for ... -> (f32, f32, f32, f32, f32, f32, f32, f32) { ... }
    nvvm.cp.async.wait.group 1
    ```

    `gpu.dynamic_shared_memory` becomes an external global of the workgroup
    address space: its size is the launch's.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::gpu::GPUDialect",
    "::mlir::LLVM::LLVMDialect", "::mlir::memref::MemRefDialect",
    "::mlir::NVVM::NVVMDialect", "::mlir::scf::SCFDialect"
  ];
}

def ConvertHINMToLinalg : Pass<"convert-hinm-to-linalg", "ModuleOp"> {
  let summary = "Lowers either level to plain linalg";
  let description = [{
    The reference form, and the CPU's: weights that are not stored yet are
    stored (they must be constant), products become a gather and a
    multiplication in f32 on the canonical form or on a fragment stream, whose
    bits are taken apart. Accepts the program after each pass from
    `hinm-gyro-permute` to `hinm-lift-constants`; what it computes is the same
    within rounding.

    Before:

    ```mlir
    %y = hinm.gather_matmul weights(%v, %m, %i : ...) ins(%x : tensor<16x8xf16>)
        outs(%0 : tensor<64x8xf32>) {encoding = #enc} -> tensor<64x8xf32>
    ```

    After:

    ```mlir
    %channels = linalg.generic {...} -> tensor<64x4xi32>
    %sum = linalg.generic {iterator_types = ["parallel", "reduction", "parallel"]}
        ins(%v, %channels : tensor<64x4xf16>, tensor<64x4xi32>) outs(%zero : tensor<64x8xf32>)
    ```
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::hinm::HINMDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::scf::SCFDialect",
    "::mlir::tensor::TensorDialect"
  ];
}

def HINMMakeEntry : Pass<"hinm-make-entry", "ModuleOp"> {
  let summary = "Gives public functions the signature that a caller runs";
  let description = [{
    The results of each public function become memref arguments that the
    caller provides (`hinm.output`). Beside it stands its plan, a function of
    the same inputs that writes the dynamic sizes of the results to a
    `memref<?xi64>`, from entry 1 on; entry 0 is for the size of the workspace,
    which `hinm-plan-workspace` adds.

    Before:

    ```mlir
    func.func @main(%x: tensor<?x4xf32>) -> tensor<?x4xf32> { ... return %y }
    ```

    After:

    ```mlir
    func.func @main(%x: tensor<?x4xf32>, %out: memref<?x4xf32> {hinm.output})
        attributes {hinm.entry = @main.plan} {
      ...
      bufferization.materialize_in_destination %y in restrict writable %out
    }
    func.func @main.plan(%x: tensor<?x4xf32>, %plan: memref<?xi64>) attributes {hinm.plan} {
      %size = tensor.dim %x, %c0
      ...
      memref.store %i64, %plan[%c1]
    }
    ```
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::bufferization::BufferizationDialect",
    "::mlir::memref::MemRefDialect", "::mlir::tensor::TensorDialect"
  ];
}

def HINMPlanWorkspace : Pass<"hinm-plan-workspace", "ModuleOp"> {
  let summary = "Places all buffers of an entry in one workspace";
  let description = [{
    Each `memref.alloc` of an entry becomes a view of its last argument, the
    workspace, which the caller allocates once. Its plan learns to compute the
    workspace's size. Buffers begin at multiples of 256 bytes.

    Before:

    ```mlir
    func.func @main(%x: memref<?x4xf32>, ...) attributes {hinm.entry = @main.plan} {
      %b = memref.alloc(%n) : memref<4x?xf16>
    ```

    After:

    ```mlir
    func.func @main(%x: memref<?x4xf32>, ..., %workspace: memref<?xi8>)
        attributes {hinm.entry = @main.plan} {
      %b = memref.view %workspace[%c0][%n] : memref<?xi8> to memref<4x?xf16>
    ```
  }];
  let statistics = [
    Statistic<"numBuffers", "buffers", "Number of buffers placed">
  ];
  let dependentDialects = [
    "::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect",
    "::mlir::memref::MemRefDialect"
  ];
}

def HINMCountOverflows : Pass<"hinm-count-overflows", "ModuleOp"> {
  let summary = "Counts finite numbers that a conversion makes infinite";
  let description = [{
    In entries on memrefs each conversion to f16 or bf16 in the body of a linalg
    op also counts how often a finite number overflows, in a public global
    `hinm_overflows_` with the entry's name: one i64 for each op. The module's
    attribute `hinm.overflow_sites` says where each op comes from. The CPU form
    does so: what rounds to infinity between two layers may be gone from the
    result.

    Before:

    ```mlir
    linalg.generic {...} ins(%x : memref<4x8xf32>) outs(%y : memref<4x8xf16>) {
    ^bb0(%in: f32, %out: f16):
      %0 = arith.truncf %in : f32 to f16
      linalg.yield %0 : f16
    }
    ```

    After:

    ```mlir
    memref.global @hinm_overflows_main : memref<1xi64> = dense<0>
    linalg.generic {...} ins(%x : memref<4x8xf32>) outs(%y : memref<4x8xf16>) {
    ^bb0(%in: f32, %out: f16):
      %size = math.absf %in : f32
      %large = arith.cmpf oge, %size, %cst_65520 : f32
      ...
      scf.if %overflows { ... memref.store %more, %counters[%c0] : memref<1xi64> }
      %0 = arith.truncf %in : f32 to f16
      linalg.yield %0 : f16
    }
    ```
  }];
  let statistics = [
    Statistic<"numSites", "sites", "Number of ops that count">
  ];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::math::MathDialect",
    "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect"
  ];
}

def HINMPlaceOnDevice : Pass<"hinm-place-on-device", "ModuleOp"> {
  let summary = "Makes an entry enqueue its work on the caller's stream";
  let description = [{
    An entry's first argument becomes the caller's stream, a
    `!gpu.async.token`; kernels and copies follow one another on it. Nothing is
    allocated and nothing waits. An op that would read or write device memory
    from the host is an error.

    Before:

    ```mlir
    func.func @main(%x: memref<4xf32>, ...) attributes {hinm.entry = @main.plan} {
      gpu.launch_func @hinm_kernels::@k blocks in (...) threads in (...) args(%x : ...)
      return
    ```

    After:

    ```mlir
    func.func @main(%stream: !gpu.async.token, %x: memref<4xf32>, ...) -> !gpu.async.token
        attributes {hinm.entry = @main.plan} {
      %t = gpu.launch_func async [%stream] @hinm_kernels::@k blocks in (...) ...
      return %t : !gpu.async.token
    ```
  }];
  let statistics = [
    Statistic<"numLaunches", "launches", "Number of kernel launches">,
    Statistic<"numCopies", "copies", "Number of copies on the device">
  ];
  let dependentDialects = ["::mlir::gpu::GPUDialect"];
}

def HINMWrapEntries : Pass<"hinm-wrap-entries", "ModuleOp"> {
  let summary = "Adds functions of one signature that call the entries";
  let description = [{
    Beside each C interface `_mlir_ciface_main` (in the LLVM dialect) stands
    `hinm_entry_main`, beside that of a plan `hinm_plan_main`, both
    `void (void **args)`, where `args[i]` points to the i-th argument, a
    pointer. A loader needs to know no signature (docs/artifact.md).

    Before:

    ```mlir
    llvm.func @_mlir_ciface_main(%a: !llvm.ptr, %b: !llvm.ptr) { ... }
    ```

    After:

    ```mlir
    llvm.func @hinm_entry_main(%args: !llvm.ptr) {
      ...
      llvm.call @_mlir_ciface_main(%0, %1) : (!llvm.ptr, !llvm.ptr) -> ()
    ```
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
}

def HINMRowsToGPU : Pass<"hinm-rows-to-gpu", "ModuleOp"> {
  let summary = "Makes one kernel of linalg ops that work row by row";
  let description = [{
    A layer norm or a softmax is a handful of ops, some of which reduce a row.
    Ops on memrefs that follow one another, go over the same rows and depend on
    each other within a row alone become one kernel, if one of them is a
    reduction. A warp computes a row: its lanes take every 32nd element and
    exchange what they reduced. What is one value for the row stays in registers.
    Contractions are left alone.

    Before:

    ```mlir
    linalg.fill ins(%zero : f32) outs(%sum : memref<128xf32>)
    linalg.generic {addf, iterator_types = ["parallel", "reduction"]}
        ins(%x : memref<128x384xf32>) outs(%sum : memref<128xf32>)
    linalg.generic {subf, d0, d1 <- x, sum(d0)}
        ins(%x, %sum : memref<128x384xf32>, memref<128xf32>) outs(%y : memref<128x384xf32>)
    ```

    After:

    ```mlir
    gpu.launch blocks(...) in (%c32, ...) threads(...) in (%c128, ...) {
      %partial = scf.for %i = %lane to %c384 step %c32 iter_args(%acc = %zero) ...
      %0, %valid = gpu.shuffle xor %partial, %c16, %c32 : f32
      ...
      scf.for %i = %lane to %c384 step %c32 { ... }
    ```
  }];
  let statistics = [
    Statistic<"numKernels", "kernels", "Number of kernels built">,
    Statistic<"numFused", "fused", "Number of ops in them">
  ];
  let dependentDialects = [
    "::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect",
    "::mlir::gpu::GPUDialect", "::mlir::memref::MemRefDialect",
    "::mlir::NVVM::NVVMDialect", "::mlir::scf::SCFDialect"
  ];
}

def HINMParallelLoopsToGPU : Pass<"hinm-parallel-loops-to-gpu", "ModuleOp"> {
  let summary = "Maps parallel loops to kernels with many threads a block";
  let description = [{
    Each outermost `scf.parallel` becomes a `gpu.launch` of one thread for each
    iteration, in blocks of `threads`, the last dimension varying fastest;
    parallel loops inside become sequential.

    Before:

    ```mlir
    scf.parallel (%i, %j) = (%c0, %c0) to (%c30, %c50) step (%c1, %c1) { ... }
    ```

    After:

    ```mlir
    gpu.launch blocks(%bx, ...) in (%c12, %c1, %c1) threads(%tx, ...) in (%c128, %c1, %c1) {
      %id = ...
      scf.if %inRange { ... }
    ```
  }];
  let options = [
    Option<"threads", "threads", "int64_t", "128", "Threads of a block">
  ];
  let statistics = [
    Statistic<"numKernels", "kernels", "Number of loops mapped">
  ];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::gpu::GPUDialect",
    "::mlir::scf::SCFDialect"
  ];
}

def HINMMergeKernels : Pass<"hinm-merge-kernels", "ModuleOp"> {
  let summary = "Moves all kernels to one GPU module";
  let description = [{
    Outlining makes a module for each kernel; each would be compiled and loaded
    by itself. All go to `@hinm_kernels`; launches follow.

    Before:

    ```mlir
    gpu.module @main_kernel { gpu.func @main_kernel() kernel { ... } }
    gpu.launch_func @main_kernel::@main_kernel ...
    ```

    After:

    ```mlir
    gpu.module @hinm_kernels { gpu.func @main_kernel() kernel { ... } }
    gpu.launch_func @hinm_kernels::@main_kernel ...
    ```
  }];
}

def HINMApproximateMath
    : Pass<"hinm-approximate-math", "::mlir::gpu::GPUModuleOp"> {
  let summary = "Replaces math functions in kernels by polynomials";
  let description = [{
    Upstream's lowering calls NVIDIA's device library for `math.tanh`,
    `math.erf`, `math.exp` and others. Upstream's polynomial approximations,
    which are good to a few units in the last place of f32, need no library.

    Before:

    ```mlir
    %y = math.tanh %x : f32
    ```

    After:

    ```mlir
    %0 = arith.mulf %x, %x : f32
    %1 = math.fma %0, %c, %d : f32
    ...
    ```
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::math::MathDialect",
    "::mlir::vector::VectorDialect"
  ];
}

#endif // HINM_CONVERSION_PASSES_TD

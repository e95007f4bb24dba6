// Two GPU modules with equal kernel names, several kernels in one of them, and
// launches that need each other's results, in an order that the host chooses.
// RUN: mlir-opt %s --gpu-lower-to-nvvm-pipeline='cubin-chip=sm_80 cubin-features=+ptx85 cubin-format=isa' \
// RUN:   | env HINM_DEVICE=emulator mlir-runner -e main --entry-point-result=void \
// RUN:       --shared-libs=%llvm_lib/libmlir_runner_utils.so,%llvm_lib/libmlir_c_runner_utils.so,%hinm_lib/libhinm_runtime.so \
// RUN:   | FileCheck %s
// UNSUPPORTED: sanitizer

// x = 3; twice: x = 2 x + 1 (15), then 3 times x = x * x - 5 x (150, 21750,
// 472953750 wraps nowhere in 32 bits), then a global of the module counts.
// CHECK: 15
// CHECK-NEXT: 150
// CHECK-NEXT: 21750
// CHECK-NEXT: 472953750
// CHECK-NEXT: 107
module attributes {gpu.container_module} {
  gpu.module @first {
    // A constant of the same name lies in either module.
    memref.global "private" constant @table : memref<2xi32, 1> = dense<[2, 1]>
    gpu.func @step(%x: memref<1xi32>) kernel {
      %c0 = arith.constant 0 : index
      %c1 = arith.constant 1 : index
      %t = memref.get_global @table : memref<2xi32, 1>
      %a = memref.load %t[%c0] : memref<2xi32, 1>
      %b = memref.load %t[%c1] : memref<2xi32, 1>
      %v = memref.load %x[%c0] : memref<1xi32>
      %m = arith.muli %v, %a : i32
      %r = arith.addi %m, %b : i32
      memref.store %r, %x[%c0] : memref<1xi32>
      gpu.return
    }
  }
  gpu.module @second {
    memref.global "private" constant @table : memref<2xi32, 1> = dense<[5, 0]>
    memref.global "private" @count : memref<1xi32, 1> = dense<[100]>
    gpu.func @step(%x: memref<1xi32>) kernel {
      %c0 = arith.constant 0 : index
      %t = memref.get_global @table : memref<2xi32, 1>
      %five = memref.load %t[%c0] : memref<2xi32, 1>
      %v = memref.load %x[%c0] : memref<1xi32>
      %m = arith.subi %v, %five : i32
      %r = arith.muli %v, %m : i32
      memref.store %r, %x[%c0] : memref<1xi32>
      gpu.return
    }
    gpu.func @bump(%by: i32) kernel {
      %c0 = arith.constant 0 : index
      %g = memref.get_global @count : memref<1xi32, 1>
      %v = memref.load %g[%c0] : memref<1xi32, 1>
      %r = arith.addi %v, %by : i32
      memref.store %r, %g[%c0] : memref<1xi32, 1>
      gpu.return
    }
    gpu.func @read(%x: memref<1xi32>) kernel {
      %c0 = arith.constant 0 : index
      %g = memref.get_global @count : memref<1xi32, 1>
      %v = memref.load %g[%c0] : memref<1xi32, 1>
      memref.store %v, %x[%c0] : memref<1xi32>
      gpu.return
    }
  }
  func.func @show(%x: memref<1xi32>) {
    %c0 = arith.constant 0 : index
    %h = memref.alloc() : memref<1xi32>
    %t = gpu.wait async
    %t1 = gpu.memcpy async [%t] %h, %x : memref<1xi32>, memref<1xi32>
    gpu.wait [%t1]
    %v = memref.load %h[%c0] : memref<1xi32>
    vector.print %v : i32
    memref.dealloc %h : memref<1xi32>
    return
  }
  func.func @main() {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c3 = arith.constant 3 : index
    %three = arith.constant 3 : i32
    %four = arith.constant 4 : i32
    %t = gpu.wait async
    %x, %t1 = gpu.alloc async [%t] () : memref<1xi32>
    %t2 = gpu.memset async [%t1] %x, %three : memref<1xi32>, i32
    %t3 = gpu.launch_func async [%t2] @first::@step blocks in (%c1, %c1, %c1)
        threads in (%c1, %c1, %c1) args(%x : memref<1xi32>)
    %t4 = gpu.launch_func async [%t3] @first::@step blocks in (%c1, %c1, %c1)
        threads in (%c1, %c1, %c1) args(%x : memref<1xi32>)
    gpu.wait [%t4]
    call @show(%x) : (memref<1xi32>) -> ()
    scf.for %i = %c0 to %c3 step %c1 {
      gpu.launch_func @second::@step blocks in (%c1, %c1, %c1)
          threads in (%c1, %c1, %c1) args(%x : memref<1xi32>)
      func.call @show(%x) : (memref<1xi32>) -> ()
    }
    gpu.launch_func @second::@bump blocks in (%c1, %c1, %c1)
        threads in (%c1, %c1, %c1) args(%three : i32)
    gpu.launch_func @second::@bump blocks in (%c1, %c1, %c1)
        threads in (%c1, %c1, %c1) args(%four : i32)
    gpu.launch_func @second::@read blocks in (%c1, %c1, %c1)
        threads in (%c1, %c1, %c1) args(%x : memref<1xi32>)
    call @show(%x) : (memref<1xi32>) -> ()
    %t5 = gpu.wait async
    %t6 = gpu.dealloc async [%t5] %x : memref<1xi32>
    gpu.wait [%t6]
    return
  }
}

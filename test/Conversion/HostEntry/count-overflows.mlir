// RUN: hinm-opt %s --pass-pipeline='builtin.module(hinm-count-overflows)' | FileCheck %s

// f16 rounds to infinity from 65504 + 16 = 65520 on, bf16 from half a place above
// its largest number, 2^128 - 2^119. What was infinite before is no overflow.

// CHECK: module attributes {hinm.overflow_sites = {main = ["{{.*}}count-overflows.mlir:[[# @LINE + 20]]:3", "{{.*}}count-overflows.mlir:[[# @LINE + 26]]:3"]}}
// CHECK: memref.global "public" @hinm_overflows_main : memref<2xi64> = dense<0>
// CHECK-LABEL: func.func @main
// CHECK: %[[COUNTS:.*]] = memref.get_global @hinm_overflows_main : memref<2xi64>
// CHECK: linalg.generic
// CHECK: ^bb0(%[[IN:.*]]: f32, %{{.*}}: f16):
// CHECK: %[[SIZE:.*]] = math.absf %[[IN]]
// CHECK: %[[LIMIT:.*]] = arith.constant 6.552000e+04 : f32
// CHECK: %[[LARGE:.*]] = arith.cmpf oge, %[[SIZE]], %[[LIMIT]]
// CHECK: %[[INF:.*]] = arith.constant 0x7F800000 : f32
// CHECK: %[[FINITE:.*]] = arith.cmpf olt, %[[SIZE]], %[[INF]]
// CHECK: %[[BOTH:.*]] = arith.andi %[[LARGE]], %[[FINITE]]
// CHECK: scf.if %[[BOTH]]
// CHECK: memref.load %[[COUNTS]][%c0
// CHECK: arith.addi
// CHECK: memref.store %{{.*}}, %[[COUNTS]][%c0
// CHECK: arith.truncf %[[IN]] : f32 to f16
// CHECK: arith.constant 3.39617753E+38 : f32
#id = affine_map<(d0) -> (d0)>
func.func @main(%x: memref<4xf32>, %y: memref<4xf16>, %z: memref<4xbf16>) attributes {hinm.entry = @main.plan} {
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%x : memref<4xf32>) outs(%y : memref<4xf16>) {
  ^bb0(%in: f32, %out: f16):
    %0 = arith.truncf %in : f32 to f16
    linalg.yield %0 : f16
  }
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%x : memref<4xf32>) outs(%z : memref<4xbf16>) {
  ^bb0(%in: f32, %out: bf16):
    %0 = arith.truncf %in : f32 to bf16
    linalg.yield %0 : bf16
  }
  return
}

// Other functions, and conversions to f32, do not count.

// CHECK-LABEL: func.func @helper
// CHECK-NOT: math.absf
func.func @helper(%x: memref<4xf32>, %y: memref<4xf16>) {
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%x : memref<4xf32>) outs(%y : memref<4xf16>) {
  ^bb0(%in: f32, %out: f16):
    %0 = arith.truncf %in : f32 to f16
    linalg.yield %0 : f16
  }
  return
}

// RUN: hinm-opt %s --split-input-file --pass-pipeline='builtin.module(hinm-lift-constants)' | FileCheck %s

// The example of the pass's description.

// CHECK: module attributes {hinm.weights = {main.w0 = dense<[1.000000e+00, 2.000000e+00, 3.000000e+00, 4.000000e+00]> : tensor<4xf32>}}
// CHECK-LABEL: func @main
// CHECK-SAME: (%[[C:.*]]: tensor<4xf32> {hinm.weight = "main.w0"}, %[[X:.*]]: tensor<4xf32>)
// CHECK-NEXT: %[[Y:.*]] = arith.addf %[[X]], %[[C]]
// CHECK-NEXT: return %[[Y]]
func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
  %c = arith.constant dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf32>
  %y = arith.addf %x, %c : tensor<4xf32>
  return %y : tensor<4xf32>
}

// -----

// Equal constants share an argument, scalars and private functions keep theirs,
// attributes of present arguments stay, names begin with the function's.

// CHECK: hinm.weights = {a.w0 = dense<1> : tensor<2xi32>, a.w1 = dense<1.000000e+00> : tensor<2xf32>, b.w0 = dense<2> : tensor<2xi32>, kept = dense<0> : tensor<1xi8>}
module attributes {hinm.weights = {kept = dense<0> : tensor<1xi8>}} {
  // CHECK-LABEL: func @a
  // CHECK-SAME: (%[[I:.*]]: tensor<2xi32> {hinm.weight = "a.w0"}, %[[F:.*]]: tensor<2xf32> {hinm.weight = "a.w1"}, %{{.*}}: tensor<2xi32> {x.y})
  // CHECK-NEXT: %[[S:.*]] = arith.constant 5 : index
  // CHECK-NEXT: return %[[I]], %[[I]], %[[F]], %[[S]]
  func.func @a(%x: tensor<2xi32> {x.y}) -> (tensor<2xi32>, tensor<2xi32>, tensor<2xf32>, index) {
    %0 = arith.constant dense<1> : tensor<2xi32>
    %1 = arith.constant dense<1> : tensor<2xi32>
    %2 = arith.constant dense<1.0> : tensor<2xf32>
    %3 = arith.constant 5 : index
    return %0, %1, %2, %3 : tensor<2xi32>, tensor<2xi32>, tensor<2xf32>, index
  }
  // CHECK-LABEL: func @b
  // CHECK-SAME: (%[[I:.*]]: tensor<2xi32> {hinm.weight = "b.w0"})
  // CHECK-NEXT: return %[[I]]
  func.func @b() -> tensor<2xi32> {
    %0 = arith.constant dense<2> : tensor<2xi32>
    return %0 : tensor<2xi32>
  }
  // CHECK-LABEL: func private @hidden()
  // CHECK-NEXT: arith.constant dense<3>
  func.func private @hidden() -> tensor<2xi32> {
    %0 = arith.constant dense<3> : tensor<2xi32>
    return %0 : tensor<2xi32>
  }
  // CHECK-LABEL: func @none()
  func.func @none() {
    return
  }
}

// RUN: hinm-opt %s --pass-pipeline='builtin.module(hinm-select{vector=32 overrides=%S/Inputs/select-overrides.json})' | FileCheck %s
// RUN: hinm-opt %s --pass-pipeline='builtin.module(hinm-select{vector=32 min-size=400 overrides=%S/Inputs/select-overrides.json})' | FileCheck %s --check-prefix=SIZE
// RUN: echo '{}' > %t.empty.json
// RUN: hinm-opt %s --pass-pipeline='builtin.module(hinm-select{vector=32 overrides=%t.empty.json})' | FileCheck %s --check-prefix=EMPTY
// RUN: echo '{"main.0": {"dense": true}, "main.1": {"dense": true}, "main.2": {"dense": true}, "main.3": {"dense": true}, "main.4": {"dense": true}, "other.0": {"dense": true}}' > %t.dense.json
// RUN: hinm-opt %s --pass-pipeline='builtin.module(hinm-select{allow-none overrides=%t.dense.json})' | FileCheck %s --check-prefix=DENSE
// RUN: not hinm-opt %s --pass-pipeline='builtin.module(hinm-select{overrides=%t.dense.json})' 2>&1 | FileCheck %s --check-prefix=NONE
// RUN: echo '{"main.0": {"dense": true}, "main.1": {"vector": 16}}' > %t.small.json
// RUN: hinm-opt %s --pass-pipeline='builtin.module(hinm-select{min-size=400 overrides=%t.small.json})' | FileCheck %s --check-prefix=SMALL

// The file says nothing of layers 0 and 4: 32 rows, half of the 16 columns. Layer 1
// keeps 16 * 0.25 = 4 of them and is searched its own way, layer 2 keeps all. Layer 3
// is dense, which does not rename layer 4; the product of two activations between them,
// which cannot be sparse, has no number.

// CHECK-LABEL: func @main
// CHECK: hinm.encode %{{.*}} {hinm.layer = "main.0"} : tensor<24x16xf32> -> tensor<24x16xf16, #hinm.encoding<vector = 32, columns = 8, nm = 2:4>>
// CHECK: hinm.encode %{{.*}} {hinm.layer = "main.1", hinm.strategy = "gyro"} : tensor<32x16xf32> -> tensor<32x16xf16, #hinm.encoding<vector = 128, columns = 4, nm = 2:4>>
// CHECK-NOT: hinm.encode
// CHECK: linalg.matmul {{.*}} -> tensor<8x8xf32>
// CHECK: hinm.encode %{{.*}} {hinm.layer = "main.2"} : tensor<32x16xf32> -> tensor<32x16xf16, #hinm.encoding<vector = 32, columns = 16, nm = 2:4>>
// CHECK-NOT: hinm.encode
// CHECK: linalg.matmul {{.*}} -> tensor<8x32xf32>
// CHECK-NOT: linalg.matmul
// CHECK: hinm.encode %{{.*}} {hinm.layer = "main.4"} : tensor<32x16xf32> -> tensor<32x16xf16, #hinm.encoding<vector = 32, columns = 8, nm = 2:4>>
// CHECK-LABEL: func @other
// CHECK: hinm.encode %{{.*}} {hinm.layer = "other.0"} : tensor<40x16xf32> -> tensor<40x16xf16, #hinm.encoding<vector = 16, columns = 8, nm = 2:4>>

// Layer 0 has 384 elements. The names are those that they were.

// SIZE-LABEL: func @main
// SIZE-NOT: hinm.encode
// SIZE: linalg.matmul {{.*}} -> tensor<8x24xf32>
// SIZE: hinm.encode %{{.*}} {hinm.layer = "main.1", hinm.strategy = "gyro"} {{.*}} #hinm.encoding<vector = 128,
// SIZE: hinm.encode %{{.*}} {hinm.layer = "main.2"}
// SIZE: hinm.encode %{{.*}} {hinm.layer = "main.4"}
// SIZE-LABEL: func @other
// SIZE: hinm.encode %{{.*}} {hinm.layer = "other.0"}

// EMPTY-LABEL: func @main
// EMPTY: hinm.encode %{{.*}} {hinm.layer = "main.1"} : tensor<32x16xf32> -> tensor<32x16xf16, #hinm.encoding<vector = 32, columns = 8, nm = 2:4>>
// EMPTY: hinm.encode %{{.*}} {hinm.layer = "main.3"} : tensor<32x16xf32> -> tensor<32x16xf16, #hinm.encoding<vector = 32, columns = 8, nm = 2:4>>

// DENSE-LABEL: func @main
// DENSE-NOT: hinm.
// DENSE: func.func @other
// DENSE-NOT: hinm.

// NONE: error: found no linear layer to make sparse
// NONE-COUNT-6: note: this one stays dense: '{{.*}}.dense.json' says so

// A layer that stays dense in any case may be said to be dense.

// SMALL-LABEL: func @main
// SMALL-NOT: hinm.encode
// SMALL: hinm.encode %{{.*}} {hinm.layer = "main.1"} {{.*}} #hinm.encoding<vector = 16,
func.func @main(%x: tensor<8x16xf32>, %a: tensor<16x8xf32>, %y: tensor<8x8xf32>)
    -> (tensor<8x24xf32>, tensor<8x32xf32>, tensor<8x8xf32>, tensor<8x32xf32>, tensor<8x32xf32>, tensor<8x32xf32>) {
  %w0 = arith.constant dense<1.0> : tensor<16x24xf32>
  %w = arith.constant dense<1.0> : tensor<16x32xf32>
  %z0 = arith.constant dense<0.0> : tensor<8x24xf32>
  %z = arith.constant dense<0.0> : tensor<8x32xf32>
  %0 = linalg.matmul ins(%x, %w0 : tensor<8x16xf32>, tensor<16x24xf32>) outs(%z0 : tensor<8x24xf32>) -> tensor<8x24xf32>
  %1 = linalg.matmul ins(%x, %w : tensor<8x16xf32>, tensor<16x32xf32>) outs(%z : tensor<8x32xf32>) -> tensor<8x32xf32>
  %2 = linalg.matmul ins(%x, %a : tensor<8x16xf32>, tensor<16x8xf32>) outs(%y : tensor<8x8xf32>) -> tensor<8x8xf32>
  %3 = linalg.matmul ins(%x, %w : tensor<8x16xf32>, tensor<16x32xf32>) outs(%z : tensor<8x32xf32>) -> tensor<8x32xf32>
  %4 = linalg.matmul ins(%x, %w : tensor<8x16xf32>, tensor<16x32xf32>) outs(%z : tensor<8x32xf32>) -> tensor<8x32xf32>
  %5 = linalg.matmul ins(%x, %w : tensor<8x16xf32>, tensor<16x32xf32>) outs(%z : tensor<8x32xf32>) -> tensor<8x32xf32>
  return %0, %1, %2, %3, %4, %5 : tensor<8x24xf32>, tensor<8x32xf32>, tensor<8x8xf32>, tensor<8x32xf32>, tensor<8x32xf32>, tensor<8x32xf32>
}

func.func @other(%x: tensor<8x16xf32>) -> tensor<8x40xf32> {
  %w = arith.constant dense<1.0> : tensor<16x40xf32>
  %z = arith.constant dense<0.0> : tensor<8x40xf32>
  %0 = linalg.matmul ins(%x, %w : tensor<8x16xf32>, tensor<16x40xf32>) outs(%z : tensor<8x40xf32>) -> tensor<8x40xf32>
  return %0 : tensor<8x40xf32>
}

// RUN: echo '{"main.2": {"vector": 64}}' > %t.json
// RUN: not hinm-opt %s --pass-pipeline='builtin.module(hinm-select{overrides=%t.json})' 2>&1 | FileCheck %s --check-prefix=LAYER
// RUN: echo '{"encoder.layers.0": {"vector": 64}}' > %t.json
// RUN: not hinm-opt %s --pass-pipeline='builtin.module(hinm-select{overrides=%t.json})' 2>&1 | FileCheck %s --check-prefix=FAR
// RUN: echo '{"main.0": {"columns_sparsity": 0.5}}' > %t.json
// RUN: not hinm-opt %s --pass-pipeline='builtin.module(hinm-select{overrides=%t.json})' 2>&1 | FileCheck %s --check-prefix=KEY
// RUN: echo '{"main.0": {"nm": "2:4"}}' > %t.json
// RUN: not hinm-opt %s --pass-pipeline='builtin.module(hinm-select{overrides=%t.json})' 2>&1 | FileCheck %s --check-prefix=FARKEY
// RUN: echo '{"main.0": {"dense": true, "vector": 64}}' > %t.json
// RUN: not hinm-opt %s --pass-pipeline='builtin.module(hinm-select{overrides=%t.json})' 2>&1 | FileCheck %s --check-prefix=BOTH
// RUN: echo '{"main.0": {"dense": "yes"}}' > %t.json
// RUN: not hinm-opt %s --pass-pipeline='builtin.module(hinm-select{overrides=%t.json})' 2>&1 | FileCheck %s --check-prefix=DENSE
// RUN: echo '{"main.0": {"vector": 0}}' > %t.json
// RUN: not hinm-opt %s --pass-pipeline='builtin.module(hinm-select{overrides=%t.json})' 2>&1 | FileCheck %s --check-prefix=ZERO
// RUN: echo '{"main.0": {"vector": 1.5}}' > %t.json
// RUN: not hinm-opt %s --pass-pipeline='builtin.module(hinm-select{overrides=%t.json})' 2>&1 | FileCheck %s --check-prefix=FRACTION
// RUN: echo '{"main.0": {"column_sparsity": 1}}' > %t.json
// RUN: not hinm-opt %s --pass-pipeline='builtin.module(hinm-select{overrides=%t.json})' 2>&1 | FileCheck %s --check-prefix=ALL
// RUN: echo '{"main.0": {"column_sparsity": -0.25}}' > %t.json
// RUN: not hinm-opt %s --pass-pipeline='builtin.module(hinm-select{overrides=%t.json})' 2>&1 | FileCheck %s --check-prefix=NEGATIVE
// RUN: echo '{"main.0": {"column_sparsity": "half"}}' > %t.json
// RUN: not hinm-opt %s --pass-pipeline='builtin.module(hinm-select{overrides=%t.json})' 2>&1 | FileCheck %s --check-prefix=TEXT
// RUN: echo '{"main.0": {"permute": "swap"}}' > %t.json
// RUN: not hinm-opt %s --pass-pipeline='builtin.module(hinm-select{overrides=%t.json})' 2>&1 | FileCheck %s --check-prefix=PERMUTE
// RUN: echo '{"main.0": {"permute": true}}' > %t.json
// RUN: not hinm-opt %s --pass-pipeline='builtin.module(hinm-select{overrides=%t.json})' 2>&1 | FileCheck %s --check-prefix=NAME
// RUN: echo '{"main.0": 64}' > %t.json
// RUN: not hinm-opt %s --pass-pipeline='builtin.module(hinm-select{overrides=%t.json})' 2>&1 | FileCheck %s --check-prefix=SETTINGS
// RUN: echo '[]' > %t.json
// RUN: not hinm-opt %s --pass-pipeline='builtin.module(hinm-select{overrides=%t.json})' 2>&1 | FileCheck %s --check-prefix=OBJECT
// RUN: echo '{"main.0": {"vector": 64}' > %t.json
// RUN: not hinm-opt %s --pass-pipeline='builtin.module(hinm-select{overrides=%t.json})' 2>&1 | FileCheck %s --check-prefix=JSON
// RUN: not hinm-opt %s --pass-pipeline='builtin.module(hinm-select{overrides=%t.no-such-file.json})' 2>&1 | FileCheck %s --check-prefix=FILE
// RUN: echo '{"main.0": {"vector": 64}}' > %t.json
// RUN: not hinm-opt %s --pass-pipeline='builtin.module(hinm-select{min-size=200 overrides=%t.json})' 2>&1 | FileCheck %s --check-prefix=SIZE
// RUN: not hinm-opt %s --pass-pipeline='builtin.module(hinm-select{layers=another overrides=%t.json})' 2>&1 | FileCheck %s --check-prefix=LAYERS

// LAYER: error: '{{.*}}.json': the program has no layer 'main.2'; did you mean 'main.0'?
// FAR: error: '{{.*}}.json': the program has no layer 'encoder.layers.0'; expected main.0, another.0
// KEY: error: '{{.*}}.json', layer 'main.0': there is no setting 'columns_sparsity'; did you mean 'column_sparsity'?
// FARKEY: error: '{{.*}}.json', layer 'main.0': there is no setting 'nm'; expected vector, column_sparsity, permute, dense
// BOTH: error: '{{.*}}.json', layer 'main.0': 'dense' contradicts the other settings, which are for a sparse layer
// DENSE: error: '{{.*}}.json', layer 'main.0': 'dense' is "yes", expected true or false
// ZERO: error: '{{.*}}.json', layer 'main.0': 'vector' is 0, expected a positive number
// FRACTION: error: '{{.*}}.json', layer 'main.0': 'vector' is 1.5, expected a positive number
// ALL: error: '{{.*}}.json', layer 'main.0': 'column_sparsity' is 1, expected a number from 0 up to, but not including, 1
// NEGATIVE: error: '{{.*}}.json', layer 'main.0': 'column_sparsity' is -0.25, expected a number from 0 up to, but not including, 1
// TEXT: error: '{{.*}}.json', layer 'main.0': 'column_sparsity' is "half", expected a number from 0 up to, but not including, 1
// PERMUTE: error: '{{.*}}.json', layer 'main.0': unknown strategy 'swap', expected none, pca, columns, gyro, anneal, best
// NAME: error: '{{.*}}.json', layer 'main.0': 'permute' is true, expected the name of a search strategy
// SETTINGS: error: '{{.*}}.json', layer 'main.0': found 64, expected an object of settings
// OBJECT: error: '{{.*}}.json': expected an object with an entry for each layer
// JSON: error: '{{.*}}.json' is no JSON: {{.*}}Expected
// FILE: error: cannot read '{{.*}}.no-such-file.json': {{[Nn]}}o such file

// The settings of a layer that another option leaves dense would have no effect.

// SIZE: error: '{{.*}}.json' has settings for layer 'main.0', which stays dense: its weight has 128 elements, fewer than 'min-size'
// LAYERS: error: '{{.*}}.json' has settings for layer 'main.0', which stays dense: neither its location nor its function matches 'another'
func.func @main(%x: tensor<8x16xf32>) -> tensor<8x8xf32> {
  %w = arith.constant dense<1.0> : tensor<16x8xf32>
  %z = arith.constant dense<0.0> : tensor<8x8xf32>
  %0 = linalg.matmul ins(%x, %w : tensor<8x16xf32>, tensor<16x8xf32>) outs(%z : tensor<8x8xf32>) -> tensor<8x8xf32>
  return %0 : tensor<8x8xf32>
}

func.func @another(%x: tensor<8x16xf32>) -> tensor<8x16xf32> {
  %w = arith.constant dense<1.0> : tensor<16x16xf32>
  %z = arith.constant dense<0.0> : tensor<8x16xf32>
  %0 = linalg.matmul ins(%x, %w : tensor<8x16xf32>, tensor<16x16xf32>) outs(%z : tensor<8x16xf32>) -> tensor<8x16xf32>
  return %0 : tensor<8x16xf32>
}

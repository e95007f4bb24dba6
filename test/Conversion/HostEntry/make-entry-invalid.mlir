// RUN: hinm-opt %s --split-input-file --verify-diagnostics --pass-pipeline='builtin.module(hinm-make-entry)'

// expected-error @below {{argument 0 of entry 'scalar' is of type 'f32', expected a ranked tensor of integers or floats}}
func.func @scalar(%x: f32, %t: tensor<4xf32>) -> tensor<4xf32> {
  return %t : tensor<4xf32>
}

// -----

// expected-error @below {{result 0 of entry 'unranked' is of type 'tensor<*xf32>', expected a ranked tensor}}
func.func @unranked(%t: tensor<4xf32>) -> tensor<*xf32> {
  %u = tensor.cast %t : tensor<4xf32> to tensor<*xf32>
  return %u : tensor<*xf32>
}

// -----

// expected-error @below {{entry 'branches' has branches, expected a single block}}
func.func @branches(%t: tensor<4xf32>) -> tensor<4xf32> {
  cf.br ^end
^end:
  return %t : tensor<4xf32>
}

// -----

func.func @data(%n: tensor<i64>) -> tensor<?xf32> {
  // expected-error @below {{the size of a result of the entry depends on more than the sizes of its inputs}}
  %i = tensor.extract %n[] : tensor<i64>
  %size = arith.index_cast %i : i64 to index
  %e = tensor.empty(%size) : tensor<?xf32>
  return %e : tensor<?xf32>
}

// RUN: hinm-opt %s --verify-diagnostics --pass-pipeline='builtin.module(hinm-verify-folded)'
// RUN: not hinm-opt %s --pass-pipeline='builtin.module(hinm-verify-folded)' > /dev/null 2>&1
// RUN: hinm-opt %s --pass-pipeline='builtin.module(hinm-verify-folded{allow})' > /dev/null 2>&1

// All of them are named, not only the first.

func.func @both(%x: tensor<3x2xf32>) -> tensor<3x2xf32> {
  // expected-error @below {{a permutation of 3 channels is left to run time: the tensor is an argument}}
  %0 = hinm.permute %x dim 0 order [2, 0, 1] {hinm.unfolded = "the tensor is an argument"} : tensor<3x2xf32>
  // expected-error @below {{a permutation of 2 channels is left to run time; 'hinm-fold-permutations' has not run}}
  %1 = hinm.permute %0 dim 1 order [1, 0] : tensor<3x2xf32>
  return %1 : tensor<3x2xf32>
}

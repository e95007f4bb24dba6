// RUN: hinm-opt %s --split-input-file --verify-diagnostics --pass-pipeline='builtin.module(hinm-verify-no-encodings)'

#enc = #hinm.encoding<vector = 32, columns = 8, nm = 2:4>
func.func @result(%w: tensor<32x16xf32>) {
  // expected-error @below {{the result of type 'tensor<32x16xf16, #hinm.encoding<vector = 32, columns = 8, nm = 2:4>>' is still encoded; run 'hinm-lower-encodings' first}}
  %e = hinm.encode %w : tensor<32x16xf32> -> tensor<32x16xf16, #enc>
  return
}

// -----

#enc = #hinm.encoding<vector = 32, columns = 8, nm = 2:4>
// expected-error @below {{an argument of type 'tensor<32x16xf16, #hinm.encoding<vector = 32, columns = 8, nm = 2:4>>' is still encoded; run 'hinm-lower-encodings' first}}
func.func @argument(%e: tensor<32x16xf16, #enc>) {
  return
}

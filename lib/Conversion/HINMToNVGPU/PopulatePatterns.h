//===- PopulatePatterns.h - the families of patterns ------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HINM_LIB_CONVERSION_HINMTONVGPU_POPULATEPATTERNS_H
#define HINM_LIB_CONVERSION_HINMTONVGPU_POPULATEPATTERNS_H

#include "mlir/Transforms/DialectConversion.h"

namespace mlir::hinm {

/// `!hinm.accumulator` becomes f32 values, `!hinm.fragments` i32 values; all
/// other types stay.
void populateWarpTypeConversions(TypeConverter &converter);

void populateCopyPatterns(const TypeConverter &converter,
                          RewritePatternSet &patterns);
void populateMultiplyPatterns(const TypeConverter &converter,
                              RewritePatternSet &patterns);
void populateDynamicSharedMemoryPatterns(const TypeConverter &converter,
                                         RewritePatternSet &patterns);
void populateStoreTilePatterns(const TypeConverter &converter,
                               RewritePatternSet &patterns);

} // namespace mlir::hinm

#endif // HINM_LIB_CONVERSION_HINMTONVGPU_POPULATEPATTERNS_H

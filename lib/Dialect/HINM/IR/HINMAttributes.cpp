//===- HINMAttributes.cpp - verifiers of the attributes ---------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hinm/Dialect/HINM/IR/HINM.h"

using namespace mlir;
using namespace mlir::hinm;

EncodingAttr mlir::hinm::getEncoding(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor ? dyn_cast_or_null<EncodingAttr>(tensor.getEncoding())
                : EncodingAttr();
}

::hinm::format::Pattern EncodingAttr::getPattern() const {
  return {getVector(), getColumns(), getN(), getM()};
}

LogicalResult EncodingAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                   int64_t vector, int64_t columns, int64_t n,
                                   int64_t m) {
  if (vector < 1)
    return emitError()
           << "encoding_c1: expected a positive vector size, but got "
           << vector;
  if (n < 1 || n >= m)
    return emitError() << "encoding_c2: expected N:M with 0 < N < M, but got "
                       << n << ":" << m;
  if (columns < 1 || columns % m != 0)
    return emitError() << "encoding_c3: expected a positive multiple of M = "
                       << m << " kept columns, but got " << columns;
  return success();
}

LogicalResult EncodingAttr::verifyEncoding(
    ArrayRef<int64_t> shape, Type elementType,
    function_ref<InFlightDiagnostic()> emitError) const {
  if (shape.size() != 2 || ShapedType::isDynamicShape(shape))
    return emitError()
           << "encoding_c4: expected a tensor of rank 2 with a static "
              "shape for '#hinm.encoding', but its rank is "
           << shape.size()
           << (shape.size() == 2 ? " and a size is dynamic" : "");
  int64_t limit = (shape[1] + getM() - 1) / getM() * getM();
  if (getColumns() > limit)
    return emitError() << "encoding_c5: " << getColumns()
                       << " kept columns, but the tensor has only " << shape[1];
  if (!isa<FloatType>(elementType))
    return emitError() << "encoding_c6: expected a float element type, but got "
                       << elementType;
  return success();
}

LogicalResult
FragmentStreamAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                           int64_t lookahead) {
  if (lookahead < 1)
    return emitError()
           << "fragment_stream_c1: expected a lookahead of at least 1, "
              "but got "
           << lookahead;
  return success();
}

LogicalResult ScheduleAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                   ArrayRef<int64_t> tile,
                                   ArrayRef<int64_t> warps, int64_t stages) {
  auto isPositivePair = [](ArrayRef<int64_t> pair) {
    return pair.size() == 2 && pair[0] > 0 && pair[1] > 0;
  };
  if (!isPositivePair(tile) || !isPositivePair(warps))
    return emitError()
           << "schedule_c1: expected two positive numbers for 'tile' and "
              "for 'warps', but got ["
           << tile << "] and [" << warps << "]";
  if (tile[0] % (16 * warps[0]) != 0 || tile[1] % (8 * warps[1]) != 0)
    return emitError()
           << "schedule_c2: a tile of [" << tile << "] shared by [" << warps
           << "] warps gives no multiple of 16 rows and 8 tokens to "
              "each";
  if (stages < 2)
    return emitError() << "schedule_c3: expected at least 2 stages, but got "
                       << stages;
  return success();
}

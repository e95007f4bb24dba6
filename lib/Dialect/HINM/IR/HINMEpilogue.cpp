//===- HINMEpilogue.cpp - checks that ops with an epilogue share --*- C++
//-*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "HINMEpilogue.h"

using namespace mlir;
using namespace mlir::hinm;

/// An operand has one element (rank 0), one per output row, or one per entry.
static bool hasEpilogueShape(ShapedType type, ShapedType result) {
  if (type.getRank() == 0)
    return true;
  if (type.getRank() == 1)
    return succeeded(
        verifyCompatibleShape(type.getShape(), result.getShape().take_front()));
  return succeeded(verifyCompatibleShape(type.getShape(), result.getShape()));
}

LogicalResult mlir::hinm::verifyEpilogue(Operation *op, Region &epilogue,
                                         ValueRange operands,
                                         ShapedType resultType) {
  if (epilogue.empty()) {
    if (!operands.empty())
      return op->emitOpError() << "epilogue_c5: has " << operands.size()
                               << " epilogue operands, but no epilogue region";
    return success();
  }
  Block &block = epilogue.front();
  SmallVector<Type> expected = {Float32Type::get(op->getContext())};
  for (Value operand : operands)
    expected.push_back(cast<ShapedType>(operand.getType()).getElementType());
  if (block.getArgumentTypes() != TypeRange(expected))
    return op->emitOpError()
           << "epilogue_c1: expected epilogue arguments (" << expected
           << "), but got (" << block.getArgumentTypes() << ")";
  for (Value operand : operands) {
    auto type = cast<ShapedType>(operand.getType());
    if (!type.hasRank() || !hasEpilogueShape(type, resultType))
      return op->emitOpError()
             << "epilogue_c2: epilogue operand of type " << type
             << " has neither one element, nor one per output row, nor the "
                "shape "
                "of the result "
             << resultType;
  }
  auto yield = dyn_cast<YieldOp>(block.getTerminator());
  if (!yield || yield.getValues().size() != 1 ||
      yield.getValues().front().getType() != resultType.getElementType())
    return op->emitOpError()
           << "epilogue_c3: expected the epilogue to yield one "
           << resultType.getElementType();
  WalkResult walk = epilogue.walk([&](Operation *inner) -> WalkResult {
    if (!isMemoryEffectFree(inner))
      return op->emitOpError() << "epilogue_c4: '" << inner->getName()
                               << "' in the epilogue has side effects";
    for (Value operand : inner->getOperands())
      if (!epilogue.isAncestor(operand.getParentRegion()))
        return op->emitOpError()
               << "epilogue_c4: '" << inner->getName()
               << "' in the epilogue uses a value defined outside it";
    return WalkResult::advance();
  });
  return success(!walk.wasInterrupted());
}

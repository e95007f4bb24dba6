//===- LiftConstants.cpp - constants to arguments of the entry --*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Constants.h"

#include "hinm/Dialect/HINM/IR/HINM.h"
#include "hinm/Dialect/HINM/Transforms/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"

namespace mlir::hinm {
#define GEN_PASS_DEF_HINMLIFTCONSTANTS
#include "hinm/Dialect/HINM/Transforms/Passes.h.inc"
} // namespace mlir::hinm

using namespace mlir;
using namespace mlir::hinm;

namespace {
struct LiftConstants
    : public mlir::hinm::impl::HINMLiftConstantsBase<LiftConstants> {
  void runOnOperation() override {
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (function.isPublic() && !function.isExternal() &&
          failed(lift(function)))
        return signalPassFailure();
  }

private:
  LogicalResult lift(func::FuncOp function);
};
} // namespace

LogicalResult LiftConstants::lift(func::FuncOp function) {
  // Equal constants share one argument.
  llvm::MapVector<Attribute, SmallVector<arith::ConstantOp>> constants;
  function.walk([&](arith::ConstantOp constant) {
    if (isa<RankedTensorType>(constant.getType()))
      constants[constant.getValue()].push_back(constant);
  });
  if (constants.empty())
    return success();
  OpBuilder builder(&getContext());
  SmallVector<NamedAttribute> data;
  SmallVector<Type> types;
  SmallVector<DictionaryAttr> attributes;
  for (auto &[value, ops] : constants) {
    std::string name = (function.getName() + ".w" + Twine(data.size())).str();
    data.push_back(builder.getNamedAttr(name, value));
    types.push_back(ops.front().getType());
    attributes.push_back(builder.getDictionaryAttr(
        builder.getNamedAttr("hinm.weight", builder.getStringAttr(name))));
  }
  SmallVector<unsigned> positions(types.size(), 0);
  SmallVector<Location> locations;
  for (auto &[value, ops] : constants)
    locations.push_back(ops.front().getLoc());
  if (failed(function.insertArguments(positions, types, attributes, locations)))
    return function.emitError() << "cannot add arguments for its constants";
  for (auto [index, entry] : llvm::enumerate(constants)) {
    for (arith::ConstantOp op : entry.second) {
      op.getResult().replaceAllUsesWith(function.getArgument(index));
      op.erase();
    }
  }
  numLifted += data.size();
  if (auto present =
          getOperation()->getAttrOfType<DictionaryAttr>("hinm.weights"))
    data.append(present.begin(), present.end());
  getOperation()->setAttr("hinm.weights", builder.getDictionaryAttr(data));
  return success();
}

//===- Entries.cpp - entries and weights of a module ------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Entries.h"

#include "hinm/Dialect/HINM/Transforms/Transforms.h"
#include "hinm/Runtime/SafeTensors.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <deque>

using namespace mlir;
using namespace mlir::hinm;
namespace runtime = ::hinm::runtime;

static std::optional<runtime::ElementType> getElementType(Type type) {
  if (type.isF16())
    return runtime::ElementType::F16;
  if (type.isBF16())
    return runtime::ElementType::BF16;
  if (type.isF32())
    return runtime::ElementType::F32;
  if (type.isF64())
    return runtime::ElementType::F64;
  auto integer = dyn_cast<IntegerType>(type);
  if (!integer)
    return std::nullopt;
  switch (integer.getWidth()) {
  case 1:
    return runtime::ElementType::I1;
  case 8:
    return integer.isUnsigned() ? runtime::ElementType::U8
                                : runtime::ElementType::I8;
  case 16:
    return runtime::ElementType::I16;
  case 32:
    return runtime::ElementType::I32;
  case 64:
    return runtime::ElementType::I64;
  }
  return std::nullopt;
}

static FailureOr<runtime::TensorSpec> getSpec(Location loc, Type type) {
  auto shaped = dyn_cast<ShapedType>(type);
  std::optional<runtime::ElementType> element;
  if (shaped && shaped.hasRank())
    element = getElementType(shaped.getElementType());
  if (!element)
    return emitError(loc)
           << "an entry takes or gives a value of type " << type
           << ", expected a ranked tensor of f16, bf16, f32, f64 or "
              "an integer";
  runtime::TensorSpec spec;
  spec.type = *element;
  for (int64_t size : shaped.getShape())
    spec.shape.push_back(ShapedType::isDynamic(size) ? runtime::kDynamic
                                                     : size);
  return spec;
}

FailureOr<std::vector<runtime::EntrySpec>>
mlir::hinm::getEntries(ModuleOp module) {
  std::vector<runtime::EntrySpec> entries;
  for (auto function : module.getOps<func::FuncOp>()) {
    if (!function.isPublic() || function.isExternal() ||
        function->hasAttr("hinm.plan"))
      continue;
    runtime::EntrySpec entry;
    entry.name = function.getName().str();
    auto add = [&](Type type, std::vector<runtime::TensorSpec> &specs) {
      FailureOr<runtime::TensorSpec> spec = getSpec(function.getLoc(), type);
      if (succeeded(spec))
        specs.push_back(*spec);
      return LogicalResult(spec);
    };
    for (BlockArgument argument : function.getArguments()) {
      unsigned number = argument.getArgNumber();
      if (function.getArgAttr(number, "hinm.weight"))
        continue;
      bool isOutput = bool(function.getArgAttr(number, "hinm.output"));
      if (failed(
              add(argument.getType(), isOutput ? entry.outputs : entry.inputs)))
        return failure();
    }
    for (Type type : function.getResultTypes())
      if (failed(add(type, entry.outputs)))
        return failure();
    entries.push_back(std::move(entry));
  }
  if (entries.empty())
    return emitError(module.getLoc())
           << "found no public function with a body, expected at least one";
  return entries;
}

FailureOr<std::map<std::string, std::vector<std::string>>>
mlir::hinm::writeWeights(ModuleOp module, const std::string &path) {
  std::vector<runtime::NamedTensor> tensors;
  // Bytes that no attribute holds as they are needed.
  std::deque<std::vector<char>> owned;
  std::map<std::string, std::vector<std::string>> names;
  auto weights = module->getAttrOfType<DictionaryAttr>("hinm.weights");
  for (NamedAttribute weight :
       weights ? weights.getValue() : ArrayRef<NamedAttribute>()) {
    auto elements = cast<ElementsAttr>(weight.getValue());
    auto emit = [&] { return emitError(module.getLoc()); };
    FailureOr<std::vector<char>> bytes = readBytes(elements, emit);
    if (failed(bytes))
      return failure();
    FailureOr<runtime::TensorSpec> spec =
        getSpec(module.getLoc(), elements.getShapedType());
    if (failed(spec))
      return failure();
    owned.push_back(std::move(*bytes));
    runtime::TensorView view;
    view.type = spec->type;
    view.shape = spec->shape;
    view.data = reinterpret_cast<const std::byte *>(owned.back().data());
    view.bytes = owned.back().size();
    tensors.push_back({weight.getName().str(), view});
  }
  // `main.w10` follows `main.w9`: the order of the arguments.
  for (auto [index, tensor] : llvm::enumerate(tensors)) {
    auto [function, number] = StringRef(tensor.name).rsplit(".w");
    size_t place;
    if (number.getAsInteger(10, place))
      return emitError(module.getLoc())
             << "weight '" << tensor.name << "' has no number";
    std::vector<std::string> &list = names[function.str()];
    list.resize(std::max(list.size(), place + 1));
    list[place] = tensor.name;
  }
  runtime::Status written = runtime::writeSafeTensors(path, tensors);
  if (written.failed())
    return emitError(module.getLoc()) << written.message();
  module->removeAttr("hinm.weights");
  return names;
}

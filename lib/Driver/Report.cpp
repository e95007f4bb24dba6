//===- Report.cpp - what became of each layer -------------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Report.h"

#include "hinm/Dialect/HINM/IR/HINM.h"
#include "hinm/Dialect/HINM/Transforms/Transforms.h"

#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace mlir::hinm;
namespace json = llvm::json;

static std::string getLayerName(Operation *op) {
  auto name = op->getAttrOfType<StringAttr>("hinm.layer");
  return name ? name.str() : "unnamed";
}

json::Object &Report::getLayer(const std::string &name) {
  for (auto &[known, layer] : layers)
    if (known == name)
      return layer;
  layers.emplace_back(name, json::Object{{"name", name}});
  return layers.back().second;
}

void Report::addSearch(ModuleOp module) {
  module.walk([&](EncodeOp encode) {
    auto shape = encode.getSource().getType().getShape();
    EncodingAttr encoding = encode.getEncoding();
    std::string location;
    llvm::raw_string_ostream(location) << encode.getLoc();
    json::Object layer{
        {"name", getLayerName(encode)},
        {"location", location},
        {"outputs", shape[0]},
        {"inputs", shape[1]},
        {"vector", encoding.getVector()},
        {"columns", encoding.getColumns()},
        {"nm", std::to_string(encoding.getN()) + ":" +
                   std::to_string(encoding.getM())},
        {"density", double(encoding.getStoredColumns()) / double(shape[1])},
        {"storage", encode.getResult().getType().getElementType().isBF16()
                        ? "bf16"
                        : "f16"},
        {"dense_bytes", shape[0] * shape[1] * 2}};
    if (auto search = encode->getAttrOfType<DictionaryAttr>("hinm.search"))
      for (NamedAttribute entry : search) {
        if (auto number = dyn_cast<FloatAttr>(entry.getValue()))
          layer[entry.getName().getValue()] = number.getValueAsDouble();
        else if (auto text = dyn_cast<StringAttr>(entry.getValue()))
          layer[entry.getName().getValue()] = text.getValue();
      }
    if (auto order = encode.getRowOrder())
      layer["row_order"] = json::Array(*order);
    getLayer(getLayerName(encode)) = std::move(layer);
  });
  module.walk([&](PermuteOp) { ++numPermutes; });
}

void Report::addFolding(ModuleOp module) {
  module.walk([&](Operation *op) {
    if (isa<PermuteOp>(op))
      ++numPermutesLeft;
    auto matmul = dyn_cast<MatmulOp>(op);
    Operation *weight = matmul ? matmul.getWeight().getDefiningOp() : nullptr;
    if (!weight)
      return;
    json::Object &layer = getLayer(getLayerName(weight));
    layer["row_index"] = matmul.getRowIndex().has_value();
    if (auto order =
            weight->getAttrOfType<DenseI64ArrayAttr>(inputOrderAttrName))
      layer["input_order"] = json::Array(order.asArrayRef());
  });
}

void Report::addStorage(ModuleOp module, StringRef chip) {
  module.walk([&](GatherMatmulOp op) {
    int64_t bytes = 0;
    for (Value weight : op.getWeights()) {
      auto type = cast<ShapedType>(weight.getType());
      bytes += type.getNumElements() * type.getElementTypeBitWidth() / 8;
    }
    json::Object storage{{"bytes", bytes}};
    if (auto schedule = op.getSchedule()) {
      storage["tile"] = json::Array(schedule->getTile());
      storage["warps"] = json::Array(schedule->getWarps());
      storage["stages"] = schedule->getStages();
    }
    json::Object &layer = getLayer(getLayerName(op));
    if (!layer.getObject("targets"))
      layer["targets"] = json::Object();
    (*layer.getObject("targets"))[chip] = std::move(storage);
  });
}

void Report::addKernels(StringRef chip, ArrayRef<KernelResources> kernels) {
  for (const KernelResources &kernel : kernels)
    kernelsOfChip[chip.str()].push_back(
        json::Object{{"kernel", kernel.kernel},
                     {"registers", kernel.registers},
                     {"spill_bytes", kernel.spillBytes}});
}

int64_t Report::getReduction(StringRef function) const {
  int64_t reduction = 0;
  for (const auto &[name, layer] : layers)
    if (StringRef(name).rsplit('.').first == function)
      reduction = std::max(reduction, layer.getInteger("inputs").value_or(0));
  return reduction;
}

bool Report::usesBF16(StringRef function) const {
  return llvm::any_of(layers, [&](const auto &entry) {
    return StringRef(entry.first).rsplit('.').first == function &&
           entry.second.getString("storage") == "bf16";
  });
}

json::Object Report::toJSON() const {
  json::Array all;
  for (const auto &[name, layer] : layers)
    all.push_back(json::Object(layer));
  json::Object kernels;
  for (const auto &[chip, list] : kernelsOfChip)
    kernels[chip] = json::Array(list);
  // Where folding creates a permute that the search did not make, none folded.
  json::Object permutations{
      {"found", numPermutes},
      {"folded", std::max<int64_t>(numPermutes - numPermutesLeft, 0)},
      {"left", numPermutesLeft}};
  return json::Object{{"layers", std::move(all)},
                      {"permutations", std::move(permutations)},
                      {"kernels", std::move(kernels)}};
}

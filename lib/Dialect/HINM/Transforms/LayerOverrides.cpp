//===- LayerOverrides.cpp - settings of single layers -----------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LayerOverrides.h"

#include "hinm/Dialect/HINM/Transforms/Suggest.h"
#include "hinm/Permutation/Search.h"

#include "llvm/Support/Error.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"

using namespace mlir;
using namespace mlir::hinm;
namespace json = llvm::json;

namespace {
/// Reads the settings of one layer.
class OverrideReader {
public:
  OverrideReader(StringRef path, StringRef layer,
                 function_ref<InFlightDiagnostic()> emitError)
      : path(path), layer(layer), emitError(emitError) {}

  FailureOr<LayerOverride> read(const json::Value &value);

private:
  LogicalResult readSetting(StringRef key, const json::Value &value);
  InFlightDiagnostic error() {
    return emitError() << "'" << path << "', layer '" << layer << "': ";
  }

  StringRef path, layer;
  function_ref<InFlightDiagnostic()> emitError;
  LayerOverride settings;
};
} // namespace

LogicalResult OverrideReader::readSetting(StringRef key,
                                          const json::Value &value) {
  if (key == "vector") {
    settings.vector = value.getAsInteger();
    if (!settings.vector || *settings.vector < 1)
      return error() << "'vector' is " << llvm::formatv("{0}", value).str()
                     << ", expected a positive number";
    return success();
  }
  if (key == "column_sparsity") {
    settings.columnSparsity = value.getAsNumber();
    if (!settings.columnSparsity || !(*settings.columnSparsity >= 0.0) ||
        !(*settings.columnSparsity < 1.0))
      return error() << "'column_sparsity' is "
                     << llvm::formatv("{0}", value).str()
                     << ", expected a number from 0 up to, but not including, 1";
    return success();
  }
  if (key == "permute") {
    auto name = value.getAsString();
    if (!name)
      return error() << "'permute' is " << llvm::formatv("{0}", value).str()
                     << ", expected the name of a search strategy";
    auto strategy = ::hinm::permutation::parseStrategy(name->str());
    if (!strategy)
      return error() << strategy.error().message;
    settings.strategy = name->str();
    return success();
  }
  if (key == "dense") {
    auto dense = value.getAsBoolean();
    if (!dense)
      return error() << "'dense' is " << llvm::formatv("{0}", value).str()
                     << ", expected true or false";
    settings.dense = *dense;
    return success();
  }
  StringRef known[] = {"vector", "column_sparsity", "permute", "dense"};
  return error() << "there is no setting '" << key << "'"
                 << suggest(key, known);
}

FailureOr<LayerOverride> OverrideReader::read(const json::Value &value) {
  const json::Object *object = value.getAsObject();
  if (!object)
    return error() << "found " << llvm::formatv("{0}", value).str()
                   << ", expected an object of settings";
  for (const auto &[key, setting] : *object)
    if (failed(readSetting(key, setting)))
      return failure();
  if (settings.dense && object->size() != 1)
    return error() << "'dense' contradicts the other settings, which are for a "
                      "sparse layer";
  return settings;
}

FailureOr<llvm::StringMap<LayerOverride>> mlir::hinm::readLayerOverrides(
    StringRef path, ArrayRef<StringRef> names,
    function_ref<InFlightDiagnostic()> emitError) {
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/true);
  if (!buffer)
    return emitError() << "cannot read '" << path
                       << "': " << buffer.getError().message();
  llvm::Expected<json::Value> root = json::parse((*buffer)->getBuffer());
  if (!root)
    return emitError() << "'" << path << "' is no JSON: "
                       << llvm::toString(root.takeError());
  const json::Object *layers = root->getAsObject();
  if (!layers)
    return emitError() << "'" << path
                       << "': expected an object with an entry for each layer";
  llvm::StringMap<LayerOverride> result;
  for (const auto &[key, value] : *layers) {
    StringRef name = key;
    if (!llvm::is_contained(names, name))
      return emitError() << "'" << path << "': the program has no layer '"
                         << name << "'" << suggest(name, names);
    FailureOr<LayerOverride> settings =
        OverrideReader(path, name, emitError).read(value);
    if (failed(settings))
      return failure();
    result[name] = *settings;
  }
  return result;
}

//===- PrintManifest.cpp - the JSON text of a manifest ----------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hinm/Runtime/Manifest.h"

#include <nlohmann/json.hpp>

using namespace hinm::runtime;
using nlohmann::ordered_json;

static ordered_json toJson(const std::vector<TensorSpec> &specs) {
  ordered_json list = ordered_json::array();
  for (const TensorSpec &spec : specs) {
    ordered_json shape = ordered_json::array();
    for (int64_t size : spec.shape)
      if (size == kDynamic)
        shape.push_back("?");
      else
        shape.push_back(size);
    list.push_back({{"shape", shape}, {"type", name(spec.type)}});
  }
  return list;
}

static ordered_json toJson(const TargetSpec &target) {
  ordered_json json;
  bool isCuda = target.kind == TargetKind::Cuda;
  json["kind"] = isCuda ? "cuda" : "cpu";
  if (isCuda) {
    json["ptx"] = target.ptx;
    if (!target.cubin.empty())
      json["cubin"] = target.cubin;
    json["features"] = target.features;
  } else {
    json["cpu"] = target.cpu;
    json["overflow_sites"] = target.overflowSites;
  }
  json["library"] = target.library;
  json["weights"] = target.weights;
  json["entry_weights"] = target.entryWeights;
  return json;
}

std::string hinm::runtime::printManifest(const Manifest &manifest) {
  ordered_json root;
  root["format"] = "hinm-artifact";
  root["version"] = 1;
  root["producer"] = manifest.producer;
  root["entries"] = ordered_json::array();
  for (const EntrySpec &entry : manifest.entries)
    root["entries"].push_back({{"name", entry.name},
                               {"inputs", toJson(entry.inputs)},
                               {"outputs", toJson(entry.outputs)},
                               {"reduction", entry.reduction},
                               {"operands", name(entry.operands)}});
  root["targets"] = ordered_json::object();
  for (const auto &[chip, target] : manifest.targets)
    root["targets"][chip] = toJson(target);
  root["files"] = ordered_json::object();
  for (const auto &[path, file] : manifest.files)
    root["files"][path] = {{"bytes", file.bytes}, {"sha256", file.sha256}};
  return root.dump(2, ' ', false, ordered_json::error_handler_t::replace) +
         "\n";
}

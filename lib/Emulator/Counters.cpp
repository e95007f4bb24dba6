//===- Counters.cpp - what a launch executed --------------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hinm/Emulator/Counters.h"

#include <cstdio>

using namespace hinm::emulator;

const char *hinm::emulator::instructionClassName(InstructionClass kind) {
  static const char *const names[kInstructionClasses] = {
      "integer", "float",  "half",      "double",   "special",
      "convert", "move",   "predicate", "control",  "load",
      "store",   "atomic", "cp_async",  "ldmatrix", "mma",
      "mma_sp",  "warp",   "barrier",   "other"};
  return names[unsigned(kind)];
}

void Counters::add(const Counters &other) {
  warpInstructions += other.warpInstructions;
  for (unsigned i = 0; i < kInstructionClasses; ++i)
    byClass[i] += other.byClass[i];
  tensorFlops += other.tensorFlops;
  divergentBranches += other.divergentBranches;
  partialInstructions += other.partialInstructions;
  globalLoads += other.globalLoads;
  globalStores += other.globalStores;
  globalAtomics += other.globalAtomics;
  asyncGlobal += other.asyncGlobal;
  sharedLoads += other.sharedLoads;
  sharedStores += other.sharedStores;
  sharedAtomics += other.sharedAtomics;
  asyncShared += other.asyncShared;
  localBytes += other.localBytes;
}

namespace {
/// Writes one JSON object with a line for each member.
class Writer {
public:
  explicit Writer(unsigned indent) : pad(indent, ' ') {}
  void member(const char *name, const std::string &value) {
    text += (text.empty() ? "" : ",\n") + pad + "  \"" + name + "\": " + value;
  }
  void member(const char *name, uint64_t value) {
    member(name, std::to_string(value));
  }
  void member(const char *name, const uint32_t (&v)[3]) {
    member(name, "[" + std::to_string(v[0]) + ", " + std::to_string(v[1]) +
                     ", " + std::to_string(v[2]) + "]");
  }
  void member(const char *name, const MemoryTraffic &traffic,
              const char *unit) {
    std::string u = unit;
    member(name, "{\"requests\": " + std::to_string(traffic.requests) +
                     ", \"bytes\": " + std::to_string(traffic.bytes) + ", \"" +
                     u + "\": " + std::to_string(traffic.asked) + ", \"" + u +
                     "_needed\": " + std::to_string(traffic.needed) + "}");
  }
  std::string finish() const { return pad + "{\n" + text + "\n" + pad + "}"; }

private:
  std::string pad, text;
};
} // namespace

static std::string quote(const std::string &text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      char buffer[8];
      std::snprintf(buffer, sizeof buffer, "\\u%04x", unsigned(c));
      out += buffer;
    } else {
      out += c;
    }
  }
  return out + "\"";
}

std::string Counters::toJson(unsigned indent) const {
  Writer writer(indent);
  writer.member("kernel", quote(kernel));
  writer.member("grid", grid);
  writer.member("block", block);
  writer.member("static_shared_bytes", staticSharedBytes);
  writer.member("dynamic_shared_bytes", dynamicSharedBytes);
  writer.member("warp_instructions", warpInstructions);
  for (unsigned i = 0; i < kInstructionClasses; ++i)
    writer.member(instructionClassName(InstructionClass(i)), byClass[i]);
  writer.member("tensor_flops", tensorFlops);
  writer.member("divergent_branches", divergentBranches);
  writer.member("partial_instructions", partialInstructions);
  writer.member("global_loads", globalLoads, "sectors");
  writer.member("global_stores", globalStores, "sectors");
  writer.member("global_atomics", globalAtomics, "sectors");
  writer.member("async_global", asyncGlobal, "sectors");
  writer.member("shared_loads", sharedLoads, "wavefronts");
  writer.member("shared_stores", sharedStores, "wavefronts");
  writer.member("shared_atomics", sharedAtomics, "wavefronts");
  writer.member("async_shared", asyncShared, "wavefronts");
  writer.member("local_bytes", localBytes);
  return writer.finish();
}

std::string hinm::emulator::toJson(const std::vector<Counters> &launches) {
  std::string text = "[";
  for (size_t i = 0; i < launches.size(); ++i)
    text += (i ? ",\n" : "\n") + launches[i].toJson(2);
  return text + (launches.empty() ? "]\n" : "\n]\n");
}

//===- Counters.cpp - what a launch executed --------------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hinm/Emulator/Counters.h"

#include <algorithm>
#include <cstdio>

using namespace hinm::emulator;

const char *hinm::emulator::instructionClassName(InstructionClass kind) {
  static const char *const names[kInstructionClasses] = {
      "integer",  "float",     "half",    "double", "special", "convert",
      "move",     "predicate", "control", "load",   "store",   "atomic",
      "cp_async", "ldmatrix",  "mma",     "mma_sp", "wgmma",   "warp",
      "barrier",  "mbarrier",  "wait",    "fence",  "other"};
  return names[unsigned(kind)];
}

void Counters::add(const Counters &other) {
  warpInstructions += other.warpInstructions;
  for (unsigned i = 0; i < kInstructionClasses; ++i)
    byClass[i] += other.byClass[i];
  tensorFlops += other.tensorFlops;
  for (unsigned i = 0; i < kTensorKinds; ++i)
    tensorMultiplyAdds[i] += other.tensorMultiplyAdds[i];
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
  wgmmaShared += other.wgmmaShared;
  localBytes += other.localBytes;
  bypassingSectors += other.bypassingSectors;
  asyncPeakBytes = std::max(asyncPeakBytes, other.asyncPeakBytes);
  asyncBytesAtWaits += other.asyncBytesAtWaits;
  asyncWaits += other.asyncWaits;
}

void Counters::addLine(const LineCounts &line) {
  auto at = std::lower_bound(lines.begin(), lines.end(), line.line,
                             [](const LineCounts &entry, uint32_t number) {
                               return entry.line < number;
                             });
  if (at != lines.end() && at->line == line.line)
    *at += line;
  else
    lines.insert(at, line);
}

uint64_t Counters::l2BytesLeast() const {
  uint64_t loaded = globalLoads.asked + asyncGlobal.asked;
  uint64_t cacheable = 32 * (loaded - bypassingSectors);
  return 32 * (bypassingSectors + globalStores.asked + globalAtomics.asked) +
         std::min(cacheable, uniqueReadBytes);
}

static std::string trafficJson(const MemoryTraffic &traffic,
                               const std::string &unit) {
  return "{\"requests\": " + std::to_string(traffic.requests) +
         ", \"bytes\": " + std::to_string(traffic.bytes) + ", \"" + unit +
         "\": " + std::to_string(traffic.asked) + ", \"" + unit +
         "_needed\": " + std::to_string(traffic.needed) + "}";
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
    member(name, trafficJson(traffic, unit));
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

static std::string linesJson(const std::vector<LineCounts> &lines,
                             unsigned indent) {
  std::string pad(indent, ' '), text = "[";
  for (const LineCounts &line : lines) {
    text += (text.size() > 1 ? ",\n" : "\n") + pad +
            "{\"line\": " + std::to_string(line.line);
    if (!line.source.empty())
      text += ", \"source\": " + quote(line.source);
    text += ", \"executed\": " + std::to_string(line.executed);
    if (line.global.requests)
      text += ", \"global\": " + trafficJson(line.global, "sectors");
    if (line.shared.requests)
      text += ", \"shared\": " + trafficJson(line.shared, "wavefronts");
    text += "}";
  }
  return text + "]";
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
  writer.member("wgmma_shared", wgmmaShared, "wavefronts");
  writer.member("local_bytes", localBytes);
  writer.member("unique_read_bytes", uniqueReadBytes);
  writer.member("unique_write_bytes", uniqueWriteBytes);
  writer.member("l2_bytes", l2Bytes());
  writer.member("l2_bytes_least", l2BytesLeast());
  writer.member("async_peak_bytes", asyncPeakBytes);
  writer.member("async_mean_bytes_at_waits",
                asyncWaits ? asyncBytesAtWaits / asyncWaits : 0);
  if (!lines.empty())
    writer.member("lines", linesJson(lines, indent + 4));
  return writer.finish();
}

std::string hinm::emulator::toJson(const std::vector<Counters> &launches) {
  std::string text = "[";
  for (size_t i = 0; i < launches.size(); ++i)
    text += (i ? ",\n" : "\n") + launches[i].toJson(2);
  return text + (launches.empty() ? "]\n" : "\n]\n");
}

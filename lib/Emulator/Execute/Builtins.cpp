//===- Builtins.cpp - operations that no instruction stands for -*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Cta.h"
#include "Decode/Lowering.h"

#include <cstdio>
#include <cstring>

using namespace hinm::emulator;

void hinm::emulator::runNegatePredicate(Warp &warp, const Op &op) {
  uint32_t *d = warp.at<uint32_t>(op.o[0]);
  *d = (*d & ~warp.mask) | (~*warp.at<uint32_t>(op.o[1]) & warp.mask);
}

void hinm::emulator::runIndexIs(Warp &warp, const Op &op) {
  uint32_t *d = warp.at<uint32_t>(op.o[0]), same = 0;
  const uint32_t *index = warp.at<uint32_t>(op.o[1]);
  for (unsigned i = 0; i < kWarpSize; ++i)
    same |= uint32_t(index[i] == uint32_t(op.imm)) << i;
  *d = (*d & ~warp.mask) | (same & warp.mask);
}

void hinm::emulator::runNoTarget(Warp &warp, const Op &op) {
  unsigned lane = unsigned(__builtin_ctz(warp.mask));
  warp.cta->fail(warp, op, int(lane),
                 format("brx.idx with index %u, but there are %lld targets",
                        warp.at<uint32_t>(op.o[0])[lane], (long long)op.imm));
}

void hinm::emulator::runCheckWritten(Warp &warp, const Op &op) {
  if (!warp.cta->checks.uninitialised)
    return;
  uint32_t missing = 0;
  for (unsigned i = 0; i < op.operandCount; ++i)
    missing |= ~*warp.at<uint32_t>(op.o[i]);
  missing &= warp.mask;
  if (missing)
    warp.cta->fail(warp, op, __builtin_ctz(missing),
                   "use of a register that was never written");
}

void hinm::emulator::runMarkWritten(Warp &warp, const Op &op) {
  uint32_t written = ~0u;
  for (unsigned i = 1; i < op.operandCount; ++i)
    written &= *warp.at<uint32_t>(op.o[i]);
  uint32_t *d = warp.at<uint32_t>(op.o[0]);
  *d = (*d & ~warp.mask) | (written & warp.mask);
}

namespace {
/// What one lane may read through a generic pointer.
class LaneMemory {
public:
  LaneMemory(Warp &warp, unsigned lane) : cta(*warp.cta) {
    size_t bytes = cta.program.localBytes;
    local = cta.local.data() + bytes * (warp.id * kWarpSize + lane);
  }
  bool read(uint64_t address, void *to, uint64_t bytes) const {
    uint64_t window = address & kWindowMask;
    uint64_t offset = address & ~kWindowMask;
    auto within = [&](uint64_t size) {
      return bytes <= size && offset <= size - bytes;
    };
    if (window == kLocalWindow && within(cta.program.localBytes)) {
      std::memcpy(to, local + offset, bytes);
      return true;
    }
    if (window == kSharedWindow && within(cta.launch.sharedBytes)) {
      std::memcpy(to, cta.shared + offset, bytes);
      return true;
    }
    Allocation *found = cta.launch.memory->find(address, bytes);
    if (!found)
      return false;
    std::memcpy(to, found->data + (address - found->base), bytes);
    return true;
  }
  bool text(uint64_t address, std::string &out) const {
    for (char c; out.size() < 4096; out += c) {
      if (!read(address + out.size(), &c, 1))
        return false;
      if (!c)
        return true;
    }
    return true;
  }
  template <typename T>
  T param(uint64_t offset) const {
    T value;
    std::memcpy(&value, local + offset, sizeof value);
    return value;
  }

private:
  Cta &cta;
  uint8_t *local;
};
} // namespace

/// Formats as CUDA's printf does; false for an argument that cannot be read.
static bool formatText(const LaneMemory &memory, const std::string &format,
                       uint64_t arguments, std::string &out, int &printed) {
  uint64_t offset = 0;
  auto argument = [&](unsigned bytes, void *value) {
    offset = (offset + bytes - 1) / bytes * bytes;
    bool good = memory.read(arguments + offset, value, bytes);
    offset += bytes;
    return good;
  };
  printed = 0;
  for (size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%') {
      out += format[i];
      continue;
    }
    std::string spec = "%";
    for (++i; i < format.size() && std::strchr("-+ #0123456789.*", format[i]);
         ++i)
      if (format[i] == '*') {
        int32_t width = 0;
        if (!argument(4, &width))
          return false;
        spec += std::to_string(width);
      } else {
        spec += format[i];
      }
    bool isLong = false;
    for (; i < format.size() && std::strchr("lhzjt", format[i]); ++i)
      isLong |= format[i] != 'h';
    if (i >= format.size() || spec.size() > 64)
      return true;
    char kind = format[i];
    char buffer[512];
    if (kind == '%') {
      out += '%';
      continue;
    }
    ++printed;
    if (std::strchr("diouxXc", kind)) {
      if (isLong && kind != 'c') {
        int64_t value = 0;
        if (!argument(8, &value))
          return false;
        spec += std::string("ll") + kind;
        std::snprintf(buffer, sizeof buffer, spec.c_str(), (long long)value);
      } else {
        int32_t value = 0;
        if (!argument(4, &value))
          return false;
        spec += kind;
        std::snprintf(buffer, sizeof buffer, spec.c_str(), value);
      }
      out += buffer;
    } else if (std::strchr("eEfFgGaA", kind)) {
      double value = 0;
      if (!argument(8, &value))
        return false;
      spec += kind;
      std::snprintf(buffer, sizeof buffer, spec.c_str(), value);
      out += buffer;
    } else if (kind == 's' || kind == 'p') {
      uint64_t value = 0;
      if (!argument(8, &value))
        return false;
      std::string text;
      if (kind == 's' && !memory.text(value, text))
        return false;
      if (kind == 'p') {
        std::snprintf(buffer, sizeof buffer, "0x%llx",
                      (unsigned long long)value);
        text = buffer;
      }
      spec += 's';
      std::snprintf(buffer, sizeof buffer, spec.c_str(), text.c_str());
      out += buffer;
    } else {
      out += spec + kind;
    }
  }
  return true;
}

void hinm::emulator::runVprintf(Warp &warp, const Op &op) {
  for (unsigned lane = 0; lane < kWarpSize; ++lane) {
    if (!(warp.mask >> lane & 1))
      continue;
    LaneMemory memory(warp, lane);
    auto format = memory.param<uint64_t>(*warp.at<uint64_t>(op.o[0]));
    auto arguments = memory.param<uint64_t>(*warp.at<uint64_t>(op.o[1]));
    std::string text, out;
    int printed = 0;
    if (!memory.text(format, text) ||
        !formatText(memory, text, arguments, out, printed)) {
      warp.cta->fail(warp, op, int(lane),
                     "printf reads an argument out of bounds");
      return;
    }
    if (op.operandCount > 2) {
      uint64_t result = *warp.at<uint64_t>(op.o[2]);
      size_t thread = warp.id * kWarpSize + lane;
      size_t at = size_t(warp.cta->program.localBytes) * thread + result;
      std::memcpy(warp.cta->local.data() + at, &printed, 4);
      std::memset(warp.cta->localValid.data() + at, 1, 4);
    }
    LaunchState &launch = warp.cta->launch;
    std::lock_guard<std::mutex> lock(launch.printMutex);
    if (launch.options->print)
      launch.options->print(out);
    else
      std::fwrite(out.data(), 1, out.size(), stdout);
  }
}

void hinm::emulator::runAssertFail(Warp &warp, const Op &op) {
  unsigned lane = unsigned(__builtin_ctz(warp.mask));
  LaneMemory memory(warp, lane);
  std::string message, file, function;
  memory.text(memory.param<uint64_t>(*warp.at<uint64_t>(op.o[0])), message);
  memory.text(memory.param<uint64_t>(*warp.at<uint64_t>(op.o[1])), file);
  auto line = memory.param<uint32_t>(*warp.at<uint64_t>(op.o[2]));
  memory.text(memory.param<uint64_t>(*warp.at<uint64_t>(op.o[3])), function);
  warp.cta->fail(warp, op, int(lane),
                 file + ":" + std::to_string(line) + ": " + function +
                     ": assertion '" + message + "' failed");
}

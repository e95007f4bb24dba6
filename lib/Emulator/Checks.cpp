//===- Checks.cpp - checks by name ------------------------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hinm/Emulator/Device.h"

using namespace hinm::emulator;

namespace {
struct Name {
  const char *text;
  bool Checks::*member;
};
} // namespace

static const Name names[] = {
    {"races", &Checks::sharedRaces},     {"warp-races", &Checks::warpRaces},
    {"cta-races", &Checks::globalRaces}, {"uninit", &Checks::uninitialised},
    {"async", &Checks::asyncCopies},     {"proxy", &Checks::proxies},
    {"barriers", &Checks::barriers},     {"metadata", &Checks::metadata}};

std::string hinm::emulator::relaxableChecks() {
  std::string all;
  for (const Name &name : names)
    all += (all.empty() ? "" : ", ") + std::string(name.text);
  return all;
}

Status hinm::emulator::relaxChecks(std::string_view list, Checks &checks) {
  while (!list.empty()) {
    size_t comma = list.find(',');
    std::string_view word = list.substr(0, comma);
    list.remove_prefix(comma == list.npos ? list.size() : comma + 1);
    bool known = word.empty();
    for (const Name &name : names)
      if (word == name.text) {
        checks.*name.member = false;
        known = true;
      }
    if (!known)
      return Status::failure("unknown check '" + std::string(word) +
                             "', expected some of " + relaxableChecks());
  }
  return Status::success();
}

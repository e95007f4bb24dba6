//===- Target.cpp - which form of a program runs where ----------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hinm/Runtime/Target.h"

#include <tuple>

using namespace hinm::runtime;

std::optional<Chip> hinm::runtime::parseChip(const std::string &name) {
  if (name.compare(0, 3, "sm_") != 0)
    return std::nullopt;
  Chip chip;
  size_t i = 3;
  for (; i < name.size() && name[i] >= '0' && name[i] <= '9' && i < 7; ++i)
    chip.number = chip.number * 10 + (name[i] - '0');
  if (i < name.size() && (name[i] == 'a' || name[i] == 'f'))
    chip.suffix = name[i++];
  if (i != name.size() || chip.number < 10)
    return std::nullopt;
  return chip;
}

bool hinm::runtime::ptxRunsOn(const Chip &chip, int capability) {
  if (chip.suffix == 'a')
    return chip.number == capability;
  if (chip.suffix == 'f')
    return cubinRunsOn(Chip{chip.number, 0}, capability);
  return chip.number <= capability;
}

bool hinm::runtime::cubinRunsOn(const Chip &chip, int capability) {
  if (chip.suffix == 'a')
    return chip.number == capability;
  return chip.number / 10 == capability / 10 && chip.number <= capability;
}

/// On the CPU there is at most one form.
static Result<TargetChoice> selectCpu(const Manifest &manifest,
                                      const std::string &chip) {
  if (!chip.empty() && chip != "cpu")
    return failure("chip '", chip, "' does not run on the CPU");
  for (const auto &[name, target] : manifest.targets)
    if (target.kind == TargetKind::Cpu)
      return TargetChoice{&target, false};
  return failure("the artifact has no form for the CPU, it holds ",
                 manifest.targetNames());
}

Result<TargetChoice> hinm::runtime::selectTarget(const Manifest &manifest,
                                                 const DeviceTraits &device,
                                                 const std::string &chip) {
  if (device.kind == DeviceTraits::Kind::Cpu)
    return selectCpu(manifest, chip);
  bool isCuda = device.kind == DeviceTraits::Kind::Cuda;
  if (!chip.empty() && !manifest.targets.count(chip))
    return failure("the artifact has no form for chip '", chip, "', it holds ",
                   manifest.targetNames());
  TargetChoice best;
  std::tuple<bool, int, bool> bestRank;
  for (const auto &[name, target] : manifest.targets) {
    std::optional<Chip> made = parseChip(name);
    if (target.kind != TargetKind::Cuda || !made ||
        (!chip.empty() && chip != name))
      continue;
    if (isCuda && !ptxRunsOn(*made, device.capability))
      continue;
    // A GPU takes the most special form of the highest chip, the emulator the
    // highest one that is not bound to a chip.
    std::tuple<bool, int, bool> rank(isCuda || !made->suffix, made->number,
                                     made->suffix == 'a');
    if (!best.target || rank > bestRank) {
      best.target = &target;
      best.useCubin = isCuda && !target.cubin.empty() &&
                      cubinRunsOn(*made, device.capability);
      bestRank = rank;
    }
  }
  if (best.target)
    return best;
  if (!chip.empty())
    return failure("the form for chip '", chip, "' does not run on ",
                   device.name);
  return failure("the artifact has no form for ", device.name, ", it holds ",
                 manifest.targetNames());
}

//===- Target.h - which form of a program runs where ------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Chips are named as LLVM and ptxas name them: `sm_80`, `sm_90a`, `sm_100f`.
// PTX for a plain chip runs on every later one, machine code on those of the
// same major number; `a` code runs on that very chip, `f` code on later chips
// of the same major number (CUDA programming guide, "Compute capabilities";
// PTX ISA, section ".target").
//
//===----------------------------------------------------------------------===//

#ifndef HINM_RUNTIME_TARGET_H
#define HINM_RUNTIME_TARGET_H

#include "hinm/Runtime/Manifest.h"

#include <optional>
#include <string>

namespace hinm::runtime {

/// A chip's name, taken apart. `number` is 10 * major + minor.
struct Chip {
  int number = 0;
  /// 'a', 'f', or 0.
  char suffix = 0;
};

/// The chip with that name, or nothing.
std::optional<Chip> parseChip(const std::string &name);

/// Whether the driver of a device can compile PTX that was made for `chip`.
bool ptxRunsOn(const Chip &chip, int capability);
/// Whether the device can execute machine code that was made for `chip`.
bool cubinRunsOn(const Chip &chip, int capability);

/// What a device can run.
struct DeviceTraits {
  enum class Kind { Cpu, Emulator, Cuda };
  Kind kind = Kind::Cpu;
  /// Cuda: 10 * major + minor.
  int capability = 0;
  /// For messages, such as `NVIDIA H100 (sm_90)`.
  std::string name;
};

/// A target of an artifact, chosen for a device.
struct TargetChoice {
  const TargetSpec *target = nullptr;
  /// Whether the device can execute the target's cubin.
  bool useCubin = false;
};

/// Chooses the target for a device: the CPU form for the CPU; for a GPU the
/// highest chip that it can run; for the emulator the highest plain chip.
/// `chip`, when not empty, is the only one that is considered. The failure says
/// what the artifact holds.
Result<TargetChoice> selectTarget(const Manifest &manifest,
                                  const DeviceTraits &device,
                                  const std::string &chip = "");

} // namespace hinm::runtime

#endif // HINM_RUNTIME_TARGET_H

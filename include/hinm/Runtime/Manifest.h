//===- Manifest.h - what an artifact's manifest.json says -------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The manifest of an artifact, version 1; docs/artifact.md has every field.
//
//===----------------------------------------------------------------------===//

#ifndef HINM_RUNTIME_MANIFEST_H
#define HINM_RUNTIME_MANIFEST_H

#include "hinm/Runtime/ElementType.h"
#include "hinm/Runtime/Error.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace hinm::runtime {

/// An input or output of an entry: row-major, `kDynamic` where `?`.
struct TensorSpec {
  Shape shape;
  ElementType type = ElementType::F32;
};

/// A function that the artifact offers.
struct EntrySpec {
  std::string name;
  std::vector<TensorSpec> inputs;
  std::vector<TensorSpec> outputs;
  /// Largest number of dense input channels of a sparse layer in it; bounds
  /// rounding errors.
  int64_t reduction = 0;
  /// What the operands of its sparse layers are rounded to: F16 or BF16.
  ElementType operands = ElementType::F16;

  /// Dynamic dimensions of all outputs together.
  size_t dynamicOutputDims() const;
};

enum class TargetKind { Cuda, Cpu };

/// The form of the program for one chip, or for the CPU. Paths are relative to
/// the artifact's folder.
struct TargetSpec {
  /// The target's key: a chip such as `sm_80`, or `cpu`.
  std::string chip;
  TargetKind kind = TargetKind::Cuda;
  std::string library;
  std::string weights;
  /// Names of the arrays that each entry takes, in the order of its arguments.
  std::map<std::string, std::vector<std::string>> entryWeights;
  /// Cuda: PTX, and machine code where an assembler was found (else empty).
  std::string ptx;
  std::string cubin;
  std::string features;
  /// Cpu: where the model has each op of an entry that counts overflows in the
  /// library's array `hinm_overflows_` with the entry's name.
  std::map<std::string, std::vector<std::string>> overflowSites;
  /// Cpu: the processor that the library was compiled for.
  std::string cpu;
};

/// Size and digest of a file of the artifact.
struct FileSpec {
  int64_t bytes = 0;
  std::string sha256;
};

struct Manifest {
  /// Versions of the producer's parts, by name.
  std::map<std::string, std::string> producer;
  std::vector<EntrySpec> entries;
  /// By chip.
  std::map<std::string, TargetSpec> targets;
  /// By path, relative to the artifact's folder; all files but manifest.json.
  std::map<std::string, FileSpec> files;

  const EntrySpec *findEntry(const std::string &name) const;
  /// The names of all entries, and of all targets, for messages.
  std::string entryNames() const;
  std::string targetNames() const;
};

/// Parses and validates a manifest; `path` is used in messages only. Keys that
/// version 1 does not know are ignored.
Result<Manifest> parseManifest(std::string_view text, const std::string &path);

/// Reads and parses a manifest.
Result<Manifest> readManifest(const std::string &path);

/// The JSON text of a manifest, ending in a newline.
std::string printManifest(const Manifest &manifest);

} // namespace hinm::runtime

#endif // HINM_RUNTIME_MANIFEST_H

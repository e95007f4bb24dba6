//===- Artifact.h - a compiled program in a folder --------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// An artifact holds native code: loading one is as much trust in its maker as
// loading a shared library. docs/artifact.md describes the folder.
//
//===----------------------------------------------------------------------===//

#ifndef HINM_RUNTIME_ARTIFACT_H
#define HINM_RUNTIME_ARTIFACT_H

#include "hinm/Runtime/Context.h"
#include "hinm/Runtime/Manifest.h"
#include "hinm/Runtime/SafeTensors.h"

#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace hinm::runtime {

/// A target's model.so, loaded; unloaded on destruction.
class Library {
public:
  /// Loads the library at `path`, whose digest is `digest`, inside `scope`.
  static Result<std::shared_ptr<Library>> open(const std::string &path,
                                               const std::string &digest,
                                               const LoaderScope &scope);
  ~Library();
  Library(const Library &) = delete;
  Library &operator=(const Library &) = delete;

  /// A function of the entry ABI (one `void **`), or a failure that names it.
  using Function = void (*)(void **);
  Result<Function> function(const std::string &name) const;
  /// The address of a variable, null if there is none of that name.
  void *data(const std::string &name) const;

private:
  Library() = default;
  std::string path;
  void *handle = nullptr;
  /// Kept open where the library had to be loaded through it.
  int descriptor = -1;
};

/// A target's arrays on one device, each uploaded when it is first asked for
/// and freed on destruction. Thread-safe.
class DeviceWeights {
public:
  static Result<std::shared_ptr<DeviceWeights>>
  open(const std::string &path, std::shared_ptr<Context> context);
  ~DeviceWeights();
  DeviceWeights(const DeviceWeights &) = delete;
  DeviceWeights &operator=(const DeviceWeights &) = delete;

  /// The array with that name; `data` is an address on the device.
  Result<TensorView> get(const std::string &name);

private:
  DeviceWeights(SafeTensors file, std::shared_ptr<Context> context)
      : file(std::move(file)), context(std::move(context)) {}
  SafeTensors file;
  std::shared_ptr<Context> context;
  std::mutex mutex;
  std::map<std::string, void *> uploaded;
};

/// An artifact whose manifest was read and whose files were all checked.
/// Thread-safe.
class Artifact {
public:
  /// Reads `folder`/manifest.json and checks that every file is there, has its
  /// size and its SHA-256. The failure names the first file that is not so,
  /// what was found and what was expected.
  static Result<std::shared_ptr<Artifact>> load(const std::string &folder);

  const Manifest &manifest() const { return manifest_; }
  const std::string &folder() const { return folder_; }

  /// The target's library; loaded once for all sessions that use it.
  Result<std::shared_ptr<Library>> library(const TargetChoice &choice);
  /// The target's weights on a device; uploaded once for all sessions there.
  Result<std::shared_ptr<DeviceWeights>>
  weights(const TargetSpec &target, std::shared_ptr<Context> context);

private:
  std::string pathOf(const std::string &file) const {
    return folder_ + "/" + file;
  }
  Status verify() const;

  std::string folder_;
  Manifest manifest_;
  std::mutex mutex;
  std::map<std::string, std::weak_ptr<Library>> libraries;
  std::map<std::pair<std::string, Context *>, std::weak_ptr<DeviceWeights>>
      loadedWeights;
};

} // namespace hinm::runtime

#endif // HINM_RUNTIME_ARTIFACT_H

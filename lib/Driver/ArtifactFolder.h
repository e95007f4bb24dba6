//===- ArtifactFolder.h - a folder that appears whole or not at all --*- C++
//-*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HINM_LIB_DRIVER_ARTIFACTFOLDER_H
#define HINM_LIB_DRIVER_ARTIFACTFOLDER_H

#include "hinm/Runtime/Manifest.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <string>

namespace mlir::hinm {

/// An artifact while it is written: a folder beside its place, which takes that
/// place at the end, or is removed.
class ArtifactFolder {
public:
  /// Fails if `place` is something else than an artifact or an empty folder, or
  /// if nothing can be written beside it.
  static llvm::Expected<ArtifactFolder> create(llvm::StringRef place);

  ArtifactFolder(ArtifactFolder &&other);
  ArtifactFolder(const ArtifactFolder &) = delete;
  ~ArtifactFolder();

  /// The path at which to write `name`, such as `sm_80/kernels.ptx`, whose
  /// folder is made.
  llvm::Expected<std::string> getPath(llvm::StringRef name);
  llvm::Error write(llvm::StringRef name, llvm::StringRef text);

  /// Adds sizes and hashes of all files to `manifest`, writes it and puts the
  /// folder in its place.
  llvm::Error commit(::hinm::runtime::Manifest manifest);

private:
  std::error_code putInPlace();

  ArtifactFolder(std::string place, std::string folder)
      : place(std::move(place)), folder(std::move(folder)) {}

  std::string place;
  /// Empty once committed or moved from.
  std::string folder;
};

} // namespace mlir::hinm

#endif // HINM_LIB_DRIVER_ARTIFACTFOLDER_H

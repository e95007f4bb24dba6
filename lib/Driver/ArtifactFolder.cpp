//===- ArtifactFolder.cpp - a folder that appears whole or not at all --*- C++
//-*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ArtifactFolder.h"
#include "Interrupts.h"

#include "hinm/Runtime/FileIO.h"
#include "hinm/Runtime/Sha256.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>

using namespace llvm;
using namespace mlir::hinm;
namespace runtime = ::hinm::runtime;

static constexpr StringLiteral manifestName = "manifest.json";

/// An existing `place` may be replaced only if it is an artifact or empty.
static Error checkPlace(StringRef place) {
  if (!sys::fs::exists(place))
    return Error::success();
  if (!sys::fs::is_directory(place))
    return createStringError(
        "output '" + place +
        "' exists and is no folder, expected a new name or "
        "an artifact's folder");
  SmallString<128> manifest(place);
  sys::path::append(manifest, manifestName);
  if (sys::fs::exists(manifest))
    return Error::success();
  std::error_code error;
  sys::fs::directory_iterator first(place, error), end;
  if (!error && first == end)
    return Error::success();
  return createStringError(
      "output folder '" + place +
      "' is neither empty nor an artifact; it is left as it "
      "is");
}

Expected<ArtifactFolder> ArtifactFolder::create(StringRef place) {
  while (place.size() > 1 && sys::path::is_separator(place.back()))
    place = place.drop_back();
  if (Error error = checkPlace(place))
    return error;
  SmallString<128> folder;
  sys::fs::createUniquePath(place + ".tmp-%%%%%%%%", folder,
                            /*MakeAbsolute=*/false);
  if (std::error_code error = sys::fs::create_directory(folder))
    return createStringError("cannot write beside output '" + place +
                             "': " + error.message());
  rememberTemporaryFolder(folder.str().str());
  return ArtifactFolder(place.str(), folder.str().str());
}

ArtifactFolder::ArtifactFolder(ArtifactFolder &&other)
    : place(std::move(other.place)), folder(std::move(other.folder)) {
  other.folder.clear();
}

ArtifactFolder::~ArtifactFolder() {
  if (folder.empty())
    return;
  sys::fs::remove_directories(folder);
  forgetTemporaryFolder(folder);
}

Expected<std::string> ArtifactFolder::getPath(StringRef name) {
  SmallString<128> path(folder);
  sys::path::append(path, name);
  StringRef parent = sys::path::parent_path(path);
  if (std::error_code error = sys::fs::create_directories(parent))
    return createStringError("cannot make folder '" + parent +
                             "': " + error.message());
  return path.str().str();
}

Error ArtifactFolder::write(StringRef name, StringRef text) {
  Expected<std::string> path = getPath(name);
  if (!path)
    return path.takeError();
  runtime::Status status =
      runtime::writeFileAtomically(*path, {{text.data(), text.size()}});
  if (status.failed())
    return createStringError(status.message());
  return Error::success();
}

Error ArtifactFolder::commit(runtime::Manifest manifest) {
  std::error_code error;
  for (sys::fs::recursive_directory_iterator file(folder, error), end;
       file != end && !error; file.increment(error)) {
    if (!sys::fs::is_regular_file(file->path()))
      continue;
    StringRef name = StringRef(file->path()).drop_front(folder.size() + 1);
    uint64_t size;
    if ((error = sys::fs::file_size(file->path(), size)))
      break;
    runtime::Result<std::string> hash = runtime::sha256File(file->path());
    if (hash.failed())
      return createStringError(hash.message());
    manifest.files[name.str()] = {int64_t(size), *hash};
  }
  if (error)
    return createStringError("cannot read back '" + folder +
                             "': " + error.message());
  if (Error failed = write(manifestName, runtime::printManifest(manifest)))
    return failed;
  if (std::error_code failed = putInPlace())
    return createStringError("cannot write '" + place +
                             "': " + failed.message());
  return Error::success();
}

std::error_code ArtifactFolder::putInPlace() {
  // The place holds the old artifact or the new one at any time, also where
  // several processes write it: a folder that stands there changes places with
  // ours, and is removed under its name.
  for (int attempt = 0; attempt < 100; ++attempt) {
    if (renameat2(AT_FDCWD, folder.c_str(), AT_FDCWD, place.c_str(),
                  RENAME_NOREPLACE) == 0) {
      forgetTemporaryFolder(folder);
      folder.clear();
      return {};
    }
    if (errno != EEXIST)
      break;
    if (renameat2(AT_FDCWD, folder.c_str(), AT_FDCWD, place.c_str(),
                  RENAME_EXCHANGE) == 0)
      return {};
    if (errno != ENOENT)
      break;
  }
  // A file system without either: the old one makes room first.
  if (errno != EINVAL && errno != ENOSYS)
    return std::error_code(errno, std::generic_category());
  SmallString<128> old;
  if (sys::fs::exists(place)) {
    sys::fs::createUniquePath(place + ".old-%%%%%%%%", old, false);
    if (std::error_code error = sys::fs::rename(place, old))
      return error;
  }
  if (std::error_code error = sys::fs::rename(folder, place)) {
    if (!old.empty())
      (void)sys::fs::rename(old, place);
    return error;
  }
  forgetTemporaryFolder(folder);
  folder.clear();
  if (!old.empty())
    sys::fs::remove_directories(old);
  return {};
}

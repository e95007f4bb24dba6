//===- ArtifactFolder.cpp - a folder that appears whole or not at all --*- C++
//-*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ArtifactFolder.h"

#include "hinm/Runtime/FileIO.h"
#include "hinm/Runtime/Sha256.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

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
  return ArtifactFolder(place.str(), folder.str().str());
}

ArtifactFolder::ArtifactFolder(ArtifactFolder &&other)
    : place(std::move(other.place)), folder(std::move(other.folder)) {
  other.folder.clear();
}

ArtifactFolder::~ArtifactFolder() {
  if (!folder.empty())
    sys::fs::remove_directories(folder);
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
  // An artifact that stood there makes room; it is gone only once the new one
  // is in place.
  SmallString<128> old;
  if (sys::fs::exists(place)) {
    sys::fs::createUniquePath(place + ".old-%%%%%%%%", old, false);
    if ((error = sys::fs::rename(place, old)))
      return createStringError("cannot replace '" + place +
                               "': " + error.message());
  }
  if ((error = sys::fs::rename(folder, place))) {
    if (!old.empty())
      (void)sys::fs::rename(old, place);
    return createStringError("cannot write '" + place +
                             "': " + error.message());
  }
  folder.clear();
  if (!old.empty())
    sys::fs::remove_directories(old);
  return Error::success();
}

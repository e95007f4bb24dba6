//===- Artifact.cpp - a compiled program in a folder ------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hinm/Runtime/Artifact.h"

#include "hinm/Runtime/Sha256.h"

#include <cstring>
#include <sys/stat.h>

using namespace hinm::runtime;

//===----------------------------------------------------------------------===//
// DeviceWeights
//===----------------------------------------------------------------------===//

Result<std::shared_ptr<DeviceWeights>>
DeviceWeights::open(const std::string &path, std::shared_ptr<Context> context) {
  Result<SafeTensors> file = SafeTensors::open(path);
  if (file.failed())
    return file.status();
  return std::shared_ptr<DeviceWeights>(
      new DeviceWeights(file.take(), std::move(context)));
}

DeviceWeights::~DeviceWeights() {
  for (auto &[name, address] : uploaded)
    (void)context->device().free(address);
}

Result<TensorView> DeviceWeights::get(const std::string &name) {
  const TensorView *found = file.find(name);
  if (!found)
    return failure("'", file.path(), "' has no array '", name, "'");
  TensorView view = *found;
  Device &device = context->device();
  // Host code reads the mapped file itself, where its alignment permits.
  auto address = reinterpret_cast<uintptr_t>(view.data);
  if (device.isHost() && address % byteSize(view.type) == 0)
    return view;
  std::lock_guard<std::mutex> lock(mutex);
  auto place = uploaded.find(name);
  if (place == uploaded.end()) {
    Result<void *> memory = device.allocate(view.bytes, false, name);
    if (memory.failed())
      return memory.status();
    place = uploaded.emplace(name, *memory).first;
    Status status = device.copy(*memory, view.data, view.bytes, nullptr);
    if (status.succeeded())
      status = device.synchronize(nullptr);
    if (status.failed()) {
      (void)device.free(*memory);
      uploaded.erase(place);
      return status;
    }
  }
  view.data = static_cast<const std::byte *>(place->second);
  return view;
}

//===----------------------------------------------------------------------===//
// Artifact
//===----------------------------------------------------------------------===//

Result<std::shared_ptr<Artifact>> Artifact::load(const std::string &folder) {
  std::string root = folder;
  while (root.size() > 1 && root.back() == '/')
    root.pop_back();
  struct stat info;
  if (stat(root.c_str(), &info) != 0)
    return failure("cannot open artifact '", folder,
                   "': ", std::strerror(errno));
  if (!S_ISDIR(info.st_mode))
    return failure("'", folder,
                   "' is not an artifact: expected a folder with "
                   "a manifest.json");
  Result<Manifest> manifest = readManifest(root + "/manifest.json");
  if (manifest.failed())
    return failure("'", folder, "' is not an artifact: ", manifest.message());
  auto artifact = std::make_shared<Artifact>();
  artifact->folder_ = root;
  artifact->manifest_ = manifest.take();
  Status status = artifact->verify();
  if (status.failed())
    return status;
  return artifact;
}

Status Artifact::verify() const {
  // Sizes come first: they cost nothing.
  for (const auto &[name, file] : manifest_.files) {
    struct stat info;
    if (stat(pathOf(name).c_str(), &info) != 0 || !S_ISREG(info.st_mode))
      return failure("'", pathOf(name), "' is missing, expected a file of ",
                     file.bytes, " bytes");
    if (info.st_size != file.bytes)
      return failure("'", pathOf(name), "' was altered: it has ",
                     static_cast<int64_t>(info.st_size), " bytes, expected ",
                     file.bytes);
  }
  for (const auto &[name, file] : manifest_.files) {
    Result<std::string> digest = sha256File(pathOf(name));
    if (digest.failed())
      return digest.status();
    if (*digest != file.sha256)
      return failure("'", pathOf(name), "' was altered: its SHA-256 is ",
                     *digest, ", expected ", file.sha256);
  }
  return Status::success();
}

Result<std::shared_ptr<Library>> Artifact::library(const TargetChoice &choice) {
  const TargetSpec &target = *choice.target;
  std::lock_guard<std::mutex> lock(mutex);
  std::weak_ptr<Library> &known = libraries[target.chip];
  if (std::shared_ptr<Library> library = known.lock())
    return library;
  std::string cubin;
  if (!target.cubin.empty()) {
    Result<MappedFile> file = MappedFile::open(pathOf(target.cubin));
    if (file.failed())
      return file.status();
    cubin = file->text();
  }
  LoaderScope scope(pathOf(target.ptx.empty() ? target.library : target.ptx),
                    std::move(cubin), parseChip(target.chip));
  Result<std::shared_ptr<Library>> library = Library::open(
      pathOf(target.library), manifest_.files.at(target.library).sha256, scope);
  if (library.succeeded())
    known = *library;
  return library;
}

Result<std::shared_ptr<DeviceWeights>>
Artifact::weights(const TargetSpec &target, std::shared_ptr<Context> context) {
  std::lock_guard<std::mutex> lock(mutex);
  auto &known = loadedWeights[{target.chip, context.get()}];
  if (std::shared_ptr<DeviceWeights> weights = known.lock())
    return weights;
  Result<std::shared_ptr<DeviceWeights>> weights =
      DeviceWeights::open(pathOf(target.weights), std::move(context));
  if (weights.succeeded())
    known = *weights;
  return weights;
}

//===- Library.cpp - loading a target's host code ---------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hinm/Runtime/Artifact.h"
#include "hinm/Runtime/Mgpu.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <unistd.h>

using namespace hinm::runtime;

namespace {
/// The libraries that are loaded, with their digests. The dynamic linker knows
/// a library by its path, and would give the old one for a file that was
/// replaced while the old one is in use.
struct Loaded {
  struct Entry {
    std::string digest;
    unsigned users = 0;
  };
  std::mutex mutex;
  std::map<void *, Entry> entries;

  static Loaded &get() {
    static Loaded &loaded = *new Loaded;
    return loaded;
  }
};

/// Makes this library's own functions visible to the libraries that it loads,
/// however it was loaded itself.
void exportOwnFunctions() {
  static const bool done = [] {
    Dl_info info;
    return dladdr(reinterpret_cast<void *>(&mgpuStreamCreate), &info) != 0 &&
           dlopen(info.dli_fname, RTLD_NOW | RTLD_NOLOAD | RTLD_GLOBAL);
  }();
  (void)done;
}
} // namespace

Result<std::shared_ptr<Library>> Library::open(const std::string &path,
                                               const std::string &digest,
                                               const LoaderScope &) {
  exportOwnFunctions();
  std::shared_ptr<Library> library(new Library);
  library->path = path;
  Loaded &loaded = Loaded::get();
  std::lock_guard<std::mutex> lock(loaded.mutex);
  // Loads the file by that name; false when the linker gave an earlier version.
  auto open = [&](const std::string &name) -> Result<bool> {
    library->handle = dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!library->handle)
      return failure("cannot load '", path, "': ", dlerror());
    auto found = loaded.entries.find(library->handle);
    if (found == loaded.entries.end() || found->second.digest == digest)
      return true;
    dlclose(std::exchange(library->handle, nullptr));
    return false;
  };
  // A path without a slash would be searched for in the system's folders.
  Result<bool> current =
      open(path.find('/') == std::string::npos ? "./" + path : path);
  if (current.succeeded() && !*current) {
    // A descriptor is a name that no loaded library has.
    library->descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (library->descriptor >= 0)
      current = open(concat("/proc/self/fd/", library->descriptor));
  }
  if (current.failed())
    return current.status();
  if (!*current)
    return failure("cannot load '", path,
                   "': this process still uses an "
                   "earlier version that was overwritten in place");
  Loaded::Entry &entry = loaded.entries[library->handle];
  entry.digest = digest;
  ++entry.users;
  return library;
}

Library::~Library() {
  if (handle) {
    Loaded &loaded = Loaded::get();
    std::lock_guard<std::mutex> lock(loaded.mutex);
    auto found = loaded.entries.find(handle);
    if (--found->second.users == 0)
      loaded.entries.erase(found);
    dlclose(handle);
  }
  if (descriptor >= 0)
    close(descriptor);
}

void *Library::data(const std::string &name) const {
  return dlsym(handle, name.c_str());
}

Result<Library::Function> Library::function(const std::string &name) const {
  auto function = reinterpret_cast<Function>(dlsym(handle, name.c_str()));
  if (!function)
    return failure("'", path, "' has no function '", name, "'");
  return function;
}

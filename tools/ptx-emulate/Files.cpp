//===- Files.cpp - files read whole and written together --------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Files.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

using namespace ptx_emulate;
using namespace hinm::emulator;

static Status failure(const char *what, const std::string &path) {
  return Status::failure("cannot " + std::string(what) + " '" + path +
                         "': " + std::strerror(errno));
}

Result<std::string> ptx_emulate::readFile(const std::string &path) {
  std::FILE *file = std::fopen(path.c_str(), "rb");
  if (!file)
    return failure("open", path);
  std::string contents;
  char buffer[1 << 16];
  size_t count;
  errno = 0;
  while ((count = std::fread(buffer, 1, sizeof buffer, file)) > 0)
    contents.append(buffer, count);
  bool failed = std::ferror(file);
  int error = errno;
  std::fclose(file);
  errno = error;
  if (failed)
    return failure("read", path);
  return contents;
}

OutputFiles::~OutputFiles() {
  for (const auto &[beside, place] : files)
    std::remove(beside.c_str());
}

Status OutputFiles::add(const std::string &path, const std::string &contents) {
  // A device or a pipe cannot be replaced by a file.
  std::error_code ignored;
  std::string beside = path;
  auto status = std::filesystem::status(path, ignored);
  if (!std::filesystem::exists(status) ||
      std::filesystem::is_regular_file(status)) {
    beside += ".incomplete";
    files.push_back({beside, path});
  }
  std::FILE *file = std::fopen(beside.c_str(), "wb");
  if (!file)
    return failure("write", path);
  bool good =
      std::fwrite(contents.data(), 1, contents.size(), file) == contents.size();
  good &= std::fclose(file) == 0;
  return good ? Status::success() : failure("write", path);
}

Status OutputFiles::commit() {
  while (!files.empty()) {
    const auto &[beside, place] = files.back();
    if (std::rename(beside.c_str(), place.c_str()) != 0)
      return failure("write", place);
    files.pop_back();
  }
  return Status::success();
}

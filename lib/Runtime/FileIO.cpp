//===- FileIO.cpp - mapping files, and writing them atomically --*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hinm/Runtime/FileIO.h"

#include <cstdlib>
#include <climits>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace hinm::runtime;

MappedFile::MappedFile(MappedFile &&other) noexcept
    : data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)) {}

MappedFile &MappedFile::operator=(MappedFile &&other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

MappedFile::~MappedFile() {
  if (data_)
    munmap(const_cast<std::byte *>(data_), size_);
}

Result<MappedFile> MappedFile::open(const std::string &path) {
  int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0)
    return failure("cannot open '", path, "': ", std::strerror(errno));
  struct stat info;
  if (fstat(descriptor, &info) != 0 || !S_ISREG(info.st_mode)) {
    close(descriptor);
    return failure("cannot read '", path, "': it is not a regular file");
  }
  MappedFile file;
  file.size_ = static_cast<size_t>(info.st_size);
  if (file.size_ != 0) {
    void *data =
        mmap(nullptr, file.size_, PROT_READ, MAP_PRIVATE, descriptor, 0);
    if (data == MAP_FAILED) {
      int reason = errno;
      close(descriptor);
      return failure("cannot map '", path, "': ", std::strerror(reason));
    }
    file.data_ = static_cast<const std::byte *>(data);
  }
  close(descriptor);
  return file;
}

static Status writeAll(int descriptor, const std::string &path,
                       const std::vector<ByteSpan> &spans) {
  for (const ByteSpan &span : spans) {
    const char *data = static_cast<const char *>(span.data);
    size_t left = span.size;
    while (left != 0) {
      ssize_t written = write(descriptor, data, left);
      if (written < 0 && errno == EINTR)
        continue;
      if (written < 0)
        return failure("cannot write '", path, "': ", std::strerror(errno));
      data += written;
      left -= static_cast<size_t>(written);
    }
  }
  return Status::success();
}

/// A device, a pipe: what is there is written to, not replaced.
static Status writeInPlace(const std::string &path,
                           const std::vector<ByteSpan> &spans) {
  int descriptor = open(path.c_str(), O_WRONLY | O_CLOEXEC);
  if (descriptor < 0)
    return failure("cannot write '", path, "': ", std::strerror(errno));
  Status status = writeAll(descriptor, path, spans);
  if (close(descriptor) != 0 && status.succeeded())
    status = failure("cannot write '", path, "': ", std::strerror(errno));
  return status;
}

Status hinm::runtime::writeFileAtomically(const std::string &name,
                                          const std::vector<ByteSpan> &spans) {
  struct stat present;
  std::string path = name;
  if (stat(name.c_str(), &present) == 0) {
    if (!S_ISREG(present.st_mode) && !S_ISDIR(present.st_mode))
      return writeInPlace(name, spans);
    // A link stays one; its file is replaced.
    char resolved[PATH_MAX];
    if (S_ISREG(present.st_mode) && realpath(name.c_str(), resolved))
      path = resolved;
  }
  // A name that no other process and no other thread of this one uses.
  static std::atomic<unsigned> counter{0};
  std::string temporary =
      concat(path, ".", getpid(), ".", counter.fetch_add(1), ".tmp");
  int descriptor =
      open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (descriptor < 0)
    return failure("cannot write '", path, "': ", std::strerror(errno));
  Status status = writeAll(descriptor, path, spans);
  if (close(descriptor) != 0 && status.succeeded())
    status = failure("cannot write '", path, "': ", std::strerror(errno));
  if (status.succeeded() && rename(temporary.c_str(), path.c_str()) != 0)
    status = failure("cannot write '", path, "': ", std::strerror(errno));
  if (status.failed())
    unlink(temporary.c_str());
  return status;
}

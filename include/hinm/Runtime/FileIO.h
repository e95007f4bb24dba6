//===- FileIO.h - mapping files, and writing them atomically ----*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HINM_RUNTIME_FILEIO_H
#define HINM_RUNTIME_FILEIO_H

#include "hinm/Runtime/Error.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace hinm::runtime {

/// A file mapped read-only into memory; unmapped on destruction. Movable.
class MappedFile {
public:
  MappedFile() = default;
  MappedFile(MappedFile &&other) noexcept;
  MappedFile &operator=(MappedFile &&other) noexcept;
  MappedFile(const MappedFile &) = delete;
  MappedFile &operator=(const MappedFile &) = delete;
  ~MappedFile();

  /// Maps a regular file. The failure names the file and says why.
  static Result<MappedFile> open(const std::string &path);

  const std::byte *data() const { return data_; }
  size_t size() const { return size_; }
  std::string_view text() const {
    return {reinterpret_cast<const char *>(data_), size_};
  }

private:
  const std::byte *data_ = nullptr;
  size_t size_ = 0;
};

/// One run of bytes to be written.
struct ByteSpan {
  const void *data;
  size_t size;
};

/// Writes the spans, one after the other, to a new file beside `path`, then
/// renames it to `path`: a reader sees the old file or the whole new one. On
/// failure nothing is left behind.
Status writeFileAtomically(const std::string &path,
                           const std::vector<ByteSpan> &spans);

} // namespace hinm::runtime

#endif // HINM_RUNTIME_FILEIO_H

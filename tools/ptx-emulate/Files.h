//===- Files.h - files read whole and written together ----------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HINM_TOOLS_PTX_EMULATE_FILES_H
#define HINM_TOOLS_PTX_EMULATE_FILES_H

#include "hinm/Emulator/Result.h"

#include <string>
#include <utility>
#include <vector>

namespace ptx_emulate {

hinm::emulator::Result<std::string> readFile(const std::string &path);

/// Files that appear all together or, after a failure, not at all: they are
/// written beside their places and renamed at the end.
class OutputFiles {
public:
  OutputFiles() = default;
  OutputFiles(const OutputFiles &) = delete;
  OutputFiles &operator=(const OutputFiles &) = delete;
  /// Removes what was not committed.
  ~OutputFiles();
  hinm::emulator::Status add(const std::string &path,
                             const std::string &contents);
  hinm::emulator::Status commit();

private:
  std::vector<std::pair<std::string, std::string>> files; // beside, place
};

} // namespace ptx_emulate

#endif // HINM_TOOLS_PTX_EMULATE_FILES_H

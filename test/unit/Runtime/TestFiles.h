//===- TestFiles.h - files of a test, and what their messages hold -*- C++
//-*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HINM_UNITTEST_RUNTIME_TESTFILES_H
#define HINM_UNITTEST_RUNTIME_TESTFILES_H

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <string>
#include <unistd.h>

namespace hinm::test {

/// A folder that is removed with its contents.
class TempFolder {
public:
  TempFolder() {
    std::string name =
        (std::filesystem::temp_directory_path() / "hinm-test-XXXXXX").string();
    path = mkdtemp(name.data());
  }
  ~TempFolder() { std::filesystem::remove_all(path); }
  TempFolder(const TempFolder &) = delete;
  TempFolder &operator=(const TempFolder &) = delete;

  std::string operator/(const std::string &name) const {
    return path + "/" + name;
  }
  size_t fileCount() const {
    return static_cast<size_t>(
        std::distance(std::filesystem::directory_iterator(path),
                      std::filesystem::directory_iterator()));
  }
  std::string path;
};

inline void writeText(const std::string &path, const std::string &text) {
  std::ofstream stream(path, std::ios::binary);
  stream.write(text.data(), static_cast<std::streamsize>(text.size()));
  ASSERT_TRUE(stream.good()) << path;
}

inline std::string readText(const std::string &path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

inline bool contains(const std::string &text, const std::string &part) {
  return text.find(part) != std::string::npos;
}

} // namespace hinm::test

/// The result failed, and its message holds all of these.
#define EXPECT_FAILS(result, ...)                                              \
  do {                                                                         \
    const auto &checked = (result);                                            \
    ASSERT_TRUE(checked.failed());                                             \
    for (const char *part : {__VA_ARGS__})                                     \
      EXPECT_TRUE(::hinm::test::contains(checked.message(), part))             \
          << "'" << part << "' is not in: " << checked.message();              \
  } while (false)

#define ASSERT_SUCCEEDS(result)                                                \
  do {                                                                         \
    const auto &checked = (result);                                            \
    ASSERT_TRUE(checked.succeeded()) << checked.message();                     \
  } while (false)

#endif // HINM_UNITTEST_RUNTIME_TESTFILES_H

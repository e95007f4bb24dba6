//===- Result.h - a value or one message ------------------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Nothing of the emulator throws. What can fail returns a Status, or a Result
// that holds either a value or one message for the user.
//
//===----------------------------------------------------------------------===//

#ifndef HINM_EMULATOR_RESULT_H
#define HINM_EMULATOR_RESULT_H

#include <cassert>
#include <optional>
#include <string>
#include <utility>

namespace hinm::emulator {

/// Success, or a failure with its message. True means success.
class [[nodiscard]] Status {
public:
  static Status success() { return Status(); }
  static Status failure(std::string message) {
    Status status;
    status.text = std::move(message);
    status.failed = true;
    return status;
  }

  bool ok() const { return !failed; }
  explicit operator bool() const { return ok(); }
  /// One diagnostic, possibly with further lines of detail; empty on success.
  const std::string &message() const { return text; }

private:
  std::string text;
  bool failed = false;
};

/// A value, or a failure with its message. True means that a value is there.
template <typename T>
class [[nodiscard]] Result {
public:
  Result(T value) : value(std::move(value)) {}
  Result(Status status) : status(std::move(status)) {
    assert(!this->status.ok() && "success needs a value");
  }
  static Result failure(std::string message) {
    return Result(Status::failure(std::move(message)));
  }

  bool ok() const { return value.has_value(); }
  explicit operator bool() const { return ok(); }
  const std::string &message() const { return status.message(); }
  T &operator*() { return *value; }
  const T &operator*() const { return *value; }
  T *operator->() { return &*value; }
  const T *operator->() const { return &*value; }

private:
  std::optional<T> value;
  Status status;
};

} // namespace hinm::emulator

#endif // HINM_EMULATOR_RESULT_H

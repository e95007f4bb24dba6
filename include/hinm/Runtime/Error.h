//===- Error.h - errors returned as values ----------------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The runtime reports user errors as values that carry one message: what was
// found, what was expected, and where. Nothing here throws.
//
//===----------------------------------------------------------------------===//

#ifndef HINM_RUNTIME_ERROR_H
#define HINM_RUNTIME_ERROR_H

#include <cassert>
#include <optional>
#include <sstream>
#include <string>
#include <utility>

namespace hinm::runtime {

/// Success, or one message.
class [[nodiscard]] Status {
public:
  static Status success() { return Status(); }
  static Status failure(std::string message) {
    Status status;
    status.message_ = std::move(message);
    return status;
  }

  bool failed() const { return message_.has_value(); }
  bool succeeded() const { return !failed(); }
  /// The message of a failure.
  const std::string &message() const {
    assert(failed() && "a success has no message");
    return *message_;
  }

private:
  std::optional<std::string> message_;
};

/// A value, or one message.
template <typename T>
class [[nodiscard]] Result {
public:
  Result(T value) : value_(std::move(value)) {}
  Result(Status failure) : status_(std::move(failure)) {
    assert(status_.failed() && "a result without a value needs a message");
  }

  bool failed() const { return status_.failed(); }
  bool succeeded() const { return !failed(); }
  const std::string &message() const { return status_.message(); }
  const Status &status() const { return status_; }

  T &operator*() {
    assert(succeeded() && "no value");
    return *value_;
  }
  const T &operator*() const {
    assert(succeeded() && "no value");
    return *value_;
  }
  T *operator->() { return &**this; }
  const T *operator->() const { return &**this; }
  /// Moves the value out.
  T take() { return std::move(**this); }

private:
  std::optional<T> value_;
  Status status_ = Status::success();
};

/// Writes its arguments one after the other into one string.
template <typename... Args>
std::string concat(const Args &...args) {
  std::ostringstream stream;
  (stream << ... << args);
  return stream.str();
}

/// A failure whose message is its arguments, one after the other.
template <typename... Args>
Status failure(const Args &...args) {
  return Status::failure(concat(args...));
}

} // namespace hinm::runtime

#endif // HINM_RUNTIME_ERROR_H

//===- Expected.h - a value, or what was wrong ------------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Wrong input is a value, never an exception or an abort: a function that can
// fail returns Expected<T>, one that yields nothing returns
// std::optional<Error> (empty: all is well).
//
//===----------------------------------------------------------------------===//

#ifndef HINM_FORMAT_EXPECTED_H
#define HINM_FORMAT_EXPECTED_H

#include <cassert>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace hinm::format {

/// What was wrong with the caller's input.
struct Error {
  /// One sentence without a full stop: what was found, what was expected.
  std::string message;
  /// The place in the ORIGINAL matrix, where it is about an element; else -1.
  int64_t row = -1;
  int64_t column = -1;
};

template <typename T>
class [[nodiscard]] Expected {
public:
  Expected(T value) : state(std::in_place_index<0>, std::move(value)) {}
  Expected(Error error) : state(std::in_place_index<1>, std::move(error)) {}

  explicit operator bool() const { return state.index() == 0; }
  T &operator*() {
    assert(*this && "the value of an error was asked for");
    return std::get<0>(state);
  }
  const T &operator*() const {
    assert(*this && "the value of an error was asked for");
    return std::get<0>(state);
  }
  T *operator->() { return &**this; }
  const T *operator->() const { return &**this; }

  const Error &error() const {
    assert(!*this && "the error of a value was asked for");
    return std::get<1>(state);
  }

private:
  std::variant<T, Error> state;
};

} // namespace hinm::format

#endif // HINM_FORMAT_EXPECTED_H

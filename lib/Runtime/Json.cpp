//===- Json.cpp - JSON text to values, without exceptions -------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Json.h"

#include <set>
#include <string>
#include <vector>

using namespace hinm::runtime;
using nlohmann::json;

Result<json> hinm::runtime::parseJson(std::string_view text) {
  // The keys of the objects that are open, outermost first.
  std::vector<std::set<std::string>> keys;
  std::string duplicate;
  auto watch = [&](int, json::parse_event_t event, json &value) {
    if (event == json::parse_event_t::object_start)
      keys.emplace_back();
    else if (event == json::parse_event_t::object_end)
      keys.pop_back();
    else if (event == json::parse_event_t::key &&
             !keys.back().insert(value.get<std::string>()).second &&
             duplicate.empty())
      duplicate = value.get<std::string>();
    return true;
  };
  try {
    json value = json::parse(text.begin(), text.end(), watch);
    if (!duplicate.empty())
      return failure("key '", duplicate, "' occurs twice in one object");
    return value;
  } catch (const json::exception &error) {
    // "[json.exception.parse_error.101] parse error at line 1, ...: why"
    std::string message = error.what();
    size_t end = message.find("] ");
    return failure(end == std::string::npos ? message
                                            : message.substr(end + 2));
  }
}

const char *hinm::runtime::describeKind(const json &value) {
  switch (value.type()) {
  case json::value_t::null:
    return "null";
  case json::value_t::object:
    return "an object";
  case json::value_t::array:
    return "an array";
  case json::value_t::string:
    return "a string";
  case json::value_t::boolean:
    return "a boolean";
  case json::value_t::number_unsigned:
  case json::value_t::number_integer:
    return "an integer";
  case json::value_t::number_float:
    return "a number";
  default:
    return "another value";
  }
}

std::optional<int64_t> hinm::runtime::asSize(const json &value) {
  if (!value.is_number_unsigned())
    return std::nullopt;
  uint64_t number = value.get<uint64_t>();
  if (number > static_cast<uint64_t>(INT64_MAX))
    return std::nullopt;
  return static_cast<int64_t>(number);
}

//===- Input.cpp - names of strategies, checks of the input ------*- C++
//-*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Input.h"

#include "hinm/Format/Canonical.h"

using namespace hinm;
using namespace hinm::permutation;

static constexpr std::pair<Strategy, const char *> strategies[] = {
    {Strategy::None, "none"},       {Strategy::Pca, "pca"},
    {Strategy::Columns, "columns"}, {Strategy::Gyro, "gyro"},
    {Strategy::Anneal, "anneal"},   {Strategy::Best, "best"},
};

const char *hinm::permutation::name(Strategy strategy) {
  for (auto [known, text] : strategies)
    if (known == strategy)
      return text;
  return "";
}

Expected<Strategy> hinm::permutation::parseStrategy(std::string_view text) {
  Error error;
  error.message = "unknown strategy '" + std::string(text) + "', expected";
  const char *separator = " ";
  for (auto [known, name] : strategies) {
    if (text == name)
      return known;
    error.message += separator + std::string(name);
    separator = ", ";
  }
  return error;
}

std::optional<Error> hinm::permutation::verifyInput(MatrixView weight,
                                                    const Pattern &pattern,
                                                    const Options &options,
                                                    MatrixView saliency) {
  if (auto error = format::verify(pattern, weight.rows, weight.columns))
    return error;
  Error error;
  if (options.misses < 1) {
    error.message =
        "misses is " + std::to_string(options.misses) + ", expected at least 1";
    return error;
  }
  if (options.timeBudget && !(*options.timeBudget >= 0)) {
    error.message = "time budget is " + std::to_string(*options.timeBudget) +
                    " seconds, expected at least 0";
    return error;
  }
  if (auto error = format::verifyRowOrder(options.startOrder, weight.rows,
                                          pattern.vector))
    return error;
  if (auto error = format::verifyFinite(weight, "weight"))
    return error;
  if (!saliency.data)
    return std::nullopt;
  if (saliency.rows != weight.rows || saliency.columns != weight.columns) {
    error.message = "saliency is " + std::to_string(saliency.rows) + "x" +
                    std::to_string(saliency.columns) + ", expected " +
                    std::to_string(weight.rows) + "x" +
                    std::to_string(weight.columns) + " as the weight";
    return error;
  }
  if (auto error = format::verifyFinite(saliency, "saliency"))
    return error;
  for (int64_t r = 0; r < saliency.rows; ++r)
    for (int64_t c = 0; c < saliency.columns; ++c)
      if (saliency.at(r, c) < 0) {
        error.message = "saliency is " + std::to_string(saliency.at(r, c)) +
                        " at row " + std::to_string(r) + " column " +
                        std::to_string(c) + ", expected at least 0";
        error.row = r;
        error.column = c;
        return error;
      }
  return std::nullopt;
}

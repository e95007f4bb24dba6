//===- Options.cpp - hinm-search's command line -----------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Options.h"

#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <map>
#include <set>

using namespace hinm;
using namespace hinm::tool;
using hinm::runtime::failure;
using hinm::runtime::Result;
using hinm::runtime::Status;

const char *const hinm::tool::helpText =
    R"(usage: hinm-search WEIGHT -o DIR [options]

Searches the row order and the packing order under which a hierarchical N:M
pattern keeps the most of a weight. WEIGHT is a .npy file with a matrix (output
channels x input channels), or FILE.safetensors:NAME.

options:
  -o DIR                 where the results go: row_order.npy, vector_index.npy,
                         mask.npy, report.json (made where it is missing)
  --saliency=FILE        matrix of the weight's shape in place of |w|
  --gram=FILE            sum of x x^T over calibration inputs: weights are
                         fitted to the mask by least squares (weight.npy), the
                         report has the output error; without --saliency rows
                         begin from OBS saliency, and rows, columns and entries
                         are chosen by the output error
  --cross=FILE           sum of y x^T over wanted outputs y (default: the
                         weight's own)
  --damping=D            share of the Gram matrix's mean diagonal that is added
                         to it (default 0.01)
  --vector=V             rows of a tile (default 64)
  --column-sparsity=S    share of column vectors that is dropped (default 0.5)
  --nm=N:M               2:4 (default), 1:2, 1:4, 2:8, 4:8
  --strategy=NAME        none, pca, columns, gyro, anneal (default), best
  --time-budget=SECONDS  return the best found by then, such as 10s or 0.5
  --seed=NUMBER          same seed, same result (default 0)
  --threads=NUMBER       default: one a processor
  --plot                 write quality over time as plot.svg too
  --help, --version      print this, or the version
)";

static bool parseNumber(const std::string &text, double &number) {
  char *end = nullptr;
  errno = 0;
  number = std::strtod(text.c_str(), &end);
  return !text.empty() && *end == '\0' && errno == 0 && std::isfinite(number);
}

static bool parseInteger(const std::string &text, int64_t most,
                         int64_t &number) {
  if (text.empty() || text.size() > 18 ||
      text.find_first_not_of("0123456789") != std::string::npos)
    return false;
  number = std::stoll(text);
  return number <= most;
}

namespace {
using Setter = std::function<Status(const std::string &)>;

/// What each option with a value does.
std::map<std::string, Setter> setters(Options &options) {
  auto expected = [](const char *name, const std::string &value,
                     const char *what) {
    return failure("option '", name, "' is '", value, "', expected ", what);
  };
  auto integer = [expected](const char *name, int64_t least, int64_t most,
                            auto store) -> Setter {
    return [=](const std::string &value) {
      int64_t number;
      if (!parseInteger(value, most, number) || number < least)
        return failure("option '", name, "' is '", value,
                       "', expected a number from ", least, " to ", most);
      store(number);
      return Status::success();
    };
  };
  auto text = [](std::string &target) -> Setter {
    return [&target](const std::string &value) {
      target = value;
      return Status::success();
    };
  };
  std::map<std::string, Setter> result;
  result["-o"] = text(options.directory);
  result["--saliency"] = text(options.saliency);
  result["--gram"] = text(options.gram);
  result["--cross"] = text(options.cross);
  result["--damping"] = [&, expected](const std::string &value) {
    if (!parseNumber(value, options.damping) || options.damping < 0)
      return expected("--damping", value, "a number, at least 0");
    return Status::success();
  };
  result["--vector"] =
      integer("--vector", 1, 1 << 20, [&](int64_t v) { options.vector = v; });
  result["--threads"] = integer("--threads", 1, 1024, [&](int64_t v) {
    options.search.threads = static_cast<int>(v);
  });
  result["--seed"] = integer("--seed", 0, INT64_MAX, [&](int64_t v) {
    options.search.seed = static_cast<uint64_t>(v);
  });
  result["--column-sparsity"] = [&, expected](const std::string &value) {
    double &sparsity = options.columnSparsity;
    if (!parseNumber(value, sparsity) || !(sparsity >= 0 && sparsity < 1))
      return expected("--column-sparsity", value, "a number from 0 to below 1");
    return Status::success();
  };
  result["--nm"] = [&, expected](const std::string &value) {
    size_t colon = value.find(':');
    if (colon == std::string::npos ||
        !parseInteger(value.substr(0, colon), 8, options.n) ||
        !parseInteger(value.substr(colon + 1), 8, options.m))
      return expected("--nm", value, "N:M such as 2:4");
    return Status::success();
  };
  result["--strategy"] = [&](const std::string &value) {
    auto strategy = permutation::parseStrategy(value);
    if (!strategy)
      return Status::failure(strategy.error().message);
    options.search.strategy = *strategy;
    return Status::success();
  };
  result["--time-budget"] = [&, expected](const std::string &value) {
    std::string digits = value;
    if (!digits.empty() && digits.back() == 's')
      digits.pop_back();
    double seconds;
    if (!parseNumber(digits, seconds) || seconds < 0)
      return expected("--time-budget", value, "seconds, at least 0");
    options.search.timeBudget = seconds;
    return Status::success();
  };
  return result;
}
} // namespace

Result<Options>
hinm::tool::parseOptions(const std::vector<std::string> &arguments) {
  Options options;
  options.search.strategy = permutation::Strategy::Anneal;
  std::map<std::string, Setter> known = setters(options);
  const std::map<std::string, bool *> flags = {{"--help", &options.help},
                                               {"-h", &options.help},
                                               {"--version", &options.version},
                                               {"--plot", &options.plot}};
  std::set<std::string> seen;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string &argument = arguments[i];
    if (argument.size() < 2 || argument[0] != '-') {
      if (!options.weight.empty())
        return failure("one weight is expected, but '", options.weight,
                       "' and '", argument, "' were given");
      options.weight = argument;
      continue;
    }
    size_t equal = argument.find('=');
    std::string name = argument.substr(0, equal);
    auto flag = flags.find(name);
    auto setter = known.find(name);
    if (flag == flags.end() && setter == known.end())
      return failure("unknown option '", name, "', --help lists what there is");
    if (!seen.insert(name).second)
      return failure("option '", name, "' is given twice");
    if (flag != flags.end()) {
      if (equal != std::string::npos)
        return failure("option '", name, "' takes no value");
      *flag->second = true;
      continue;
    }
    std::string value;
    if (equal != std::string::npos)
      value = argument.substr(equal + 1);
    else if (i + 1 < arguments.size())
      value = arguments[++i];
    if (value.empty())
      return failure("option '", name, "' needs a value");
    Status status = setter->second(value);
    if (status.failed())
      return status;
  }
  // What --help points to must work by itself.
  if (options.help || options.version)
    return options;
  if (options.weight.empty())
    return failure("no weight is given, --help explains the command line");
  if (options.directory.empty())
    return failure("no output folder is given, expected -o DIR");
  if (options.gram.empty() && !options.cross.empty())
    return failure("option '--cross' is given without '--gram'");
  return options;
}

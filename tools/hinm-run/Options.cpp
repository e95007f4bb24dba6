//===- Options.cpp - hinm-run's command line --------------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Options.h"

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <set>

using namespace hinm::run;
using hinm::runtime::failure;
using hinm::runtime::Result;
using hinm::runtime::Status;

const char *const hinm::run::kHelp =
    R"(usage: hinm-run ARTIFACT [options]

Runs an entry of a compiled artifact on arrays in .npy files, which have the
order, shape and type of the model's own function. An artifact holds native
code: run only what you would run as a program.

options:
  --entry=NAME         the entry (default: the only one, or 'main')
  --input=FILE         an input, once for each, in order
  --output=FILE        where to write an output, once for each, in order
  --device=DEVICE      cpu, emulator, cuda or cuda:N (default: HINM_DEVICE, or a
                       GPU where there is one, or else the emulator)
  --chip=CHIP          the form to run, such as sm_80 (default: the best one)
  --check              compare the outputs with those of the CPU form
  --reference=FILE     compare an output with this array, once for each, in order
  --counters=FILE      write what each launched kernel executed, as JSON
                       (emulator)
  --repeat=N           call the entry N times and print the time of a call
  --threads=N          threads of the emulator (default: one a processor)
  --relaxed=A,B        checks of the emulator to leave out, such as races (see
                       ptx-emulate --help)
  --help, --version    print this, or the version

The status is 0 when the entry ran and every comparison passed, else 1.
)";

namespace {

/// One option: where its value goes.
struct Spec {
  const char *name;
  enum class Kind { Flag, Text, List, Number } kind;
  bool *flag = nullptr;
  std::string *text = nullptr;
  std::vector<std::string> *list = nullptr;
  unsigned *number = nullptr;
};

std::vector<Spec> specsOf(Options &options) {
  auto flag = [](const char *name, bool &target) {
    Spec spec{name, Spec::Kind::Flag};
    spec.flag = &target;
    return spec;
  };
  auto text = [](const char *name, std::string &target) {
    Spec spec{name, Spec::Kind::Text};
    spec.text = &target;
    return spec;
  };
  auto list = [](const char *name, std::vector<std::string> &target) {
    Spec spec{name, Spec::Kind::List};
    spec.list = &target;
    return spec;
  };
  auto number = [](const char *name, unsigned &target) {
    Spec spec{name, Spec::Kind::Number};
    spec.number = &target;
    return spec;
  };
  return {text("--entry", options.entry),
          list("--input", options.inputs),
          list("--output", options.outputs),
          text("--device", options.device),
          text("--chip", options.chip),
          flag("--check", options.check),
          list("--reference", options.references),
          text("--counters", options.counters),
          number("--repeat", options.repeat),
          number("--threads", options.threads),
          text("--relaxed", options.relaxed),
          flag("--help", options.help),
          flag("--version", options.version)};
}

/// The fewest insertions, deletions and replacements from `a` to `b`.
size_t editDistance(const std::string &a, const std::string &b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t(0));
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i + 1;
    for (size_t j = 0; j < b.size(); ++j) {
      size_t replaced = diagonal + (a[i] != b[j]);
      diagonal = row[j + 1];
      row[j + 1] = std::min({row[j] + 1, row[j + 1] + 1, replaced});
    }
  }
  return row.back();
}

Status unknownOption(const std::string &name, const std::vector<Spec> &specs) {
  const Spec *nearest = nullptr;
  size_t least = SIZE_MAX;
  // `-input` and `--input` differ only in their dashes.
  std::string wanted =
      "--" + name.substr(std::min(name.find_first_not_of('-'), name.size()));
  for (const Spec &spec : specs) {
    size_t distance = editDistance(wanted, spec.name);
    if (distance < least) {
      least = distance;
      nearest = &spec;
    }
  }
  if (nearest && least <= 3)
    return failure("unknown option '", name, "', did you mean '", nearest->name,
                   "'?");
  return failure("unknown option '", name, "', --help lists what there is");
}

Status assign(const Spec &spec, const std::string &value) {
  if (value.empty())
    return failure("option '", spec.name, "' has an empty value");
  switch (spec.kind) {
  case Spec::Kind::Flag:
    break;
  case Spec::Kind::Text:
    *spec.text = value;
    break;
  case Spec::Kind::List:
    spec.list->push_back(value);
    break;
  case Spec::Kind::Number:
    if (value.size() > 7 ||
        value.find_first_not_of("0123456789") != std::string::npos ||
        std::stoul(value) == 0)
      return failure("option '", spec.name, "' is '", value,
                     "', expected a number from 1 to 9999999");
    *spec.number = static_cast<unsigned>(std::stoul(value));
    break;
  }
  return Status::success();
}

} // namespace

Result<Options>
hinm::run::parseOptions(const std::vector<std::string> &arguments) {
  Options options;
  std::vector<Spec> specs = specsOf(options);
  std::set<std::string> seen;
  bool optionsEnded = false;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string &argument = arguments[i];
    if (optionsEnded || argument.size() < 2 || argument[0] != '-') {
      if (!options.artifact.empty())
        return failure("one artifact is expected, but '", options.artifact,
                       "' and '", argument, "' were given");
      if (argument.empty())
        return failure("the artifact's name is empty");
      options.artifact = argument;
      continue;
    }
    if (argument == "--") {
      optionsEnded = true;
      continue;
    }
    size_t equal = argument.find('=');
    std::string name = argument.substr(0, equal);
    if (name == "-h")
      name = "--help";
    auto spec = std::find_if(specs.begin(), specs.end(),
                             [&](const Spec &s) { return name == s.name; });
    if (spec == specs.end())
      return unknownOption(name, specs);
    if (spec->kind != Spec::Kind::List && !seen.insert(name).second)
      return failure("option '", name, "' is given twice");
    if (spec->kind == Spec::Kind::Flag) {
      if (equal != std::string::npos)
        return failure("option '", name, "' takes no value");
      *spec->flag = true;
      continue;
    }
    std::string value;
    if (equal != std::string::npos)
      value = argument.substr(equal + 1);
    else if (i + 1 < arguments.size() &&
             arguments[i + 1].compare(0, 2, "--") != 0)
      value = arguments[++i];
    else
      return failure("option '", name, "' needs a value");
    Status status = assign(*spec, value);
    if (status.failed())
      return status;
  }
  if (options.artifact.empty() && !options.help && !options.version)
    return failure("no artifact is given, --help explains the command line");
  return options;
}

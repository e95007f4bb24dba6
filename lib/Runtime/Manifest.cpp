//===- Manifest.cpp - what an artifact's manifest.json says -----*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hinm/Runtime/Manifest.h"

#include "Json.h"
#include "hinm/Runtime/FileIO.h"

#include <set>

using namespace hinm::runtime;
using nlohmann::json;

namespace {

/// A value of the manifest and the path to it, such as `entries[0].inputs`.
/// The first problem found is kept; later ones are dropped.
class Reader {
public:
  explicit Reader(std::string file) : file(std::move(file)) {}

  bool failed() const { return problem.failed(); }
  const Status &status() const { return problem; }

  template <typename... Args>
  void fail(const Args &...args) {
    if (!failed())
      problem = failure("'", file, "': ", args...);
  }

  /// The member of an object, or null after a failure.
  const json *member(const json &object, const std::string &where,
                     const char *key) {
    auto found = object.find(key);
    if (found == object.end()) {
      fail(where.empty() ? "the manifest" : where, " has no '", key, "'");
      return nullptr;
    }
    return &*found;
  }

  bool expectKind(const json &value, const std::string &where,
                  json::value_t kind, const char *expected) {
    if (value.type() == kind)
      return true;
    fail(where, " is ", describeKind(value), ", expected ", expected);
    return false;
  }
  bool object(const json &value, const std::string &where) {
    return expectKind(value, where, json::value_t::object, "an object");
  }
  bool array(const json &value, const std::string &where) {
    return expectKind(value, where, json::value_t::array, "an array");
  }

  /// A string member; empty after a failure, or when it is absent and
  /// optional.
  std::string string(const json &object, const std::string &where,
                     const char *key, bool optional = false) {
    if (optional && !object.contains(key))
      return {};
    const json *value = member(object, where, key);
    if (!value || !expectKind(*value, concat(where, ".", key),
                              json::value_t::string, "a string"))
      return {};
    return value->get<std::string>();
  }

  int64_t size(const json &object, const std::string &where, const char *key) {
    const json *value = member(object, where, key);
    if (!value)
      return 0;
    std::optional<int64_t> number = asSize(*value);
    if (!number)
      fail(where, ".", key, " is ", value->dump(-1, ' ', true),
           ", expected a non-negative integer");
    return number.value_or(0);
  }

private:
  std::string file;
  Status problem = Status::success();
};

/// A path that stays inside the artifact's folder.
bool isInside(const std::string &path) {
  if (path.empty() || path[0] == '/' || path.find('\0') != std::string::npos)
    return false;
  for (size_t begin = 0; begin <= path.size();) {
    size_t end = std::min(path.find('/', begin), path.size());
    std::string part = path.substr(begin, end - begin);
    if (part.empty() || part == "." || part == "..")
      return false;
    begin = end + 1;
  }
  return true;
}

/// A name that can be part of a C symbol.
bool isIdentifier(const std::string &name) {
  for (char c : name)
    if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') &&
        !(c >= '0' && c <= '9') && c != '_')
      return false;
  return !name.empty();
}

TensorSpec readTensor(Reader &reader, const json &value,
                      const std::string &where) {
  TensorSpec spec;
  if (!reader.object(value, where))
    return spec;
  const json *shape = reader.member(value, where, "shape");
  if (!shape || !reader.array(*shape, where + ".shape"))
    return spec;
  for (const json &size : *shape) {
    std::optional<int64_t> number = asSize(size);
    if (!number && size != "?")
      reader.fail(where, ".shape holds ", size.dump(-1, ' ', true),
                  ", expected a non-negative integer or \"?\"");
    spec.shape.push_back(number.value_or(kDynamic));
  }
  std::string type = reader.string(value, where, "type");
  std::optional<ElementType> known = parseElementType(type);
  if (!known || *known == ElementType::U8)
    reader.fail(where, ".type is '", type,
                "', expected f16, bf16, f32, f64, i1, i8, i16, i32 or i64");
  else
    spec.type = *known;
  return spec;
}

EntrySpec readEntry(Reader &reader, const json &value,
                    const std::string &where) {
  EntrySpec entry;
  if (!reader.object(value, where))
    return entry;
  entry.name = reader.string(value, where, "name");
  if (!isIdentifier(entry.name))
    reader.fail(where, ".name is '", entry.name,
                "', expected letters, digits and '_'");
  for (bool isInput : {true, false}) {
    const char *key = isInput ? "inputs" : "outputs";
    const json *list = reader.member(value, where, key);
    if (!list || !reader.array(*list, concat(where, ".", key)))
      return entry;
    auto &specs = isInput ? entry.inputs : entry.outputs;
    for (size_t i = 0; i < list->size(); ++i)
      specs.push_back(
          readTensor(reader, (*list)[i], concat(where, ".", key, "[", i, "]")));
  }
  entry.reduction = reader.size(value, where, "reduction");
  std::string operands = reader.string(value, where, "operands", true);
  if (!operands.empty() && operands != "f16" && operands != "bf16")
    reader.fail(where, ".operands is '", operands,
                "', expected 'f16' or 'bf16'");
  entry.operands = operands == "bf16" ? ElementType::BF16 : ElementType::F16;
  return entry;
}

/// Lists of strings by entry, where the key is there at all.
void readOverflowSites(Reader &reader, const Manifest &manifest,
                       const json &value, std::string where,
                       TargetSpec &target) {
  if (!value.contains("overflow_sites"))
    return;
  const json &sites = value["overflow_sites"];
  where += ".overflow_sites";
  if (!reader.object(sites, where))
    return;
  for (const EntrySpec &entry : manifest.entries) {
    if (!sites.contains(entry.name))
      continue;
    const json &names = sites[entry.name];
    if (!reader.array(names, concat(where, ".", entry.name)))
      return;
    for (const json &name : names)
      if (reader.expectKind(name, concat(where, ".", entry.name, "[]"),
                            json::value_t::string, "a string"))
        target.overflowSites[entry.name].push_back(name.get<std::string>());
  }
}

TargetSpec readTarget(Reader &reader, const Manifest &manifest,
                      const std::string &chip, const json &value) {
  std::string where = concat("targets.", chip);
  TargetSpec target;
  target.chip = chip;
  if (!reader.object(value, where))
    return target;
  std::string kind = reader.string(value, where, "kind");
  if (kind != "cuda" && kind != "cpu")
    reader.fail(where, ".kind is '", kind, "', expected 'cuda' or 'cpu'");
  target.kind = kind == "cpu" ? TargetKind::Cpu : TargetKind::Cuda;
  bool isCuda = target.kind == TargetKind::Cuda;
  auto file = [&](const char *key, bool optional) {
    std::string path = reader.string(value, where, key, optional);
    if (!path.empty() && !manifest.files.count(path))
      reader.fail(where, ".", key, " is '", path,
                  "', which 'files' does not list");
    else if (path.empty() && !optional)
      reader.fail(where, ".", key, " is empty");
    return path;
  };
  target.library = file("library", false);
  target.weights = file("weights", false);
  if (isCuda) {
    target.ptx = file("ptx", false);
    target.cubin = file("cubin", true);
    target.features = reader.string(value, where, "features", true);
    if (chip.compare(0, 3, "sm_") != 0)
      reader.fail(where, " is of kind 'cuda', expected a chip such as 'sm_80'");
  } else {
    target.cpu = reader.string(value, where, "cpu", true);
    readOverflowSites(reader, manifest, value, where, target);
  }
  const json *weights = reader.member(value, where, "entry_weights");
  where += ".entry_weights";
  if (!weights || !reader.object(*weights, where))
    return target;
  for (const EntrySpec &entry : manifest.entries) {
    const json *names = reader.member(*weights, where, entry.name.c_str());
    if (!names || !reader.array(*names, concat(where, ".", entry.name)))
      return target;
    for (const json &name : *names)
      if (reader.expectKind(name, concat(where, ".", entry.name, "[]"),
                            json::value_t::string, "a string"))
        target.entryWeights[entry.name].push_back(name.get<std::string>());
    target.entryWeights[entry.name];
  }
  return target;
}

FileSpec readFile(Reader &reader, const std::string &path, const json &value) {
  std::string where = concat("files['", path, "']");
  FileSpec file;
  if (!isInside(path))
    reader.fail(where, " is not a path inside the artifact");
  if (!reader.object(value, where))
    return file;
  file.bytes = reader.size(value, where, "bytes");
  file.sha256 = reader.string(value, where, "sha256");
  if (file.sha256.size() != 64 ||
      file.sha256.find_first_not_of("0123456789abcdef") != std::string::npos)
    reader.fail(where, ".sha256 is '", file.sha256,
                "', expected 64 lower-case hexadecimal digits");
  return file;
}

Manifest readAll(Reader &reader, const json &root) {
  Manifest manifest;
  if (!reader.object(root, "the manifest"))
    return manifest;
  std::string format = reader.string(root, "", "format");
  if (format != "hinm-artifact")
    reader.fail("format is '", format, "', expected 'hinm-artifact'");
  int64_t version = reader.size(root, "", "version");
  if (version != 1)
    reader.fail("version is ", version, ", expected 1");
  if (reader.failed())
    return manifest;
  if (auto producer = root.find("producer"); producer != root.end()) {
    if (reader.object(*producer, "producer"))
      for (const auto &[key, value] : producer->items())
        manifest.producer[key] =
            value.is_string() ? value.get<std::string>() : value.dump();
  }
  const json *files = reader.member(root, "", "files");
  if (files && reader.object(*files, "files"))
    for (const auto &[path, value] : files->items())
      manifest.files[path] = readFile(reader, path, value);

  const json *entries = reader.member(root, "", "entries");
  std::set<std::string> names;
  if (entries && reader.array(*entries, "entries"))
    for (size_t i = 0; i < entries->size(); ++i) {
      std::string where = concat("entries[", i, "]");
      manifest.entries.push_back(readEntry(reader, (*entries)[i], where));
      if (!names.insert(manifest.entries.back().name).second)
        reader.fail(where, ".name is '", manifest.entries.back().name,
                    "', which an earlier entry has");
    }
  if (manifest.entries.empty())
    reader.fail("entries is empty, expected at least one");

  const json *targets = reader.member(root, "", "targets");
  if (!reader.failed() && reader.object(*targets, "targets"))
    for (const auto &[chip, value] : targets->items())
      manifest.targets[chip] = readTarget(reader, manifest, chip, value);
  if (manifest.targets.empty())
    reader.fail("targets is empty, expected at least one");
  return manifest;
}

} // namespace

size_t EntrySpec::dynamicOutputDims() const {
  size_t count = 0;
  for (const TensorSpec &output : outputs)
    for (int64_t size : output.shape)
      count += size == kDynamic;
  return count;
}

const EntrySpec *Manifest::findEntry(const std::string &name) const {
  for (const EntrySpec &entry : entries)
    if (entry.name == name)
      return &entry;
  return nullptr;
}

std::string Manifest::entryNames() const {
  std::string names;
  for (const EntrySpec &entry : entries)
    names += (names.empty() ? "" : ", ") + entry.name;
  return names;
}

std::string Manifest::targetNames() const {
  std::string names;
  for (const auto &[chip, target] : targets)
    names += (names.empty() ? "" : ", ") + chip;
  return names;
}

Result<Manifest> hinm::runtime::parseManifest(std::string_view text,
                                              const std::string &path) {
  Result<json> root = parseJson(text);
  if (root.failed())
    return failure("'", path, "' is not valid JSON: ", root.message());
  Reader reader(path);
  Manifest manifest = readAll(reader, *root);
  if (reader.failed())
    return reader.status();
  return manifest;
}

Result<Manifest> hinm::runtime::readManifest(const std::string &path) {
  Result<MappedFile> file = MappedFile::open(path);
  if (file.failed())
    return file.status();
  return parseManifest(file->text(), path);
}

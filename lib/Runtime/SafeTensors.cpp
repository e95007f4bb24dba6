//===- SafeTensors.cpp - named arrays in one file ---------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hinm/Runtime/SafeTensors.h"

#include "Json.h"

#include <algorithm>
#include <set>

using namespace hinm::runtime;
using nlohmann::json;

namespace {

struct DtypeName {
  const char *name;
  ElementType type;
};
constexpr DtypeName kDtypes[] = {
    {"F16", ElementType::F16}, {"BF16", ElementType::BF16},
    {"F32", ElementType::F32}, {"F64", ElementType::F64},
    {"I8", ElementType::I8},   {"I16", ElementType::I16},
    {"I32", ElementType::I32}, {"I64", ElementType::I64},
    {"U8", ElementType::U8},   {"BOOL", ElementType::I1},
};

/// The reference implementation's bound on a header's length.
constexpr uint64_t kMaxHeaderBytes = 100'000'000;

struct Extent {
  int64_t begin, end;
};

/// Reads one array's description; the message does not name the file.
Result<Extent> parseTensor(const std::string &name, const json &value,
                           TensorView &view) {
  std::string where = concat("array '", name, "'");
  if (!value.is_object())
    return failure(where, " is described by ", describeKind(value),
                   ", expected an object");
  for (const char *key : {"dtype", "shape", "data_offsets"})
    if (!value.contains(key))
      return failure(where, " has no '", key, "'");
  const json &dtype = value["dtype"];
  const DtypeName *known =
      std::find_if(std::begin(kDtypes), std::end(kDtypes),
                   [&](const DtypeName &entry) { return dtype == entry.name; });
  if (known == std::end(kDtypes))
    return failure(where, " has dtype ", dtype.dump(-1, ' ', true),
                   ", expected F16, BF16, F32, F64, I8, I16, I32, I64, U8 or "
                   "BOOL");
  view.type = known->type;
  const json &shape = value["shape"];
  if (!shape.is_array())
    return failure(where, " has ", describeKind(shape),
                   " for its shape, expected an array");
  for (const json &size : shape) {
    std::optional<int64_t> number = asSize(size);
    if (!number)
      return failure(where, " has size ", size.dump(-1, ' ', true),
                     " in its shape, expected a non-negative integer");
    view.shape.push_back(*number);
  }
  const json &offsets = value["data_offsets"];
  std::optional<int64_t> begin, end;
  if (offsets.is_array() && offsets.size() == 2) {
    begin = asSize(offsets[0]);
    end = asSize(offsets[1]);
  }
  if (!begin || !end || *begin > *end)
    return failure(where, " has data_offsets ", offsets.dump(-1, ' ', true),
                   ", expected [begin, end] with begin <= end");
  std::optional<int64_t> bytes = byteCount(view.type, view.shape);
  if (!bytes || *bytes != *end - *begin)
    return failure(where, " holds ", *end - *begin, " bytes, expected ",
                   bytes ? std::to_string(*bytes) : "more than 2^63", " for ",
                   describe(view.shape, view.type));
  return Extent{*begin, *end};
}

/// Checks that the arrays cover the data, each byte once.
Status checkCoverage(std::vector<std::pair<Extent, std::string>> extents,
                     int64_t dataBytes) {
  std::sort(extents.begin(), extents.end(), [](const auto &a, const auto &b) {
    return std::tie(a.first.begin, a.first.end, a.second) <
           std::tie(b.first.begin, b.first.end, b.second);
  });
  int64_t covered = 0;
  std::string previous;
  for (const auto &[extent, name] : extents) {
    if (extent.end > dataBytes)
      return failure("array '", name, "' ends at byte ", extent.end,
                     " of the data, but the file holds only ", dataBytes,
                     ": it is truncated");
    if (extent.begin < covered)
      return failure("array '", name, "' begins at byte ", extent.begin,
                     " of the data, inside array '", previous,
                     "', which ends at ", covered);
    if (extent.begin > covered)
      return failure("bytes ", covered, " to ", extent.begin,
                     " of the data, before array '", name,
                     "', belong to no array");
    covered = extent.end;
    previous = name;
  }
  if (covered != dataBytes)
    return failure("the file holds ", dataBytes,
                   " bytes of data, but its arrays only ", covered);
  return Status::success();
}

Result<json> parseHeader(const MappedFile &file, uint64_t &headerBytes) {
  if (file.size() < 8)
    return failure("it holds ", file.size(),
                   " bytes, expected 8 for the header's length at least");
  headerBytes = 0;
  for (int i = 0; i < 8; ++i)
    headerBytes |= static_cast<uint64_t>(file.data()[i]) << (8 * i);
  if (headerBytes > kMaxHeaderBytes)
    return failure("its header is said to have ", headerBytes,
                   " bytes, expected at most ", kMaxHeaderBytes);
  if (headerBytes > file.size() - 8)
    return failure("its header is said to have ", headerBytes,
                   " bytes, but only ", file.size() - 8,
                   " follow: it is truncated");
  Result<json> header = parseJson(file.text().substr(8, headerBytes));
  if (header.succeeded() && !header->is_object())
    return failure("its header is ", describeKind(*header),
                   ", expected an object");
  return header;
}

} // namespace

Result<SafeTensors> SafeTensors::open(const std::string &path) {
  Result<MappedFile> file = MappedFile::open(path);
  if (file.failed())
    return file.status();
  SafeTensors result;
  result.path_ = path;
  result.file_ = file.take();
  auto invalid = [&](const std::string &message) {
    return failure("'", path, "' is not a valid safetensors file: ", message);
  };
  uint64_t headerBytes = 0;
  Result<json> header = parseHeader(result.file_, headerBytes);
  if (header.failed())
    return invalid(header.message());

  const std::byte *data = result.file_.data() + 8 + headerBytes;
  auto dataBytes = static_cast<int64_t>(result.file_.size() - 8 - headerBytes);
  std::vector<std::pair<Extent, std::string>> extents;
  for (const auto &[name, value] : header->items()) {
    if (name == "__metadata__") {
      if (!value.is_object())
        return invalid("'__metadata__' is not an object");
      for (const auto &[key, text] : value.items()) {
        if (!text.is_string())
          return invalid(concat("'__metadata__' holds ", describeKind(text),
                                " for '", key, "', expected a string"));
        result.metadata_[key] = text.get<std::string>();
      }
      continue;
    }
    TensorView view;
    Result<Extent> extent = parseTensor(name, value, view);
    if (extent.failed())
      return invalid(extent.message());
    extents.emplace_back(*extent, name);
    view.data = data + extent->begin;
    view.bytes = static_cast<size_t>(extent->end - extent->begin);
    result.tensors_.emplace(name, std::move(view));
  }
  Status coverage = checkCoverage(std::move(extents), dataBytes);
  if (coverage.failed())
    return invalid(coverage.message());
  return result;
}

const TensorView *SafeTensors::find(const std::string &name) const {
  auto found = tensors_.find(name);
  return found == tensors_.end() ? nullptr : &found->second;
}

Status hinm::runtime::writeSafeTensors(
    const std::string &path, const std::vector<NamedTensor> &tensors,
    const std::map<std::string, std::string> &metadata) {
  std::vector<const NamedTensor *> order;
  std::set<std::string> names{"__metadata__"};
  for (const NamedTensor &named : tensors) {
    if (!names.insert(named.name).second)
      return failure("cannot write '", path, "': the name '", named.name,
                     "' is taken");
    std::optional<int64_t> bytes =
        byteCount(named.tensor.type, named.tensor.shape);
    if (!bytes || static_cast<size_t>(*bytes) != named.tensor.bytes)
      return failure("cannot write '", path, "': array '", named.name,
                     "' holds ", named.tensor.bytes, " bytes, expected ",
                     describe(named.tensor.shape, named.tensor.type));
    order.push_back(&named);
  }
  std::stable_sort(order.begin(), order.end(),
                   [](const NamedTensor *a, const NamedTensor *b) {
                     return byteSize(a->tensor.type) > byteSize(b->tensor.type);
                   });
  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  if (!metadata.empty())
    header["__metadata__"] = metadata;
  std::vector<ByteSpan> spans(2);
  size_t offset = 0;
  for (const NamedTensor *named : order) {
    const TensorView &view = named->tensor;
    const char *dtype = "";
    for (const DtypeName &known : kDtypes)
      if (known.type == view.type)
        dtype = known.name;
    header[named->name] = {{"dtype", dtype},
                           {"shape", view.shape},
                           {"data_offsets", {offset, offset + view.bytes}}};
    spans.push_back({view.data, view.bytes});
    offset += view.bytes;
  }
  // Names that are not UTF-8 would throw; they are replaced instead, visibly.
  std::string text =
      header.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  text.append((64 - (8 + text.size()) % 64) % 64, ' ');
  std::string length;
  for (int i = 0; i < 8; ++i)
    length +=
        static_cast<char>(static_cast<uint64_t>(text.size()) >> (8 * i) & 0xff);
  spans[0] = {length.data(), length.size()};
  spans[1] = {text.data(), text.size()};
  return writeFileAtomically(path, spans);
}

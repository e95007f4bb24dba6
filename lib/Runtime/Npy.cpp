//===- Npy.cpp - NumPy array files ------------------------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hinm/Runtime/Npy.h"

#include "hinm/Runtime/FileIO.h"

#include <cstring>

using namespace hinm::runtime;

namespace {

constexpr char kMagic[] = "\x93NUMPY";
constexpr size_t kMagicBytes = 6;

struct NpyType {
  const char *descr;
  ElementType type;
};

/// NumPy's names; the first of a type is the one that is written.
constexpr NpyType kNpyTypes[] = {
    {"<f2", ElementType::F16},  {"<V2", ElementType::BF16},
    {"|V2", ElementType::BF16}, {"<f4", ElementType::F32},
    {"<f8", ElementType::F64},  {"|b1", ElementType::I1},
    {"|i1", ElementType::I8},   {"<i1", ElementType::I8},
    {"<i2", ElementType::I16},  {"<i4", ElementType::I32},
    {"<i8", ElementType::I64},  {"|u1", ElementType::U8},
    {"<u1", ElementType::U8},
};

/// The fields of the header, a Python dictionary.
struct Header {
  std::optional<std::string> descr;
  std::optional<bool> fortranOrder;
  std::optional<Shape> shape;
};

/// Parses the few forms of Python literals that NumPy writes.
class HeaderParser {
public:
  explicit HeaderParser(std::string_view text) : text(text) {}

  /// True when all of the text is a dictionary with known keys.
  bool parse(Header &header) {
    if (!take('{'))
      return false;
    while (!take('}')) {
      std::optional<std::string> key = string();
      if (!key || !take(':') || !value(*key, header))
        return false;
      if (!take(',') && peek() != '}')
        return false;
    }
    return peek() == '\0';
  }

private:
  bool value(const std::string &key, Header &header) {
    if (key == "descr") {
      // A list is a structured type; its text serves the message.
      if (peek() == '[') {
        size_t end = text.rfind(']', text.find("'fortran_order'"));
        if (end == std::string_view::npos || end < place)
          return false;
        header.descr = std::string(text.substr(place, end + 1 - place));
        place = end + 1;
        return true;
      }
      header.descr = string();
      return header.descr.has_value();
    }
    if (key == "fortran_order") {
      if (takeWord("True"))
        header.fortranOrder = true;
      else if (takeWord("False"))
        header.fortranOrder = false;
      return header.fortranOrder.has_value();
    }
    if (key == "shape") {
      header.shape = tuple();
      return header.shape.has_value();
    }
    return false;
  }

  std::optional<Shape> tuple() {
    if (!take('('))
      return std::nullopt;
    Shape shape;
    while (!take(')')) {
      int64_t size = 0;
      size_t begin = (skipSpace(), place);
      for (; place < text.size() && text[place] >= '0' && text[place] <= '9';
           ++place)
        if (__builtin_mul_overflow(size, 10, &size) ||
            __builtin_add_overflow(size, text[place] - '0', &size))
          return std::nullopt;
      if (place == begin)
        return std::nullopt;
      shape.push_back(size);
      if (!take(',') && peek() != ')')
        return std::nullopt;
    }
    return shape;
  }

  std::optional<std::string> string() {
    char quote = peek();
    if (quote != '\'' && quote != '"')
      return std::nullopt;
    size_t end = text.find(quote, ++place);
    if (end == std::string_view::npos)
      return std::nullopt;
    std::string result(text.substr(place, end - place));
    place = end + 1;
    return result;
  }

  void skipSpace() {
    while (place < text.size() && std::strchr(" \t\r\n", text[place]) &&
           text[place] != '\0')
      ++place;
  }
  /// The next character that is no space; 0 at the end.
  char peek() {
    skipSpace();
    return place < text.size() ? text[place] : '\0';
  }
  bool take(char c) {
    if (peek() != c)
      return false;
    ++place;
    return true;
  }
  bool takeWord(std::string_view word) {
    skipSpace();
    if (text.substr(place, word.size()) != word)
      return false;
    place += word.size();
    return true;
  }

  std::string_view text;
  size_t place = 0;
};

/// The header's text, and where the data begin; nothing when it is cut off.
struct HeaderPlace {
  size_t begin, size;
};
std::optional<HeaderPlace> locateHeader(const MappedFile &file, int major) {
  const auto *bytes = reinterpret_cast<const uint8_t *>(file.data());
  size_t lengthBytes = major == 1 ? 2 : 4;
  size_t begin = kMagicBytes + 2 + lengthBytes;
  if (file.size() < begin)
    return std::nullopt;
  size_t size = 0;
  for (size_t i = 0; i < lengthBytes; ++i)
    size |= static_cast<size_t>(bytes[kMagicBytes + 2 + i]) << (8 * i);
  if (file.size() - begin < size)
    return std::nullopt;
  return HeaderPlace{begin, size};
}

Result<ElementType> resolveType(const std::string &descr,
                                const std::string &path) {
  for (const NpyType &known : kNpyTypes)
    if (descr == known.descr)
      return known.type;
  if (!descr.empty() && descr[0] == '>')
    return failure("'", path, "' holds big-endian elements ('", descr,
                   "'), expected little-endian ones");
  if (descr == "|O" || descr == "O")
    return failure("'", path, "' holds Python objects ('", descr,
                   "'), expected numbers");
  return failure("'", path, "' holds elements of type '", descr,
                 "', expected f16, bf16, f32, f64, bool, i8, i16, i32, i64 or "
                 "u8");
}

} // namespace

Result<HostTensor> hinm::runtime::readNpy(const std::string &path) {
  Result<MappedFile> file = MappedFile::open(path);
  if (file.failed())
    return file.status();
  if (file->size() < kMagicBytes + 2 ||
      std::memcmp(file->data(), kMagic, kMagicBytes) != 0)
    return failure("'", path, "' is not a NumPy array file (.npy)");
  int major = static_cast<int>(file->data()[kMagicBytes]);
  if (major < 1 || major > 3)
    return failure("'", path, "' has version ", major,
                   " of the .npy format, expected 1, 2 or 3");
  std::optional<HeaderPlace> place = locateHeader(*file, major);
  if (!place)
    return failure("'", path, "' is truncated: it ends within its header");
  Header header;
  if (!HeaderParser(file->text().substr(place->begin, place->size))
           .parse(header) ||
      !header.descr || !header.fortranOrder || !header.shape)
    return failure("'", path,
                   "' has a malformed header, expected a dictionary "
                   "with 'descr', 'fortran_order' and 'shape'");
  Result<ElementType> type = resolveType(*header.descr, path);
  if (type.failed())
    return type.status();
  if (*header.fortranOrder)
    return failure("'", path,
                   "' is in Fortran (column-major) order, expected "
                   "C (row-major) order; save "
                   "numpy.ascontiguousarray(x) instead");
  std::optional<int64_t> bytes = byteCount(*type, *header.shape);
  size_t found = file->size() - place->begin - place->size;
  if (!bytes || static_cast<size_t>(*bytes) > found)
    return failure("'", path, "' is truncated: it holds ", found,
                   " bytes of data, expected ",
                   bytes ? std::to_string(*bytes) : "more than 2^63", " for ",
                   describe(*header.shape, *type));
  if (static_cast<size_t>(*bytes) < found)
    return failure("'", path, "' is too long: it holds ", found,
                   " bytes of data, expected ", *bytes, " for ",
                   describe(*header.shape, *type));
  Result<HostTensor> tensor = HostTensor::create(*type, *header.shape);
  if (tensor.failed())
    return failure("'", path, "': ", tensor.message());
  if (*bytes != 0)
    std::memcpy(tensor->data(), file->data() + place->begin + place->size,
                tensor->bytes());
  return tensor;
}

Status hinm::runtime::writeNpy(const std::string &path, ElementType type,
                               const Shape &shape, const void *data) {
  std::optional<int64_t> bytes = byteCount(type, shape);
  if (!bytes)
    return failure("cannot write '", path, "': an array of ",
                   describe(shape, type), " has no size");
  const char *descr = "";
  for (const NpyType &known : kNpyTypes)
    if (known.type == type) {
      descr = known.descr;
      break;
    }
  std::string header =
      concat("{'descr': '", descr, "', 'fortran_order': False, 'shape': (");
  for (size_t i = 0; i < shape.size(); ++i)
    header += concat(i ? ", " : "", shape[i]);
  header += shape.size() == 1 ? ",), }" : "), }";
  // The data begin at a multiple of 64 bytes; the header ends in a newline.
  size_t lengthBytes = header.size() + 128 < 65536 ? 2 : 4;
  size_t prefix = kMagicBytes + 2 + lengthBytes;
  header.append(63 - (prefix + header.size()) % 64, ' ');
  header += '\n';
  std::string start(kMagic, kMagicBytes);
  start += static_cast<char>(lengthBytes == 2 ? 1 : 2);
  start += '\0';
  for (size_t i = 0; i < lengthBytes; ++i)
    start += static_cast<char>(header.size() >> (8 * i) & 0xff);
  return writeFileAtomically(path, {{start.data(), start.size()},
                                    {header.data(), header.size()},
                                    {data, static_cast<size_t>(*bytes)}});
}

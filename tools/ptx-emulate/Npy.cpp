//===- Npy.cpp - arrays in .npy files ---------------------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Npy.h"
#include "Files.h"

#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>

using namespace ptx_emulate;
using hinm::emulator::Result;
using hinm::emulator::Status;

bool ptx_emulate::elementType(const std::string &name, std::string &numpyName,
                              uint64_t &bytes) {
  static const struct {
    const char *name, *numpy;
    uint64_t bytes;
  } types[] = {
      {"f16", "<f2", 2}, {"bf16", "<u2", 2}, {"f32", "<f4", 4},
      {"f64", "<f8", 8}, {"i8", "|i1", 1},   {"u8", "|u1", 1},
      {"i16", "<i2", 2}, {"u16", "<u2", 2},  {"i32", "<i4", 4},
      {"u32", "<u4", 4}, {"i64", "<i8", 8},  {"u64", "<u8", 8},
  };
  for (auto &type : types)
    if (name == type.name) {
      numpyName = type.numpy;
      bytes = type.bytes;
      return true;
    }
  return false;
}

/// The text behind `'key':` in the header's dictionary, up to `end`.
static bool field(const std::string &header, const char *key, char end,
                  std::string &out) {
  size_t at = header.find(std::string("'") + key + "'");
  if (at == std::string::npos)
    return false;
  at = header.find(':', at);
  if (at == std::string::npos)
    return false;
  size_t stop = header.find(end, at + 1);
  if (stop == std::string::npos)
    return false;
  out = header.substr(at + 1, stop - at - 1);
  return true;
}

Result<Array> ptx_emulate::readNpy(const std::string &path) {
  Result<std::string> contents = readFile(path);
  if (!contents)
    return Status::failure(contents.message());
  std::vector<uint8_t> file(contents->begin(), contents->end());
  auto bad = [&](const std::string &why) {
    return Status::failure("'" + path +
                           "' is not an array that can be read: " + why);
  };
  if (file.size() < 10 || std::memcmp(file.data(), "\x93NUMPY", 6) != 0)
    return bad("it does not begin as a .npy file does");
  bool longHeader = file[6] >= 2;
  size_t start = longHeader ? 12 : 10;
  if (file.size() < start)
    return bad("its header is cut off");
  size_t length = file[8] | size_t(file[9]) << 8;
  if (longHeader)
    length |= size_t(file[10]) << 16 | size_t(file[11]) << 24;
  if (file.size() - start < length)
    return bad("its header is cut off");
  std::string header(file.begin() + start, file.begin() + start + length);
  std::string type, order, shape;
  if (!field(header, "descr", ',', type) ||
      !field(header, "fortran_order", ',', order) ||
      !field(header, "shape", ')', shape))
    return bad("its header lacks 'descr', 'fortran_order' or 'shape'");
  if (order.find("True") != std::string::npos)
    return bad("it is in Fortran order");
  Array array;
  for (char c : type)
    if (c != ' ' && c != '\'')
      array.type += c;
  if (array.type.size() != 3 || array.type[0] == '>' ||
      !std::strchr("fiub", array.type[1]) ||
      !std::strchr("1248", array.type[2]))
    return bad("its element type is '" + array.type + "'");
  uint64_t bytes = uint64_t(array.type[2] - '0');
  uint64_t number = 0;
  bool inNumber = false;
  if (shape.find('-') != std::string::npos)
    return bad("its shape has a negative size");
  for (char c : shape + ",") {
    if (number > (1ull << 48))
      return bad("it is too large");
    if (c >= '0' && c <= '9') {
      number = number * 10 + uint64_t(c - '0');
      inNumber = true;
    } else if (inNumber) {
      array.shape.push_back(number);
      if (number && bytes > (1ull << 48) / number)
        return bad("it is too large");
      bytes *= number;
      number = 0;
      inNumber = false;
    }
  }
  if (file.size() - start - length != bytes)
    return bad("it has " + std::to_string(file.size() - start - length) +
               " bytes of data, but its shape needs " + std::to_string(bytes));
  array.data.assign(file.begin() + start + length, file.end());
  return array;
}

std::string ptx_emulate::npyFile(const Array &array) {
  std::string shape;
  for (uint64_t extent : array.shape)
    shape += std::to_string(extent) + ",";
  std::string header = "{'descr': '" + array.type +
                       "', 'fortran_order': False, 'shape': (" + shape + "), }";
  while ((10 + header.size() + 1) % 64)
    header += ' ';
  header += '\n';
  std::string file("\x93NUMPY\x01\x00", 8);
  file += char(header.size() & 0xff);
  file += char(header.size() >> 8);
  file += header;
  file.append(reinterpret_cast<const char *>(array.data.data()),
              array.data.size());
  return file;
}

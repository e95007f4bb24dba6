//===- Arguments.cpp - kernel arguments of the command line -----*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Arguments.h"

#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <cstring>

using namespace ptx_emulate;
using namespace hinm::emulator;

static Result<Argument> failure(const std::string &text,
                                const std::string &why) {
  return Status::failure("--arg=" + text + ": " + why);
}

/// Single precision to half, to nearest even.
static uint16_t toHalf(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, 4);
  uint16_t sign = uint16_t(bits >> 16 & 0x8000);
  float magnitude = std::fabs(value);
  if (!(magnitude == magnitude))
    return 0x7fff;
  if (magnitude >= 65520.0f)
    return sign | 0x7c00;
  if (magnitude < 0x1p-14f) // a multiple of 2^-24
    return sign | uint16_t(std::nearbyint(magnitude * 0x1p24f));
  bits &= 0x7fffffff;
  bits += 0xfff + (bits >> 13 & 1);
  return sign | uint16_t((bits - (112u << 23)) >> 13);
}

template <typename T>
static void put(Argument &argument, T value) {
  argument.value.resize(sizeof value);
  std::memcpy(argument.value.data(), &value, sizeof value);
}

static bool makeScalar(const std::string &type, const std::string &value,
                       Argument &argument) {
  const char *begin = value.c_str();
  char *end = nullptr;
  errno = 0;
  if (type == "f16" || type == "bf16" || type == "f32" || type == "f64") {
    double real = std::strtod(begin, &end);
    if (end == begin || *end)
      return false;
    float single = float(real);
    uint32_t bits;
    std::memcpy(&bits, &single, 4);
    if (type == "f64")
      put(argument, real);
    else if (type == "f32")
      put(argument, single);
    else if (type == "f16")
      put(argument, toHalf(single));
    else
      put(argument, uint16_t((bits + 0x7fff + (bits >> 16 & 1)) >> 16));
    return true;
  }
  unsigned bytes = type == "i8" || type == "u8"     ? 1
                   : type == "i16" || type == "u16" ? 2
                   : type == "i32" || type == "u32" ? 4
                   : type == "i64" || type == "u64" ? 8
                                                    : 0;
  if (!bytes)
    return false;
  bool negative = value[0] == '-';
  uint64_t bits = negative ? uint64_t(std::strtoll(begin, &end, 0))
                           : std::strtoull(begin, &end, 0);
  if (end == begin || *end || errno)
    return false;
  if (bytes < 8) {
    int64_t low = -(1ll << (8 * bytes - 1)), high = (1ll << 8 * bytes) - 1;
    if (int64_t(bits) < low || int64_t(bits) > high)
      return false;
  }
  if (negative && type[0] == 'u')
    return false;
  argument.value.resize(bytes);
  std::memcpy(argument.value.data(), &bits, bytes);
  return true;
}

/// `f16[64x64]` to an array without contents.
static bool parseShape(const std::string &text, Array &array) {
  size_t open = text.find('[');
  if (open == std::string::npos || text.back() != ']')
    return false;
  uint64_t bytes;
  if (!elementType(text.substr(0, open), array.type, bytes))
    return false;
  uint64_t extent = 0;
  bool any = false;
  for (char c : text.substr(open + 1, text.size() - open - 2) + "x") {
    if (c >= '0' && c <= '9') {
      extent = extent * 10 + uint64_t(c - '0');
      any = true;
      if (extent > (1ull << 40))
        return false;
    } else if (c == 'x' && any) {
      array.shape.push_back(extent);
      if (extent && bytes > (1ull << 40) / extent)
        return false;
      bytes *= extent;
      extent = 0;
      any = false;
    } else {
      return false;
    }
  }
  array.data.resize(bytes);
  return true;
}

Result<Argument> ptx_emulate::makeArgument(const std::string &text,
                                           const ParamInfo &param,
                                           Device &device) {
  Argument argument;
  argument.text = text;
  size_t colon = text.find(':');
  std::string kind = text.substr(0, colon);
  std::string rest = colon == std::string::npos ? "" : text.substr(colon + 1);
  if (text == "null") {
    put(argument, uint64_t(0));
  } else if (kind == "bytes") {
    Result<std::string> contents = readFile(rest);
    if (!contents)
      return failure(text, contents.message());
    argument.value.assign(contents->begin(), contents->end());
  } else if (kind == "in" || kind == "inout" || kind == "out") {
    argument.isBuffer = true;
    if (kind == "out") {
      size_t second = rest.find(':');
      if (second == std::string::npos ||
          !parseShape(rest.substr(0, second), argument.array))
        return failure(text, "expected out:TYPE[AxB...]:FILE.npy, such as "
                             "out:f16[64x64]:y.npy");
      argument.output = rest.substr(second + 1);
      if (argument.output.empty())
        return failure(text, "names no file");
    } else {
      Result<Array> array = readNpy(rest);
      if (!array)
        return failure(text, array.message());
      argument.array = std::move(*array);
      if (kind == "inout")
        argument.output = rest;
    }
    Result<DevicePtr> address =
        device.allocate(argument.array.data.size(), "argument " + param.name);
    if (!address)
      return failure(text, address.message());
    argument.address = *address;
    if (kind != "out")
      if (Status status = device.copyToDevice(
              *address, argument.array.data.data(), argument.array.data.size());
          !status)
        return failure(text, status.message());
    put(argument, *address);
  } else if (!makeScalar(kind, rest, argument)) {
    return failure(text, "expected in:FILE, inout:FILE, out:TYPE[SHAPE]:FILE, "
                         "null, bytes:FILE, or TYPE:VALUE within the type's "
                         "range");
  } else if (bool isFloat = kind[0] == 'f' || kind[0] == 'b';
             param.type[0] != 'b' && isFloat != (param.type[0] == 'f')) {
    return failure(text, "parameter '" + param.name + "' is a ." + param.type);
  }
  if (argument.value.size() != param.size)
    return failure(text, "gives " + std::to_string(argument.value.size()) +
                             " bytes, but parameter '" + param.name + "' (." +
                             param.type + ") takes " +
                             std::to_string(param.size));
  return argument;
}

Status ptx_emulate::storeOutput(Argument &argument, Device &device,
                                OutputFiles &files) {
  if (argument.output.empty())
    return Status::success();
  Array &array = argument.array;
  if (Status status = device.copyFromDevice(array.data.data(), argument.address,
                                            array.data.size());
      !status)
    return status;
  return files.add(argument.output, npyFile(array));
}

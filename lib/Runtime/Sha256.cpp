//===- Sha256.cpp - SHA-256 of bytes and files ------------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hinm/Runtime/Sha256.h"

#include "hinm/Runtime/FileIO.h"

// libmd's declarations are those of BSD.
#include <cstdint>
#include <sys/types.h>
extern "C" {
#include <sha256.h>
}

using namespace hinm::runtime;

std::string hinm::runtime::sha256(const void *data, size_t size) {
  SHA2_CTX context;
  SHA256Init(&context);
  SHA256Update(&context, static_cast<const uint8_t *>(data), size);
  uint8_t digest[SHA256_DIGEST_LENGTH];
  SHA256Final(digest, &context);
  static const char digits[] = "0123456789abcdef";
  std::string text;
  for (uint8_t byte : digest) {
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}

Result<std::string> hinm::runtime::sha256File(const std::string &path) {
  Result<MappedFile> file = MappedFile::open(path);
  if (file.failed())
    return file.status();
  return sha256(file->data(), file->size());
}

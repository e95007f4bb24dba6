//===- NpyTest.cpp - NumPy array files --------------------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hinm/Runtime/Npy.h"
#include "TestFiles.h"

#include <cstring>

using namespace hinm::runtime;
using namespace hinm::test;

/// A version 1.0 file as NumPy lays it out, from its header's dictionary.
static std::string npy(const std::string &dict, const std::string &data,
                       char version = 1) {
  size_t lengthBytes = version == 1 ? 2 : 4;
  std::string header = dict;
  header.append(63 - (8 + lengthBytes + header.size()) % 64, ' ');
  header += '\n';
  std::string file("\x93NUMPY", 6);
  file += version;
  file += '\0';
  for (size_t i = 0; i < lengthBytes; ++i)
    file += static_cast<char>(header.size() >> (8 * i) & 0xff);
  return file + header + data;
}

static const std::string kTwoFloats("\0\0\x80\x3f\0\0\0\xc0", 8); // 1, -2

namespace {
class Npy : public ::testing::Test {
protected:
  Result<HostTensor> read(const std::string &bytes) {
    writeText(path, bytes);
    return readNpy(path);
  }
  TempFolder folder;
  std::string path = folder / "x.npy";
};
} // namespace

TEST_F(Npy, ReadsWhatNumPyWrites) {
  // numpy.save of numpy.array([[1, -2]], dtype='<f4').
  auto x =
      read(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }",
               kTwoFloats));
  ASSERT_SUCCEEDS(x);
  EXPECT_EQ(x->shape(), (Shape{1, 2}));
  EXPECT_EQ(x->type(), ElementType::F32);
  EXPECT_EQ(elementAsDouble(x->type(), x->data(), 0), 1.0);
  EXPECT_EQ(elementAsDouble(x->type(), x->data(), 1), -2.0);
}

TEST_F(Npy, ReadsVersions2And3) {
  for (char version : {2, 3}) {
    auto x = read(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}",
                      kTwoFloats, version));
    ASSERT_SUCCEEDS(x);
    EXPECT_EQ(x->shape(), Shape{2});
  }
}

TEST_F(Npy, ReadsKeysInAnyOrderAndQuotes) {
  auto x =
      read(npy("{\"shape\":(2,),\"fortran_order\":False,\"descr\":\"<f4\"}",
               kTwoFloats));
  ASSERT_SUCCEEDS(x);
  EXPECT_EQ(x->count(), 2);
}

TEST_F(Npy, RoundTripsEveryType) {
  const char data[48] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13};
  struct {
    ElementType type;
    const char *descr;
  } cases[] = {{ElementType::F16, "<f2"}, {ElementType::BF16, "<V2"},
               {ElementType::F32, "<f4"}, {ElementType::F64, "<f8"},
               {ElementType::I1, "|b1"},  {ElementType::I8, "|i1"},
               {ElementType::I16, "<i2"}, {ElementType::I32, "<i4"},
               {ElementType::I64, "<i8"}, {ElementType::U8, "|u1"}};
  for (const auto &c : cases) {
    ASSERT_SUCCEEDS(writeNpy(path, c.type, {2, 3}, data));
    std::string file = readText(path);
    EXPECT_EQ(file.size() - 6 * byteSize(c.type), 128u);
    EXPECT_TRUE(contains(file, std::string("{'descr': '") + c.descr +
                                   "', 'fortran_order': False, 'shape': (2, "
                                   "3), }"));
    auto x = readNpy(path);
    ASSERT_SUCCEEDS(x);
    EXPECT_EQ(x->type(), c.type);
    EXPECT_EQ(x->shape(), (Shape{2, 3}));
    EXPECT_EQ(std::memcmp(x->data(), data, x->bytes()), 0);
  }
  EXPECT_EQ(folder.fileCount(), 1u);
}

TEST_F(Npy, RoundTripsScalarsAndEmptyArrays) {
  double value = 0.1;
  for (Shape shape : {Shape{}, Shape{0, 7}, Shape{1}}) {
    ASSERT_SUCCEEDS(writeNpy(path, ElementType::F64, shape, &value));
    auto x = readNpy(path);
    ASSERT_SUCCEEDS(x);
    EXPECT_EQ(x->shape(), shape);
  }
}

TEST_F(Npy, RefusesFortranOrder) {
  EXPECT_FAILS(read(npy("{'descr': '<f4', 'fortran_order': True, 'shape': (1, "
                        "2), }",
                        kTwoFloats)),
               "x.npy", "Fortran", "C (row-major) order");
}

TEST_F(Npy, RefusesElementTypes) {
  auto file = [&](const char *descr) {
    return npy(std::string("{'descr': ") + descr +
                   ", 'fortran_order': False, 'shape': (1, 2), }",
               kTwoFloats);
  };
  EXPECT_FAILS(read(file("'>f4'")), "big-endian", "'>f4'", "little-endian");
  EXPECT_FAILS(read(file("'|O'")), "Python objects", "numbers");
  EXPECT_FAILS(read(file("'<c8'")), "'<c8'", "expected f16");
  EXPECT_FAILS(read(file("[('a', '<f4'), ('b', '<i4')]")), "[('a', '<f4')",
               "expected f16");
}

TEST_F(Npy, RefusesWrongLengths) {
  std::string dict =
      "{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }";
  EXPECT_FAILS(read(npy(dict, kTwoFloats)), "truncated", "8 bytes",
               "expected 12");
  EXPECT_FAILS(read(npy(dict, kTwoFloats + kTwoFloats)), "too long", "16 bytes",
               "expected 12");
  std::string good = npy(dict, kTwoFloats);
  for (size_t length : {8u, 9u, 40u})
    EXPECT_FAILS(read(good.substr(0, length)), "truncated");
  EXPECT_FAILS(read(npy("{'descr': '<f4', 'fortran_order': False, 'shape': "
                        "(4611686018427387904, 4), }",
                        kTwoFloats)),
               "truncated", "2^63");
}

TEST_F(Npy, RefusesWhatIsNoArray) {
  EXPECT_FAILS(read(""), "x.npy", "not a NumPy array file");
  EXPECT_FAILS(read("PK\3\4 a zip file"), "not a NumPy array file");
  EXPECT_FAILS(read(npy("{'descr': '<f4'}", kTwoFloats, 4)), "version 4");
  EXPECT_FAILS(readNpy(folder / "none.npy"), "cannot open", "none.npy");
  EXPECT_FAILS(readNpy(folder.path), "not a regular file");
  for (const char *dict :
       {"", "{", "{'descr': '<f4'}", "{'shape': (1, 2}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }",
        "{'descr': '<f4', 'fortran_order': 0, 'shape': (2,), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), } x",
        "{'descr': '<f4', 'fortran_order': False, 'shape': "
        "(99999999999999999999,), }"})
    EXPECT_FAILS(read(npy(dict, kTwoFloats)), "malformed header");
}

TEST_F(Npy, WritesNothingOnFailure) {
  EXPECT_FAILS(
      writeNpy(folder / "no/x.npy", ElementType::F32, {2}, kTwoFloats.data()),
      "cannot write", "no/x.npy");
  EXPECT_EQ(folder.fileCount(), 0u);
}

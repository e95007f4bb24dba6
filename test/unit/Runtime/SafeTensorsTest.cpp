//===- SafeTensorsTest.cpp - named arrays in one file -----------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hinm/Runtime/SafeTensors.h"
#include "TestFiles.h"

#include <cstring>

using namespace hinm::runtime;
using namespace hinm::test;

namespace {
class SafeTensorsFile : public ::testing::Test {
protected:
  /// A file from the text of its header and its data.
  Result<SafeTensors> open(const std::string &header, const std::string &data) {
    std::string length;
    for (int i = 0; i < 8; ++i)
      length += static_cast<char>(header.size() >> (8 * i) & 0xff);
    writeText(path, length + header + data);
    return SafeTensors::open(path);
  }
  TempFolder folder;
  std::string path = folder / "w.safetensors";
};
} // namespace

TEST_F(SafeTensorsFile, ReadsAnExample) {
  auto file = open(R"({"__metadata__":{"format":"pt"},)"
                   R"("b":{"dtype":"I8","shape":[3],"data_offsets":[4,7]},)"
                   R"("a":{"dtype":"F16","shape":[1,2],"data_offsets":[0,4]}})",
                   std::string("\x00\x3c\x00\xc0\x01\x02\x03", 7));
  ASSERT_SUCCEEDS(file);
  ASSERT_EQ(file->tensors().size(), 2u);
  const TensorView *a = file->find("a");
  ASSERT_TRUE(a);
  EXPECT_EQ(a->shape, (Shape{1, 2}));
  EXPECT_EQ(elementAsDouble(a->type, a->data, 0), 1.0);
  EXPECT_EQ(elementAsDouble(a->type, a->data, 1), -2.0);
  EXPECT_EQ(elementAsDouble(ElementType::I8, file->find("b")->data, 2), 3.0);
  EXPECT_EQ(file->find("c"), nullptr);
  EXPECT_EQ(file->metadata().at("format"), "pt");
}

TEST_F(SafeTensorsFile, ReadsEmptyArraysAndScalars) {
  auto file = open(R"({"e":{"dtype":"F32","shape":[0,5],"data_offsets":[0,0]},)"
                   R"("s":{"dtype":"F32","shape":[],"data_offsets":[0,4]}})",
                   "abcd");
  ASSERT_SUCCEEDS(file);
  EXPECT_EQ(file->find("s")->bytes, 4u);
  ASSERT_SUCCEEDS(open("{}", ""));
}

TEST_F(SafeTensorsFile, RoundTrips) {
  int8_t bytes[3] = {1, -2, 3};
  double wide[2] = {0.5, -1e300};
  float middle = 4;
  auto view = [](ElementType type, Shape shape, const void *data, size_t size) {
    return TensorView{type, std::move(shape),
                      static_cast<const std::byte *>(data), size};
  };
  ASSERT_SUCCEEDS(writeSafeTensors(
      path,
      {{"small \"quoted\"", view(ElementType::I8, {3}, bytes, 3)},
       {"wide", view(ElementType::F64, {2, 1}, wide, 16)},
       {"middle", view(ElementType::F32, {}, &middle, 4)}},
      {{"key", "value"}}));
  auto file = SafeTensors::open(path);
  ASSERT_SUCCEEDS(file);
  EXPECT_EQ(file->metadata().at("key"), "value");
  const TensorView *found = file->find("wide");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->shape, (Shape{2, 1}));
  EXPECT_EQ(std::memcmp(found->data, wide, 16), 0);
  // The widest elements come first, at a multiple of 64 bytes.
  EXPECT_EQ(reinterpret_cast<uintptr_t>(found->data) % 64, 0u);
  EXPECT_EQ(file->find("middle")->data, found->data + 16);
  EXPECT_EQ(file->find("small \"quoted\"")->data, found->data + 20);
}

TEST_F(SafeTensorsFile, RefusesToWriteWhatIsInconsistent) {
  float x = 1;
  TensorView view{
      ElementType::F32, {2}, reinterpret_cast<const std::byte *>(&x), 4};
  EXPECT_FAILS(writeSafeTensors(path, {{"a", view}}), "'a'", "4 bytes",
               "2xf32");
  view.shape = {1};
  EXPECT_FAILS(writeSafeTensors(path, {{"a", view}, {"a", view}}), "'a'",
               "taken");
  EXPECT_EQ(folder.fileCount(), 0u);
}

TEST_F(SafeTensorsFile, RefusesBadHeaders) {
  writeText(path, "abc");
  EXPECT_FAILS(SafeTensors::open(path), "w.safetensors", "3 bytes");
  writeText(path, std::string("\xff\0\0\0\0\0\0\0{}", 10));
  EXPECT_FAILS(SafeTensors::open(path), "255 bytes", "only 2", "truncated");
  writeText(path, std::string("\0\0\0\0\0\0\0\x80{}", 10));
  EXPECT_FAILS(SafeTensors::open(path), "at most 100000000");
  EXPECT_FAILS(open("{\"a\":", ""), "parse error");
  EXPECT_FAILS(open("[1]", ""), "header is an array", "expected an object");
  EXPECT_FAILS(open(R"({"a":{"dtype":"I8","shape":[],"data_offsets":[0,1]},)"
                    R"("a":{"dtype":"I8","shape":[],"data_offsets":[0,1]}})",
                    "x"),
               "'a' occurs twice");
  EXPECT_FAILS(open(R"({"__metadata__":{"a":1}})", ""), "'a'", "a string");
  EXPECT_FAILS(SafeTensors::open(folder / "none"), "cannot open");
}

TEST_F(SafeTensorsFile, RefusesBadArrays) {
  auto one = [&](const std::string &body, const std::string &data = "abcd") {
    return open("{\"a\":" + body + "}", data);
  };
  EXPECT_FAILS(one("3"), "'a'", "an integer", "an object");
  EXPECT_FAILS(one(R"({"shape":[1],"data_offsets":[0,4]})"), "no 'dtype'");
  EXPECT_FAILS(one(R"({"dtype":"F8_E4M3","shape":[4],"data_offsets":[0,4]})"),
               "F8_E4M3", "expected F16");
  EXPECT_FAILS(one(R"({"dtype":"F32","shape":4,"data_offsets":[0,4]})"),
               "an integer", "expected an array");
  EXPECT_FAILS(one(R"({"dtype":"F32","shape":[-1],"data_offsets":[0,4]})"),
               "size -1");
  EXPECT_FAILS(one(R"({"dtype":"F32","shape":[1.5],"data_offsets":[0,4]})"),
               "size 1.5");
  EXPECT_FAILS(one(R"({"dtype":"F32","shape":[1],"data_offsets":[4,0]})"),
               "[4,0]", "begin <= end");
  EXPECT_FAILS(one(R"({"dtype":"F32","shape":[1],"data_offsets":[0]})"),
               "begin <= end");
  EXPECT_FAILS(one(R"({"dtype":"F32","shape":[2],"data_offsets":[0,4]})"),
               "4 bytes", "expected 8", "2xf32");
  EXPECT_FAILS(one(R"({"dtype":"F32","shape":[4611686018427387904,4],)"
                   R"("data_offsets":[0,4]})"),
               "2^63");
}

TEST_F(SafeTensorsFile, RefusesHolesOverlapsAndTruncation) {
  auto two = [&](const std::string &a, const std::string &b,
                 const std::string &data) {
    return open(R"({"a":{"dtype":"I8","shape":[4],"data_offsets":)" + a +
                    R"(},"b":{"dtype":"I8","shape":[4],"data_offsets":)" + b +
                    "}}",
                data);
  };
  ASSERT_SUCCEEDS(two("[4,8]", "[0,4]", "abcdefgh"));
  EXPECT_FAILS(two("[0,4]", "[2,6]", "abcdef"), "'b' begins at byte 2",
               "inside array 'a'", "ends at 4");
  EXPECT_FAILS(two("[0,4]", "[6,10]", "abcdefghij"), "bytes 4 to 6",
               "belong to no array");
  EXPECT_FAILS(two("[0,4]", "[4,8]", "abcdefghij"), "10 bytes of data",
               "only 8");
  EXPECT_FAILS(two("[0,4]", "[4,8]", "abcdefg"), "'b' ends at byte 8", "only 7",
               "truncated");
}

//===- Precompiled.cpp - owner of the precompiled header --------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Exists so that the header is compiled once and reused by every target.
//
//===----------------------------------------------------------------------===//

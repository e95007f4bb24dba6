//===- ExitOnError.cpp - ending a process that nobody asks for errors -*- C++
//-*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ExitOnError.h"

#include "hinm/Runtime/Context.h"

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <unistd.h>

using namespace hinm::runtime;

static std::atomic<bool> exitOnError{true};

void hinm::runtime::setExitOnError(bool enable) { exitOnError = enable; }

void hinm::runtime::exitIfError() {
  if (!exitOnError)
    return;
  Status error = defaultErrors().take();
  if (!error.failed())
    return;
  // What the program printed so far comes first. Destructors are left out: the
  // caller is in the middle of compiled code.
  std::cout.flush();
  std::fflush(stdout);
  std::fprintf(stderr, "hinm: error: %s\n", error.message().c_str());
  std::fflush(stderr);
  _exit(1);
}

void hinm::runtime::watchUnreportedErrors() {
  static const bool registered = std::atexit(exitIfError) == 0;
  (void)registered;
}

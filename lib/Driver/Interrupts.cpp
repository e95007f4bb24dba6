//===- Interrupts.cpp - nothing half-written is left ------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Interrupts.h"

#include "hinm/Driver/Compile.h"

#include <csignal>
#include <filesystem>
#include <mutex>
#include <pthread.h>
#include <set>
#include <thread>

using namespace mlir::hinm;

namespace {
struct TemporaryFolders {
  std::mutex mutex;
  std::set<std::string> folders;

  static TemporaryFolders &get() {
    // Lives as long as the thread that waits for signals.
    static auto &all = *new TemporaryFolders;
    return all;
  }
};
} // namespace

void mlir::hinm::rememberTemporaryFolder(const std::string &folder) {
  std::lock_guard<std::mutex> lock(TemporaryFolders::get().mutex);
  TemporaryFolders::get().folders.insert(folder);
}

void mlir::hinm::forgetTemporaryFolder(const std::string &folder) {
  std::lock_guard<std::mutex> lock(TemporaryFolders::get().mutex);
  TemporaryFolders::get().folders.erase(folder);
}

void mlir::hinm::cleanUpWhenInterrupted() {
  // A write beyond a limit is an error of that write.
  std::signal(SIGXFSZ, SIG_IGN);
  sigset_t signals;
  sigemptyset(&signals);
  for (int number : {SIGINT, SIGTERM, SIGHUP})
    sigaddset(&signals, number);
  // Threads that start later inherit the mask: this one alone gets the signals,
  // and may do what a handler may not.
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::thread([signals] {
    int number = 0;
    sigwait(&signals, &number);
    TemporaryFolders &all = TemporaryFolders::get();
    // Held to the end: nothing is put in place any more.
    all.mutex.lock();
    for (const std::string &folder : all.folders) {
      std::error_code ignored;
      std::filesystem::remove_all(folder, ignored);
    }
    std::signal(number, SIG_DFL);
    pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
    std::raise(number);
  }).detach();
}

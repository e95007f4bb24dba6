//===- Threads.cpp - independent pieces of work on threads ------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hinm/Format/Threads.h"

#include <algorithm>
#include <atomic>
#include <system_error>
#include <thread>
#include <vector>

int hinm::format::resolveThreads(int threads) {
  if (threads > 0)
    return threads;
  return std::max(1u, std::thread::hardware_concurrency());
}

void hinm::format::parallelFor(int64_t count, int threads,
                               const std::function<void(int64_t)> &body) {
  int64_t workers = std::min<int64_t>(resolveThreads(threads), count);
  if (workers <= 1) {
    for (int64_t i = 0; i < count; ++i)
      body(i);
    return;
  }
  std::atomic<int64_t> next{0};
  auto work = [&] {
    for (int64_t i = next++; i < count; i = next++)
      body(i);
  };
  std::vector<std::thread> others;
  others.reserve(static_cast<size_t>(workers - 1));
  for (int64_t i = 1; i < workers; ++i) {
    try {
      others.emplace_back(work);
    } catch (const std::system_error &) {
      break; // the threads that did start do all the work
    }
  }
  work();
  for (std::thread &thread : others)
    thread.join();
}

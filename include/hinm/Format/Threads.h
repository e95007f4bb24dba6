//===- Threads.h - independent pieces of work on threads --------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HINM_FORMAT_THREADS_H
#define HINM_FORMAT_THREADS_H

#include <cstdint>
#include <functional>

namespace hinm::format {

/// `threads`, or the number of processors where it is 0 or less.
int resolveThreads(int threads);

/// Calls `body(i)` once for each i in 0..count-1, on up to `threads` threads
/// (the calling one among them), in no particular order; returns when all are
/// done. Results are deterministic as long as the calls share no state. `body`
/// must not throw. Where a thread cannot be started, fewer are used.
void parallelFor(int64_t count, int threads,
                 const std::function<void(int64_t)> &body);

} // namespace hinm::format

#endif // HINM_FORMAT_THREADS_H

//===- Deadline.h - when a search has to end ---------------------*- C++
//-*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HINM_LIB_PERMUTATION_DEADLINE_H
#define HINM_LIB_PERMUTATION_DEADLINE_H

#include <atomic>
#include <chrono>
#include <optional>

namespace hinm::permutation {

/// Time since its making, and whether the search has to end: a budget is spent,
/// or the caller cancelled. May be asked from several threads.
class Deadline {
public:
  explicit Deadline(std::optional<double> budget = std::nullopt)
      : budget(budget) {}

  double seconds() const {
    return std::chrono::duration<double>(Clock::now() - start).count();
  }
  bool passed() const {
    return cancelled.load(std::memory_order_relaxed) ||
           (budget && seconds() >= *budget);
  }
  /// Infinite without a budget.
  double left() const { return budget ? *budget - seconds() : 1e300; }
  void cancel() { cancelled = true; }

private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point start = Clock::now();
  std::optional<double> budget;
  std::atomic<bool> cancelled{false};
};

} // namespace hinm::permutation

#endif // HINM_LIB_PERMUTATION_DEADLINE_H

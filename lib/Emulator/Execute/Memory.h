//===- Memory.h - global memory of a device ---------------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HINM_LIB_EMULATOR_EXECUTE_MEMORY_H
#define HINM_LIB_EMULATOR_EXECUTE_MEMORY_H

#include "hinm/Emulator/Device.h"

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace hinm::emulator {

struct Allocation {
  uint64_t base = 0;
  uint64_t size = 0;
  std::string name;
  bool freed = false;
  bool readOnly = false;
  bool isHost = false; // registered memory of the host, at its own address
  uint8_t *data = nullptr;
  /// One byte a byte: 1 where it was written. Null once `allValid`.
  uint8_t *valid = nullptr;
  std::atomic<bool> allValid{false};
  /// Bytes were marked since `promote` looked last.
  std::atomic<bool> changed{false};

  ~Allocation();
  /// "'weights'", or "the allocation at 0x..." without a name.
  std::string label() const;
  bool holds(uint64_t address, uint64_t bytes) const {
    return address >= base && bytes <= size && address - base <= size - bytes;
  }
  void markValid(uint64_t offset, uint64_t bytes);
  bool isValid(uint64_t offset, uint64_t bytes) const;
};

/// All allocations, in the order of their addresses. The device's are given out
/// once, in rising order; freed ones are remembered (without their bytes) for
/// diagnostics. Registered memory of the host lies below them.
class Memory {
public:
  explicit Memory(uint64_t limit) : limit(limit) {}
  Result<DevicePtr> allocate(uint64_t bytes, std::string_view name,
                             bool readOnly = false);
  Status free(DevicePtr address);
  Status registerHost(void *address, uint64_t bytes, std::string_view name);
  Status unregisterHost(void *address);
  /// The allocation, freed or not, with the largest base <= address; null if
  /// there is none.
  Allocation *below(uint64_t address) const;
  /// The live allocation that holds the bytes, or null.
  Allocation *find(uint64_t address, uint64_t bytes) const {
    Allocation *found = below(address);
    return found && !found->freed && found->holds(address, bytes) ? found
                                                                  : nullptr;
  }
  /// Finds the allocations that have been written whole: their bytes need no
  /// check any more. Called when no kernel runs.
  void promote();
  /// Why the access is wrong, for a diagnostic.
  std::string explain(uint64_t address, uint64_t bytes) const;

  mutable std::mutex mutex;

private:
  uint64_t limit;
  uint64_t used = 0;
  uint64_t next = kGlobalBase + (1ull << 32); // room for negative indices
  std::vector<std::unique_ptr<Allocation>> allocations;
};

} // namespace hinm::emulator

#endif // HINM_LIB_EMULATOR_EXECUTE_MEMORY_H

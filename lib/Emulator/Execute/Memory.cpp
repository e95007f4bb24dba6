//===- Memory.cpp - global memory of a device -------------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Memory.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

using namespace hinm::emulator;

/// Between allocations, so that an index that is too large meets nothing: there
/// is room for millions of them.
static constexpr uint64_t kGap = 1ull << 32;
static constexpr uint64_t kAlignment = 256;

Allocation::~Allocation() {
  if (!isHost)
    std::free(data);
  std::free(valid);
}

std::string Allocation::label() const {
  if (!name.empty())
    return "'" + name + "'";
  char text[48];
  std::snprintf(text, sizeof text, "the allocation at 0x%llx",
                (unsigned long long)base);
  return text;
}

void Allocation::markValid(uint64_t offset, uint64_t bytes) {
  if (allValid.load(std::memory_order_relaxed))
    return;
  if (offset == 0 && bytes == size) {
    allValid.store(true, std::memory_order_relaxed);
    return;
  }
  std::memset(valid + offset, 1, bytes);
  if (!changed.load(std::memory_order_relaxed))
    changed.store(true, std::memory_order_relaxed);
}

bool Allocation::isValid(uint64_t offset, uint64_t bytes) const {
  if (allValid.load(std::memory_order_relaxed))
    return true;
  constexpr uint64_t ones = 0x0101010101010101ull;
  const uint8_t *at = valid + offset;
  uint64_t i = 0;
  for (; i + 8 <= bytes; i += 8) {
    uint64_t eight;
    std::memcpy(&eight, at + i, 8);
    if (eight != ones)
      return false;
  }
  for (; i < bytes; ++i)
    if (!at[i])
      return false;
  return true;
}

void Memory::promote() {
  std::lock_guard<std::mutex> lock(mutex);
  for (const std::unique_ptr<Allocation> &allocation : allocations) {
    Allocation &a = *allocation;
    if (a.freed || a.allValid || !a.changed.exchange(false))
      continue;
    if (!std::memchr(a.valid, 0, a.size))
      a.allValid = true;
  }
}

Result<DevicePtr> Memory::allocate(uint64_t bytes, std::string_view name,
                                   bool readOnly) {
  std::lock_guard<std::mutex> lock(mutex);
  if (bytes > limit || used > limit - bytes)
    return Status::failure("out of device memory: " + std::to_string(bytes) +
                           " bytes asked for, " + std::to_string(limit - used) +
                           " of " + std::to_string(limit) + " left");
  auto allocation = std::make_unique<Allocation>();
  allocation->data =
      static_cast<uint8_t *>(std::calloc(std::max<uint64_t>(bytes, 1), 1));
  allocation->valid =
      static_cast<uint8_t *>(std::calloc(std::max<uint64_t>(bytes, 1), 1));
  if (!allocation->data || !allocation->valid)
    return Status::failure("the host has no memory for " +
                           std::to_string(bytes) + " bytes of the device");
  allocation->base = next;
  allocation->size = bytes;
  allocation->name = std::string(name);
  allocation->readOnly = readOnly;
  uint64_t step = (bytes + kAlignment - 1) / kAlignment * kAlignment + kGap;
  next += step;
  used += bytes;
  uint64_t base = allocation->base;
  allocations.push_back(std::move(allocation));
  return base;
}

Status Memory::free(DevicePtr address) {
  if (address == 0)
    return Status::success();
  std::lock_guard<std::mutex> lock(mutex);
  Allocation *found = below(address);
  if (!found || found->base != address)
    return Status::failure("free of an address (" + std::to_string(address) +
                           ") that no allocation returned");
  if (found->freed)
    return Status::failure("free of an allocation that was freed before");
  found->freed = true;
  used -= found->size;
  std::free(found->data);
  std::free(found->valid);
  found->data = found->valid = nullptr;
  return Status::success();
}

Status Memory::registerHost(void *address, uint64_t bytes,
                            std::string_view name) {
  if (bytes == 0)
    return Status::success();
  std::lock_guard<std::mutex> lock(mutex);
  auto base = reinterpret_cast<uint64_t>(address);
  auto place = std::lower_bound(
      allocations.begin(), allocations.end(), base,
      [](const std::unique_ptr<Allocation> &allocation, uint64_t address) {
        return allocation->base < address;
      });
  // Registered before and not unregistered: the host gave it out once more.
  if (place != allocations.end() && (*place)->base == base)
    place = allocations.erase(place);
  bool overlapsNext =
      place != allocations.end() && (*place)->base - base < bytes;
  bool overlapsLast =
      place != allocations.begin() &&
      base - (*std::prev(place))->base < (*std::prev(place))->size;
  if (overlapsNext || overlapsLast)
    return Status::failure("a part of this host memory is registered already");
  auto allocation = std::make_unique<Allocation>();
  allocation->base = base;
  allocation->size = bytes;
  allocation->name = std::string(name);
  allocation->isHost = true;
  allocation->data = static_cast<uint8_t *>(address);
  allocation->allValid = true; // the host may have written any of it
  allocations.insert(place, std::move(allocation));
  return Status::success();
}

Status Memory::unregisterHost(void *address) {
  std::lock_guard<std::mutex> lock(mutex);
  auto base = reinterpret_cast<uint64_t>(address);
  for (auto at = allocations.begin(); at != allocations.end() && (*at)->isHost;
       ++at)
    if ((*at)->base == base) {
      allocations.erase(at);
      return Status::success();
    }
  return Status::failure("this host memory is not registered");
}

Allocation *Memory::below(uint64_t address) const {
  auto after = std::upper_bound(
      allocations.begin(), allocations.end(), address,
      [](uint64_t address, const std::unique_ptr<Allocation> &allocation) {
        return address < allocation->base;
      });
  return after == allocations.begin() ? nullptr : std::prev(after)->get();
}

static std::string describe(const Allocation &allocation) {
  char text[160];
  std::snprintf(text, sizeof text, "%s%s%s[0x%llx, 0x%llx) of %llu bytes",
                allocation.name.empty() ? "" : "'", allocation.name.c_str(),
                allocation.name.empty() ? "" : "' ",
                (unsigned long long)allocation.base,
                (unsigned long long)(allocation.base + allocation.size),
                (unsigned long long)allocation.size);
  return text;
}

std::string Memory::explain(uint64_t address, uint64_t bytes) const {
  if (address < 4096)
    return "null pointer";
  Allocation *allocation = below(address);
  bool isBehindHost = allocation && allocation->isHost &&
                      address - allocation->base < allocation->size + 4096;
  if (!isDeviceAddress(address) && !isBehindHost)
    return "not an address of this device (a host pointer?)";
  if (!allocation)
    return "out of bounds: nothing is allocated there";
  if (allocation->freed && address - allocation->base < allocation->size)
    return "use after free of " + describe(*allocation);
  uint64_t past = address + bytes - (allocation->base + allocation->size);
  return "out of bounds: ends " + std::to_string(past) +
         " bytes behind the end of " + describe(*allocation);
}

//===- Counters.h - what a launch executed ----------------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// All counts are exact and the same for any number of threads. An instruction
// counts once a warp (or once for each part of a diverged warp that issues
// it), however many lanes take part; one whose predicate is false in all lanes
// counts as a warp instruction and in its class, but touches no memory.
//
//===----------------------------------------------------------------------===//

#ifndef HINM_EMULATOR_COUNTERS_H
#define HINM_EMULATOR_COUNTERS_H

#include <cstdint>
#include <string>
#include <vector>

namespace hinm::emulator {

/// The classes that instructions are counted in. Each instruction belongs to
/// exactly one.
enum class InstructionClass : uint8_t {
  Integer,
  Float,
  Half,
  Double,
  Special, // ex2, rcp, rsqrt, sin, ...
  Convert,
  Move, // mov, selp, cvta, prmt
  Predicate,
  Control, // bra, ret, exit, call
  Load,
  Store,
  Atomic,
  CpAsync,
  Ldmatrix, // and stmatrix
  Mma,
  MmaSp,
  Warp, // shfl, vote, match, redux
  Barrier,
  Other,
};
constexpr unsigned kInstructionClasses = unsigned(InstructionClass::Other) + 1;
/// The class's name in JSON, such as "cp_async".
const char *instructionClassName(InstructionClass kind);

/// Memory traffic of one kind of access.
struct MemoryTraffic {
  /// Warp instructions with at least one lane.
  uint64_t requests = 0;
  /// Bytes that the lanes ask for, repeats included.
  uint64_t bytes = 0;
  /// Global: 32-byte sectors touched, and the fewest that the distinct bytes
  /// could lie in. Shared: wavefronts of 128 bytes, and the fewest that the
  /// distinct bytes need. The quotient is what layout costs.
  uint64_t asked = 0;
  uint64_t needed = 0;

  void operator+=(const MemoryTraffic &other) {
    requests += other.requests;
    bytes += other.bytes;
    asked += other.asked;
    needed += other.needed;
  }
};

struct Counters {
  std::string kernel;
  uint32_t grid[3] = {0, 0, 0};
  uint32_t block[3] = {0, 0, 0};
  uint32_t staticSharedBytes = 0;
  uint32_t dynamicSharedBytes = 0;

  uint64_t warpInstructions = 0;
  uint64_t byClass[kInstructionClasses] = {};
  /// Multiply-adds that the tensor-core instructions stand for, twice; sparse
  /// ones count as if their zeros were multiplied.
  uint64_t tensorFlops = 0;
  /// Branches that split a warp, and warp instructions that some of the
  /// warp's live lanes did not take part in.
  uint64_t divergentBranches = 0;
  uint64_t partialInstructions = 0;

  MemoryTraffic globalLoads;  // ld.global, atomics' reads not included
  MemoryTraffic globalStores; // st.global
  MemoryTraffic globalAtomics;
  MemoryTraffic asyncGlobal; // cp.async's reads of global memory
  MemoryTraffic sharedLoads; // ld.shared and ldmatrix
  MemoryTraffic sharedStores;
  MemoryTraffic sharedAtomics;
  MemoryTraffic asyncShared; // cp.async's writes of shared memory
  uint64_t localBytes = 0;   // local loads and stores

  uint64_t of(InstructionClass kind) const { return byClass[unsigned(kind)]; }
  uint64_t mma() const { return of(InstructionClass::Mma); }
  uint64_t mmaSp() const { return of(InstructionClass::MmaSp); }
  uint64_t cpAsync() const { return of(InstructionClass::CpAsync); }

  /// Adds the counts (not the names and shapes) of `other`.
  void add(const Counters &other);
  /// One JSON object; `indent` spaces before each of its lines.
  std::string toJson(unsigned indent = 0) const;
};

/// A JSON array of `toJson`, one object per launch.
std::string toJson(const std::vector<Counters> &launches);

} // namespace hinm::emulator

#endif // HINM_EMULATOR_COUNTERS_H

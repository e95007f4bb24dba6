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
  Mma,      // and wmma.mma
  MmaSp,
  Wgmma,
  Warp,     // shfl, vote, match, redux
  Barrier,  // bar, barrier, bar.warp.sync
  Mbarrier, // all but the waits
  Wait,     // cp.async.wait, wgmma.wait_group, mbarrier.test_wait, try_wait
  Fence,    // membar, fence, wgmma.fence
  Other,
};
constexpr unsigned kInstructionClasses = unsigned(InstructionClass::Other) + 1;
/// The class's name in JSON, such as "cp_async".
const char *instructionClassName(InstructionClass kind);

/// What tensor-core rates depend on: the types of the operands and the sum.
enum class TensorKind : uint8_t {
  Half,       // f16 and bf16, summed in f32
  HalfToHalf, // f16, summed in f16
  Tf32,
  Byte, // s8 and u8
  Double,
};
constexpr unsigned kTensorKinds = unsigned(TensorKind::Double) + 1;

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

/// What one line of the PTX text did.
struct LineCounts {
  uint32_t line = 0;
  /// "a.cu:7", where `.loc` gives it.
  std::string source;
  uint64_t executed = 0; // warp instructions
  MemoryTraffic global;
  MemoryTraffic shared;

  void operator+=(const LineCounts &other) {
    executed += other.executed;
    global += other.global;
    shared += other.shared;
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
  /// Multiply-adds that take time, by TensorKind: sparse ones without their
  /// zeros.
  uint64_t tensorMultiplyAdds[kTensorKinds] = {};
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
  /// Operands that wgmma reads from shared memory, once a warpgroup.
  MemoryTraffic wgmmaShared;
  uint64_t localBytes = 0; // local loads and stores

  /// Global memory in whole 32-byte sectors, each counted once a launch however
  /// often it is touched: what DRAM must move at least, caches being cold.
  uint64_t uniqueReadBytes = 0;
  uint64_t uniqueWriteBytes = 0;
  /// Bytes between L2 and the SMs if L1 kept nothing: every sector asked for.
  uint64_t l2Bytes() const {
    return 32 * (globalLoads.asked + globalStores.asked + globalAtomics.asked +
                 asyncGlobal.asked);
  }
  /// The same if L1 kept all that it may: sectors of cacheable loads count
  /// once. Stores, atomics and copies that bypass L1 always go to L2.
  uint64_t l2BytesLeast() const;
  uint64_t bypassingSectors = 0; // of the loads and copies: .cg, .cv, strong

  /// Asynchronous copies that were issued and not yet waited for, of one CTA:
  /// the most bytes at any time, and the sum over all waits of the bytes that
  /// were in flight when each was reached (over `asyncWaits`, their mean).
  uint64_t asyncPeakBytes = 0;
  uint64_t asyncBytesAtWaits = 0;
  uint64_t asyncWaits = 0;

  /// One entry a line, by rising line, where LaunchOptions::countLines asks.
  std::vector<LineCounts> lines;

  uint64_t of(InstructionClass kind) const { return byClass[unsigned(kind)]; }
  uint64_t mma() const { return of(InstructionClass::Mma); }
  uint64_t mmaSp() const { return of(InstructionClass::MmaSp); }
  uint64_t cpAsync() const { return of(InstructionClass::CpAsync); }

  /// A tensor-core instruction that does `products` multiply-adds; a sparse one
  /// stands for twice as many.
  void addTensorWork(TensorKind kind, uint64_t products, bool isSparse) {
    tensorMultiplyAdds[unsigned(kind)] += products;
    tensorFlops += products * (isSparse ? 4 : 2);
  }
  /// Adds the counts (not the names and shapes) of `other`.
  void add(const Counters &other);
  /// Adds to the entry of its line, which is made where there is none.
  void addLine(const LineCounts &line);
  /// One JSON object; `indent` spaces before each of its lines.
  std::string toJson(unsigned indent = 0) const;
};

/// A JSON array of `toJson`, one object per launch.
std::string toJson(const std::vector<Counters> &launches);

} // namespace hinm::emulator

#endif // HINM_EMULATOR_COUNTERS_H

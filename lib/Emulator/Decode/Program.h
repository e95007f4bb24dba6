//===- Program.h - a kernel decoded for execution ---------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A Program is a flat list of operations with every function call inlined.
// A slot names where a value lies: 32 lanes of 2, 4, 8 or 16 bytes, or one
// 32-bit mask for a predicate. Slots of constants have their top bit set and
// lie in one pool; the others lie in the warp's register file.
//
//===----------------------------------------------------------------------===//

#ifndef HINM_LIB_EMULATOR_DECODE_PROGRAM_H
#define HINM_LIB_EMULATOR_DECODE_PROGRAM_H

#include "hinm/Emulator/Counters.h"
#include "hinm/Emulator/Module.h"

#include <cstdint>
#include <string>
#include <vector>

namespace hinm::emulator {

struct Warp;
struct Op;
using Handler = void (*)(Warp &, const Op &);

constexpr uint32_t kConstantBit = 0x80000000u;
constexpr uint32_t kNoSlot = 0x7fffffffu;
constexpr unsigned kWarpSize = 32;
constexpr unsigned kMaxWarps = 32;

/// How control goes on behind an operation.
enum class Flow : uint8_t {
  Next,
  Branch,  // to `target` where the guard holds
  Exit,    // of the thread
  Barrier, // of the CTA; `run` is called when it completes (or is null)
  Arrive,  // at a barrier without waiting
  Sync,    // needs the lanes of o[maskOperand] together, or all live ones
  Wait,    // tried again later while Warp::incomplete holds all lanes
};

struct Op {
  Handler run = nullptr;
  const uint32_t *o = nullptr; // slots: results, then sources
  int64_t imm = 0;
  uint32_t guard = kNoSlot;
  uint32_t guardFlip = 0; // all ones for @!p
  uint32_t target = 0;
  uint32_t line = 0;     // in the PTX text
  uint32_t source = 0;   // into Program::locations; 0 for none
  uint32_t index = 0;    // into Program::ops
  uint32_t a = 0, b = 0; // for the instruction's own use
  uint16_t operandCount = 0;
  uint16_t resultCount = 0;
  Flow flow = Flow::Next;
  InstructionClass kind = InstructionClass::Other;
  uint8_t counted = 1;        // 0 for what the decoder inserted
  uint8_t maskOperand = 0xff; // Sync: which slot holds the lanes
  uint8_t order = 0;          // kAcquire, kRelease: of a strong access
  uint8_t bypassesL1 = 0;     // .cg, .cv, strong
  uint8_t mayDiverge = 0;     // barrier without .aligned
};

/// A value for 32 lanes in the constant pool.
struct Constant {
  enum Kind : uint8_t { Bits, Symbol, DynamicShared };
  Kind kind = Bits;
  uint8_t bytes = 4; // a lane's; 0 for a predicate mask
  uint32_t symbol = 0;
  uint64_t bits = 0; // or the addend
  uint32_t offset = 0;
};

enum class Special : uint8_t {
  TidX,
  TidY,
  TidZ,
  NtidX,
  NtidY,
  NtidZ,
  CtaidX,
  CtaidY,
  CtaidZ,
  NctaidX,
  NctaidY,
  NctaidZ,
  LaneId,
  WarpId,
  NWarpId,
  SmId,
  NSmId,
  GridId,
  LanemaskEq,
  LanemaskLe,
  LanemaskLt,
  LanemaskGe,
  LanemaskGt,
  DynamicSmemSize,
  TotalSmemSize,
  ClusterCtaRank,
  ClusterNctaRank,
  ClusterIdX,
  ClusterIdY,
  ClusterIdZ,
  NClusterIdX,
  NClusterIdY,
  NClusterIdZ,
  ClusterCtaIdX,
  ClusterCtaIdY,
  ClusterCtaIdZ,
  ClusterNctaIdX,
  ClusterNctaIdY,
  ClusterNctaIdZ,
  WarpSz,
};

struct SpecialSlot {
  Special kind;
  uint8_t bytes;
  uint32_t slot;
};

struct SourceLocation {
  uint32_t file = 0, line = 0;
  /// The call that this was inlined for, an entry of Program::locations, or 0.
  uint32_t caller = 0;
};

struct Program {
  KernelInfo info;
  std::vector<Op> ops;
  std::vector<uint32_t> operands;
  std::vector<Constant> constants;
  uint32_t constantBytes = 0;
  std::vector<SpecialSlot> specials;
  std::vector<SourceLocation> locations;
  uint32_t registerBytes = 0; // of one warp
  uint32_t initBegin = 0;     // the masks of lanes that have written a register
  uint32_t initEnd = 0;
  uint32_t staticShared = 0;
  uint32_t sharedAlignment = 16;
  /// A piece of it that is zero at the start.
  uint32_t zeroedShared = 0, zeroedSharedBytes = 0;
  bool usesDynamicShared = false;
  uint32_t localBytes = 0;
  uint32_t paramBytes = 0;
  /// The smallest access to shared memory: what the race check works in.
  uint32_t sharedGranule = 16;
  /// Likewise of global memory.
  uint32_t globalGranule = 16;
  /// It has mbarriers or wgmma, which others than its threads act for.
  bool usesAgents = false;
  /// Results could depend on the order of CTAs: they run one by one.
  bool ordered = false;
};

} // namespace hinm::emulator

#endif // HINM_LIB_EMULATOR_DECODE_PROGRAM_H

//===- Memory.cpp - loads and stores ----------------------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// PTX ISA 9.7.9: ld, ldu, st, prefetch. The parts of a vector access are read
// and written one after the other; its lanes are checked as a whole.
//
//===----------------------------------------------------------------------===//

#include "Execute/Access.h"
#include "Execute/Sync.h"
#include "Families.h"
#include "Lanes.h"

namespace hinm::emulator::HINM_LANES {
namespace {

// op.a: parts; op.operandCount - 1 (load) is the address. The access kind of
// strong operations stands in the top bit of op.a.
constexpr uint32_t kStrong = 0x80000000u;

template <typename Elem, typename Reg>
void readLanes(Warp &warp, const Op &op, const LanePointers &from,
               uint32_t mask) {
  unsigned parts = op.a & ~kStrong;
  if (parts == 1 && from.contiguous && sizeof(Elem) == sizeof(Reg)) {
    __builtin_memcpy(warp.at<Reg>(op.o[0]), from.at[0],
                     kWarpSize * sizeof(Reg));
    return;
  }
  for (unsigned p = 0; p < parts; ++p) {
    Reg *d = warp.at<Reg>(op.o[p]);
    for (unsigned i = 0; i < kWarpSize; ++i) {
      if (!(mask >> i & 1))
        continue;
      Elem value;
      __builtin_memcpy(&value, from.at[i] + p * sizeof(Elem), sizeof value);
      d[i] = Reg(value);
    }
  }
}

template <typename Elem, typename Reg>
void writeLanes(Warp &warp, const Op &op, const LanePointers &to,
                uint32_t mask) {
  unsigned parts = op.a & ~kStrong;
  if (parts == 1 && to.contiguous && sizeof(Elem) == sizeof(Reg)) {
    __builtin_memcpy(to.at[0], warp.at<Reg>(op.o[1]), kWarpSize * sizeof(Reg));
    return;
  }
  // Lane by lane, so that the highest lane wins as a whole.
  for (unsigned i = 0; i < kWarpSize; ++i) {
    if (!(mask >> i & 1))
      continue;
    for (unsigned p = 0; p < parts; ++p) {
      Elem value = Elem(warp.at<Reg>(op.o[1 + p])[i]);
      __builtin_memcpy(to.at[i] + p * sizeof(Elem), &value, sizeof value);
    }
  }
}

/// The values of a store, for the race check.
template <typename Elem, typename Reg>
void collectValues(Warp &warp, const Op &op, uint8_t (*values)[16]) {
  unsigned parts = op.a & ~kStrong;
  for (unsigned p = 0; p < parts; ++p) {
    const Reg *from = warp.at<Reg>(op.o[1 + p]);
    for (unsigned i = 0; i < kWarpSize; ++i) {
      Elem value = Elem(from[i]);
      __builtin_memcpy(values[i] + p * sizeof(Elem), &value, sizeof value);
    }
  }
}

template <typename Elem, typename Reg, bool IsStore>
struct Access1 {
  static uint32_t bytes(const Op &op) {
    return (op.a & ~kStrong) * sizeof(Elem);
  }
  static Access kind(const Op &op) {
    bool strong = op.a & kStrong;
    return IsStore ? (strong ? Access::StrongWrite : Access::Write)
                   : (strong ? Access::StrongRead : Access::Read);
  }
  static void move(Warp &warp, const Op &op, const LanePointers &at,
                   uint32_t mask) {
    if (IsStore)
      writeLanes<Elem, Reg>(warp, op, at, mask);
    else
      readLanes<Elem, Reg>(warp, op, at, mask);
  }
  static unsigned addressOperand(const Op &op) {
    return IsStore ? 0 : op.a & ~kStrong;
  }

  static void toGlobal(Warp &warp, const Op &op, const uint64_t *address,
                       uint32_t mask) {
    LanePointers at;
    if (globalPointers(warp, op, address, mask, bytes(op), kind(op), true, at))
      move(warp, op, at, mask);
  }
  static void toShared(Warp &warp, const Op &op, const uint64_t *address,
                       uint32_t mask) {
    LanePointers at;
    uint8_t values[kWarpSize][16];
    if (IsStore)
      collectValues<Elem, Reg>(warp, op, values);
    if (sharedPointers(warp, op, address, mask, bytes(op), kind(op), true, at,
                       IsStore ? values : nullptr))
      move(warp, op, at, mask);
  }
  static void toLocal(Warp &warp, const Op &op, const uint64_t *address,
                      uint32_t mask) {
    LanePointers at;
    if (localPointers(warp, op, address, mask, bytes(op), kind(op), at))
      move(warp, op, at, mask);
  }

  static void global(Warp &warp, const Op &op) {
    uint64_t address[kWarpSize];
    laneAddresses(warp, op, addressOperand(op), address);
    toGlobal(warp, op, address, warp.mask);
  }
  static void shared(Warp &warp, const Op &op) {
    uint64_t address[kWarpSize];
    laneAddresses(warp, op, addressOperand(op), address);
    toShared(warp, op, address, warp.mask);
  }
  static void local(Warp &warp, const Op &op) {
    uint64_t address[kWarpSize];
    laneAddresses(warp, op, addressOperand(op), address);
    toLocal(warp, op, address, warp.mask);
  }
  static void param(Warp &warp, const Op &op) {
    uint64_t address[kWarpSize];
    laneAddresses(warp, op, addressOperand(op), address);
    LanePointers at;
    if (paramPointers(warp, op, address, warp.mask, bytes(op), at))
      move(warp, op, at, warp.mask);
  }
  static void generic(Warp &warp, const Op &op) {
    uint64_t address[kWarpSize];
    laneAddresses(warp, op, addressOperand(op), address);
    uint32_t shared = 0, local = 0, param = 0;
    for (unsigned i = 0; i < kWarpSize; ++i) {
      uint64_t window = address[i] & kWindowMask;
      shared |= uint32_t(window == kSharedWindow) << i;
      local |= uint32_t(window == kLocalWindow) << i;
      param |= uint32_t(window == kParamWindow) << i;
    }
    uint32_t global = warp.mask & ~(shared | local | param);
    if (global)
      toGlobal(warp, op, address, global);
    for (unsigned i = 0; i < kWarpSize; ++i)
      address[i] &= ~kWindowMask;
    if (shared & warp.mask)
      toShared(warp, op, address, shared & warp.mask);
    if (local & warp.mask)
      toLocal(warp, op, address, local & warp.mask);
    if (param & warp.mask) {
      LanePointers at;
      if (IsStore) {
        warp.cta->fail(warp, op, __builtin_ctz(param & warp.mask),
                       "write to a kernel parameter");
        return;
      }
      if (paramPointers(warp, op, address, param & warp.mask, bytes(op), at))
        move(warp, op, at, param & warp.mask);
    }
  }

  static Handler of(Space space) {
    switch (space) {
    case Space::Global:
    case Space::Const:
      return global;
    case Space::Shared:
      return shared;
    case Space::Local:
      return local;
    case Space::Param:
      return IsStore ? nullptr : param;
    default:
      return generic;
    }
  }
};

template <typename Elem, bool IsStore>
Handler byRegister(unsigned bytes, Space space) {
  switch (bytes) {
  case 2:
    return sizeof(Elem) <= 2
               ? Access1<std::conditional_t<sizeof(Elem) <= 2, Elem, int16_t>,
                         uint16_t, IsStore>::of(space)
               : nullptr;
  case 4:
    return sizeof(Elem) <= 4
               ? Access1<std::conditional_t<sizeof(Elem) <= 4, Elem, int32_t>,
                         uint32_t, IsStore>::of(space)
               : nullptr;
  case 8:
    return Access1<Elem, uint64_t, IsStore>::of(space);
  default:
    return nullptr;
  }
}

template <bool IsStore>
Handler byType(Type type, unsigned bytes, Space space) {
  switch (type) {
  case Type::S8:
    return byRegister<int8_t, IsStore>(bytes, space);
  case Type::B8:
  case Type::U8:
    return byRegister<uint8_t, IsStore>(bytes, space);
  case Type::S16:
    return byRegister<int16_t, IsStore>(bytes, space);
  case Type::S32:
    return byRegister<int32_t, IsStore>(bytes, space);
  default:
    break;
  }
  switch (ast::typeBytes(type)) {
  case 2:
    return byRegister<uint16_t, IsStore>(bytes, space);
  case 4:
    return byRegister<uint32_t, IsStore>(bytes, space);
  case 8:
    return byRegister<uint64_t, IsStore>(bytes, space);
  }
  return nullptr;
}

const char *const spaceNames[] = {
    "global",      "shared",          "local",        "const",       "param",
    "shared::cta", "shared::cluster", "param::entry", "param::func", nullptr};
const Space spaceOfName[] = {Space::Global, Space::Shared, Space::Local,
                             Space::Const,  Space::Param,  Space::Shared,
                             Space::Shared, Space::Param,  Space::Local};

const char *const cacheHints[] = {"ca", "cg", "cs", "lu",   "cv",
                                  "wb", "wt", "nc", nullptr};
const char *const evictHints[] = {"L1::evict_normal",
                                  "L1::evict_unchanged",
                                  "L1::evict_first",
                                  "L1::evict_last",
                                  "L1::no_allocate",
                                  "L2::evict_normal",
                                  "L2::evict_first",
                                  "L2::evict_last",
                                  "L2::evict_unchanged",
                                  "L2::64B",
                                  "L2::128B",
                                  "L2::256B",
                                  nullptr};
const char *const scopes[] = {"cta", "cluster", "gpu", "sys", nullptr};

} // namespace

/// Takes the modifiers that only say how long a line is kept. Whether the
/// access passes L1 by is noted.
void takeCacheHints(Instr &in) {
  for (int cache; (cache = in.oneOf(cacheHints)) >= 0;)
    in.op.bypassesL1 |= cache == 1 || cache == 4;
  while (in.oneOf(evictHints) >= 0) {
  }
}

Space takeSpace(Instr &in) {
  int space = in.oneOf(spaceNames);
  return space < 0 ? Space::Generic : spaceOfName[space];
}

namespace {

unsigned takeVector(Instr &in) {
  static const char *const vectors[] = {"v2", "v4", "v8", nullptr};
  int vector = in.oneOf(vectors);
  return vector < 0 ? 1 : 2u << vector;
}

template <bool IsStore>
bool decodeAccess(Instr &in) {
  static const char *const orders[] = {
      "weak", "relaxed", "acquire", "release", "volatile", "mmio", nullptr};
  int order = in.oneOf(orders);
  bool hasPolicy = in.has("L2::cache_hint");
  bool isCtaWide = in.oneOf(scopes) == 0;
  Space space = takeSpace(in);
  takeCacheHints(in);
  if (order == 5 && in.oneOf(orders) != 1)
    return in.unsupported();
  unsigned parts = takeVector(in);
  Type type = in.type();
  unsigned size = ast::typeBytes(type);
  if (type == Type::None || type == Type::Pred || size * parts > 16)
    return in.unsupported();
  if (!in.expectOperands(2 + hasPolicy, 2 + hasPolicy))
    return false;
  unsigned bytes = 0;
  bool strong = order > 0;
  if (IsStore) {
    if (!in.address(0, space) || !in.sourceVectorWide(1, type, parts, bytes))
      return false;
  } else {
    if (!in.resultVectorWide(0, type, parts, bytes) || !in.address(1, space))
      return false;
  }
  // Towards other CTAs it is no more than an ordinary access.
  strong &= !(isCtaWide && space == Space::Global);
  in.op.a = parts | (strong ? kStrong : 0);
  in.op.bypassesL1 |= strong;
  in.op.order = order == 2 ? kAcquire : order == 3 ? kRelease : 0;
  if (space == Space::Shared || space == Space::Generic)
    in.touchesShared(size * parts);
  if (space == Space::Global || space == Space::Generic)
    in.touchesGlobal(size * parts);
  // createpolicy's result: a hint, read and not looked at.
  if (hasPolicy && !in.source(2, Type::B64))
    return false;
  if (strong && (space == Space::Global || space == Space::Generic))
    in.makeOrdered();
  if (IsStore && space == Space::Const)
    return in.fail("constant memory cannot be written");
  Handler run = byType<IsStore>(type, bytes, space);
  if (!run)
    return in.unsupported();
  return in.finish(run,
                   IsStore ? InstructionClass::Store : InstructionClass::Load);
}

/// A cache policy is an opaque value.
void makePolicy(Warp &warp, const Op &op) {
  uint64_t *d = warp.at<uint64_t>(op.o[0]);
  for (unsigned i = 0; i < kWarpSize; ++i)
    if (warp.mask >> i & 1)
      d[i] = 0x10f0000000000000ull;
}

bool decodePolicy(Instr &in) {
  static const char *const kinds[] = {"fractional", "range", "cvt", nullptr};
  in.has("global");
  int kind = in.oneOf(kinds);
  if (kind != 0 && !(kind == 2 && in.has("L2")))
    return in.unsupported();
  while (in.oneOf(evictHints) >= 0) {
  }
  if (in.type() != Type::B64)
    return in.unsupported();
  if (!in.expectOperands(1, 2) || !in.result(0, Type::B64))
    return false;
  if (in.operands() == 2 && !in.source(1, kind == 0 ? Type::F32 : Type::B64))
    return false;
  return in.finish(makePolicy, InstructionClass::Move);
}

/// A hint: it may name any address.
bool decodePrefetch(Instr &in) {
  static const char *const levels[] = {"L1", "L2", "L2::evict_last",
                                       "L2::evict_normal", nullptr};
  takeSpace(in);
  if (in.oneOf(levels) < 0 && !in.has("tensormap"))
    return in.unsupported();
  if (!in.expectOperands(1, in.isRoot("applypriority") ? 2 : 1))
    return false;
  Space space = Space::Generic;
  return in.address(0, space) && in.finish(nullptr, InstructionClass::Other);
}

} // namespace

const InstructionRow *memoryInstructions() {
  static const InstructionRow rows[] = {
      {"ld", decodeAccess<false>},       {"ldu", decodeAccess<false>},
      {"st", decodeAccess<true>},        {"prefetch", decodePrefetch},
      {"prefetchu", decodePrefetch},     {"createpolicy", decodePolicy},
      {"applypriority", decodePrefetch}, {nullptr, nullptr},
  };
  return rows;
}

} // namespace hinm::emulator::HINM_LANES

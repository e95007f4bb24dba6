//===- Atomic.cpp - atomics and reductions ----------------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// PTX ISA 9.7.13: atom, red. Lanes go one after the other, lowest first. Where
// the outcome depends on the order of CTAs (a result is used, floats are
// added), the launch runs its CTAs one by one.
//
//===----------------------------------------------------------------------===//

#include "Execute/Access.h"
#include "Execute/Sync.h"
#include "Families.h"
#include "SmallFloat.h"

namespace hinm::emulator::HINM_LANES {

void takeCacheHints(Instr &in);
Space takeSpace(Instr &in);

namespace {

enum Operation : uint32_t {
  And,
  Or,
  Xor,
  Exch,
  Add,
  Inc,
  Dec,
  Min,
  Max,
  Cas,
};
const char *const operations[] = {"and", "or",  "xor", "exch", "add",  "inc",
                                  "dec", "min", "max", "cas",  nullptr};

template <typename T>
T apply(Operation operation, T old, T value, T swap) {
  switch (operation) {
  case And:
    return old & value;
  case Or:
    return old | value;
  case Xor:
    return old ^ value;
  case Exch:
    return value;
  case Add:
    return T(std::make_unsigned_t<T>(old) + std::make_unsigned_t<T>(value));
  case Inc:
    return old >= value ? T(0) : T(old + 1);
  case Dec:
    return old == 0 || old > value ? value : T(old - 1);
  case Min:
    return old < value ? old : value;
  case Max:
    return old > value ? old : value;
  case Cas:
    return old == value ? swap : old;
  }
  return old;
}

struct AddFloat {
  using Bits = uint32_t;
  static Bits run(Bits old, Bits value) {
    return bitCast<Bits>(
        canonical(bitCast<float>(old) + bitCast<float>(value)));
  }
};
struct AddDouble {
  using Bits = uint64_t;
  static Bits run(Bits old, Bits value) {
    return bitCast<Bits>(
        canonical(bitCast<double>(old) + bitCast<double>(value)));
  }
};
template <typename Format>
struct AddSmall {
  using Bits = uint16_t;
  static Bits run(Bits old, Bits value) {
    return Format::store(Format::load(old) + Format::load(value));
  }
};
template <typename Format>
struct AddPair {
  using Bits = uint32_t;
  static Bits run(Bits old, Bits value) {
    uint32_t low = AddSmall<Format>::run(uint16_t(old), uint16_t(value));
    uint32_t high =
        AddSmall<Format>::run(uint16_t(old >> 16), uint16_t(value >> 16));
    return low | high << 16;
  }
};

/// What op.a packs.
struct Form {
  uint32_t operation : 8; // Operation
  uint32_t space : 8;     // Space
  uint32_t count : 8;     // elements of the vector
  uint32_t swaps : 1;
  uint32_t isCtaWide : 1; // atomic towards threads of its CTA only
  uint32_t padding : 6;
};
static_assert(sizeof(Form) == 4, "must fit op.a");

/// o: [d ...,] address, value ... [, swap]; op.resultCount 0 for red.
template <typename T, typename F>
void onLanes(Warp &warp, const Op &op, F f) {
  Form form = bitCast<Form>(op.a);
  Space space = Space(form.space);
  uint64_t address[kWarpSize];
  unsigned first = op.resultCount, count = form.count;
  unsigned bytes = sizeof(T) * count;
  Access kind = form.swaps ? Access::Swap : Access::Atomic;
  laneAddresses(warp, op, first, address);
  uint32_t shared = 0, global = warp.mask;
  if (space == Space::Shared) {
    shared = warp.mask;
    global = 0;
  } else if (space == Space::Generic) {
    for (unsigned i = 0; i < kWarpSize; ++i)
      shared |= uint32_t((address[i] & kWindowMask) == kSharedWindow) << i;
    shared &= warp.mask;
    global &= ~shared;
  }
  LanePointers at;
  auto run = [&](uint32_t lanes) {
    for (unsigned i = 0; i < kWarpSize; ++i) {
      if (!(lanes >> i & 1))
        continue;
      for (unsigned e = 0; e < count; ++e) {
        uint8_t *place = at.at[i] + e * sizeof(T);
        T old, value = warp.at<T>(op.o[first + 1 + e])[i];
        T swap = form.swaps ? warp.at<T>(op.o[first + 2])[i] : value;
        __builtin_memcpy(&old, place, sizeof old);
        T made = f(old, value, swap);
        __builtin_memcpy(place, &made, sizeof made);
        if (first)
          warp.at<T>(op.o[e])[i] = old;
      }
    }
  };
  if (global) {
    // Towards other CTAs it is no more than an ordinary write.
    Access wide = form.isCtaWide ? Access::Write : kind;
    if (!globalPointers(warp, op, address, global, bytes, wide, true, at))
      return;
    std::lock_guard<std::mutex> lock(warp.cta->launch.atomicMutex);
    run(global);
  }
  if (shared) {
    for (unsigned i = 0; i < kWarpSize; ++i)
      address[i] &= ~kWindowMask;
    if (!sharedPointers(warp, op, address, shared, bytes, kind, true, at))
      return;
    run(shared);
  }
}

template <typename T>
void integer(Warp &warp, const Op &op) {
  Operation operation = Operation(bitCast<Form>(op.a).operation);
  onLanes<T>(warp, op, [operation](T old, T value, T swap) {
    return apply<T>(operation, old, value, swap);
  });
}
template <typename F>
void floating(Warp &warp, const Op &op) {
  using Bits = typename F::Bits;
  onLanes<Bits>(warp, op,
                [](Bits old, Bits value, Bits) { return F::run(old, value); });
}

bool decodeAtomic(Instr &in) {
  static const char *const orders[] = {"relaxed", "acquire", "release",
                                       "acq_rel", nullptr};
  static const char *const scopes[] = {"cta", "cluster", "gpu", "sys", nullptr};
  bool isReduction = in.isRoot("red");
  if (in.has("async"))
    return in.unsupported();
  static const uint8_t orderBits[] = {0, kAcquire, kRelease,
                                      kAcquire | kRelease};
  int order = in.oneOf(orders);
  in.op.order = order < 0 ? 0 : orderBits[order];
  bool isCtaWide = in.oneOf(scopes) == 0;
  in.has("noftz");
  bool hasPolicy = in.has("L2::cache_hint");
  static const char *const vectors[] = {"v2", "v4", "v8", nullptr};
  int vector = in.oneOf(vectors);
  unsigned count = vector < 0 ? 1 : 2u << vector;
  Space space = takeSpace(in);
  takeCacheHints(in);
  int operation = in.oneOf(operations);
  Type type = in.type();
  if (operation < 0 || type == Type::None)
    return in.unsupported();
  Handler run = nullptr;
  bool isFloat = false;
  unsigned bytes = ast::typeBytes(type);
  switch (type) {
  case Type::F32:
    run = operation == Add ? floating<AddFloat> : nullptr;
    isFloat = true;
    break;
  case Type::F64:
    run = operation == Add ? floating<AddDouble> : nullptr;
    isFloat = true;
    break;
  case Type::F16:
    run = operation == Add ? floating<AddSmall<Half>> : nullptr;
    isFloat = true;
    break;
  case Type::BF16:
    run = operation == Add ? floating<AddSmall<Bfloat>> : nullptr;
    isFloat = true;
    break;
  case Type::F16x2:
    run = operation == Add ? floating<AddPair<Half>> : nullptr;
    isFloat = true;
    break;
  case Type::BF16x2:
    run = operation == Add ? floating<AddPair<Bfloat>> : nullptr;
    isFloat = true;
    break;
  case Type::S32:
    run = integer<int32_t>;
    break;
  case Type::U32:
  case Type::B32:
    run = integer<uint32_t>;
    break;
  case Type::S64:
    run = integer<int64_t>;
    break;
  case Type::U64:
  case Type::B64:
    run = integer<uint64_t>;
    break;
  case Type::B16:
    run = operation == Cas || operation == Exch ? integer<uint16_t> : nullptr;
    break;
  default:
    break;
  }
  bool bits = type == Type::B16 || type == Type::B32 || type == Type::B64;
  bool needsBits = operation <= int(Exch) || operation == int(Cas);
  if (!run || (!isFloat && bits != needsBits))
    return in.unsupported();
  if (count > 1 && (!isFloat || count * bytes > 16))
    return in.unsupported();
  bool swaps = operation == Cas;
  unsigned first = isReduction ? 0 : 1;
  unsigned wanted = first + 2 + swaps + hasPolicy;
  if (!in.expectOperands(wanted, wanted))
    return false;
  bool usesResult = !isReduction && !in.isName(0, "_");
  if (!isReduction && !in.resultVector(0, type, count))
    return false;
  if (!in.address(first, space) || !in.sourceVector(first + 1, type, count) ||
      (swaps && !in.source(first + 2, type)) ||
      (hasPolicy && !in.source(wanted - 1, Type::B64)))
    return false;
  if (space == Space::Global || space == Space::Generic)
    in.touchesGlobal(bytes);
  if (space == Space::Shared || space == Space::Generic)
    in.touchesShared(bytes);
  else if (space != Space::Global)
    return in.unsupported();
  if (count > 1 && space != Space::Global)
    return in.fail("a vector needs '.global'");
  bool anyOrder = !usesResult && !isFloat && operation != Exch &&
                  operation != Inc && operation != Dec && operation != Cas;
  if (space != Space::Shared && !anyOrder)
    in.makeOrdered();
  Form form = {};
  form.operation = uint32_t(operation);
  form.space = uint32_t(space);
  form.count = count;
  form.swaps = swaps;
  form.isCtaWide = isCtaWide;
  in.op.a = bitCast<uint32_t>(form);
  return in.finish(run, InstructionClass::Atomic);
}

} // namespace

const InstructionRow *atomicInstructions() {
  static const InstructionRow rows[] = {
      {"atom", decodeAtomic},
      {"red", decodeAtomic},
      {nullptr, nullptr},
  };
  return rows;
}

} // namespace hinm::emulator::HINM_LANES

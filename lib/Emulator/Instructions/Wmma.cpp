//===- Wmma.cpp - wmma: matrices without a known layout ---------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// PTX ISA 9.7.14.4. How a wmma fragment lies in registers is unspecified; here
// slot s of lane l holds element (32 s + l) mod size of the row-major matrix,
// repeated where the ISA's registers hold more than the matrix has. Order of
// accumulation as in Mma.cpp.
//
//===----------------------------------------------------------------------===//

#include "Execute/Access.h"
#include "Families.h"
#include "SmallFloat.h"

#include <algorithm>

namespace hinm::emulator::HINM_LANES {

Space takeSpace(Instr &in);

namespace {

const char *const shapes[] = {"m16n16k16", "m32n8k16", "m8n32k16", "m16n16k8",
                              nullptr};
const uint8_t extents[][3] = {
    {16, 16, 16}, {32, 8, 16}, {8, 32, 16}, {16, 16, 8}};
constexpr unsigned kMost = 512; // elements of a matrix

/// One fragment: its matrix, its element type, its registers.
struct Fragment {
  uint8_t rows = 0, columns = 0;
  uint8_t type = 0; // Type
  uint8_t registers = 0;
  unsigned size() const { return unsigned(rows) * columns; }
  unsigned bytes() const {
    return Type(type) == Type::TF32 ? 4 : ast::typeBytes(Type(type));
  }
  unsigned elements() const { return 4 / bytes(); } // of a register
  unsigned slots() const { return registers * elements(); }
};

bool isWide(Type type) {
  return type == Type::F32 || type == Type::S32 || type == Type::TF32;
}

/// `use`: 0 A, 1 B, 2 C or D. False for what does not exist.
bool describe(int shape, int use, Type type, Fragment &out) {
  const uint8_t *e = extents[shape];
  out.rows = use == 1 ? e[2] : e[0];
  out.columns = use == 0 ? e[2] : e[1];
  out.type = uint8_t(type);
  bool accumulates = use == 2;
  bool legal =
      accumulates ? type == Type::F32 ||
                        (shape != 3 && (type == Type::S32 || type == Type::F16))
      : shape == 3 ? type == Type::TF32
                   : type == Type::F16 || type == Type::BF16 ||
                         type == Type::S8 || type == Type::U8;
  if (!legal)
    return false;
  if (!accumulates && type == Type::F16)
    out.registers = 8;
  else
    out.registers = uint8_t(out.size() * out.bytes() / 4 / kWarpSize);
  return true;
}

uint32_t readSlot(Warp &warp, const uint32_t *slots, const Fragment &f,
                  unsigned slot, unsigned lane) {
  unsigned n = f.elements(), bits = f.bytes() * 8;
  uint32_t word = warp.at<uint32_t>(slots[slot / n])[lane] >> slot % n * bits;
  return bits == 32 ? word : word & ((1u << bits) - 1);
}
void writeSlot(Warp &warp, const uint32_t *slots, const Fragment &f,
               unsigned slot, unsigned lane, uint32_t value) {
  unsigned n = f.elements(), bits = f.bytes() * 8;
  uint32_t &word = warp.at<uint32_t>(slots[slot / n])[lane];
  uint32_t mask = bits == 32 ? ~0u : ((1u << bits) - 1) << slot % n * bits;
  word = (word & ~mask) | (value << slot % n * bits & mask);
}

/// How memory holds the fragment; op.a packs it.
struct MemoryForm {
  Fragment fragment;
  bool isColumn;
  bool isStore;
  Space space;
};
MemoryForm formOf(const Op &op) {
  MemoryForm form;
  form.fragment.rows = uint8_t(op.a);
  form.fragment.columns = uint8_t(op.a >> 8);
  form.fragment.type = uint8_t(op.a >> 16);
  form.fragment.registers = uint8_t(op.a >> 24 & 15);
  form.isColumn = op.a >> 28 & 1;
  form.isStore = op.a >> 29 & 1;
  form.space = op.a >> 30 == 0   ? Space::Generic
               : op.a >> 30 == 1 ? Space::Global
                                 : Space::Shared;
  return form;
}

/// The lane by which the elements of lane 0 are judged for races. Which lane
/// touches an element is unspecified, so A and B must not meet what a store of
/// D wrote by the same lanes as if that were certain.
unsigned turnOf(const Fragment &f) {
  bool accumulates = Type(f.type) == Type::F32 || Type(f.type) == Type::S32;
  return accumulates                                     ? 0
         : Type(f.type) == Type::F16 && f.registers == 4 ? 2
                                                         : 1;
}

/// All lanes must name one place; its alignment is that of ISA 9.7.14.4.2,
/// "Address Alignment". A stride need be a multiple of 16 bytes only (as CUDA
/// C++ has it): default strides of 8 halves are no more.
bool checkPlace(Warp &warp, const Op &op, const Fragment &f,
                const uint64_t *base, const uint32_t *stride) {
  for (unsigned l = 1; l < kWarpSize; ++l)
    if (base[l] != base[0] || stride[l] != stride[0]) {
      warp.cta->fail(warp, op, int(l),
                     "the address or the stride of a wmma differs from that "
                     "of lane 0");
      return false;
    }
  unsigned whole = f.registers * 4u, step = std::min(whole, 16u);
  if (base[0] % whole) {
    warp.cta->fail(warp, op, 0,
                   format("misaligned matrix at 0x%llx: must be a multiple of "
                          "%u bytes, the size of a fragment",
                          (unsigned long long)base[0], whole));
    return false;
  }
  if (uint64_t(stride[0]) * f.bytes() % step) {
    warp.cta->fail(warp, op, 0,
                   format("misaligned rows: a stride of %u elements of %u "
                          "bytes is no multiple of %u bytes",
                          stride[0], f.bytes(), step));
    return false;
  }
  return true;
}

/// o: results (load) or address (store) ...; the stride is the last operand.
void moveMatrix(Warp &warp, const Op &op) {
  MemoryForm form = formOf(op);
  Fragment f = form.fragment;
  unsigned addressOperand = form.isStore ? 0 : f.registers;
  const uint32_t *registers = op.o + (form.isStore ? 1 : 0);
  uint64_t base[kWarpSize];
  laneAddresses(warp, op, addressOperand, base);
  const uint32_t *strides = warp.at<uint32_t>(op.o[op.operandCount - 1]);
  if (!checkPlace(warp, op, f, base, strides))
    return;
  uint32_t stride = strides[0];
  bool shared =
      form.space == Space::Shared || (form.space == Space::Generic &&
                                      (base[0] & kWindowMask) == kSharedWindow);
  if (shared)
    base[0] &= ~kWindowMask;
  Access kind = form.isStore ? Access::Write : Access::Read;
  unsigned turn = shared ? turnOf(f) : 0;
  unsigned distinct = f.size() / kWarpSize; // the rest are repeats
  for (unsigned slot = 0; slot < f.slots(); ++slot) {
    if (form.isStore && slot >= distinct)
      break;
    uint64_t address[kWarpSize];
    uint8_t values[kWarpSize][16];
    for (unsigned l = 0; l < kWarpSize; ++l) {
      unsigned i = (slot * kWarpSize + l) % f.size();
      unsigned row = i / f.columns, column = i % f.columns;
      uint64_t place = form.isColumn ? uint64_t(column) * stride + row
                                     : uint64_t(row) * stride + column;
      unsigned by = (l + turn) % kWarpSize;
      address[by] = base[0] + place * f.bytes();
      if (form.isStore) {
        uint32_t value = readSlot(warp, registers, f, slot, l);
        __builtin_memcpy(values[by], &value, sizeof value);
      }
    }
    LanePointers at;
    bool counted = slot < distinct;
    if (shared ? !sharedPointers(warp, op, address, ~0u, f.bytes(), kind,
                                 counted, at, form.isStore ? values : nullptr)
               : !globalPointers(warp, op, address, ~0u, f.bytes(), kind,
                                 counted, at))
      return;
    for (unsigned l = 0; l < kWarpSize; ++l) {
      unsigned by = (l + turn) % kWarpSize;
      if (form.isStore) {
        __builtin_memcpy(at.at[by], values[by], f.bytes());
      } else {
        uint32_t value = 0;
        __builtin_memcpy(&value, at.at[by], f.bytes());
        writeSlot(warp, registers, f, slot, l, value);
      }
    }
  }
}

bool decodeMemory(Instr &in, bool isStore) {
  static const char *const loads[] = {"a", "b", "c", nullptr};
  static const char *const layouts[] = {"row", "col", nullptr};
  int use = isStore ? in.has("d") ? 2 : -1 : in.oneOf(loads);
  int layout = in.oneOf(layouts), shape = in.oneOf(shapes);
  if (!in.has("sync") || !in.has("aligned") || use < 0 || layout < 0 ||
      shape < 0)
    return in.unsupported();
  Space space = takeSpace(in);
  Type type = in.type();
  Fragment f;
  if ((space != Space::Generic && space != Space::Global &&
       space != Space::Shared) ||
      !describe(shape, use, type, f))
    return in.unsupported();
  if (!in.expectOperands(2, 3))
    return false;
  Type element = Type::B32;
  unsigned vector = isStore ? 1 : 0, address = isStore ? 0 : 1;
  if (isStore
          ? !in.address(0, space) || !in.sourceVector(1, element, f.registers)
          : !in.resultVector(vector, element, f.registers) ||
                !in.address(address, space))
    return false;
  if (in.operands() == 3) {
    if (!in.source(2, Type::U32))
      return false;
  } else {
    in.sourceConstant(layout == 0 ? f.columns : f.rows, 4);
  }
  if (space != Space::Global)
    in.touchesShared(f.bytes());
  in.op.a = f.rows | f.columns << 8 | f.type << 16 | f.registers << 24 |
            uint32_t(layout) << 28 | uint32_t(isStore) << 29 |
            (space == Space::Global   ? 1u
             : space == Space::Shared ? 2u
                                      : 0u)
                << 30;
  in.op.flow = Flow::Sync;
  return in.finish(moveMatrix,
                   isStore ? InstructionClass::Store : InstructionClass::Load);
}

/// Elements of a fragment as numbers.
template <typename T>
void gather(Warp &warp, const uint32_t *slots, const Fragment &f, T *out) {
  for (unsigned i = 0; i < f.size(); ++i) {
    uint32_t bits = readSlot(warp, slots, f, i / kWarpSize, i % kWarpSize);
    switch (Type(f.type)) {
    case Type::F16:
      out[i] = T(halfToFloat(uint16_t(bits)));
      break;
    case Type::BF16:
      out[i] = T(bfloatToFloat(uint16_t(bits)));
      break;
    case Type::TF32:
      out[i] = T(bitCast<float>(bits & 0xffffe000u));
      break;
    case Type::F32:
      out[i] = T(bitCast<float>(bits));
      break;
    case Type::S8:
      out[i] = T(int8_t(bits));
      break;
    default:
      out[i] = T(int32_t(bits));
    }
  }
}

struct Product {
  uint8_t shape, a, b, d, c; // Types
  uint8_t saturates;
  uint16_t unused;
};
static_assert(sizeof(Product) == 8, "must fit op.imm");

template <typename T>
void multiplyMatrices(Warp &warp, const Op &op) {
  Product p = bitCast<Product>(op.imm);
  Fragment a, b, c, d;
  describe(p.shape, 0, Type(p.a), a);
  describe(p.shape, 1, Type(p.b), b);
  describe(p.shape, 2, Type(p.c), c);
  describe(p.shape, 2, Type(p.d), d);
  T left[kMost], right[kMost], sum[kMost];
  const uint32_t *slots = op.o + d.registers;
  gather(warp, slots, a, left);
  gather(warp, slots + a.registers, b, right);
  gather(warp, slots + a.registers + b.registers, c, sum);
  for (unsigned m = 0; m < d.rows; ++m)
    for (unsigned n = 0; n < d.columns; ++n) {
      T total = sum[m * d.columns + n];
      for (unsigned k = 0; k < a.columns; ++k) {
        T x = left[m * a.columns + k], y = right[k * b.columns + n];
        if constexpr (std::is_same_v<T, float>)
          total = __builtin_fmaf(x, y, total);
        else
          total += x * y;
      }
      sum[m * d.columns + n] = total;
    }
  for (unsigned slot = 0; slot < d.slots(); ++slot)
    for (unsigned l = 0; l < kWarpSize; ++l) {
      T value = sum[(slot * kWarpSize + l) % d.size()];
      uint32_t bits;
      if constexpr (std::is_same_v<T, float>) {
        bits = Type(d.type) == Type::F16 ? floatToHalf(value)
                                         : bitCast<uint32_t>(canonical(value));
      } else {
        if (p.saturates)
          value = value > INT32_MAX   ? INT32_MAX
                  : value < INT32_MIN ? INT32_MIN
                                      : value;
        bits = uint32_t(value);
      }
      writeSlot(warp, op.o, d, slot, l, bits);
    }
  TensorKind kind = std::is_same_v<T, int64_t>   ? TensorKind::Byte
                    : Type(a.type) == Type::TF32 ? TensorKind::Tf32
                    : Type(d.type) == Type::F16  ? TensorKind::HalfToHalf
                                                 : TensorKind::Half;
  warp.cta->sums.addTensorWork(kind, uint64_t(d.size()) * a.columns, false);
}

bool decodeProduct(Instr &in) {
  static const char *const layouts[] = {"row", "col", nullptr};
  Product p = {};
  if (!in.has("sync") || !in.has("aligned") || in.oneOf(layouts) < 0 ||
      in.oneOf(layouts) < 0)
    return in.unsupported();
  int shape = in.oneOf(shapes);
  if (shape < 0)
    return in.unsupported();
  p.saturates = in.has("satfinite");
  // Halves: .dtype.ctype; others: .dtype.atype.btype.ctype.
  Type d = in.type(), second = in.type(), third = in.type();
  Type a = Type::F16, b = Type::F16, c = second;
  if (third != Type::None) {
    a = second;
    b = third;
    c = in.type();
  }
  Fragment fa, fb, fc, fd;
  if (c == Type::None || !describe(shape, 0, a, fa) ||
      !describe(shape, 1, b, fb) || !describe(shape, 2, c, fc) ||
      !describe(shape, 2, d, fd))
    return in.unsupported();
  bool halves = a == Type::F16;
  bool integers = a == Type::S8 || a == Type::U8;
  if (integers != (d == Type::S32) || integers != (c == Type::S32) || a != b ||
      (halves && third != Type::None) ||
      (!halves && !(isWide(d) && isWide(c))) || (p.saturates && !integers))
    return in.unsupported();
  p.shape = uint8_t(shape);
  p.a = uint8_t(a);
  p.b = uint8_t(b);
  p.c = uint8_t(c);
  p.d = uint8_t(d);
  in.op.imm = bitCast<int64_t>(p);
  in.op.flow = Flow::Sync;
  return in.expectOperands(4, 4) &&
         in.resultVector(0, Type::B32, fd.registers) &&
         in.sourceVector(1, Type::B32, fa.registers) &&
         in.sourceVector(2, Type::B32, fb.registers) &&
         in.sourceVector(3, Type::B32, fc.registers) &&
         in.finish(integers ? multiplyMatrices<int64_t>
                            : multiplyMatrices<float>,
                   InstructionClass::Mma);
}

bool decodeWmma(Instr &in) {
  if (in.has("load"))
    return decodeMemory(in, false);
  if (in.has("store"))
    return decodeMemory(in, true);
  return in.has("mma") ? decodeProduct(in) : in.unsupported();
}

} // namespace

const InstructionRow *wmmaInstructions() {
  static const InstructionRow rows[] = {
      {"wmma", decodeWmma},
      {nullptr, nullptr},
  };
  return rows;
}

} // namespace hinm::emulator::HINM_LANES

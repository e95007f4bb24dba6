//===- ChannelOrders.h - which orders of channels a program may have --*- C++
//-*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Feature-major tensors that elementwise ops and permutes connect can all be
// kept in one other order of their channels: sparse products store their rows in
// any order and read them in any order, at no cost. An order is *held* by a
// tensor `t` if place `i` of what is stored is `t[order[i]]`. Whatever orders
// tensors hold, the program can be rewritten to mean the same; the choice
// decides how many permutes are left.
//
//===----------------------------------------------------------------------===//

#ifndef HINM_LIB_DIALECT_HINM_TRANSFORMS_CHANNELORDERS_H
#define HINM_LIB_DIALECT_HINM_TRANSFORMS_CHANNELORDERS_H

#include "hinm/Dialect/HINM/IR/HINM.h"

#include "llvm/ADT/MapVector.h"

#include <string>

namespace mlir::hinm {

using Order = SmallVector<int64_t>;

Order identityOrder(int64_t size);
bool isIdentity(ArrayRef<int64_t> order);
/// result[i] = outer[inner[i]].
Order compose(ArrayRef<int64_t> outer, ArrayRef<int64_t> inner);
Order invert(ArrayRef<int64_t> order);

/// The operands of an op that computes each entry `[channel][token]` of its
/// results from its operands at that place.
struct ElementwiseOperands {
  /// Tensors of the results' shape.
  SmallVector<OpOperand *> perEntry;
  /// Tensors with one element for each channel.
  SmallVector<OpOperand *> perChannel;
};

/// The operands of `op`, if it is elementwise on `[channel][token]`: a linalg op
/// or one on whole tensors, or the epilogue of a product.
std::optional<ElementwiseOperands> getElementwiseOperands(Operation *op);

/// True if `permute` reorders the channels of a feature-major tensor.
bool permutesChannels(PermuteOp permute);

/// True if all channels of `value` are alike, so that it has every order.
bool hasEveryOrder(Value value);

/// True if `operand` is read for its shape alone.
bool readsShapeOnly(OpOperand &operand);

/// True if the constant weight of `matmul` can be made to read another order of
/// its input's channels.
bool canRenameInputs(MatmulOp matmul);

/// Tensors that elementwise ops and permutes connect.
class ChannelComponent {
public:
  /// All that is connected to `seed`.
  explicit ChannelComponent(Value seed);

  /// Whether a tensor is part of it.
  bool contains(Value value) const { return root.contains(value); }

  /// The order that `value`, a part of it, will hold.
  Order getOrder(Value value) const { return getOrder(value, chosen); }

  /// True if the chosen orders need fewer permutes than there are.
  bool isBetter() const { return fewest < permutes.size(); }

  ArrayRef<MatmulOp> getProducts() const { return products; }
  ArrayRef<PermuteOp> getPermutes() const { return permutes; }
  /// The ops in which its tensors meet.
  ArrayRef<Operation *> getElementwise() const { return elementwise; }
  auto getValues() const { return llvm::make_first_range(root); }

  /// Why a tensor has to stay in the program's order, if it has to.
  StringRef getReason(Value value) const;

private:
  /// `value[i]` is entry `place[i]` of the component's first tensor.
  void add(Value value, const Order &place);
  void visitDefinition(Value value);
  void visitUses(Value value);
  void visitElementwise(Operation *op, const ElementwiseOperands &operands,
                        ArrayRef<int64_t> place);
  /// Where `value` is defined or used its channels must be in order.
  void pin(Value value, std::string reason, bool isDefinition);
  void choose();
  /// The order of `value` where the first tensor's entries are kept in `order`.
  Order getOrder(Value value, ArrayRef<int64_t> order) const;
  /// How many permutes it would take.
  size_t countPermutes(ArrayRef<int64_t> order) const;
  /// True if `use` is none of an elementwise op or permute of the component, but
  /// one that sees the channels' order.
  bool seesOrder(OpOperand &use) const;

  struct Pin {
    std::string reason;
    /// Nothing but a permute can change the order of what comes from outside.
    bool isDefinition = false;
  };

  llvm::MapVector<Value, Order> root;
  llvm::MapVector<Value, Pin> pins;
  SmallVector<MatmulOp> products;
  SmallVector<PermuteOp> permutes;
  SmallVector<Operation *> elementwise;
  llvm::SmallPtrSet<Operation *, 8> seen;
  SmallVector<Value> worklist;
  /// Which entry of the first tensor each place holds.
  Order chosen;
  size_t fewest = 0;
};

} // namespace mlir::hinm

#endif // HINM_LIB_DIALECT_HINM_TRANSFORMS_CHANNELORDERS_H

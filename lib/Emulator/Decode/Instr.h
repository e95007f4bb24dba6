//===- Instr.h - one instruction while it is decoded ------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What an instruction family sees: modifiers that it takes one by one (those
// left over are errors) and operands that it turns into slots, results first.
// Every method that returns false has recorded a diagnostic.
//
// Families are compiled once for each instruction set of the host, so nothing
// here that they call instantiates a shared template.
//
//===----------------------------------------------------------------------===//

#ifndef HINM_LIB_EMULATOR_DECODE_INSTR_H
#define HINM_LIB_EMULATOR_DECODE_INSTR_H

#include "Program.h"
#include "Syntax/Ast.h"

namespace hinm::emulator {

class Lowering;
struct Draft;
using ast::Space;
using ast::Type;

class Instr {
public:
  Instr(Lowering &lowering, const ast::Instruction &in, Draft &draft);

  /// Whether `.name` is among the modifiers not taken yet; takes it.
  bool has(const char *name);
  /// Takes the first modifier not taken yet that is one of the names (ended
  /// by null); its index or -1.
  int oneOf(const char *const *names);
  /// Takes the first modifier that names a type; None if there is none.
  Type type();
  /// The same without taking it.
  Type peekType() const;
  /// Takes a modifier that begins with `prefix`; its text behind it in `rest`.
  bool prefixed(const char *prefix, const char *&rest, unsigned &length);
  unsigned operands() const;
  bool isRoot(const char *name) const;

  bool fail(const char *text, ...) __attribute__((format(printf, 2, 3)));
  bool unsupported(); // "... is not supported"
  bool expectOperands(unsigned least, unsigned most);

  // Operands. A register must be as wide as the type, but for the `Wide`
  // forms, which tell its width in bytes.
  bool result(unsigned i, Type type);
  bool source(unsigned i, Type type);
  bool resultWide(unsigned i, Type type, unsigned &bytes);
  bool sourceWide(unsigned i, Type type, unsigned &bytes);
  bool resultPredicate(unsigned i);
  bool resultSecondPredicate(unsigned i); // q of p|q, or a place for nothing
  bool hasSecond(unsigned i) const;
  bool sourcePredicate(unsigned i);
  bool isVector(unsigned i) const;
  unsigned vectorSize(unsigned i) const;
  /// The elements of {a, b, ...}; `count` many.
  bool resultVector(unsigned i, Type type, unsigned count);
  bool sourceVector(unsigned i, Type type, unsigned count);
  bool resultVectorWide(unsigned i, Type type, unsigned count, unsigned &bytes);
  bool sourceVectorWide(unsigned i, Type type, unsigned count, unsigned &bytes);
  /// [base + offset]: one slot, its width in op.b, the offset in op.imm. The
  /// space of a `.param` address is changed to Local for a function's own.
  bool address(unsigned i, Space &space);
  /// A literal.
  bool immediate(unsigned i, int64_t &value);
  bool isImmediate(unsigned i) const;
  bool isPredicate(unsigned i) const;
  bool isName(unsigned i, const char *name) const;
  bool isAddress(unsigned i) const;
  /// Any operand as what `mov` takes: registers, special registers, symbols.
  bool sourceMove(unsigned i, Type type);
  void sourceConstant(uint64_t bits, unsigned bytes);
  /// A register that nothing reads.
  void scratchResult(unsigned bytes);
  /// Widest alignment and smallest piece of shared memory touched.
  void touchesShared(unsigned bytes);
  void touchesGlobal(unsigned bytes);
  void makeOrdered();
  unsigned chip() const;

  /// The last step: every modifier must have been taken.
  bool finish(Handler run, InstructionClass kind);
  /// The values are only passed on, undefined ones too.
  void copiesUndefined();
  /// The first source is passed on to some lanes of the first result; `marks`
  /// does the same to the masks of lanes that have written them.
  void passesUndefined(Handler marks);
  /// The results belong to the operation until it was waited for, as do the
  /// last `sources` operands taken so far.
  void isAsynchronous(unsigned sources);
  /// The first `count` sources may be undefined: whether they are used is
  /// known at run time only.
  void acceptsUndefined(unsigned count);

  Op &op;

private:
  friend class Lowering;
  bool resolve(const ast::Operand &operand, Type type, bool isResult,
               unsigned *bytes);
  void push(uint32_t reference, bool isResult);

  Lowering &lowering;
  const ast::Instruction &in;
  Draft &draft;
  std::vector<std::string_view> modifiers; // those not taken
  std::string_view rootName;
};

struct InstructionRow {
  const char *root;
  bool (*decode)(Instr &);
};

/// The row of an instruction's first name in the table for this host, or null.
const InstructionRow *findInstruction(std::string_view root);
/// "avx2" or "portable".
const char *hostInstructionSet();

} // namespace hinm::emulator

#endif // HINM_LIB_EMULATOR_DECODE_INSTR_H

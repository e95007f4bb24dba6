//===- Lowering.h - statements to operations --------------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Walks the body of a kernel, resolves names, inlines calls and has each
// instruction decoded by its family. What comes out still names virtual
// registers; Dataflow.h gives them their places.
//
//===----------------------------------------------------------------------===//

#ifndef HINM_LIB_EMULATOR_DECODE_LOWERING_H
#define HINM_LIB_EMULATOR_DECODE_LOWERING_H

#include "Instr.h"
#include "ModuleData.h"

#include <deque>
#include <map>
#include <optional>
#include <tuple>
#include <unordered_map>

namespace hinm::emulator {

/// An operation before its registers have places. A reference is a virtual
/// register, or kConstantBit and the index of a constant.
struct Draft {
  Op op;
  std::vector<uint32_t> operands;
  uint32_t guard = kNoSlot;
  bool copiesUndefined = false;
  /// The first result is undefined in the lanes that got an undefined value of
  /// the first source. This finds them: it stands for the operation, with masks
  /// of written lanes in place of the two.
  Handler passesUndefined = nullptr;
  /// A wgmma: its results are accumulators; these sources fragments of A.
  bool isAsync = false;
  uint32_t asyncSourcesBegin = 0, asyncSources = 0;
  /// So many of the first sources need not have been written.
  unsigned optionalSources = 0;
};

struct VirtualRegister {
  uint8_t bytes; // a lane's; 0 for a predicate
  bool isSpecial = false;
  std::string_view name;
};

struct DecodeError {
  uint32_t line;
  std::string message;
};

/// What a name stands for.
struct Entity {
  enum Kind : uint8_t {
    Register,
    Range,
    Shared,
    DynamicShared,
    Module,
    Local,
    KernelParam,
    Function
  };
  Kind kind = Register;
  Type type = Type::None;
  uint32_t index = 0; // register, variable, function, or offset
  uint32_t count = 0; // Range
  uint64_t bytes = 0;
  bool isConst = false;
};

class Lowering {
public:
  Lowering(ModuleData &module,
           const std::unordered_map<std::string_view, Entity> &globals,
           Program &program);
  std::optional<DecodeError> run(const ast::Function &kernel);

  std::vector<Draft> drafts;
  std::vector<VirtualRegister> registers;
  Program &program;
  ModuleData &module;

private:
  friend class Instr;
  struct Scope {
    int parent;
    std::unordered_map<std::string_view, Entity> names;
    std::unordered_map<std::string_view, Entity> ranges; // `%r` of `%r<4>`
    std::unordered_map<std::string_view, uint32_t> labels;
    std::unordered_map<std::string_view, std::vector<ast::Operand>> targets;
  };
  struct Fixup {
    uint32_t draft;
    std::string_view label;
    int scope;
    uint32_t line;
  };

  bool fail(std::string message);
  int openScope(int parent);
  bool declare(const ast::Variable &variable, bool isParam);
  bool lowerBody(const ast::Function &function, int depth);
  bool lowerCode(const ast::Instruction &in, int depth);
  bool lowerBranch(const ast::Instruction &in);
  bool lowerIndexedBranch(const ast::Instruction &in);
  bool lowerReturn(const ast::Instruction &in, int depth);
  bool lowerCall(const ast::Instruction &in, int depth);
  bool lowerBuiltin(const ast::Instruction &in, std::string_view name,
                    const std::vector<ast::Operand> &results,
                    const std::vector<ast::Operand> &args);
  bool bindArgument(const ast::Variable &formal, const ast::Operand &actual,
                    Scope &callee, std::vector<ast::Variable> &moves);
  bool resolveLabels();
  bool guard(const ast::Instruction &in, Draft &draft);
  std::optional<Entity> lookup(std::string_view name) const;
  std::optional<Entity> lookupIn(std::string_view name, int scope) const;
  uint32_t newRegister(unsigned bytes, std::string_view name);
  uint32_t constant(const Constant &value);
  std::optional<uint32_t> special(std::string_view name, unsigned bytes);
  /// A register that will hold the opposite of a predicate.
  uint32_t negated(uint32_t reference);
  /// Room in a space that has `most` bytes.
  uint32_t allocate(uint32_t &top, uint64_t bytes, uint32_t alignment,
                    const char *space, uint64_t most);
  bool placeShared(const ast::Variable &variable, Entity &entity);
  Draft &newDraft();
  /// Its number in Program::locations.
  uint32_t location(const ast::SourcePlace &place,
                    const ast::SourcePlace &inlinedAt);

  const std::unordered_map<std::string_view, Entity> &globals;
  std::unordered_map<std::string_view, Entity> sharedGlobals;
  std::deque<Scope> scopes;
  int scope = -1;
  std::vector<Fixup> fixups;
  /// Drafts that leave the function being inlined, innermost last.
  std::vector<std::vector<uint32_t>> returns;
  std::vector<std::string_view> inlining;
  std::map<std::pair<uint8_t, uint64_t>, uint32_t> bitConstants;
  std::map<std::pair<Special, uint8_t>, uint32_t> specialRegisters;
  std::vector<std::pair<uint32_t, uint32_t>> negations;
  std::optional<uint32_t> reservedShared;
  uint32_t line = 0;
  uint32_t source = 0;
  /// Locations by file, line and caller, and the last of each place (file,
  /// line, column).
  std::map<std::tuple<uint32_t, uint32_t, uint32_t>, uint32_t> locationIndex;
  std::map<std::tuple<uint32_t, uint32_t, uint32_t>, uint32_t> lastLocation;
  std::optional<DecodeError> error;
};

// Handlers of operations that no instruction stands for.
void runNegatePredicate(Warp &warp, const Op &op);
/// o: masks of lanes that have written a register; all must have.
void runCheckWritten(Warp &warp, const Op &op);
/// o[0]: such a mask, set where all of o[1..] are.
void runMarkWritten(Warp &warp, const Op &op);
/// o[0] = whether o[1] is imm.
void runIndexIs(Warp &warp, const Op &op);
/// brx.idx with an index, o[0], that has no target of the imm many.
void runNoTarget(Warp &warp, const Op &op);
void runVprintf(Warp &warp, const Op &op);
void runAssertFail(Warp &warp, const Op &op);

/// Checks which registers may be read before they are written, gives registers
/// their slots, and writes the program's final operations.
void placeRegisters(Lowering &lowering);

} // namespace hinm::emulator

#endif // HINM_LIB_EMULATOR_DECODE_LOWERING_H

//===- Parser.h - PTX text to a tree ----------------------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HINM_LIB_EMULATOR_SYNTAX_PARSER_H
#define HINM_LIB_EMULATOR_SYNTAX_PARSER_H

#include "Ast.h"
#include "Lexer.h"

#include <optional>

namespace hinm::emulator {

/// Where and what; `line` is 1-based.
struct SyntaxError {
  uint32_t line = 0;
  std::string message;
};

/// Recursive descent over one module. Directives that it does not know are
/// errors; instructions are taken as names and operands and judged later.
class Parser {
public:
  Parser(std::string_view text, ast::Module &module)
      : lexer(text), module(module) {
    advance();
  }
  /// Nothing on success.
  std::optional<SyntaxError> run();

private:
  void advance() { token = lexer.next(); }
  bool fail(std::string message);
  bool failHere(std::string_view expected);
  bool expect(char punctuation);
  bool accept(char punctuation);
  bool acceptDirective(std::string_view name);
  bool integer(uint64_t &value);
  bool name(std::string_view &text);

  bool parseTopLevel();
  bool parseTarget();
  bool parseFile();
  bool parseLocation(std::vector<ast::Statement> *body);
  bool skipSection();
  bool parseFunction(bool isEntry);
  bool parseFunctionDirectives(ast::Function &function);
  bool parseParams(std::vector<ast::Variable> &params);
  bool parseBody(ast::Function &function);
  bool parseStatement(ast::Function &function);
  bool skipPrototype();
  /// Behind the space's directive: everything up to `;`, `,` or `)`.
  bool parseDeclarators(ast::Space space, bool isExtern, bool many,
                        std::vector<ast::Variable> &out);
  bool parseInitial(ast::Variable &variable, unsigned depth);
  bool parseInitialValue(ast::InitialValue &value);
  bool parseInstruction(ast::Statement &statement);
  /// `isCall`: parentheses hold a list of arguments.
  bool parseOperand(ast::Operand &operand, unsigned depth, bool isCall);
  bool parseConstant(uint64_t &bits);
  /// Operators that bind closer than `least`.
  bool parseExpression(ast::ConstantValue &value, int least, unsigned depth);
  bool parsePrimary(ast::ConstantValue &value, unsigned depth);
  /// left = left `op` right.
  bool apply(const char *op, ast::ConstantValue &left,
             const ast::ConstantValue &right);
  bool threeNumbers(uint32_t (&out)[3]);

  Lexer lexer;
  Token token;
  ast::Module &module;
  std::optional<SyntaxError> error;
};

} // namespace hinm::emulator

#endif // HINM_LIB_EMULATOR_SYNTAX_PARSER_H

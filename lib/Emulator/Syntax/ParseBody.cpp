//===- ParseBody.cpp - statements and operands of PTX -----------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Parser.h"

#include <cstring>

using namespace hinm::emulator;
using namespace hinm::emulator::ast;

/// Nesting that no compiler comes near; it bounds the parser's recursion.
static constexpr unsigned kMaxDepth = 64;

bool Parser::parseBody(Function &function) {
  if (!expect('{'))
    return false;
  unsigned depth = 0;
  while (true) {
    if (token.kind == TokenKind::End || token.kind == TokenKind::Error)
      return failHere("'}'");
    if (token.is('{')) {
      if (++depth > kMaxDepth)
        return fail("blocks are nested too deeply");
      Statement scope;
      scope.kind = Statement::ScopeBegin;
      scope.line = token.line;
      function.body.push_back(std::move(scope));
      advance();
      continue;
    }
    if (token.is('}')) {
      advance();
      if (depth == 0)
        return true;
      --depth;
      Statement scope;
      scope.kind = Statement::ScopeEnd;
      scope.line = token.line;
      function.body.push_back(std::move(scope));
      continue;
    }
    if (!parseStatement(function))
      return false;
  }
}

bool Parser::skipPrototype() {
  while (!token.is(';')) {
    if (token.kind == TokenKind::End || token.kind == TokenKind::Error)
      return failHere("';'");
    advance();
  }
  advance();
  return true;
}

bool Parser::parseStatement(Function &function) {
  if (accept(';'))
    return true;
  if (token.kind == TokenKind::Directive) {
    static const std::pair<const char *, Space> spaces[] = {
        {".reg", Space::Register},  {".param", Space::Param},
        {".shared", Space::Shared}, {".global", Space::Global},
        {".const", Space::Const},   {".local", Space::Local}};
    for (auto &[text, space] : spaces) {
      if (!acceptDirective(text))
        continue;
      std::vector<Variable> declared;
      if (!parseDeclarators(space, false, true, declared) || !expect(';'))
        return false;
      for (Variable &variable : declared) {
        Statement statement;
        statement.kind = Statement::Declaration;
        statement.line = variable.line;
        statement.variable = std::move(variable);
        function.body.push_back(std::move(statement));
      }
      return true;
    }
    if (acceptDirective(".loc"))
      return parseLocation(&function.body);
    if (acceptDirective(".file"))
      return parseFile();
    if (acceptDirective(".pragma")) {
      if (token.kind != TokenKind::String)
        return failHere("a string");
      advance();
      return expect(';');
    }
    return fail("unknown directive '" + std::string(token.text) + "'");
  }

  Statement statement;
  statement.line = token.line;
  if (token.kind == TokenKind::Identifier) {
    Token first = token;
    advance();
    if (accept(':')) {
      if (acceptDirective(".callprototype") || acceptDirective(".calltargets"))
        return skipPrototype();
      statement.label = first.text;
      if (acceptDirective(".branchtargets")) {
        statement.kind = Statement::Targets;
        if (!parseInstruction(statement))
          return false;
        function.body.push_back(std::move(statement));
        return true;
      }
      statement.kind = Statement::Label;
      function.body.push_back(std::move(statement));
      return true;
    }
    statement.code.opcode = first.text;
  } else if (accept('@')) {
    statement.code.guardNegated = accept('!');
    if (!name(statement.code.guard))
      return false;
    if (token.kind != TokenKind::Identifier)
      return failHere("an instruction");
    statement.code.opcode = token.text;
    advance();
  } else {
    return failHere("a statement");
  }
  if (!parseInstruction(statement))
    return false;
  function.body.push_back(std::move(statement));
  return true;
}

bool Parser::parseInstruction(Statement &statement) {
  if (accept(';'))
    return true;
  std::string_view opcode = statement.code.opcode;
  bool isCall = opcode.substr(0, opcode.find('.')) == "call";
  do {
    Operand operand;
    if (!parseOperand(operand, 0, isCall))
      return false;
    statement.code.operands.push_back(std::move(operand));
  } while (accept(','));
  return expect(';');
}

bool Parser::parseOperand(Operand &operand, unsigned depth, bool isCall) {
  if (depth > 8)
    return fail("operands are nested too deeply");
  auto elements = [&](char close) {
    if (accept(close))
      return true;
    do {
      Operand element;
      if (!parseOperand(element, depth + 1, false))
        return false;
      operand.elements.push_back(std::move(element));
    } while (accept(','));
    return expect(close);
  };

  if (accept('{')) {
    operand.kind = Operand::Vector;
    return elements('}');
  }
  if (isCall && accept('(')) {
    operand.kind = Operand::List;
    return elements(')');
  }
  if (accept('[')) {
    operand.kind = Operand::Address;
    if (token.kind == TokenKind::Identifier) {
      Operand base;
      base.name = token.text;
      operand.elements.push_back(std::move(base));
      advance();
      if (token.is('+') || token.is('-'))
        if (!parseConstant(operand.value))
          return false;
    } else if (!parseConstant(operand.value)) {
      return false;
    }
    return expect(']');
  }
  if (token.is('!') && lexer.nameFollows()) {
    advance();
    operand.negated = true;
    return name(operand.name);
  }
  if (token.kind == TokenKind::Float32 || token.kind == TokenKind::Float64) {
    operand.kind =
        token.kind == TokenKind::Float32 ? Operand::Float32 : Operand::Float64;
    operand.value = token.value;
    advance();
    return true;
  }
  if (token.kind == TokenKind::Identifier) {
    operand.name = token.text;
    advance();
    if (accept('|')) {
      Operand other;
      if (!name(other.name))
        return false;
      operand.second.push_back(std::move(other));
    } else if (token.is('+') || token.is('-')) {
      // `symbol + 16`
      return parseConstant(operand.value);
    }
    return true;
  }
  if (token.is('-') && lexer.floatFollows()) {
    // A minus before a floating-point literal flips its sign bit.
    advance();
    bool isSingle = token.kind == TokenKind::Float32;
    operand.kind = isSingle ? Operand::Float32 : Operand::Float64;
    operand.value = token.value ^ (isSingle ? 1ull << 31 : 1ull << 63);
    advance();
    return true;
  }
  operand.kind = Operand::Integer;
  if (token.kind != TokenKind::Integer &&
      (token.kind != TokenKind::Punctuation ||
       !std::strchr("(+-~!", token.text[0])))
    return failHere("an operand");
  return parseConstant(operand.value);
}
